"""Rows for the tests of merging, and what is compared of them."""

from __future__ import annotations

from typing import Any

from django.db import models

from clients.models import Client, Contact, DuplicatePair, FactConfirmation, Touch, Waiver
from reminders.models import Notice, Reminder, ReminderAct
from sales.models import Complaint, Cost, Document, Payment, PoolWeight

_CLIENT_OWN = {"version", "updated_at"}


def snapshot() -> dict[str, dict[int, dict[str, Any]]]:
    """Return every column of every client, contact, touch, confirmation, waiver, reminder with its notices and acts,
    document, cost, complaint and weight in a pool, but for
    versions and the moment of the last change, and what was decided of pairs."""
    return {
        "clients": _rows(Client.objects.all(), _CLIENT_OWN),
        "standing": _rows(Client.objects.all(), set(), *_STANDING),
        "contacts": _rows(Contact.objects.all(), {"version"}),  # their `updated_at` tells the criteria their age
        "touches": _rows(Touch.objects.all(), set()),
        "confirmations": _rows(FactConfirmation.objects.all(), set()),
        "waivers": _rows(Waiver.objects.all(), set()),
        "reminders": _rows(Reminder.objects.all(), _CLIENT_OWN),
        "notices": _rows(Notice.objects.all(), set()),
        "acts": _rows(ReminderAct.objects.all(), set()),
        "documents": _rows(Document.objects.all(), _CLIENT_OWN),
        "payments": _rows(Payment.objects.all(), set()),
        "costs": _rows(Cost.objects.all(), _CLIENT_OWN),
        "complaints": _rows(Complaint.objects.all(), _CLIENT_OWN),
        "weights": _rows(PoolWeight.objects.all(), set()),
        "decided": _rows(DuplicatePair.objects.exclude(state="open"), {"found_at"}),
    }


_STANDING = ("standing__completeness", "standing__required_missing", "standing__mend_by", "standing__short_of", "standing__stale")


def _rows(rows: models.QuerySet[Any], without: set[str], *columns: str) -> dict[int, dict[str, Any]]:
    names = columns or [field.attname for field in rows.model._meta.concrete_fields if field.attname not in without]
    return {row.pop("pk"): row for row in rows.order_by("pk").values("pk", *names)}


def differences(one: dict[str, dict[int, dict[str, Any]]], other: dict[str, dict[int, dict[str, Any]]]) -> list[str]:
    """Return in words where two snapshots differ, so that a failure can be read."""
    found = []
    for kind, rows in one.items():
        for pk in sorted(rows.keys() | other[kind].keys()):
            was, now = rows.get(pk), other[kind].get(pk)
            if was is None or now is None:
                found.append(f"{kind} {pk}: {'came' if was is None else 'went'}")
            else:
                found += [f"{kind} {pk}.{name}: {was[name]!r} -> {now[name]!r}" for name in was if was[name] != now[name]]
    return found
