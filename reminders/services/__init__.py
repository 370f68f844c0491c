"""All writes of reminders. Forms, API, rules and tasks call these, so no rule can be stepped around."""

from reminders.services.closing import cancel_reminder, complete_reminder, reopen_reminder
from reminders.services.moving import hand_back_reminders, hand_over_reminder, hand_over_reminders, snooze_reminder
from reminders.services.planning import change_reminder, plan_reminder
from reminders.services.putting_back import put_back_reminder

__all__ = [
    "cancel_reminder",
    "change_reminder",
    "complete_reminder",
    "hand_back_reminders",
    "hand_over_reminder",
    "hand_over_reminders",
    "plan_reminder",
    "put_back_reminder",
    "reopen_reminder",
    "snooze_reminder",
]
