"""All reads of the ledger, named for what they mean or the page they serve."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from sales.models import Complaint, Cost, CostPool, Document, PoolWeight  # noqa: F401  named as text in the base classes below


def may_see_profit(user: User | AnonymousUser) -> bool:
    """Whether `user` sees costs and profit of the whole company."""
    return user.is_active and user.has_perm("sales.see_profit")


def sees_own_profit(user: User | AnonymousUser) -> bool:
    """Whether `user` sees costs and profit of the clients in the own hands at least."""
    from sales.models import LedgerSettings

    return may_see_profit(user) or (
        user.is_active and user.has_perm("sales.view_document") and LedgerSettings.current().managers_see_profit
    )


def may_see_profit_of(user: User | AnonymousUser, client_id: int | None) -> bool:
    """Whether `user` sees costs and profit of one client (None: of money without a client)."""
    from clients.models import Client

    if may_see_profit(user):
        return True
    if client_id is None or not sees_own_profit(user):
        return False
    return Client.objects.visible_to(user).in_hands_of(user).filter(pk=client_id).exists()


def with_visible_profit(user: User | AnonymousUser) -> Q:
    """Return the condition of the rows (with a `client`) of which `user` sees what they cost and earn.

    One access rule in one place: management's numbers are for management; a manager sees those of the clients in the own
    hands where the company says so.
    """
    from clients.models import Client

    if may_see_profit(user):
        return Q()
    if not sees_own_profit(user):
        return Q(pk__in=[])
    return Q(client__in=Client.objects.visible_to(user).in_hands_of(user).values("pk"))


def _editable(user: User | AnonymousUser) -> Q:
    """Return the condition of the rows that `user` may write: of everybody, or of the clients that one may change."""
    from clients.models import Client

    if user.has_perm("sales.change_any_document"):
        return Q()
    return Q(client__in=Client.objects.editable_by(user).values("pk"))


class DocumentQuerySet(models.QuerySet["Document"]):
    """Documents. Every read that serves a person starts with `visible_to`, every write with `editable_by`.

    What a document cost is another matter: see `with_visible_profit`.
    """

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The documents that `user` may read: everybody who works with clients sees what they bought."""
        return self if user.is_active and user.has_perm("sales.view_document") else self.none()

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """The documents that `user` may change: all for management, a manager's own clients' else."""
        if not user.has_perm("sales.change_document"):
            return self.none()
        return self.visible_to(user).filter(_editable(user))

    def sales(self) -> Self:
        return self.filter(kind="sale")

    def purchases(self) -> Self:
        return self.filter(kind="purchase")

    def open(self) -> Self:
        """Those on which something is owed."""
        return self.exclude(home_open=0)

    def overdue(self, today: date) -> Self:
        """Those on which something is owed past the day on which it was due."""
        return self.open().filter(due_on__lt=today)


class CostQuerySet(models.QuerySet["Cost"]):
    """Costs of clients: numbers of profit."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The costs that `user` may read."""
        return self.filter(with_visible_profit(user))

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """The costs that `user` may change: management's."""
        return self.visible_to(user) if user.has_perm("sales.change_cost") else self.none()


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Complaints. Everybody sees what a client complained of; what it cost is another matter."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The complaints that `user` may read."""
        return self if user.is_active and user.has_perm("sales.view_complaint") else self.none()

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """The complaints that `user` may change: all for management, a manager's own clients' else."""
        if not user.has_perm("sales.change_complaint"):
            return self.none()
        return self.visible_to(user).filter(_editable(user))

    def unresolved(self) -> Self:
        return self.filter(resolved_on=None)


class CostPoolQuerySet(models.QuerySet["CostPool"]):
    """Pools of shared money: numbers of profit."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The pools that `user` may read: all for whoever sees the costs of the company."""
        return self if may_see_profit(user) and user.has_perm("sales.view_costpool") else self.none()

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """The pools that `user` may change."""
        return self.visible_to(user) if user.has_perm("sales.change_costpool") else self.none()


def weights_of(rows: Iterable[PoolWeight]) -> dict[int, Decimal]:
    """Return the weight of each client among the rows of a pool that is spread by hand, in their order; a merged client's counts
    with its survivor's."""
    weights: dict[int, Decimal] = {}
    for one in rows:
        weights[one.client_id] = weights.get(one.client_id, Decimal(0)) + one.weight
    return {client: weight for client, weight in weights.items() if weight}
