"""All writes of reminders. Forms, API, rules and tasks call these, so no rule can be stepped around."""

from reminders.services.closing import cancel_reminder, complete_reminder, reopen_reminder
from reminders.services.many import cancel_each, hand_over_each, snooze_each, undo_each
from reminders.services.moving import hand_back_reminders, hand_over_reminder, hand_over_reminders, snooze_reminder
from reminders.services.planning import change_reminder, plan_reminder
from reminders.services.projects import finish_work, undo_finish
from reminders.services.undoing import undo_act

__all__ = [
    "cancel_each",
    "cancel_reminder",
    "change_reminder",
    "complete_reminder",
    "finish_work",
    "hand_back_reminders",
    "hand_over_each",
    "hand_over_reminder",
    "hand_over_reminders",
    "plan_reminder",
    "reopen_reminder",
    "snooze_each",
    "snooze_reminder",
    "undo_act",
    "undo_each",
    "undo_finish",
]
