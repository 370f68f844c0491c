"""Complaints: list, log, change, resolve, remove."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from accounts.api import ApiRequest, TokenAuth
from accounts.api.auth import token_of
from clients.api.errors import register_current
from clients.models import Client
from sales import services
from sales.api.inputs import ComplaintIn, ComplaintPatch
from sales.api.outputs import COMPLAINT, ComplaintConflict, ComplaintOut, ComplaintPage, Sight
from sales.api.reading import ClientId, CursorText, DayFrom, DayTo, Limit, VersionRead, choose_client, latest_first, within
from sales.models import Complaint

router = Router(tags=["complaints"])
READS, CHANGES = TokenAuth("sales.view_complaint"), TokenAuth("sales.change_complaint")
WRITTEN: dict[Any, Any] = {200: ComplaintOut, 409: ComplaintConflict}


def _told(request: HttpRequest, pk: int) -> ComplaintOut:
    token = token_of(request)
    assert token is not None  # TokenAuth let the request in
    complaint = Complaint.objects.visible_to(token.user).select_related(*COMPLAINT).get(pk=pk)
    return ComplaintOut.of(complaint, Sight(token.user, [complaint.client_id]))


register_current(Complaint, lambda request, row: _told(request, row.pk).model_dump())


@router.get("/complaints", response=ComplaintPage, auth=READS, operation_id="list_complaints")
def list_complaints(
    request: ApiRequest,
    *,
    client: ClientId = None,
    first: DayFrom = "",
    end: DayTo = "",
    state: Annotated[Literal["all", "unresolved"], Query()] = "all",
    cursor: CursorText = "",
    limit: Limit = 50,
) -> ComplaintPage:
    """The complaints that meet every filter named, the latest first."""
    rows = within(Complaint.objects.visible_to(request.user), first, end, client=client).select_related(*COMPLAINT)
    if state == "unresolved":
        rows = rows.unresolved()
    page, following = latest_first(rows, cursor, limit)
    sight = Sight(request.user, [row.client_id for row in page])
    return ComplaintPage(items=[ComplaintOut.of(row, sight) for row in page], next=following)


@router.post("/complaints", response={201: ComplaintOut}, auth=TokenAuth("sales.add_complaint"), operation_id="log_complaint")
def log_complaint(request: ApiRequest, payload: ComplaintIn) -> ComplaintOut:
    """Log that a client complained."""
    if not Client.objects.visible_to(request.user).filter(pk=payload.client).exists():
        raise choose_client()
    return _told(request, services.log_complaint(user=request.user, data=payload.given()).pk)


@router.get("/complaints/{int:complaint_id}", response=ComplaintOut, auth=READS, operation_id="get_complaint")
def get_complaint(request: ApiRequest, complaint_id: int) -> ComplaintOut:
    """One complaint."""
    return _told(request, complaint_id)


@router.patch("/complaints/{int:complaint_id}", response=WRITTEN, auth=CHANGES, operation_id="change_complaint")
def change_complaint(request: ApiRequest, complaint_id: int, payload: ComplaintPatch) -> ComplaintOut:
    """Change the fields that are named; `version` is the one that was read. A `resolved_on` resolves it, null opens it again."""
    request.changes = changes = payload.given("version")
    services.change_complaint(user=request.user, complaint_id=complaint_id, version=payload.version, changes=changes)
    return _told(request, complaint_id)


@router.delete(
    "/complaints/{int:complaint_id}", response={204: None, 409: ComplaintConflict}, auth=CHANGES, operation_id="remove_complaint"
)
def remove_complaint(request: ApiRequest, complaint_id: int, version: VersionRead) -> Status[None]:
    """Remove a complaint: by right, or one's own on the day on which it was logged. The history keeps it."""
    services.remove_complaint(user=request.user, complaint_id=complaint_id, version=version)
    return Status(204, None)
