"""Firing: what is due is claimed, and told of, in one transaction.

A claimed row is locked until the notice, the outbox and the row's next moment are written; who dies before the commit
has done nothing, who dies after it has done all. Other workers skip what is locked. The UNIQUE of a notice (reminder,
occurrence, stage, recipient) lets nothing be told twice, whatever the order in which workers come.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from accounts.models import User
from accounts.roles import Role
from reminders.models import Channel, Delivery, MailWhen, Notice, PushDevice, Reminder, ReminderPreferences, ReminderSettings, Stage
from reminders.wall_time import Hours

BATCH = 500
LATE = timedelta(minutes=10)
"""Told of so long after its time, a reminder is marked as late: Seraph had been off."""
_KEYS = uuid.UUID("6a0c2d3e-3c1f-4f53-9a8e-3d6c1a5f9e10")
"""The name space of delivery keys."""

logger = structlog.get_logger(__name__)


@dataclass
class People:
    """Who hears of reminders, read once for a batch or a tick: users with their hours and wishes, heads and management."""

    settings: ReminderSettings = field(default_factory=ReminderSettings.current)
    users: dict[int, User] = field(default_factory=dict)
    wishes: dict[int, ReminderPreferences] = field(default_factory=dict)
    management: list[int] = field(default_factory=list)
    pushed: set[int] = field(default_factory=set)
    """Who has a phone that takes push messages."""

    @classmethod
    def read(cls) -> People:
        """Read everybody who may come in: hundreds at most."""
        people = cls()
        people.users = {user.pk: user for user in User.objects.active().select_related("team")}
        people.wishes = {one.user_id: one for one in ReminderPreferences.objects.all()}
        people.pushed = set(PushDevice.objects.living().values_list("user", flat=True))
        # a small company has no management; an administrator there always is (accounts.services.people)
        people.management = _of_role(Role.MANAGEMENT) or _of_role(Role.ADMINISTRATOR)
        return people

    def act(self, reminder: Reminder) -> list[int]:
        """Return who has to act: the owner, or management where nobody (who may still come in) is in charge."""
        return [reminder.owner_id] if reminder.owner_id in self.users else self.management

    def heads_of(self, reminder: Reminder) -> list[int]:
        """Return who hears that nobody acted: the head of the owner's team, or management; never the owner again."""
        owner = self.users.get(reminder.owner_id or 0)
        head = owner.team.head_id if owner is not None and owner.team is not None else None
        found = [head] if head in self.users and head != reminder.owner_id else self.management
        return [pk for pk in found if pk is not None and pk != reminder.owner_id]

    def hours_of(self, reminder: Reminder) -> Hours:
        return Hours.of(self.users.get(reminder.owner_id or 0) or User(time_zone=reminder.time_zone))

    def channels_of(self, user: int, reminder: Reminder) -> list[Channel]:
        """Return by which ways outside the browser `user` hears of `reminder` at once."""
        wishes = self.wishes.get(user) or ReminderPreferences(user_id=user)
        found = [Channel.MAIL] if wishes.mail_for(reminder.kind.key) == MailWhen.AT_ONCE else []
        return [*found, Channel.PUSH] if wishes.push_for(reminder.kind.key) and user in self.pushed else found


def _of_role(role: Role) -> list[int]:
    return list(User.objects.active().having_role(role).order_by("pk").values_list("pk", flat=True))


@dataclass
class Fired:
    """What a run told of: reminders by stage, and those that it had to set aside."""

    told: int = 0
    set_aside: int = 0

    def __iadd__(self, other: Fired) -> Fired:
        self.told += other.told
        self.set_aside += other.set_aside
        return self


def fire_due_reminders(*, now: datetime | None = None, batch: int = BATCH, most: int | None = None) -> Fired:
    """Tell of everything that is due, batch by batch; return how many. Any number of workers may run it at once.

    `now` is the database's clock, unless a test says another. `most` ends a run that others wait for.
    """
    done, people = Fired(), None
    while most is None or done.told < most:
        moment = _due(now)
        if moment is None:
            return done
        with transaction.atomic():
            claimed = _claim(moment, batch)
            if not claimed:
                return done
            people = people or People.read()
            done += _tell(claimed, people, moment)
    return done


_DUE = """
-- Whether anything is due, and by which clock: all that an empty tick asks. A stable function, or the index could not be used.
-- Index: reminder_to_fire.
SELECT COALESCE(%(now)s::timestamptz, statement_timestamp()) FROM reminders_reminder
WHERE fires_at <= COALESCE(%(now)s::timestamptz, statement_timestamp()) ORDER BY fires_at LIMIT 1
"""


def _due(now: datetime | None) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now})
        row = cursor.fetchone()
    return row[0] if row else None


_CLAIM = """
-- The next reminders of which somebody has to hear, locked for this transaction. Index: reminder_to_fire.
SELECT id FROM reminders_reminder WHERE fires_at <= %s ORDER BY fires_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""


def _claim(now: datetime, batch: int) -> list[Reminder]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, batch])
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return []
    names = ("owner_id", "stage", "occurrence", "due_at", "fires_at", "notice_minutes", "time_zone", "kind__key")
    return list(Reminder.objects.filter(pk__in=ids).select_related("kind").only(*names).order_by("fires_at", "pk"))


def _tell(claimed: Sequence[Reminder], people: People, now: datetime) -> Fired:
    """Write notices, outbox and what comes next of a batch; where one row can't be told of, each goes alone and that one aside.

    A database that is away, full, or in somebody's way says nothing about a row: then nothing is written, and the next
    tick finds everything as it was.
    """
    try:
        with transaction.atomic():
            _write([_told_of(one, people, now) for one in claimed], now)
        return Fired(told=len(claimed))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if len(claimed) == 1:
            logger.exception("a reminder could not be told of", reminder=claimed[0].pk)
            _set_aside(claimed[0])
            return Fired(set_aside=1)
    done = Fired()
    for one in claimed:
        done += _tell([one], people, now)
    return done


@dataclass(frozen=True)
class Told:
    """What telling of one reminder writes."""

    reminder: Reminder
    notices: list[Notice]
    deliveries: list[Delivery]
    next_stage: str
    next_at: datetime | None
    escalates: bool
    fires: bool


def _told_of(reminder: Reminder, people: People, now: datetime) -> Told:
    stage = Stage(reminder.stage)
    assert reminder.fires_at is not None  # it was claimed by it
    late = stage is not Stage.ESCALATION and now - reminder.fires_at > LATE
    recipients = people.heads_of(reminder) if stage is Stage.ESCALATION else people.act(reminder)
    about = {"reminder": reminder, "occurrence": reminder.occurrence, "stage": stage, "late": late}
    notices = [Notice(recipient_id=pk, at=now, **about) for pk in recipients]
    deliveries = [
        Delivery(recipient_id=pk, channel=channel, key=delivery_key(reminder, stage, channel, pk), try_at=now, created_at=now, **about)
        for pk in recipients
        for channel in people.channels_of(pk, reminder)
    ]
    next_stage, next_at = _what_comes_next(reminder, stage, people, now)
    return Told(reminder, notices, deliveries, next_stage, next_at, escalates=stage is Stage.ESCALATION, fires=stage is Stage.DUE)


def _what_comes_next(reminder: Reminder, stage: Stage, people: People, now: datetime) -> tuple[str, datetime | None]:
    if stage is Stage.NOTICE:
        return Stage.DUE, reminder.due_at
    if stage is Stage.DUE and people.settings.escalates:
        # whoever was not there to act is given the time from now on
        return Stage.ESCALATION, people.hours_of(reminder).after(max(now, reminder.due_at), people.settings.escalate_hours)
    return "", None


def delivery_key(reminder: Reminder, stage: str, channel: str, recipient: int) -> uuid.UUID:
    """Return the key of a delivery: the same for the same word to the same person, however often it is made."""
    return uuid.uuid5(_KEYS, f"{reminder.pk}:{reminder.occurrence}:{stage}:{channel}:{recipient}")


_NEXT = """
-- What comes next of the reminders that were told of.
UPDATE reminders_reminder r SET stage = n.stage, fires_at = n.fires_at,
  fired_at = CASE WHEN n.fires THEN %(now)s ELSE r.fired_at END,
  escalated_at = CASE WHEN n.escalates THEN %(now)s ELSE r.escalated_at END
FROM unnest(%(ids)s::bigint[], %(stages)s::text[], %(at)s::timestamptz[], %(fires)s::boolean[], %(escalates)s::boolean[])
  AS n (id, stage, fires_at, fires, escalates)
WHERE r.id = n.id
"""

_ESCALATED = """
INSERT INTO reminders_reminderact (reminder_id, act, at, by_id, facts)
SELECT n.id, 'escalated', %(now)s, NULL, jsonb_build_object('to', %(to)s::jsonb -> n.id::text) FROM unnest(%(ids)s::bigint[]) AS n (id)
"""


def _write(told: Sequence[Told], now: datetime) -> None:
    Notice.objects.bulk_create([one for each in told for one in each.notices], batch_size=1000, ignore_conflicts=True)
    Delivery.objects.bulk_create([one for each in told for one in each.deliveries], batch_size=1000, ignore_conflicts=True)
    columns: dict[str, Any] = {
        "ids": [one.reminder.pk for one in told],
        "stages": [str(one.next_stage) for one in told],
        "at": [one.next_at for one in told],
        "fires": [one.fires for one in told],
        "escalates": [one.escalates for one in told],
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {**columns, "now": now})
        if escalated := [one for one in told if one.escalates]:
            to = {str(one.reminder.pk): [notice.recipient_id for notice in one.notices] for one in escalated}
            cursor.execute(_ESCALATED, {"ids": [one.reminder.pk for one in escalated], "to": json.dumps(to), "now": now})


def _set_aside(reminder: Reminder) -> None:
    """A row that can't be told of stands in nobody's way; the administrator sees it among what was given up."""
    Reminder.objects.filter(pk=reminder.pk).update(fires_at=None, problem="could not be told of")
