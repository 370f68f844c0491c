"""The list of clients."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.filters import ClientFilters
from clients.models import Client
from clients.search import find_clients
from clients.tables import DEFAULT_COLUMNS, SORTS, ClientTable, custom_columns
from clients.views.list_actions import ACTIONS
from ui.lists import Found, ListPage

_BEST = 200


def search(rows: models.QuerySet[Client], typed: str) -> Found:
    """Return the clients among `rows` that `typed` may mean, best first."""
    hits = find_clients(typed, limit=_BEST, within=rows)
    return Found([hit.client_id for hit in hits], complete=len(hits) < _BEST)


SHOWN = [
    *("kind", "full_name", "short_name", "tax_number", "external_id", "phones", "emails", "city", "is_customer", "is_supplier"),
    *(
        "lifecycle",
        "next_step",
        "next_step_at",
        "custom",
        "last_touch_at",
        "created_at",
        "manager",
        "source",
        "industry",
        "line_of_business",
    ),
    *("address", "postal_code", "region", "country", "website", "former_names", "birth_date"),
    *("facts_confirmed_at", "facts_confirmed_by", "facts_confirmed_by__full_name", "facts_confirmed_by__username"),
    *(
        "manager__full_name",
        "manager__username",
        "source__name",
        "industry__name",
        "line_of_business__name",
        "standing__completeness",
        "standing__stale",
    ),
]
"""What the cells read: a client has sixty columns, some of them long."""


def with_what_is_shown(rows: models.QuerySet[Client]) -> models.QuerySet[Client]:
    return rows.only(*SHOWN)


def visible(user: Any) -> models.QuerySet[Client]:
    return Client.objects.visible_to(user)


CLIENTS = ListPage(
    key="clients",
    url_name="clients:list",
    title=_("Clients"),
    whole=_("Whole registry"),
    rows=visible,
    load=with_what_is_shown,
    table=ClientTable,
    more_columns=custom_columns,
    filters=ClientFilters,
    sorts=SORTS,
    default_columns=DEFAULT_COLUMNS,
    search=search,
    search_hint=_("Name, contact, phone, e-mail, tax number"),
    share_permission="clients.share_view",
    export_permission="clients.export_client",
    bulk=ACTIONS,
    template="clients/list.html",
    nothing_yet=_("There are no clients yet"),
    nothing_text=_("Register the first one by hand, or bring them all from a file."),
    nothing_actions="clients/list/first_steps.html",
)
