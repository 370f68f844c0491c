"""The columns of the list of reminders, on the page and in an export."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from reminders.models import Reminder
from reminders.recurrence import in_words
from ui.lists import Column, Sort, Table

SORTS = [
    Sort("due", _("due"), ("due_at", "pk"), index="reminder_by_due"),
    Sort("client", _("client"), ("client__sort_name", "client_id", "due_at", "pk"), index="client_by_name", bounded=True),
]

DEFAULT_COLUMNS = ["client", "what", "due", "owner"]


def _state(reminder: Reminder) -> str:
    return str(capfirst(reminder.get_state_display()))


def _owner(css: str) -> Column:
    return Column(_("Who acts"), accessor="owner", cell="reminders/list/owner_cell.html", css=css, alike=lambda reminder: reminder.owner_id)


OWNER = {css: _owner(css) for css in ("owner", "desk")}
"""Who acts: shown on a phone too, and not (`desk`)."""


class ReminderTable(Table):
    client = Column(_("Client"), cell="reminders/list/client_cell.html", css="name", sort="client", fixed=True)
    what = Column(
        _("What"),
        accessor="subject",
        cell="reminders/list/what_cell.html",
        css="fact cut what",
        exports=[(_("Kind"), lambda reminder: reminder.kind), (_("Why"), lambda reminder: reminder.subject)],
    )
    due = Column(_("Due"), accessor="due_at", cell="reminders/list/due_cell.html", css="nextstep", sort="due")
    owner = OWNER["owner"]
    state = Column(
        _("State"),
        cell="reminders/list/state_cell.html",
        css="signs",
        alike=lambda reminder: reminder.state,
        exports=[(_("State"), _state)],
    )
    contact = Column(_("With"), css="fact cut")
    place = Column(_("Place"), css="fact cut")
    repeats = Column(
        _("Repeat"),
        css="fact cut",
        draw=lambda reminder: in_words(reminder.repeats),
        exports=[(_("Repeat"), lambda reminder: reminder.repeats)],
    )
    rule = Column(_("Rule"), css="fact cut")
    note = Column(_("Note"), css="fact cut")
    closed = Column(
        _("Closed because"),
        accessor="closed_because",
        css="fact cut",
        exports=[(_("Closed at"), lambda reminder: reminder.closed_at), (_("Closed because"), lambda reminder: reminder.closed_because)],
    )

    class Meta(Table.Meta):
        model = Reminder
        fields: ClassVar[list[str]] = []

    @classmethod
    def name_of(cls, record: Any) -> str:
        return str(record.client)
