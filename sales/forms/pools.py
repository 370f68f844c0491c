"""The forms of cost pools and of the settings of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from clients.errors import FieldError, Refused
from clients.forms.fields import RegistryForm, Typed, as_number
from sales.forms.documents import money_input
from sales.forms.figures import figure
from sales.forms.pickers import ClientSelect, client_names
from sales.models import CostCategory, CostPool, Driver, LedgerSettings
from sales.querysets import weights_of
from ui.forms import DateInput

MOST_ROWS = 10_000


@dataclass
class WeightRow:
    """One client of a pool that is spread by hand, as it stands in the form."""

    client: str = ""
    weight: str = ""
    errors: list[str] = field(default_factory=list)
    names: Mapping[int, str] = field(default_factory=dict)
    """How the clients of all rows are called, read at once."""

    def picker(self) -> str:
        """Return the field in which the client is chosen."""
        select = ClientSelect({"aria-label": gettext("Client")})
        client = as_number(self.client)
        select.offer({client: self.names[client]} if client in self.names else {})
        return select.render("weight_client", self.client)


class PoolForm(RegistryForm):
    """A cost pool of one month."""

    ids = "pool_%s"

    name = Typed(label=_("Name"), widget=forms.TextInput({"autocomplete": "off"}))
    amount = Typed(label=_("Amount"), widget=money_input())
    driver = Typed(label=_("Spread by"), widget=forms.Select({"data-native": True}))
    note = Typed(label=_("Note"), required=False, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, data: Any = None, *, user: User, month: date, pool: CostPool | None = None, driver: str = "") -> None:
        """`driver` is one to begin with instead of the pool's."""
        self.month, self.pool = month, pool
        initial: dict[str, Any] = {"driver": Driver.REVENUE.value}
        if pool is not None:
            initial = {"name": pool.name, "amount": figure(pool.amount) or "0", "driver": pool.driver, "note": pool.note}
        if driver in Driver.values:
            initial["driver"] = driver
        super().__init__(data, initial=initial)
        fields: Any = self.fields
        fields["driver"].widget.choices = [(value, capfirst(label)) for value, label in Driver.choices]
        fields["amount"].label = _("Amount, %(home)s") % {"home": Company.current().currency}
        self.version = as_number(self.data.get("version")) if self.is_bound else (pool.version if pool else 0)
        self.rows = self._read_rows() if self.is_bound else self._kept_rows()
        names = client_names(user, (row.client for row in self.rows))
        for row in self.rows:
            row.names = names

    @property
    def shown_rows(self) -> list[WeightRow]:
        """The clients with their weights, and an empty row to go on with."""
        return [*self.rows, WeightRow()]

    @property
    def blank(self) -> WeightRow:
        return WeightRow()

    def _kept_rows(self) -> list[WeightRow]:
        if self.pool is None:
            return []
        return [
            WeightRow(str(client), figure(weight))
            for client, weight in weights_of(self.pool.weights.order_by("client__sort_name", "pk")).items()
        ]

    def _read_rows(self) -> list[WeightRow]:
        data: Any = self.data
        clients, weights = (data.getlist(name)[:MOST_ROWS] for name in ("weight_client", "weight"))
        rows = [WeightRow(str(client).strip(), str(weight).strip()) for client, weight in zip(clients, weights, strict=False)]
        return [row for row in rows if row.client or row.weight]

    def for_service(self) -> tuple[dict[str, Any], dict[int, object] | None]:
        """Return the values and the weights as the service takes them; raises `Refused` for weights that nobody can read."""
        values = self.typed() | {"month": self.month}
        if values["driver"] != Driver.BY_HAND:
            return values, None
        weights: dict[int, object] = {}
        errors = []
        for number, row in enumerate(self.rows):
            client = as_number(row.client)
            if not client or client in weights:
                words = _("This client stands here twice.") if client else _("Choose a client.")
                errors.append(FieldError(f"rows.{number}", "choice", words))
            weights[client] = row.weight
        if errors:
            raise Refused(errors)
        return values, weights

    def take_refusal(self, errors: Iterable[FieldError]) -> None:
        """Show what the service refused, of weights at their row."""
        others = []
        for error in errors:
            place, _dot, rest = error.field.partition(".")
            row = self._row(place, rest)
            if row is not None:
                row.errors.append(str(error.message))
            else:
                others.append(error)
        super().take_refusal(others)

    def _row(self, place: str, rest: str) -> WeightRow | None:
        if place == "rows" and rest.isdecimal() and int(rest) < len(self.rows):
            return self.rows[int(rest)]
        if place == "weights":
            return next((row for row in self.rows if row.client == rest), None)
        return None

    @property
    def is_refused(self) -> bool:
        return bool(self.errors or any(row.errors for row in self.rows))


class LedgerSettingsForm(RegistryForm):
    """What is set for the ledger as a whole."""

    ids = "ledger_%s"

    locked_before = Typed(
        label=_("Closed before"),
        required=False,
        widget=DateInput(),
        help_text=_("documents, costs and pools of earlier days can't be added, changed or removed any more; empty: nothing is closed"),
    )
    former_after_months = Typed(
        label=_("Months without a sale until a client is former"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "size": 4}),
    )
    managers_see_profit = Typed(
        label=_("Managers see what their own clients cost and earn"),
        required=False,
        widget=forms.CheckboxInput(),
        help_text=_("else costs and profit are for management alone"),
    )

    def __init__(self, data: Any = None) -> None:
        settings = LedgerSettings.current()
        names = ("locked_before", "former_after_months", "managers_see_profit")
        super().__init__(data, initial={name: getattr(settings, name) for name in names})


class CategoryForm(RegistryForm):
    """A category of costs."""

    ids = "category_%s"

    name = Typed(label=_("Name"), widget=forms.TextInput({"autocomplete": "off"}))
    wins_clients = Typed(
        label=_("Wins new clients"),
        required=False,
        widget=forms.CheckboxInput(),
        help_text=_("campaigns and the work on first deals: what it costs to win a client"),
    )

    def __init__(self, data: Any = None, *, category: CostCategory | None = None) -> None:
        self.category = category
        initial = {"name": str(category), "wins_clients": category.wins_clients} if category else None
        super().__init__(data, initial=initial)
        if category is not None and category.key:
            self.fields["name"].required = False
            self.fields["name"].help_text = _("Emptied, it is called as shipped, in the language of whoever reads it.")
