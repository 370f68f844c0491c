"""What one user sees of one list: the address bar, read. It holds the whole state, so back, forward and a sent link work."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db import models
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ui import formats
from ui.lists.filters import MOST_VALUES, Chip, ListFilters
from ui.lists.keyset import BadCursor, Count, Keys, Order, Pager, by_index, count
from ui.lists.tables import Column, Head
from ui.models import ListChoice, SavedView

if TYPE_CHECKING:
    from ui.lists.page import ListPage, ShippedView

ALL = "all"
"""The address says `view=all` for the whole list, so that no address at all may lead to the user's default view."""

MOST_COUNTED = 20
COUNTS_KEPT = 60  # seconds

_LONGEST_VALUE = 300
_SAID_AT_MOST = 3
_HIDERS_TRIED = 6
_RANKED = "rank"


@dataclass(frozen=True)
class Found:
    """What a search found: `ids` best first, and `complete` unless more rows match than were ranked."""

    ids: list[int]
    complete: bool = True


@dataclass(frozen=True)
class Hider:
    """The filter that hides most, where nothing matches: without it there would be `count` rows."""

    label: str
    words: str
    count: Count
    url: str


@dataclass(frozen=True)
class Tab:
    """A saved view as a tab."""

    id: str
    name: str
    url: str
    current: bool
    changed: bool = False
    count: str = ""


class ListState:
    """One list, for one user, as one address asks for it."""

    def __init__(self, page: ListPage[Any], user: Any, data: QueryDict, *, size: int = 0) -> None:
        self.page = page
        self.user = user
        self.size = size or page.size
        self.notices: list[str] = []
        self._asked = {
            key: [value for value in data.getlist(key)[:MOST_VALUES] if value.strip() and len(value) <= _LONGEST_VALUE] for key in data
        }
        self.filters: ListFilters = page.filters(self._only_filters(), page.rows(user), user=user)
        self._say_what_is_left_out()

    # --- the address ---------------------------------------------------------------------------

    def _only_filters(self) -> QueryDict:
        only = QueryDict(mutable=True)
        for key, values in self._asked.items():
            if key not in self.page.reserved:
                only.setlist(key, values)
        return only

    def _one(self, key: str) -> str:
        return self._asked.get(key, [""])[0] if self._asked.get(key) else ""

    def _say_what_is_left_out(self) -> None:
        known = {key for keys in self.filters.params.values() for key in keys} | self.page.reserved
        unknown = [key for key, values in self._asked.items() if values and key not in known]
        if unknown:
            shown = ", ".join(f"“{key[:30]}”" for key in unknown[:_SAID_AT_MOST])
            self.notices.append(_("This list has no filter {names}; it was left out.").format(names=shown))
        self.notices += self.filters.problems[:_SAID_AT_MOST]
        if (asked := self._one("sort")) and asked.removeprefix("-") not in self.page.sort_names:
            self.notices.append(_("This list can't be sorted by “{name}”; it stands in its usual order.").format(name=asked[:30]))

    @cached_property
    def q(self) -> str:
        """What is sought, without what no keyboard writes."""
        return "".join(letter for letter in self._one("q") if letter.isprintable()).strip() if self.page.search else ""

    @cached_property
    def explicit_order(self) -> Order | None:
        """The order that the address asks for."""
        asked = self._one("sort")
        sort = self.page.sort_names.get(asked.removeprefix("-"))
        return Order(sort, descending=asked.startswith("-")) if sort else None

    @cached_property
    def order(self) -> Order:
        return self.explicit_order or self.page.default_order

    @property
    def ranked(self) -> bool:
        """Whether the rows stand best match first."""
        return bool(self.q) and self.explicit_order is None

    @cached_property
    def choice(self) -> ListChoice:
        """What the user chose for this list."""
        found = ListChoice.objects.filter(page=self.page.key, user=self.user).first()
        return found or ListChoice(page=self.page.key, user=self.user)

    @cached_property
    def offered(self) -> dict[str, Column]:
        return self.page.columns(self)

    @cached_property
    def explicit_columns(self) -> list[str]:
        """The columns that the address asks for."""
        return [name for name in dict.fromkeys(self._one("columns").split(",")) if name in self.offered]

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns shown, in order: those of the address, else the user's, else the usual ones."""
        chosen = self.explicit_columns or [name for name in self.choice.columns if name in self.offered] or list(self.page.default_columns)
        fixed = [name for name, column in self.offered.items() if column.fixed]
        return {name: self.offered[name] for name in dict.fromkeys([*fixed, *chosen]) if name in self.offered}

    def items(self, *, without: str = "", sort: bool = True, view: bool = True) -> list[tuple[str, str]]:
        """Return the state as pairs for an address or a form, without the place in the list.

        `without` leaves out one filter, "q" the search, "filters" both.
        """
        items = [("view", self._one("view"))] if view and self._one("view") else []
        if self.q and without not in ("q", "filters"):
            items.append(("q", self.q))
        if without != "filters":
            for name in self.filters.values:
                if name != without:
                    items += [(key, value) for key in self.filters.params[name] for value in self._asked.get(key, [])]
        if sort and self.explicit_order:
            items.append(("sort", str(self.explicit_order)))
        if self.explicit_columns:
            items.append(("columns", ",".join(self.explicit_columns)))
        return items

    def query(self, **kwargs: Any) -> str:
        return urlencode(self.items(**kwargs))

    def url(self, items: Iterable[tuple[str, str]] | None = None, **more: str) -> str:
        """Return the address of this list in a state."""
        pairs = [pair for pair in (self.items() if items is None else items) if pair[0] not in more]
        pairs += [(key, value) for key, value in more.items() if value]
        if not any(key not in {"view"} for key, _value in pairs) and not any(key == "view" for key, _value in pairs):
            pairs.insert(0, ("view", ALL))
        return f"{reverse(self.page.url_name)}?{urlencode(pairs)}"

    @property
    def here(self) -> str:
        """The address of this very page of the list."""
        place = [(key, self._one(key)) for key in ("after", "before") if self._one(key)]
        return self.url([*self.items(), *place])

    @property
    def is_plain(self) -> bool:
        """Whether the address asks for nothing at all: the user's default view may open."""
        return not any(self._asked.values())

    # --- rows ----------------------------------------------------------------------------------

    @cached_property
    def found(self) -> Found | None:
        """What the search found among the rows that the filters leave."""
        return self.page.search(self.filters.narrowed(), self.q) if self.q and self.page.search else None

    @cached_property
    def matches(self) -> models.QuerySet[Any]:
        """All rows that filters and search leave, in no order."""
        rows = self.filters.narrowed()
        if self.found is None:
            return rows
        return rows.filter(pk__in=self.found.ids)

    @cached_property
    def count(self) -> Count:
        if self.found is not None:
            return Count(len(self.found.ids), capped=not self.found.complete)
        return count(self.filters.countable(self.matches))

    @property
    def _few(self) -> bool:
        return not self.count.capped and bool(self.filters.values or self.q) and self.count.number <= self.page.few

    @cached_property
    def keys(self) -> Keys:
        """The ids of this page, and the cursors that lead on."""
        try:
            return self.place(after=self._one("after"), before=self._one("before"))
        except BadCursor:
            self.notices.append(_("The address leads to no place in this list; this is its beginning."))
            return self.place()

    def place(self, *, after: str = "", before: str = "") -> Keys:
        """Return the page after or before a cursor; the first one without. Raises `BadCursor`."""
        if not self.count:
            return Keys()
        return self._ranked_keys(after, before) if self.ranked else self._pager().page(after=after, before=before)

    def _pager(self) -> Pager[Any]:
        return Pager(self.matches, self.order, salt=self.page.key, size=self.size, few=self._few)

    def _ranked_keys(self, after: str = "", before: str = "") -> Keys:
        assert self.found is not None
        size, ids = self.size, self.found.ids
        try:
            start = int(after or before or 0) - (size if before else 0)
        except ValueError as bad:
            raise BadCursor from bad
        start = max(0, start if start < len(ids) else 0)
        end = start + size
        return Keys(ids=ids[start:end], before=str(start) if start else "", after=str(end) if end < len(ids) else "")

    def read(self) -> None:
        """Search, count and take the keys of this page, as the indexes answer it."""
        with self._by_index():
            _keys = self.keys

    def _by_index(self) -> AbstractContextManager[None]:
        joins = any(self.filters.filters[name].joins for name in self.filters.values)
        return by_index() if joins else nullcontext()

    @cached_property
    def records(self) -> list[Any]:
        """The rows of this page, loaded with what the shown columns need."""
        self.read()
        rows = self.page.rows(self.user).filter(pk__in=self.keys.ids)
        for column in self.columns.values():
            if column.load:
                rows = column.load(rows)
        by_id = {record.pk: record for record in self.page.load(rows)}
        return [by_id[pk] for pk in self.keys.ids if pk in by_id]

    # --- what the page says --------------------------------------------------------------------

    @property
    def chips(self) -> list[tuple[Chip, str]]:
        """The filters in force, each with the address without it."""
        return [(chip, self.url(self.items(without=chip.name))) for chip in self.filters.chips]

    @property
    def search_items(self) -> list[tuple[str, str]]:
        """What the search form must bring along: a new search stands best match first again."""
        return self.items(without="q", sort=False)

    @property
    def hider_count(self) -> str:
        return in_words(self.hider.count) if self.hider else ""

    @property
    def without_filters(self) -> str:
        return self.url(self.items(without="filters"))

    @property
    def previous_url(self) -> str:
        return self.url(before=self.keys.before) if self.keys.before else ""

    @property
    def next_url(self) -> str:
        return self.url(after=self.keys.after) if self.keys.after else ""

    @property
    def heads(self) -> list[Head]:
        """The heads of the shown columns; a click sorts, a second one turns the order round."""
        heads = []
        for name, column in self.columns.items():
            sort = self.page.sort_names.get(column.sort)
            if sort is None:
                heads.append(Head(name, column))
                continue
            current = not self.ranked and self.order.sort is sort
            turned = not self.order.descending if current else sort.newest_first
            sorted_by = ("descending" if self.order.descending else "ascending") if current else ""
            heads.append(Head(name, column, sorted_by=sorted_by, url=self.url(sort=str(Order(sort, turned)))))
        return heads

    @property
    def first_name(self) -> str:
        return self.page.table.name_of(self.records[0]) if self.records else ""

    @property
    def last_name(self) -> str:
        return self.page.table.name_of(self.records[-1]) if self.records else ""

    @property
    def count_in_words(self) -> str:
        """ "214", or "10,000+"."""
        return in_words(self.count)

    @property
    def order_in_words(self) -> str:
        if self.ranked:
            return _("best matches first")
        return _("sorted by {what}").format(what=str(self.order.sort.label).lower())

    @cached_property
    def hider(self) -> Hider | None:
        """Where nothing matches: the one filter without which most rows would be there."""
        with self._by_index():
            tried = self._without_each()
        best = max(tried, key=lambda hider: hider.count.number, default=None)
        return best if best and best.count else None

    def _without_each(self) -> list[Hider]:
        tried = []
        for chip in self.filters.chips[:_HIDERS_TRIED]:
            rows = self.filters.narrowed(without=chip.name)
            found = self.page.search(rows, self.q) if self.q and self.page.search else None
            number = count(rows) if found is None else Count(len(found.ids), not found.complete)
            tried.append(Hider(chip.label, chip.words, number, self.url(self.items(without=chip.name))))
        if self.q and self.filters.values:
            url = self.url(self.items(without="q"))
            tried.append(Hider(_("Search"), self.q, count(self.filters.narrowed()), url))
        return tried

    # --- saved views ---------------------------------------------------------------------------

    @cached_property
    def views(self) -> list[SavedView]:
        """The user's own and the shared views, in the user's order."""
        views = list(SavedView.objects.on(self.page.key).reachable_by(self.user))
        places = {pk: place for place, pk in enumerate(self.choice.order)}
        return sorted(views, key=lambda view: (places.get(view.pk, len(places)), view.owner_id != self.user.pk, view.created_at, view.pk))

    @cached_property
    def view(self) -> SavedView | None:
        """The saved view that the address names."""
        asked = self._one("view")
        return next((view for view in self.views if str(view.pk) == asked), None)

    @cached_property
    def shown(self) -> SavedView | ShippedView | None:
        """The view that the address names, saved or shipped."""
        asked = self._one("view")
        return self.view or next((view for view in self.page.shipped if view.key == asked), None)

    @property
    def is_changed(self) -> bool:
        """Whether this is no longer what the view holds."""
        return self.shown is not None and self.query(view=False) != self.shown.query

    @property
    def opens_on(self) -> str:
        """Where an address that asks for nothing leads: to the view chosen, else to a shipped one; empty for the whole list."""
        if not self.is_plain:
            return ""
        shipped = next((view.key for view in self.page.shipped if view.opens_for(self.user)), "")
        chosen = self.choice.view_id and next((str(view.pk) for view in self.views if view.pk == self.choice.view_id), "")
        return next((tab.url for tab in self.tabs if tab.id == (chosen or shipped)), "")

    @property
    def tabs(self) -> list[Tab]:
        kept = self.kept_counts
        whole = Tab(ALL, str(self.page.whole), self.url([("view", ALL)]), current=self.shown is None, count=kept.get(ALL, ""))
        views: list[SavedView | ShippedView] = [*self.page.shipped, *self.views]
        return [whole, *(self._tab(view, kept.get(_id_of(view), "")) for view in views)]

    def _tab(self, view: SavedView | ShippedView, number: str) -> Tab:
        pk = _id_of(view)
        url = f"{reverse(self.page.url_name)}?{urlencode([('view', pk)])}{'&' if view.query else ''}{view.query}"
        current = view == self.shown
        return Tab(pk, str(view.name), url, current, changed=current and self.is_changed, count=number)

    @cached_property
    def kept_counts(self) -> dict[str, str]:
        """How many rows the views held a moment ago, by id; asking the cache costs no query."""
        keys = {self._count_key(view): view for view in self._counted}
        found = cache.get_many(keys)
        return {_id_of(view): found[key] for key, view in keys.items() if key in found}

    @property
    def counts_missing(self) -> bool:
        return len(self._counted) > 1 and len(self.kept_counts) < len(self._counted)

    def count_views(self) -> dict[str, str]:
        """Count what each view holds and keep it for a moment."""
        counted = {}
        for view in self._counted:
            held = ListState(self.page, self.user, QueryDict(view.query if view else ""))
            with held._by_index():
                counted[self._count_key(view)] = in_words(held.count)
        cache.set_many(counted, COUNTS_KEPT)
        self.__dict__.pop("kept_counts", None)
        return self.kept_counts

    @property
    def _counted(self) -> list[SavedView | ShippedView | None]:
        return [None, *self.page.shipped, *self.views[:MOST_COUNTED]]

    def _count_key(self, view: SavedView | ShippedView | None) -> str:
        held = f"{_id_of(view)}:{view.query}" if view else ALL
        digest = hashlib.blake2b(held.encode(), digest_size=12).hexdigest()
        return f"list-count:{self.page.key}:{self.user.pk}:{get_language()}:{digest}"


def _id_of(view: SavedView | ShippedView | None) -> str:
    """Return what the address calls a view."""
    if view is None:
        return ALL
    return str(view.pk) if isinstance(view, SavedView) else view.key


def in_words(number: Count) -> str:
    """Return "214", or "10,000+"."""
    return f"{formats.number(number.number)}+" if number.capped else formats.number(number.number)
