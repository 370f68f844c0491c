"""One tick of the engine, and a loop of ticks that needs no broker."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import Error as DatabaseError
from django.db import close_old_connections

from reminders.engine.clock import database_now, note_pulse
from reminders.engine.delivering import Delivered, deliver_waiting
from reminders.engine.firing import Fired, fire_due_reminders
from reminders.models import ReminderPulse
from reminders.rules.running import PULSE, run_rules

TICK = "reminders.tick"
SECONDS = 10.0
RULES_EVERY = timedelta(minutes=15)
_LONGEST_PAUSE = 5.0

logger = structlog.get_logger(__name__)


def tick() -> tuple[Fired, Delivered]:
    """Tell of what is due and send what waits. Cheap when there is nothing; harmless beside any number of others."""
    fired = fire_due_reminders()
    delivered = deliver_waiting()
    note_pulse(TICK)
    if fired.told or delivered.touched:
        logger.info("reminders", told=fired.told, set_aside=fired.set_aside, sent=delivered.sent, failed=delivered.failed)
    return fired, delivered


def run_rules_when_due() -> None:
    """Run the rules where nobody has for a quarter of an hour: without a broker there is no beat that would."""
    last = ReminderPulse.objects.filter(name=PULSE).values_list("at", flat=True).first()
    if last is None or database_now() - last >= RULES_EVERY:
        run_rules()


def run_forever(*, seconds: float = SECONDS, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Tick until `goes_on` says no. A database that is away is waited for."""
    failures = 0
    while goes_on():
        started = time.monotonic()
        try:
            tick()
            run_rules_when_due()
            failures = 0
        except DatabaseError as problem:
            failures += 1
            logger.warning("the database does not answer; trying again", problem=type(problem).__name__)
        finally:
            close_old_connections()
        pause = min(failures, _LONGEST_PAUSE) if failures else max(0.0, seconds - (time.monotonic() - started))
        until = time.monotonic() + pause
        while goes_on() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.5))
