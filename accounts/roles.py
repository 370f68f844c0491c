"""The three roles and what each may do. A role is a Django group; apps grant it permissions in `ready`.

Nothing else decides: views ask `user.has_perm`, rows come through `visible_to` and `editable_by`.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Who a user is. The value is the name of the Django group."""

    MANAGER = "Manager", _("Manager")
    MANAGEMENT = "Management", _("Management")
    ADMINISTRATOR = "Administrator", _("Administrator")

    @property
    def rank(self) -> int:
        """How high the role stands; nobody grants or touches a higher one than the own."""
        return list(Role).index(self)


_granted: dict[Role, set[str]] = {role: set() for role in Role}


def grant(role: Role, *permissions: str) -> None:
    """Let `role` have `permissions` ("app_label.codename"). Called by apps in `ready`."""
    _granted[role].update(permissions)


def granted(role: Role) -> frozenset[str]:
    """Return the permissions that apps granted to `role`."""
    return frozenset(_granted[role])


def sync(**kwargs: Any) -> None:
    """Make the groups hold exactly what the apps granted (runs after each migration)."""
    from django.contrib.auth.models import Group, Permission

    known = {f"{p.content_type.app_label}.{p.codename}": p for p in Permission.objects.select_related("content_type")}
    for role in Role:
        group, _created = Group.objects.get_or_create(name=role.value)
        group.permissions.set(known[name] for name in _granted[role] if name in known)
