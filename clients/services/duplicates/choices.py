"""Whose value to keep, field by field, when two clients become one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clients.freshness import Freshness
from clients.models import Client, Lifecycle
from clients.services.preparing import EDITABLE, REFERENCES

SURVIVOR, OTHER, BOTH = "survivor", "other", "both"

LISTS = ("phones", "emails")
REMARKS = ("went_well", "went_wrong", "stands_now")
BOTH_OF = frozenset({*LISTS, *REMARKS, "former_names"})
"""Fields of which the values of both can be kept."""
MOST_ENTRIES = 20
LONGEST_REMARK = 20_000
FIELDS = (*sorted(EDITABLE - {"custom"}), "next_step")
"""What is chosen, besides each custom field ("custom.<key>"); the next step goes with its time."""

_PLACE = ("address", "city", "region", "postal_code", "country", "time_zone")
_CONSENT = ("may_call", "may_write", "consent_on")
_ORIGIN = ("source", "referrer")
_RANK = {Lifecycle.POTENTIAL: 0, Lifecycle.FORMER: 1, Lifecycle.CURRENT: 2}
_LATEST = datetime.max.replace(tzinfo=UTC)


def column_of(field: str) -> str:
    """Return the attribute that keeps `field`."""
    return f"{field}_id" if field in REFERENCES else field


def value_of(client: Client, field: str) -> Any:
    """Return what `client` holds of a field; None where it is empty."""
    key = field.removeprefix("custom.")
    value = client.custom.get(key) if key != field else getattr(client, column_of(field))
    return None if value in ("", []) else value


def known_on(client: Client, field: str) -> str:
    """Return the moment (ISO 8601) at which the value of `field` was last set or confirmed, "" if nobody noted any."""
    known = Freshness.of(client).at(field)
    return str(known.kept[0]) if known else ""


def fields_of(*clients: Client) -> tuple[str, ...]:
    """Return the fields that are chosen for these clients, the custom ones that any of them fills included."""
    own = sorted({key for client in clients for key in client.custom})
    return (*FIELDS, *(f"custom.{key}" for key in own))


def suggested_choices(survivor: Client, other: Client) -> dict[str, str]:
    """Return for each field whose value to keep ("survivor", "other", or "both").

    What is filled beats what is empty, and what was set or confirmed later beats what is older; of phones, e-mails and
    remarks both are kept. Some fields follow from others: an address stays in one piece, consent goes by the day on which
    it was asked, the origin is that of the client who was here first. The survivor's value stands where nothing decides.
    """
    chosen = {field: _suggested(survivor, other, field) for field in fields_of(survivor, other)}
    chosen |= _place(survivor, other)
    chosen |= dict.fromkeys(_CONSENT, _consent(survivor, other))
    origin = OTHER if other.created_at < survivor.created_at else SURVIVOR
    for field in _ORIGIN:
        if value_of(survivor, field) is not None and value_of(other, field) is not None:
            chosen[field] = origin
    if survivor.lifecycle != other.lifecycle:
        chosen["worked_until"] = chosen["lifecycle"]  # the end of the work belongs to how things stand
    since, until = ((other if chosen[field] == OTHER else survivor) for field in ("works_since", "worked_until"))
    if since.works_since and until.worked_until and until.worked_until < since.works_since:
        chosen["works_since"] = chosen["worked_until"]  # two periods, one after the other: no end before its beginning
    return chosen


def _suggested(survivor: Client, other: Client, field: str) -> str:
    ours, theirs = value_of(survivor, field), value_of(other, field)
    match field:
        case "former_names":
            return BOTH
        case "is_customer" | "is_supplier":
            return OTHER if theirs and not ours else SURVIVOR
        case "next_step":  # the sooner promise
            return OTHER if (other.next_step_at or _LATEST) < (survivor.next_step_at or _LATEST) else SURVIVOR
        case "lifecycle":
            return OTHER if _RANK[Lifecycle(other.lifecycle)] > _RANK[Lifecycle(survivor.lifecycle)] else SURVIVOR
        case _ if theirs is None or ours == theirs or field == "kind":
            return SURVIVOR
        case _ if ours is None:
            return OTHER
        case "phones" | "emails":
            return BOTH if len({*ours, *theirs}) <= MOST_ENTRIES else SURVIVOR
        case _ if field in REMARKS:
            return BOTH if len(ours) + len(theirs) + 2 <= LONGEST_REMARK else SURVIVOR
        case "external_id" | "manager":
            return SURVIVOR
        case "works_since":
            return OTHER if theirs < ours else SURVIVOR
        case _:
            return OTHER if known_on(other, field) > known_on(survivor, field) else SURVIVOR


def _place(survivor: Client, other: Client) -> dict[str, str]:
    """An address of one client with the city of another is nobody's: all of it comes from one side where the two differ."""
    ours = {field: value_of(survivor, field) for field in _PLACE}
    theirs = {field: value_of(other, field) for field in _PLACE}
    if all(ours[field] is None or theirs[field] is None or _alike(ours[field], theirs[field]) for field in _PLACE):
        return {field: OTHER if ours[field] is None and theirs[field] is not None else SURVIVOR for field in _PLACE}
    newer = max(known_on(other, field) for field in _PLACE) > max(known_on(survivor, field) for field in _PLACE)
    filled = sum(value is not None for value in theirs.values()) - sum(value is not None for value in ours.values())
    return dict.fromkeys(_PLACE, OTHER if filled > 0 or (filled == 0 and newer) else SURVIVOR)


def _alike(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def _consent(survivor: Client, other: Client) -> str:
    """What was asked last counts; of two answers of one day, the no."""
    ours, theirs = _asked_on(survivor), _asked_on(other)
    if ours == theirs:
        refused = False in (other.may_call, other.may_write) and False not in (survivor.may_call, survivor.may_write)
        unasked = survivor.may_call is None and survivor.may_write is None and survivor.consent_on is None
        return OTHER if refused or unasked else SURVIVOR
    return OTHER if theirs > ours else SURVIVOR


def _asked_on(client: Client) -> str:
    if client.consent_on is not None:
        return client.consent_on.isoformat()
    return "" if client.may_call is None and client.may_write is None else max(known_on(client, field) for field in _CONSENT)


def suggested_survivor(one: Client, other: Client) -> Client:
    """Return which of the two to keep: the one that more is known of and that more is done with.

    In this order: not archived, known to other systems by its own id, a current client, more touches, more contacts, a tax
    number, more fields filled; then the one that was here first.
    """
    return max((one, other), key=_weight)


def _weight(client: Client) -> tuple[Any, ...]:
    return (
        client.archived_at is None,
        bool(client.external_id),
        client.lifecycle == Lifecycle.CURRENT,
        client.touches.count(),
        client.contacts.count(),
        bool(client.tax_number),
        sum(value_of(client, field) is not None for field in fields_of(client)),
        -client.pk,
    )
