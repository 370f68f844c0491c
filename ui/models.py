"""What people keep about lists: saved views, their own choice of columns, work on many rows, and what left as a file."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views. Whoever asks for one goes through `reachable_by`; whoever changes one, through `owned_by`."""

    def on(self, page: str) -> Self:
        """Those of one list."""
        return self.filter(page=page)

    def reachable_by(self, user: models.Model) -> Self:
        """The user's own and the shared ones, without those that were deleted."""
        return self.filter(Q(owner=user.pk) | Q(shared=True), removed_at=None)

    def owned_by(self, user: models.Model) -> Self:
        """The user's own, deleted ones included (deleting can be undone)."""
        return self.filter(owner=user.pk)


class SavedView(models.Model):
    """A list's filters, sort and columns under a name: a user's own, or shared with everybody."""

    page = models.CharField(max_length=40, help_text="the list's key")
    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    shared = models.BooleanField(_("shared with everybody"), default=False)
    query = models.TextField(blank=True, help_text="filters, sort and columns as in the address bar")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        default_permissions = ()
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                "page",
                "owner",
                "name",
                condition=Q(removed_at=None),
                name="saved_view_name_once",
                violation_error_message=_("You have a view of this name already."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_name"),
        ]
        indexes = [models.Index("page", condition=Q(shared=True, removed_at=None), name="saved_view_shared")]

    def __str__(self) -> str:
        return self.name


class ListChoice(models.Model):
    """What one user chose for one list: the view that it opens with, the columns, and the order of the tabs."""

    page = models.CharField(max_length=40)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="list_choices")
    view = models.ForeignKey(SavedView, models.SET_NULL, null=True, blank=True, related_name="+")
    columns = models.JSONField(default=list, blank=True)
    order = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="ids of views as their tabs stand")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("page", "user", name="list_choice_once")]

    def __str__(self) -> str:
        return f"{self.page}, {self.user}"


class WorkState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class ListWork(models.Model):
    """A change of many rows or a large export: what was asked, how far it is, and what it takes to undo it."""

    State = WorkState

    page = models.CharField(max_length=40)
    action = models.CharField(max_length=40)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="list_works")
    data = models.JSONField(default=dict, help_text="what the form of the action held")
    query = models.TextField(blank=True, help_text="the view whose rows are meant, where `ids` is null")
    ids = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=WorkState, default=WorkState.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    left = models.JSONField(default=dict, help_text="reason -> rows left as they were")
    before = models.JSONField(default=list, help_text="[[value before, [ids]], …]")
    file = models.FileField(upload_to="exports/", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("work on a list")
        default_permissions = ()
        ordering = ["-created_at", "-id"]
        constraints = [models.CheckConstraint(condition=Q(state__in=WorkState.values), name="list_work_state_known")]
        indexes = [
            models.Index("user", "page", condition=Q(state__in=["waiting", "running"]), name="list_work_under_way"),
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.action}"

    @property
    def share(self) -> int:
        """How far it is, in per cent."""
        return 100 * self.done // self.total if self.total else 0


class ExportLog(models.Model):
    """Who took which rows out as a file, and when."""

    page = models.CharField(_("list"), max_length=40)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"), auto_now_add=True)
    file_format = models.CharField(_("format"), max_length=4)
    query = models.TextField(blank=True, help_text="filters and sort as in the address bar")
    words = models.TextField(_("filters"), blank=True)
    columns = models.JSONField(default=list)
    rows = models.PositiveIntegerField(_("rows"), default=0)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        default_permissions = ()
        ordering = ["-at", "-id"]
        indexes = [models.Index("at", "id", name="export_log_by_time")]

    def __str__(self) -> str:
        return f"{self.page}, {self.user}"
