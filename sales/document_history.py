"""Who entered a document, and who changed what of it when, with the values before.

Triggers keep each row as it was before a change, so what was changed in bulk or by hand stands here too. Three reads, and
one more for names, whatever the length of the history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from clients.models import Client, LineOfBusiness
from sales.models import Document
from ui import formats

PROFIT = frozenset({"direct_cost"})
"""Fields that stand in a history only for whoever may see them on the document."""
_FIELDS = ("client_id", "number", "day", "line_of_business_id", "currency", "rate", "amount", "discount", "direct_cost", "due_on", "note")
_MONEY = frozenset({"amount", "discount", "direct_cost"})
_MOST = 200


@dataclass(frozen=True)
class Change:
    """One field, before and after, in words."""

    label: str
    before: str
    after: str


@dataclass
class Entry:
    """What one person did at one moment."""

    at: datetime
    user_id: int | None
    what: str
    changes: list[Change] = field(default_factory=list)
    by: str = ""


@dataclass(frozen=True)
class _Names:
    """What the references of a history point to."""

    clients: dict[int, str]
    lines_of_business: dict[int, str]


def history_of(document: Document, *, with_profit: bool) -> list[Entry]:
    """Return what happened to `document`, the latest first; without `with_profit` nothing of what it cost."""
    entered = Entry(document.created_at, document.created_by_id, _("Entered"))
    entries = _changes(document, with_profit)
    entries += _payments(document)
    entries += _line_changes(document)
    people = {one.pk: str(one) for one in User.objects.filter(pk__in={entry.user_id for entry in [*entries, entered] if entry.user_id})}
    for entry in [*entries, entered]:
        entry.by = people.get(entry.user_id or 0, "")
    return [*sorted(entries, key=lambda entry: entry.at, reverse=True), entered]


def _events(model: str) -> Any:
    return apps.get_model("sales", model)._default_manager.select_related("pgh_context")


def _actor(event: Any) -> int | None:
    user = (event.pgh_context.metadata or {}).get("user") if event.pgh_context else None
    return user if isinstance(user, int) else None


def _changes(document: Document, with_profit: bool) -> list[Entry]:
    before = list(_events("DocumentEvent").filter(pgh_obj=document.pk, pgh_label="changed").order_by("pgh_id")[:_MOST])
    if not before:
        return []
    names = _names([*before, document])
    shown = [name for name in _FIELDS if with_profit or name not in PROFIT]
    entries = []
    for event, after in zip(before, [*before[1:], document], strict=True):
        changes = [
            Change(_label(name), _said(event, name, names), _said(after, name, names))
            for name in shown
            if getattr(event, name) != getattr(after, name)
        ]
        if changes:
            entries.append(Entry(event.pgh_created_at, _actor(event), _("Changed"), changes))
    return entries


def _names(rows: Iterable[Any]) -> _Names:
    clients = {row.client_id for row in rows if row.client_id}
    lines = {row.line_of_business_id for row in rows if row.line_of_business_id}
    return _Names(
        {one.pk: str(one) for one in Client.objects.filter(pk__in=clients).only("full_name", "short_name")},
        dict(LineOfBusiness.objects.filter(pk__in=lines).values_list("pk", "name")),
    )


def _label(name: str) -> str:
    field: Any = Document._meta.get_field(name.removesuffix("_id"))
    return str(capfirst(str(field.verbose_name)))


def _said(row: Any, name: str, names: _Names) -> str:
    value = getattr(row, name)
    if value is None or value == "":
        return "–"
    match name:
        case "client_id":
            return names.clients.get(value, "–")
        case "line_of_business_id":
            return names.lines_of_business.get(value, "–")
        case "day" | "due_on":
            return formats.full(value)
        case "rate":
            return formats.number(value.normalize(), max(0, -int(value.normalize().as_tuple().exponent)))
    return formats.money(value, row.currency, 2) if name in _MONEY else str(value)


def _payments(document: Document) -> list[Entry]:
    entries = []
    for payment in document.payments.all():
        words = _("Payment entered: {amount} of {day}")
        entries.append(Entry(payment.created_at, payment.created_by_id, _payment(words, payment, document)))
    for event in _events("PaymentEvent").filter(document=document.pk).order_by("pgh_id")[:_MOST]:
        if event.pgh_label == "removed":
            entered = Entry(event.created_at, event.created_by_id, _payment(_("Payment entered: {amount} of {day}"), event, document))
            removed = Entry(event.pgh_created_at, _actor(event), _payment(_("Payment removed: {amount} of {day}"), event, document))
            entries += [entered, removed]
        else:
            words = _("Payment changed; before: {amount} of {day}")
            entries.append(Entry(event.pgh_created_at, _actor(event), _payment(words, event, document)))
    return list({(entry.at, entry.what): entry for entry in entries}.values())


def _payment(words: str, payment: Any, document: Document) -> str:
    return words.format(amount=formats.money(payment.amount, document.currency, 2), day=formats.full(payment.day))


def _line_changes(document: Document) -> list[Entry]:
    """One entry for all lines that were changed together: their products and amounts before."""
    together: dict[Any, Entry] = {}
    for event in _events("DocumentLineEvent").filter(document=document.pk).order_by("pgh_id")[:_MOST]:
        key = event.pgh_context_id or event.pgh_created_at
        entry = together.setdefault(key, Entry(event.pgh_created_at, _actor(event), _("Lines changed; before:")))
        quantity = formats.number(event.quantity.normalize(), max(0, -int(event.quantity.normalize().as_tuple().exponent)))
        entry.changes.append(Change(event.product or _("no name"), quantity, formats.money(event.amount, document.currency, 2)))
    return list(together.values())
