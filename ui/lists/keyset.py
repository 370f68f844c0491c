"""Paging by key: page 10,000 costs what page 1 costs, and a row that vanishes moves nobody.

A page is "the next rows after this key" in the order of one index. All keys of a sort run in one direction, so that
one row comparison, `(a, b, id) > (x, y, z)`, says where to go on; the database answers it with a single descent of
the index, forwards or backwards. No key may be NULL: a sort coalesces, as its index does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.db import connection, models, transaction
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import Expression, OrderBy
from django.db.models.functions import Cast, Coalesce
from django.utils.functional import Promise

type Key = Expression | F

CAP = 10_000
"""Counts stop here: "10,000+"."""

FEW = 3_000
"""Up to so many matches are sorted; more are met while walking along the index of the sort (see `Sort.ordering`)."""

_LONGEST_CURSOR = 2_000


@dataclass(frozen=True)
class Sort:
    """One order that a list offers. `keys` are NOT NULL expressions, the last one unique; `index` names what serves it.

    `unit` completes "sorted by …" in the foot of the list.
    """

    name: str
    label: str | Promise
    keys: tuple[str | Key, ...]
    index: str
    unit: str | Promise = ""
    newest_first: bool = False
    where: Q | None = None
    """A condition that every row meets, for the planner: it turns an outer join into an inner one."""
    bounded: bool = False
    """The keys are of two tables, and no index holds a row of them: a page is sought by its first key alone, and walked from there."""

    @property
    def expressions(self) -> list[Key]:
        return [F(key) if isinstance(key, str) else key for key in self.keys]

    def ordering(self, *, descending: bool, few: bool = False) -> list[OrderBy]:
        """Return what to order by. With `few` the first key is wrapped so that no index fits.

        The trap: for a rare combination of filters the planner hopes to meet matches soon on its walk along the
        index of the sort, and visits a million rows. Once we know that the matches are few, sorting them is sure.
        """
        first, *others = self.expressions
        keys = [Coalesce(first, first) if few else first, *others]
        return [OrderBy(key, descending=descending) for key in keys]


@dataclass(frozen=True)
class Order:
    """A sort and its direction: "name" or "-name" in the address."""

    sort: Sort
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.sort.name}" if self.descending else self.sort.name


@dataclass(frozen=True)
class Count:
    """How many rows match, as far as it was worth counting."""

    number: int
    capped: bool = False

    def __bool__(self) -> bool:
        return self.number > 0


@dataclass
class Keys:
    """The keys of one page, in the order shown, with the cursors that lead on."""

    ids: list[int] = field(default_factory=list)
    before: str = ""
    after: str = ""


class BadCursor(ValueError):
    """The address holds a place in the list that this server did not make, or made for another list or order."""


class _Row(Func):
    template = "(%(expressions)s)"
    output_field = models.Field()  # a row has no type of its own; it is only compared


class _Beyond(Func):
    template = "%(expressions)s"
    output_field = models.BooleanField()


def _beyond(keys: Sequence[Key], values: Sequence[Key], *, greater: bool, inclusive: bool) -> _Beyond:
    return _Beyond(_Row(*keys), _Row(*values), arg_joiner=f" {'>' if greater else '<'}{'=' if inclusive else ''} ")


@contextmanager
def by_index() -> Iterator[None]:
    """Let the planner walk indexes only, for the block.

    A list asks for at most 10,001 rows, and has an index for each question. A hash join reads a whole index first
    (100 ms at a million rows), because the planner believes that a lookup in memory costs a visit to the disk.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        yield


def count[M: models.Model](rows: models.QuerySet[M], cap: int = CAP) -> Count:
    """Count `rows` up to `cap` in one bounded query."""
    number = rows.order_by().values("pk")[: cap + 1].count()
    return Count(min(number, cap), capped=number > cap)


class Cursors:
    """Places in one list in one order, as they stand in the address: signed, so only this server makes them."""

    def __init__(self, salt: str, order: Order) -> None:
        self._signer = signing.Signer(salt=f"ui.lists.{salt}.{order}")

    def write(self, keys: Sequence[str]) -> str:
        return self._signer.sign_object(list(keys))

    def read(self, text: str, width: int) -> list[str]:
        if len(text) > _LONGEST_CURSOR:
            raise BadCursor
        try:
            keys = self._signer.unsign_object(text)
        except (signing.BadSignature, ValueError) as bad:
            raise BadCursor from bad
        if not isinstance(keys, list) or len(keys) != width or not all(isinstance(key, str) for key in keys):
            raise BadCursor
        return keys


class Pager[M: models.Model]:
    """Pages of `rows` in `order`."""

    def __init__(self, rows: models.QuerySet[M], order: Order, *, salt: str, size: int, few: bool = False) -> None:
        self.order = order
        self.size = size
        self.few = few
        self.cursors = Cursors(salt, order)
        # The keys go out and come back as text: a timestamp of -infinity has no counterpart in Python.
        self.names = [f"_key{number}" for number in range(len(order.sort.keys))]
        self.rows = rows.order_by()
        if order.sort.where is not None:
            self.rows = self.rows.filter(order.sort.where)

    def page(self, *, after: str = "", before: str = "") -> Keys:
        """Return the page after or before a cursor; the first one without. Raises `BadCursor`."""
        if before:
            return self._backwards(self.cursors.read(before, len(self.names)))
        place = self.cursors.read(after, len(self.names)) if after else None
        found = self._fetch(place, backwards=False)
        if place and not found:  # everything after it has gone: what was before is the last page now
            return self._backwards(place, inclusive=True)
        more = len(found) > self.size
        return self._keys(found[: self.size], earlier=place is not None, later=more)

    def last(self) -> Keys:
        """Return the last page."""
        found = self._fetch(None, backwards=True)
        return self._keys(found[: self.size][::-1], earlier=len(found) > self.size, later=False)

    def _backwards(self, place: list[str], *, inclusive: bool = False) -> Keys:
        found = self._fetch(place, backwards=True, inclusive=inclusive)
        if len(found) <= self.size and not inclusive:  # the beginning is reached: show the whole first page
            return self.page()
        return self._keys(found[: self.size][::-1], earlier=len(found) > self.size, later=not inclusive)

    def _keys(self, found: list[tuple[Any, ...]], *, earlier: bool, later: bool) -> Keys:
        keys = Keys(ids=[row[0] for row in found])
        if found and earlier:
            keys.before = self.cursors.write(found[0][1:])
        if found and later:
            keys.after = self.cursors.write(found[-1][1:])
        return keys

    def _fetch(self, place: list[str] | None, *, backwards: bool, inclusive: bool = False) -> list[tuple[Any, ...]]:
        descending = self.order.descending != backwards
        rows = self.rows
        expressions = self.order.sort.expressions
        if place:
            probe = rows.annotate(**dict(zip(self.names, expressions, strict=True)))
            fields = [probe.query.annotations[name].output_field for name in self.names]
            values = [Cast(Value(text), kind) for text, kind in zip(place, fields, strict=True)]
            rows = rows.filter(_beyond(expressions, values, greater=not descending, inclusive=inclusive))
            if self.order.sort.bounded:
                rows = rows.filter(_beyond(expressions[:1], values[:1], greater=not descending, inclusive=True))
        rows = rows.annotate(**{name: Cast(key, models.TextField()) for name, key in zip(self.names, expressions, strict=True)})
        rows = rows.order_by(*self.order.sort.ordering(descending=descending, few=self.few))
        return list(rows.values_list("pk", *self.names)[: self.size + 1])
