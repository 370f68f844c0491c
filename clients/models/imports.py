"""Imports: a file on its way into the registry, what it did there, and profiles that remember how its columns were mapped."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.audit.triggers import noted
from clients.querysets import ImportRunQuerySet


class ImportState(models.TextChoices):
    """Where an import stands. Work goes on in `trying`, `writing` and `undoing`; all others wait for somebody."""

    UPLOADED = "uploaded", pgettext_lazy("import", "columns to be mapped")
    TRYING = "trying", pgettext_lazy("import", "trial run")
    TRIED = "tried", pgettext_lazy("import", "tried, not written")
    WRITING = "writing", pgettext_lazy("import", "being written")
    DONE = "done", pgettext_lazy("import", "done")
    STOPPED = "stopped", pgettext_lazy("import", "stopped, nothing written")
    FAILED = "failed", pgettext_lazy("import", "failed, nothing written")
    UNDOING = "undoing", pgettext_lazy("import", "being undone")
    UNDONE = "undone", pgettext_lazy("import", "undone")


WORKING = (ImportState.TRYING, ImportState.WRITING, ImportState.UNDOING)


class ImportProfile(models.Model):
    """How the columns of one kind of file map to fields; kept by name for the next time."""

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(max_length=20, default="clients")
    mapping = models.JSONField(default=dict, help_text="field -> list of headings")
    defaults = models.JSONField(default=dict, blank=True)
    match = models.CharField(max_length=20, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("import profile")
        default_permissions = ()
        ordering = ["name"]
        constraints = [models.UniqueConstraint("kind", "name", name="import_profile_name_once")]

    def __str__(self) -> str:
        return self.name


def random_name(run: ImportRun, file_name: str) -> str:
    """A name that nobody can guess and that owes nothing to the name of the upload."""
    return f"imports/{secrets.token_hex(16)}"


class ImportRun(models.Model):
    """One file and what became of it."""

    State = ImportState

    kind = models.CharField(max_length=20, default="clients")
    # the file; it and the error file go after some weeks (`tidied_at`), and with them the way to undo
    file = models.FileField(upload_to=random_name)
    file_name = models.CharField(_("file"), max_length=255)
    file_size = models.BigIntegerField(default=0)
    format = models.CharField(max_length=4, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=3, blank=True)
    sheet = models.CharField(_("sheet"), max_length=100, blank=True)
    header_row = models.PositiveIntegerField(_("headings in row"), default=0)
    header = ArrayField(models.TextField(), default=list)
    # what is to be done with it
    mapping = models.JSONField(default=dict, help_text="field -> list of headings")
    defaults = models.JSONField(default=dict, help_text="field -> value for rows without it")
    add_missing = ArrayField(models.CharField(max_length=40), default=list, help_text="reference fields whose lists take in new names")
    match = models.CharField(max_length=20, blank=True)
    allow_duplicates = models.CharField(max_length=300, blank=True, help_text="why rows that look like a client are added; else refused")
    profile = models.CharField(max_length=100, blank=True, help_text="name of the profile that was applied")
    # how far it is
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    rows = models.PositiveIntegerField(null=True, help_text="known after the first full reading")
    read = models.PositiveIntegerField(default=0)
    share = models.PositiveSmallIntegerField(default=0, help_text="percent of the work in hand")
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=list, help_text="[[field, code, message, rows], …], most frequent first")
    missing = models.JSONField(default=dict, help_text="reference field -> {name that its list lacks: rows}")
    error_file = models.FileField(upload_to=random_name, blank=True)
    failure = models.TextField(blank=True)
    # who works on it; a heartbeat that has stopped means that the worker died
    worked_at = models.DateTimeField(null=True, help_text="heartbeat of the worker")
    waits = models.BooleanField(default=False, help_text="another import is being written")
    attempts = models.PositiveSmallIntegerField(default=0)
    stop_asked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="imports")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="its owner has seen how it ended")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone = models.PositiveIntegerField(default=0, help_text="rows taken back")
    kept = models.PositiveIntegerField(default=0, help_text="rows that were touched since, so not taken back")
    tidied_at = models.DateTimeField(null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        default_permissions = ()
        ordering = ["-created_at", "-id"]
        constraints = [models.CheckConstraint(condition=models.Q(state__in=ImportState.values), name="import_state_known")]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="import_latest"),
            models.Index(fields=["created_by"], condition=models.Q(seen_at=None), name="import_unseen"),
            models.Index(fields=["worked_at"], condition=models.Q(state__in=[state.value for state in WORKING]), name="import_working"),
        ]
        triggers = [
            noted(
                "noted",
                action="'imported'",
                about="importrun",
                by="NEW.created_by_id",
                details="jsonb_build_object('added', NEW.added, 'changed', NEW.changed, 'refused', NEW.refused)",
                condition="OLD.state = 'writing' AND NEW.state = 'done'",
            ),
            noted(
                "undo_noted",
                action="'import_undone'",
                about="importrun",
                by="NEW.undone_by_id",
                details="jsonb_build_object('undone', NEW.undone, 'kept', NEW.kept)",
                condition="OLD.state = 'undoing' AND NEW.state = 'undone'",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def working(self) -> bool:
        """Whether a worker is, or should be, at it."""
        return self.state in WORKING

    @property
    def done_rows(self) -> int:
        """How many rows it wrote."""
        return self.added + self.changed


class ImportedRow(models.Model):
    """What one row of a run did: the trail by which it is undone. Gone with the file after some weeks."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="trail", db_index=False)
    row = models.PositiveIntegerField()
    object_id = models.BigIntegerField()
    version = models.PositiveIntegerField(help_text="of the object after the import")
    before: models.JSONField[Any, Any] = models.JSONField(
        null=True, encoder=DjangoJSONEncoder, help_text="attribute -> value before; null: added"
    )
    parts: models.JSONField[Any, Any] = models.JSONField(default=list, encoder=DjangoJSONEncoder)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["run", "object_id"], name="imported_row_of_run")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.object_id}"
