"""What the list of what clients earn may be filtered by. It is always of one period."""

from __future__ import annotations

from datetime import date
from typing import Any, override

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from clients.filters import InTeam
from clients.models import Client, Industry, LineOfBusiness, Source
from sales.periods import company_today
from scoring.models import ProfitReport, ProfitRow, Verdict
from scoring.periods import NOW, Period, offered, read_period
from scoring.reports import AtHand, at_hand, share_of
from scoring.services import keep_in_view
from ui.lists import ListFilter, ListFilters, NumberBetween, OneOf, Reference
from ui.lists.filters import ME

type Rows = models.QuerySet[Any]


class _PeriodField(forms.ChoiceField):
    def valid_value(self, value: Any) -> bool:
        return str(value) in NOW or bool(read_period(str(value), company_today()).key == value)


class InPeriod(ListFilter):
    """One period, by the name that the address of the page of profitability gives it."""

    field_class = _PeriodField

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, choices=lambda: [(one.key, one.label) for one in offered(company_today())], **kwargs)

    def filter(self, qs: Rows, value: Any) -> Rows:
        return qs  # `ProfitFilters.narrowed` does it, also where no period is asked for

    def in_words(self, value: Any) -> str:
        return read_period(str(value), company_today()).label


class OfClients(Reference):
    """What is asked of the client: the clients are chosen first, by their own indexes."""

    def condition(self, value: list[str]) -> Q:
        return Q(client__in=Client.objects.filter(super().condition(value)).values("pk"))


class OfTeam(InTeam):
    """Clients of the managers of a team."""

    def condition(self, value: list[str]) -> Q:
        return Q(client__in=Client.objects.filter(super().condition(value)).values("pk"))


class ProfitFilters(ListFilters):
    period = InPeriod(_("Period"))
    verdict = OneOf(_("Verdict"), field_name="verdict", choices=Verdict.choices)
    manager = OfClients(
        _("Manager"),
        field_name="manager",
        queryset=lambda: User.objects.order_by("full_name", "pk").only("full_name", "username"),
        first=[(ME, _("me"))],
        none_label=_("nobody"),
    )
    team = OfTeam(_("Team"), queryset=Team.objects.all, first=[(ME, _("my team"))])
    source = OfClients(_("Source"), field_name="source", queryset=Source.objects.all, none_label=_("not set"))
    industry = OfClients(_("Industry"), field_name="industry", queryset=Industry.objects.all, none_label=_("not set"))
    line_of_business = OfClients(
        _("Line of business"), field_name="line_of_business", queryset=LineOfBusiness.objects.all, none_label=_("not set")
    )
    profit = NumberBetween(_("Profit"), field_name="profit")
    revenue = NumberBetween(_("Revenue"), field_name="revenue")

    class Meta:
        model = ProfitRow
        fields: list[str] = []

    @cached_property
    def today(self) -> date:
        return company_today()

    @cached_property
    def asked_period(self) -> Period:
        """The period asked for, else the twelve months up to now."""
        return read_period(str(self.values.get("period", "")), self.today)

    @property
    def periods(self) -> tuple[Period, ...]:
        """The periods whose reports are wanted, the one asked for first."""
        return (self.asked_period, self.asked_period.before)

    @cached_property
    def shown(self) -> list[tuple[Period, AtHand]]:
        """The period asked for and the one before, which the change of each client is against, with their reports. What isn't
        at hand is asked for."""
        found = [(period, at_hand(period.first, period.end, today=self.today)) for period in self.periods]
        keep_in_view(found)
        return found

    @property
    def report(self) -> ProfitReport | None:
        """Its report."""
        return self.shown[0][1].report

    @property
    def waits(self) -> bool:
        """Whether there is newer work to be done than what is shown."""
        return not self.shown[0][1].fresh

    @property
    def share(self) -> int | None:
        """How far the work in the background is, in %; None while it waits for its turn."""
        return share_of(self.asked_period.first, self.asked_period.end)

    @override
    def narrowed(self, queryset: Rows | None = None, *, without: str = "") -> Rows:
        """The rows of the period's report. Index: profit_row_once."""
        return super().narrowed(queryset, without=without).filter(report=self.report)
