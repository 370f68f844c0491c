"""The list of reminders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from accounts.access import requires
from reminders.filters import ReminderFilters
from reminders.models import Reminder
from reminders.tables import DEFAULT_COLUMNS, OWNER, SORTS, ReminderTable
from reminders.views.acting.answering import find_reminder
from reminders.views.acting.list_actions import ACTIONS
from ui.lists import Column, ListPage, ListState, RowActs, ShippedView
from ui.lists.filters import ME

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SHOWN = [
    *("client", "kind", "subject", "due_at", "on_day", "at_time", "owner", "state", "contact", "place", "repeats", "rule", "note"),
    *("closed_at", "closed_because", "is_promise", "client__full_name", "client__short_name", "client__phones"),
    *("kind__key", "kind__name", "kind__icon", "owner__full_name", "owner__username", "contact__full_name", "rule__name"),
]
"""What the cells read."""


def with_what_is_shown(rows: models.QuerySet[Reminder]) -> models.QuerySet[Reminder]:
    return rows.select_related("client", "kind", "owner", "contact", "rule").only(*SHOWN)


def visible(user: Any) -> models.QuerySet[Reminder]:
    return Reminder.objects.visible_to(user)


def may_act(user: Any, ids: Sequence[int]) -> set[int]:
    """Return those of `ids` that `user` may close, move and hand over."""
    return set(Reminder.objects.editable_by(user).open().filter(pk__in=ids).values_list("pk", flat=True))


def owner_where_asked_for(state: ListState) -> dict[str, Column]:
    """Where all are one's own, a phone needs no word of whose each is."""
    return {"owner": OWNER["desk"]} if state.filters.values.get("owner") == [ME] else {"owner": OWNER["owner"]}


MINE = ShippedView(
    "mine", pgettext_lazy("reminders", "Mine"), f"owner={ME}", lambda user: not user.has_perm("reminders.see_team_reminders")
)
"""What a manager opens the list for; those who look after others open it on everybody's."""

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
    row_acts=RowActs("reminders/list/acts_cell.html", may_act),
    shipped=[MINE],
    more_columns=owner_where_asked_for,
    template="reminders/list/page.html",
    nothing_yet=_("Nothing is promised"),
    nothing_text=_("Plan a reminder on the card of a client."),
)


@requires("reminders.change_reminder")
@require_GET
def acts(request: SignedInRequest, pk: int) -> HttpResponse:
    """What else can be done with one reminder of the list: the small window beside its row."""
    return render(request, "reminders/list/acts_menu.html", {"reminder": find_reminder(request, pk)})
