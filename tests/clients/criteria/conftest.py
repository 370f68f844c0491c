"""What the tests of criteria share."""

from datetime import date
from typing import Any

import pytest

from accounts.models import Company
from clients.models import Client, Criterion, Source


@pytest.fixture
def no_criteria(company: Company) -> None:
    """The shipped criteria stand aside, so that a test sees only its own."""
    Criterion.objects.update(state="retired")


@pytest.fixture
def fair(company: Company) -> Source:
    return Source.objects.create(name="Fair", targeted=True)


@pytest.fixture
def make_client(company: Company) -> Any:
    def make(**values: Any) -> Client:
        return Client.objects.create(**{"full_name": "Ateliers Lefèvre", "is_customer": True, **values})

    return make


@pytest.fixture
def in_force(company: Company) -> Any:
    def publish(fact: str, **values: Any) -> Criterion:
        given = {"level": "required", "state": "published", "valid_from": date(2024, 1, 1), **values}
        return Criterion.objects.create(fact=fact, **given)

    return publish
