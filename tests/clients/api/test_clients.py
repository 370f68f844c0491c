"""Clients through the API."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from clients.models import Client, Source
from tests.api import Caller


@pytest.fixture
def fair(db: Any) -> Source:
    return Source.objects.create(name="Trade fair", targeted=True)


def bakery(**more: Any) -> dict[str, Any]:
    return {"kind": "organisation", "full_name": "Boulangerie Lachenal SARL", "is_customer": True, "source": "trade fair", **more}


def test_a_client_is_registered_with_its_contacts(anna: User, fair: Source) -> None:
    answer = Caller(anna).post(
        "/clients",
        bakery(
            manager="anna",
            phones=["04 65 71 00 12"],
            emails=["Contact@Lachenal.EXAMPLE"],
            country="France",
            contacts=[{"full_name": "Solène Rivoire", "phones": ["+33 6 39 98 00 01"]}],
        ),
    )
    assert answer.status == 201, answer.body
    client = Client.objects.get()
    assert answer.body["id"] == client.pk
    assert answer.body["source"] == {"id": fair.pk, "name": "Trade fair"}
    assert answer.body["manager"] == {"id": anna.pk, "name": "Anna Petrova"}
    assert answer.body["phones"] == ["+33465710012"]
    assert answer.body["emails"] == ["Contact@lachenal.example"]
    assert answer.body["country"] == "FR"
    assert answer.body["version"] == 1
    assert answer.body["created_by"] == {"id": anna.pk, "name": "Anna Petrova"}
    assert [contact["full_name"] for contact in answer.body["contacts"]] == ["Solène Rivoire"]
    assert answer.body["contacts"][0]["is_main"] is True
    assert Caller(anna).get(f"/clients/{client.pk}").body == answer.body
