"""Bodies of requests. A field that is not named here is refused: nothing of the row can be set by the way."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from clients.api.values import Custom, Day, Id, IdOrNull, Moment, Reference, Version, YesNo, YesNoUnknown, choice, ids, text, texts, whole
from clients.models import Lifecycle, TouchKind, TouchOutcome
from clients.models.clients import Kind
from clients.services.entering import LONGEST_REASON


def without_defaults(schema: dict[str, Any]) -> None:
    """What a body does not name is not touched; on a new record the entry criteria ask for what is missing."""
    for field in schema["properties"].values():
        field.pop("default", None)


class Input(BaseModel):
    """A body that refuses unknown fields and knows which fields were given."""

    model_config = ConfigDict(extra="forbid")

    def given(self, *without: str) -> dict[str, Any]:
        """Return what the request named, in the order of the schema."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set and name not in without}


class ContactFields(Input):
    """What may be said of a contact."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)
    position: Annotated[str | None, text(150)] = None
    phones: Annotated[list[str], texts(60)] = []
    emails: Annotated[list[str], texts(254)] = []
    is_main: YesNo = False
    is_head: YesNo = False
    birth_date: Day = None
    note: Annotated[str | None, text(300)] = None


class ContactIn(ContactFields):
    """A new contact; the first one of a client becomes its main contact."""

    full_name: Annotated[str, text(200, or_null=False)]


class ContactPatch(ContactFields):
    """Changes to a contact that was read at `version`."""

    version: Version
    full_name: Annotated[str | None, text(200, or_null=False)] = None


class ClientFields(Input):
    """What may be said of a client."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)
    kind: Annotated[str, choice(Kind.values)] = Kind.ORGANISATION.value
    full_name: Annotated[str | None, text(300)] = None
    short_name: Annotated[str | None, text(150)] = None
    former_names: Annotated[str | None, text(300), Field(description="Earlier names and trade marks; the search finds them.")] = None
    tax_number: Annotated[str | None, text(40), Field(description="Checked by the rules of its country where these are known.")] = None
    external_id: Annotated[str | None, text(64), Field(description="The number that your other systems know it by; unique.")] = None
    birth_date: Day = None
    industry: Reference = None
    employees: Annotated[int | None, whole(2_000_000_000)] = None
    phones: Annotated[list[str], texts(60), Field(description="Kept as E.164; the first is the main one.")] = []
    emails: Annotated[list[str], texts(254)] = []
    website: Annotated[str | None, text(200)] = None
    address: Annotated[str | None, text(300)] = None
    city: Annotated[str | None, text(100)] = None
    region: Annotated[str | None, text(100)] = None
    postal_code: Annotated[str | None, text(16)] = None
    country: Annotated[str | None, text(100), Field(description="ISO 3166 code, or a name; kept as the code.")] = None
    time_zone: Annotated[str | None, text(64)] = None
    may_call: YesNoUnknown = None
    may_write: YesNoUnknown = None
    consent_on: Day = None
    is_customer: YesNo = False
    is_supplier: YesNo = False
    lifecycle: Annotated[str, choice(Lifecycle.values)] = Lifecycle.POTENTIAL.value
    source: Reference = None
    referrer: Annotated[IdOrNull, Field(description="The id of the client who referred this one.")] = None
    manager: Annotated[Reference, Field(description="An id, full name, user name or e-mail of a user.")] = None
    line_of_business: Reference = None
    works_since: Day = None
    worked_until: Day = None
    went_well: Annotated[str | None, text(20_000)] = None
    went_wrong: Annotated[str | None, text(20_000)] = None
    stands_now: Annotated[str | None, text(20_000)] = None
    custom: Annotated[
        Custom, Field(description="By the key of the field (see /custom-fields). Keys that are not named stay as they are; null empties.")
    ] = {}


class ClientIn(ClientFields):
    """A new client with its contacts. The entry criteria say what it must hold."""

    contacts: Annotated[list[ContactIn], Field(max_length=100)] = []
    allow_duplicate: Annotated[
        str,
        text(LONGEST_REASON, or_null=False),
        Field(description="Why this is another client than those of the registry that it looks like; kept in the history."),
    ] = ""


class ClientPatch(ClientFields):
    """Changes to a client that was read at `version`; fields that are not named stay as they are."""

    version: Version


class ArchiveIn(Input):
    """Why a client leaves the lists."""

    version: Version
    reason: Annotated[str, text(300, or_null=False)]


class RestoreIn(Input):
    """Which client comes back."""

    version: Version


class HandOverIn(Input):
    """Whose clients go to whom; no manager leaves them in nobody's hands."""

    clients: Annotated[list[int], ids(1000)]
    manager: Reference


class NextStepIn(Input):
    """The next call or meeting; without a time there is none."""

    next_step: Annotated[str | None, text(300)] = None
    next_step_at: Moment = None


class TouchIn(Input):
    """One contact with a client: how it went and what comes next."""

    kind: Annotated[str, choice(TouchKind.values)] = TouchKind.CALL.value
    outcome: Annotated[str, choice(TouchOutcome.values)] = TouchOutcome.REACHED.value
    note: Annotated[str | None, text(20_000)] = None
    contact: Annotated[IdOrNull, Field(description="The id of a contact of this client.")] = None
    minutes: Annotated[int | None, whole(1440)] = None
    facts_confirmed: YesNo = False
    next_step: Annotated[str | None, text(300)] = None
    next_step_at: Moment = None
    no_next_step_because: Annotated[str | None, text(300)] = None
    at: Annotated[Moment, Field(description="When it was; now, if not given.")] = None


class TouchPatch(Input):
    """A correction of one's own touch, on the day on which it was logged."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)
    kind: Annotated[str, choice(TouchKind.values)] = TouchKind.CALL.value
    outcome: Annotated[str, choice(TouchOutcome.values)] = TouchOutcome.REACHED.value
    note: Annotated[str | None, text(20_000)] = None
    minutes: Annotated[int | None, whole(1440)] = None


class ReferenceIn(Input):
    """A new entry of a reference list."""

    name: Annotated[str, text(200, or_null=False)]


class SourceIn(ReferenceIn):
    """A new source."""

    targeted: Annotated[YesNo, Field(description="Sought on purpose, rather than come by itself.")] = False


class _Merging(Input):
    """Which values are kept when two clients become one."""

    version: Annotated[Version, Field(description="The survivor's, as it was read.")]
    other_version: Annotated[Version, Field(description="The other's, as it was read.")]
    choices: Annotated[
        dict[str, Any],
        Field(
            max_length=300,
            description="Field -> whose value is kept: survivor, other, or both (phones, emails, former_names, went_well, went_wrong, "
            "stands_now). Custom fields are custom.<key>; next_step goes with its time. Fields that are not named are decided: what "
            "is filled beats what is empty, what was set or confirmed later beats what is older.",
        ),
    ] = {}


class MergePairIn(_Merging):
    """Which of a pair remains."""

    survivor: Id


class MergeIn(_Merging):
    """Which client is merged into this one."""

    other: Id
