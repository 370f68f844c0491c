"""Reads of users and of what stands for them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, Func, OuterRef, Q, Subquery
from django.db.models.functions import Greatest

from accounts import read_with_user
from accounts.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import ApiToken, AuditEntry, OneTimeToken, StoredMail, User  # noqa: F401  (named in quotes: models import this module)


class UserQuerySet(models.QuerySet["User"]):
    """Users, whatever their state."""

    def active(self) -> Self:
        """Those who may come in."""
        return self.filter(is_active=True)

    def invited(self) -> Self:
        """Those who have not accepted their invitation yet."""
        return self.filter(is_active=False, deactivated_at=None)

    def deactivated(self) -> Self:
        return self.filter(is_active=False, deactivated_at__isnull=False)

    def known_as(self, name: str) -> Self:
        """The one whose username or e-mail is `name`, as the sign-in page reads it."""
        return self.filter(Q(username__iexact=name) | Q(email=name.lower())).order_by("pk")

    def having_role(self, role: Role) -> Self:
        return self.filter(groups__name=role.value)

    def able_to_hold_clients(self) -> Self:
        """Active users with a role, by name: those to whom work can be handed over."""
        return self.active().filter(Exists(_roles_of("pk"))).order_by("full_name", "id")

    def with_role(self) -> Self:
        """Bring each user's role along, so that `user.role` asks nothing."""
        return self.annotate(role_name=Subquery(_roles_of("pk").values("name")[:1]))

    def owing_second_factor(self) -> Self:
        """Those whose role must use a second factor, and who have none."""
        return self.filter(_owes_second_factor())

    def for_session(self) -> Self:
        """The user of a request with all that every request asks: role, team, whether a second factor is owed, and what apps add."""
        return (
            self.active()
            .with_role()
            .select_related("team")
            .annotate(
                owes_second_factor=models.Case(
                    models.When(_owes_second_factor(), then=True), default=False, output_field=models.BooleanField()
                ),
                **read_with_user.expressions(),
            )
        )

    def for_people_page(self) -> Self:
        """The list of users: role, team, second factor, and when each was here last."""
        seen = UserSession.objects.filter(user=OuterRef("pk")).order_by("-last_seen_at").values("last_seen_at")[:1]
        return (
            self.with_role()
            .select_related("team")
            .annotate(has_second_factor=Exists(_second_factors_of("pk")), last_seen_at=Greatest("last_login", Subquery(seen)))
            .order_by("full_name", "id")
        )

    def matching(self, text: str) -> Self:
        """Those whose name, username or e-mail holds `text`."""
        return self.filter(Q(full_name__icontains=text) | Q(username__icontains=text) | Q(email__icontains=text))


def _roles_of(user: str) -> models.QuerySet[Group]:
    return Group.objects.filter(user=OuterRef(user), name__in=Role.values).order_by("name")


def _second_factors_of(user: str) -> models.QuerySet[Authenticator]:
    factors: models.QuerySet[Authenticator] = Authenticator.objects.filter(user=OuterRef(user))
    return factors.exclude(type=Authenticator.Type.RECOVERY_CODES)


def _owes_second_factor() -> Q:
    from accounts.models import Company

    names = Func("name", template="ARRAY[%(expressions)s]::varchar[]", output_field=ArrayField(models.CharField()))
    role = _roles_of(user="pk").annotate(names=names)
    demanding = Company.objects.filter(second_factor_roles__contains=OuterRef("names"))
    return Q(Exists(role.filter(Exists(demanding)))) & ~Q(Exists(_second_factors_of("pk")))


class OneTimeTokenQuerySet(models.QuerySet["OneTimeToken"]):
    """Links that work once."""

    def usable(self, now: datetime) -> Self:
        """Those neither spent nor expired, of users who may still come in (or, for an invitation, have not yet)."""
        invited = Q(purpose="invitation", user__is_active=False, user__deactivated_at=None)
        active = Q(user__is_active=True) & ~Q(purpose="invitation")
        return self.filter(invited | active, used_at=None, expires_at__gt=now)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Keys to the API."""

    def alive(self) -> Self:
        """Those not revoked, of active users."""
        return self.filter(revoked_at=None, user__is_active=True)

    def opening(self) -> Self:
        """Those that open the API now: alive, and their user owes no second factor."""
        from accounts.models import User

        return self.alive().exclude(user__in=User.objects.owing_second_factor())


class StoredMailQuerySet(models.QuerySet["StoredMail"]):
    """Mail in the database."""

    def waiting(self, now: datetime) -> Self:
        """Those that the mail server should take now, the longest waiting first."""
        return self.filter(send_at__lte=now).order_by("send_at", "id")

    def to(self, email: str) -> Self:
        """Those written to `email`, the newest first."""
        return self.filter(recipients__contains=[email]).order_by("-created_at", "-id")


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Lines of the audit."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them for whoever may read the audit, else none."""
        return self if user.is_active and user.has_perm("accounts.read_audit") else self.none()

    def for_audit_page(self) -> Self:
        """With who did it, and what it is about in words."""
        from accounts import audit

        return self.select_related("by").annotate(about_name=audit.names(), about_note=audit.notes())
