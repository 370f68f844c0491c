"""The forms of costs and complaints."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from clients.forms.fields import RegistryForm, Typed, as_number
from clients.models import Source
from sales.forms.documents import money_input
from sales.forms.figures import figure
from sales.forms.pickers import ClientSelect, client_names
from sales.models import Complaint, Cost, CostCategory, Document
from sales.models.costs import Fault, Severity
from sales.models.documents import DocumentKind
from sales.periods import company_today
from sales.querysets import may_see_profit_of, sees_own_profit
from ui.forms import DateInput, Seg

_SALES_OFFERED = 50


def sale_choices(user: User, client_id: int, kept: int | None) -> list[tuple[Any, str]]:
    """Return the latest sales of a client, and the one that is kept. Index: document_of_client."""
    rows = Document.objects.visible_to(user).filter(kind=DocumentKind.SALE)
    found = list(rows.filter(client=client_id).order_by("-day", "-pk")[:_SALES_OFFERED]) if client_id else []
    if kept and kept not in {one.pk for one in found}:
        found += list(rows.filter(pk=kept))
    return [("", "–"), *((one.pk, f"{one}, {one.day:%Y-%m-%d}") for one in found)]


class CostForm(RegistryForm):
    """Money spent on a client, on a campaign, or on nobody in particular."""

    ids = "cost_%s"

    client = Typed(label=_("Client"), required=False, widget=ClientSelect())
    category = Typed(label=_("Category"))
    day = Typed(label=_("Date"), widget=DateInput())
    amount = Typed(label=_("Amount"), required=False, widget=money_input())
    hours = Typed(label=_("Hours"), required=False, widget=money_input())
    hourly_rate = Typed(label=_("Rate by the hour"), required=False, widget=money_input(), help_text=_("hours × rate is the amount"))
    currency = Typed(label=_("Currency"), required=False, widget=forms.TextInput({"autocomplete": "off", "maxlength": 3}))
    rate = Typed(label=_("Rate"), required=False, widget=money_input())
    document = Typed(label=_("For the sale"), required=False)
    source = Typed(label=_("Campaign of the source"), required=False, help_text=_("where it was spent to win clients, not for one client"))
    note = Typed(label=_("Note"), required=False, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, data: Any = None, *, user: User, cost: Cost | None = None, initial: Any = None) -> None:
        self.user, self.cost = user, cost
        super().__init__(data, initial=_shown_cost(cost) if cost else _proposed(initial or {}, "client", "document", "category", "day"))
        self.home = Company.current().currency
        self.initial.setdefault("currency", self.home)
        fields: Any = self.fields
        kept = cost.category_id if cost else None
        categories = [(one.pk, str(one)) for one in CostCategory.objects.all() if not one.retired or one.pk == kept]
        fields["category"].widget = forms.Select({"data-native": True}, choices=[("", _("Choose")), *categories])
        fields["source"].widget = forms.Select(choices=[("", "–"), *Source.objects.order_by("name").values_list("pk", "name")])
        fields["rate"].help_text = _("what one unit is worth in %(home)s") % {"home": self.home}
        client, sale = as_number(self["client"].value()), as_number(self["document"].value())
        fields["client"].widget.offer(client_names(user, [client]))
        fields["document"].widget = forms.Select({"data-native": True}, choices=sale_choices(user, client, sale))
        self.draw()
        self.version = as_number(self.data.get("version")) if self.is_bound else (cost.version if cost else 0)

    def for_service(self) -> dict[str, Any]:
        """Return what was typed, as the services take it."""
        values = self.typed()
        if str(values.get("currency") or "").strip().upper() in ("", self.home):
            values["rate"] = ""
        return values


class ComplaintForm(RegistryForm):
    """What a client complained of."""

    ids = "complaint_%s"

    client = Typed(label=_("Client"), widget=ClientSelect())
    day = Typed(label=_("Date"), widget=DateInput())
    severity = Typed(label=_("Severity"), widget=Seg(choices=[(str(one.value), capfirst(one.label)) for one in Severity]))
    fault = Typed(label=_("Whose fault"), widget=Seg(choices=[(one.value, capfirst(one.label)) for one in Fault]))
    what = Typed(label=_("What happened"), required=False, widget=forms.Textarea({"rows": 4}))
    document = Typed(label=_("About the sale"), required=False)
    cost = Typed(label=_("What it cost"), required=False, widget=money_input())

    def __init__(self, data: Any = None, *, user: User, complaint: Complaint | None = None, initial: Any = None) -> None:
        self.user, self.complaint = user, complaint
        begun = {"severity": str(Severity.SERIOUS.value), "fault": Fault.UNKNOWN.value}
        proposed = begun | _proposed(initial or {}, "client", "document", "day")
        super().__init__(data, initial=_shown_complaint(complaint) if complaint else proposed)
        fields: Any = self.fields
        client, sale = as_number(self["client"].value()), as_number(self["document"].value())
        fields["client"].widget.offer(client_names(user, [client]))
        fields["document"].widget = forms.Select({"data-native": True}, choices=sale_choices(user, client, sale))
        fields["cost"].help_text = _("in %(home)s, the handling included") % {"home": Company.current().currency}
        sees_cost = may_see_profit_of(user, complaint.client_id) if complaint else sees_own_profit(user)
        if not sees_cost:
            del fields["cost"]
        self.draw()
        self.version = as_number(self.data.get("version")) if self.is_bound else (complaint.version if complaint else 0)

    def for_service(self) -> dict[str, Any]:
        """Return what was typed, as the services take it."""
        values = self.typed()
        if self.complaint is None and not values.get("cost"):
            values.pop("cost", None)
        return values


class ResolveForm(RegistryForm):
    """How a complaint was resolved."""

    ids = "resolve_%s"

    resolved_on = Typed(label=_("Resolved on"), widget=DateInput())
    resolution = Typed(label=_("How it was resolved"), required=False, widget=forms.Textarea({"rows": 3, "autofocus": True}))

    def __init__(self, data: Any = None, *, complaint: Complaint) -> None:
        super().__init__(data, initial={"resolved_on": complaint.resolved_on or company_today(), "resolution": complaint.resolution})
        self.version = as_number(self.data.get("version")) if self.is_bound else complaint.version


def _proposed(given: Any, *names: str) -> dict[str, Any]:
    return {"day": company_today(), **{name: given[name] for name in names if given.get(name)}}


def _shown_cost(cost: Cost) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(cost, name) for name in ("day", "currency", "note")}
    shown |= {name: getattr(cost, f"{name}_id") or "" for name in ("client", "category", "document", "source")}
    return shown | {"amount": figure(cost.amount), "hours": figure(cost.hours), "rate": "" if cost.rate == 1 else figure(cost.rate)}


def _shown_complaint(complaint: Complaint) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(complaint, name) for name in ("day", "fault", "what")}
    references = {"client": complaint.client_id, "document": complaint.document_id or ""}
    return shown | references | {"severity": str(complaint.severity), "cost": figure(complaint.cost)}
