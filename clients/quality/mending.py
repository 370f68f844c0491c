"""What one manager has to mend: the own clients, the most urgent first, each with its facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Case, DateField, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property

from accounts.models import User
from clients.card_gaps import Gap, gap_of
from clients.criteria import Record, criteria_in_force, evaluate
from clients.criteria.rules import STALE, CriteriaSet
from clients.models import Client, CustomField
from ui.lists import Keys, Order, Pager, Sort

SIZE = 25
MOST_COUNTED = 1_000
SOON_DAYS = 7

URGENCY = Sort(
    "urgency",
    "",
    (
        Coalesce("standing__mend_by", Value("infinity"), output_field=DateField()),
        Case(When(standing__stale__gt=0, then=0), default=1, output_field=IntegerField()),
        "sort_name",
        "pk",
    ),
    index="standing_of_manager",
    where=Q(standing__completeness__lt=100),
)
"""Required facts by their deadline, then facts out of date, then what is recommended. A manager's clients are few enough to be sorted."""


@dataclass
class Item:
    """One client with what is to be mended, the most urgent first."""

    client: Client
    gaps: list[Gap]
    today: date

    @property
    def deadline(self) -> date | None:
        """By when the first of the required facts is due."""
        return min((gap.shortfall.deadline for gap in self.gaps if gap.shortfall.level == "required"), default=None)

    @property
    def is_late(self) -> bool:
        return self.deadline is not None and self.deadline < self.today

    @property
    def is_soon(self) -> bool:
        return self.deadline is not None and not self.is_late and (self.deadline - self.today).days < SOON_DAYS

    @property
    def days_late(self) -> int:
        """How many days ago the deadline was."""
        return (self.today - self.deadline).days if self.deadline else 0


def to_mend(user: User) -> QuerySet[Client]:
    """Return the user's own clients that fall short of anything. Index: standing_of_manager."""
    own = Client.objects.visible_to(user).in_registry().filter(manager=user)
    return own.filter(standing__manager=user, standing__listed=True, standing__completeness__lt=100)


def urgent(user: User) -> QuerySet[Client]:
    """Return those of them with a required fact missing or a fact out of date."""
    return to_mend(user).filter(Q(standing__required_missing__gt=0) | Q(standing__stale__gt=0))


def count_urgent(user: AbstractBaseUser) -> int | None:
    """Return how many clients wait for something urgent, for the navigation; None for none."""
    assert isinstance(user, User)  # nobody else has signed in
    return urgent(user).order_by().values("pk")[:MOST_COUNTED].count() or None


class MendList:
    """One page of what a manager has to mend. The same few queries, however many clients it shows."""

    def __init__(self, user: User, *, after: str = "", before: str = "") -> None:
        self.user = user
        self.after, self.before = after, before

    @cached_property
    def criteria(self) -> CriteriaSet:
        return criteria_in_force()

    @cached_property
    def own_fields(self) -> list[CustomField]:
        return list(CustomField.objects.active())

    @cached_property
    def keys(self) -> Keys:
        """The ids of the page. Raises `BadCursor`."""
        pager = Pager(to_mend(self.user), Order(URGENCY), salt="quality-mend", size=SIZE)
        return pager.page(after=self.after, before=self.before)

    @cached_property
    def items(self) -> list[Item]:
        clients = Client.objects.filter(pk__in=self.keys.ids).prefetch_related("contacts", "waivers").in_bulk()
        return [self.item(clients[pk]) for pk in self.keys.ids if pk in clients]

    def item(self, client: Client) -> Item:
        """Return what is to be mended of a client."""
        contacts = list(client.contacts.all())
        outcome = evaluate(Record.of(client, contacts), self.criteria, as_of=self.criteria.as_of)
        ordered = sorted(
            outcome.shortfalls,
            key=lambda one: (one.level != "required", one.deadline if one.level == "required" else date.max, one.code != STALE),
        )
        return Item(client, [gap_of(one, client.pk, contacts, self.own_fields) for one in ordered], self.criteria.as_of)
