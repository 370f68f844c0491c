"""What happens to the reminders of a user who leaves (registered with `accounts.deactivation`).

Those that follow the client's manager have gone with the clients before; left are the leaver's own, and those that
colleagues do for the leaver.
"""

from __future__ import annotations

from datetime import date

from django.db.models import F
from django.utils.translation import ngettext

from accounts import deactivation
from accounts.models import User
from reminders.models import Reminder, State
from reminders.services import hand_over_reminders


def register_departures() -> None:
    """Make them known (called when the app is ready)."""
    deactivation.register(key="reminders", say=say_reminders, count=count_reminders_of, hand_over=hand_over_reminders_of)


def say_reminders(number: int) -> str:
    """Return "7 reminders"."""
    return ngettext("%(number)d reminder", "%(number)d reminders", number) % {"number": number}


def count_reminders_of(user: User) -> int:
    """Return how many open reminders `user` has to act on."""
    return Reminder.objects.open().owned_by(user).count()


def hand_over_reminders_of(*, by: User, leaver: User, successor: User) -> int:
    """Put the leaver's open reminders into the successor's hands; return how many.

    Those of archived clients go along asleep, and what colleagues do for the leaver goes back to the successor one day.
    """
    moved = hand_over_reminders(user=by, owner_id=leaver.pk, to_id=successor.pk, first=date.min, last=date.max, for_good=True)
    Reminder.objects.filter(owner=leaver, state=State.ASLEEP).update(owner=successor, version=F("version") + 1)
    Reminder.objects.filter(stands_in_for=leaver, state__in=[State.OPEN, State.ASLEEP]).update(stands_in_for=successor)
    return moved
