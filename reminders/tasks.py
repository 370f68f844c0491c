"""Doors of the background to reminders."""

from celery import shared_task

from reminders.digest import send_due_digests
from reminders.engine.clock import note_pulse
from reminders.engine.delivering import deliver_waiting
from reminders.engine.firing import fire_due_reminders
from reminders.engine.loop import TICK
from reminders.services.inviting import tell_what_triggers_changed
from reminders.sweeping import sweep_old_word


@shared_task(name="reminders.fire", expires=10)
def fire() -> None:
    """Tell of what is due; send what came of it. Runs every ten seconds, in any number of places at once."""
    fire_due_reminders()
    note_pulse(TICK)
    deliver_waiting()


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
