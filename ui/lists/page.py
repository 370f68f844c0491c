"""A list, declared: what it shows, by what it filters and sorts, what can be done with its rows.

    clients_list = ListPage(
        key="clients",
        url_name="clients:list",
        title=_("Clients"),
        rows=lambda user: Client.objects.visible_to(user),
        table=ClientTable,
        filters=ClientFilters,
        sorts=[Sort("name", _("name"), ("sort_name", "pk"), index="client_by_name"), …],
        default_columns=["name", "manager"],
    )

`clients_list.urls(requires("clients.view_client"))` makes the page and all that belongs to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from ui.lists.filters import ListFilters
from ui.lists.keyset import FEW, Order, Sort
from ui.lists.state import Found, ListState
from ui.lists.tables import Column, Table

if TYPE_CHECKING:
    from ui.lists.bulk import BulkAction

RESERVED = frozenset({"view", "q", "sort", "columns", "after", "before"})

ALL_ROWS, NOTHING_YET = _("All"), _("Nothing is here yet")

_pages: dict[str, ListPage[Any]] = {}


@dataclass(frozen=True)
class ShippedView:
    """A view that the list brings itself: a tab of everybody's, named in the reader's language.

    With whom it `opens_for`, the list opens on it, unless they chose a saved view to open with.
    """

    key: str
    name: str | Promise
    query: str
    opens_for: Callable[[Any], bool] = lambda user: False


@dataclass(frozen=True)
class RowActs:
    """What can be done with a single row: `template` gets `record`, and is drawn for those of the ids that `may` returns."""

    template: str
    may: Callable[[Any, Sequence[int]], Collection[int]]


@dataclass(eq=False)
class ListPage[M: models.Model]:
    """One list. `rows` returns what a user may see at all; everything else narrows that."""

    key: str
    url_name: str
    title: str | Promise
    rows: Callable[[Any], models.QuerySet[M]]
    table: type[Table]
    filters: type[ListFilters]
    sorts: Sequence[Sort]
    default_columns: Sequence[str]
    default_sort: str = ""
    whole: str | Promise = ALL_ROWS
    load: Callable[[models.QuerySet[M]], models.QuerySet[M]] = lambda rows: rows
    more_columns: Callable[[ListState], dict[str, Column]] = lambda state: {}
    search: Callable[[models.QuerySet[M], str], Found] | None = None
    search_hint: str | Promise = ""
    template: str = "ui/lists/page.html"
    notices: str = ""
    """A template that says what there is to know of the rows, for example that they are of yesterday; it reads `list`."""
    nothing: str = "ui/lists/nothing.html"
    nothing_yet: str | Promise = NOTHING_YET
    nothing_text: str | Promise = ""
    nothing_actions: str = "ui/lists/no_actions.html"
    share_permission: str = ""
    export_permission: str = ""
    bulk: Sequence[BulkAction] = ()
    row_acts: RowActs | None = None
    shipped: Sequence[ShippedView] = ()
    size: int = 50
    few: int = FEW
    reserved: frozenset[str] = RESERVED
    context: Callable[[Any], dict[str, Any]] = field(default=lambda request: {})

    def __post_init__(self) -> None:
        _pages[self.key] = self

    def url(self, part: str, *args: object) -> str:
        """Return an address that belongs to the list: "filter", "columns", "views" …"""
        return reverse(f"{self.url_name}-{part}", args=args)

    @cached_property
    def action_names(self) -> dict[str, BulkAction]:
        return {action.name: action for action in self.bulk}

    @property
    def has_search(self) -> bool:
        """Whether there is a search box (a template would call `search`, if asked for it)."""
        return self.search is not None

    def may_export(self, user: Any) -> bool:
        return bool(self.export_permission) and user.has_perm(self.export_permission)

    def may_share(self, user: Any) -> bool:
        return bool(self.share_permission) and user.has_perm(self.share_permission)

    @cached_property
    def sort_names(self) -> dict[str, Sort]:
        return {sort.name: sort for sort in self.sorts}

    @cached_property
    def default_order(self) -> Order:
        sort = self.sort_names[self.default_sort or self.sorts[0].name]
        return Order(sort, descending=sort.newest_first)

    def columns(self, state: ListState) -> dict[str, Column]:
        """Return all columns that the user of `state` may choose from."""
        return self.table.offered(self.more_columns(state))


_entitled: dict[str, Any] = {}


def entitle(key: str, title: Any) -> None:
    """Say what a page is called that is no list but exports under `key` all the same, for the audit."""
    _entitled[key] = title


def title_of(key: str) -> str:
    """Return what the page is called that exports under `key`; what nobody knows any more is called by its key."""
    try:
        return str(page_of(key).title)
    except KeyError:
        return str(_entitled.get(key, key))


def page_of(key: str) -> ListPage[Any]:
    """Return the list of that key; the URLconf has loaded them all."""
    from django.urls import get_resolver

    _urls = get_resolver().url_patterns
    return _pages[key]
