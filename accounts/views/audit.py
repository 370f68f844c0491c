"""The audit: who did what, for the administrator."""

from __future__ import annotations

from typing import Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from accounts.audit.closed import is_closed
from accounts.filters import AuditFilters
from accounts.models import AuditEntry
from accounts.tables import DEFAULT_COLUMNS, SORTS, AuditTable
from ui.lists import ListPage


def visible(user: Any) -> models.QuerySet[AuditEntry]:
    return AuditEntry.objects.visible_to(user)


def with_words(rows: models.QuerySet[AuditEntry]) -> models.QuerySet[AuditEntry]:
    return rows.for_audit_page()  # type: ignore[attr-defined,no-any-return]  # its own queryset, which ListPage doesn't know


def how_guarded(request: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        return {"history_is_open": not is_closed(cursor)}


AUDIT = ListPage(
    key="audit",
    url_name="accounts:audit",
    title=_("Audit"),
    whole=_("Everything"),
    rows=visible,
    load=with_words,
    table=AuditTable,
    filters=AuditFilters,
    sorts=SORTS,
    default_columns=DEFAULT_COLUMNS,
    export_permission="accounts.read_audit",
    template="accounts/audit/page.html",
    context=how_guarded,
    nothing_yet=_("Nothing has been noted yet"),
)
