"""All reads of turnaround cases, named for what they mean or the page they serve."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import BooleanField, Case, F, Q, Value, When

from sales.querysets import may_see_profit, with_visible_profit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from clients.models import Client
    from scoring.models import TurnaroundCase


class TurnaroundCaseQuerySet(models.QuerySet["TurnaroundCase"]):
    """Cases. Every read that serves a person starts with `visible_to`, every write with `editable_by`.

    What a case says of profit is another matter: see `with_figures`.
    """

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All for management; a manager's own, and those of the clients in the own hands, else."""
        if not (user.is_active and user.has_perm("scoring.view_turnaroundcase")):
            return self.none()
        return self if user.has_perm("scoring.change_any_turnaroundcase") else self.filter(_own(user))

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Whoever sees a case works on it."""
        return self.visible_to(user) if user.has_perm("scoring.change_turnaroundcase") else self.none()

    def with_figures(self, user: User | AnonymousUser) -> Self:
        """With `shows_figures`: whether `user` sees what the client of a case costs and earns."""
        if may_see_profit(user):
            return self.annotate(shows_figures=Value(True, output_field=BooleanField()))
        return self.annotate(shows_figures=Case(When(with_visible_profit(user), then=True), default=False, output_field=BooleanField()))

    def figures_seen_by(self, user: User | AnonymousUser) -> Self:
        """Those of whose clients `user` sees what they cost and earn."""
        return self.filter(with_visible_profit(user))

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def to_measure(self, today: date) -> Self:
        """Those whose months are over. Index: case_to_measure."""
        return self.open().filter(measured_at=None, measure_on__lte=today)

    def turned_since(self, moment: datetime) -> Self:
        """Those that were measured since `moment` and found turned round, still open or not. Index: case_turned."""
        return self.filter(result="turned", measured_at__gte=moment)

    def open_first(self, clients: Sequence[Client]) -> dict[int, TurnaroundCase]:
        """Return of each of `clients` the open case, else the latest that was measured, by number of the client. Index: case_of_client."""
        rows = self.filter(client__in=clients).filter(Q(closed_at=None) | Q(measured_at__isnull=False))
        found = rows.order_by("client", F("closed_at").desc(nulls_first=True), "-pk").distinct("client")
        return {case.client_id: case for case in found.only("client_id", "state")}

    def for_cards(self) -> Self:
        """With what a card of the board shows."""
        return self.select_related("client", "owner").defer("diagnosis", "measured", "note")


def _own(user: User | AnonymousUser) -> Q:
    from clients.models import Client

    return Q(owner=user.pk) | Q(client__in=Client.objects.visible_to(user).in_hands_of(user).values("pk"))
