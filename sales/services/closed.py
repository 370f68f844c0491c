"""Closed periods: what would change their figures is refused, in words and by the field at which to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from clients.errors import FieldError, Refused
from sales.models import LedgerSettings
from ui import formats

CLOSED = "closed"


def closed_errors(*days: date | None, field: str = "day") -> list[FieldError]:
    """Return the error of those of `days` that lie in a closed period, for whoever is about to change figures there."""
    locked = LedgerSettings.current().locked_before
    given = [day for day in days if day is not None]
    return [_closed(locked, field)] if locked is not None and given and min(given) < locked else []


def refuse_closed(*days: date | None, field: str = "day") -> None:
    """Raise `Refused` when one of `days` lies in a closed period."""
    if errors := closed_errors(*days, field=field):
        raise Refused(errors)


def _closed(locked: date | None, field: str) -> FieldError:
    if locked is None:  # opened again since the database refused
        return FieldError(field, CLOSED, _("The period is closed."))
    message = _("The ledger is closed before %(day)s; enter a correction on that day or later.") % {"day": formats.day(locked)}
    return FieldError(field, CLOSED, message)


_ONCE = {
    "document_number_once": ("number", _("Another document has this number already.")),
    "payment_number_once": ("number", _("A payment of this document has this number already.")),
    "cost_number_once": ("number", _("Another cost has this number already.")),
    "pool_once_a_month": ("name", _("The month has a pool of this name already.")),
    "cost_category_name_once": ("name", _("There is a category of this name already.")),
}


@contextmanager
def keeping(field: str = "day") -> Iterator[None]:
    """Let the database have the last word: a period that was closed, or a number that was taken, at this very moment is
    told as if it had been seen before."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as clash:
        constraint = _constraint(clash)
        if constraint == "ledger_period_closed":
            raise Refused([_closed(LedgerSettings.current().locked_before, field)]) from None
        if constraint in _ONCE:
            named, message = _ONCE[constraint]
            raise Refused([FieldError(named, "taken", message)]) from None
        raise


def _constraint(clash: IntegrityError) -> str:
    return str(getattr(getattr(clash.__cause__, "diag", None), "constraint_name", "") or "")
