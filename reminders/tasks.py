"""Doors of the background to reminders. They have a queue and a worker of their own, so that no long task stands before them.

Their messages have no time at which they expire: it would be read by the clock of whichever host takes them up, and a
worker whose clock is ahead would throw all of them away. What piles up while no worker runs is worked off at once, since
a tick just after another is none. They are acknowledged early: rows remember what is to be done, and a worker that holds
messages unacknowledged dies when the broker goes away under it (kombu can't give them back).
"""

from threading import BoundedSemaphore

from celery import shared_task

from clients.waking import wake_soon
from reminders.digest import send_due_digests
from reminders.engine.clock import note_pulse, ticked_within
from reminders.engine.delivering import deliver_waiting
from reminders.engine.firing import fire_due_reminders
from reminders.engine.loop import DELIVER_SECONDS, TICK
from reminders.engine.zones import follow_zone_rules
from reminders.rules.running import run_rules
from reminders.services.inviting import tell_what_triggers_changed
from reminders.sweeping import sweep_old_word

_sending = BoundedSemaphore(2)
"""Of a worker's threads: a mail server that hangs holds these, and never the one that tells of what is due."""


@shared_task(name="reminders.fire", acks_late=False)
def fire(*, at_once: bool = False) -> None:
    """Tell of what is due. Runs every ten seconds, and `at_once` after a commit; in any number of places at the same time."""
    if not at_once and ticked_within(TICK, seconds=1):
        return
    fired = fire_due_reminders()
    note_pulse(TICK)
    if fired.told:
        wake_soon(deliver)


@shared_task(name="reminders.deliver", acks_late=False)
def deliver() -> None:
    """Send what waits to leave; after some seconds the next run goes on."""
    if not _sending.acquire(blocking=False):
        return  # others of this process are at it
    try:
        deliver_waiting(seconds=DELIVER_SECONDS)
    finally:
        _sending.release()


@shared_task(name="reminders.zones", acks_late=False)
def zones() -> None:
    """Follow the rules of time zones where they have changed."""
    follow_zone_rules()


@shared_task(name="reminders.invite", expires=60)
def invite() -> None:
    """Tell guests of meetings what no service told them."""
    tell_what_triggers_changed()


@shared_task(name="reminders.digests", expires=300)
def digests() -> None:
    """Send the morning's mail to everybody whose time has come. Runs every five minutes."""
    send_due_digests()


@shared_task(name="reminders.sweep")
def sweep() -> None:
    """Forget old notices, deliveries, mornings and devices. Runs once in six hours."""
    sweep_old_word()


@shared_task(name="reminders.rules")
def rules() -> None:
    """Make what rules make. Runs each quarter of an hour and after a change of rules, in any number of places at once."""
    run_rules()
