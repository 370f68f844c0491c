"""All reads of the registry, named for what they mean or the page they serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from clients.models.clients import Client  # noqa: F401  named as text in the base class below


class ClientQuerySet(models.QuerySet["Client"]):
    """Clients. Every read that serves a person starts with `visible_to`, every write with `editable_by`."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The clients that `user` may read: the whole registry for everybody with a role, else none."""
        return self if user.is_active and user.has_perm("clients.view_client") else self.none()

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """The clients that `user` may change: all for management and the administrator; a manager's own,
        and the team's where the company says so. An archived client is brought back first."""
        visible = self.visible_to(user).filter(erased_at=None)
        if user.has_perm("clients.change_any_client"):
            return visible
        if not user.has_perm("clients.change_client"):
            return self.none()
        return visible.filter(_in_hands_of(user))

    def in_registry(self) -> Self:
        """Those that are not archived."""
        return self.filter(archived_at=None)


def _in_hands_of(user: User | AnonymousUser) -> models.Q:
    from accounts.models import Company

    own = models.Q(manager=user.pk)
    team = getattr(user, "team_id", None)
    if team is not None and Company.current().team_may_edit:
        return own | models.Q(manager__team=team)
    return own
