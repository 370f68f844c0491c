"""What becomes of a client's money when two clients become one, and when they are two again.

Rows are moved by `update`. A closed period lets them go, since whose a row is is no figure of it. The roll-up follows by
the marks that triggers write.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import connection
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


_SHIFT = """
-- Weights by hand go over in one statement, so that each pool's sum is seen to stay as it is: closed months allow that.
UPDATE sales_poolweight w SET weight = w.weight + CASE WHEN w.client_id = %(to)s THEN d.amount ELSE -d.amount END
FROM unnest(%(pools)s::bigint[], %(amounts)s::numeric[]) AS d (pool_id, amount)
WHERE w.pool_id = d.pool_id AND w.client_id IN (%(from)s, %(to)s)
"""


def move_weights(survivor: Client, other: Client) -> dict[str, Any]:
    """Where both have a weight in a pool, the survivor's grows by the other's, which stays as nothing; else it goes over."""
    both = set(survivor.pool_weights.values_list("pool_id", flat=True))
    theirs = list(other.pool_weights.order_by("pool_id"))
    added = [(one.pool_id, one.weight) for one in theirs if one.pool_id in both]
    ids = [one.pk for one in theirs if one.pool_id not in both]
    PoolWeight.objects.filter(pk__in=ids).update(client=survivor)
    _shift(other, survivor, added)
    return {"ids": ids, "added": [[pool, str(weight)] for pool, weight in added]}


def put_back_weights(survivor: Client, other: Client, moved: dict[str, Any]) -> None:
    """Give back what is still there: weights that were set anew since stay as they were set."""
    PoolWeight.objects.filter(pk__in=moved["ids"], client=survivor).update(client=other)
    now = dict(survivor.pool_weights.values_list("pool_id", "weight"))
    waiting = dict(other.pool_weights.filter(weight=0).values_list("pool_id", "weight"))
    added = [(pool, Decimal(weight)) for pool, weight in moved["added"]]
    back = [(pool, weight) for pool, weight in added if pool in waiting and now.get(pool, Decimal(-1)) >= weight]
    _shift(survivor, other, back)


def _shift(source: Client, target: Client, amounts: list[tuple[int, Decimal]]) -> None:
    if amounts:
        given: dict[str, Any] = {
            "from": source.pk,
            "to": target.pk,
            "pools": [pool for pool, _ in amounts],
            "amounts": [amount for _, amount in amounts],
        }
        with connection.cursor() as cursor:
            cursor.execute(_SHIFT, given)
