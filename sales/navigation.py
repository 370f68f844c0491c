"""The figures beside the ledger's pages in the navigation."""

from __future__ import annotations

from typing import Any

from sales.models import Complaint, Document
from sales.periods import company_today
from sales.querysets import sees_own_profit
from ui.navigation import MOST

# Both read one client at a time along client_of_manager: a manager has hundreds of clients, the ledger millions of rows.


def count_overdue(user: Any) -> int | None:
    """Return how many sales of the clients in the own hands are overdue, counted as far as the figure goes."""
    from clients.models import Client

    own = Client.objects.visible_to(user).filter(manager=user).values("pk")
    return Document.objects.visible_to(user).sales().overdue(company_today()).filter(client__in=own)[: MOST + 1].count() or None


def count_unresolved(user: Any) -> int | None:
    """Return how many complaints of the clients in the own hands wait to be resolved."""
    from clients.models import Client

    own = Client.objects.visible_to(user).filter(manager=user).values("pk")
    return Complaint.objects.visible_to(user).unresolved().filter(client__in=own)[: MOST + 1].count() or None


def may_see_costs(user: Any) -> bool:
    """Whether the page of costs is for `user`: those of the own clients at least."""
    return sees_own_profit(user)
