"""What each client of the demo company is and what happened with it: made of a seed and a number, and of nothing else.

No database and no clock: the same seed, number and day give the same client, however many are made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from crm.demo.company import INDUSTRIES, LINES_OF_BUSINESS, MANAGERS, SOURCES, Manager
from crm.demo.numbers import phone, tax_number
from crm.demo.twice import branch, branch_of, entered_again, seen_before, why_another
from crm.demo.words import TONGUES, Notes, Tongue
from crm.demo.words.ugly import UGLY

ZONE = ZoneInfo("Europe/Paris")
QUANTITIES = (2, 5, 10, 12, 20, 24, 40, 60, 100, 150)
STORY = timedelta(days=730)
"""Touches go back so far; registrations go back further."""


@dataclass(frozen=True)
class DraftTouch:
    """A touch to come."""

    at: datetime
    by: str
    kind: str
    outcome: str
    note: str
    contact: int | None
    minutes: int | None
    facts_confirmed: bool
    next_step: str = ""
    next_step_at: datetime | None = None
    no_next_step_because: str = ""


@dataclass(frozen=True)
class DraftChange:
    """A later change of the client's facts."""

    at: datetime
    by: str
    changes: dict[str, Any]


@dataclass
class Draft:
    """A client: what was said of it at first, and what came after."""

    number: int
    own_id: str
    registered_at: datetime
    manager: Manager | None
    data: dict[str, Any]
    contacts: list[dict[str, Any]]
    referrer: int | None
    touches: list[DraftTouch] = field(default_factory=list)
    changes: list[DraftChange] = field(default_factory=list)
    confirmed: tuple[datetime, tuple[str, ...]] | None = None
    """When somebody looked facts over without a touch, and which, by the keys of criteria."""
    archived: tuple[datetime, str] | None = None
    other_because: str = ""
    """Why it was registered although it looks like a client that was there."""

    @property
    def in_hands_of(self) -> str:
        """Who looks after it in the end."""
        return next((str(change.changes["manager"]) for change in self.changes if "manager" in change.changes), self.created_by)

    @property
    def created_by(self) -> str:
        """Who registered it: its manager, or the office."""
        return self.manager.username if self.manager else "dmitri"


def own_id(seed: int, number: int) -> str:
    """Return the own id of a demo client, which tells a second run that it is there."""
    return f"K{seed}-{number:05d}"


def registered_on(seed: int, number: int, today: date) -> date:
    """Return the day on which a demo client came: two thirds within two years, the rest within seven.

    One that is entered again came within half a year, a branch lately: people still remember.
    """
    rng = Random(f"{seed} {number} registered")
    if first := seen_before(seed, number) or branch_of(seed, number):
        since = (today - registered_on(seed, first, today)).days
        return today - timedelta(days=rng.randint(2, max(2, min(since - 1, 180 if seen_before(seed, number) else 25))))
    days = rng.randint(2, 730) if rng.random() < 0.66 else rng.randint(731, 2500)
    return _workday(today - timedelta(days=days))


def referrer_of(seed: int, number: int, today: date) -> int | None:
    """Return the number of the client who sent this one; it came earlier, and by itself."""
    rng = Random(f"{seed} {number} referrer")
    if number <= 20 or rng.random() >= 0.1 or seen_before(seed, number) or branch_of(seed, number):
        return None
    found = rng.randint(1, number - 1)
    earlier = registered_on(seed, found, today) < registered_on(seed, number, today)
    return found if earlier and referrer_of(seed, found, today) is None else None


def draft_client(seed: int, number: int, today: date) -> Draft:
    """Return the client `number` of the demo company of `seed`, as of `today`."""
    rng = Random(f"{seed} {number}")
    tongue = _tongue(rng)
    manager = None if rng.random() < 0.03 else _manager(rng, tongue)
    if first := seen_before(seed, number) or branch_of(seed, number):
        return _draft_again(rng, seed, number, today, first)
    gaps = manager.gaps if manager else 0.4
    registered_at = _at_work(rng, registered_on(seed, number, today))
    data, contacts = _facts(rng, number, tongue, gaps)
    data |= {"external_id": own_id(seed, number), "manager": manager.username if manager else None}
    referrer = referrer_of(seed, number, today)
    if referrer:
        data["source"] = "Recommended by a client"
    draft = Draft(number, own_id(seed, number), registered_at, manager, data, contacts, referrer)
    _tell_story(rng, draft, tongue, today)
    return draft


def _draft_again(rng: Random, seed: int, number: int, today: date, first: int) -> Draft:
    """Return a client that is there already as `first`, or a branch of that one."""
    known = draft_client(seed, first, today)
    tongue = next(tongue for tongue, _share in TONGUES if tongue.country == known.data["country"])
    others = [one for one in MANAGERS if tongue.code in one.tongues and one != known.manager]
    manager = rng.choice(others) if others else known.manager
    is_branch = branch_of(seed, number) is not None
    data = (branch if is_branch else entered_again)(rng, known.data, tongue)
    data |= {
        "source": rng.choice(list(SOURCES)),
        "external_id": own_id(seed, number),
        "manager": manager.username if manager else None,
    }
    contacts = [] if is_branch or rng.random() < 0.5 else [one | {"phones": [], "note": ""} for one in known.contacts[:1]]
    draft = Draft(number, own_id(seed, number), _at_work(rng, registered_on(seed, number, today)), manager, data, contacts, None)
    if is_branch:
        draft.other_because = why_another(rng, data, tongue)
    _tell_story(rng, draft, tongue, today)
    draft.archived = None
    return draft


# --- who it is -----------------------------------------------------------------------------------


def _tongue(rng: Random) -> Tongue:
    return rng.choices([tongue for tongue, _share in TONGUES], [share for _tongue, share in TONGUES])[0]


def _manager(rng: Random, tongue: Tongue) -> Manager:
    return rng.choice([one for one in MANAGERS if tongue.code in one.tongues])


def _facts(rng: Random, number: int, tongue: Tongue, gaps: float) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the client's first facts and its contacts; `gaps` is how likely each recommended one is missing."""
    is_person = rng.random() < 0.11
    place = rng.choice(tongue.places)
    supplier = rng.random() < 0.16
    lifecycle = rng.choices(("potential", "current", "former"), (35, 50, 15))[0]
    data: dict[str, Any] = {
        "kind": "person" if is_person else "organisation",
        "is_supplier": supplier,
        "is_customer": not supplier or rng.random() < 0.35,
        "source": rng.choice(list(SOURCES)),
        "lifecycle": lifecycle,
        "line_of_business": rng.choice(LINES_OF_BUSINESS) if rng.random() < 0.8 else None,
        "country": tongue.country,
        "city": place.city,
        "region": place.region,
    }
    if is_person:
        one = tongue.person(rng)
        names = (one.full_name, "")
        mailbox = f"{_mailbox(one.mailbox, number)}{number % 90 + 10}"  # the name alone is somebody else's
        data["birth_date"] = (date(1955, 1, 1) + timedelta(days=rng.randint(0, 17_000))).isoformat() if rng.random() < 0.5 else None
        mail = f"{mailbox}@post.example"
    else:
        full_name, short = UGLY[number // 97 - 1] if number % 97 == 0 and number // 97 <= len(UGLY) else tongue.organisation(rng)
        names = (full_name, short if rng.random() < 0.45 else "")
        # two firms of one name have two sites: one goes by its town, the other by its year
        domain = f"{_slug(short or full_name, number)}-{_slug(place.city, number) if number % 2 else 1900 + number % 119}.example"
        mail = f"{rng.choice(tongue.mailboxes)}@{domain}"
        data["employees"] = min(4000, max(1, int(rng.lognormvariate(3.2, 1.2)))) if rng.random() < 0.7 else None
        data["website"] = f"https://www.{domain}" if rng.random() < 0.6 else ""
        data["tax_number"] = tax_number(tongue.country, number) if rng.random() < 0.6 else ""
    data["full_name"], data["short_name"] = names
    if rng.random() >= gaps:
        data |= {"address": tongue.street(rng), "postal_code": place.postal_code}
    if rng.random() >= gaps:
        data["phones"] = [phone(place.phone, number)] + ([phone(tongue.mobile, number + 5000)] if rng.random() < 0.2 else [])
    if rng.random() >= gaps * 1.5:
        data["emails"] = [mail]
    if not is_person and rng.random() >= gaps:
        data["industry"] = rng.choice(INDUSTRIES)
    if rng.random() < 0.4:
        data |= {"may_call": rng.random() < 0.92, "may_write": rng.random() < 0.7}
    data["custom"] = _custom(rng)
    contacts = [] if is_person or rng.random() < gaps else _contacts(rng, number, tongue, mail.partition("@")[2])
    return data, contacts


def _custom(rng: Random) -> dict[str, Any]:
    custom: dict[str, Any] = {}
    if rng.random() < 0.7:
        custom["price_list"] = rng.choices(("Standard", "Partner", "Key account"), (70, 24, 6))[0]
    if rng.random() < 0.35:
        custom["equipment_year"] = rng.randint(2004, 2025)
    if rng.random() < 0.3:
        custom["newsletter"] = rng.random() < 0.6
    return custom


def _contacts(rng: Random, number: int, tongue: Tongue, domain: str) -> list[dict[str, Any]]:
    contacts: list[dict[str, Any]] = []
    for place in range(rng.choices((1, 2, 3, 4), (45, 35, 15, 5))[0]):
        one = tongue.person(rng)
        if any(contact["full_name"] == one.full_name for contact in contacts):
            continue
        head = place == 0 and rng.random() < 0.6
        contacts.append(
            {
                "full_name": one.full_name,
                "position": rng.choice(tongue.heads if head else tongue.positions) if rng.random() < 0.9 else "",
                "phones": [phone(tongue.mobile, number * 4 + place)] if rng.random() < 0.6 else [],
                "emails": [f"{_mailbox(one.mailbox, number)}@{domain}"] if rng.random() < 0.65 else [],
                "is_main": place == 0,
                "is_head": head,
                "note": rng.choice(tongue.contact_notes) if tongue.contact_notes and rng.random() < 0.12 else "",
            }
        )
    return contacts


_LATIN = str.maketrans(
    {
        **dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziiklmnoprstufye", strict=True)),
        "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya", "ъ": "", "ь": "",
        "ß": "ss", "ł": "l", "ø": "o", "œ": "oe", "æ": "ae",
    }
)  # fmt: skip


def _slug(name: str, number: int) -> str:
    """Return `name` as it would stand in an address; a name in a script that we can't spell gives "client12"."""
    latin = unicodedata.normalize("NFKD", name.lower().translate(_LATIN)).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", latin)[:40].strip("-")
    return slug if len(slug) > 2 else f"client{number}"


def _mailbox(name: str, number: int) -> str:
    """Return "Solène.Saint-Amour" as "solene.saint-amour"."""
    return ".".join(_slug(part, number) for part in name.split("."))


# --- what happened -------------------------------------------------------------------------------


def _tell_story(rng: Random, draft: Draft, tongue: Tongue, today: date) -> None:
    lifecycle = draft.data["lifecycle"]
    since = max(draft.registered_at, datetime.combine(today, time(9), ZONE) - STORY)
    quiet = rng.random() < (0.85 if lifecycle == "former" else 0.12)  # nobody has been in touch lately
    until = today - timedelta(days=rng.randint(150, 500) if quiet else rng.randint(1, 45))
    days = (until - since.date()).days
    count = {"potential": rng.randint(0, 7), "current": rng.randint(4, 18), "former": rng.randint(1, 8)}[lifecycle]
    moments = [at for at in _touch_moments(rng, since.date(), days, count) if at > draft.registered_at]
    if moments:
        _change_over_time(rng, draft, tongue, moments[-1])
    handed_over = next((change for change in draft.changes if "manager" in change.changes), None)
    for position, at in enumerate(moments):
        by = draft.created_by
        if handed_over and at > handed_over.at:
            by = str(handed_over.changes["manager"])
        draft.touches.append(_touch(rng, draft, tongue, at, by, last=position == len(moments) - 1, today=today))
    if lifecycle == "former":
        draft.data["worked_until"] = (until - timedelta(days=rng.randint(10, 120))).isoformat()
    if lifecycle != "potential":
        draft.data["works_since"] = (draft.registered_at.date() - timedelta(days=rng.randint(0, 900))).isoformat()
        if draft.data.get("worked_until", "9") < draft.data["works_since"]:
            del draft.data["worked_until"]
    if rng.random() < (0.12 if lifecycle == "former" else 0.015):
        day = min(_workday(max([until, draft.registered_at.date()]) + timedelta(days=rng.randint(3, 30))), today - timedelta(days=1))
        last = max([draft.registered_at, *(touch.at for touch in draft.touches), *(change.at for change in draft.changes)])
        draft.archived = (max(_at_work(rng, day), last + timedelta(hours=1)), rng.choice(tongue.archived))
    elif draft.manager and moments and rng.random() < 0.05:
        at = max(_at_work(rng, moments[-1].date()), moments[-1], *(change.at for change in draft.changes)) + timedelta(minutes=20)
        held = ("phone_or_email", "phones" in draft.data or "emails" in draft.data), ("address", "address" in draft.data)
        if facts := tuple(key for key, there in held if there):
            draft.confirmed = (at, facts)


def _touch_moments(rng: Random, since: date, days: int, count: int) -> list[datetime]:
    if days <= 2:
        return []
    return sorted({_at_work(rng, _workday(since + timedelta(days=rng.randint(1, days)))) for _ in range(count)})


def _touch(rng: Random, draft: Draft, tongue: Tongue, at: datetime, by: str, *, last: bool, today: date) -> DraftTouch:
    kind = rng.choices(("call", "email", "meeting", "visit"), (62, 22, 9, 7))[0]
    outcome = rng.choices(("reached", "no_answer", "busy", "refused"), (68, 18, 10, 4))[0] if kind == "call" else "reached"
    words = _spoken(tongue.notes, kind, outcome)
    note = rng.choice(words).format(thing=rng.choice(tongue.things), n=rng.choice(QUANTITIES), p=rng.randint(3, 14))
    step: dict[str, Any] = {}
    if not last:
        if outcome == "reached" and rng.random() < 0.3:
            step = {"next_step": rng.choice(tongue.next_steps), "next_step_at": at + timedelta(days=rng.randint(3, 40))}
    elif draft.manager and draft.data["lifecycle"] != "former" and rng.random() < 0.62:
        step = {"next_step": rng.choice(tongue.next_steps), "next_step_at": _next_step(rng, at, today)}
    else:
        step = {"no_next_step_because": rng.choice(tongue.no_next_step)}
    return DraftTouch(
        at=at,
        by=by,
        kind=kind,
        outcome=outcome,
        note=note,
        contact=rng.randrange(len(draft.contacts)) if draft.contacts and rng.random() < 0.7 else None,
        minutes={"call": rng.randint(2, 25), "meeting": rng.choice((30, 45, 60, 90)), "visit": rng.choice((45, 60, 120))}.get(kind)
        if outcome == "reached" and rng.random() < 0.8
        else None,
        facts_confirmed=outcome == "reached" and rng.random() < 0.35,
        **step,
    )


def _spoken(notes: Notes, kind: str, outcome: str) -> Sequence[str]:
    if outcome != "reached":
        return {"no_answer": notes.no_answer, "busy": notes.busy, "refused": notes.refused}[outcome]
    return {"call": notes.reached, "email": notes.email, "meeting": notes.meeting, "visit": notes.meeting}[kind]


def _next_step(rng: Random, at: datetime, today: date) -> datetime:
    """Return when the next step is due: mostly within two months, a few today, a few lapsed. A manager keeps most promises."""
    days = rng.choices((rng.randint(1, 60), 0, -rng.randint(1, 9)), (91, 4, 5))[0]
    day = today + timedelta(days=days)
    moment = _at_work(rng, _workday(day) if days else day)
    return moment if moment > at else at + timedelta(days=2)


def _change_over_time(rng: Random, draft: Draft, tongue: Tongue, until: datetime) -> None:
    """Let the client grow from what it was at first: it buys, moves, is handed over, gets a remark."""
    span = until - draft.registered_at
    if span < timedelta(days=20):
        return

    def later(share: float, by: str, **changes: Any) -> None:
        before = draft.changes[-1].at if draft.changes else draft.registered_at
        at = max(_at_work(rng, _workday((draft.registered_at + span * share).date())), before + timedelta(minutes=30))
        draft.changes.append(DraftChange(at, by, changes))

    by = draft.created_by
    lifecycle = draft.data["lifecycle"]
    if lifecycle != "potential" and rng.random() < 0.6:
        draft.data["lifecycle"] = "potential"
        later(0.15, by, lifecycle="current")
    if rng.random() < 0.05:
        remark = rng.choice(("went_well", "went_wrong", "stands_now"))
        words = {"went_well": tongue.went_well, "went_wrong": tongue.went_wrong, "stands_now": tongue.stands_now}[remark]
        later(0.35, by, **{remark: rng.choice(words)})
    elif rng.random() < 0.3:
        draft.data |= {"went_well": rng.choice(tongue.went_well), "stands_now": rng.choice(tongue.stands_now)}
        if rng.random() < 0.4:
            draft.data["went_wrong"] = rng.choice(tongue.went_wrong)
    if draft.data.get("address") and rng.random() < 0.02:
        place = rng.choice(tongue.places)
        later(0.5, by, address=tongue.street(rng), city=place.city, region=place.region, postal_code=place.postal_code)
    if rng.random() < 0.02:
        place = rng.choice(tongue.places)
        later(0.6, by, phones=[phone(place.phone, draft.number + 2500)])
    if draft.manager and rng.random() < 0.06:
        others = [one.username for one in MANAGERS if tongue.code in one.tongues and one is not draft.manager]
        if others:
            by = rng.choice(others)
            later(0.75, "dmitri", manager=by)
    if lifecycle == "former" and draft.data["lifecycle"] == "potential":
        later(0.9, by, lifecycle="former")


# --- when ----------------------------------------------------------------------------------------


def _workday(day: date) -> date:
    """Return `day`, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.isoweekday() - 5))


def _at_work(rng: Random, day: date) -> datetime:
    """Return a moment of the working day."""
    return datetime.combine(day, time(rng.randint(9, 17), rng.choice(range(0, 60, 5))), ZONE)
