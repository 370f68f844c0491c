"""The rules that hold while something is written: loaded once, then asked for each record without a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User, zone_named
from clients import custom_fields
from clients.criteria import CriteriaSet, criteria_in_force
from clients.models import CustomField, Industry, LineOfBusiness, Source, TargetProfile
from clients.validation import BadValue, text


class ReferenceList:
    """Entries of one reference list by id and by name, retired ones only by id."""

    def __init__(
        self,
        names: Mapping[int, str],
        *,
        offered: frozenset[int] | None = None,
        merged: Mapping[int, int] | None = None,
        gone: Mapping[int, str] | None = None,
    ) -> None:
        self.names = names
        self._gone = gone or {}  # held here and there, given to nobody any more
        self._merged = merged or {}  # an entry that was merged into another means that one, by id and by name
        offered = frozenset(names) if offered is None else offered
        self._by_name = {
            name.casefold(): self._merged.get(id_, id_) for id_, name in names.items() if id_ in offered or id_ in self._merged
        }

    def resolve(self, value: object) -> int | None:
        """Return the id of an entry given by id or by name (any case); empty is None; raises `BadValue` if there is none."""
        if value is None or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            if value in self.names:
                return self._merged.get(value, value)
        else:
            given = text(getattr(value, "pk", value) if not isinstance(value, str) else value, limit=300)
            if not given:
                return None
            if (found := self._by_name.get(given.casefold())) is not None:
                return found
            if given.isascii() and given.isdigit() and len(given) < 19 and int(given) in self.names:
                return self._merged.get(int(given), int(given))
        raise BadValue("choice", _("Choose an entry of the list; this one is not in it."))

    def is_called(self, id_: int | None, given: object) -> bool:
        """Tell whether `given` is the name of entry `id_`, offered or not: what a record holds may be said again."""
        name = None if id_ is None else self.names.get(id_) or self._gone.get(id_)
        return name is not None and isinstance(given, str) and name.casefold() == given.strip().casefold()


@dataclass(frozen=True)
class Rules:
    """Everything that decides whether a record is good enough, as of one moment."""

    now: datetime
    today: date
    region: str
    criteria: CriteriaSet
    custom_fields: tuple[CustomField, ...]
    sources: ReferenceList
    industries: ReferenceList
    lines_of_business: ReferenceList
    managers: ReferenceList
    target: TargetProfile | None

    @property
    def lists(self) -> Mapping[str, ReferenceList]:
        """The reference lists by the field of a client that they are for."""
        return {
            "source": self.sources,
            "industry": self.industries,
            "line_of_business": self.lines_of_business,
            "manager": self.managers,
        }

    @classmethod
    def load(cls, now: datetime | None = None) -> Rules:
        """Read the rules in force (a handful of queries, whatever the number of records)."""
        now = now or timezone.now()
        company = Company.current()
        today = now.astimezone(zone_named(company.time_zone)).date()
        return cls(
            now=now,
            today=today,
            region=company.region,
            criteria=criteria_in_force(today),
            custom_fields=tuple(custom_fields.active()),
            sources=reference_list(Source),
            industries=reference_list(Industry),
            lines_of_business=reference_list(LineOfBusiness),
            managers=_managers(),
            target=TargetProfile.objects.prefetch_related("industries").first(),
        )


def reference_list(model: Any) -> ReferenceList:
    """Return a reference list (sources, industries, lines of business) by its model: one query."""
    rows = list(model.objects.values_list("id", "name", "retired", "merged_into"))
    return ReferenceList(
        {id_: name for id_, name, _retired, _into in rows},
        offered=frozenset(id_ for id_, _name, retired, _into in rows if not retired),
        merged={id_: into for id_, _name, _retired, into in rows if into is not None},
    )


def _managers() -> ReferenceList:
    people = list(User.objects.values_list("id", "full_name", "username", "email", "is_active"))
    managers = ReferenceList(
        {id_: name for id_, name, _username, _email, active in people if active},
        gone={id_: name for id_, name, _username, _email, active in people if not active},
    )
    for id_, _name, username, email, active in people:
        if active:
            managers._by_name.update({username.casefold(): id_, email.casefold(): id_})
    return managers
