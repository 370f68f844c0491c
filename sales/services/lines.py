"""The lines of a document: read, summed up, kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.errors import FieldError
from sales import values
from sales.models import Document, DocumentLine
from sales.services.preparing import MONEY, Clean, line, read, reference, required

MOST_LINES = 2_000
CLEAN: dict[str, Clean] = {
    "id": reference,
    "product": line(200),
    "quantity": values.quantity,
    "amount": MONEY,
    "discount": MONEY,
    "direct_cost": MONEY,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is kept. `named_cost`: somebody gave its direct cost, which takes the right to see it."""

    product: str = ""
    quantity: Decimal = Decimal(1)
    amount: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    direct_cost: Decimal = Decimal(0)
    named_cost: bool = False

    @classmethod
    def of(cls, row: DocumentLine) -> Line:
        return cls(row.product, row.quantity, row.amount, row.discount, row.direct_cost)

    def taken_back(self, goods_come_back: bool) -> Line:
        """Return the line of a return."""
        cost = -self.direct_cost if goods_come_back else Decimal(0)
        return replace(self, quantity=-self.quantity, amount=-self.amount, discount=-self.discount, direct_cost=cost)


def read_lines(
    given: Sequence[Mapping[str, Any]], *, known: Document | None = None, with_costs: bool = True
) -> tuple[list[Line], list[FieldError]]:
    """Read the lines of one document; errors name "lines.<number>.<field>".

    A line that carries the `id` of one that stands in the document `known` keeps its direct cost where none is given: it
    may not even be seen by whoever changes the rest (`with_costs`). A 0 from them says nothing.
    """
    if len(given) > MOST_LINES:
        return [], [FieldError("lines", "too_many", _("Give at most %(most)s lines.") % {"most": MOST_LINES})]
    costs = dict(known.lines.values_list("id", "direct_cost")) if known is not None else {}
    found: list[Line] = []
    errors: list[FieldError] = []
    for number, one in enumerate(given):
        kept, wrong = read(one, CLEAN)
        wrong += required(kept, wrong, "amount")
        errors += [FieldError(f"lines.{number}.{error.field}", error.code, error.message) for error in wrong]
        stood = costs.pop(kept.pop("id", None) or 0, Decimal(0))  # once: a line named twice would have its hidden cost twice
        kept = {name: value for name, value in kept.items() if value is not None}
        if not with_costs and kept.get("direct_cost") == 0:
            del kept["direct_cost"]
        named = "direct_cost" in kept  # right or wrong: whoever may not see it is not told which
        found.append(replace(Line(direct_cost=stood, named_cost=named), **kept))
    return found, errors


def summed(lines: Sequence[Line]) -> dict[str, Decimal]:
    """Return what the lines add up to."""
    zero = Decimal(0)
    return {
        "amount": sum((one.amount for one in lines), zero),
        "discount": sum((one.discount for one in lines), zero),
        "direct_cost": sum((one.direct_cost for one in lines), zero),
    }


def keep_lines(document: Document, lines: Sequence[Line], *, try_only: bool = False) -> bool:
    """Put `lines` in the place of those that stand there; return whether any differs. `try_only` writes nothing."""
    wanted = [replace(one, named_cost=False) for one in lines]
    if wanted == [Line.of(row) for row in document.lines.all()]:
        return False
    if not try_only:
        document.lines.all().delete()
        DocumentLine.objects.bulk_create(
            [
                DocumentLine(
                    document=document,
                    position=position,
                    product=one.product,
                    quantity=one.quantity,
                    amount=one.amount,
                    discount=one.discount,
                    direct_cost=one.direct_cost,
                )
                for position, one in enumerate(wanted, start=1)
            ]
        )
    return True
