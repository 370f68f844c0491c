"""The right to be forgotten: what the ledger says of a client in words goes; the figures stay, so that the past adds up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import F

from clients.forgetting import Traces, on_erasure
from clients.models import ImportedRow
from sales.models import Complaint, Cost, Document

_WORDS = ("note", "what", "resolution")
_KINDS = {"sales": "Document", "costs": "Cost", "complaints": "Complaint"}
"""Kinds of imports with the model of which their trail tells."""


@on_erasure
def forget_ledger(traces: Traces) -> None:
    """Blank notes of documents and costs and the texts of complaints, in the rows, in their history and in what imports keep
    of them.

    The versions go up: an import that is taken back afterwards leaves these rows alone, and an open form is stale.
    """
    Document.objects.filter(client=traces.client_id).exclude(note="").update(note="", version=F("version") + 1)
    Cost.objects.filter(client=traces.client_id).exclude(note="").update(note="", version=F("version") + 1)
    said = Complaint.objects.filter(client=traces.client_id).exclude(what="", resolution="")
    said.update(what="", resolution="", version=F("version") + 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT seraph_forget_ledger(%s)", [traces.client_id])
    for kind, model in _KINDS.items():
        _forget_trail(kind, model, traces.client_id)


def _forget_trail(kind: str, model: str, client_id: int) -> None:
    """Blank the words in what imports of `kind` note for their undo, of rows that are or were this client's."""
    ids = set(apps.get_model("sales", model)._default_manager.filter(client=client_id).values_list("pk", flat=True))
    ids |= set(apps.get_model("sales", f"{model}Event")._default_manager.filter(client_id=client_id).values_list("pgh_obj_id", flat=True))
    for step in ImportedRow.objects.filter(run__kind=kind, object_id__in=ids).iterator():
        held = [one for one in (step.before, *_values_in(step.parts)) if one is not None and any(one.get(name) for name in _WORDS)]
        if held:
            for one in held:
                one.update({name: "" for name in _WORDS if one.get(name)})
            step.save(update_fields=["before", "parts"])


def _values_in(parts: Any) -> Iterator[dict[str, Any]]:
    """What stands in the parts of a footprint by attribute: of a row that stands alone its values."""
    yield from (part for part in parts if isinstance(part, dict))
