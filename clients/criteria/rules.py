"""The criteria that are in force on a day, made ready to be held against records."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from clients.criteria.days import add_months, oldest_good
from clients.criteria.facts import Fact, all_facts
from clients.criteria.patterns import compiled
from clients.criteria.readers import Asked, Reader, latest
from clients.criteria.record import Record
from clients.freshness import Confirmation

if TYPE_CHECKING:
    from clients.models import Criterion

REQUIRED, PATTERN, RANGE, STALE = "required", "pattern", "range", "stale"
"""Codes of what a record falls short of: the fact is missing, does not look as asked, is out of range, is too old."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One criterion, ready for use as of one day."""

    criterion: Criterion
    fact: Fact
    readers: tuple[Reader, ...]
    asked: Asked
    oldest: date | None
    """The earliest day whose facts are still good; None when any age will do."""
    kinds: tuple[str, ...]
    zone: ZoneInfo
    as_of: date

    @property
    def id(self) -> int:
        """The criterion's id; 0 for one that is not saved."""
        return int(self.criterion.pk or 0)

    @cached_property
    def required(self) -> bool:
        """The criterion keeps a new record out that does not meet it."""
        return self.criterion.level == "required"

    @cached_property
    def _audience(self) -> tuple[tuple[str, frozenset[Any]], ...]:
        """Keys of values with what each must be one of."""
        criterion = self.criterion
        wanted = {
            "kind": self.kinds,
            "lifecycle": criterion.lifecycles,
            "source_id": criterion.sources,
            "industry_id": criterion.industries,
        }
        return tuple((key, frozenset(allowed)) for key, allowed in wanted.items() if allowed)

    @cached_property
    def _roles(self) -> tuple[str, ...]:
        return tuple(f"is_{role}" for role in self.criterion.roles)

    @cached_property
    def _simple(self) -> tuple[Callable[[Record], bool], ...] | None:
        """The questions of a rule that asks only that something is there: nearly all of them."""
        return None if self.asked or self.oldest is not None else tuple(reader.held for reader in self.readers)

    def applies(self, record: Record) -> bool:
        """Return whether the criterion asks anything of this client."""
        values = record.values
        for key, allowed in self._audience:
            if values.get(key) not in allowed:
                return False
        return not self._roles or any(values.get(role) for role in self._roles)

    def failing(self, record: Record) -> str | None:
        """Return the code of what the record falls short of, None when it meets the criterion."""
        if self._simple is not None:
            for held in self._simple:
                if held(record):
                    return None
            return REQUIRED
        if any(self._good(reader, record) for reader in self.readers):
            return None
        if not any(reader.held(record) for reader in self.readers):
            return REQUIRED
        if self.asked and not any(reader.fits(record, self.asked) for reader in self.readers):
            return RANGE if self.asked.pattern is None else PATTERN
        return STALE

    def _good(self, reader: Reader, record: Record) -> bool:
        if not (reader.fits(record, self.asked) if self.asked else reader.held(record)):
            return False
        return self.oldest is None or (self._dated(reader, record) >= self.oldest)

    def _dated(self, reader: Reader, record: Record) -> date:
        return reader.dated(record, self.asked, self.zone) or self.registered_on(record)

    def last_known(self, record: Record) -> Confirmation | None:
        """Return when and by whom the fact was last set or confirmed, if anybody noted it."""
        return latest(reader.confirmed(record, self.asked) for reader in self.readers if reader.fits(record, self.asked))

    def registered_on(self, record: Record) -> date:
        """Return the day on which the client was registered, in the company's time zone."""
        registered = record.registered
        if registered is None:
            return self.as_of
        return registered.astimezone(self.zone).date() if isinstance(registered, datetime) else registered

    def deadline(self, record: Record, code: str) -> date:
        """Return the day by which the shortfall is to be mended.

        Clients that were there before the criterion have its days of grace; those registered since were due at once;
        a fact that grew old has the days of grace from the day on which it did.
        """
        grace = timedelta(days=self.criterion.grace_days)
        in_force = self.criterion.valid_from or self.as_of
        if code == STALE:
            fitting = [reader for reader in self.readers if reader.fits(record, self.asked)]
            dated = max(self._dated(reader, record) for reader in fitting)
            return max(in_force, add_months(dated, self.criterion.max_age_months or 0)) + grace
        registered = self.registered_on(record)
        return in_force + grace if registered < in_force else registered


@dataclass(frozen=True, eq=False)
class CriteriaSet:
    """The criteria that ask something on the day `as_of`."""

    as_of: date
    zone: ZoneInfo
    rules: tuple[Rule, ...]
    stamp: UUID | None = None

    def at(self, day: date) -> CriteriaSet:
        """Return the set for another day."""
        return self if day == self.as_of else criteria_in_force(day)

    def asking(self, key: str) -> list[Rule]:
        """Return the rules on one fact."""
        return [rule for rule in self.rules if rule.fact.key == key]


def rule_of(criterion: Criterion, facts: dict[str, Fact], as_of: date, zone: ZoneInfo) -> Rule | None:
    """Make one criterion ready; None when its fact is not known (any more) or the two contradict each other."""
    fact = facts.get(criterion.fact)
    if fact is None:
        return None
    kinds = tuple(criterion.kinds)
    if fact.kinds:
        kinds = tuple(kind for kind in fact.kinds if not kinds or kind in kinds) or ("none",)
    span = (criterion.at_least, criterion.at_most)
    return Rule(
        criterion=criterion,
        fact=fact,
        readers=tuple(reader.on(as_of, zone) for reader in fact.readers),
        asked=Asked(
            pattern=compiled(criterion.pattern) if criterion.pattern and fact.takes_pattern else None,
            span=span if fact.takes_span and span != (None, None) else None,
        ),
        oldest=oldest_good(as_of, criterion.max_age_months) if criterion.max_age_months and fact.takes_age else None,
        kinds=kinds,
        zone=zone,
        as_of=as_of,
    )


_STAMP = """
-- What the rules are known by (a trigger renews it with every change of criteria and custom fields) and the
-- company's time zone, in one trip: this is asked once for each write.
SELECT (SELECT stamp FROM clients_rulesstamp), (SELECT time_zone FROM accounts_company)
"""
_kept: OrderedDict[tuple[UUID, str, date], CriteriaSet] = OrderedDict()
_KEPT = 8
_lock = threading.Lock()


def criteria_in_force(as_of: date | None = None) -> CriteriaSet:
    """Return the criteria in force on `as_of` (default: today in the company's time zone).

    Costs one small query; the criteria themselves are read again only when somebody changed them, in whatever process.
    Take the set once for a page or an import and hand it on.
    """
    stamp, name = _read_stamp()
    zone = ZoneInfo(name)
    day = as_of or timezone.now().astimezone(zone).date()
    if stamp is None:
        return _load(None, zone, day)
    with _lock:
        found = _kept.get((stamp, name, day))
        if found is None:
            found = _kept[stamp, name, day] = _load(stamp, zone, day)
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
        return found


def company_today(now: datetime | None = None) -> date:
    """Return the day that it is in the company's time zone."""
    return company_clock(now)[0]


def company_clock(now: datetime | None = None) -> tuple[date, ZoneInfo]:
    """Return the day that it is in the company's time zone, and that zone."""
    zone = ZoneInfo(_read_stamp()[1])
    return (now or timezone.now()).astimezone(zone).date(), zone


def _read_stamp() -> tuple[UUID | None, str]:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        stamp, name = cursor.fetchone()
    return stamp, name or "UTC"


def _load(stamp: UUID | None, zone: ZoneInfo, as_of: date) -> CriteriaSet:
    from clients.models import Criterion, CustomField

    facts = all_facts(CustomField.objects.filter(retired=False))
    rules = (rule_of(criterion, facts, as_of, zone) for criterion in Criterion.objects.in_force(as_of).order_by("id"))
    return CriteriaSet(as_of=as_of, zone=zone, rules=tuple(rule for rule in rules if rule is not None), stamp=stamp)
