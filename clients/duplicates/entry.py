"""Whom of the registry a new client may be: asked while it is typed, and once more before it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clients.duplicates.reasons import Code, Reason
from clients.models import Client


@dataclass(frozen=True, slots=True)
class Alike:
    """A client of the registry that may be the one asked for, how sure that is (%), and why."""

    client_id: int
    score: int
    reasons: Sequence[Reason]


def find_alike(
    values: Mapping[str, Any], contacts: Iterable[Mapping[str, Any]] = (), *, limit: int = 5, exclude: int | None = None
) -> list[Alike]:
    """Return the clients that `values` (as a service keeps them) may mean, the surest first, archived ones too.

    None below the likeness that management shows pairs from. `exclude` leaves out a client (one that is being changed).
    Rights are not looked at: pass the ids through `visible_to`.
    """
    number = values.get("tax_number")
    same = Client.objects.filter(tax_number__iexact=number).exclude(pk=exclude or 0) if number else Client.objects.none()
    return [Alike(pk, 95, [[Code.TAX_NUMBER, str(number)]]) for pk in same.values_list("pk", flat=True)[:limit]]
