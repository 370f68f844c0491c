"""The people at a client."""

from __future__ import annotations

from typing import Annotated

from ninja import Query, Router
from ninja.responses import Status

from accounts.api import ApiRequest, TokenAuth
from clients import services
from clients.api.inputs import ContactIn, ContactPatch
from clients.api.outputs import ContactConflict, ContactOut
from clients.api.routes.clients import find_client
from clients.models import Client, Contact

router = Router(tags=["contacts"])


@router.get(
    "/clients/{int:client_id}/contacts", response=list[ContactOut], auth=TokenAuth("clients.view_client"), operation_id="list_contacts"
)
def list_contacts(request: ApiRequest, client_id: int) -> list[ContactOut]:
    """The contacts of a client: the main one first, then the head, then by name."""
    client = find_client(request, client_id)
    return [ContactOut.of(contact) for contact in client.contacts.all()]


@router.post(
    "/clients/{int:client_id}/contacts",
    response={201: ContactOut},
    auth=TokenAuth("clients.change_client"),
    operation_id="add_contact",
)
def add_contact(request: ApiRequest, client_id: int, payload: ContactIn) -> ContactOut:
    """Add a person to a client; the first one becomes the main contact."""
    return ContactOut.of(services.add_contact(user=request.user, client_id=client_id, data=payload.given()))


@router.get("/contacts/{int:contact_id}", response=ContactOut, auth=TokenAuth("clients.view_client"), operation_id="get_contact")
def get_contact(request: ApiRequest, contact_id: int) -> ContactOut:
    """One contact."""
    return ContactOut.of(Contact.objects.get(pk=contact_id, client__in=Client.objects.visible_to(request.user)))


@router.patch(
    "/contacts/{int:contact_id}",
    response={200: ContactOut, 409: ContactConflict},
    auth=TokenAuth("clients.change_client"),
    operation_id="change_contact",
)
def change_contact(request: ApiRequest, contact_id: int, payload: ContactPatch) -> ContactOut:
    """Change the fields that are named; `version` is the one that was read."""
    request.changes = changes = payload.given("version")
    return ContactOut.of(services.change_contact(user=request.user, contact_id=contact_id, version=payload.version, changes=changes))


@router.delete(
    "/contacts/{int:contact_id}",
    response={204: None, 409: ContactConflict},
    auth=TokenAuth("clients.change_client"),
    operation_id="remove_contact",
)
def remove_contact(
    request: ApiRequest,
    contact_id: int,
    version: Annotated[int, Query(..., ge=1, le=2_147_483_647, description="The version that was read.")],
) -> Status[None]:
    """Take a contact off its client. The history keeps it."""
    services.remove_contact(user=request.user, contact_id=contact_id, version=version)
    return Status(204, None)
