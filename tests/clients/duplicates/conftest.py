"""What the tests of the search for duplicates share."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Company
from clients.models import Client, Contact, DuplicatePair

Make = Callable[..., Client]


@pytest.fixture
def make_client(company: Company) -> Make:
    def make(*contacts: dict[str, Any], **values: Any) -> Client:
        client = Client.objects.create(**{"full_name": "Ateliers Lefèvre", "is_customer": True, **values})
        Contact.objects.bulk_create(Contact(client=client, **contact) for contact in contacts)
        return client

    return make


def open_pairs() -> dict[tuple[int, int], int]:
    """Return the pairs that wait for a decision, with their likeness."""
    rows = DuplicatePair.objects.filter(state="open").values_list("first", "second", "score")
    return {(first, second): score for first, second, score in rows}


def pair_of(one: Client, other: Client) -> tuple[int, int]:
    return min(one.pk, other.pk), max(one.pk, other.pk)
