"""Turnaround cases: list, open, change, record terms, act, stop, close, open again."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import ConfigDict, Field

from accounts.api import ApiRequest, FieldProblem, ProblemError, TokenAuth
from accounts.api.auth import token_of
from clients.api.errors import register_current
from clients.api.inputs import Input, without_defaults
from clients.api.paging import moment_cursor, read_moment_cursor
from clients.api.values import LARGEST_ID, Day, DayGiven, Id, Version, choice, text, whole
from clients.models import Client
from scoring.api.case_outputs import RELATED, CaseConflict, CaseOut, CasePage
from scoring.models import TurnaroundCase
from scoring.models.cases import Action, Cause, TermKind
from scoring.querysets import TurnaroundCaseQuerySet
from scoring.services import cases as services

router = Router(tags=["cases"])
READS, CHANGES = TokenAuth("scoring.view_turnaroundcase"), TokenAuth("scoring.change_turnaroundcase")
WRITTEN: dict[Any, Any] = {200: CaseOut, 409: CaseConflict}


class CaseIn(Input):
    """A demon, and the period in which it lost money, widened to whole months; the twelve months up to now without it."""

    client: Id
    first: Day = None
    last: Annotated[Day, Field(description="Its last day.")] = None


class CasePatch(Input):
    """What is decided on a case that was read at `version`; fields that are not named stay as they are."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)
    version: Version
    cause: Annotated[str, choice([*Cause.values, ""])] = ""
    action: Annotated[str, choice([*Action.values, ""])] = ""
    owner: Id = 0
    deadline: Day = None
    expected_gain: Annotated[int | None, whole(2_000_000_000), Field(description="A year, in the company's currency.")] = None
    note: Annotated[str | None, text(20_000)] = None


class TermIn(Input):
    """A change of terms that the client agreed to."""

    what: Annotated[str, choice(TermKind.values)]
    was: Annotated[str | None, text(100)] = None
    becomes: Annotated[str, text(100, or_null=False)]
    agreed_on: Annotated[Day, Field(description="Today, without it.")] = None


class ActIn(Input):
    """From when what was agreed holds."""

    version: Version
    acted_on: DayGiven


class ReasonIn(Input):
    """Why; a case that was measured is closed without."""

    version: Version
    because: Annotated[str | None, text(300)] = None


class ReopenCaseIn(Input):
    """Which version was read."""

    version: Version


def _told(request: ApiRequest, pk: int, *, rows: TurnaroundCaseQuerySet | None = None) -> CaseOut:
    """Tell of a case: one that was just written, whoever it belongs to by now; with `rows`, one of these alone."""
    found = TurnaroundCase.objects.all() if rows is None else rows
    return CaseOut.of(found.with_figures(request.user).select_related(*RELATED).prefetch_related("terms").get(pk=pk))


def _current(request: HttpRequest, case: TurnaroundCase) -> dict[str, Any]:
    token = token_of(request)
    assert token is not None  # every endpoint asks for one
    rows = TurnaroundCase.objects.visible_to(token.user).with_figures(token.user).select_related(*RELATED)
    return CaseOut.of(rows.prefetch_related("terms").get(pk=case.pk)).model_dump()


register_current(TurnaroundCase, _current)


@router.get("/cases", response=CasePage, auth=READS, operation_id="list_cases")
def list_cases(
    request: ApiRequest,
    *,
    client: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    state: Annotated[Literal["diagnosis", "agreed", "acting", "measured", "closed"] | None, Query()] = None,
    cursor: Annotated[str, Query(max_length=200, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CasePage:
    """The cases that you may see and that meet every filter named, the latest first."""
    found = TurnaroundCase.objects.visible_to(request.user).with_figures(request.user)
    if client is not None:
        found = found.filter(client=client)
    if state is not None:
        found = found.filter(state=state)
    if cursor:
        at, pk = read_moment_cursor(cursor)
        found = found.filter(Q(opened_at__lt=at) | Q(opened_at=at, pk__gt=pk), opened_at__lte=at)
    rows = list(found.select_related(*RELATED).prefetch_related("terms").order_by("-opened_at", "pk")[: limit + 1])
    page = rows[:limit]
    following = moment_cursor(page[-1].opened_at, page[-1].pk) if len(rows) > limit else None
    return CasePage(items=[CaseOut.of(one) for one in page], next=following)


@router.post("/cases", response={201: CaseOut}, auth=TokenAuth("scoring.add_turnaroundcase"), operation_id="open_case")
def open_case(request: ApiRequest, payload: CaseIn) -> CaseOut:
    """Open the case of a client that lost money; the diagnosis is made."""
    if not Client.objects.visible_to(request.user).filter(pk=payload.client).exists():
        raise ProblemError(422, errors=[FieldProblem(field="client", code="choice", message=str(_("Choose a client of the registry.")))])
    first, last = (date.fromisoformat(day) if isinstance(day, str) else None for day in (payload.first, payload.last))
    end = last + date.resolution if last else None
    return _told(request, services.open_case(user=request.user, client_id=payload.client, first=first, end=end).pk)


@router.get("/cases/{int:case_id}", response=CaseOut, auth=READS, operation_id="get_case")
def get_case(request: ApiRequest, case_id: int) -> CaseOut:
    """One case."""
    return _told(request, case_id, rows=TurnaroundCase.objects.visible_to(request.user))


@router.patch("/cases/{int:case_id}", response=WRITTEN, auth=CHANGES, operation_id="change_case")
def change_case(request: ApiRequest, case_id: int, payload: CasePatch) -> CaseOut:
    """Change what is decided; `version` is the one that was read."""
    changes = request.changes = payload.given("version")
    services.change_case(user=request.user, case_id=case_id, version=payload.version, changes=changes)
    return _told(request, case_id)


@router.post("/cases/{int:case_id}/terms", response=CaseOut, auth=CHANGES, operation_id="agree_case_terms")
def agree_terms(request: ApiRequest, case_id: int, payload: TermIn) -> CaseOut:
    """Record a change of terms that was agreed."""
    said: dict[str, Any] = {name: value or "" for name, value in payload.given().items()}
    services.agree_terms(user=request.user, case_id=case_id, **said)
    return _told(request, case_id)


@router.post("/cases/{int:case_id}/act", response=WRITTEN, auth=CHANGES, operation_id="act_on_case")
def act(request: ApiRequest, case_id: int, payload: ActIn) -> CaseOut:
    """Note from when what was agreed holds; it is measured again so many whole months later."""
    services.act(user=request.user, case_id=case_id, version=payload.version, acted_on=payload.acted_on)
    return _told(request, case_id)


@router.post("/cases/{int:case_id}/stop", response=WRITTEN, auth=TokenAuth("scoring.stop_working"), operation_id="stop_working")
def stop(request: ApiRequest, case_id: int, payload: ReasonIn) -> CaseOut:
    """Stop working with the client: it becomes a former one and is archived. Management's word."""
    services.stop_working(user=request.user, case_id=case_id, version=payload.version, reason=payload.because or "")
    return _told(request, case_id)


@router.post("/cases/{int:case_id}/close", response=WRITTEN, auth=CHANGES, operation_id="close_case")
def close(request: ApiRequest, case_id: int, payload: ReasonIn) -> CaseOut:
    """Close the case."""
    services.close_case(user=request.user, case_id=case_id, version=payload.version, because=payload.because or "")
    return _told(request, case_id)


@router.post("/cases/{int:case_id}/reopen", response=WRITTEN, auth=CHANGES, operation_id="reopen_case")
def reopen(request: ApiRequest, case_id: int, payload: ReopenCaseIn) -> CaseOut:
    """Open the case again; a client that work had been stopped with comes back."""
    services.reopen_case(user=request.user, case_id=case_id, version=payload.version)
    return _told(request, case_id)
