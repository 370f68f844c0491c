"""What was left lying: passed on to a head, and still nobody acted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django.contrib.auth.models import AbstractBaseUser

from accounts.models import Team, User
from reminders.models import Reminder

MOST = 200
"""Lines of the page; who leaves more lying than that has to be spoken with, not listed."""
_COUNTED = 100


@dataclass(frozen=True)
class Owner:
    """Somebody who left reminders lying; nobody: those of clients without a manager."""

    user: User | None
    reminders: list[Reminder]


class LeftLying:
    """What one person looks after: a head the own teams, management everybody."""

    def __init__(self, user: User) -> None:
        self.user = user
        self._found = Reminder.objects.looked_after_by(user).left_lying()

    @classmethod
    def may_see(cls, user: User) -> bool:
        """Whether `user` looks after anybody."""
        return user.has_perm("reminders.see_team_reminders") or Team.objects.filter(head=user).exists()

    @classmethod
    def count_for(cls, user: User) -> int | None:
        """Return how many there are for `user`, at most 100; None for somebody who looks after nobody."""
        if not cls.may_see(user):
            return None
        return len(Reminder.objects.looked_after_by(user).left_lying().order_by().values_list("pk")[:_COUNTED])

    @cached_property
    def count(self) -> int:
        return self._found.count()

    @cached_property
    def owners(self) -> list[Owner]:
        """By owner, the oldest first."""
        rows = self._found.for_rows().order_by("owner__full_name", "owner", "due_at", "pk")[:MOST]
        grouped = (list(together) for _owner, together in groupby(rows, key=lambda one: one.owner_id))
        return [Owner(together[0].owner, together) for together in grouped]


def may_see(user: AbstractBaseUser) -> bool:
    """Whether the navigation leads `user` there."""
    return isinstance(user, User) and LeftLying.may_see(user)


def count_for_navigation(user: AbstractBaseUser) -> int | None:
    """Return the figure beside the link in the navigation; None hides it."""
    return LeftLying.count_for(user) or None if isinstance(user, User) else None
