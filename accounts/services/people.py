"""Users come, change and go. Every write checks who acts: nobody grants or touches a role above the own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import deactivation, invitations, locks
from accounts.models import OneTimeToken, State, Team, User, make_stamp
from accounts.roles import Role
from accounts.services.audit import note
from accounts.services.identity import check_identity, hold_names, keep_email_address
from accounts.tokens import revoke_api_token, use_one_time_token

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Departure:
    """What a deactivation did: how many things of each kind went to the successor."""

    user: User
    handed_over: Mapping[str, int] = field(default_factory=dict)


@transaction.atomic
def invite_user(
    *,
    by: User,
    full_name: str,
    email: str,
    role: Role,
    username: str = "",
    team: Team | None = None,
    language: str = "",
    now: datetime | None = None,
) -> User:
    """Make a user who can't come in yet, and mail the invitation. The username is made of the e-mail where none is given."""
    _may_grant(by, role)
    email = User.objects.normalize_email(email)
    hold_names()
    user = User(
        username=username or free_username(email),
        email=email,
        full_name=full_name,
        team=team,
        language=language or by.language,
        time_zone=by.time_zone,
        is_active=False,
    )
    user.set_unusable_password()
    check_identity(user)
    user.save()
    user.set_role(role)
    keep_email_address(user)
    invitations.send(user=user, by=by, now=now)
    note("invited", by=by, about=user, role=["", role.value])
    log.info("user invited", user=user.pk, by=by.pk, role=role.value)
    return user


@transaction.atomic
def invite_again(*, by: User, user_id: int, now: datetime | None = None) -> User:
    """Mail a new invitation; the links of earlier ones stop working."""
    user = _user_to_manage(by, user_id)
    if user.is_active or user.deactivated_at:
        raise ValidationError(_("This user has no open invitation."), code="not_invited")
    invitations.send(user=user, by=by, now=now)
    return user


@transaction.atomic
def accept_invitation(
    *, secret: str, full_name: str, password: str, language: str, time_zone: str = "", now: datetime | None = None
) -> User | None:
    """Spend the invitation and let its user in; None when the link is no good."""
    user = use_one_time_token(secret=secret, purpose=OneTimeToken.Purpose.INVITATION, now=now)
    if user is None:
        return None
    user.full_name, user.language, user.time_zone = full_name, language, time_zone or user.time_zone
    user.set_password(password)
    user.is_active = True
    user.save(update_fields=["full_name", "language", "time_zone", "password", "is_active"])
    note("invitation_accepted", by=user, about=user)
    log.info("invitation accepted", user=user.pk)
    return user


@transaction.atomic
def change_user(*, by: User, user_id: int, full_name: str, username: str, email: str, role: Role, team: Team | None) -> User:
    """Change who a user is. A new role ends the user's sessions: nothing of the old one stays in force.

    An open invitation follows the e-mail: whoever got it by mistake can't come in by it any more.
    """
    locks.hold("administrators")
    user = _user_to_manage(by, user_id)
    _may_grant(by, role)
    role_changes = role is not user.role
    if role_changes and user.is_active:
        _keep_an_administrator(user, staying=role is Role.ADMINISTRATOR)
    before = {name: getattr(user, name) for name in ("full_name", "username", "email")}
    role_before, team_before = user.role, user.team
    user.full_name, user.username, user.team = full_name, username, team
    previous, user.email = user.email, User.objects.normalize_email(email)
    check_identity(user)
    user.save(update_fields=["full_name", "username", "email", "team"])
    keep_email_address(user)
    if user.email != previous and user.state is State.INVITED:
        invitations.send(user=user, by=by)
    if role_changes:
        user.set_role(role)
        end_sessions(user=user)
        note("role_changed", by=by, about=user, role=[role_before.value if role_before else "", role.value])
        log.info("role changed", user=user.pk, by=by.pk, role=role.value)
    if team != team_before:
        note("team_changed", by=by, about=user, team=[str(team_before or ""), str(team or "")])
    if changed := [name for name, value in before.items() if getattr(user, name) != value]:
        note("user_changed", by=by, about=user, fields=changed)
    return user


@transaction.atomic
def deactivate_user(*, by: User, user_id: int, successor: User | None = None, now: datetime | None = None) -> Departure:
    """Shut a user out at once: sessions, links and tokens die. What the user holds goes to `successor`, if one is named."""
    now = now or timezone.now()
    locks.hold("administrators")
    user = _user_to_manage(by, user_id)
    if user == by:
        raise ValidationError(_("You can’t deactivate yourself. Ask another administrator."), code="self")
    if user.deactivated_at:
        return Departure(user)
    if user.is_active:
        _keep_an_administrator(user, staying=False)
    if successor is not None and (successor == user or not User.objects.able_to_hold_clients().filter(pk=successor.pk).exists()):
        raise ValidationError({"successor": ValidationError(_("Choose an active user."), code="successor")})
    handed_over = deactivation.hand_over_everything(by=by, leaver=user, successor=successor) if successor else {}
    user.is_active, user.deactivated_at = False, now
    user.save(update_fields=["is_active", "deactivated_at"])
    end_sessions(user=user)
    user.one_time_tokens.filter(used_at=None).update(used_at=now)
    user.api_tokens.filter(revoked_at=None).update(revoked_at=now)
    note("deactivated", by=by, about=user, handed_over=handed_over)
    log.info("user deactivated", user=user.pk, by=by.pk, successor=successor.pk if successor else None)
    return Departure(user, handed_over)


@transaction.atomic
def reactivate_user(*, by: User, user_id: int, now: datetime | None = None) -> User:
    """Let a user in again. Somebody who never accepted the invitation gets a new one. API tokens stay revoked."""
    user = _user_to_manage(by, user_id)
    if user.deactivated_at is None:
        return user
    user.deactivated_at = None
    user.is_active = user.has_usable_password()
    user.save(update_fields=["is_active", "deactivated_at"])
    if not user.is_active:
        invitations.send(user=user, by=by, now=now)
    note("reactivated", by=by, about=user)
    log.info("user reactivated", user=user.pk, by=by.pk)
    return user


@transaction.atomic
def remove_second_factor(*, by: User | None, user_id: int) -> User:
    """Take a user's authenticator app, passkeys and recovery codes away, for somebody who lost them. Ends the sessions.

    `by` is None on the command line of the server.
    """
    user = _user_to_manage(by, user_id) if by else User.objects.get(pk=user_id)
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user=user)
    note("second_factor_removed", by=by, about=user)
    log.info("second factor removed", user=user.pk, by=by.pk if by else None)
    return user


@transaction.atomic
def sign_out_user(*, by: User, user_id: int) -> User:
    """Sign a user out on every device."""
    user = _user_to_manage(by, user_id)
    end_sessions(user=user)
    note("signed_out_everywhere", by=by, about=user)
    return user


@transaction.atomic
def revoke_token_of_user(*, by: User, user_id: int, token_id: int) -> User:
    """Stop an API token of another user."""
    user = _user_to_manage(by, user_id)
    if not revoke_api_token(by=by, user=user, token_id=token_id):
        raise ValidationError(_("This token has been revoked already."), code="revoked")
    log.info("API token revoked", user=user.pk, by=by.pk, token=token_id)
    return user


@transaction.atomic
def sign_out_everywhere(*, user: User) -> None:
    """Sign oneself out on every device."""
    end_sessions(user=user)
    note("signed_out_everywhere", by=user, about=user)


def end_sessions(*, user: User) -> None:
    """Sign the user out on every device, and let open reset and sign-in links die."""
    user.session_stamp = make_stamp()
    user.save(update_fields=["session_stamp"])
    user.one_time_tokens.filter(purpose=OneTimeToken.Purpose.SIGN_IN, used_at=None).update(used_at=timezone.now())


def free_username(email: str) -> str:
    """Return a username made of the part before the @ that nobody has yet."""
    base = re.sub(r"[^\w.+-]", "", email.partition("@")[0])[:100] or "user"
    taken = {name.lower() for name in User.objects.filter(username__istartswith=base).values_list("username", flat=True)}
    if base.lower() not in taken:
        return base
    return next(name for number in range(2, len(taken) + 3) if (name := f"{base}{number}").lower() not in taken)


def _user_to_manage(by: User, user_id: int) -> User:
    """Return the user for writing, if `by` may manage it."""
    if not by.has_perm("accounts.manage_users"):
        raise PermissionDenied
    # whoever tells that user of a reminder only needs the row to stay: a stronger lock would wait for that, and be waited for
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if user.role is not None:
        _may_grant(by, user.role)
    return user


def _may_grant(by: User, role: Role) -> None:
    if not by.has_perm("accounts.manage_users") or by.role is None or role.rank > by.role.rank:
        raise PermissionDenied


def _keep_an_administrator(user: User, *, staying: bool) -> None:
    """Refuse to lose the last administrator who can come in. The caller holds the lock: two may leave at once."""
    others = User.objects.active().having_role(Role.ADMINISTRATOR).exclude(pk=user.pk)
    if not staying and user.role is Role.ADMINISTRATOR and not others.exists():
        raise ValidationError(_("This is the only administrator. Make somebody else administrator first."), code="last_administrator")
