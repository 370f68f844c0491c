"""For whom a rule is: the filters of the list of clients, read and answered by the very code of that list.

What a rule may not say, because it means nothing without a reader ("me", "my team") or because it is settled (archived
clients), is refused; so is whatever the list has no filter for. A condition that no longer reads (an entry that was
taken away) is a problem, never a wider audience.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.forms import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from clients.criteria.sql import Sql
from clients.filters import ClientFilters
from clients.models import Client
from reminders.rules.pieces import of_query
from ui import formats
from ui.lists.filters import ME, MOST_VALUES, Chip

NOT_FOR_RULES = frozenset({"archived"})
MOST_CONDITIONS = 20
_LONGEST = 300
_NOBODY = "SELECT NULL::bigint AS id, NULL::bigint AS manager_id WHERE FALSE"


class _Everybody:
    """Whose filters these are: nobody's in particular, with no right to see drafts of criteria."""

    pk: int | None = None
    team_id: int | None = None

    def has_perm(self, permission: str) -> bool:
        return False


class Audience:
    """The conditions of one rule, as its `filters` hold them: names of the list's address → values."""

    def __init__(self, said: object) -> None:
        given = said if isinstance(said, Mapping) else {}
        self.said: dict[str, list[str]] = {}
        self._odd: list[str] = [] if isinstance(said, Mapping) else ["?"]
        for name, values in given.items():
            listed = [str(value) for value in values] if isinstance(values, list | tuple) else [str(values)]
            kept = [value for value in listed if value.strip()]
            if len(kept) > MOST_VALUES or any(len(value) > _LONGEST for value in kept):
                self._odd.append(str(name))
            elif kept:
                self.said[str(name)] = kept

    @classmethod
    def of_data(cls, data: QueryDict, *, without: Iterable[str] = ()) -> Audience:
        """Read what a form posted, but for the fields `without`."""
        return cls({name: data.getlist(name) for name in data if name not in set(without)})

    @cached_property
    def filters(self) -> ClientFilters:
        data = QueryDict(mutable=True)
        for name, values in self.said.items():
            data.setlist(name, values)
        found = ClientFilters(data, Client.objects.all(), user=_Everybody())
        for name in NOT_FOR_RULES:
            found.filters.pop(name, None)
        for one in found.filters.values():
            first = getattr(one, "_first", None)
            if first:  # a rule has no reader who could be meant
                one._first = [choice for choice in first if choice[0] != ME]
        return found

    @cached_property
    def problems(self) -> list[str]:
        """What of it can't be answered, a sentence each; a rule with a problem makes nothing."""
        known = {key for keys in self.filters.params.values() for key in keys}
        odd = [*self._odd, *(name for name in self.said if name not in known)]
        found = [_("The list of clients has no filter “{name}” for rules.").format(name=name[:30]) for name in odd[:3]]
        for name, errors in self.filters.form.errors.items():
            found.append(formats.named(self.filters.filters[name].label, " ".join(map(str, errors))))
        if len(self.filters.asked) > MOST_CONDITIONS:
            found.append(_("These are too many conditions for one rule."))
        return found

    @property
    def chips(self) -> Sequence[Chip]:
        """The conditions in words."""
        return self.filters.chips

    @property
    def in_words(self) -> str:
        """All conditions in one line; empty: every client."""
        return "; ".join(formats.named(chip.label, chip.words) for chip in self.chips)

    @property
    def offered(self) -> list[tuple[str, str]]:
        """The filters that may still be added, by name, in the order of the list."""
        return [(name, str(one.label)) for name, one in self.filters.filters.items() if name not in self.filters.asked]

    def fields(self) -> list[tuple[str, BoundField]]:
        """The fields of the conditions, drawn with what they hold."""
        names = [name for name in self.filters.asked if name in self.filters.filters]
        return [(name, self.filters.bound_field(name, self.filters.values.get(name))) for name in names]

    def sql(self, zone: ZoneInfo) -> Sql:
        """Return the statement of the clients (id, manager_id) that meet every condition and that rules may be for at all.

        Days begin by the company's clock, whoever runs the rule.
        """
        with timezone.override(zone):
            rows = self.filters.narrowed().filter(Q(archived_at=None, erased_at=None, merged_into=None)).order_by()
            return of_query(rows.values("pk", "manager_id"), _NOBODY)


def read_filters(said: object) -> tuple[dict[str, Any], list[str]]:
    """Return filters as a rule keeps them (only what is in force), and what is wrong with them."""
    audience = Audience(said)
    if audience.problems:
        return {}, audience.problems
    in_force = {key for name in audience.filters.values for key in audience.filters.params[name]}
    return {name: values for name, values in audience.said.items() if name in in_force}, []
