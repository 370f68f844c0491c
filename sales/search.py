"""Finding documents by what somebody types: their number, or whom they are of."""

from __future__ import annotations

from typing import Any

from django.db import models

from clients.search import find_clients
from sales.models import Document
from ui.lists import Found

_BEST = 200
_CLIENTS = 20


def find_documents(rows: models.QuerySet[Document], typed: str) -> Found:
    """Return the documents among `rows` whose number begins with `typed`, then the latest of the clients that it may mean.

    Indexes: document_number_once, document_of_client.
    """
    numbered = _numbered(rows, typed)
    clients = [hit.client_id for hit in find_clients(typed, limit=_CLIENTS)]
    theirs: list[Any] = []
    if clients:
        theirs = list(rows.filter(client__in=clients).order_by("-day", "-pk").values_list("pk", flat=True)[:_BEST])
    ids = list(dict.fromkeys([*numbered, *theirs]))[:_BEST]
    return Found(ids, complete=len(ids) < _BEST)


def _numbered(rows: models.QuerySet[Document], typed: str) -> list[int]:
    """Those by number: a range of one index for each kind, whatever the letters' case was when it was typed."""
    starts = dict.fromkeys((typed, typed.upper()))
    found: list[int] = []
    for start in starts:
        within = rows.filter(kind__in=Document.Kind.values, number__gte=start, number__lt=start + "\U0010ffff").exclude(number="")
        found += within.order_by("kind", "number").values_list("pk", flat=True)[:_BEST]
    return list(dict.fromkeys(found))
