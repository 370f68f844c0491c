"""Putting back what was removed, by what the history keeps of it: under its own number, with all that went with it."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import User
from accounts.services.audit import note
from clients.errors import StaleVersion
from clients.models import Client
from clients.services.acting import acting
from clients.services.preparing import refuse
from sales.models import Complaint, Cost, CostPool, Document, DocumentLine, Payment, PoolWeight
from sales.services.closed import closed_errors, keeping
from sales.services.following import follow
from sales.services.preparing import find_client, may_write_for


def event_of_removal(model: str, object_id: int) -> int:
    """Return the id of the event that tells of the removal just now; `model` is that of the events."""
    events: Any = apps.get_model("sales", model)._default_manager
    return int(events.filter(pgh_obj_id=object_id, pgh_label="removed").latest("pgh_id").pgh_id)


@acting
def restore_document(*, user: User, event_id: int) -> Document:
    """Put a removed document back with its lines, its payments, and the costs and complaints that named it (Undo).

    By whoever removed it, or by right. Raises `Refused` when its number was taken or its period closed since, or when what
    it takes back is gone, is another client's or was taken back otherwise; `StaleVersion` when it is back already,
    `Merged`, `PermissionDenied`, `Document.DoesNotExist`.
    """
    from sales.services.documents import reversal_errors

    event = _event("DocumentEvent", event_id, Document, user, "sales.delete_document")
    document: Document = _as_it_was(Document, event)
    _, wrong = find_client(user, document.client_id)
    refuse([*wrong, *closed_errors(document.day), *reversal_errors(user, document)])
    with keeping():
        _insert(document)
        lines = _removed_with(event, "DocumentLineEvent").filter(document_id=document.pk, pgh_label="removed")
        DocumentLine.objects.bulk_create([_row_of(DocumentLine, one) for one in lines.order_by("position")])
        for one in _removed_with(event, "PaymentEvent").filter(document_id=document.pk, pgh_label="removed").order_by("pgh_id"):
            _insert(_row_of(Payment, one))
        for model in (Cost, Complaint):
            named = _removed_with(event, f"{model.__name__}Event").filter(document_id=document.pk, pgh_label="changed")
            ids = list(named.values_list("pgh_obj_id", flat=True))
            model._default_manager.filter(pk__in=ids, client=document.client_id, document=None).update(document=document)
    document.refresh_from_db()
    follow([document.client_id])
    return document


@acting
def restore_payment(*, user: User, event_id: int) -> Payment:
    """Put a removed payment back (Undo), by whoever may change its document.

    Raises `Refused` when its number was taken or its period closed since, `StaleVersion` when it is back already,
    `PermissionDenied`, `Payment.DoesNotExist`, `Document.DoesNotExist`.
    """
    from sales.services.documents import lock_document

    event = _event_of("PaymentEvent", event_id, Payment)
    document = lock_document(user=user, document_id=event.document_id)
    _refuse_standing(event, Payment)
    payment: Payment = _row_of(Payment, event)
    refuse(closed_errors(payment.day))
    with keeping():
        _insert(payment)
    follow([document.client_id])
    return payment


@acting
def restore_cost(*, user: User, event_id: int) -> Cost:
    """Put a removed cost back (Undo), without the document that it named where that is gone.

    By whoever removed it, or by right, and who may write for its client still. Raises `Refused` when its number was taken
    or its period closed since, `StaleVersion` when it is back already, `Merged`, `PermissionDenied`, `Cost.DoesNotExist`.
    """
    event = _event("CostEvent", event_id, Cost, user, "sales.delete_cost")
    cost: Cost = _as_it_was(Cost, event)
    _back_with_client(user, cost)
    return cost


@acting
def restore_complaint(*, user: User, event_id: int) -> Complaint:
    """Put a removed complaint back (Undo), without the document that it named where that is gone.

    By whoever removed it, or by right, and who may write for its client still. Raises `Refused` when its period closed
    since, `StaleVersion` when it is back already, `Merged`, `PermissionDenied`, `Complaint.DoesNotExist`.
    """
    event = _event("ComplaintEvent", event_id, Complaint, user, "sales.delete_complaint")
    complaint: Complaint = _as_it_was(Complaint, event)
    _back_with_client(user, complaint)
    return complaint


@acting
def restore_pool(*, user: User, event_id: int) -> CostPool:
    """Put a removed pool back with its weights by hand (Undo), those of clients that are merged now left out.

    By whoever removed it, or by right. Raises `Refused` when its name was taken or its month closed since, `StaleVersion`
    when it is back already, `PermissionDenied`, `CostPool.DoesNotExist`.
    """
    event = _event("CostPoolEvent", event_id, CostPool, user, "sales.delete_costpool")
    pool: CostPool = _as_it_was(CostPool, event)
    refuse(closed_errors(pool.month, field="month"))
    with keeping("month"):
        _insert(pool)
        weights = _removed_with(event, "PoolWeightEvent").filter(pool_id=pool.pk, pgh_label="removed")
        there = set(Client.objects.filter(merged_into=None).values_list("pk", flat=True).filter(pk__in=weights.values("client_id")))
        PoolWeight.objects.bulk_create(_row_of(PoolWeight, one) for one in weights.order_by("pgh_id") if one.client_id in there)
    note("pool_restored", by=user, about=pool, month=pool.month.isoformat())
    follow()
    return pool


def _back_with_client(user: User, row: Cost | Complaint) -> None:
    client, wrong = find_client(user, row.client_id)
    may_write_for(user, client)
    refuse([*wrong, *closed_errors(row.day)])
    if row.document_id is not None and not Document.objects.filter(pk=row.document_id).exists():
        row.document_id = None
    with keeping():
        _insert(row)
    follow([row.client_id])


def _event(name: str, event_id: int, model: type[Any], user: User, permission: str) -> Any:
    """Return the event of a removal that `user` may undo; raises `DoesNotExist` of `model` for none, `PermissionDenied`,
    `StaleVersion` when the row is there. The right is asked first: to others nothing is told of the row that is there."""
    event = _event_of(name, event_id, model)
    _may_restore(user, event, model, permission)
    _refuse_standing(event, model)
    return event


def _event_of(name: str, event_id: int, model: type[Any]) -> Any:
    events: Any = apps.get_model("sales", name)._default_manager
    event = events.filter(pgh_id=event_id, pgh_label="removed").select_related("pgh_context").first()
    if event is None:
        raise model.DoesNotExist
    return event


def _refuse_standing(event: Any, model: type[Any]) -> None:
    if (there := model._default_manager.filter(pk=event.pgh_obj_id).first()) is not None:
        raise StaleVersion(there)


def _removed_with(event: Any, name: str) -> Any:
    return apps.get_model("sales", name)._default_manager.filter(pgh_context_id=event.pgh_context_id)


def _may_restore(user: User, event: Any, model: type[Any], permission: str) -> None:
    """To whom it is nothing it does not exist; whoever removed it may put it back."""
    by = (event.pgh_context.metadata or {}).get("user") if event.pgh_context else None
    if not user.is_active or not user.has_perm("sales.view_document"):
        raise model.DoesNotExist
    if by != user.pk and not user.has_perm(permission):
        raise PermissionDenied


def _row_of(model: type[Any], event: Any) -> Any:
    """Return a row as the event keeps it, under its old id."""
    kept = {field.attname for field in event._meta.concrete_fields}
    own = {field.attname for field in model._meta.concrete_fields if not field.generated}
    return model(**{name: getattr(event, name) for name in kept & own})


def _insert(row: Any) -> None:
    """Write a row as it is: raw, so that the moment at which it was entered stays."""
    row.updated_at = timezone.now()
    row.save_base(raw=True, force_insert=True)


def _as_it_was(model: type[Any], event: Any) -> Any:
    """Return the row with the version after the one that was removed: a form that was opened before is stale."""
    row = _row_of(model, event)
    row.version += 1
    return row
