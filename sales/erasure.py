"""The right to be forgotten: what the ledger says of a client in words goes; the figures stay, so that the past adds up."""

from __future__ import annotations

from django.db import connection

from clients.forgetting import Traces, on_erasure
from sales.models import Complaint, Cost, Document


@on_erasure
def forget_ledger(traces: Traces) -> None:
    """Blank notes of documents and costs and the texts of complaints, in the rows and in their history."""
    Document.objects.filter(client=traces.client_id).exclude(note="").update(note="")
    Cost.objects.filter(client=traces.client_id).exclude(note="").update(note="")
    Complaint.objects.filter(client=traces.client_id).update(what="", resolution="")
    with connection.cursor() as cursor:
        cursor.execute("SELECT seraph_forget_ledger(%s)", [traces.client_id])
