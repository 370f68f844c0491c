"""Which clients the page of profitability shows: the conditions of the list of clients, or those of a view that was saved there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.forms import BoundField
from django.http import QueryDict
from django.utils.functional import Promise

from accounts.models import User
from clients.models import Client
from clients.views.list import CLIENTS
from reminders.rules.audience import Audience
from ui.lists import ListFilters
from ui.lists.filters import ME
from ui.models import SavedView

OURS = ("period", "first", "last", "by", "client", "format", "add", "view")
"""What the address of the page says beside the conditions."""
_ORDER = ("sort", "columns", "view")
"""What a view says that is no condition. One that searches for a name is no choice of clients, and isn't offered."""

_MOST_VIEWS = 30
"""Each is read by the filters of the list, which costs some queries."""


@dataclass(frozen=True, slots=True)
class OfferedView:
    """A view of the list of clients, and the conditions that it stands for."""

    key: str
    name: str | Promise
    audience: Audience


@dataclass(frozen=True, slots=True)
class RemovableChip:
    """A condition in words, and the address without it."""

    label: str
    words: str
    without: str


def asked_of(data: QueryDict) -> Audience:
    """Return the conditions that an address says."""
    return Audience.of_data(data, without=OURS)


def said_in(audience: Audience, *, without: str = "") -> str:
    """Return the conditions as an address says them, but for the filter `without`."""
    left_out = audience.filters.params.get(without, [])
    data = QueryDict(mutable=True)
    for name, values in audience.said.items():
        if name not in left_out:
            data.setlist(name, values)
    return data.urlencode()


def clients_of(audience: Audience, user: User) -> QuerySet[Client]:
    """Return the clients that meet every condition: archived ones too, for they earned and cost what they did."""
    rows = ListFilters.narrowed(audience.filters)
    return Client.objects.visible_to(user).filter(pk__in=rows.order_by().values("pk"))


def chips_of(audience: Audience, page: str) -> list[RemovableChip]:
    """Return the conditions in words; `page` is the address of the page with its period alone."""
    chips = []
    for chip in audience.chips:
        left = said_in(audience, without=chip.name)
        chips.append(RemovableChip(chip.label, chip.words, f"{page}{'&' if left else ''}{left}"))
    return chips


def fields_of(audience: Audience) -> list[tuple[str, BoundField]]:
    """Return the fields of the conditions with what was typed, be it right or wrong."""
    filters = audience.filters
    found = []
    for name in filters.asked:
        widget = filters.filters[name].field.widget
        value = filters.values[name] if name in filters.values else widget.value_from_datadict(filters.data, {}, name)
        found.append((name, filters.bound_field(name, value)))
    return found


def views_for(user: User) -> Iterator[OfferedView]:
    """Yield the views of the list of clients that are a choice of clients: shipped ones, the user's own, and shared ones."""
    for shipped in CLIENTS.shipped:
        yield from _offered(shipped.key, shipped.name, shipped.query, user)
    for saved in SavedView.objects.on(CLIENTS.key).reachable_by(user)[:_MOST_VIEWS]:
        yield from _offered(str(saved.pk), saved.name, saved.query, user)


def _offered(key: str, name: str | Promise, query: str, user: User) -> Iterator[OfferedView]:
    data: dict[str, Any] = {said: values for said, values in QueryDict(query).lists() if said not in _ORDER}
    if user.team_id is None and ME in data.get("team", ()):
        return  # the team of somebody without one: left out, the choice would be wider than its name says
    mine = {"manager": str(user.pk), "team": str(user.team_id or "")}
    for said, own in mine.items():
        if said in data:
            data[said] = [own if value == ME else value for value in data[said]]
    audience = Audience(data)
    if audience.said and not audience.problems:
        yield OfferedView(key, name, audience)
