"""Doors of the background to reminders."""

from celery import shared_task

from reminders.engine.clock import note_pulse
from reminders.engine.delivering import deliver_waiting
from reminders.engine.firing import fire_due_reminders
from reminders.engine.loop import TICK
from reminders.rules.running import run_rules


@shared_task(name="reminders.fire", expires=10)
def fire() -> None:
    """Tell of what is due; send what came of it. Runs every ten seconds, in any number of places at once."""
    fire_due_reminders()
    note_pulse(TICK)
    deliver_waiting()


@shared_task(name="reminders.rules")
def rules() -> None:
    """Make what rules make. Runs each quarter of an hour and after a change of rules, in any number of places at once."""
    run_rules()
