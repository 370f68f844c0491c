"""The list page: table, filters, search, saved views, choice of columns, bulk changes and export, paged by key.

An app declares a list (`ListPage`) and mounts its addresses (`urls`); nothing of it is written twice.
"""

from ui.lists.filters import Age, Below, DateBetween, ListFilter, ListFilters, LongAgo, NumberBetween, OneOf, Reference, Text, YesNo
from ui.lists.keyset import BadCursor, Count, Cursors, Keys, Order, Pager, Sort, count
from ui.lists.page import ListPage, RowActs, ShippedView, page_of
from ui.lists.state import Found, ListState
from ui.lists.tables import Column, Table
from ui.lists.views import urls

__all__ = [
    "Age",
    "BadCursor",
    "Below",
    "Column",
    "Count",
    "Cursors",
    "DateBetween",
    "Found",
    "Keys",
    "ListFilter",
    "ListFilters",
    "ListPage",
    "ListState",
    "LongAgo",
    "NumberBetween",
    "OneOf",
    "Order",
    "Pager",
    "Reference",
    "RowActs",
    "ShippedView",
    "Sort",
    "Table",
    "Text",
    "YesNo",
    "count",
    "page_of",
    "urls",
]
