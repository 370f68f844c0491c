"""Touches: what was said, and what comes next."""

from __future__ import annotations

from typing import Annotated

from django.db.models import Q
from ninja import Query, Router

from accounts.api import ApiRequest, TokenAuth
from clients import services
from clients.api.inputs import TouchIn, TouchPatch
from clients.api.outputs import TouchOut, TouchPage
from clients.api.paging import moment_cursor, read_moment_cursor
from clients.api.routes.clients import find_client
from clients.models import Touch

router = Router(tags=["touches"])


@router.get("/clients/{int:client_id}/touches", response=TouchPage, auth=TokenAuth("clients.view_client"), operation_id="list_touches")
def list_touches(
    request: ApiRequest,
    client_id: int,
    cursor: Annotated[str, Query(max_length=200, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TouchPage:
    """The touches of a client, the latest first."""
    client = find_client(request, client_id)
    touches = client.touches.select_related("user", "contact").order_by("-at", "-id")
    if cursor:
        at, pk = read_moment_cursor(cursor)
        touches = touches.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    rows = list(touches[: limit + 1])
    page = rows[:limit]
    return TouchPage(
        items=[TouchOut.of(touch) for touch in page], next=moment_cursor(page[-1].at, page[-1].pk) if len(rows) > limit else None
    )


@router.post(
    "/clients/{int:client_id}/touches", response={201: TouchOut}, auth=TokenAuth("clients.change_client"), operation_id="log_touch"
)
def log_touch(request: ApiRequest, client_id: int, payload: TouchIn) -> TouchOut:
    """Log one contact with a client, confirm its facts and set or close its next step, in one step."""
    touch = services.log_touch(
        user=request.user,
        client_id=client_id,
        kind=payload.kind,
        outcome=payload.outcome,
        note=payload.note or "",
        contact_id=payload.contact,
        minutes=payload.minutes,
        facts_confirmed=payload.facts_confirmed,
        next_step=payload.next_step or "",
        next_step_at=payload.next_step_at,
        no_next_step_because=payload.no_next_step_because or "",
        at=payload.at,
    )
    return TouchOut.of(Touch.objects.select_related("user", "contact").get(pk=touch.pk))


@router.patch("/touches/{int:touch_id}", response=TouchOut, auth=TokenAuth("clients.change_client"), operation_id="correct_touch")
def correct_touch(request: ApiRequest, touch_id: int, payload: TouchPatch) -> TouchOut:
    """Put right a touch of one's own on the day on which it was logged; the history keeps what stood there."""
    touch = services.correct_touch(user=request.user, touch_id=touch_id, changes=payload.given())
    return TouchOut.of(Touch.objects.select_related("user", "contact").get(pk=touch.pk))
