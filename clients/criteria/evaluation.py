"""One record held against the criteria."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.criteria.record import Record
from clients.criteria.rules import PATTERN, RANGE, STALE, CriteriaSet, Rule
from clients.freshness import Confirmation


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A criterion that a record does not meet."""

    rule: Rule
    code: str
    """"required" (nothing there), "pattern" (does not look as asked), "range" (out of it) or "stale" (too old)."""
    deadline: date
    confirmed: Confirmation | None = None
    """When and by whom a fact that is too old was last set or confirmed, if anybody noted it."""

    @property
    def fact(self) -> str:
        """The key of the fact."""
        return self.rule.fact.key

    @property
    def field(self) -> str:
        """The form field that mends it, as the API names it."""
        return self.rule.fact.field

    @property
    def label(self) -> str | Promise:
        """The name of the fact in words."""
        return self.rule.fact.label

    @property
    def level(self) -> str:
        """ "required" or "recommended"."""
        return self.rule.criterion.level

    @property
    def message(self) -> str:
        """What to do about it, in the language of the reader."""
        criterion, label = self.rule.criterion, str(self.rule.fact.label)
        if self.code == STALE:
            months = criterion.max_age_months or 0
            return ngettext(
                "%(fact)s: confirm it, it may be at most %(months)s month old.",
                "%(fact)s: confirm it, it may be at most %(months)s months old.",
                months,
            ) % {"fact": label, "months": months}
        if self.code == PATTERN:
            return _("%(fact)s: write it like %(example)s.") % {"fact": label, "example": criterion.example or criterion.pattern}
        if self.code == RANGE:
            return self._range_message(label)
        return str(self.rule.fact.ask)

    def _range_message(self, label: str) -> str:
        least, most = self.rule.criterion.at_least, self.rule.criterion.at_most
        values = {"fact": label, "least": _plain(least), "most": _plain(most)}
        if most is None:
            return _("%(fact)s: give at least %(least)s.") % values
        if least is None:
            return _("%(fact)s: give at most %(most)s.") % values
        return _("%(fact)s: give a number from %(least)s to %(most)s.") % values


def _plain(number: object) -> str:
    text = str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a record stands: what it falls short of, and the share of its criteria that it meets."""

    shortfalls: tuple[Shortfall, ...]
    completeness: int
    """Percent of the criteria that apply, rounded down, so that 100 means all; 100 where none apply."""
    required_share: int
    """The same of the required criteria alone."""
    recommended_share: int
    """The same of the recommended criteria alone."""
    required: tuple[Shortfall, ...]
    mend_by: date | None

    @property
    def required_missing(self) -> int:
        """How many required criteria are not met."""
        return len(self.required)

    @property
    def recommended_missing(self) -> int:
        """How many recommended criteria are not met."""
        return len(self.shortfalls) - len(self.required)

    @property
    def stale(self) -> int:
        """How many criteria are not met only because the fact is too old."""
        return sum(one.code == STALE for one in self.shortfalls)

    @property
    def recommended(self) -> tuple[Shortfall, ...]:
        """The recommended criteria that are not met."""
        return tuple(one for one in self.shortfalls if one.level != "required")


def evaluate(record: Record, criteria: CriteriaSet, *, as_of: date) -> Evaluation:
    """Hold `record` against `criteria` as of a day. Facts with a waiver count as met."""
    asked = required_asked = 0
    found: list[Shortfall] = []
    for rule in criteria.at(as_of).rules:
        if not rule.applies(record):
            continue
        asked += 1
        required_asked += rule.required
        code = rule.failing(record)
        if code is None:
            continue
        until = record.waived.get(rule.fact.key) if record.waived else None
        if until is None or until < as_of:
            found.append(Shortfall(rule, code, rule.deadline(record, code), rule.last_known(record) if code == STALE else None))
    required = tuple(one for one in found if one.rule.required)
    return Evaluation(
        shortfalls=tuple(found),
        completeness=_share(asked, len(found)),
        required_share=_share(required_asked, len(required)),
        recommended_share=_share(asked - required_asked, len(found) - len(required)),
        required=required,
        mend_by=min((one.deadline for one in required), default=None),
    )


def _share(asked: int, missing: int) -> int:
    return 100 * (asked - missing) // asked if asked else 100
