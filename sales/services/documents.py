"""Sales and purchases: entering, changing, taking back, removing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, zone_named
from clients.errors import FieldError, StaleVersion
from clients.models import Client, LineOfBusiness
from clients.services.acting import acting
from clients.services.preparing import refuse
from clients.services.rules import reference_list
from sales import values
from sales.models import Document, DocumentKind
from sales.periods import company_today
from sales.querysets import may_see_profit_of
from sales.services.closed import closed_errors, keeping, refuse_closed
from sales.services.following import follow
from sales.services.lines import Line, keep_lines, read_lines, summed
from sales.services.preparing import (
    DAY,
    MONEY,
    Clean,
    Values,
    changed_values,
    day_errors,
    find_client,
    line,
    may_write_for,
    read,
    reference,
    required,
    set_currency,
)
from sales.services.restoring import event_of_removal
from ui import formats

CLEAN: dict[str, Clean] = {
    "client": reference,
    "number": line(64),
    "day": DAY,
    "line_of_business": lambda value: reference_list(LineOfBusiness).resolve(value),
    "currency": values.currency,
    "rate": values.rate,
    "amount": MONEY,
    "discount": MONEY,
    "direct_cost": MONEY,
    "due_on": DAY,
    "reverses": reference,
    "note": line(300),
}
"""What may be typed on a document beside its kind, which never changes."""
_REFERENCES = ("client", "line_of_business", "reverses")
SUMS = ("amount", "discount", "direct_cost")
_FIGURES = frozenset({"day", "currency", "rate", *SUMS})


@acting
def post_document(
    *,
    user: User,
    data: Mapping[str, Any],
    kind: str = DocumentKind.SALE,
    lines: Sequence[Mapping[str, Any]] = (),
    now: datetime | None = None,
) -> Document:
    """Enter one sale or purchase, by its lines or as a whole; names of values as in the API.

    The client becomes current at once, and its figures are worked out after the transaction. Raises `Refused` with one
    error for each field (code `closed` at `day` for a closed period), `Merged`, `PermissionDenied`.
    """
    if not (user.is_active and user.has_perm("sales.add_document")):
        raise PermissionDenied
    kept, errors = _read(data)
    client, wrong = find_client(user, kept.get("client_id"))
    if not wrong:
        may_write_for(user, client)
    if "line_of_business" not in data and client is not None:
        kept["line_of_business_id"] = client.line_of_business_id
    given, wrong_lines = read_lines(lines)
    errors += [*wrong, *_kind_errors(kind), *_profit_errors(user, kind, client, kept, given), *set_currency(kept, errors), *wrong_lines]
    if lines:
        errors += _sum_errors(kept, given)
        kept |= summed(given)
    kept = {name: value for name, value in kept.items() if value is not None or name not in SUMS}
    errors += required(kept, errors, "day", "amount")
    errors += _order_errors(kept.get("day"), kept.get("due_on"), company_today(now))
    errors += closed_errors(kept.get("day"))
    document = Document(kind=kind, created_by=user, **kept)
    if not any(error.field in {"kind", "client", "reverses", "amount", "currency"} for error in errors):
        errors += reversal_errors(user, document)
    refuse([*errors, *_taken(document)])
    with keeping():
        document.save()
        keep_lines(document, given)
    document.refresh_from_db()
    follow([document.client_id])
    return document


@acting
def change_document(
    *,
    user: User,
    document_id: int,
    version: int,
    changes: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]] | None = None,
    now: datetime | None = None,
) -> Document:
    """Change a document that was read at `version`; what is not named stays, `lines` are replaced as a whole where given.

    What took it back goes along to another client. Raises `Refused`, `StaleVersion`, `Merged`, `PermissionDenied`,
    `Document.DoesNotExist`.
    """
    document = lock_document(user=user, document_id=document_id, version=version)
    kept, errors = _read(changes)
    client, wrong = find_client(user, kept.get("client_id", document.client_id))
    errors += wrong
    if not wrong:
        may_write_for(user, client)
    given: list[Line] | None = None
    if lines is not None:
        given, wrong = read_lines(lines, known=document, with_costs=may_see_profit_of(user, document.client_id))
        errors += wrong
    errors += _profit_errors(user, document.kind, client, kept, given or [])
    errors += set_currency(kept, errors, {"currency": document.currency, "rate": document.rate})
    by_lines = bool(given) if given is not None else document.line_count > 0
    if by_lines:
        errors += _sum_errors(kept, given, document)
        kept = {name: value for name, value in kept.items() if name not in SUMS} | (summed(given) if given else {})
    for name in ("day", "amount"):
        if name in kept and kept[name] is None:
            errors.append(FieldError(name, "required", _("Give a value for this field.")))
    kept = {name: value for name, value in kept.items() if not (value is None and name in {"day", *SUMS})}
    changed = changed_values(document, kept)
    before = document.day
    for name, value in changed.items():
        setattr(document, name, value)
    errors += _order_errors(document.day if "day" in changed else None, document.due_on, company_today(now), since=document.day)
    errors += _bound_errors(document, changed)
    touched = given is not None and keep_lines(document, given, try_only=True)
    if _FIGURES & changed.keys() or touched:
        errors += closed_errors(before, document.day)
    if {"reverses_id", "amount", "currency", "rate", "client_id"} & changed.keys() and not errors:
        errors += reversal_errors(user, document)
    refuse([*errors, *(_taken(document) if "number" in changed else [])])
    if not changed and not touched:
        return document
    old_client = Document.objects.values_list("client_id", flat=True).get(pk=document.pk)
    document.version = version + 1
    with keeping():
        document.save(update_fields=[*changed, "version", "updated_at"])
        if given is not None:
            keep_lines(document, given)
        if "client_id" in changed:
            document.reversals.update(client=document.client_id, version=F("version") + 1)
    document.refresh_from_db()
    follow([old_client, document.client_id])
    return document


@acting
def reverse_document(
    *,
    user: User,
    document_id: int,
    day: object = None,
    amount: object = None,
    number: object = "",
    note: object = "",
    goods_come_back: bool = True,
    now: datetime | None = None,
) -> Document:
    """Take a document back, wholly or by `amount` (above zero, in its currency): a return or a credit note that is linked to it.

    `day` is today where none is given. Where the goods come back, so does their direct cost, in proportion, and with the
    last part all that is left of it; a credit for the price alone has none. Taken back as a whole, a document with lines is
    so line by line.
    Raises `Refused` (`too_much` for more than is left of it), `PermissionDenied`, `Document.DoesNotExist`.
    """
    now = now or timezone.now()
    whole = lock_document(user=user, document_id=document_id)
    if not user.has_perm("sales.add_document"):
        raise PermissionDenied
    given = {"day": day or company_today(now), "number": number, "note": note}
    kept, errors = read(given | {"amount": amount}, {name: CLEAN[name] for name in ("day", "number", "note", "amount")})
    if whole.reverses_id is not None or whole.amount <= 0:
        refuse([FieldError("document", "reversal", _("This takes something back itself; only what was sold or bought can be taken back."))])
    left = whole.amount + whole.credited
    part = kept.pop("amount", None)
    part = left if part is None else part
    if left <= 0:
        errors.append(FieldError("amount", "too_much", _("All of it has been taken back already.")))
    elif not 0 < part <= left:
        message = _("At most %(left)s of it is left to take back.") % {"left": formats.money(left, whole.currency, 2)}
        errors.append(FieldError("amount", "too_much" if part > left else "money", message))
    errors += [*day_errors(kept.get("day"), company_today(now), ahead=True), *closed_errors(kept.get("day"))]
    if kept.get("day") and kept["day"] < whole.day:
        errors.append(FieldError("day", "order", _("It can't be taken back before it was sold.")))
    share = part / whole.amount
    discount, direct_cost = _shares(whole, share, last=part == left)
    back = Document(
        kind=whole.kind,
        client_id=whole.client_id,
        line_of_business_id=whole.line_of_business_id,
        currency=whole.currency,
        rate=whole.rate,
        reverses=whole,
        amount=-part,
        discount=-discount,
        direct_cost=-direct_cost if goods_come_back else Decimal(0),
        created_by=user,
        **kept,
    )
    refuse([*errors, *_taken(back)])
    with keeping():
        back.save()
        if whole.line_count and share == 1:
            keep_lines(back, [one.taken_back(goods_come_back) for one in map(Line.of, whole.lines.all())])
    back.refresh_from_db()
    follow([back.client_id])
    return back


@acting
def remove_document(*, user: User, document_id: int, version: int | None = None, now: datetime | None = None) -> int:
    """Remove a document with its lines and payments; returns the id of the event by which `restore_document` puts it back.

    Costs and complaints that name it stay, without it. Raises `Refused` (`reversed` while something takes it back,
    `closed` at `day` for its own period or that of a payment), `StaleVersion`, `PermissionDenied`, `Document.DoesNotExist`.
    """
    document = lock_document(user=user, document_id=document_id, version=version)
    if not may_remove(document, user, now or timezone.now()):
        raise PermissionDenied
    if document.reversals.exists():
        refuse([FieldError("document", "reversed", _("Something takes this back; remove that first."))])
    refuse_closed(document.day, *document.payments.values_list("day", flat=True))
    client_id = document.client_id
    with keeping():
        document.delete()
    follow([client_id])
    return event_of_removal("DocumentEvent", document_id)


def _shares(whole: Document, share: Decimal, *, last: bool) -> tuple[Decimal, Decimal]:
    """Return the discount and the direct cost that go back with a part; the last one takes what is left, so that nothing of them stays."""
    if not last:
        return values.to_the_cent(whole.discount * share), values.to_the_cent(whole.direct_cost * share)
    back = list(whole.reversals.values_list("discount", "direct_cost"))
    zero = Decimal(0)
    return whole.discount + sum((one for one, _cost in back), zero), whole.direct_cost + sum((one for _discount, one in back), zero)


def may_remove(document: Document, user: User, now: datetime) -> bool:
    """Whether `user` may remove a document: by right, or one of one's own on the day on which it was entered."""
    if user.has_perm("sales.delete_document"):
        return True
    zone = zone_named(user.time_zone)
    return document.created_by_id == user.pk and document.created_at.astimezone(zone).date() == now.astimezone(zone).date()


def lock_document(*, user: User, document_id: int, version: int | None = None) -> Document:
    """Return the document locked for a change by `user`; the client's row first, as every writer does.

    Raises `Document.DoesNotExist` if it may not even be seen, `PermissionDenied` if it may only be read, `StaleVersion`
    if `version` is given and no longer the current one.
    """
    seen = Document.objects.visible_to(user).only("client_id").get(pk=document_id)
    list(Client.objects.filter(pk=seen.client_id or 0).select_for_update(no_key=True).values_list("pk"))
    document = Document.objects.select_for_update(of=("self",)).get(pk=document_id)
    if not Document.objects.editable_by(user).filter(pk=document_id).exists():
        raise PermissionDenied
    if version is not None and document.version != version:
        raise StaleVersion(document)
    return document


def _read(data: Mapping[str, Any]) -> tuple[Values, list[FieldError]]:
    kept, errors = read(data, CLEAN)
    return {f"{name}_id" if name in _REFERENCES else name: value for name, value in kept.items()}, errors


def _kind_errors(kind: str) -> list[FieldError]:
    if kind in DocumentKind.values:
        return []
    choices = ", ".join(DocumentKind.values)
    return [FieldError("kind", "choice", _("Choose one of: %(choices)s.") % {"choices": choices})]


def _profit_errors(user: User, kind: str, client: Client | None, kept: Values, lines: Sequence[Line]) -> list[FieldError]:
    """What goods cost us is entered by whoever may see it, and for sales alone."""
    named = kept.get("direct_cost") is not None or any(one.named_cost for one in lines)
    if not named:
        return []
    if not may_see_profit_of(user, client.pk if client else None):
        kept.pop("direct_cost", None)  # or what the lines add up to would be told to whoever may not see it
        return [FieldError("direct_cost", "forbidden", _("Only whoever may see costs can enter them."))]
    if kind == DocumentKind.PURCHASE and (kept.get("direct_cost") or any(one.direct_cost for one in lines)):
        return [FieldError("direct_cost", "sales_only", _("Only a sale has a direct cost; the amount of a purchase is what it costs."))]
    return []


def _sum_errors(kept: Values, lines: Sequence[Line] | None, document: Document | None = None) -> list[FieldError]:
    """A document with lines is their sum; what is said of the whole has to agree."""
    sums = summed(lines) if lines is not None else {name: getattr(document, name) for name in SUMS}
    differing = [name for name in SUMS if kept.get(name) is not None and kept[name] != sums[name]]
    return [
        FieldError(
            name, "sum", _("The lines add up to %(sum)s; change the lines, or leave this empty.") % {"sum": formats.number(sums[name], 2)}
        )
        for name in differing
    ]


def _order_errors(day: date | None, due_on: date | None, today: date, *, since: date | None = None) -> list[FieldError]:
    errors = day_errors(day, today, ahead=True)
    begins = day or since
    if begins and due_on and due_on < begins:
        errors.append(FieldError("due_on", "order", _("It is due before it was invoiced; mend one of the dates.")))
    return errors


def _bound_errors(document: Document, changed: Values) -> list[FieldError]:
    """What was paid or taken back in one currency can't be in another."""
    if "currency" in changed and (document.payments.exists() or document.reversals.exists()):
        return [FieldError("currency", "paid", _("Payments or returns of it are in the currency as it was; remove them first."))]
    return []


def reversal_errors(user: User, document: Document) -> list[FieldError]:
    """What a return takes back, and that all returns together take back no more than there was."""
    errors: list[FieldError] = []
    if document.pk is not None and (back := -sum(document.reversals.values_list("amount", flat=True), Decimal(0))):
        if document.amount < back:
            message = _("%(back)s of it has been taken back; it can't be less.") % {"back": formats.money(back, document.currency, 2)}
            errors.append(FieldError("amount", "reversed", message))
        if document.reverses_id is not None:
            errors.append(FieldError("reverses", "choice", _("What was taken back itself can't take something back.")))
    if (reverses := document.reverses_id) is None:
        return errors
    whole = Document.objects.visible_to(user).filter(pk=reverses, kind=document.kind, reverses=None, amount__gt=0)
    found = whole.exclude(pk=document.pk or 0).select_for_update(of=("self",)).first()
    if found is None or found.client_id != document.client_id or found.currency != document.currency:
        return [*errors, FieldError("reverses", "choice", _("Choose a document of this client, in the same currency."))]
    if document.amount > 0:
        return [*errors, FieldError("amount", "sign", _("What takes something back has an amount below zero."))]
    others = sum(found.reversals.exclude(pk=document.pk or 0).values_list("amount", flat=True), Decimal(0))
    if found.amount + others + document.amount < 0:
        message = _("At most %(left)s of it is left to take back.") % {"left": formats.money(found.amount + others, found.currency, 2)}
        errors.append(FieldError("amount", "too_much", message))
    return errors


def _taken(document: Document) -> list[FieldError]:
    if not document.number:
        return []
    others = Document.objects.filter(kind=document.kind, number=document.number).exclude(pk=document.pk)
    return [FieldError("number", "taken", _("Another document has this number already."))] if others.exists() else []
