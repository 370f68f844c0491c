"""A completed project: will they work with us again, and when?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from clients.criteria.days import add_months
from clients.errors import FieldError, StaleVersion
from clients.history import last_change_id
from clients.models import Client, Touch
from clients.services import log_touch, undo_touch
from clients.services.acting import acting
from clients.services.preparing import read_text, refuse
from reminders.models import Act, Reminder, ReminderAct, State
from reminders.models.kinds import HOW_ARE_THINGS, WORK_AGAIN
from reminders.services import acts
from reminders.services.closing import close
from reminders.services.planning import MANAGER, plan_reminder
from reminders.services.timing import hours_of
from ui import formats

ASK_AGAIN_AFTER = 3
"""Months after which one asks how things are, where nobody knows whether they will come again."""


class Again(models.TextChoices):
    """Whether the client will work with us again."""

    YES = "yes", gettext_lazy("Yes")
    PERHAPS = "perhaps", gettext_lazy("Perhaps")
    NO = "no", pgettext_lazy("will they work with us again?", "No")


@dataclass(frozen=True)
class Finished:
    """What closing work left: the touch that tells of it, the reminder where there is one, and what the touch changed (for undo)."""

    touch: Touch
    reminder: Reminder | None
    event_id: int


@acting
def finish_work(
    *,
    user: User,
    client_id: int,
    again: str,
    on_day: date | None = None,
    because: str = "",
    note: str = "",
    kind: str = "call",
    contact_id: int | None = None,
    now: datetime | None = None,
) -> Finished:
    """Note that work for a client is finished, and what they said of working with us again.

    "yes" makes a reminder to work with them again on `on_day`; "perhaps" one to ask how things are, on `on_day` or in three
    months; "no" wants to know why. A touch of `kind` tells of it. Days on which whoever is in charge does not work move on.
    Raises `Refused`, `PermissionDenied`, `Client.DoesNotExist`.
    """
    now = now or timezone.now()
    reason = read_text("because", because, 300)
    errors: list[FieldError] = []
    if again not in Again.values:
        errors.append(FieldError("again", "required", _("Say whether they will work with us again.")))
    if again == Again.YES and on_day is None:
        errors.append(FieldError("on_day", "required", _("Say when; the month is enough.")))
    if again == Again.NO and not reason:
        errors.append(FieldError("because", "required", _("Say why not.")))
    refuse(errors)
    client = Client.objects.visible_to(user).select_related("manager").get(pk=client_id)
    planned = None
    if again != Again.NO:
        day = on_day or add_months(timezone.localtime(now).date(), ASK_AGAIN_AFTER)
        planned = hours_of(client.manager or user).working_day_from(day)
    change_before = last_change_id(client)
    told: dict[str, Any] = {"note": _story(Again(again), planned, reason, note), "kind": kind, "contact_id": contact_id}
    if again == Again.NO and client.next_step_at is None:
        told["no_next_step_because"] = reason
    touch = log_touch(user=user, client_id=client_id, **told, now=now)
    reminder = None
    if planned is not None:
        reminder = plan_reminder(
            user=user,
            client_id=client_id,
            kind=WORK_AGAIN if again == Again.YES else HOW_ARE_THINGS,
            on_day=planned,
            assignee=MANAGER if client.manager else user.pk,
            contact_id=contact_id,
            subject=_("They said that they would work with us again") if again == Again.YES else _("Will they work with us again?"),
            note=note,
            of_touch=touch.pk,
            now=now,
        )
    change = last_change_id(client)
    return Finished(touch, reminder, change if change != change_before else 0)


def _story(again: Again, planned: date | None, reason: str, note: str) -> str:
    """Return what the touch says, in the words of whoever writes it."""
    when = formats.full(planned) if planned else ""
    match again:
        case Again.YES:
            told = _("Work finished. They will work with us again: %(when)s.") % {"when": when}
        case Again.PERHAPS:
            told = _("Work finished. Perhaps they will work with us again; we ask on %(when)s.") % {
                "when": formats.full(planned or date.max)
            }
        case Again.NO:
            told = _("Work finished. They will not work with us again: %(why)s") % {"why": reason}
    return f"{told}\n{note}".strip()


@acting
def undo_finish(*, user: User, client_id: int, touch_id: int, event_id: int, now: datetime | None = None) -> Client:
    """Take back `finish_work`: the touch, and the reminder unless somebody has done something with it since.

    Raises `StaleVersion` then, and what `undo_touch` raises.
    """
    now = now or timezone.now()
    client = undo_touch(user=user, touch_id=touch_id, event_id=event_id, now=now)
    made = ReminderAct.objects.filter(reminder__client=client_id, act=Act.PLANNED, by=user, facts__touch=touch_id).first()
    if made is not None:
        reminder = Reminder.objects.select_for_update(of=("self",)).get(pk=made.reminder_id)
        if reminder.version != made.facts["version"] or not reminder.is_open:
            raise StaleVersion(reminder)
        close(reminder, State.CANCELLED, user, now)
        acts.note(reminder, Act.CANCELLED, by=user, at=now, undoes=made.pk)
    return client
