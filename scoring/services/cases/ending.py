"""Ending a case: closed, or with the end of the work for the client; and opening it again."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.errors import FieldError
from clients.models import Client
from clients.models.clients import Lifecycle
from clients.services import archive_client, change_client, restore_client
from clients.services.acting import acting
from clients.services.preparing import read_text, refuse
from scoring.models import TurnaroundCase
from scoring.models.cases import Action
from scoring.services.cases.locking import lock_case, save
from scoring.services.cases.reminding import end_all, follow_deadline, follow_measuring

_CLOSING = ("closed_at", "closed_by", "closed_because")


@acting
def close_case(*, user: User, case_id: int, version: int | None = None, because: str = "", now: datetime | None = None) -> TurnaroundCase:
    """Close a case. One that was not measured needs a reason.

    Raises `Refused`, `StaleVersion`, `PermissionDenied`, `TurnaroundCase.DoesNotExist`.
    """
    now = now or timezone.now()
    case = lock_case(user=user, case_id=case_id, version=version)
    said = read_text("because", because, 300)
    if not said and case.measured_at is None:
        refuse([FieldError("because", "required", _("Say why it is closed before it was measured."))])
    end_all(case, user=user, now=now)
    _close(case, user, said, now)
    return case


@acting
def stop_working(*, user: User, case_id: int, reason: str, version: int | None = None, now: datetime | None = None) -> TurnaroundCase:
    """Stop working with the client of a case: it becomes a former client and is archived with the reason; nothing of its
    history goes, and it may come back. This is management's word.

    Raises `PermissionDenied` unless `user` holds scoring.stop_working; `Refused`, `StaleVersion`, `TurnaroundCase.DoesNotExist`.
    """
    now = now or timezone.now()
    case = lock_case(user=user, case_id=case_id, version=version)
    if not user.has_perm("scoring.stop_working"):
        raise PermissionDenied
    said = read_text("reason", reason, 300)
    if not said:
        refuse([FieldError("reason", "required", _("Say why we stop working with this client."))])
    end_all(case, user=user, now=now)
    case.lifecycle_before = case.client.lifecycle
    client = _turn(case.client, Lifecycle.FORMER, user, now)
    archive_client(user=user, client_id=client.pk, version=client.version, reason=said, now=now)
    case.action = Action.STOP
    _close(case, user, said, now, "action", "lifecycle_before")
    case.client.refresh_from_db()
    return case


@acting
def reopen_case(*, user: User, case_id: int, version: int | None = None, now: datetime | None = None) -> TurnaroundCase:
    """Open a case again that was closed. Where working with the client had been stopped, management brings the client back.

    Raises `Refused` when the client has another open case by now or is archived, `StaleVersion`, `PermissionDenied`,
    `TurnaroundCase.DoesNotExist`.
    """
    now = now or timezone.now()
    case = lock_case(user=user, case_id=case_id, version=version, closed_too=True)
    if case.is_open:
        return case
    if TurnaroundCase.objects.open().filter(client=case.client).exists():
        refuse([FieldError("case", "taken", _("This client has another open case by now."))])
    if case.is_stopped:
        if not user.has_perm("scoring.stop_working"):
            raise PermissionDenied
        client = restore_client(user=user, client_id=case.client_id, version=case.client.version)
        case.client = _turn(client, case.lifecycle_before, user, now)
    elif case.client.archived_at is not None:
        refuse([FieldError("archived", "archived", _("This client is archived; bring it back first."))])
    case.closed_at, case.closed_by, case.closed_because, case.lifecycle_before = None, None, "", ""
    save(case, *_CLOSING, "lifecycle_before")
    follow_deadline(case, user=user, now=now)
    follow_measuring(case, user=user, now=now)
    return case


def _turn(client: Client, lifecycle: str, user: User, now: datetime) -> Client:
    if client.lifecycle == lifecycle:
        return client
    return change_client(user=user, client_id=client.pk, version=client.version, changes={"lifecycle": lifecycle}, now=now)


def _close(case: TurnaroundCase, user: User, because: str, now: datetime, *more: str) -> None:
    case.closed_at, case.closed_by, case.closed_because = now, user, because
    save(case, *_CLOSING, *more)
