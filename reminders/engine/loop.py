"""One tick of the engine, and a loop of ticks that needs no broker."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.db import Error as DatabaseError
from django.db import close_old_connections

from reminders.engine.clock import note_pulse
from reminders.engine.delivering import Delivered, deliver_waiting
from reminders.engine.firing import Fired, fire_due_reminders
from reminders.services.inviting import tell_what_triggers_changed

TICK = "reminders.tick"
SECONDS = 10.0
_LONGEST_PAUSE = 5.0
_GUESTS_EVERY = 60.0

logger = structlog.get_logger(__name__)


def tick() -> tuple[Fired, Delivered]:
    """Tell of what is due and send what waits. Cheap when there is nothing; harmless beside any number of others."""
    fired = fire_due_reminders()
    note_pulse(TICK)  # before what waits for mail servers: a slow one does not make the tick late
    delivered = deliver_waiting()
    if fired.told or delivered.touched:
        logger.info("reminders", told=fired.told, set_aside=fired.set_aside, sent=delivered.sent, failed=delivered.failed)
    return fired, delivered


def run_forever(*, seconds: float = SECONDS, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Tick until `goes_on` says no. A database that is away is waited for."""
    failures, guests_told = 0, 0.0
    while goes_on():
        started = time.monotonic()
        try:
            tick()
            if started - guests_told >= _GUESTS_EVERY:
                tell_what_triggers_changed()
                guests_told = started
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
