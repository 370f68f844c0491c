"""Who else has something to tell in the timeline of a client.

Apps of the floors above register here in their `apps.py`. What they tell stands among the rest by its moment, is read by
the same query and page, and has a filter of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.utils.functional import Promise

from clients.history_words import Change

if TYPE_CHECKING:
    from accounts.models import User

FIRST_RANK = 12
"""Those below are the registry's own (clients.history.Rank)."""

_SQL = (Path(__file__).parent / "sql" / "timeline.sql").read_text()


@dataclass(frozen=True)
class Told:
    """What one entry says: a title that names what was done, an icon of the set, and values that changed."""

    title: str
    icon: str
    tone: str = ""
    changes: tuple[Change, ...] = ()
    whole_day: bool = False
    """It is of a day, not of a moment."""


@dataclass(frozen=True)
class TimelineSource:
    """Entries of one kind. `key` is the name of its filter and, in the singular `what`, what the API calls an entry.

    `page` is a branch of the query of a page: SELECT (at, rank, id) of the client %(client)s that comes before
    (%(at)s, %(rank)s, %(id)s), newest first, at most %(limit)s; it names its rank {rank}. `detail` is a SELECT of (label text,
    name text, facts jsonb, user_id bigint, context_id uuid, object_id bigint) of the row page.id where page.rank = {rank}.
    `tell(label, name, facts)` puts an entry into words; `next_step(label, facts)` is the moment (ISO) that it also wrote as the
    client's next step, "" where it took that off, which is then not told a second time as a change; None where it did neither.
    `readable(client_id, reader)` are the rows that `reader` may hear of, where that are not all of the client: `page` says
    {readable} where it chooses among their keys, and nobody in particular hears of none.
    """

    key: str
    what: str
    label: str | Promise
    rank: int
    page: str
    detail: str
    tell: Callable[[str, str, dict[str, Any]], Told]
    next_step: Callable[[str, dict[str, Any]], str | None] = lambda label, facts: None
    readable: Callable[[int, User], QuerySet[Any]] | None = None

    @property
    def _place(self) -> str:
        return f"/* readable {self.rank} */"

    def branch(self) -> str:
        """Return the branch of the query of a page, with a place for what the reader may hear of."""
        return self.page.format(rank=self.rank, readable=self._place)

    def fill(self, sql: str, values: dict[str, Any], client_id: int, reader: User | None) -> str:
        """Return `sql` with what `reader` may hear of in its place; what that asks for goes into `values`."""
        if self.readable is None:
            return sql
        chosen = "SELECT NULL::bigint WHERE FALSE"
        if reader is not None:
            try:
                found, asked = self.readable(client_id, reader).order_by().values("pk").query.sql_with_params()
            except EmptyResultSet:
                pass
            else:
                names = {f"reader_{self.rank}_{number}": value for number, value in enumerate(asked)}
                chosen = found % tuple(f"%({name})s" for name in names)
                values.update(names)
        return sql.replace(self._place, chosen)


_sources: dict[int, TimelineSource] = {}


def register(source: TimelineSource) -> None:
    """Make a source known; registering a rank again replaces it."""
    if source.rank < FIRST_RANK:
        raise ValueError(f"ranks below {FIRST_RANK} are the registry's own")
    _sources[source.rank] = source
    _timeline_sql.cache_clear()


def sources() -> list[TimelineSource]:
    """Return the sources in the order of their ranks."""
    return [_sources[rank] for rank in sorted(_sources)]


def source_of(rank: int) -> TimelineSource | None:
    return _sources.get(rank)


def timeline_query(client_id: int, reader: User | None) -> tuple[str, dict[str, Any]]:
    """Return the query of a page with the branches of all sources, and the values that it asks for beside those of the page."""
    sql, values = _timeline_sql(), {"client": client_id}
    for source in sources():
        sql = source.fill(sql, values, client_id, reader)
    return sql, values


@cache
def _timeline_sql() -> str:
    pages = "".join(f"    UNION ALL\n    ({one.branch()})\n" for one in sources())
    details = "".join(f"  UNION ALL\n  {one.detail.format(rank=one.rank)}\n" for one in sources())
    return _SQL.replace("    -- pages of other apps\n", pages).replace("  -- details of other apps\n", details)
