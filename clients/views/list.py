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


def without_long_texts(rows: models.QuerySet[Client]) -> models.QuerySet[Client]:
    """Leave out what no cell shows: the remarks, and the columns that only the search reads."""
    return rows.defer("went_well", "went_wrong", "stands_now", "search_text", "search_digits", "search_keys", "fact_dates")


def visible(user: Any) -> models.QuerySet[Client]:
    return Client.objects.visible_to(user)


CLIENTS = ListPage(
    key="clients",
    url_name="clients:list",
    title=_("Clients"),
    whole=_("Whole registry"),
    rows=visible,
    load=without_long_texts,
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
