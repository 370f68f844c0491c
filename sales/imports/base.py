"""What the ledger's kinds of rows share: who may, what is set for all rows, how a cell is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import F, Func, IntegerField, QuerySet, Sum, Value
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from clients.errors import FieldError
from clients.imports.kinds import ImportField, ImportKind, Job, RowError, RowInHand, Session
from clients.models import ImportedRow
from clients.services.rules import ReferenceList
from clients.validation import BadValue
from sales.imports import cells, whose
from sales.imports.fields import fields_of
from sales.imports.whose import KEYS, Whose
from sales.models import DocumentKind, LedgerSettings
from sales.periods import company_today
from sales.services.preparing import day_errors

if TYPE_CHECKING:
    from accounts.models import User

PERMISSION = "sales.import_ledger"
CLOSED = _("This period of the ledger is closed. Put what is to be corrected into an open one.")
_MONEY = frozenset({"amount", "discount", "direct_cost", "unit_price", "unit_cost", "cost"})
_PER_CENT = re.compile(r"%|\b(pct|percent|per cent|pourcent|процент)", re.IGNORECASE)
REFUSE, KEEP = "refuse", "keep"
_NOBODY = _("Say whose it is; or choose that rows without a client are kept as money without a client.")
_DIFFERENT_RATE = _("This is the company's own currency: its rate is 1. Leave the cell empty.")
_NO_RATE = _("Give the rate: how much of the company's currency one unit is worth.")


class LedgerKind(ImportKind):
    """Rows of the ledger. They know what is there already by themselves, so there is no key to choose."""

    permission = PERMISSION
    meanwhile = _("Somebody entered or closed something of the ledger at the same moment; nothing was written. Start it again.")
    hint = _("Rows get these where they say nothing themselves.")
    undo_hint = _("What the import added goes. What it changed gets its earlier values back. History keeps that it happened.")
    all_there = _("Everything in the file is there already, with the same figures: there is nothing to write.")
    row_label = _("Document")
    with_client: ClassVar[bool] = True
    with_currency: ClassVar[bool] = True
    clientless: ClassVar[bool] = True
    """Whether rows may be of no client."""

    def fields(self) -> list[ImportField]:
        return fields_of(self.name, with_client=self.with_client)

    def match_keys(self) -> dict[str, str | Promise]:
        return {}

    def settings(self, user: User) -> dict[str, forms.Field]:
        found: dict[str, forms.Field] = {}
        if self.clientless:
            found["without_client"] = choice(
                _("Rows without a client"),
                [(REFUSE, _("go to the file of refused rows")), (KEEP, _("are kept as money without a client"))],
                initial=REFUSE,
            )
        found |= self.own_settings()
        if self.with_currency:
            found["currency"] = forms.CharField(
                label=_("Currency"), max_length=3, required=False, initial=Company.current().currency, help_text=_("ISO 4217 code")
            )
        found["decimal_sign"] = choice(_("Decimal sign"), [("", _("as it looks")), (cells.POINT, "1,234.50"), (cells.COMMA, "1.234,50")])
        found["dates"] = choice(_("Dates with strokes"), [("", _("day first: 24/11/2026")), ("month", _("month first: 11/24/2026"))])
        return found

    def settle(self, mapping: dict[str, list[str]]) -> dict[str, list[str]]:
        """A column of per cent is no amount, whatever else its heading says."""
        return {
            name: headings
            for name, headings in mapping.items()
            if name not in _MONEY or not any(_PER_CENT.search(heading) for heading in headings)
        }

    def own_settings(self) -> dict[str, forms.Field]:
        """Return what else may be set for all rows of this kind."""
        return {}

    def check_settings(self, defaults: Mapping[str, Any]) -> list[FieldError]:
        from accounts.models import User

        offered = self.settings(User())
        errors = [FieldError(name[:60], "unknown", _("This can't be set for all rows.")) for name in defaults if name not in offered]
        for name, value in defaults.items():
            field = offered.get(name)
            choices: Any = field.choices if isinstance(field, forms.ChoiceField) else None
            if choices and str(value) not in {str(key) for key, _label in choices}:
                errors.append(FieldError(name, "choice", _("Choose one of those that are offered.")))
        try:
            cells.currency(str(defaults.get("currency") or "EUR"))
        except BadValue as bad:
            errors.append(FieldError("currency", bad.code, bad.message))
        return errors

    def rows_in(self, trail: QuerySet[ImportedRow]) -> int:
        """The first part of each footprint says how many rows of the file it stands for."""
        first = Func(F("parts"), Value("0"), function="jsonb_extract_path_text")
        total: int | None = trail.annotate(rows=Cast(first, IntegerField())).aggregate(total=Sum("rows"))["total"]
        return total or 0


def choice(label: Any, choices: list[tuple[Any, Any]], *, initial: str = "") -> forms.ChoiceField:
    """Return a setting that is one of `choices`."""
    return forms.ChoiceField(label=label, choices=choices, required=False, initial=initial)


def kind_setting() -> forms.ChoiceField:
    """Return the setting whether the documents are sales or purchases."""
    return choice(
        _("The documents are"),
        [(DocumentKind.SALE.value, _("sales")), (DocumentKind.PURCHASE.value, _("purchases"))],
        initial=DocumentKind.SALE.value,
    )


class LedgerSession(Session):
    """One run over rows of the ledger."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        if not (job.user.is_active and job.user.has_perm(PERMISSION)):
            raise PermissionDenied
        defaults = job.defaults
        self.home = Company.current().currency
        self.locked_before = LedgerSettings.current().locked_before
        self.keeps_clientless = defaults.get("without_client") == KEEP
        self.kind = str(defaults.get("kind") or DocumentKind.SALE.value)
        self.currency = str(defaults.get("currency") or self.home).upper()
        self.sign = str(defaults.get("decimal_sign") or "")
        self.month_first = defaults.get("dates") == "month"
        self.today = company_today(job.now)
        whose.begin()

    # --- in the reading thread ---------------------------------------------------------------------

    def cell[T](self, row: RowInHand, field: str, read: Callable[[str], T]) -> T | None:
        """Read one cell, None where it is empty; refuses the row where it can't be read."""
        given = row.data.get(field)
        if given is None:
            return None
        try:
            return read(given)
        except BadValue as bad:
            row.refuse(RowError(field, bad.code, bad.message, given[:60]))
            return None

    def money(self, given: str) -> Any:
        return cells.money(given, self.sign)

    def number(self, given: str) -> Any:
        return cells.number(given, self.sign)

    def day(self, given: str) -> Any:
        return cells.day(given, month_first=self.month_first)

    def day_in(self, row: RowInHand, field: str, *, ahead: bool = False) -> date | None:
        """Read the cell of a day that has come, or lies at most a year `ahead`; refuses the row where it does not."""
        day = self.cell(row, field, self.day)
        for error in day_errors(day, self.today, ahead=ahead):
            row.refuse(RowError(field, error.code, error.message, str(day)))
        return day

    def entry(self, row: RowInHand, field: str, known: ReferenceList) -> int | None:
        """Return the id of the entry that a cell names; names that the list lacks are counted for the page."""
        found = self.cell(row, field, known.resolve)
        if found is None and (name := row.data.get(field)) is not None:
            names = self.missing.setdefault(field, {})
            if (name := name[:200]) in names or len(names) < 200:
                names[name] = names.get(name, 0) + 1
        return found

    def named_client(self, row: RowInHand) -> Whose | None:
        """Return what the row says of its client, by the surest field that it fills."""
        for field in KEYS:
            if (value := row.data.get(field)) is None:
                continue
            if field == "client_number":
                value = value.removeprefix("№").strip()
                if not (value.isascii() and value.isdigit() and len(value) < 19):
                    row.refuse(RowError(field, "number", _("Give a whole number."), value[:60]))
                    return None
            return Whose(field, " ".join(value.split())[:300])
        return None

    def in_currency(self, row: RowInHand) -> dict[str, Any]:
        """Return currency and rate as far as the row says them; refuses what can't be together."""
        found: dict[str, Any] = {}
        currency = self.cell(row, "currency", cells.currency)
        rate = self.cell(row, "rate", lambda given: cells.rate(given, self.sign))
        if currency is not None:
            found["currency"] = currency
        if rate is not None:
            found["rate"] = rate
        elif currency == self.home:
            found["rate"] = Decimal(1)  # or a document that stands in another currency would keep the rate of that one
        foreign = (currency or self.currency) != self.home
        if foreign and rate is None and "rate" not in row.data:
            row.refuse(RowError("rate", "required", _NO_RATE))
        elif not foreign and rate is not None and rate != 1:
            row.refuse(RowError("rate", "own_currency", _DIFFERENT_RATE))
        return found

    def hold_rate(self, row: RowInHand, values: Mapping[str, Any]) -> None:
        """Refuse another rate than 1 in the company's own currency: that in which a row stands already, where it names none."""
        if values["currency"] == self.home and values["rate"] != 1 and not row.errors:
            row.refuse(RowError("rate", "own_currency", _DIFFERENT_RATE))

    # --- with the database -------------------------------------------------------------------------

    def client(self, row: RowInHand, key: Whose | None, found: whose.Found) -> int | None:
        """Return the client of a row, None for none; refuses the row where it can't be told, or where there must be one."""
        if key is None:
            if not self.keeps_clientless:
                row.refuse(RowError("client_own_id" if "client_own_id" in self.job.mapping else "client_name", "nobody", _NOBODY))
            return None
        client = found[key]
        if isinstance(client, RowError):
            row.refuse(client)
            return None
        return client

    def is_closed(self, *days: Any) -> bool:
        """Whether any of `days` lies in a closed period."""
        return self.locked_before is not None and any(day is not None and day < self.locked_before for day in days)


def highest_id(model: Any) -> int:
    """Return the highest id there is: what comes later is of this run, or of somebody else at the same time."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {model._meta.db_table}")  # noqa: S608  our own names
        return int(cursor.fetchone()[0])
