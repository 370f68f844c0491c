"""Reminders: what was promised to whom by when, what came of it, and how people hear of it."""

from reminders.models.deliveries import Channel, Delivery, DeliveryState, Notice
from reminders.models.hearing import PushDevice, PushKeys, ReminderDigest
from reminders.models.invitations import Invitation
from reminders.models.kinds import ReminderKind
from reminders.models.reminders import Act, Reminder, ReminderAct, Stage, State
from reminders.models.rules import ReminderRule
from reminders.models.settings import CalendarFeed, MailWhen, ReminderPreferences, ReminderPulse, ReminderSettings

__all__ = [
    "Act",
    "CalendarFeed",
    "Channel",
    "Delivery",
    "DeliveryState",
    "Invitation",
    "MailWhen",
    "Notice",
    "PushDevice",
    "PushKeys",
    "Reminder",
    "ReminderAct",
    "ReminderDigest",
    "ReminderKind",
    "ReminderPreferences",
    "ReminderPulse",
    "ReminderRule",
    "ReminderSettings",
    "Stage",
    "State",
]
