"""Bodies of requests. Only shapes are checked here; what money may be the services say."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from pydantic import ConfigDict, Field
from pydantic_core import PydanticCustomError

from clients.api.inputs import Input, without_defaults
from clients.api.values import OWN, Day, DayGiven, Id, IdOrNull, Reference, Shape, Version, YesNo, choice, text
from sales.models import Driver, Fault
from sales.services.lines import MOST_LINES
from sales.services.pools import MOST_WEIGHTS


def _number(value: Any) -> str | int | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)) > 40:
        raise PydanticCustomError(f"{OWN}number", str(_("Give a number, for example 12.5.")))
    return value


def _number_or_text(description: str) -> dict[str, Any]:
    return {"anyOf": [{"type": "number"}, {"type": "string", "maxLength": 40}], "description": description}


_MONEY = _number_or_text("A number, or text like “1250.50”, which is exact; at most two digits behind the point.")
_NUMBER = _number_or_text("A number, or text like “12.5”.")
Money = Annotated[str | int | float | None, Shape(_number, _MONEY, or_null=True)]
MoneyGiven = Annotated[str | int | float, Shape(_number, _MONEY)]
Number = Annotated[str | int | float | None, Shape(_number, _NUMBER, or_null=True)]
Currency = Annotated[str | None, text(3), Field(description="ISO 4217 code; the company's own where none is given.")]
Rate = Annotated[Number, Field(description="What one unit is worth in the company's currency; needed for any other currency.")]


class LineIn(Input):
    """One line of a document, in the document's currency."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)
    id: Annotated[IdOrNull, Field(description="In a change: the line that stood there. Its direct cost stays where none is given.")] = None
    product: Annotated[str | None, text(200)] = None
    quantity: Number = None
    amount: MoneyGiven
    discount: Money = None
    direct_cost: Money = None


class DocumentFields(Input):
    """What may be said of a sale or a purchase."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)
    client: Annotated[IdOrNull, Field(description="null: money without a client, for management to enter.")] = None
    number: Annotated[str | None, text(64), Field(description="Unique among sales, and among purchases.")] = None
    line_of_business: Annotated[Reference, Field(description="The client's, where none is named.")] = None
    currency: Currency = None
    rate: Rate = None
    amount: Annotated[Money, Field(description="After discount; negative for a return. Of a document with lines, their sum.")] = None
    discount: Annotated[Money, Field(description="What was taken off the price.")] = None
    direct_cost: Annotated[Money, Field(description="What the goods or the work of a sale cost; for whoever may see costs.")] = None
    due_on: Annotated[Day, Field(description="What is owed is followed where there is such a day.")] = None
    reverses: Annotated[IdOrNull, Field(description="The document of the same client that this one takes back.")] = None
    note: Annotated[str | None, text(300)] = None


class DocumentIn(DocumentFields):
    """A new sale or purchase."""

    day: DayGiven
    lines: Annotated[list[LineIn], Field(max_length=MOST_LINES)] = []


class DocumentPatch(DocumentFields):
    """Changes to a document that was read at `version`; fields that are not named stay, `lines` are replaced as a whole."""

    version: Version
    day: DayGiven = ""
    lines: Annotated[list[LineIn] | None, Field(max_length=MOST_LINES)] = None


class ReverseIn(Input):
    """How a document is taken back: wholly, or by a part of its amount."""

    day: Annotated[Day, Field(description="Today, where none is given.")] = None
    amount: Annotated[Money, Field(description="Above zero; all that is left, where none is given.")] = None
    number: Annotated[str | None, text(64)] = None
    note: Annotated[str | None, text(300)] = None
    goods_come_back: Annotated[YesNo, Field(description="false: a credit for the price alone, with no direct cost.")] = True


class PaymentIn(Input):
    """Money that came in for a sale or went out for a purchase, in its currency."""

    day: Annotated[Day, Field(description="Today, where none is given.")] = None
    amount: Annotated[Money, Field(description="What is still open, where none is given; negative: given back.")] = None
    number: Annotated[str | None, text(64)] = None


class CostFields(Input):
    """What may be said of a cost."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)
    client: Annotated[IdOrNull, Field(description="null: a campaign of a `source`, or nobody in particular.")] = None
    category: Annotated[Reference, Field(description="By id, by name, or by key: see /cost-categories.")] = None
    currency: Currency = None
    rate: Rate = None
    amount: Money = None
    hours: Number = None
    hourly_rate: Annotated[Money, Field(description="× hours is the amount, where none is given.")] = None
    number: Annotated[str | None, text(64), Field(description="By which other systems know it; unique.")] = None
    document: Annotated[IdOrNull, Field(description="The sale of this client that it was spent for.")] = None
    source: Annotated[Reference, Field(description="The source whose campaign it was.")] = None
    note: Annotated[str | None, text(300)] = None


class CostIn(CostFields):
    """A new cost."""

    day: DayGiven


class CostPatch(CostFields):
    """Changes to a cost that was read at `version`; fields that are not named stay as they are."""

    version: Version
    day: DayGiven = ""


class ComplaintFields(Input):
    """What may be said of a complaint."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)
    severity: Annotated[str, choice(("slight", "serious", "grave"))] = "serious"
    fault: Annotated[str, choice(Fault.values)] = Fault.UNKNOWN.value
    what: Annotated[str | None, text(20_000)] = None
    cost: Annotated[Money, Field(description="In the company's currency; for whoever may see costs.")] = None
    document: Annotated[IdOrNull, Field(description="The sale of this client that it is about.")] = None
    resolved_on: Annotated[Day, Field(description="null: not resolved.")] = None
    resolution: Annotated[str | None, text(20_000)] = None


class ComplaintIn(ComplaintFields):
    """A new complaint."""

    client: Id
    day: Annotated[Day, Field(description="Today, where none is given.")] = None


class ComplaintPatch(ComplaintFields):
    """Changes to a complaint that was read at `version`; fields that are not named stay as they are."""

    version: Version
    client: Id = 0
    day: DayGiven = ""


class WeightIn(Input):
    """How much of a pool that is spread by hand falls to a client, beside the others' weights."""

    client: Id
    weight: Annotated[str | int | float, Shape(_number, _NUMBER)]


class PoolFields(Input):
    """What may be said of a cost pool."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)
    driver: Annotated[str, choice(Driver.values), Field(description="What it is spread by.")] = Driver.REVENUE.value
    note: Annotated[str | None, text(300)] = None
    weights: Annotated[
        list[WeightIn] | None, Field(max_length=MOST_WEIGHTS, description="For the driver by_hand; replaced as a whole.")
    ] = None


class PoolIn(PoolFields):
    """A new pool of a month."""

    name: Annotated[str, text(100, or_null=False)]
    month: Annotated[DayGiven, Field(description="Any day of the month.")]
    amount: Annotated[MoneyGiven, Field(description="In the company's currency.")]


class PoolPatch(PoolFields):
    """Changes to a pool that was read at `version`; fields that are not named stay as they are."""

    version: Version
    name: Annotated[str, text(100, or_null=False)] = ""
    month: DayGiven = ""
    amount: MoneyGiven = 0


class CopyIn(Input):
    """Which month is given the pools of the month before."""

    month: DayGiven
