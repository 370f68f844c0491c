"""Two clients side by side: where they differ, since when each value stands, and what the kept one would hold after a merge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.translation import gettext as _

from clients import card_facts
from clients.card_facts import CardFact, ShownFact
from clients.history import Rank, read_page
from clients.models import Client, CustomField
from clients.services.duplicates.choices import BOTH, BOTH_OF, OTHER, SURVIVOR, suggested_choices
from clients.services.duplicates.values import merged_values
from ui import formats

_CHANGES_READ = 100


@dataclass(frozen=True)
class Cell:
    """What one of the two holds in a fact. `posted` is how a form chooses it: the number of the client."""

    side: str
    posted: int
    lines: list[str]
    since: str
    chosen: bool


@dataclass(frozen=True)
class Row:
    """A fact in which the two differ. With `many` both values may be kept; `results` are what each choice leads to."""

    fact: CardFact
    cells: list[Cell]
    many: bool
    results: list[tuple[str, list[str]]]

    @property
    def name(self) -> str:
        """The name of its choice in a form."""
        return f"keep.{self.fact.key}"


@dataclass(frozen=True)
class Agreed:
    """A fact in which the two agree."""

    fact: CardFact
    lines: list[str]


class Comparison:
    """The two clients, fact by fact.

    `chosen` holds what somebody posted: key of a fact -> numbers of the clients whose value stays. Without it all stands
    as `suggested_choices` has it; with it, both values unticked mean that the kept one's stays.
    """

    def __init__(
        self, survivor: Client, other: Client, custom_fields: Iterable[CustomField], chosen: Mapping[str, Iterable[int]] | None = None
    ) -> None:
        self.survivor, self.other = survivor, other
        self.facts = list(card_facts.compared_facts(custom_fields))
        self.chosen = chosen
        self.suggested = suggested_choices(survivor, other)

    @cached_property
    def different(self) -> list[CardFact]:
        pairs = ((fact, fact.on(self.survivor), fact.on(self.other)) for fact in self.facts)
        return [fact for fact, one, two in pairs if one.values != two.values and not (one.empty and two.empty)]

    @cached_property
    def agreed(self) -> list[Agreed]:
        """The facts that are known and the same in both."""
        same = [fact for fact in self.facts if fact not in self.different and not fact.on(self.survivor).empty]
        return [Agreed(fact, in_lines(fact.on(self.survivor))) for fact in same]

    @cached_property
    def rows(self) -> list[Row]:
        since = [Since(self.survivor), Since(self.other)]
        found = []
        for fact in self.different:
            keep = self._sides(fact)
            many = self._many(fact)
            cells = [
                Cell(side, client.pk, in_lines(fact.on(client)), dates.of(fact), side in keep)
                for side, client, dates in ((SURVIVOR, self.survivor, since[0]), (OTHER, self.other, since[1]))
            ]
            results = [(cell.side, cell.lines) for cell in cells]
            if many:
                results.append((BOTH, in_lines(fact.on(self._with_both(fact)))))
            found.append(Row(fact, cells, many, results))
        return found

    @property
    def choices(self) -> dict[str, str]:
        """What is chosen, field by field, as `merge_clients` takes it."""
        found: dict[str, str] = {}
        for fact in self.different:
            keep = self._sides(fact)
            for name in fact.fields:
                found[name] = next(iter(keep)) if len(keep) == 1 else self._both(name)
        return found

    def _suggested(self, name: str) -> str:
        return self.suggested.get(name, SURVIVOR)

    def _both(self, name: str) -> str:
        return BOTH if name in BOTH_OF else self._suggested(name)

    def _many(self, fact: CardFact) -> bool:
        """Whether both can be kept: values that go together, or fields of which each side knows some."""
        if any(name in BOTH_OF for name in fact.fields):
            return not (fact.on(self.survivor).empty or fact.on(self.other).empty)
        return len(self._suggested_sides(fact)) > 1

    def _suggested_sides(self, fact: CardFact) -> set[str]:
        held = (fact.on(self.survivor).values, fact.on(self.other).values)
        sides = {self._suggested(name) for name in fact.fields if held[0][name] != held[1][name]}
        return {SURVIVOR, OTHER} if BOTH in sides else sides

    def _sides(self, fact: CardFact) -> set[str]:
        many = self._many(fact)
        if self.chosen is not None:
            numbers = set(self.chosen.get(fact.key, ())) & {self.survivor.pk, self.other.pk}
            sides = {SURVIVOR if number == self.survivor.pk else OTHER for number in numbers}
            if len(sides) == 1 or (sides and many):
                return sides
            if many:
                return {SURVIVOR}
        sides = self._suggested_sides(fact)
        if len(sides) > 1 and not many:  # joined with nothing: what is there
            return {OTHER} if fact.on(self.survivor).empty else {SURVIVOR}
        return sides

    def _with_both(self, fact: CardFact) -> Client:
        """Return the kept client as it would be with both values of `fact`."""
        values, _errors = merged_values(self.survivor, self.other, self.suggested | {name: self._both(name) for name in fact.fields})
        after = copy(self.survivor)
        for column, value in values.items():
            setattr(after, column, value)
        return after


class Since:
    """Since when the facts of a client stand, and by whom, as the history has it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @cached_property
    def _changed(self) -> dict[str, tuple[datetime, str]]:
        """Field -> when it was last changed, and by whom."""
        found: dict[str, tuple[datetime, str]] = {}
        for entry in read_page(self.client, ranks=(Rank.CLIENT_CHANGED,), limit=_CHANGES_READ).entries:
            for change in entry.changes:
                found.setdefault(change.field, (entry.at, entry.who))
        return found

    def of(self, fact: CardFact) -> str:
        """Return when the fact was last changed, in words; nothing for what stands as it was registered."""
        if fact.on(self.client).empty:
            return ""
        last = max((self._changed[name] for name in map(_in_history, fact.fields) if name in self._changed), default=None)
        if last is None:
            return ""
        at, who = last
        said = _("changed %(day)s by %(name)s") if who else _("changed %(day)s")
        return said % {"day": formats.on_day(at), "name": who}


def _in_history(name: str) -> str:
    """The history calls a column without "_id", a reference or not."""
    return name.removesuffix("_id")


def in_lines(shown: ShownFact) -> list[str]:
    """Return what stands in a fact as plain lines: a choice is made by a click, so nothing in it may lead elsewhere."""
    return [] if shown.empty else _LINES.get(shown.fact.shown_by, _as_text)(shown)


def _as_text(shown: ShownFact) -> list[str]:
    return [str(shown.value)]


def _roles(client: Client) -> list[str]:
    return [word for holds, word in ((client.is_customer, _("Customer")), (client.is_supplier, _("Supplier"))) if holds]


def _period(client: Client) -> str:
    since, until = client.works_since, client.worked_until
    if since and until:
        return _("%(since)s to %(until)s") % {"since": formats.full(since), "until": formats.full(until)}
    if since:
        return _("since %(since)s") % {"since": formats.full(since)}
    return _("until %(until)s") % {"until": formats.full(until)} if until else ""


def _consent(client: Client) -> list[str]:
    said = {
        "may_call": (_("may be called"), _("must not be called")),
        "may_write": (_("may be written to"), _("must not be written to")),
    }
    lines = [words[0] if getattr(client, name) else words[1] for name, words in said.items() if getattr(client, name) is not None]
    return lines + ([_("asked on %(day)s") % {"day": formats.full(client.consent_on)}] if client.consent_on else [])


def _next_step(client: Client) -> list[str]:
    return [client.next_step, *([formats.day(client.next_step_at)] if client.next_step_at else [])]


_LINES: Mapping[str, Callable[[ShownFact], list[str]]] = {
    "phones": lambda shown: [formats.phone(number) for number in shown.value],
    "emails": lambda shown: list(shown.value),
    "lines": lambda shown: str(shown.value).splitlines(),
    "website": lambda shown: [str(shown.value).removeprefix("https://").removeprefix("http://")],
    "address": lambda shown: card_facts.address_lines(shown.client),
    "choice": lambda shown: [shown.chosen],
    "reference": lambda shown: [shown.chosen],
    "source": lambda shown: [shown.chosen],
    "referrer": lambda shown: [str(shown.client.referrer)],
    "day": lambda shown: [formats.full(shown.value)],
    "number": lambda shown: [formats.number(shown.value)],
    "role": lambda shown: _roles(shown.client),
    "with_us": lambda shown: [_period(shown.client)],
    "consent": lambda shown: _consent(shown.client),
    "next_step": lambda shown: _next_step(shown.client),
    "custom": lambda shown: [shown.written],
}
"""How each kind of fact is said; what is not named here is plain text."""
