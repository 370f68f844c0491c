"""Doors of the background to reminders."""

from celery import shared_task

from reminders.engine.clock import note_pulse
from reminders.engine.delivering import deliver_waiting
from reminders.engine.firing import fire_due_reminders
from reminders.engine.loop import TICK
from reminders.services.inviting import tell_what_triggers_changed


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
