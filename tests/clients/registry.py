"""Rows of the registry for tests: made through the services, as everything else makes them."""

from datetime import UTC, datetime
from typing import Any

from accounts.models import User
from clients.freshness import Freshness
from clients.models import Client, Contact, Criterion, DuplicatePair, Source
from clients.services import register_client

PHONE, OTHER_PHONE = "+33199001742", "+33199001701"
LONG_AGO = datetime(2024, 1, 2, tzinfo=UTC)


def fair() -> Source:
    """Return a source that every test may use."""
    return Source.objects.get_or_create(name="Trade fair", defaults={"targeted": True})[0]


def register(user: User, *contacts: dict[str, Any], **data: Any) -> Client:
    """Register a client of `user` that meets the required criteria. Most tests call all of theirs the same: whom it looks
    like is neither asked nor decided here, but left for a search to find."""
    given = {"kind": "organisation", "full_name": "Ateliers Lefèvre", "is_customer": True, "source": fair().pk, "manager": user.pk}
    client = register_client(user=user, data=given | data, contacts=contacts, allow_duplicate="Another of this name")
    DuplicatePair.objects.filter(second=client).delete()
    return client


def fresh(client: Client) -> Client:
    """Return the client as it stands in the database."""
    return Client.objects.get(pk=client.pk)


def aged(user: User, *contacts: dict[str, Any], **data: Any) -> Client:
    """Register a client of `user` whose facts were all set long ago."""
    client = register(user, *contacts, **data)
    Client.objects.filter(pk=client.pk).update(created_at=LONG_AGO, facts_confirmed_at=LONG_AGO)
    Contact.objects.filter(client=client).update(updated_at=LONG_AGO)
    return fresh(client)


def asks(fact: str, months: int = 12) -> Criterion:
    """Put a criterion in force that wants `fact`, not older than `months`."""
    return Criterion.objects.create(fact=fact, level="required", max_age_months=months, state="published", valid_from="2020-01-01")


def sure(client: Client) -> Freshness:
    """Return how sure we are of the facts of the client, as it stands in the database."""
    return Freshness.of(fresh(client))
