"""From what was typed to what is kept: the one way into the ledger, for form, API and commands (clients.services.preparing
does it for the registry). All that is wrong comes back at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from clients import validation
from clients.errors import FieldError, Merged
from clients.models import Client
from clients.validation import BadValue
from sales import values
from sales.models import Document

Values = dict[str, Any]
Clean = Callable[[object], Any]
FURTHEST = timedelta(days=366)
"""A document may be dated ahead, but not by more: that is a slip of the pen."""


def line(limit: int) -> Clean:
    """Return the reading of one line of text."""
    return lambda value: validation.text(value, limit=limit)


def lines(limit: int) -> Clean:
    """Return the reading of text with line breaks."""
    return lambda value: validation.text(value, limit=limit, lines=True)


def reference(value: object) -> int | None:
    """Return the id that `value` (an id, its digits, or a row) stands for; empty is None."""
    found = getattr(value, "pk", value)
    if found is None or found == "":
        return None
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 19:
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 < found < 2**63:
        raise BadValue("choice", _("Choose an entry of the list; this one is not in it."))
    return found


def read(given: Mapping[str, Any], clean: Mapping[str, Clean]) -> tuple[Values, list[FieldError]]:
    """Read `given` by `clean`; a name that is not in it is refused."""
    kept: Values = {}
    errors = [FieldError(str(name)[:60], "unknown", _("There is no such field.")) for name in given if name not in clean]
    for name, reading in clean.items():
        if name in given:
            try:
                kept[name] = reading(given[name])
            except BadValue as bad:
                errors.append(FieldError(name, bad.code, bad.message))
    return kept, errors


def required(kept: Values, errors: list[FieldError], *names: str) -> list[FieldError]:
    """Return the errors of those of `names` that are missing and not wrong already."""
    wrong = {error.field for error in errors}
    return [
        FieldError(name, "required", _("Give a value for this field.")) for name in names if kept.get(name) is None and name not in wrong
    ]


def day_errors(day: date | None, today: date, *, field: str = "day", ahead: bool = False) -> list[FieldError]:
    """Return what is wrong with a day: what has happened lies in the past; a document may be dated a year `ahead`."""
    if day is None or day <= (today + FURTHEST if ahead else today):
        return []
    message = (
        _("This day is more than a year ahead; mend the date.") if ahead else _("This has happened already; choose today or a day before.")
    )
    return [FieldError(field, "future", message)]


def set_currency(kept: Values, wrong: list[FieldError], before: Mapping[str, Any] | None = None) -> list[FieldError]:
    """Complete currency and rate of `kept`, beside what stands `before`: the company's own needs no rate, others do.

    `wrong` is what could not be read: of those two nothing more is said.
    """
    if any(error.field in {"currency", "rate"} for error in wrong):
        return []
    home, before = Company.current().currency, before or {}
    if "currency" not in kept and "rate" not in kept and before:
        return []
    currency = kept.get("currency") or before.get("currency") or home
    kept["currency"] = currency
    rate: Decimal | None = kept.get("rate")
    if currency == home:
        if rate not in (None, Decimal(1)):
            return [FieldError("rate", "own_currency", _("This is the company's own currency; its rate is 1."))]
        kept["rate"] = Decimal(1)
        return []
    if rate is None:
        rate = before.get("rate") if before.get("currency") == currency else None
    if rate is None:
        kept.pop("rate", None)
        message = _("Say how much of the company's currency (%(home)s) one %(currency)s is worth.")
        return [FieldError("rate", "required", message % {"home": home, "currency": currency})]
    kept["rate"] = rate
    return []


def find_client(user: User, client_id: int | None) -> tuple[Client | None, list[FieldError]]:
    """Return the client that money is to be entered for, locked so that no merge takes it away meanwhile.

    An archived one is taken: an invoice is a fact. Raises `Merged`.
    """
    if client_id is None:
        return None, []
    found = Client.objects.visible_to(user).filter(erased_at=None).select_for_update(of=("self",), no_key=True).filter(pk=client_id).first()
    if found is None:
        return None, [FieldError("client", "choice", _("Choose a client of the registry."))]
    if found.merged_into is not None:
        raise Merged(found, found.merged_into)
    return found, []


def may_write_for(user: User, client: Client | None) -> None:
    """Raise `PermissionDenied` unless `user` may enter money and complaints for `client` (None: for no client)."""
    if user.has_perm("sales.change_any_document"):
        return
    if client is None or not Client.objects.editable_by(user).filter(pk=client.pk).exists():
        raise PermissionDenied


def find_document(user: User, document_id: int | None, client_id: int | None, *, kind: str = "sale") -> list[FieldError]:
    """Return the error when a cost or a complaint names a document that is not one of its client."""
    if document_id is None:
        return []
    found = Document.objects.visible_to(user).filter(pk=document_id, kind=kind, client=client_id)
    return [] if found.exists() else [FieldError("document", "choice", _("Choose a sale of this client."))]


def changed_values(row: Any, kept: Values) -> Values:
    """Return those of the kept values that differ from what `row` holds, by attribute."""
    return {name: value for name, value in kept.items() if getattr(row, name) != value}


MONEY: Clean = values.money
DAY: Clean = validation.day
