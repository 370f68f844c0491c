"""What the API says of the registry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal, Self

from django.db.models import Model
from pydantic import BaseModel, Field

from accounts.api import Named, Problem
from accounts.models import User
from accounts.site import absolute
from clients.alike import Alike
from clients.criteria import Evaluation, Shortfall
from clients.duplicates.reasons import in_words
from clients.models import Client, Contact, Level, Touch
from clients.services.preparing import filled_facts


def named(record: Model | None) -> Named | None:
    """Return what a reference is answered as."""
    return None if record is None else Named(id=record.pk, name=str(record))


class ContactOut(BaseModel):
    """A person (or an office) at a client."""

    id: int
    client: int
    full_name: str
    position: str
    phones: list[str]
    emails: list[str]
    is_main: bool
    is_head: bool
    birth_date: date | None
    note: str
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, contact: Contact) -> Self:
        """Tell of `contact`."""
        return cls(client=contact.client_id, **_values(contact, cls, without={"client"}))


class ClientOut(BaseModel):
    """One client of the registry."""

    id: int
    kind: Literal["organisation", "person"]
    full_name: str
    short_name: str
    former_names: str
    tax_number: str
    external_id: str
    birth_date: date | None
    industry: Named | None
    employees: int | None
    phones: list[str] = Field(description="E.164, the first is the main one.")
    emails: list[str]
    website: str
    address: str
    city: str
    region: str
    postal_code: str
    country: str = Field(description="ISO 3166 code")
    time_zone: str
    may_call: bool | None
    may_write: bool | None
    consent_on: date | None
    is_customer: bool
    is_supplier: bool
    lifecycle: Literal["potential", "current", "former"]
    source: Named | None
    referrer: Named | None
    manager: Named | None
    line_of_business: Named | None
    works_since: date | None
    worked_until: date | None
    went_well: str
    went_wrong: str
    stands_now: str
    next_step: str
    next_step_at: datetime | None
    in_target: bool | None = Field(description="Inside the target profile; null where there was none.")
    custom: dict[str, str | int | float | bool | None]
    completeness: int = Field(description="Percent of the entry criteria that are met.")
    required_missing: int
    mend_by: date | None
    facts_confirmed_at: datetime | None
    facts_confirmed_by: Named | None
    last_touch_at: datetime | None
    version: int
    created_at: datetime
    created_by: Named | None
    updated_at: datetime
    archived_at: datetime | None
    archived_reason: str
    erased_at: datetime | None

    @classmethod
    def of(cls, client: Client) -> Self:
        """Tell of `client`, which was read with `RELATED`."""
        return cls(**_client_values(client))


REFERENCES = ("industry", "source", "referrer", "manager", "line_of_business", "facts_confirmed_by", "created_by")
RELATED = (*REFERENCES, "standing")
"""What to `select_related` for `ClientOut`."""
_STANDING = ("completeness", "required_missing", "mend_by")


def _client_values(client: Client) -> dict[str, Any]:
    return {
        **_values(client, ClientOut, without={*REFERENCES, *_STANDING}),
        **{name: named(getattr(client, name)) for name in REFERENCES},
        **{name: getattr(client.standing, name) for name in _STANDING},
    }


def _values(record: Model, schema: type[BaseModel], *, without: set[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in schema.model_fields if name not in without}


class ShortfallOut(BaseModel):
    """One entry criterion that the client does not meet."""

    field: str = Field(description="The field that mends it.")
    fact: str
    code: str = Field(description="required, pattern, range or stale")
    level: Level
    message: str
    mend_by: date

    @classmethod
    def of(cls, gap: Shortfall) -> Self:
        """Tell of `gap`."""
        return cls(field=gap.field, fact=gap.fact, code=gap.code, level=Level(gap.level), message=str(gap.message), mend_by=gap.deadline)


class ConfirmedOut(BaseModel):
    """When and by whom a fact was last set or confirmed."""

    at: datetime
    by: Named | None = Field(description="null where nobody knows")


class ClientCard(ClientOut):
    """One client with its contacts, what it falls short of, and how fresh each fact is."""

    confirmed: dict[str, ConfirmedOut] = Field(description="By field, own fields as custom.<key>; those in which something stands.")
    contacts: list[ContactOut]
    missing: list[ShortfallOut]

    @classmethod
    def of_card(cls, client: Client, contacts: Iterable[Contact], evaluation: Evaluation) -> Self:
        """Tell of `client` with all that belongs to it."""
        return cls(
            **_client_values(client),
            confirmed=_confirmed(client),
            contacts=[ContactOut.of(contact) for contact in contacts],
            missing=[
                ShortfallOut(
                    field=one.field, fact=one.fact, code=one.code, level=Level(one.level), message=str(one.message), mend_by=one.deadline
                )
                for one in evaluation.shortfalls
            ],
        )


def _confirmed(client: Client) -> dict[str, ConfirmedOut]:
    found = {field: client.confirmation(field) for field in filled_facts(client)}
    people = User.objects.in_bulk({one.by for one in found.values() if one.by})
    return {field: ConfirmedOut(at=one.at, by=named(people.get(one.by or 0))) for field, one in found.items()}


class ClientPage(BaseModel):
    """A page of the list."""

    items: list[ClientOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")
    count: int = Field(description="How many clients match, as far as they were counted.")
    count_capped: bool = Field(description="Whether there are more than `count`.")


class TouchOut(BaseModel):
    """One contact with a client."""

    id: int
    client: int
    contact: Named | None
    user: Named
    kind: Literal["call", "meeting", "email", "visit"]
    outcome: Literal["reached", "no_answer", "busy", "refused"]
    note: str
    minutes: int | None
    facts_confirmed: bool
    next_step: str
    next_step_at: datetime | None
    no_next_step_because: str
    at: datetime
    created_at: datetime

    @classmethod
    def of(cls, touch: Touch) -> Self:
        """Tell of `touch`, which was read with its contact and user."""
        return cls(
            client=touch.client_id,
            contact=named(touch.contact),
            user=Named(id=touch.user_id, name=str(touch.user)),
            **_values(touch, cls, without={"client", "contact", "user"}),
        )


class TouchPage(BaseModel):
    """A page of touches, the latest first."""

    items: list[TouchOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")


class Conflict(BaseModel):
    """A field that somebody else changed too."""

    field: str
    yours: Any
    current: Any


class ClientConflict(Problem):
    """The client as it stands now, beside what the request wanted."""

    current: ClientOut
    conflicts: list[Conflict]


class ContactConflict(Problem):
    """The contact as it stands now, beside what the request wanted."""

    current: ContactOut
    conflicts: list[Conflict]


class LikenessReason(BaseModel):
    """One thing that two clients have in common."""

    code: str = Field(description="Stable: tax_number, external_id, phone, email, name, name_alike, city and others.")
    detail: str = Field(description="What it is, or how much alike, in percent.")
    message: str = Field(description="The same in words.")


class Candidate(BaseModel):
    """A client of the registry that a new one may be."""

    id: int
    name: str
    archived: bool
    score: int = Field(description="%, how sure it is.")
    reasons: list[LikenessReason]
    url: str = Field(description="Its card.")

    @classmethod
    def of(cls, alike: Alike) -> Self:
        """Tell of one that looks alike."""
        told = [(reason, words) for reason in alike.reasons for words in in_words([reason])]
        return cls(
            id=alike.client.pk,
            name=str(alike.client),
            archived=alike.client.archived_at is not None,
            score=alike.score,
            reasons=[LikenessReason(code=str(reason[0]), detail=str(reason[1]), message=words) for reason, words in told],
            url=absolute(alike.client.get_absolute_url()),
        )


class MayBeHere(Problem):
    """The clients that a new one may be. Nothing was written."""

    code: Literal["may_be_duplicate"]
    candidates: list[Candidate]


class RefusedClient(BaseModel):
    """A client that a bulk change had to leave, and why."""

    client: int
    errors: list[dict[str, str]]


class HandOverOut(BaseModel):
    """What a hand-over did."""

    changed: list[int]
    unchanged: int = Field(description="Clients that were in these hands already.")
    not_editable: int = Field(description="Clients that are archived, unknown, or not yours to hand over.")
    refused: list[RefusedClient]
