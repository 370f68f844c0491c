"""The panel "Reminders" of a client card."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accounts.models import User
from clients.models import Client
from reminders.models import Reminder

_OPEN, _CLOSED = 20, 5


@dataclass(frozen=True)
class Line:
    """One reminder of the panel, and whether the reader may act on it."""

    reminder: Reminder
    may_act: bool


@dataclass
class ReminderPanel:
    """The open reminders of one client, the soonest first, and the last that were closed."""

    client: Client
    user: User

    @cached_property
    def open(self) -> list[Line]:
        return [Line(one, self._may_act(one)) for one in self._found[:_OPEN]]

    @property
    def more(self) -> int:
        """How many of them have no room here (counted up to a hundred)."""
        return Reminder.objects.open().filter(client=self.client)[_OPEN : _OPEN + 100].count() if len(self._found) > _OPEN else 0

    @cached_property
    def _found(self) -> list[Reminder]:
        return list(Reminder.objects.visible_to(self.user).open().filter(client=self.client).for_panel().soonest_first()[: _OPEN + 1])

    @cached_property
    def closed(self) -> list[Reminder]:
        rows = Reminder.objects.visible_to(self.user).filter(client=self.client, state__in=["done", "cancelled"])
        return list(rows.for_panel().order_by("-closed_at")[:_CLOSED])

    @cached_property
    def may_plan(self) -> bool:
        """Whoever may change the client plans here, and whoever has promised something already."""
        if self.client.archived_at is not None or not self.user.has_perm("reminders.add_reminder"):
            return False
        return self._edits_client or any(one.owner_id == self.user.pk for one in self._found)

    @property
    def _edits_client(self) -> bool:
        return bool(getattr(self.client, "is_editable", False))

    def _may_act(self, reminder: Reminder) -> bool:
        if self.client.archived_at is not None or not self.user.has_perm("reminders.change_reminder"):
            return False
        return self._edits_client or reminder.owner_id == self.user.pk or self.user.has_perm("reminders.change_any_reminder")


def panel_of(client: Client, user: User) -> dict[str, Any]:
    """Return what the panel of `client` draws for `user`."""
    return {"reminders": ReminderPanel(client, user)}
