"""The form of a sale or a purchase, with its lines or as one amount."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from clients.errors import FieldError
from clients.forms.fields import RegistryForm, Typed, as_number
from clients.models import LineOfBusiness
from sales.forms.figures import figure
from sales.forms.pickers import ClientSelect, client_names
from sales.models import Document
from sales.models.documents import DocumentKind
from sales.periods import company_today
from sales.querysets import may_see_profit_of, sees_own_profit
from sales.services import left_to_pay
from ui.forms import DateInput

MONEY = {"inputmode": "decimal", "autocomplete": "off", "class": "num"}
SUMS = ("amount", "discount", "direct_cost")
LINE = ("id", "product", "quantity", *SUMS)
MOST_ROWS = 2_000


def money_input(**more: Any) -> forms.TextInput:
    return forms.TextInput({**MONEY, **more})


def line_of_business_choices(kept: int | None) -> list[tuple[Any, Any]]:
    """Return the lines of business that are offered, and the one that is kept."""
    entries = LineOfBusiness.objects.order_by("name").values_list("pk", "name", "retired")
    return [("", "–"), *((pk, name) for pk, name, retired in entries if not retired or pk == kept)]


@dataclass
class Row:
    """One line as it stands in the form: what was typed, and what is wrong with it."""

    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_filled(self) -> bool:
        return any(self.typed.get(name) for name in LINE if name != "id")


class DocumentForm(RegistryForm):
    """What was invoiced. Values go to the services as they were typed; a document with lines is their sum."""

    ids = "doc_%s"

    client = Typed(label=_("Client"), required=False, widget=ClientSelect())
    number = Typed(label=_("Number"), required=False, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}))
    day = Typed(label=_("Date"), widget=DateInput())
    due_on = Typed(label=_("Due"), required=False, widget=DateInput(), help_text=_("empty: payments are not followed"))
    line_of_business = Typed(label=_("Line of business"), required=False)
    currency = Typed(
        label=_("Currency"), required=False, widget=forms.TextInput({"autocomplete": "off", "maxlength": 3, "spellcheck": "false"})
    )
    rate = Typed(label=_("Rate"), required=False, widget=money_input())
    amount = Typed(label=_("Amount"), required=False, widget=money_input(), help_text=_("after discount"))
    discount = Typed(label=_("Discount"), required=False, widget=money_input(), help_text=_("what was taken off the price"))
    direct_cost = Typed(label=_("Direct cost"), required=False, widget=money_input(), help_text=_("what the goods or the work cost us"))
    note = Typed(label=_("Note"), required=False, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, data: Any = None, *, user: User, kind: str, document: Document | None = None, initial: Any = None) -> None:
        self.user, self.kind, self.document = user, kind, document
        super().__init__(data, initial=_shown(document) if document else _proposed(initial or {}))
        self.home = Company.current().currency
        self.initial.setdefault("currency", self.home)
        fields: Any = self.fields
        fields["line_of_business"].widget = forms.Select(
            choices=line_of_business_choices(document.line_of_business_id if document else None)
        )
        fields["rate"].help_text = _("what one unit is worth in %(home)s") % {"home": self.home}
        fields["client"].widget.offer(client_names(user, [self["client"].value()]))
        fields["client"].required = not user.has_perm("sales.change_any_document")
        if not self.shows_cost:
            del fields["direct_cost"]
        self.draw()
        self.version = as_number(self.data.get("version")) if self.is_bound else (document.version if document else 0)
        self.rows = self._read_rows() if self.is_bound else self._kept_rows()

    @cached_property
    def shows_cost(self) -> bool:
        """Whether what the goods cost is asked for."""
        if self.kind != DocumentKind.SALE:
            return False
        return may_see_profit_of(self.user, self.document.client_id) if self.document else sees_own_profit(self.user)

    @property
    def line_fields(self) -> list[str]:
        return [name for name in LINE if name != "id" and (name != "direct_cost" or self.shows_cost)]

    @property
    def shown_rows(self) -> list[Row]:
        """The lines, and an empty one to go on with."""
        return [*self.rows, Row()]

    @property
    def blank(self) -> Row:
        """An empty line, from which more are made."""
        return Row()

    def _kept_rows(self) -> list[Row]:
        if self.document is None:
            return []
        return [
            Row(
                {"id": str(one.pk), "product": one.product, "quantity": figure(one.quantity)}
                | {name: figure(getattr(one, name)) for name in SUMS}
            )
            for one in self.document.lines.all()
        ]

    def _read_rows(self) -> list[Row]:
        """Read the columns of lines: fields of one name stand in the order of their rows."""
        data: Any = self.data
        columns = {name: [str(text).strip() for text in data.getlist(f"line_{name}")[:MOST_ROWS]] for name in LINE}
        longest = max(map(len, columns.values()), default=0)
        rows = [Row({name: texts[number] for name, texts in columns.items() if number < len(texts)}) for number in range(longest)]
        return [row for row in rows if row.is_filled]

    def for_service(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return what was typed, as the services take it: the values of the whole, and the lines."""
        values = self.typed()
        if self.rows:  # they add up to the whole by themselves
            values = {name: value for name, value in values.items() if name not in SUMS}
        elif self.document is None:
            values = {name: value for name, value in values.items() if name != "direct_cost" or value}
        else:  # to the services an empty figure is one that nobody gave: emptied here, it is zero
            values |= {name: "0" for name in ("discount", "direct_cost") if values.get(name) == "" and getattr(self.document, name)}
        if str(values.get("currency") or "").strip().upper() in ("", self.home):
            values["rate"] = ""
        if self.document is None and not values.get("line_of_business"):
            values.pop("line_of_business", None)  # the client's own
        return values, [self._for_service(row) for row in self.rows]

    def _for_service(self, row: Row) -> dict[str, Any]:
        given = {name: row.typed.get(name, "") for name in self.line_fields}
        if given.get("direct_cost") == "":
            if "direct_cost" in row.typed and self._kept_costs.get(as_number(row.typed.get("id"))):
                given["direct_cost"] = "0"  # emptied: a line that names none keeps the one that it had
            else:
                del given["direct_cost"]
        return given | ({"id": row.typed["id"]} if row.typed.get("id") else {})

    @cached_property
    def _kept_costs(self) -> dict[int, Decimal]:
        """What the lines cost that stand in the document, by their id."""
        return dict(self.document.lines.values_list("pk", "direct_cost")) if self.document else {}

    def take_refusal(self, errors: Iterable[FieldError]) -> None:
        """Show what the service refused, of lines at the line."""
        others = []
        for error in errors:
            place, _dot, rest = error.field.partition(".")
            number, _dot, name = rest.partition(".")
            if place == "lines" and number.isdecimal() and int(number) < len(self.rows):
                self.rows[int(number)].errors.setdefault(name, []).append(str(error.message))
            else:
                others.append(error)
        super().take_refusal(others)

    @property
    def wrong_rows(self) -> list[tuple[int, str]]:
        """What is wrong with lines: the number of each, and what to do."""
        return [(number, text) for number, row in enumerate(self.rows, 1) for texts in row.errors.values() for text in texts]

    @property
    def is_refused(self) -> bool:
        return bool(self.errors or self.wrong_rows)


def _proposed(given: Any) -> dict[str, Any]:
    """Return what a new form begins with; the address may propose: ?client=5&day=2026-11-02&amount=120."""
    known = ("client", "day", "due_on", "amount", "currency", "line_of_business")
    return {"day": company_today(), **{name: given[name] for name in known if given.get(name)}}


def _shown(document: Document) -> dict[str, Any]:
    shown = {name: getattr(document, name) for name in ("number", "day", "due_on", "currency", "note")}
    whole = {} if document.line_count else {name: figure(getattr(document, name)) for name in SUMS}
    references = {"client": document.client_id or "", "line_of_business": document.line_of_business_id or ""}
    return {**shown, **whole, **references, "rate": "" if document.rate == 1 else figure(document.rate)}


class PaymentForm(RegistryForm):
    """Money that came in for a document, or went out."""

    ids = "payment_%s"

    amount = Typed(label=_("Amount"), widget=money_input(autofocus=True))
    day = Typed(label=_("Date"), widget=DateInput())
    number = Typed(label=_("Number"), required=False, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, data: Any = None, *, document: Document) -> None:
        left = left_to_pay(document)
        super().__init__(data, initial={"amount": figure(left) if left else "", "day": company_today()})
        self.fields["amount"].label = _("Amount, %(currency)s") % {"currency": document.currency}


class CreditForm(RegistryForm):
    """Taking a document back, wholly or in part."""

    ids = "credit_%s"

    amount = Typed(label=_("Amount to take back"), widget=money_input(autofocus=True))
    day = Typed(label=_("Date"), widget=DateInput())
    number = Typed(label=_("Number"), required=False, widget=forms.TextInput({"autocomplete": "off"}))
    goods_come_back = Typed(
        label=_("The goods come back"),
        required=False,
        widget=forms.CheckboxInput(),
        help_text=_("then their direct cost is taken back too, in proportion"),
    )
    note = Typed(label=_("Note"), required=False, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, data: Any = None, *, document: Document) -> None:
        left = document.amount + document.credited
        super().__init__(data, initial={"amount": figure(left), "day": company_today(), "goods_come_back": True})
        self.fields["amount"].label = _("Amount to take back, %(currency)s") % {"currency": document.currency}
        if document.kind != DocumentKind.SALE:
            del self.fields["goods_come_back"]
