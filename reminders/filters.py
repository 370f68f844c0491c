"""What the list of reminders may be filtered by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, override

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Team, User
from reminders.models import Reminder, ReminderKind, ReminderRule, State
from ui.lists import DateBetween, ListFilters, OneOf, Reference
from ui.lists.filters import ME

type Rows = models.QuerySet[Any]


class OfTeam(Reference):
    """Reminders in the hands of a team. The members are read first: a short list of ids fits the index, a join does not."""

    def condition(self, value: list[str]) -> Q:
        teams = [self.parent.user.team_id if item == ME else int(item) for item in value]
        return Q(owner__in=list(User.objects.filter(team__in=teams).values_list("pk", flat=True)))


class Due(OneOf):
    """Late, due today, due within seven days."""

    def condition(self, value: list[str]) -> Q:
        now = timezone.now()
        tomorrow = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        ranges = {
            "late": Q(due_at__lt=now),
            "today": Q(due_at__gte=now, due_at__lt=tomorrow),
            "week": Q(due_at__gte=now, due_at__lt=tomorrow + timedelta(days=6)),
        }
        condition = Q()
        for name in value:
            condition |= ranges[name]
        return condition


class ReminderFilters(ListFilters):
    owner = Reference(
        _("Who acts"),
        field_name="owner",
        queryset=lambda: User.objects.order_by("full_name", "pk").only("full_name", "username"),
        first=[(ME, _("me"))],
        none_label=_("nobody"),
    )
    team = OfTeam(_("Team"), queryset=Team.objects.all, first=[(ME, _("my team"))])
    kind = Reference(_("Kind"), field_name="kind", queryset=lambda: ReminderKind.objects.order_by("position", "pk"))
    due = Due(_("Due"), choices=[("late", _("late")), ("today", _("today")), ("week", _("within 7 days"))])
    day = DateBetween(_("Day"), field_name="due_at", moments=True)
    state = OneOf(_("State"), field_name="state", choices=[(one.value, one.label) for one in State])
    rule = Reference(
        _("Rule"), field_name="rule", queryset=ReminderRule.objects.all, none_label=pgettext_lazy("rule of reminders", "planned by hand")
    )

    class Meta:
        model = Reminder
        fields: list[str] = []

    @override
    def narrowed(self, queryset: Rows | None = None, *, without: str = "") -> Rows:
        """Without a state asked for, the open ones. Their clients are in the registry: said here, it lets the sort by client
        walk along client_by_name."""
        rows = super().narrowed(queryset, without=without)
        return rows if "state" in self.values else rows.filter(state=State.OPEN, client__archived_at=None)

    @override
    def countable(self, rows: Rows) -> Rows:
        """The same without a visit to each client: what belongs to an archived one is asleep."""
        if "state" in self.values:
            return rows
        return super().narrowed().filter(state=State.OPEN)
