"""Reading a reminder for a change. The order of locks is always: the client, then its reminder."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from clients.errors import FieldError, Merged, Refused, StaleVersion
from clients.models import Client
from reminders.models import Reminder, ReminderAct, State


def lock_reminder(
    *, user: User, reminder_id: int, version: int | None = None, closed_too: bool = False, undoes: int | None = None
) -> Reminder:
    """Return the reminder locked for a change by `user`, with its client locked before it.

    Whoever did the act `undoes` may take it back, though the reminder is another's by now.

    Raises `Reminder.DoesNotExist` if it may not even be seen, `PermissionDenied` if it may only be read, `Refused` if it
    was closed meanwhile (unless `closed_too`), `StaleVersion` if `version` is given and no longer the current one.
    """
    seen = Reminder.objects.visible_to(user).get(pk=reminder_id)
    client = Client.objects.select_for_update(of=("self",), no_key=True).get(pk=seen.client_id)
    reminder: Reminder = Reminder.objects.select_related("kind").select_for_update(of=("self",)).get(pk=reminder_id)
    if reminder.client_id != client.pk:  # a merge moved it between the two reads
        raise StaleVersion(reminder)
    reminder.client = client
    if client.merged_into is not None:
        raise Merged(client, client.merged_into)
    own_act = undoes is not None and ReminderAct.objects.filter(pk=undoes, reminder=reminder_id, by=user).exists()
    if not (own_act or Reminder.objects.editable_by(user).filter(pk=reminder_id).exists()):
        raise PermissionDenied
    if not (reminder.is_open or closed_too):
        raise Refused([FieldError("reminder", "closed", closed_already(reminder))])
    if version is not None and reminder.version != version:
        raise StaleVersion(reminder)
    return reminder


def closed_already(reminder: Reminder) -> str:
    """Return who closed `reminder`, in words."""
    if reminder.state == State.ASLEEP:
        return _("Its client is archived; bring it back first.")
    who = reminder.closed_by
    if reminder.state == State.DONE:
        return _("%(who)s has done this already.") % {"who": who} if who else _("This is done already.")
    return _("%(who)s has cancelled this.") % {"who": who} if who else _("This was cancelled.")
