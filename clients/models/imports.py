"""Imports: a file on its way into the registry, and profiles that remember how its columns were mapped."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("uploaded")
    TRYING = "trying", _("trial run")
    TRIED = "tried", _("trial finished")
    WRITING = "writing", _("writing")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    UNDONE = "undone", _("undone")


class ImportProfile(models.Model):
    """How the columns of one kind of file map to fields; kept by name for the next time."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(max_length=20, default="clients")
    mapping = models.JSONField(default=dict)
    defaults = models.JSONField(default=dict, blank=True)
    match = models.CharField(max_length=20, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("import profile")
        default_permissions = ()
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ImportRun(models.Model):
    """One file and what became of it."""

    State = ImportState

    kind = models.CharField(max_length=20, default="clients")
    file = models.FileField(upload_to="imports/")
    file_name = models.CharField(_("file"), max_length=255)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=3, blank=True)
    sheet = models.CharField(_("sheet"), max_length=100, blank=True)
    header = ArrayField(models.TextField(), default=list)
    mapping = models.JSONField(default=dict, help_text="field -> column heading")
    defaults = models.JSONField(default=dict, help_text="field -> value for rows without it")
    match = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    rows = models.PositiveIntegerField(null=True)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=list, help_text="[[field, code, message, rows], …], most frequent first")
    error_file = models.FileField(upload_to="imports/", blank=True)
    failure = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="imports")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        default_permissions = ()
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.file_name
