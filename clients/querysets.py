"""All reads of the registry, named for what they mean or the page they serve."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from clients.models import Client, Criterion, CustomField, DuplicatePair, ImportRun, Waiver  # noqa: F401  named as text in the base classes below


LAST_TOUCH = Coalesce("last_touch_at", Value("-infinity"), output_field=models.DateTimeField())
"""As the index client_by_touch has it."""


class ClientQuerySet(models.QuerySet["Client"]):
    """Clients. Every read that serves a person starts with `visible_to`, every write with `editable_by`."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The clients that `user` may read: the whole registry for everybody with a role, else none."""
        return self if user.is_active and user.has_perm("clients.view_client") else self.none()

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """The clients that `user` may change: all for management and the administrator; a manager's own,
        and the team's where the company says so. An archived client is brought back first."""
        visible = self.visible_to(user).filter(erased_at=None)
        if user.has_perm("clients.change_any_client"):
            return visible
        if not user.has_perm("clients.change_client"):
            return self.none()
        return visible.filter(_in_hands_of(user))

    def touchable_by(self, user: User) -> Self:
        """The clients at which `user` may log a touch: those that one may change, and those where another app lets one."""
        from clients.touching import touched_by_others

        # not `pk__in`: beside OR that reads all the clients of a manager, tens of thousands, to say yes to one
        editable = models.Exists(ClientQuerySet(self.model, using=self.db).editable_by(user).filter(pk=models.OuterRef("pk")))
        return self.visible_to(user).filter(erased_at=None).filter(models.Q(editable) | touched_by_others(user))

    def in_hands_of(self, user: User | AnonymousUser) -> Self:
        """Those that `user` is in charge of, and those of the team where the company says so."""
        return self.filter(_in_hands_of(user))

    def for_card(self, user: User) -> Self:
        """With all that one card shows of the row itself, `is_editable`: whether `user` may change it, and `took_others_in`:
        whether merges into it stand. Index of these: that of the foreign key."""
        from clients.models import ClientMerge

        merges = ClientMerge.objects.filter(survivor=models.OuterRef("pk"), undone_at=None)
        editable = ClientQuerySet(self.model, using=self.db).editable_by(user).filter(pk=models.OuterRef("pk"))
        related = ("standing", "industry", "source", "line_of_business", "manager", "referrer", "facts_confirmed_by", "created_by")
        return self.select_related(*related).annotate(is_editable=models.Exists(editable), took_others_in=models.Exists(merges))

    def in_registry(self) -> Self:
        """Those that are not archived."""
        return self.filter(archived_at=None)


def _in_hands_of(user: User | AnonymousUser) -> models.Q:
    from accounts.models import Company

    own = models.Q(manager=user.pk)
    team = getattr(user, "team_id", None)
    if team is not None and Company.current().team_may_edit:
        return own | models.Q(manager__team=team)
    return own


class DuplicatePairQuerySet(models.QuerySet["DuplicatePair"]):
    """Pairs of clients that may be one."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The pairs that `user` may see: whoever sees clients."""
        return self if user.is_active and user.has_perm("clients.view_client") else self.none()

    def to_look_at(self, least: int | Combinable) -> Self:
        """Those of this likeness at least that nobody has decided on; triggers take out those of clients that are archived."""
        return self.filter(state="open", score__gte=least)

    def most_alike_first(self) -> Self:
        """In the order of the review page (index duplicate_pair_queue)."""
        return self.order_by(models.F("score").desc(), "pk")

    def after(self, score: int, pk: int) -> Self:
        """Those that stand behind the pair `pk` of `score` in that order."""
        return self.filter(score__lte=score).filter(models.Q(score__lt=score) | models.Q(pk__gt=pk))

    def in_hands_of(self, user: User | AnonymousUser) -> Self:
        """Those with a client that `user` is in charge of."""
        from clients.models import Client

        # Two look-ups in a small set of numbers, read from client_of_manager alone: a join would read both clients of each pair.
        own = Client.objects.in_registry().in_hands_of(user).values("pk")
        return self.filter(models.Q(first__in=own) | models.Q(second__in=own))

    def for_queue(self, user: User) -> Self:
        """With the names of both clients, and `is_editable`: whether `user` may change both."""
        from clients.models import Client

        editable = Client.objects.editable_by(user)
        shown = [f"{side}__{name}" for side in ("first", "second") for name in ("full_name", "short_name")]
        return (
            self.select_related("first", "second")
            .only("score", "reasons", "state", "decided_at", "decided_by", *shown)
            .annotate(
                is_editable=models.Exists(editable.filter(pk=models.OuterRef("first")))
                & models.Exists(editable.filter(pk=models.OuterRef("second")))
            )
        )

    def of_client(self, client: Client) -> Self:
        """Those that `client` is in."""
        return self.filter(models.Q(first=client) | models.Q(second=client))


class CriterionQuerySet(models.QuerySet["Criterion"]):
    """Entry criteria in all their versions."""

    def drafts(self) -> Self:
        """Those that somebody works on; they ask nothing of anybody yet."""
        return self.filter(state="draft")

    def published(self) -> Self:
        """Those that are in force, now or from a day to come, or were until a newer version took their place."""
        return self.filter(state="published")

    def in_force(self, as_of: date) -> Self:
        """Those that ask something on the day `as_of`: published, begun, and not replaced by a version that has begun."""
        return self.published().filter(valid_from__lte=as_of).exclude(self._replaced(as_of))

    def shown(self, as_of: date) -> Self:
        """Those that the administrator works with: in force or still to begin, and drafts."""
        return self.exclude(state="retired").exclude(self._replaced(as_of))

    def _replaced(self, as_of: date) -> models.Exists:
        return models.Exists(
            self.model._default_manager.filter(replaces=models.OuterRef("pk"), valid_from__lte=as_of).exclude(state="draft")
        )


class CustomFieldQuerySet(models.QuerySet["CustomField"]):
    """Fields that the administrator added."""

    def active(self) -> Self:
        """Those that are offered, in their order."""
        return self.filter(retired=False).order_by("position", "id")


class WaiverQuerySet(models.QuerySet["Waiver"]):
    """Waivers, past ones included."""

    def standing_on(self, day: date) -> Self:
        """Those that excuse a client on `day`."""
        return self.filter(ended_at=None, until__gte=day)


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Imports. All who may import rows of a kind see those of all: whoever mends a bad import must find it, also a colleague's."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The imports that `user` may see and work on."""
        from clients.imports.kinds import kinds_for

        return self.filter(kind__in=[kind.name for kind in kinds_for(user)])

    def forsaken(self, before: datetime) -> Self:
        """Those that should be in work, and whose worker has given no sign since `before`."""
        return self.filter(state__in=("trying", "writing", "undoing")).filter(models.Q(worked_at=None) | models.Q(worked_at__lt=before))
