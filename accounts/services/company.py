"""The company, its teams, and the first run."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import begin_with, locks
from accounts.models import Company, Team, User
from accounts.roles import Role
from accounts.services.audit import note
from accounts.services.identity import check_identity, keep_email_address


class AlreadySetUp(Exception):
    """There is a user already: the first run is over."""


@transaction.atomic
def set_up_company(
    *,
    company: Mapping[str, Any],
    full_name: str,
    email: str,
    username: str,
    password: str,
    begin: Mapping[str, Sequence[str]] | None = None,
) -> User:
    """Make the company and its first administrator, both or neither, once.

    `company` holds name, currency, time_zone, language and region; the administrator starts with the same time
    zone and language. `begin` says by offer (`accounts.begin_with`) what to begin with. Raises `AlreadySetUp` when anybody
    was quicker, `ValidationError` by field.
    """
    locks.hold("set_up")  # of two visitors at once, the second waits here and then finds the first one's user
    if User.objects.exists():
        raise AlreadySetUp
    made, _new = Company.objects.update_or_create(id=1, defaults=dict(company))
    user = User(
        username=username,
        email=User.objects.normalize_email(email),
        full_name=full_name,
        language=company["language"],
        time_zone=company["time_zone"],
    )
    user.set_password(password)
    check_identity(user)
    user.save()
    keep_email_address(user)
    user.set_role(Role.ADMINISTRATOR)
    note("set_up", by=user, about=made)
    for offer in begin_with.offers():
        if chosen := (begin or {}).get(offer.key):
            offer.take(user, chosen)
    return user


@transaction.atomic
def change_company(*, by: User, changes: Mapping[str, Any]) -> Company:
    """Save the company's settings that changed."""
    if not by.has_perm("accounts.manage_company"):
        raise PermissionDenied
    company, _made = Company.objects.select_for_update().get_or_create(id=1, defaults={"name": "Seraph"})
    changed = [[name, getattr(company, name), value] for name, value in changes.items() if getattr(company, name) != value]
    for name, value in changes.items():
        setattr(company, name, value)
    company.save(update_fields=list(changes))
    if changed:
        note("company_changed", by=by, about=company, changes=changed)
    return company


@transaction.atomic
def save_team(*, by: User, name: str, head: User | None = None, team_id: int | None = None) -> Team:
    """Make a team, or change its name and head. Raises `ValidationError` by field."""
    _may_manage_users(by)
    locks.hold("teams")  # of two at once, the second finds the first one's name
    team = Team.objects.get(pk=team_id) if team_id else Team()
    before, team.name = team.name, name
    head_before, team.head = team.head, head
    if head is not None and not head.is_active and head != head_before:
        raise ValidationError({"head": _("Choose somebody who works here.")})
    team.full_clean()
    team.save()
    if not team_id:
        note("team_added", by=by, about=team)
    elif before != name:
        note("team_renamed", by=by, about=team, name=[before, name])
    if head != head_before:
        note("team_head_changed", by=by, about=team, head=[str(one) if one else "" for one in (head_before, head)])
    return team


@transaction.atomic
def remove_team(*, by: User, team_id: int) -> None:
    """Remove a team; its members stay, without a team."""
    _may_manage_users(by)
    if (team := Team.objects.select_for_update().filter(pk=team_id).first()) is not None:
        note("team_removed", by=by, about=team, name=[team.name, ""])
        team.delete()


def _may_manage_users(by: User) -> None:
    if not by.has_perm("accounts.manage_users"):
        raise PermissionDenied
