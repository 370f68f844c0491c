"""Pairs of clients that may be one, how far the search for them has come, and merges that were made."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.duplicates.reasons import in_words
from clients.models.clients import Client
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

    def __str__(self) -> str:
        return f"{self.other_id} → {self.survivor_id}"
