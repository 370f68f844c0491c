"""What happened with a client, and who changed what when, with the values before.

Triggers keep each row as it was before a change (`ClientEvent`, `ContactEvent`, `TouchEvent`), so changes made in bulk
or by hand in SQL stand here too. One query reads a page of it (sql/timeline.sql), one more the names of what the
changed references point to; both whatever the length of the history.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, NamedTuple

from django.apps import apps
from django.core import signing
from django.core.signing import BadSignature
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from clients import timeline
from clients.freshness import COLUMNS
from clients.history_words import Change, Words
from clients.models import Client, Contact, CustomField, Touch


class Rank(IntEnum):
    """What an entry of the registry tells of; the number settles the order of entries of one moment (see timeline.sql).

    Entries of other apps have numbers of their own (clients.timeline).
    """

    REGISTERED = 1
    WAIVER = 2
    CONTACT_ADDED_ONCE = 3  # a contact that was removed since
    CONTACT_ADDED = 4
    TOUCH_CHANGED = 5
    CONTACT_CHANGED = 6
    CLIENT_CHANGED = 7
    TOUCH = 8
    MERGED = 9
    MERGE_UNDONE = 10
    CONFIRMED = 11


CHANGES = tuple(rank for rank in Rank if rank is not Rank.TOUCH)


def shown_ranks() -> dict[str, tuple[int, ...]]:
    """Return what the timeline may be narrowed to, with the ranks that it shows then."""
    others = timeline.sources()
    everything = (*Rank, *(one.rank for one in others))
    return {"everything": everything, "touches": (Rank.TOUCH,), "changes": CHANGES} | {one.key: (one.rank,) for one in others}


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `who` is empty for what the system did (a change in SQL, a task)."""

    at: datetime
    rank: int
    """One of `Rank`, or that of another app's source."""
    id: int
    who: str
    user_id: int | None
    title: str
    icon: str
    tone: str = ""
    name: str = ""
    object_id: int | None = None
    """The number of the contact that it is about."""
    changes: tuple[Change, ...] = ()
    touch: dict[str, Any] = field(default_factory=dict)
    merged: int | None = None
    """The number of the client of whose merge it tells; that one's own history is under it."""
    whole_day: bool = False
    """It is of a day, not of a moment."""

    @property
    def can_restore(self) -> bool:
        """Whether it changed facts of the client, so that they can be looked at as they were before it."""
        return self.rank is Rank.CLIENT_CHANGED

    @property
    def contact_removed(self) -> bool:
        """Whether it took a contact off."""
        return self.rank is Rank.CONTACT_CHANGED and not self.changes

    @property
    def is_touch(self) -> bool:
        return self.rank is Rank.TOUCH


class Cursor(NamedTuple):
    """Where a page ends: the next one holds what is older."""

    at: datetime
    rank: int
    id: int

    def __str__(self) -> str:
        return signing.dumps([self.at.isoformat(), self.rank, self.id], salt="clients.timeline", compress=True)

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """Return the cursor that `text` stands for; None for anything that we did not write."""
        try:
            at, rank, id_ = signing.loads(text, salt="clients.timeline")
        except BadSignature:
            return None
        return cls(datetime.fromisoformat(at), rank, id_)


_NEWEST = Cursor(datetime.max.replace(tzinfo=UTC), 99, 2**62)


@dataclass(frozen=True)
class Page:
    """Some entries, newest first, and where to go on (None at the end)."""

    entries: tuple[Entry, ...]
    older: Cursor | None


def read_page(
    client: Client,
    *,
    ranks: Sequence[int] | None = None,
    before: Cursor | None = None,
    limit: int = 20,
    reader: User | None = None,
    custom_fields: Iterable[CustomField] | None = None,
    merge_touches: bool = True,
) -> Page:
    """Return a page of what happened with `client`, everything without `ranks`; without a `reader` nothing that is for some alone.

    With `merge_touches`, what a touch itself changed (the next step) is told by the touch alone, likewise what another app's
    entry says, and what one person confirmed in a row on one day by one entry.
    """
    start, wanted = before or _NEWEST, ranks or shown_ranks()["everything"]
    sql, values = timeline.timeline_query(client.pk, reader)
    with connection.cursor() as cursor:
        cursor.execute(sql, values | {"ranks": [int(rank) for rank in wanted], "limit": limit + 1, **start._asdict()})
        rows = [_read(row) for row in cursor.fetchall()]
    page = rows[:limit]
    older = Cursor(page[-1].at, page[-1].rank, page[-1].id) if len(rows) > limit else None
    told = [row for row in page if not (_says_nothing(row) or (merge_touches and _told_by_a_touch(row, page)))]
    if merge_touches:
        told = _confirmed_together(told)
    own = any(row.rank in _OF_FACTS and any(key.startswith("custom.") for key in row.label.split()) for row in told)
    alike = [pk for row in told if row.rank is Rank.REGISTERED for pk in row.facts.get("alike", ())]
    words = Words.of([row.facts for row in told if _is_diff(row)], custom_fields, custom=own, alike=alike)
    return Page(tuple(_entry(row, words) for row in told), older)


class _Row(NamedTuple):
    at: datetime
    rank: int
    id: int
    label: str
    name: str
    facts: dict[str, Any]
    user_id: int | None
    who: str
    object_id: int | None


def _read(columns: Sequence[Any]) -> _Row:
    at, rank, id_, label, name, facts, user_id, who, object_id = columns
    row = _Row(
        at,
        Rank(rank) if rank < timeline.FIRST_RANK else rank,
        id_,
        label,
        name,
        json.loads(facts) if isinstance(facts, str) else facts or {},
        user_id,
        who or "",
        object_id,
    )
    return row._replace(facts={key: value for key, value in row.facts.items() if key not in _UNTOLD}) if _is_diff(row) else row


# --- what is told ------------------------------------------------------------------------------

_UNTOLD = {"id", "created_at", "created_by_id", "client_id", "updated_at", "version"} | set(COLUMNS)
_OF_FACTS = {Rank.WAIVER, Rank.CONFIRMED}
"""The label of these is the key of a fact that criteria ask for, or several."""
_CHANGED = {Rank.CLIENT_CHANGED, Rank.CONTACT_CHANGED, Rank.TOUCH_CHANGED}


def _is_diff(row: _Row) -> bool:
    return row.rank in _CHANGED and row.label != "removed"


def _says_nothing(row: _Row) -> bool:
    """Nothing that a person would know changed; or a touch lost its contact because the contact was removed."""
    if not _is_diff(row):
        return False
    lost = row.rank is Rank.TOUCH_CHANGED and row.facts.keys() == {"contact_id"} and row.facts["contact_id"][1] is None
    return not row.facts or lost


def _told_by_a_touch(row: _Row, page: Sequence[_Row]) -> bool:
    if row.rank is not Rank.CLIENT_CHANGED or not row.facts.keys() <= {"next_step", "next_step_at"}:
        return False
    planned = row.facts.get("next_step_at", (None, None))[1]
    return any(
        other.rank is Rank.TOUCH
        and (planned is None or _same_moment(other.facts.get("next_step_at"), planned))
        and timedelta(0) <= _moment(other.facts["created_at"]) - row.at < timedelta(minutes=1)
        for other in page
    ) or any(abs(other.at - row.at) < timedelta(seconds=5) and _wrote(other, planned) for other in page)


def _wrote(row: _Row, planned: str | None) -> bool:
    source = timeline.source_of(row.rank)
    wrote = source.next_step(row.label, row.facts) if source else None
    return wrote is not None and _same_moment(wrote or None, planned)


def _confirmed_together(rows: Sequence[_Row]) -> list[_Row]:
    """Return the rows with those that follow one another and say what one person confirmed on one day made one, the latest."""
    found: list[_Row] = []
    for row in rows:
        latest = found[-1] if found else None
        if latest and row.rank is latest.rank is Rank.CONFIRMED and row.user_id == latest.user_id and same_day(row.at, latest.at):
            # an empty label: all that the card showed
            found[-1] = latest._replace(label=f"{row.label} {latest.label}" if row.label and latest.label else "")
        else:
            found.append(row)
    return found


def same_day(one: datetime, other: datetime) -> bool:
    """Tell whether two moments are of one day in the reader's time zone."""
    return timezone.localtime(one).date() == timezone.localtime(other).date()


def _moment(text: str) -> datetime:
    found = parse_datetime(text)
    assert found is not None  # the database wrote it
    return found


def _same_moment(one: str | None, other: str | None) -> bool:
    return one == other or bool(one and other and _moment(one) == _moment(other))


def _entry(row: _Row, words: Words) -> Entry:
    common: dict[str, Any] = {"at": row.at, "rank": row.rank, "id": row.id, "who": row.who, "user_id": row.user_id}
    common |= {"name": row.name, "object_id": row.object_id}
    match row.rank:
        case Rank.TOUCH:
            return Entry(**common, **_touch(row.facts))
        case Rank.CLIENT_CHANGED:
            return Entry(**common, **_client_changed(row.facts, words))
        case Rank.CONTACT_CHANGED if row.label == "removed":
            return Entry(**common, title=_("Contact removed: %(name)s") % {"name": row.name}, icon="user")
        case Rank.CONTACT_CHANGED:
            changes = words.changes(Contact, row.facts)
            return Entry(**common, title=_("Contact changed: %(name)s") % {"name": row.name}, icon="user", changes=changes)
        case Rank.TOUCH_CHANGED if row.label == "removed":
            return Entry(**common, title=_("Touch removed"), icon="trash")
        case Rank.TOUCH_CHANGED:
            return Entry(**common, title=_("Touch corrected"), icon="edit", changes=words.changes(Touch, row.facts))
        case Rank.WAIVER:
            title = _("Waiver granted: %(fact)s") % {"fact": words.fact(row.label)}
            return Entry(**{**common, "name": row.label}, title=title, icon="clipboard-check", changes=words.waiver(row.facts))
        case Rank.CONFIRMED:
            return Entry(**common, title=_confirmed(row.label.split(), words), icon="check")
        case Rank.MERGED | Rank.MERGE_UNDONE:
            return Entry(**common, **_merge(row))
        case Rank.REGISTERED:
            return Entry(**common, title=_("Registered"), icon="plus", changes=words.entered_anyway(row.facts))
        case Rank.CONTACT_ADDED | Rank.CONTACT_ADDED_ONCE:
            return Entry(**common, title=_("Contact added: %(name)s") % {"name": row.name}, icon="user")
    source = timeline.source_of(row.rank)
    assert source is not None  # only ranks that are known are asked for
    told = source.tell(row.label, row.name, row.facts)
    return Entry(**common, title=told.title, icon=told.icon, tone=told.tone, changes=told.changes, whole_day=told.whole_day)


_TOUCH_ICONS = {"call": "phone", "meeting": "users", "email": "mail", "visit": "map-pin"}


def _touch(facts: dict[str, Any]) -> dict[str, Any]:
    touch = Touch(kind=facts["kind"], outcome=facts["outcome"])
    reached = facts["outcome"] == "reached"
    icon = "phone-off" if facts["kind"] == "call" and facts["outcome"] == "no_answer" else _TOUCH_ICONS.get(facts["kind"], "note")
    for name in ("next_step_at", "created_at"):
        facts[name] = parse_datetime(facts[name]) if facts[name] else None
    return {
        "title": _("%(kind)s, %(outcome)s") % {"kind": _sentence(touch.get_kind_display()), "outcome": touch.get_outcome_display()},
        "icon": icon,
        "tone": "good" if reached else "bad" if facts["outcome"] == "refused" else "",
        "touch": facts,
    }


def _merge(row: _Row) -> dict[str, Any]:
    words = {"name": row.name, "number": row.facts["other"]}
    if row.rank is Rank.MERGE_UNDONE:
        title = _("Merge with %(name)s (number %(number)s) undone") if row.name else _("Merge with number %(number)s undone")
    else:
        title = _("Merged with %(name)s (number %(number)s)") if row.name else _("Merged with number %(number)s")
    return {"title": title % words, "icon": "arrows-exchange", "merged": row.facts["other"]}


def _confirmed(facts: Sequence[str], words: Words) -> str:
    if not facts:
        return _("Facts confirmed")
    labels = [words.fact_within(key) for key in dict.fromkeys(facts)]
    return _("Confirmed: %(fields)s") % {"fields": ", ".join(labels)}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _client_changed(facts: dict[str, Any], words: Words) -> dict[str, Any]:
    if "erased_at" in facts:
        return {"title": _("Personal data erased"), "icon": "trash"}
    if "merged_into_id" in facts:
        title = _("Merged into another client") if facts["merged_into_id"][1] else _("Merge undone")
        kept = {"merged_into_id": facts["merged_into_id"]}
        return {"title": title, "icon": "arrows-exchange", "changes": words.changes(Client, kept)}
    if "archived_at" in facts:
        archived = facts["archived_at"][1] is not None
        kept = {name: values for name, values in facts.items() if name != "archived_at" and (archived or name != "archived_reason")}
        return {
            "title": _("Archived") if archived else _("Brought back"),
            "icon": "lock" if archived else "rotate-clockwise",
            "changes": words.changes(Client, kept),
        }
    changes = words.changes(Client, facts)
    if facts.keys() == {"manager_id"}:
        return {"title": _("Handed over"), "icon": "arrows-exchange", "changes": changes}
    if len(changes) > 1:
        title = ngettext("%(count)s fact changed", "%(count)s facts changed", len(changes)) % {"count": len(changes)}
        return {"title": title, "icon": "edit", "changes": changes}
    labels = ", ".join(change.label for change in changes)
    if all(not change.before for change in changes):
        title = _("Added: %(fields)s") % {"fields": labels}
    elif all(not change.after for change in changes):
        title = _("Cleared: %(fields)s") % {"fields": labels}
    else:
        title = _("Changed: %(fields)s") % {"fields": labels}
    return {"title": title, "icon": "edit", "changes": changes}


def event_models() -> tuple[Any, Any, Any]:
    """Return the models of the events of clients, contacts and touches (pghistory makes them)."""
    return apps.get_model("clients", "ClientEvent"), apps.get_model("clients", "ContactEvent"), apps.get_model("clients", "TouchEvent")


def last_changed_by(row: Client | Contact) -> str:
    """Return who changed `row` last; empty when the system did, or nobody yet."""
    of_clients, of_contacts, _of_touches = event_models()
    events = (of_clients if isinstance(row, Client) else of_contacts).objects.filter(pgh_obj_id=row.pk)
    event: Any = events.select_related("pgh_context").order_by("-pgh_id").first()
    user_id = (event.pgh_context.metadata or {}).get("user") if event is not None and event.pgh_context else None
    return str(User.objects.filter(pk=user_id).first() or "") if user_id else ""


def last_change_id(client: Client) -> int:
    """Return the number of the latest event of the row of `client`; 0 if there is none. For an undo."""
    return int(event_models()[0].objects.filter(pgh_obj_id=client.pk).order_by("-pgh_id").values_list("pgh_id", flat=True).first() or 0)
