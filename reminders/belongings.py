"""What becomes of reminders when two clients become one, and when they are two again.

They go before the rows are written (`clients.belongings.Followers`), so that none falls asleep with the client that goes.
One next step stands on a client, so one promise does: that of the client whose next step was chosen. The other one is
closed as `MERGED`; the trigger of promises (sql/follow_client.sql) finds it again when its next step stands there again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from clients import belongings
from clients.models import Client
from reminders.models import Notice, Reminder, ReminderSettings, Stage, State
from reminders.services import acts, timing

MERGED = "merged"
"""Stands in `closed_because`, without anybody in `closed_by`, of a promise that another one took the place of. Known to the trigger."""

LIVE = (State.OPEN, State.ASLEEP)


def register_belongings() -> None:
    """Make them known (called when the app is ready)."""
    belongings.register_followers(key="reminders", move=move_reminders, put_back=put_back_reminders, settle=settle_reminders)


def move_reminders(survivor: Client, other: Client, after: Mapping[str, Any]) -> dict[str, Any]:
    """Move all of them, done ones too; what slept with an archived client wakes.

    Where a rule has made the same for both, the survivor's counts; the other's waits with the other.
    """
    takes_others_step = not {"next_step", "next_step_at"}.isdisjoint(after)
    _end_promise(survivor if takes_others_step else other)
    theirs = list(Reminder.objects.filter(client=other).order_by("pk").select_for_update(of=("self",)))
    doubled = set(Reminder.objects.filter(client=survivor, rule__isnull=False).values_list("rule", "rule_key"))
    left = [one for one in theirs if one.rule_id is not None and (one.rule_id, one.rule_key) in doubled]
    ids = sorted({one.pk for one in theirs} - {one.pk for one in left})
    Reminder.objects.filter(pk__in=ids).update(client=survivor, version=F("version") + 1)
    asleep = [one for one in theirs if one.pk in ids and one.state == State.ASLEEP]
    for one in asleep:
        recent = one.due_at > timezone.now() - timedelta(days=1)
        Reminder.objects.filter(pk=one.pk).update(state=State.OPEN, fires_at=_next_moment(one) if recent else None)
    waiting = {str(one.pk): [one.stage, one.fires_at.isoformat() if one.fires_at else None] for one in left if one.state == State.OPEN}
    told = Notice.objects.filter(reminder__in=[int(pk) for pk in waiting], withdrawn_at=None).values_list("pk", flat=True)
    return {"ids": ids, "asleep": [one.pk for one in asleep], "waiting": waiting, "told": list(told)}


def put_back_reminders(survivor: Client, other: Client, moved: dict[str, Any]) -> None:
    """Give back those that are still with the survivor, as far as they have come by now; what was planned since stays there."""
    theirs = Reminder.objects.filter(pk__in=moved["ids"], client=survivor)
    ids = list(theirs.values_list("pk", flat=True))
    theirs.update(client=other, version=F("version") + 1)
    Reminder.objects.open().filter(pk__in=set(ids) & set(moved["asleep"])).update(state=State.ASLEEP, fires_at=None)


def settle_reminders(client: Client, moved: dict[str, Any]) -> None:
    """Hand to whoever is in charge now what belongs to them, and have the promise say what the next step says."""
    for one in Reminder.objects.open().filter(pk__in=[int(pk) for pk in moved["waiting"]], client=client):
        stage, fires_at = moved["waiting"][str(one.pk)]  # the trigger that woke it knows the time only
        Reminder.objects.filter(pk=one.pk).update(stage=stage, fires_at=datetime.fromisoformat(fires_at) if fires_at else None)
        Notice.objects.filter(pk__in=moved["told"], reminder=one, occurrence=one.occurrence).update(withdrawn_at=None)
    for one in Reminder.objects.filter(client=client, state__in=LIVE, follows_manager=True).exclude(_owned_by(client)):
        _follow_manager(one, client)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_PROMISE, [client.pk])
    unarmed = Reminder.objects.open().filter(client=client, is_promise=True, stage=Stage.ESCALATION, fires_at=None)
    for one in unarmed.select_related("owner"):
        Reminder.objects.filter(pk=one.pk).update(fires_at=_next_moment(one))


_KEEP_PROMISE = """
-- Nothing of the row changes; the trigger reminders_keep_promise looks at it.
UPDATE clients_client SET next_step = next_step WHERE id = %s
"""


def _end_promise(client: Client) -> None:
    now = timezone.now()
    ended = list(Reminder.objects.filter(client=client, is_promise=True, state__in=LIVE).values_list("pk", flat=True))
    closed = {"state": State.CANCELLED, "closed_at": now, "closed_because": MERGED, "fires_at": None}
    Reminder.objects.filter(pk__in=ended).update(**closed, version=F("version") + 1)
    Notice.objects.filter(reminder__in=ended, withdrawn_at=None).update(withdrawn_at=now)


def _owned_by(client: Client) -> Q:
    return Q(owner__isnull=True) if client.manager_id is None else Q(owner__isnull=False, owner=client.manager_id)


def _follow_manager(reminder: Reminder, client: Client) -> None:
    """What belongs to whoever is in charge comes to another one, who hears of it where it was told of already."""
    now = timezone.now()
    told, armed = reminder.fired_at is not None, bool(reminder.stage)
    reminder.owner = client.manager
    if reminder.at_time is None:
        timing.put_on(reminder, reminder.on_day, None)
    if told:
        timing.arm(reminder)
        reminder.stage, reminder.fires_at = Stage.DUE, now
    elif not armed:
        reminder.stage, reminder.fires_at = "", None
    if not reminder.is_open:
        reminder.fires_at = None
    acts.save(reminder, "owner", *timing.TIMING)
    acts.withdraw(reminder, now)


def _next_moment(reminder: Reminder) -> datetime | None:
    """Return when the stage that a reminder is at comes, as planning and firing have set it."""
    if reminder.stage == Stage.NOTICE:
        return reminder.due_at - timedelta(minutes=reminder.notice_minutes or 0)
    if reminder.stage == Stage.ESCALATION:
        began = max(reminder.fired_at or reminder.due_at, reminder.due_at)
        return timing.hours_of(reminder.owner).after(began, ReminderSettings.current().escalate_hours)
    return reminder.due_at if reminder.stage == Stage.DUE else None
