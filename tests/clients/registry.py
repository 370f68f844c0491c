"""Rows of the registry for tests: made through the services, as everything else makes them."""

from typing import Any

from accounts.models import User
from clients.models import Client, DuplicatePair, Source
from clients.services import register_client

PHONE, OTHER_PHONE = "+33199001742", "+33199001701"


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
