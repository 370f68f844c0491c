"""The right to be forgotten: what reminders say of a client goes with it; that there were some, when and whose, stays."""

from __future__ import annotations

from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from clients.forgetting import Traces, on_erasure
from reminders.models import Delivery, DeliveryState, Notice, Reminder, State


@on_erasure
def forget_reminders(traces: Traces) -> None:
    """Blank the words of a client's reminders and of what was done with them; none of them is told of any more."""
    theirs = Reminder.objects.filter(client=traces.client_id)
    live = theirs.filter(state__in=[State.OPEN, State.ASLEEP])
    live.update(state=State.CANCELLED, fires_at=None, closed_at=Coalesce("closed_at", Now()), version=F("version") + 1)
    theirs.update(subject="", note="", place="", closed_because="", problem="")
    Notice.objects.filter(reminder__client=traces.client_id, withdrawn_at=None).update(withdrawn_at=Now())
    waiting = Delivery.objects.waiting().filter(reminder__client=traces.client_id)
    waiting.update(state=DeliveryState.DROPPED, ended_at=Now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT seraph_forget_reminder_acts(%s)", [traces.client_id])
