"""Pairs of clients that may be one, how far the search for them has come, and merges that were made."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.audit.triggers import noted
from clients.duplicates import marks
from clients.duplicates.reasons import in_words
from clients.models.clients import Client
from clients.models.marking import marking
from clients.querysets import DuplicatePairQuerySet


class PairState(models.TextChoices):
    OPEN = "open", _("to look at")
    TWO_CLIENTS = "two_clients", _("two clients")
    MERGED = "merged", _("merged")


class DuplicatePair(models.Model):
    """Two clients that may be one. What was decided of a pair stands: a later scan does not ask again."""

    State = PairState

    first = models.ForeignKey(Client, models.CASCADE, related_name="+", help_text="the one with the lower id", db_index=False)
    second = models.ForeignKey(Client, models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField(_("likeness"), help_text=_("%, how sure it is that the two are one"))
    reasons = models.JSONField(default=list, help_text="[[code, detail, …], …], the weightiest first; see clients.duplicates.reasons")
    state = models.CharField(max_length=12, choices=PairState, default=PairState.OPEN)
    found_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(
        _("reason"), max_length=300, blank=True, db_default="", help_text="why the second was entered beside the first"
    )

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        verbose_name = _("pair of alike clients")
        verbose_name_plural = _("pairs of alike clients")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PairState.values), name="duplicate_pair_state_known"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_pair_in_order"),
            models.CheckConstraint(condition=Q(score__lte=100), name="duplicate_pair_score_percent"),
            models.UniqueConstraint("first", "second", name="duplicate_pair_once"),
        ]
        indexes = [
            # the queue of the review page
            models.Index(F("score").desc(), "id", condition=Q(state="open"), name="duplicate_pair_queue"),
        ]
        triggers = marking("pairs", added=marks.PAIRS_ADDED, changed=marks.PAIRS_CHANGED, removed=marks.PAIRS_REMOVED)

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}, {self.score} %"

    @property
    def why(self) -> list[str]:
        """The reasons in words, the weightiest first."""
        return in_words(self.reasons)


class DuplicateSettings(models.Model):
    """One row: from which likeness a pair is shown to people, and from which it may be merged with others in bulk."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    review_from = models.PositiveSmallIntegerField(_("show pairs from"), default=70, help_text=_("% alike"))
    bulk_from = models.PositiveSmallIntegerField(_("clear pairs from"), default=95, help_text=_("% alike; may be merged many at once"))

    class Meta:
        default_permissions = ()
        permissions = [("set_duplicates", "Can say what counts as alike, and merge clear pairs in bulk")]
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="duplicate_settings_is_one"),
            models.CheckConstraint(
                condition=Q(review_from__gte=50) & Q(bulk_from__gte=F("review_from")) & Q(bulk_from__lte=100),
                name="duplicate_settings_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_from} / {self.bulk_from}"

    @classmethod
    def current(cls) -> DuplicateSettings:
        """Return what management chose, or an unsaved row with the defaults."""
        return cls.objects.first() or cls()

    @classmethod
    def least_looked_at(cls) -> Coalesce:
        """Return `review_from` as an expression, for a page that needs nothing else of the settings."""
        return Coalesce(models.Subquery(cls.objects.values("review_from")[:1]), models.Value(cls().review_from))


class ClearMerging(models.Model):
    """Clear pairs on their way to being merged: who asked, how far it is, and why pairs were left.

    The pairs that are still open are what remains to be done, so nothing is lost with the broker or a worker.
    """

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    score_from = models.PositiveSmallIntegerField(help_text="%, the likeness from which pairs were clear when it was asked")
    pair_ids: models.JSONField[Any, Any] = models.JSONField(null=True, help_text="the pairs that are meant; null: all that are clear")
    upto = models.BigIntegerField(help_text="pairs with higher ids were found later and seen by nobody")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    left: models.JSONField[Any, Any] = models.JSONField(default=dict, help_text="pair id -> why it was left")
    created_at = models.DateTimeField(auto_now_add=True)
    worked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("merging of clear pairs")
        default_permissions = ()
        ordering = ["-created_at", "-id"]
        constraints = [
            # two at once would only take pairs from each other
            models.UniqueConstraint(
                models.ExpressionWrapper(Q(finished_at=None), output_field=models.BooleanField()),
                condition=Q(finished_at=None),
                name="clear_merging_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.done} / {self.total}"


class DuplicateKey(models.Model):
    """One thing by which a client may be met again, as a hash: clients that share one are compared, no others.

    No foreign key in the database: it would be checked for each of ten million rows. Triggers of the client take its
    keys away with it, and a key whose client is gone brings nobody.
    """

    pk = models.CompositePrimaryKey("key", "client")
    key = models.BigIntegerField()
    client = models.ForeignKey(Client, models.DO_NOTHING, related_name="+", db_constraint=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key} {self.client_id}"


class DuplicateMark(models.Model):
    """A client whose compared facts changed (or that is new): it is compared within a minute. Written by triggers."""

    client = models.ForeignKey(Client, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.client_id)


class ScanStage(models.TextChoices):
    KEYS = "keys", _("reading clients")
    PAIRS = "pairs", _("comparing")


class DuplicateScan(models.Model):
    """One row: how far the search of the whole base has come, and by what it compares."""

    Stage = ScanStage

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    basis = models.CharField(max_length=64, blank=True, help_text="what the comparison works by; another one begins the scan anew")
    stage = models.CharField(max_length=8, choices=ScanStage, default=ScanStage.KEYS)
    position = models.BigIntegerField(default=0, help_text="clients up to this id are done in this stage")
    done = models.PositiveIntegerField(default=0, help_text="clients done, in both stages together")
    total = models.PositiveIntegerField(default=0, help_text="clients to be done, each twice: read, then compared")
    found = models.PositiveIntegerField(default=0, help_text="pairs met in this scan that are alike enough to be shown")
    words: models.JSONField[Any, Any] = models.JSONField(default=dict, help_text="common word of names -> how much it tells, in bits")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="duplicate_scan_is_one"),
            models.CheckConstraint(condition=Q(stage__in=ScanStage.values), name="duplicate_scan_stage_known"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.done} / {self.total}"

    @property
    def percent(self) -> int:
        """How far it has come, in whole percent."""
        return 100 if self.finished_at else min(99, 100 * self.done // self.total) if self.total else 0


class ClientMerge(models.Model):
    """A merge that was made: all that it takes to have both clients back exactly as they were."""

    survivor = models.ForeignKey(Client, models.CASCADE, related_name="merges")
    other = models.ForeignKey(Client, models.CASCADE, related_name="merged_by", help_text="merged into the survivor")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    before: models.JSONField[Any, Any] = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="both clients as they were: {survivor: {attribute: value}, other: {…}}"
    )
    after: models.JSONField[Any, Any] = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="what the merge wrote on the survivor: {attribute: value}"
    )
    moved: models.JSONField[Any, Any] = models.JSONField(
        default=dict,
        encoder=DjangoJSONEncoder,
        help_text="what came to the survivor, by its kind: {contacts: …}; and pairs, and where its history has the merge",
    )
    clear = models.ForeignKey(ClearMerging, models.SET_NULL, null=True, related_name="merges", help_text="the merging of many that made it")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        default_permissions = ()
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint("other", condition=Q(undone_at=None), name="client_merged_once"),
            models.CheckConstraint(condition=~Q(survivor=F("other")), name="client_merge_of_two"),
        ]
        triggers = [
            noted(
                "noted",
                action="'merged'",
                about="client",
                object_id="NEW.survivor_id",
                by="NEW.by_id",
                details="jsonb_build_object('other', NEW.other_id)",
            ),
            noted(
                "undo_noted",
                action="'unmerged'",
                about="client",
                object_id="NEW.survivor_id",
                by="NEW.undone_by_id",
                details="jsonb_build_object('other', NEW.other_id)",
                condition="OLD.undone_at IS NULL AND NEW.undone_at IS NOT NULL",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.other_id} → {self.survivor_id}"
