"""Clients: get, create, change, archive, bring back, hand over."""

from __future__ import annotations

from typing import Annotated

from ninja import Query, Router
from ninja.responses import Status

from accounts.api import ApiRequest, TokenAuth
from accounts.roles import Role
from clients import services
from clients.api.inputs import ArchiveIn, ClientIn, ClientPatch, HandOverIn, NextStepIn, RestoreIn
from clients.api.listing import MOST_ROWS, ClientListing, parameters
from clients.api.outputs import RELATED, ClientCard, ClientConflict, ClientOut, ClientPage, HandOverOut, MayBeHere, RefusedClient
from clients.criteria import Record, evaluate
from clients.errors import Merged
from clients.models import Client
from clients.services.rules import Rules

router = Router(tags=["clients"])


def find_client(request: ApiRequest, client_id: int, *related: str) -> Client:
    """Return one client; `Client.DoesNotExist` if it may not be seen, `Merged` if it is another's by now."""
    clients = Client.objects.visible_to(request.user)
    client: Client = (clients.select_related(*related) if related else clients).get(pk=client_id)
    if client.merged_into is not None:
        raise Merged(client, client.merged_into)
    return client


def card(request: ApiRequest, client_id: int) -> ClientCard:
    """Return one client as its card tells it. Raises as `find_client` does."""
    client = find_client(request, client_id, *RELATED)
    contacts = list(client.contacts.all())
    rules = Rules.load()
    return ClientCard.of_card(client, contacts, evaluate(Record.of(client, contacts), rules.criteria, as_of=rules.today))


@router.get(
    "/clients",
    response=ClientPage,
    auth=TokenAuth("clients.view_client"),
    operation_id="list_clients",
    openapi_extra={"parameters": parameters()},
)
def list_clients(
    request: ApiRequest,
    q: Annotated[str, Query(max_length=300, description="Name, contact, phone, e-mail or tax number; best matches first.")] = "",
    cursor: Annotated[str, Query(max_length=2000, description="`next` of the page before, with the same filters and sort.")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
) -> ClientPage:
    """The clients that meet every filter named.

    A custom field filters as `custom_<key>`; a number as `custom_<key>_min` and `_max`, a date as `custom_<key>_from` and `_until`.
    """
    listing = ClientListing(request.user, request.GET, cursor=cursor, limit=limit)
    return ClientPage(
        items=[ClientOut.of(client) for client in listing.clients],
        next=listing.next,
        count=listing.count.number,
        count_capped=listing.count.capped,
    )


@router.post("/clients", response={201: ClientCard, 409: MayBeHere}, auth=TokenAuth("clients.add_client"), operation_id="create_client")
def create_client(request: ApiRequest, payload: ClientIn) -> Status[ClientCard]:
    """Register a client with its contacts. The entry criteria in force are asked of it, as of a form and of an import.

    What a manager registers is in their own hands unless `manager` says otherwise. A client that looks like one of the
    registry is refused with the candidates unless `allow_duplicate` says why it is another.
    """
    data = payload.given("contacts", "allow_duplicate")
    if request.user.role == Role.MANAGER:  # as in the form; or they could not change what they have just registered
        data.setdefault("manager", request.user.pk)
    client = services.register_client(
        user=request.user,
        data=data,
        contacts=[contact.given() for contact in payload.contacts],
        allow_duplicate=payload.allow_duplicate,
    )
    return Status(201, card(request, client.pk))


@router.get("/clients/{int:client_id}", response=ClientCard, auth=TokenAuth("clients.view_client"), operation_id="get_client")
def get_client(request: ApiRequest, client_id: int) -> ClientCard:
    """One client with its contacts and what it falls short of."""
    return card(request, client_id)


@router.patch(
    "/clients/{int:client_id}",
    response={200: ClientCard, 409: ClientConflict},
    auth=TokenAuth("clients.change_client"),
    operation_id="change_client",
)
def change_client(request: ApiRequest, client_id: int, payload: ClientPatch) -> ClientCard:
    """Change the fields that are named. `version` is the one that was read; if the record has moved on, nothing is written."""
    request.changes = changes = payload.given("version")
    services.change_client(user=request.user, client_id=client_id, version=payload.version, changes=changes)
    return card(request, client_id)


@router.post(
    "/clients/{int:client_id}/archive",
    response={200: ClientCard, 409: ClientConflict},
    auth=TokenAuth("clients.change_client"),
    operation_id="archive_client",
)
def archive_client(request: ApiRequest, client_id: int, payload: ArchiveIn) -> ClientCard:
    """Take a client out of the lists, with a reason. Nothing is deleted."""
    services.archive_client(user=request.user, client_id=client_id, version=payload.version, reason=payload.reason)
    return card(request, client_id)


@router.post(
    "/clients/{int:client_id}/restore",
    response={200: ClientCard, 409: ClientConflict},
    auth=TokenAuth("clients.change_client"),
    operation_id="restore_client",
)
def restore_client(request: ApiRequest, client_id: int, payload: RestoreIn) -> ClientCard:
    """Bring an archived client back."""
    services.restore_client(user=request.user, client_id=client_id, version=payload.version)
    return card(request, client_id)


@router.post(
    "/clients/{int:client_id}/next-step", response=ClientCard, auth=TokenAuth("clients.change_client"), operation_id="plan_next_step"
)
def plan_next_step(request: ApiRequest, client_id: int, payload: NextStepIn) -> ClientCard:
    """Set, move or clear the next call or meeting of a client."""
    services.plan_next_step(user=request.user, client_id=client_id, next_step=payload.next_step or "", next_step_at=payload.next_step_at)
    return card(request, client_id)


@router.post(
    "/clients/{int:client_id}/confirm-facts", response=ClientCard, auth=TokenAuth("clients.change_client"), operation_id="confirm_facts"
)
def confirm_facts(
    request: ApiRequest,
    client_id: int,
    fact: Annotated[str, Query(max_length=60, description="Only this one, by its key as criteria name it.")] = "",
) -> ClientCard:
    """Note that the facts of a client in which something stands were confirmed just now; the version stays."""
    if fact:
        services.confirm_fact(user=request.user, client_id=client_id, fact=fact)
    else:
        services.confirm_facts(user=request.user, client_id=client_id)
    return card(request, client_id)


@router.post("/clients/hand-over", response=HandOverOut, auth=TokenAuth("clients.hand_over_client"), operation_id="hand_over_clients")
def hand_over_clients(request: ApiRequest, payload: HandOverIn) -> HandOverOut:
    """Put up to 1,000 clients into the hands of one manager, or of nobody (null)."""
    outcome = services.hand_over_clients(user=request.user, client_ids=payload.clients, manager_id=payload.manager)
    return HandOverOut(
        changed=list(outcome.changed),
        unchanged=outcome.unchanged,
        not_editable=outcome.not_editable,
        refused=[
            RefusedClient(client=pk, errors=[{"field": one.field, "code": one.code, "message": str(one.message)} for one in errors])
            for pk, errors in outcome.refused.items()
        ],
    )
