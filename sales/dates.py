"""The dates of the ledger from which rules of reminders may count."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reminders.sources import DateSource, register

_SPAN = """
-- Index: that on the column, made by the model.
SELECT s.client_id, s.{column}::text AS key, s.{column} AS on_day
FROM sales_clientsales s WHERE s.{column} BETWEEN %(first)s AND %(last)s
"""

_OWED = """
-- The key names the document and the day, so that a day put off is another date. Index: document_open_by_due.
SELECT d.client_id, d.id::text || ' ' || d.due_on::text AS key, d.due_on AS on_day
FROM sales_document d
WHERE d.home_open <> 0 AND d.home_open > 0 AND d.kind = 'sale' AND d.client_id IS NOT NULL AND d.due_on BETWEEN %(first)s AND %(last)s
"""


def register_dates() -> None:
    """Make them known (called when the app is ready). The age of equipment is a custom field that is a date."""
    register(DateSource("first_purchase", _("first purchase"), _SPAN.replace("{column}", "first_on"), hint=_("the day of its first sale")))
    register(
        DateSource(
            "last_purchase",
            _("last purchase"),
            _SPAN.replace("{column}", "last_on"),
            backlog=True,
            ends_done=True,
            least_offset=1,
            hint=_("a new sale ends it"),
        )
    )
    register(
        DateSource(
            "overdue_invoice",
            _("invoice due"),
            _OWED,
            backlog=True,
            ends_done=True,
            hint=_("for each invoice that is not paid; a payment of the rest ends it"),
        )
    )
