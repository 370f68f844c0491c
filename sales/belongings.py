"""What becomes of a client's money when two clients become one, and when they are two again.

Rows are moved by `update`. A closed period lets them go, since whose a row is is no figure of it. The roll-up follows by
the marks that triggers write.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F

from clients import belongings
from clients.models import Client
from sales.models import Complaint, Cost, Document, PoolWeight

_MODELS: dict[str, Any] = {"documents": Document, "costs": Cost, "complaints": Complaint}


def register_belongings() -> None:
    """Make them known (called when the app is ready)."""
    belongings.register(key="ledger", move=move_ledger, put_back=put_back_ledger)
    belongings.register(key="pool_weights", move=move_weights, put_back=put_back_weights)


def move_ledger(survivor: Client, other: Client) -> dict[str, list[int]]:
    """All documents, costs and complaints."""
    moved = {}
    for key, model in _MODELS.items():
        moved[key] = list(model.objects.filter(client=other).order_by("pk").values_list("pk", flat=True))
        model.objects.filter(client=other).update(client=survivor, version=F("version") + 1)
    return moved


def put_back_ledger(survivor: Client, other: Client, moved: dict[str, list[int]]) -> None:
    """Those that are still with the survivor; what was entered since stays there, and what takes back a document goes along with it."""
    for key, model in _MODELS.items():
        theirs = model.objects.filter(pk__in=moved[key], client=survivor)
        theirs.update(client=other, version=F("version") + 1)
    since = Document.objects.filter(client=survivor, reverses__in=moved["documents"], reverses__client=other)
    since.update(client=other, version=F("version") + 1)


def move_weights(survivor: Client, other: Client) -> list[int]:
    """All weights by hand; where both have one in a pool, the survivor's is the sum of both rows."""
    ids = list(PoolWeight.objects.filter(client=other).order_by("pk").values_list("pk", flat=True))
    PoolWeight.objects.filter(client=other).update(client=survivor)
    return ids


def put_back_weights(survivor: Client, other: Client, moved: list[int]) -> None:
    """Those that are still there: weights that were set anew since stay as they were set."""
    PoolWeight.objects.filter(pk__in=moved, client=survivor).update(client=other)
