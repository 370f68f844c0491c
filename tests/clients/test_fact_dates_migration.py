"""What an installation kept of its facts before each knew by whom it was confirmed is not lost."""

import pkgutil
from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import connection

from accounts.models import User
from clients import migrations
from clients.freshness import Confirmation
from clients.models import Client
from tests.clients.registry import fresh, register

pytestmark = pytest.mark.django_db


def test_days_become_entries_where_they_are_younger_than_the_confirmation_of_all(anna: User) -> None:
    client = register(anna, city="Lyon")
    at = datetime(2025, 6, 1, tzinfo=UTC)
    Client.objects.filter(pk=client.pk).update(
        facts_confirmed_at=at,
        custom={"size": "big", "erp": "SAP"},
        fact_dates={"city": "2025-07-02", "address": "2025-05-01", "custom": "2025-08-01", "region": "one day"},
    )
    name = next(one.name for one in pkgutil.iter_modules(migrations.__path__) if one.name.endswith("_fact_confirmations"))
    with connection.cursor() as cursor:
        cursor.execute(import_module(f"clients.migrations.{name}").DATES_TO_ENTRIES)
    client = fresh(client)
    assert client.confirmation("city") == Confirmation(datetime(2025, 7, 1, 22, tzinfo=UTC)), "midnight at the company"
    assert client.confirmation("custom.size") == client.confirmation("custom.erp") == Confirmation(datetime(2025, 7, 31, 22, tzinfo=UTC))
    assert client.confirmation("address") == client.confirmation("region") == Confirmation(at, anna.pk)
    assert client.fact_dates.keys() == {"city", "custom.size", "custom.erp"}
