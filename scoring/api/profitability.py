"""What clients earn: the rows of a period with the company's total, and the whale curve. For whoever sees profit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any, Literal, override

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from ninja.responses import Status

from accounts.api import ApiRequest, ProblemError, TokenAuth
from clients.api.listing import misread, resolve_names
from clients.errors import FieldError
from clients.models import Client
from sales.api.reading import read_day
from sales.periods import company_today, first_of_month
from scoring.api.profit_outputs import CompanyProfitOut, OfPeriod, PointOut, ProfitOut, ProfitPage, WhaleOut, WorkingOut
from scoring.figures import Figures
from scoring.filters import ProfitFilters
from scoring.models import ProfitReport, ProfitRow
from scoring.periods import LAST_YEAR, LONGEST, Period
from scoring.reports import AtHand, at_hand, share_of
from scoring.services import keep_in_view
from scoring.tables import SORTS
from scoring.views.clients import visible
from ui.lists import BadCursor
from ui.lists.keyset import FEW, Order, Pager, count

router = Router(tags=["profitability"])
READS = TokenAuth("sales.see_profit")
AGAIN = 2
"""Seconds after which it is worth asking again for what is being worked out."""
_FIRST_YEAR = 1901
_MOST_VALUES = 50
_SORTS = {sort.name: sort for sort in SORTS}

From = Annotated[str, Query(alias="from", max_length=10, description="The first day. Without both, the twelve months up to now.")]
To = Annotated[str, Query(alias="to", max_length=10, description="The last day: it counts. Ten years at most.")]
_Value = Annotated[str, Query(max_length=300)]
References = Annotated[list[_Value], Query(max_length=_MOST_VALUES, description="An id, a name, or “none”.")]
Managers = Annotated[list[_Value], Query(max_length=_MOST_VALUES, description="An id, a name, a user name, “none” or “me”.")]
Verdicts = Annotated[list[Literal["angel", "between", "demon"]], Query(max_length=3)]
Answer = dict[Any, Any]


class OneOfApi(ProfitFilters):
    """The filters of the list, of the period asked for alone."""

    @property
    @override
    def periods(self) -> tuple[Period, ...]:
        return (self.asked_period,)


def read_asked(first: str, last: str, today: date) -> Period:
    """Return the period between two days, both in it; without them the twelve months up to now.

    Raises `ProblemError` (422) where one is missing or no day, where they stand the wrong way round or too far apart.
    """
    since, until = read_day("from", first), read_day("to", last)
    if since is None and until is None:
        return Period.rolling(first_of_month(today))
    if since is None or until is None:
        _refuse([FieldError("to" if until is None else "from", "required", _("Give both days, or neither."))])
    assert since is not None  # refused otherwise
    assert until is not None
    if until < since:
        _refuse([FieldError("to", "order", _("The last day is before the first one."))])
    if until - since > LONGEST:
        _refuse([FieldError("to", "too_long", _("Choose a period of ten years at most."))])
    if since.year < _FIRST_YEAR or until.year > LAST_YEAR:
        words = _("Choose days from %(first)s to %(last)s.") % {"first": _FIRST_YEAR, "last": LAST_YEAR}
        _refuse([FieldError("from" if since.year < _FIRST_YEAR else "to", "range", words)])
    return Period.free(since, until)


def _refuse(errors: Iterable[FieldError]) -> None:
    if found := list(errors):
        raise ProblemError(422, errors=found)


def _only(data: QueryDict, *known: str) -> Iterator[FieldError]:
    for name in data:
        if name not in known:
            yield FieldError(name[:60], "unknown", _("The list has no such filter."))


def _working(period: Period, response: HttpResponse) -> Status[WorkingOut]:
    response["Retry-After"] = str(AGAIN)
    return Status(202, WorkingOut(status="working", share=share_of(period.first, period.end)))


def _named(ids: Iterable[int | None]) -> dict[int, Client]:
    return Client.objects.only("full_name", "short_name").in_bulk([pk for pk in ids if pk is not None])


@router.get("/profitability", response={200: ProfitPage, 202: WorkingOut}, auth=READS, operation_id="list_profitability", by_alias=True)
def list_profitability(
    request: ApiRequest,
    response: HttpResponse,
    *,
    first: From = "",
    last: To = "",
    verdict: Verdicts = [],  # noqa: B006  (a default of the schema)
    manager: Managers = [],  # noqa: B006
    source: References = [],  # noqa: B006
    industry: References = [],  # noqa: B006
    sort: Annotated[Literal["-profit", "profit", "-revenue", "revenue"], Query(description="A minus: the largest first.")] = "-profit",
    cursor: Annotated[str, Query(max_length=2000, description="`next` of the page before, with the same filters and sort.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """What each client that meets every filter earned in the period, and the total of the company.

    Where much changed, the figures are worked out in the background: 202 with `Retry-After` while there are none yet, and
    `fresh: false` with the older ones while there are. `worked_out_at` is the same on all pages unless they were worked out anew
    in between; then begin again.
    """
    _refuse(_only(request.GET, "from", "to", "verdict", "manager", "source", "industry", "sort", "cursor", "limit"))
    today = company_today()
    period = read_asked(first, last, today)
    data = QueryDict(mutable=True)
    data["period"] = period.key
    for name, values in (("verdict", verdict), ("manager", manager), ("source", source), ("industry", industry)):
        data.setlist(name, list(values))
    resolve_names(data)
    filters = OneOfApi(data, visible(request.user), user=request.user)
    _refuse(misread(filters))
    report, fresh = filters.shown[0][1]
    if report is None:
        return _working(period, response)
    rows, following = _page_of(filters, report, sort, cursor, limit)
    clients = _named(row.client_id for row in rows)
    return ProfitPage(
        period=OfPeriod.of(period, report, fresh=fresh),
        company=CompanyProfitOut.of(Figures.read(report.figures)),
        items=[ProfitOut.of(row, clients.get(row.client_id or 0)) for row in rows],
        next=following,
    )


def _page_of(filters: ProfitFilters, report: ProfitReport, sort: str, cursor: str, limit: int) -> tuple[list[ProfitRow], str | None]:
    """Return a page and the cursor after it. Index: profit_row_once; all rows of the report are sorted."""
    matches = filters.narrowed()
    narrowed = len(filters.values) > 1  # by more than the period
    few = narrowed and not count(matches, FEW).capped
    order = Order(_SORTS[sort.removeprefix("-")], descending=sort.startswith("-"))
    pager = Pager(matches, order, salt=f"profitability.{report.first}.{report.end}", size=limit, few=few)
    try:
        keys = pager.page(after=cursor)
    except BadCursor:
        _refuse([FieldError("cursor", "cursor", _("Give back the cursor of the page before as it came."))])
    found = ProfitRow.objects.in_bulk(keys.ids)
    return [found[pk] for pk in keys.ids if pk in found], keys.after or None


@router.get("/profitability/whale", response={200: WhaleOut, 202: WorkingOut}, auth=READS, operation_id="get_whale_curve", by_alias=True)
def get_whale_curve(request: ApiRequest, response: HttpResponse, *, first: From = "", last: To = "") -> Any:
    """The whale curve of a period: up to 600 points, the best client first, and its peak.

    202 with `Retry-After` while there are no figures yet, as of `/profitability`.
    """
    _refuse(_only(request.GET, "from", "to"))
    today = company_today()
    period = read_asked(first, last, today)
    found: AtHand = at_hand(period.first, period.end, today=today)
    keep_in_view([(period, found)])
    if found.report is None:
        return _working(period, response)
    figures = Figures.read(found.report.figures)
    clients = _named(point.client for point in figures.curve)
    points = [PointOut.of(point, figures, clients.get(point.client)) for point in figures.curve]
    peak = figures.peak
    return WhaleOut(
        period=OfPeriod.of(period, found.report, fresh=found.fresh),
        clients=figures.judged,
        profit=f"{figures.judged_profit:.2f}",
        angels=figures.angels,
        between=figures.between,
        demons=figures.demons,
        points=points,
        peak=PointOut.of(peak, figures, clients.get(peak.client)) if peak else None,
    )
