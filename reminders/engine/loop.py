"""One tick of the engine, and a loop of ticks that needs no broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from django.db import close_old_connections, connection

from reminders.engine.clock import note_pulse
from reminders.engine.delivering import Delivered, deliver_waiting
from reminders.engine.firing import Fired, fire_due_reminders
from reminders.engine.zones import follow_zone_rules

TICK = "reminders.tick"
SECONDS = 10.0
DELIVER_SECONDS = 20.0
"""So long one run sends before it lets the next one begin."""
_LONGEST_PAUSE = 5.0

logger = structlog.get_logger(__name__)


def tick() -> tuple[Fired, Delivered]:
    """Tell of what is due and send what waits. Cheap when there is nothing; harmless beside any number of others."""
    return tell(), send()


def tell() -> Fired:
    """Tell of what is due."""
    fired = fire_due_reminders()
    note_pulse(TICK)
    if fired.told or fired.set_aside:
        logger.info("reminders told of", told=fired.told, set_aside=fired.set_aside)
    return fired


def send() -> Delivered:
    """Send what waits to leave."""
    delivered = deliver_waiting(seconds=DELIVER_SECONDS)
    if delivered.touched:
        logger.info("reminders sent", sent=delivered.sent, failed=delivered.failed, put_off=delivered.put_off, dropped=delivered.dropped)
    return delivered


def rounds() -> list[tuple[Callable[[], object], float]]:
    """Return what comes round more rarely, with the seconds between: beat does the same by the clock, and both do no harm."""
    from reminders.digest import send_due_digests
    from reminders.rules.running import run_due_rules
    from reminders.services.inviting import tell_what_triggers_changed
    from reminders.sweeping import sweep_old_word

    return [
        (tell_what_triggers_changed, 60.0),
        (follow_zone_rules, 300.0),
        (send_due_digests, 300.0),
        (run_due_rules, 60.0),
        (sweep_old_word, 6 * 3600.0),
    ]


def run_forever(*, seconds: float = SECONDS, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Tick until `goes_on` says no. A database that is away is waited for.

    Sending goes in a thread of its own: a mail server that hangs keeps nobody from hearing in the browser. So does what
    comes round more rarely, the rules and the morning's mail among it.
    """
    woken = threading.Event()
    sender = threading.Thread(target=_repeat, args=(send, seconds, goes_on), kwargs={"woken": woken}, name="sender", daemon=True)
    sender.start()
    threading.Thread(target=_go_rounds, args=(goes_on,), name="rounds", daemon=True).start()

    def told() -> None:
        if tell().told:
            woken.set()

    _repeat(told, seconds, goes_on)
    sender.join(DELIVER_SECONDS)


def _go_rounds(goes_on: Callable[[], bool]) -> None:
    jobs = rounds()
    due = [0.0] * len(jobs)
    while goes_on():
        for number, (job, every) in enumerate(jobs):
            if time.monotonic() >= due[number]:
                due[number] = time.monotonic() + (every if _attempt(job) else _LONGEST_PAUSE)
        time.sleep(0.5)


def _repeat(job: Callable[[], object], seconds: float, goes_on: Callable[[], bool], woken: threading.Event | None = None) -> None:
    """Do `job` every so many `seconds`, sooner when `woken`; after a failure again soon, whatever it was."""
    failures = 0
    while goes_on():
        started = time.monotonic()
        if woken is not None:
            woken.clear()
        failures = 0 if _attempt(job) else failures + 1
        pause = min(failures, _LONGEST_PAUSE) if failures else max(0.0, seconds - (time.monotonic() - started))
        until = time.monotonic() + pause
        while goes_on() and (left := until - time.monotonic()) > 0:
            if woken is None:
                time.sleep(min(left, 0.5))
            elif woken.wait(min(left, 0.5)) and not failures:
                break


def _attempt(job: Callable[[], object]) -> bool:
    """Do `job` on a connection that lives. A loop that ended of one failure would lose everything that comes after it."""
    try:
        close_old_connections()
        job()
    except Exception as problem:
        # what a database that is away says is no news; its text may hold values, so only its kind goes to the log
        logger.warning("the engine could not do its work; trying again", problem=type(problem).__name__, job=getattr(job, "__name__", ""))
        return False
    finally:
        connection.close()
    return True
