"""Delivering: what waits in the outbox is leased, sent under its key, and marked.

A lease is a promise to be back: `try_at` is put ahead before anything is sent, in a transaction of its own. Who dies
leaves a row that is taken up again when the lease is over, under the same key, so that a receiver tells the repeat.
The moment at which a lease ends is unlike any other, and so the sign by which its holder knows that it still has it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F

from reminders.engine.clock import database_now
from reminders.engine.quiet import quiet_until
from reminders.models import Channel, Delivery, DeliveryState, ReminderPreferences, Stage, State
from reminders.querysets import DeliveryQuerySet

LEASE = timedelta(seconds=40)
"""Longer than the mail server may take to answer."""
BATCH = 20
RETRY_AFTER = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8)]
"""After so many failures it is given up; the administrator sees it and may try again."""
MOST_TRIES = len(RETRY_AFTER) + 1
_FRESH_SECONDS = 2.0
"""What was read with the lease so long ago is read again before it is sent: the reminder may be done by now."""

logger = structlog.get_logger(__name__)

Sender = Callable[[Delivery], None]
"""Sends one delivery; raises whatever went wrong."""

_senders: dict[str, Sender] = {}
_after: dict[str, Callable[[], None]] = {}


class NotWanted(Exception):
    """The recipient has no address of this channel any more, or wants to hear of this kind by it no longer."""


def register_sender(channel: Channel, sender: Sender, *, after: Callable[[], None] = lambda: None) -> None:
    """Make a way out known, and what ends a run of it; registering a channel again replaces it."""
    _senders[channel] = sender
    _after[channel] = after


@dataclass
class Delivered:
    """What a run did with the outbox."""

    sent: int = 0
    failed: int = 0
    put_off: int = 0
    dropped: int = 0

    @property
    def touched(self) -> int:
        return self.sent + self.failed + self.put_off + self.dropped


def deliver_waiting(*, now: datetime | None = None, batch: int = BATCH, most: int | None = None, seconds: float | None = None) -> Delivered:
    """Send what waits; return how many. Any number of workers may run it at once; one bad row delays no other.

    After `most` of them, or after `seconds`, no more are taken up: whoever called may have other things to do.
    """
    done = Delivered()
    try:
        _deliver(done, now, batch, most, seconds)
    finally:
        for end in _after.values():
            end()
    return done


def _deliver(done: Delivered, now: datetime | None, batch: int, most: int | None, seconds: float | None) -> None:
    began = time.monotonic()
    while (most is None or done.touched < most) and (seconds is None or time.monotonic() - began < seconds):
        leased = _lease(now, batch)
        if not leased:
            return
        read_at = time.monotonic()
        for delivery in leased:
            _handle(delivery, now or database_now(), done, fresh=time.monotonic() - read_at < _FRESH_SECONDS)


_LEASE = """
-- The next of the outbox; whoever else asks meanwhile skips them, and after the lease anybody may take them up. Index: delivery_waiting.
UPDATE reminders_delivery SET try_at = COALESCE(%(now)s::timestamptz, statement_timestamp()) + %(lease)s::interval
WHERE id IN (
  SELECT id FROM reminders_delivery WHERE state = 'waiting' AND try_at <= COALESCE(%(now)s::timestamptz, statement_timestamp())
  ORDER BY try_at, id LIMIT %(batch)s
  FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def _lease(now: datetime | None, batch: int) -> list[Delivery]:
    with connection.cursor() as cursor:
        cursor.execute(_LEASE, {"now": now, "lease": str(LEASE), "batch": batch})
        ids = [row[0] for row in cursor.fetchall()]
    return list(Delivery.objects.filter(pk__in=ids).select_related(*RELATED).order_by("try_at", "pk")) if ids else []


RELATED = (
    "recipient",
    "recipient__reminder_preferences",
    "reminder__client",
    "reminder__contact",
    "reminder__kind",
    "reminder__owner",
    "reminder__rule",
)


def _handle(delivery: Delivery, now: datetime, done: Delivered, *, fresh: bool) -> None:
    if not _renew(delivery, now):
        return  # those before it took so long that somebody else has it now
    if delivery.tries > MOST_TRIES:  # each time whoever sent it died of it: the next one shall not
        done.failed += _end(delivery, DeliveryState.DEAD, now, problem="each process that sent it ended before it was done")
        return
    try:
        if not fresh:
            delivery = Delivery.objects.select_related(*RELATED).get(pk=delivery.pk)
        if not is_wanted(delivery):
            done.dropped += _end(delivery, DeliveryState.DROPPED, now)
        elif (until := quiet_until(delivery, ReminderPreferences.of(delivery.recipient), now)) is not None:
            done.put_off += _put_off(delivery, until)
        else:
            _senders[delivery.channel](delivery)
            done.sent += _end(delivery, DeliveryState.SENT, now)
    except (OperationalError, InterfaceError):
        raise  # the database is away, and with it the place to note anything: the lease ends by itself
    except (NotWanted, Delivery.DoesNotExist):
        done.dropped += _end(delivery, DeliveryState.DROPPED, now)
    except Exception as problem:
        done.failed += _note_failure(delivery, problem, now)


def _renew(delivery: Delivery, now: datetime) -> int:
    """Begin the lease anew, unless it is over, and count the try: rows of a batch go one after another.

    A try is counted here and not with the lease, so that whoever dies over one row has not used up the tries of those behind it.
    """
    until = now + LEASE
    mine = Delivery.objects.waiting().filter(pk=delivery.pk, try_at=delivery.try_at, try_at__gt=now)
    renewed = mine.update(try_at=until, tries=F("tries") + 1)
    delivery.try_at, delivery.tries = until, delivery.tries + 1
    return renewed


def is_wanted(delivery: Delivery) -> bool:
    """Whether what it tells of is still so: the reminder is open, not put off since, and still the recipient's to act on."""
    reminder, recipient = delivery.reminder, delivery.recipient
    if reminder.state != State.OPEN or reminder.occurrence != delivery.occurrence or not recipient.is_active:
        return False
    if delivery.stage == Stage.ESCALATION or reminder.owner is None or not reminder.owner.is_active:
        return True
    return reminder.owner_id == recipient.pk


def _end(delivery: Delivery, state: DeliveryState, now: datetime, *, problem: str = "") -> int:
    """Mark it; a row that another worker ended meanwhile (its lease had run out) stays as that one left it."""
    return Delivery.objects.waiting().filter(pk=delivery.pk).update(state=state, ended_at=now, problem=problem)


def _put_off(delivery: Delivery, until: datetime) -> int:
    return _held(delivery).update(try_at=until, tries=delivery.tries - 1)


def _held(delivery: Delivery) -> DeliveryQuerySet:
    """The row while the lease is still ours: whoever took it up since has another."""
    return Delivery.objects.waiting().filter(pk=delivery.pk, try_at=delivery.try_at)


def _note_failure(delivery: Delivery, problem: Exception, now: datetime) -> int:
    gave_up = delivery.tries >= MOST_TRIES
    said = f"{type(problem).__name__}: {problem}"[:300]
    # an address may stand in the problem: it goes to the database, not to the log
    about = {"delivery": delivery.pk, "tries": delivery.tries, "gave_up": gave_up}
    logger.warning("word of a reminder not delivered", problem=type(problem).__name__, **about)
    changes = {"state": DeliveryState.DEAD, "ended_at": now} if gave_up else {"try_at": now + RETRY_AFTER[delivery.tries - 1]}
    return _held(delivery).update(problem=said, **changes)
