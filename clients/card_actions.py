"""What other apps let one do from the menu of a client card. They register in their `apps.py`.

card_actions.register(CardAction("finish", _("Work finished…"), "check", "reminders:finish_work", "reminders.add_reminder"))
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from accounts.models import User


@dataclass(frozen=True)
class CardAction:
    """An entry of the menu: it opens the dialog at `url_name` (with the client's id).

    Whoever may change the client and has `permission` sees it.
    """

    key: str
    label: str | Promise
    icon: str
    url_name: str
    permission: str


_actions: dict[str, CardAction] = {}


def register(action: CardAction) -> None:
    """Put `action` into the menu of every card; called by apps in `ready`. A key registered twice is a mistake."""
    if _actions.setdefault(action.key, action) is not action:
        raise ValueError(f"the card action {action.key} is registered twice")


def actions_for(user: User) -> list[CardAction]:
    """Return the entries that `user` sees, in the order of their registration."""
    return [action for action in _actions.values() if user.has_perm(action.permission)]
