"""Users, teams, the company, and the tokens that stand for a user."""

import secrets
import uuid
import zoneinfo
from datetime import time
from functools import lru_cache
from typing import Any, ClassVar

import pgtrigger
import structlog
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.once import once
from accounts.querysets import ApiTokenQuerySet, AuditEntryQuerySet, OneTimeTokenQuerySet, StoredMailQuerySet, UserQuerySet
from accounts.roles import Role

logger = structlog.get_logger(__name__)


def check_time_zone(value: str) -> None:
    """Raise `ValidationError` unless `value` is an IANA time zone."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("Choose a time zone from the list, for example Europe/Paris."), code="time_zone")


def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """Return the time zone `name`; UTC for one that the zone data no longer has.

    Names go from the zone data now and then. Whose wall it was reads another clock then, and can still come in and choose
    a zone; nobody else is kept waiting.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        _say_gone(name)
        return zoneinfo.ZoneInfo("UTC")


@lru_cache(maxsize=1000)
def _say_gone(name: str) -> None:
    """Log it, once for each process: it may be asked for with every row."""
    logger.warning("there is no such time zone any more", zone=name[:64])


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    FRENCH = "fr", "Français"
    RUSSIAN = "ru", "Русский"


class Theme(models.TextChoices):
    SYSTEM = "", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


def make_stamp() -> str:
    """Return a random text; sessions and reset links of a user live only as long as the user's stamp."""
    return secrets.token_hex(16)


def weekdays() -> list[int]:
    """Return Monday to Friday (ISO weekday numbers)."""
    return [1, 2, 3, 4, 5]


class Company(models.Model):
    """The one company that runs this Seraph: its name, money, time and the rules for accounts."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=200)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", help_text=_("ISO 4217 code"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Paris", validators=[check_time_zone])
    language = models.CharField(_("language"), max_length=5, choices=Language, default=Language.ENGLISH)
    region = models.CharField(
        _("country"), max_length=2, default="FR", help_text=_("ISO 3166 code; phones without a country code are read as of this country")
    )
    second_factor_roles = ArrayField(
        models.CharField(max_length=20, choices=Role), default=list, blank=True, verbose_name=_("roles that must use a second factor")
    )
    team_may_edit = models.BooleanField(_("managers may change the clients of their team"), default=False)

    class Meta:
        verbose_name = _("company")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="company_is_one")]
        permissions = [("manage_company", "Can change the company's settings")]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Company":
        """Return the company, or an unsaved one with the defaults before the first run is finished."""
        return once(cls, lambda: cls.objects.first() or cls(name="Seraph"))


class Team(models.Model):
    """A group of managers under one head."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    head = models.ForeignKey(
        "User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="heads",
        verbose_name=_("head"),
        help_text=_("hears of what nobody acted on"),
    )

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class State(models.TextChoices):
    """Whether a user may come in."""

    ACTIVE = "active", pgettext_lazy("user", "active")
    INVITED = "invited", pgettext_lazy("user", "invited")
    DEACTIVATED = "deactivated", pgettext_lazy("user", "deactivated")


class LowerCaseUserManager(DjangoUserManager["User"]):
    """Users whose e-mails are kept in lower case: allauth looks them up so."""

    use_in_migrations = False

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return (email or "").strip().lower()

    def create_superuser(self, username: str, email: str | None = None, password: str | None = None, **fields: Any) -> "User":
        """Make an administrator: what `manage.py createsuperuser` calls so. Rights come with the role, for everybody."""
        user = self.create_user(username, email, password, **fields)
        user.set_role(Role.ADMINISTRATOR)
        return user


UserManager = LowerCaseUserManager.from_queryset(UserQuerySet)


class User(AbstractUser):
    """A person who works here. The role is a Django group; a user has exactly one.

    An invited user is not active until the invitation is accepted, so that nothing else lets it in.
    """

    first_name = None  # type: ignore[assignment]  # full_name takes their place
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(_("full name"), max_length=150)
    email = models.EmailField(_("e-mail"))
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="members", verbose_name=_("team"))
    language = models.CharField(_("language"), max_length=5, choices=Language, default=Language.ENGLISH)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Paris", validators=[check_time_zone])
    work_from = models.TimeField(_("working day from"), default=time(9))
    work_until = models.TimeField(_("working day until"), default=time(18))
    work_days = ArrayField(models.SmallIntegerField(), default=weekdays, verbose_name=_("working days"))
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.SYSTEM, blank=True)
    letter_keys = models.BooleanField(_("letter keys act"), default=True, help_text=_("J, K, N, L and others while nobody types"))
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)
    session_stamp = models.CharField(max_length=32, default=make_stamp, editable=False)

    REQUIRED_FIELDS = ["email", "full_name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["full_name", "id"]
        permissions = [("manage_users", "Can invite, change and deactivate users")]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once", violation_error_message=_("Somebody has this e-mail already.")),
            models.UniqueConstraint(Lower("username"), name="user_username_once"),
            models.CheckConstraint(condition=~models.Q(email=""), name="user_has_email"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self).split(" ")[0]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Bind sessions to the stamp as well as to the password: a new stamp ends every session of the user."""
        return salted_hmac("accounts.session", f"{self.password} {self.session_stamp}", secret=secret, algorithm="sha256").hexdigest()

    @property
    def initials(self) -> str:
        """Up to two letters for the avatar: the first of the first word and of the last."""
        words = str(self).split()
        return "".join(word[0] for word in dict.fromkeys([words[0], words[-1]]) if word).upper() if words else ""

    @property
    def role(self) -> Role | None:
        """The user's role, or None for an account without one (it may see nothing)."""
        if not hasattr(self, "_role"):
            # a queryset may have brought it along (`UserQuerySet.with_role`)
            name = (
                self.__dict__["role_name"]
                if "role_name" in self.__dict__
                else self.groups.filter(name__in=Role.values).order_by("name").values_list("name", flat=True).first()
            )
            self._role = Role(name) if name else None
        return self._role

    @property
    def state(self) -> State:
        if self.is_active:
            return State.ACTIVE
        return State.DEACTIVATED if self.deactivated_at else State.INVITED

    def set_role(self, role: Role) -> None:
        """Give the user `role` and take every other role away. Only the administrator may open the Django admin."""
        from django.contrib.auth.models import Group

        self.groups.set([Group.objects.get(name=role.value)])
        self.is_staff = role is Role.ADMINISTRATOR
        self.save(update_fields=["is_staff"])
        self._role = role
        for cache in ("_perm_cache", "_user_perm_cache", "_group_perm_cache"):
            self.__dict__.pop(cache, None)


class ApiToken(models.Model):
    """A personal key to the API. Only its digest is kept; the key itself is shown once."""

    class Scope(models.TextChoices):
        READ = "read", _("read")
        WRITE = "write", _("read and write")

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=100)
    scope = models.CharField(_("may"), max_length=5, choices=Scope, default=Scope.READ)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        default_permissions = ()
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint("user", "name", condition=models.Q(revoked_at=None), name="token_name_once")]

    def __str__(self) -> str:
        return self.name


class IdempotentAnswer(models.Model):
    """The first answer to a POST with an Idempotency-Key, kept a day for whoever repeats it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, address and body")
    status = models.PositiveSmallIntegerField(default=0)
    content_type = models.CharField(max_length=100, default="")
    body = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("user", "key", name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.status} {self.pk}"


class OneTimeToken(models.Model):
    """A link that works once, for one purpose, until it expires. Only the digest of its secret is kept."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign-in", _("sign in")
        INVITATION = "invitation", _("invitation")

    purpose = models.CharField(max_length=20, choices=Purpose)
    user = models.ForeignKey(User, models.CASCADE, related_name="one_time_tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = OneTimeTokenQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class StoredMail(models.Model):
    """A mail on its way to the mail server; where none is set, kept for the administrator to read."""

    key = models.UUIDField(default=uuid.uuid4, editable=False, help_text="the same at each try: receivers tell a repeat by it")
    sender = models.CharField(max_length=320, default="", blank=True)
    recipients = ArrayField(models.CharField(max_length=320))
    subject = models.CharField(max_length=998)
    body = models.TextField()
    reply_to = models.CharField(max_length=320, default="", blank=True, help_text="whom an answer goes to, where not the sender")
    calendar = models.TextField(default="", blank=True, help_text="a part by RFC 5545 beside the text: an invitation")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    send_at = models.DateTimeField(null=True, help_text="the next try; empty: none, it is only read")
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    objects = StoredMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("stored mail")
        default_permissions = ()
        permissions = [("read_mail", "Can read the mail that could not be sent")]
        ordering = ["-created_at", "-id"]
        indexes = [models.Index("send_at", condition=models.Q(send_at__isnull=False), name="mail_waiting")]  # the worker's next

    def __str__(self) -> str:
        return self.subject


class AuditEntry(models.Model):
    """One line of the audit: who did what to what, when and from where. Nobody changes it or takes it away.

    It names what it is about by id (`about` is the name of the model); words of clients stand nowhere in it.
    `accounts.audit` says how the lines are read.
    """

    at = models.DateTimeField(_("when"), auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), help_text="null: nobody signed in")
    action = models.CharField(max_length=40)
    about = models.CharField(max_length=40, blank=True)
    object_id = models.BigIntegerField(null=True)
    details: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(_("from address"), null=True, help_text="forgotten after AUDIT_KEEP_ADDRESSES_MONTHS")

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit")
        default_permissions = ()
        permissions = [("read_audit", "Can read and export the audit")]
        ordering = ["-at", "-id"]
        indexes = [
            models.Index("at", "id", name="audit_by_time"),  # the page, newest first
            models.Index("about", "object_id", name="audit_of_object"),  # the filter "About"
            models.Index("at", condition=models.Q(ip__isnull=False), name="audit_with_address"),  # forgetting addresses
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.action} {self.at:%Y-%m-%d %H:%M}"

    @property
    def what_words(self) -> str:
        """What was done, in the reader's language."""
        from accounts import audit

        group = audit.group_of(self.action)
        return str(group.actions[self.action]) if group else self.action

    @property
    def about_words(self) -> str:
        """What it is about, by its present name (the queryset's `for_audit_page` reads it)."""
        from accounts import audit

        subject = audit.subject_of(self.about)
        name = getattr(self, "about_name", None)
        if subject is None or self.object_id is None:
            return ""
        return subject.show(name) if name else f"{subject.label} {self.object_id}"

    @property
    def about_url(self) -> str:
        """Where the thing is to be found; empty when it has gone or has no page."""
        from accounts import audit

        subject = audit.subject_of(self.about)
        if subject is None or subject.url is None or self.object_id is None or not getattr(self, "about_name", None):
            return ""
        return subject.url(self.object_id)

    @property
    def details_words(self) -> str:
        """What else there is to say."""
        from accounts import audit

        group = audit.group_of(self.action)
        said = [group.say(self) if group else "", getattr(self, "about_note", None) or ""]
        return "; ".join(part for part in said if part)
