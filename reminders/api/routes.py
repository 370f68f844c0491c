"""Reminders: list, plan, change, do, put off, hand over, cancel, open again."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from accounts.api import ApiRequest, FieldProblem, ProblemError, TokenAuth
from clients.api.errors import register_current
from clients.api.outputs import TouchOut
from clients.api.paging import moment_cursor, read_moment_cursor
from clients.api.values import LARGEST_ID, read_moment
from clients.models import Client, Touch
from reminders import services
from reminders.api.inputs import CancelIn, CompleteIn, GiveIn, ReminderIn, ReminderPatch, ReopenIn, SnoozeIn
from reminders.api.outputs import RELATED, Done, KindOut, ReminderConflict, ReminderOut, ReminderPage
from reminders.models import Reminder, ReminderKind

router = Router(tags=["reminders"])
READS, CHANGES = TokenAuth("reminders.view_reminder"), TokenAuth("reminders.change_reminder")
WRITTEN: dict[Any, Any] = {200: ReminderOut, 409: ReminderConflict}


def _told(pk: int) -> ReminderOut:
    return ReminderOut.of(Reminder.objects.select_related(*RELATED).get(pk=pk))


def _current(request: HttpRequest, reminder: Reminder) -> dict[str, Any]:
    return _told(reminder.pk).model_dump()


register_current(Reminder, _current)


@router.get("/reminders", response=ReminderPage, auth=READS, operation_id="list_reminders")
def list_reminders(
    request: ApiRequest,
    *,
    client: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    owner: Annotated[str, Query(pattern=r"^(me|[1-9][0-9]{0,17})?$", description="Who acts: an id, or “me”.")] = "",
    state: Annotated[Literal["open", "done", "cancelled", "asleep"], Query(description="Other than open: of one client.")] = "open",
    due_from: Annotated[str, Query(max_length=40, description="Due at that moment or later, with its offset.")] = "",
    due_before: Annotated[str, Query(max_length=40, description="Due before that moment, with its offset.")] = "",
    cursor: Annotated[str, Query(max_length=200, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReminderPage:
    """The reminders that meet every filter named, the soonest first."""
    if state != "open" and client is None:
        message = str(_("Name a client: closed reminders are listed by client."))
        raise ProblemError(422, errors=[FieldProblem(field="client", code="required", message=message)])
    found = Reminder.objects.visible_to(request.user).filter(state=state)
    if client is not None:
        found = found.filter(client=client)
    if owner:
        found = found.filter(owner=request.user.pk if owner == "me" else int(owner))
    if due_from:
        found = found.filter(due_at__gte=read_moment("due_from", due_from))
    if due_before:
        found = found.filter(due_at__lt=read_moment("due_before", due_before))
    if cursor:
        at, pk = read_moment_cursor(cursor)
        found = found.filter(Q(due_at__gt=at) | Q(due_at=at, pk__gt=pk), due_at__gte=at)
    rows = list(found.select_related(*RELATED).soonest_first()[: limit + 1])
    page = rows[:limit]
    following = moment_cursor(page[-1].due_at, page[-1].pk) if len(rows) > limit else None
    return ReminderPage(items=[ReminderOut.of(one) for one in page], next=following)


@router.post("/reminders", response={201: ReminderOut}, auth=TokenAuth("reminders.add_reminder"), operation_id="plan_reminder")
def plan_reminder(request: ApiRequest, payload: ReminderIn) -> ReminderOut:
    """Promise to do something for a client at a time on somebody's wall."""
    if not Client.objects.visible_to(request.user).filter(pk=payload.client).exists():
        raise ProblemError(422, errors=[FieldProblem(field="client", code="choice", message=str(_("Choose a client of the registry.")))])
    return _told(services.plan_reminder(user=request.user, client_id=payload.client, **payload.said("client")).pk)


@router.get("/reminders/{int:reminder_id}", response=ReminderOut, auth=READS, operation_id="get_reminder")
def get_reminder(request: ApiRequest, reminder_id: int) -> ReminderOut:
    """One reminder."""
    return ReminderOut.of(Reminder.objects.visible_to(request.user).select_related(*RELATED).get(pk=reminder_id))


@router.patch("/reminders/{int:reminder_id}", response=WRITTEN, auth=CHANGES, operation_id="change_reminder")
def change_reminder(request: ApiRequest, reminder_id: int, payload: ReminderPatch) -> ReminderOut:
    """Change the fields that are named; `version` is the one that was read."""
    changes = payload.said("version")
    request.changes = {"contact" if name == "contact_id" else name: value for name, value in changes.items()}
    services.change_reminder(user=request.user, reminder_id=reminder_id, version=payload.version, changes=changes)
    return _told(reminder_id)


@router.post(
    "/reminders/{int:reminder_id}/complete", response={200: Done, 409: ReminderConflict}, auth=CHANGES, operation_id="complete_reminder"
)
def complete_reminder(request: ApiRequest, reminder_id: int, payload: CompleteIn) -> Done:
    """Note that it is done, with the touch and what comes next; what repeats is planned anew."""
    touch = _as_logged(payload.touch.given()) if payload.touch else None
    done = services.complete_reminder(user=request.user, reminder_id=reminder_id, version=payload.version, touch=touch)
    logged = Touch.objects.select_related("user", "contact").get(pk=done.touch.pk) if done.touch else None
    return Done(
        reminder=_told(reminder_id),
        touch=TouchOut.of(logged) if logged else None,
        following=_told(done.following.pk) if done.following else None,
    )


def _as_logged(given: dict[str, Any]) -> dict[str, Any]:
    """Return a touch under the names of the services; what is null is as if it had not been named."""
    said = {"contact_id" if name == "contact" else name: value for name, value in given.items()}
    return {name: value for name, value in said.items() if value is not None or name == "contact_id"}


@router.post("/reminders/{int:reminder_id}/snooze", response=WRITTEN, auth=CHANGES, operation_id="snooze_reminder")
def snooze_reminder(request: ApiRequest, reminder_id: int, payload: SnoozeIn) -> ReminderOut:
    """Put it off to another time; it is told of anew then."""
    services.snooze_reminder(
        user=request.user,
        reminder_id=reminder_id,
        version=payload.version,
        on_day=date.fromisoformat(payload.on_day),
        at_time=payload.at_time,
        reason=payload.reason or "",
    )
    return _told(reminder_id)


@router.post("/reminders/{int:reminder_id}/hand-over", response=WRITTEN, auth=CHANGES, operation_id="hand_over_reminder")
def hand_over_reminder(request: ApiRequest, reminder_id: int, payload: GiveIn) -> ReminderOut:
    """Give it to somebody else for good, or to whoever is in charge of the client."""
    services.hand_over_reminder(user=request.user, reminder_id=reminder_id, version=payload.version, assignee=payload.assignee)
    return _told(reminder_id)


@router.post("/reminders/{int:reminder_id}/cancel", response=WRITTEN, auth=CHANGES, operation_id="cancel_reminder")
def cancel_reminder(request: ApiRequest, reminder_id: int, payload: CancelIn) -> ReminderOut:
    """Take it off without doing it."""
    services.cancel_reminder(
        user=request.user,
        reminder_id=reminder_id,
        version=payload.version,
        because=payload.because or "",
        whole_series=payload.whole_series,
    )
    return _told(reminder_id)


@router.post("/reminders/{int:reminder_id}/reopen", response=WRITTEN, auth=CHANGES, operation_id="reopen_reminder")
def reopen_reminder(request: ApiRequest, reminder_id: int, payload: ReopenIn) -> ReminderOut:
    """Open it again: it was closed by mistake. A touch that was logged with it stays."""
    services.reopen_reminder(user=request.user, reminder_id=reminder_id, version=payload.version)
    return _told(reminder_id)


@router.get("/reminder-kinds", response=list[KindOut], auth=READS, operation_id="list_reminder_kinds")
def list_reminder_kinds(request: ApiRequest) -> list[KindOut]:
    """The kinds of reminders, with those that are no longer offered."""
    return [KindOut.of(kind) for kind in ReminderKind.objects.all()]
