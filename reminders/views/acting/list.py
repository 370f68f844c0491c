"""The list of reminders."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from reminders.filters import ReminderFilters
from reminders.models import Reminder
from reminders.tables import DEFAULT_COLUMNS, SORTS, ReminderTable
from reminders.views.acting.list_actions import ACTIONS
from ui.lists import ListPage

SHOWN = [
    *("client", "kind", "subject", "due_at", "on_day", "at_time", "owner", "state", "contact", "place", "repeats", "rule", "note"),
    *("closed_at", "closed_because", "is_promise", "client__full_name", "client__short_name", "client__manager", "client__phones"),
    *("kind__key", "kind__name", "kind__icon", "owner__full_name", "owner__username", "contact__full_name", "rule__name"),
]
"""What the cells read."""


def with_what_is_shown(rows: models.QuerySet[Reminder]) -> models.QuerySet[Reminder]:
    return rows.select_related("client", "kind", "owner", "contact", "rule").only(*SHOWN)


def visible(user: Any) -> models.QuerySet[Reminder]:
    return Reminder.objects.visible_to(user)


REMINDERS = ListPage(
    key="reminders",
    url_name="reminders:list",
    title=_("Reminders"),
    whole=_("All open"),
    rows=visible,
    load=with_what_is_shown,
    table=ReminderTable,
    filters=ReminderFilters,
    sorts=SORTS,
    default_columns=DEFAULT_COLUMNS,
    share_permission="clients.share_view",
    export_permission="clients.export_client",
    bulk=ACTIONS,
    template="reminders/list/page.html",
    nothing_yet=_("Nothing is promised"),
    nothing_text=_("Plan a reminder on the card of a client."),
)
