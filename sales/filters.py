"""What the lists of the ledger may be filtered by."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, override

from dateutil.relativedelta import relativedelta
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from clients.models import Client, LineOfBusiness
from sales.forms.pickers import ClientSelect
from sales.models import Complaint, Cost, CostCategory, Document
from sales.models.costs import Fault, Severity
from sales.models.documents import DocumentKind
from sales.periods import company_today, first_of_month
from ui.lists import DateBetween, ListFilter, ListFilters, NumberBetween, OneOf, Reference, YesNo
from ui.lists.filters import ME, NONE

type Rows = models.QuerySet[Any]

_LARGEST_ID = 2**63 - 1


class OfClient(ListFilter):
    """One client, found as one types. Index: document_of_client and the like."""

    field_class = forms.IntegerField

    def __init__(self, label: str | Promise, **kwargs: Any) -> None:
        within = [MinValueValidator(1), MaxValueValidator(_LARGEST_ID)]
        super().__init__(label, field_name="client", widget=ClientSelect, validators=within, **kwargs)

    @property
    def field(self) -> forms.Field:
        found: forms.Field = super().field
        widget: Any = found.widget
        widget.user = self.parent.user
        return found

    def condition(self, value: int) -> Q:
        return Q(client=value)

    def in_words(self, value: int) -> str:
        known = Client.objects.visible_to(self.parent.user).filter(pk=value).only("full_name", "short_name", "kind").first()
        return str(known or value)


class OfManager(Reference):
    """Rows of the clients in somebody's hands."""

    joins = True

    def condition(self, value: list[str]) -> Q:
        wanted = self.resolve([item for item in value if item != NONE])
        condition = Q(client__manager__in=wanted)
        return condition | Q(client__manager=None, client__isnull=False) if NONE in value else condition


class OfTeam(Reference):
    """Rows of the clients in the hands of a team. The members are read first: a short list of ids fits the index, a join does not."""

    joins = True

    def condition(self, value: list[str]) -> Q:
        teams = [self.parent.user.team_id if item == ME else int(item) for item in value]
        return Q(client__manager__in=list(User.objects.filter(team__in=teams).values_list("pk", flat=True)))


class Period(OneOf):
    """A stretch of the calendar that everybody speaks of, in the company's time zone."""

    def condition(self, value: list[str]) -> Q:
        today = company_today()
        month = first_of_month(today)
        quarter, year = month - relativedelta(months=(month.month - 1) % 3), month.replace(month=1)
        spans = {
            "month": (month, month + relativedelta(months=1)),
            "last-month": (month - relativedelta(months=1), month),
            "quarter": (quarter, quarter + relativedelta(months=3)),
            "last-quarter": (quarter - relativedelta(months=3), quarter),
            "year": (year, year + relativedelta(years=1)),
            "last-year": (year - relativedelta(years=1), year),
        }
        condition = Q()
        for name in value:
            first, until = spans[name]
            condition |= Q(day__gte=first, day__lt=until)
        return condition


PERIODS = [
    ("month", _("this month")),
    ("last-month", _("last month")),
    ("quarter", _("this quarter")),
    ("last-quarter", _("last quarter")),
    ("year", _("this year")),
    ("last-year", _("last year")),
]


class Open(OneOf):
    """Whether something is owed on a document, and since when. Index: document_open_by_due."""

    def condition(self, value: list[str]) -> Q:
        today = company_today()
        spans = {
            "open": Q(),
            "overdue": Q(due_on__lt=today),
            "overdue-30": Q(due_on__lt=today - timedelta(days=30)),
            "overdue-90": Q(due_on__lt=today - timedelta(days=90)),
            "due-soon": Q(due_on__gte=today, due_on__lte=today + timedelta(days=7)),
        }
        if "open" in value:
            return ~Q(home_open=0)
        condition = Q()
        for name in value:
            condition |= spans[name]
        return ~Q(home_open=0) & condition


OPEN = [
    ("open", _("something is owed")),
    ("due-soon", _("due within 7 days")),
    ("overdue", _("overdue")),
    ("overdue-30", _("overdue for over 30 days")),
    ("overdue-90", _("overdue for over 90 days")),
]


class Returns(YesNo):
    """Returns and credit notes. Index: document_return_by_day."""

    def condition(self, value: str) -> Q:
        return Q(amount__lt=0) if value == "yes" else Q(amount__gte=0)


class WithClient(YesNo):
    """Rows of a client, or of none."""

    def condition(self, value: str) -> Q:
        return Q(client__isnull=value == "no")


def _people() -> Rows:
    return User.objects.order_by("full_name", "pk").only("full_name", "username")


def _manager() -> OfManager:
    return OfManager(_("Manager of the client"), queryset=_people, first=[(ME, _("me"))], none_label=_("nobody"))


def _team() -> OfTeam:
    return OfTeam(_("Team of the client"), queryset=Team.objects.all, first=[(ME, _("my team"))])


class DocumentFilters(ListFilters):
    client = OfClient(_("Client"))
    period = Period(_("Period"), choices=PERIODS)
    day = DateBetween(_("Date"), field_name="day")
    open = Open(_("Open"), choices=OPEN)
    kind = OneOf(_("Kind"), field_name="kind", choices=[(one.value, one.label) for one in DocumentKind])
    line_of_business = Reference(
        _("Line of business"),
        field_name="line_of_business",
        queryset=lambda: LineOfBusiness.objects.order_by("name"),
        none_label=_("not set"),
    )
    amount = NumberBetween(_("Amount, in the company’s currency"), field_name="home_amount")
    returns = Returns(_("Return or credit note"))
    with_client = WithClient(_("Has a client"))
    manager = _manager()
    team = _team()

    class Meta:
        model = Document
        fields: list[str] = []

    @override
    def narrowed(self, queryset: Rows | None = None, *, without: str = "") -> Rows:
        """Sales, unless a kind is asked for."""
        rows = super().narrowed(queryset, without=without)
        return rows if "kind" in self.values else rows.filter(kind=DocumentKind.SALE)


class OpenFilters(DocumentFilters):
    """Of open documents both kinds are shown: what is owed to us, and what we owe."""

    @override
    def narrowed(self, queryset: Rows | None = None, *, without: str = "") -> Rows:
        return ListFilters.narrowed(self, queryset, without=without)


class CostFilters(ListFilters):
    client = OfClient(_("Client"))
    category = Reference(_("Category"), field_name="category", queryset=CostCategory.objects.all)
    period = Period(_("Period"), choices=PERIODS)
    day = DateBetween(_("Date"), field_name="day")
    amount = NumberBetween(_("Amount, in the company’s currency"), field_name="home_amount")
    with_client = WithClient(_("Has a client"))
    manager = _manager()
    team = _team()

    class Meta:
        model = Cost
        fields: list[str] = []


class Resolved(YesNo):
    """Whether a complaint is settled. Index: complaint_unresolved."""

    def condition(self, value: str) -> Q:
        return Q(resolved_on__isnull=value == "no")


class SeverityIs(OneOf):
    @override
    def resolve(self, values: list[str]) -> list[Any]:
        return [int(value) for value in values]


class ComplaintFilters(ListFilters):
    client = OfClient(_("Client"))
    resolved = Resolved(_("Resolved"))
    severity = SeverityIs(
        _("Severity"), field_name="severity", choices=[(str(one.value), capfirst(one.label)) for one in reversed(Severity)]
    )
    fault = OneOf(_("Whose fault"), field_name="fault", choices=[(one.value, one.label) for one in Fault])
    period = Period(_("Period"), choices=PERIODS)
    day = DateBetween(_("Date"), field_name="day")
    manager = _manager()
    team = _team()

    class Meta:
        model = Complaint
        fields: list[str] = []


def month_of(day: date) -> dict[str, str]:
    """Return how the address of a list asks for the month of `day`."""
    first = first_of_month(day)
    return {"day_from": first.isoformat(), "day_until": (first + relativedelta(months=1, days=-1)).isoformat()}
