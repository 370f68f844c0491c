"""Panels of the client card that other apps bring: money, deals, the rating. They register in their `apps.py`.

card_panels.register(Panel("money", "sales/card_money.html", context=money_of, permission="sales.view_sale"))
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from clients.models import Client


@dataclass(frozen=True)
class Panel:
    """A panel: its template draws one `<section class="panel">` from what `context(client, user)` returns.

    `context` returns None where there is nothing to show. `column` is 1 to 3 on a wide screen, `order` (1–8) its place
    among the others on a phone (see look.md, "o1" to "o8"). Whoever lacks `permission` doesn't get it.
    `follows` names the parts of the card ("next", "timeline") after whose change the panel is drawn anew, where it stands:
    its template says hx-swap-oob where it gets `oob`.
    """

    key: str
    template: str
    context: Callable[[Client, User], dict[str, Any] | None]
    permission: str = "clients.view_client"
    column: int = 3
    order: int = 5
    follows: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ShownPanel:
    """A panel for one client, ready to be drawn."""

    panel: Panel
    context: dict[str, Any]


_panels: dict[str, Panel] = {}


def register(panel: Panel) -> None:
    """Put `panel` on every card; called by apps in `ready`. A key registered twice is a mistake."""
    if _panels.setdefault(panel.key, panel) is not panel:
        raise ValueError(f"the card panel {panel.key} is registered twice")


def panels_for(client: Client, user: User, *, following: Collection[str] | None = None) -> list[ShownPanel]:
    """Return the panels that `user` sees on the card of `client`, in the order of their registration.

    With `following`, only those that follow one of these parts of the card.
    """
    shown = []
    for panel in _panels.values():
        if following is not None and panel.follows.isdisjoint(following):
            continue
        if user.has_perm(panel.permission):
            context = panel.context(client, user)
            if context is not None:
                shown.append(ShownPanel(panel, context))
    return shown
