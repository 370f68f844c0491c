"""What lists of the ledger share: days in a query, and pages by day and number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from ninja import Query

from accounts.api import FieldProblem, ProblemError
from clients.api.paging import day_cursor, read_day_cursor
from clients.api.values import LARGEST_ID
from clients.validation import BadValue, day
from sales.models.money import ZERO

ClientId = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]
DayFrom = Annotated[str, Query(alias="from", max_length=10, description="Of that day or later.")]
DayTo = Annotated[str, Query(alias="to", max_length=10, description="Before that day.")]
CursorText = Annotated[str, Query(max_length=200, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]
VersionRead = Annotated[int, Query(..., ge=1, le=2_147_483_647, description="The version that was read.")]


def read_day(field: str, value: str) -> date | None:
    """Return the day that a query names, None for an empty one; raises `ProblemError` (422) for what is none."""
    try:
        return day(value)
    except BadValue as bad:
        raise ProblemError(422, errors=[FieldProblem(field=field, code=bad.code, message=str(bad.message))]) from None


def within[Rows: QuerySet[Any]](rows: Rows, first: str, end: str, *, client: int | None) -> Rows:
    """Return those of the days [first, end) and of one client, where named."""
    if client is not None:
        rows = rows.filter(client=client)
    if (since := read_day("from", first)) is not None:
        rows = rows.filter(day__gte=since)
    if (until := read_day("to", end)) is not None:
        rows = rows.filter(day__lt=until)
    return rows


def latest_first(rows: QuerySet[Any], cursor: str, limit: int) -> tuple[Sequence[Any], str | None]:
    """Return a page by day and number, the latest first, and the cursor after it."""
    if cursor:
        at, pk = read_day_cursor(cursor)
        rows = rows.filter(Q(day__lt=at) | Q(day=at, pk__lt=pk), day__lte=at)
    found = list(rows.order_by("-day", "-pk")[: limit + 1])
    page = found[:limit]
    return page, day_cursor(page[-1].day, page[-1].pk) if len(found) > limit else None


def soonest_due_first(rows: QuerySet[Any], cursor: str, limit: int) -> tuple[Sequence[Any], str | None]:
    """Return a page of documents on which something is owed, by the day on which it is due. Index: document_open_by_due."""
    rows = rows.exclude(home_open=ZERO)
    if cursor:
        at, pk = read_day_cursor(cursor)
        rows = rows.filter(Q(due_on__gt=at) | Q(due_on=at, pk__gt=pk), due_on__gte=at)
    found = list(rows.order_by("due_on", "pk")[: limit + 1])
    page = found[:limit]
    return page, day_cursor(page[-1].due_on, page[-1].pk) if len(found) > limit else None


def choose_client() -> ProblemError:
    """Return the refusal of a client that the reader doesn't see."""
    return ProblemError(422, errors=[FieldProblem(field="client", code="choice", message=_("Choose a client of the registry."))])
