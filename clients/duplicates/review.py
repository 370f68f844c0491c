"""The queue in which people look at pairs of alike clients: the most alike first, one's own before those of all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils import timezone

from clients.models import DuplicatePair, DuplicateSettings

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from accounts.models import User
    from clients.querysets import DuplicatePairQuerySet

PAGE = 50
MOST_COUNTED = 10_000
MOST_IN_NAVIGATION = 100
MINE, ALL = "mine", "all"


@dataclass(frozen=True)
class Place:
    """Where a page of the queue ends."""

    score: int
    pk: int

    @classmethod
    def read(cls, text: str) -> Place | None:
        """Return the place that `text` ("98-17") stands for; None for anything else."""
        score, _dash, pk = text.partition("-")
        if all(part.isascii() and part.isdigit() and len(part) < 19 for part in (score, pk)):
            return cls(min(int(score), 100), int(pk))
        return None

    @classmethod
    def of(cls, pair: DuplicatePair) -> Place:
        return cls(pair.score, pair.pk)

    def __str__(self) -> str:
        return f"{self.score}-{self.pk}"


def usual_show(user: User) -> str:
    """Return which pairs `user` begins with: their own, or all for whoever may change every client."""
    return ALL if user.has_perm("clients.change_any_client") else MINE


class ReviewQueue:
    """The pairs that `user` looks at. `skipped` are left for the end; `after` is where the shown page begins."""

    def __init__(self, user: User, *, show: str = "", skipped: Collection[int] = (), after: Place | None = None) -> None:
        self.user = user
        self.show = show if show in (MINE, ALL) else usual_show(user)
        self.skipped = frozenset(skipped)
        self.after = after

    @cached_property
    def settings(self) -> DuplicateSettings:
        return DuplicateSettings.current()

    @property
    def pairs(self) -> DuplicatePairQuerySet:
        pairs = DuplicatePair.objects.visible_to(self.user).to_look_at(self.settings.review_from)
        return pairs.in_hands_of(self.user) if self.show == MINE else pairs

    @cached_property
    def _read(self) -> list[DuplicatePair]:
        pairs = self.pairs.after(self.after.score, self.after.pk) if self.after else self.pairs
        # The numbers first, along the index: with the clients joined the planner may read the whole registry for fifty rows.
        ids = list(pairs.most_alike_first().values_list("pk", flat=True)[: PAGE + 1])
        return list(DuplicatePair.objects.filter(pk__in=ids).for_queue(self.user).most_alike_first())

    @property
    def page(self) -> list[DuplicatePair]:
        """The pairs of the page that is shown."""
        return self._read[:PAGE]

    @property
    def more(self) -> Place | None:
        """Where the next page begins; None at the end."""
        return Place.of(self._read[PAGE - 1]) if len(self._read) > PAGE else None

    @cached_property
    def count(self) -> int:
        """How many pairs there are; one more than `MOST_COUNTED` stands for "more than that"."""
        return self.pairs.order_by().values("pk")[: MOST_COUNTED + 1].count()

    @cached_property
    def clear(self) -> int:
        """How many pairs of all are so much alike that they may be merged without a look at each."""
        clear = DuplicatePair.objects.visible_to(self.user).to_look_at(self.settings.bulk_from)
        return clear.order_by().values("pk")[:MOST_COUNTED].count()

    @property
    def left(self) -> int | None:
        """How many follow behind the first page, where that is known."""
        return self.count - PAGE if self.after is None and self.count <= MOST_COUNTED else None

    @cached_property
    def done_today(self) -> int:
        """How many pairs the user has decided since midnight, by the user's clock."""
        midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
        return DuplicatePair.objects.filter(decided_by=self.user, decided_at__gte=midnight).count()

    def next_after(self, place: Place | None) -> DuplicatePair | None:
        """Return the pair to open after the one at `place`: the next that was not skipped, else from the beginning,
        skipped ones last."""
        others = self.pairs.exclude(pk=place.pk) if place else self.pairs
        fresh = others.exclude(pk__in=self.skipped).most_alike_first()
        behind = fresh.after(place.score, place.pk).first() if place else None
        return behind or fresh.first() or others.most_alike_first().first()

    def neighbours(self, pair: DuplicatePair) -> tuple[DuplicatePair | None, DuplicatePair | None]:
        """Return the pairs before and behind `pair` on the page that is shown."""
        at = next((place for place, one in enumerate(self.page) if one.pk == pair.pk), None)
        if at is None:
            return None, self.page[0] if self.page else None
        return (self.page[at - 1] if at else None), (self.page[at + 1] if at + 1 < len(self.page) else None)


def count_for_navigation(user: AbstractBaseUser) -> int | None:
    """Return how many pairs wait for `user`, up to `MOST_IN_NAVIGATION`; None for none."""
    from accounts.models import User

    if not isinstance(user, User):
        return None
    return ReviewQueue(user).pairs.order_by().values("pk")[:MOST_IN_NAVIGATION].count() or None
