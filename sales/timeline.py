"""Money in the timeline of its client: what it bought and sold, what it brought back, what it complained of.

Each stands at its own day, not at the moment at which somebody typed it in. Never a number of profit.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.history_words import Change
from clients.timeline import FIRST_RANK, TimelineSource, Told, register
from sales.models import Complaint
from ui import formats

# At noon where the company is: the day is the same day nearly everywhere. Indexes: document_of_client and
# complaint_of_client, read backwards.
_PAGE = """SELECT (d.day + time '12:00') AT TIME ZONE seraph_company_zone(), {rank}, d.id FROM sales_{table} d
      WHERE d.client_id = %(client)s AND {rank} = ANY(%(ranks)s) AND d.day <= (%(at)s + interval '1 day')::date
        AND ((d.day + time '12:00') AT TIME ZONE seraph_company_zone(), {rank}, d.id) < (%(at)s, %(rank)s, %(id)s)
      ORDER BY d.day DESC, d.id DESC LIMIT %(limit)s"""

_DOCUMENT = """SELECT d.kind, d.number, jsonb_build_object('id', d.id, 'amount', d.amount::text, 'currency', d.currency,
      'takes_back', (SELECT COALESCE(NULLIF(r.number, ''), '№ ' || r.id) FROM sales_document r WHERE r.id = d.reverses_id)),
      d.created_by_id, NULL, NULL
    FROM sales_document d WHERE page.rank = {rank} AND d.id = page.id"""
_COMPLAINT = """SELECT d.fault, d.what,
      jsonb_build_object('severity', d.severity, 'resolved_on', d.resolved_on, 'resolution', d.resolution), d.created_by_id, NULL, NULL
    FROM sales_complaint d WHERE page.rank = {rank} AND d.id = page.id"""
_LONGEST = 200


def register_timeline() -> None:
    """Make them known (called when the app is ready)."""
    for rank, key, what, label, table, detail, tell in (
        (FIRST_RANK + 1, "money", "document", gettext_lazy("Sales and purchases"), "document", _DOCUMENT, tell_document),
        (FIRST_RANK + 2, "complaints", "complaint", gettext_lazy("Complaints"), "complaint", _COMPLAINT, tell_complaint),
    ):
        page = _PAGE.replace("{table}", table)
        register(TimelineSource(key=key, what=what, label=label, rank=rank, page=page, detail=detail, tell=tell))


def tell_document(label: str, name: str, facts: dict[str, Any]) -> Told:
    """Put a document into words: what it was, its number, its amount."""
    amount = Decimal(facts["amount"])
    words = {"what": name or f"№ {facts['id']}", "amount": formats.money(abs(amount), facts["currency"], 2)}
    if label == "purchase":
        title = _("Sent goods back, %(what)s: %(amount)s") if amount < 0 else _("We bought, %(what)s: %(amount)s")
    else:
        title = _("Return or credit note, %(what)s: %(amount)s") if amount < 0 else _("Bought, %(what)s: %(amount)s")
    changes = (Change("takes_back", _("takes back"), (), (facts["takes_back"],)),) if facts["takes_back"] else ()
    return Told(title % words, "rotate-clockwise" if amount < 0 else "report-money", "", changes, whole_day=True)


def tell_complaint(label: str, name: str, facts: dict[str, Any]) -> Told:
    """Put a complaint into words: how grave, whose fault, what of, and how it was resolved."""
    complaint = Complaint(severity=facts["severity"], fault=label)
    told = [Change("what", _("what happened"), (), (Truncator(name).chars(_LONGEST),))] if name else []
    told.append(Change("fault", _("whose fault"), (), (complaint.get_fault_display(),)))
    if facts["resolved_on"]:
        told.append(Change("resolved_on", _("resolved"), (), (facts["resolution"][:_LONGEST] or facts["resolved_on"],)))
    title = _("Complaint, %(severity)s") % {"severity": complaint.get_severity_display()}
    return Told(title, "alert-triangle", "" if facts["resolved_on"] else "bad", tuple(told), whole_day=True)
