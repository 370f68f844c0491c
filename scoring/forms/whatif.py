"""The forms of a what-if. They come by the address (GET), so that one can be sent to a colleague; nothing is saved."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from clients.errors import FieldError
from clients.forms.fields import RegistryForm, Typed
from clients.validation import BadValue
from sales import values
from sales.models import Driver
from sales.models.money import ZERO
from scoring.whatif.pools import PoolChange
from scoring.whatif.terms import Terms

LONGEST_NAME = 100


def _percent(least: int, most: int) -> Callable[[object], Decimal]:
    def read(value: object) -> Decimal:
        given = value.strip().removesuffix("%").strip() if isinstance(value, str) else value
        found = values.quantity(given) or ZERO
        if not least <= found <= most:
            raise BadValue("number", _("Give a percentage between %(least)s and %(most)s.") % {"least": least, "most": most})
        return found

    return read


def _money(value: object) -> Decimal:
    found = values.money(value) or ZERO
    if not 0 <= found < 10**9:
        raise BadValue("money", _("Give an amount of zero or more, and less than a billion."))
    return found


def _days(value: object) -> int | None:
    found = values.quantity(value)
    if found is None:
        return None
    if found != int(found) or not 0 <= found <= 365:
        raise BadValue("number", _("Give whole days, 365 at most."))
    return int(found)


class _Wish(Typed):
    """A field of which nothing needs to be said: in a what-if each may stay empty."""

    unmarked = True


def _field(label: Any, help_text: Any = "") -> Typed:
    return _Wish(label=label, required=False, help_text=help_text, widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}))


class _ByAddress(RegistryForm):
    """A form whose values stand in the address."""

    read: dict[str, Callable[[object], Any]]

    @property
    def is_asked(self) -> bool:
        """Whether anything was typed."""
        return any(str(value or "").strip() for value in self.typed().values())

    def values(self) -> tuple[dict[str, Any], list[FieldError]]:
        """Return what was typed, read, and what is wrong with it, field by field."""
        found: dict[str, Any] = {}
        errors: list[FieldError] = []
        for name, value in self.typed().items():
            try:
                found[name] = self.read[name](value)
            except BadValue as bad:
                errors.append(FieldError(name, bad.code, bad.message))
        return found, errors


class TermsForm(_ByAddress):
    """Other terms of a client. `agreed` are the days to pay in now (None: nothing is on credit), `delivery` what delivery costs now."""

    ids = "whatif_%s"

    price = _field(_("Price, ± %"), _("costs stay as they are"))
    discount = _field(_("Discounts, ± %"), _("of what they are; −100: none at all"))
    delivery_each = _field(_("Delivery, an order"), _("what the client pays for it"))
    delivery_share = _field(_("Delivery, % of its cost"), _("what the client pays of it"))
    small_below = _field(_("Minimum order"), _("as orders are now"))
    small_fee = _field(_("Surcharge"), _("on each order below the minimum"))
    days = _field(_("Days to pay"))
    visits = _field(_("Cost of visits, ± %"))
    service = _field(_("Cost of service, ± %"), _("the hours of service"))

    read = {
        "price": _percent(-90, 500),
        "discount": _percent(-100, 500),
        "delivery_each": _money,
        "delivery_share": _percent(0, 200),
        "small_below": _money,
        "small_fee": _money,
        "days": _days,
        "visits": _percent(-100, 500),
        "service": _percent(-100, 500),
    }

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        home = Company.current().currency
        for name in ("delivery_each", "small_below", "small_fee"):
            self.fields[name].label = f"{self.fields[name].label}, {home}"

    def told(self, *, agreed: int | None) -> None:
        """Say at the days to pay what holds now."""
        said = _("now %(days)s on average") % {"days": agreed} if agreed else _("nothing was sold on credit in this period")
        self["days"].help_text = said

    def terms(self, *, agreed: int | None) -> tuple[Terms, list[FieldError]]:
        """Return the terms, and what is wrong with what was typed, taken together too."""
        found, errors = self.values()
        if found.get("days") is not None and not agreed:
            errors.append(FieldError("days", "no_credit", _("Nothing was sold on credit in this period; there are no days to change.")))
        if found.get("small_fee") and not found.get("small_below") and not any(one.field == "small_below" for one in errors):
            errors.append(FieldError("small_below", "required", _("Say below which amount an order is small.")))
        return (Terms() if errors else Terms(**found)), errors

    def small_amount(self) -> Decimal:
        """Return below which amount an order is small, or zero."""
        return Decimal(self.values()[0].get("small_below") or ZERO)


class PoolWhatIfForm(_ByAddress):
    """Another driver or amount of a pool."""

    ids = "whatif_%s"

    pool = Typed(label=_("Cost pool"), widget=forms.Select({"data-native": True}))
    driver = _Wish(label=_("Spread by"), required=False, widget=forms.Select({"data-native": True}))
    percent = _field(_("Amount, ± %"), _("empty: as it is"))

    def __init__(self, data: Any, *, pools: list[str]) -> None:
        super().__init__(data)
        self.pools = pools
        self.read = {"pool": self._pool, "driver": self._driver, "percent": _percent(-100, 500)}
        widgets: Any = {name: field.widget for name, field in self.fields.items()}
        widgets["pool"].choices = [(name, name) for name in pools]
        drivers = [(value, capfirst(label)) for value, label in Driver.choices if value != Driver.BY_HAND]
        widgets["driver"].choices = [("", _("as it is now")), *drivers]

    def change(self) -> tuple[PoolChange | None, list[FieldError]]:
        """Return what is asked, and what is wrong with it."""
        found, errors = self.values()
        return (None if errors else PoolChange(**found)), errors

    def _pool(self, value: object) -> str:
        asked = str(value or "").strip()[:LONGEST_NAME].lower()
        known = next((name for name in self.pools if name.lower() == asked), None)
        if known is None:
            raise BadValue("choice", _("Choose a pool of this period."))
        return known

    @staticmethod
    def _driver(value: object) -> str:
        given = str(value or "")
        if given and (given not in Driver.values or given == Driver.BY_HAND):
            raise BadValue("choice", _("Choose what the pool is spread by."))
        return given
