"""Taking documents of an import back.

Touched means: the document has another version than the import left it, or (if the import added it) something points at it:
a payment, a cost, a complaint, a credit note, a deal; or what would change of it lies in a period that is closed by now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from clients.imports.kinds import Touched
from clients.models import ImportedRow
from clients.services.copying import update_from
from sales.imports import undoing as trails
from sales.imports.undoing import Trail, is_new
from sales.models import Document, DocumentLine, LedgerSettings, Payment

_FIGURES = frozenset({"day", "currency", "rate", "amount", "discount", "direct_cost"})
"""What a closed period keeps as it is."""
_DATES = frozenset({"day", "due_on", "resolved_on"})
_NUMBERS = frozenset({"rate", "amount", "discount", "direct_cost", "quantity", "cost", "hours"})


def touched(run_id: int) -> list[Touched]:
    """Return the documents of a run that somebody changed since."""
    return [one for trail in trails.pages(run_id) for one in _sorted_out(trail, _others_reversals(run_id))[1]]


def undo(run_id: int, now: datetime) -> int:
    """Take back every untouched document of a run, in the transaction that is open; return how many rows of the file it was."""
    # what takes others back goes first, for these are held by it
    count = 0
    for reversals in (True, False):
        for trail in trails.pages(run_id):
            locked = Document.objects.filter(pk__in=trail).order_by("pk").select_for_update()
            dict(locked.values_list("pk", "version"))
            those = set(Document.objects.filter(pk__in=trail, reverses__isnull=not reversals).values_list("pk", flat=True))
            asked = {id_: steps for id_, steps in trail.items() if id_ in those}
            untouched, _touched = _sorted_out(asked, Document.objects.all())
            _remove([id_ for id_ in untouched if is_new(asked[id_])])
            _restore({id_: asked[id_] for id_ in untouched if not is_new(asked[id_])}, now)
            count += trails.forget(asked, untouched)
    return count


def _others_reversals(run_id: int) -> QuerySet[Document]:
    """Documents that this run did not add, that somebody touched, or of a closed period: what they take back can't go."""
    locked_before = LedgerSettings.current().locked_before
    is_open = Q() if locked_before is None else Q(day__gte=locked_before)
    left = ImportedRow.objects.filter(run=run_id, object_id=OuterRef("pk"), before__isnull=True, version=OuterRef("version"))
    return Document.objects.exclude(is_open, Exists(left))


def _sorted_out(trail: Trail, reversals: QuerySet[Document]) -> tuple[list[int], list[Touched]]:
    documents = Document.objects.in_bulk(list(trail))
    new = [id_ for id_, steps in trail.items() if is_new(steps)]
    in_use = trails.pointed_at(Document, new, besides=frozenset({Document, DocumentLine, Payment}))
    own = {part[1] for steps in trail.values() for step in steps for part in step.parts[1:] if part[0] == "payment"}
    for id_ in Payment.objects.filter(document__in=new).exclude(pk__in=own).values_list("document", flat=True).distinct():
        in_use.setdefault(id_, str(Payment._meta.verbose_name))
    for reversed_ in reversals.filter(reverses__in=new).values_list("reverses", flat=True).distinct():
        in_use.setdefault(reversed_ or 0, str(Document._meta.verbose_name))
    locked_before = LedgerSettings.current().locked_before
    days = _days_moved(trail, documents) if locked_before is not None else {}
    untouched: list[int] = []
    found: list[Touched] = []
    for id_, steps in trail.items():
        document = documents.get(id_)
        if document is None:
            why = trails.why_gone()
        elif document.version != steps[-1].version:
            why = trails.why_changed()
        elif id_ in in_use:
            why = trails.why_in_use(in_use[id_])
        elif trails.is_closed(locked_before, days.get(id_, ())):
            why = trails.why_closed()
        else:
            untouched.append(id_)
            continue
        found.append(trails.touched(id_, steps, document, why))
    return untouched, found


def _days_moved(trail: Trail, documents: Mapping[int, Document]) -> dict[int, list[date]]:
    """Return, by document, the days whose figures change when it is taken back, those of its payments among them."""
    days: dict[int, list[date]] = {}
    new = [id_ for id_, steps in trail.items() if is_new(steps)]
    for id_, day in Payment.objects.filter(document__in=new).values_list("document", "day"):
        days.setdefault(id_, []).append(day)
    parts = {id_: [part for step in steps for part in step.parts[1:]] for id_, steps in trail.items() if not is_new(steps)}
    paid = Payment.objects.in_bulk([part[1] for those in parts.values() for part in those if part[0] == "payment"])
    for id_, document in documents.items():
        moved = days.setdefault(id_, [])
        if id_ not in parts:
            moved.append(document.day)
            continue
        befores = [step.before or {} for step in trail[id_]]
        lines = [part[2] for part in parts[id_] if part[0] == "line"]
        if any(_FIGURES & before.keys() for before in befores) or any(before is None or _FIGURES & before.keys() for before in lines):
            moved += [document.day, *(date.fromisoformat(before["day"]) for before in befores if "day" in before)]
        for _payment, payment_id, before in (part for part in parts[id_] if part[0] == "payment"):
            moved += [paid[payment_id].day] if payment_id in paid else []
            moved += [date.fromisoformat(before["day"])] if before and "day" in before else []
    return days


def _remove(ids: Sequence[int]) -> None:
    if not ids:
        return
    for rows in (
        Payment.objects.filter(document__in=ids),
        DocumentLine.objects.filter(document__in=ids),
        Document.objects.filter(pk__in=ids),
    ):
        rows._raw_delete(rows.db)  # past Django's collector: all that points here was looked at above


def _restore(trail: Trail, now: datetime) -> None:
    """Give documents, lines and payments their values of before the run."""
    if not trail:
        return
    parts = [part for steps in trail.values() for step in reversed(steps) for part in step.parts[1:]]
    added = {name: [part[1] for part in parts if part[0] == name and part[2] is None] for name in ("line", "payment")}
    Payment.objects.filter(pk__in=added["payment"]).delete()
    DocumentLine.objects.filter(pk__in=added["line"]).delete()
    put_back(DocumentLine, {part[1]: part[2] for part in parts if part[0] == "line" and part[2]})
    put_back(Payment, {part[1]: part[2] for part in parts if part[0] == "payment" and part[2]})
    before: dict[int, dict[str, Any]] = {}
    for id_, steps in trail.items():
        for step in reversed(steps):
            before.setdefault(id_, {}).update(step.before or {})
    put_back(Document, before)
    Document.objects.filter(pk__in=trail).update(version=F("version") + 1, updated_at=now)


def put_back(model: Any, before: Mapping[int, Mapping[str, Any]]) -> None:
    """Give rows of `model` the values (as JSON keeps them) that each had before."""
    by_names: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for id_, values in before.items():
        if values:
            names = tuple(sorted(values))
            by_names.setdefault(names, []).append((id_, *(_read(name, values[name]) for name in names)))
    for names, rows in by_names.items():
        update_from(model, names, rows)


def _read(name: str, value: Any) -> Any:
    """From JSON, as the trail has it."""
    if value is None:
        return None
    if name in _DATES:
        return date.fromisoformat(value)
    return Decimal(value) if name in _NUMBERS else value
