"""What the page of criteria shows: each criterion with how far the registry meets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.criteria import passes, words
from clients.criteria.facts import Fact, Group, all_facts
from clients.criteria.rules import CriteriaSet, criteria_in_force
from clients.criteria.standing import Tally, tally
from clients.models import Criterion, CustomField, StandingPass

SMALL = 30_000
"""Up to so many clients are counted while the page is drawn; larger registries are counted in the background."""
COUNT_GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Counted:
    """Figures of the registry, and when they were counted (None: just now)."""

    tally: Tally
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion of the page."""

    criterion: Criterion
    fact: Fact | None
    audience: str
    check: str
    asked: int | None
    short: int | None
    until: date | None
    """The last day before a newer version takes its place."""
    scheduled: bool
    """It is published, and its day is still to come."""

    @property
    def label(self) -> str:
        """The name of the fact; its key where the field was retired."""
        return str(self.fact.label) if self.fact else self.criterion.fact

    @property
    def share(self) -> int | None:
        """Percent of those asked that meet it, rounded down; None where nobody is asked or nobody counted."""
        return None if not self.asked or self.short is None else 100 * (self.asked - self.short) // self.asked


@dataclass(slots=True)
class Section:
    """The criteria under one heading."""

    label: str
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page shows of the criteria."""

    sections: list[Section]
    counted: Counted
    run: StandingPass | None
    """The pass that is working out the registry now, if one is."""

    @property
    def number(self) -> int:
        """How many criteria are in force."""
        return len(self.counted.tally.criteria)


def overview(facts: dict[str, Fact] | None = None) -> Overview:
    """Gather the page: the same few queries, however many criteria and clients there are."""
    criteria = criteria_in_force()
    facts = all_facts(CustomField.objects.active()) if facts is None else facts
    counted = count(criteria)
    rows = _rows(criteria, facts, counted.tally)
    sections = {group.value: Section(str(group.label)) for group in Group}
    without_field = Section(_("Field retired"))
    for row in rows:
        (sections[row.fact.group] if row.fact else without_field).rows.append(row)
    run = StandingPass.objects.filter(pk=1).first()
    working = run is not None and (run.finished_at is None or run.basis != passes.basis_of(criteria))
    return Overview([section for section in (*sections.values(), without_field) if section.rows], counted, run if working else None)


def _rows(criteria: CriteriaSet, facts: dict[str, Fact], counts: Tally) -> list[Row]:
    order = {key: number for number, key in enumerate(facts)}
    names = words.Names.load()
    shown = list(Criterion.objects.shown(criteria.as_of))
    begins = {one.replaces_id: one.valid_from for one in shown if one.replaces_id and one.state == "published" and one.valid_from}
    shown.sort(key=lambda one: (order.get(one.fact, 999), one.replaces_id or one.pk, one.pk))
    rows = []
    for one in shown:
        fact = facts.get(one.fact)
        asked, short = counts.criteria.get(one.pk, (None, None))
        newer = begins.get(one.pk)
        rows.append(
            Row(
                criterion=one,
                fact=fact,
                audience=words.audience(one, fact, names),
                check=words.check(one, fact),
                asked=asked,
                short=short,
                until=newer - timedelta(days=1) if newer else None,
                scheduled=one.state == "published" and one.valid_from is not None and one.valid_from > criteria.as_of,
            )
        )
    return rows


def count(criteria: CriteriaSet) -> Counted:
    """Return the figures: counted now in a small registry, else the last ones that the background counted."""
    if about_how_many() <= SMALL:
        return Counted(tally(criteria), None)
    kept = StandingPass.objects.filter(pk=1).first()
    if kept is None or kept.tally_at is None or kept.tally_at < timezone.now() - COUNT_GOOD_FOR:
        passes.recount_soon()
    if kept is None or kept.tally_at is None:
        return Counted(Tally(criteria={}, custom_fields={}, clients=0, completeness=100), None)
    return Counted(_read(kept.tally, [rule.id for rule in criteria.rules]), kept.tally_at)


def _read(kept: dict[str, object], ids: Sequence[int]) -> Tally:
    pairs = kept.get("criteria")
    fields = kept.get("custom_fields")
    counts = {int(key): (int(pair[0]), int(pair[1])) for key, pair in pairs.items()} if isinstance(pairs, dict) else {}
    return Tally(
        criteria={number: counts[number] for number in ids if number in counts},
        custom_fields={int(key): int(value) for key, value in fields.items()} if isinstance(fields, dict) else {},
        clients=int(str(kept.get("clients", 0))),
        completeness=int(str(kept.get("completeness", 100))),
    )


def about_how_many() -> int:
    """Return about how many clients there are, as PostgreSQL last counted them: exact counting is what is to be avoided."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'clients_client'::regclass")
        return int(cursor.fetchone()[0])
