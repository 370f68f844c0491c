"""Two clients of the registry: Anna's bakery, and one in nobody's hands."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import User
from clients.models import Client, Contact, Industry, Source
from clients.services import add_contact, log_touch, register_client


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def fair(db: Any) -> Source:
    return Source.objects.create(name="Trade fair", targeted=True)


@pytest.fixture
def baking(db: Any) -> Industry:
    return Industry.objects.create(name="Baking")


@pytest.fixture
def lachenal(anna: User, fair: Source, baking: Industry) -> Client:
    """Anna's client: a bakery with one contact and one touch."""
    data = {"kind": "organisation", "full_name": "Boulangerie Lachenal SARL", "is_customer": True, "source": fair.pk}
    client = register_client(user=anna, data={**data, "manager": anna.pk, "industry": baking.pk, "phones": ["+33465710012"]})
    add_contact(user=anna, client_id=client.pk, data={"full_name": "Solène Rivoire", "phones": ["+33639980001"]})
    log_touch(user=anna, client_id=client.pk, note="Wants flour bins.")
    return Client.objects.get(pk=client.pk)


@pytest.fixture
def solene(lachenal: Client) -> Contact:
    return lachenal.contacts.get()
