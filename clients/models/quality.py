"""Data quality: how it stood each day by manager, and what management wants it to be."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team


class QualitySnapshot(models.Model):
    """How the clients of one manager stood on one day: counts, never rates, so that teams and the company add up.

    Without a manager: the clients that nobody is in charge of. `clients.quality.measures` says what each count means.
    """

    day = models.DateField(help_text="in the company's time zone")
    taken_at = models.DateTimeField()
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="+", help_text="the manager's team on that day")
    clients = models.PositiveIntegerField()
    required_points = models.BigIntegerField(help_text="sum over the clients of the percent of required criteria met")
    recommended_points = models.BigIntegerField(help_text="the same of recommended criteria")
    falls_short = models.PositiveIntegerField()
    overdue = models.PositiveIntegerField()
    lacks_recommended = models.PositiveIntegerField()
    stale = models.PositiveIntegerField()
    waived = models.PositiveIntegerField()
    waiver_over = models.PositiveIntegerField()
    duplicates = models.PositiveIntegerField()
    quiet = models.PositiveIntegerField()
    entered_late = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("snapshot of data quality")
        verbose_name_plural = _("snapshots of data quality")
        default_permissions = ()
        permissions = [
            ("see_quality", "Can see the data quality of every manager"),
            ("set_quality", "Can set what counts as late and as quiet"),
        ]
        constraints = [models.UniqueConstraint("day", "manager", nulls_distinct=False, name="quality_snapshot_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.manager_id}"


class QualityRun(models.Model):
    """One row: the day of the last snapshot, and whether somebody waits for a new one."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    day = models.DateField(null=True)
    taken_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="quality_run_is_one")]

    def __str__(self) -> str:
        return f"{self.day}"

    @classmethod
    def current(cls) -> QualityRun:
        """Return the row, or an unsaved one where nothing was ever counted."""
        return cls.objects.first() or cls()

    @property
    def waits(self) -> bool:
        """Whether a snapshot was asked for that is not taken yet."""
        return self.asked_at is not None and (self.taken_at is None or self.taken_at < self.asked_at)


class QualitySettings(models.Model):
    """One row: what counts as late and as quiet, when a manager keeps the standard, and who gets the weekly mail."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    late_days = models.PositiveSmallIntegerField(_("days until an entry is late"), default=7, validators=[MaxValueValidator(365)])
    cadence_days = models.PositiveSmallIntegerField(
        _("days until a client is quiet"), default=90, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )
    standard = models.PositiveSmallIntegerField(_("the standard, %"), default=95, validators=[MinValueValidator(1), MaxValueValidator(100)])
    digest = models.BooleanField(_("weekly mail to management"), default=True)
    declined = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True, help_text="who does not want the weekly mail")

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="quality_settings_is_one"),
            models.CheckConstraint(condition=Q(standard__gte=1) & Q(standard__lte=100), name="quality_standard_percent"),
            models.CheckConstraint(condition=Q(cadence_days__gte=1), name="quality_cadence_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.standard} %"

    @classmethod
    def current(cls) -> QualitySettings:
        """Return what management chose, or an unsaved row with the defaults."""
        return cls.objects.first() or cls()


class QualityDigest(models.Model):
    """A weekly mail that was sent: one to each receiver in a week, however often the task runs."""

    week = models.DateField(help_text="its Monday")
    receiver = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("week", "receiver", name="quality_digest_once")]

    def __str__(self) -> str:
        return f"{self.week}: {self.receiver_id}"
