"""The locks of a merge: its turn, then both clients and whoever points at them, in the order of ids."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.locks import hold
from accounts.models import User
from clients.errors import FieldError, Merged
from clients.models import Client
from clients.services.preparing import refuse

LARGEST_ID = 2**63 - 1


def wait_for_turn() -> None:
    """Let nobody else merge, undo or erase until this transaction ends.

    Whom each of them has to lock is read before it can be locked, and another one changes just that: two that wait for each
    other's rows would be ended by the database, and somebody would see an error of the server in place of the outcome.
    """
    hold("merging")


def lock_two(*, user: User, survivor_id: int, other_id: int, also: Iterable[int] = ()) -> tuple[Client, Client]:
    """Return both clients locked, those that `other_id` brought, those merged into it and `also` locked with them.

    Raises `Client.DoesNotExist` if one may not even be seen, `PermissionDenied` if one may only be read, `Refused` if one
    was erased.
    """
    visible = Client.objects.visible_to(user)
    if not all(0 < pk <= LARGEST_ID for pk in (survivor_id, other_id)):
        raise Client.DoesNotExist
    if survivor_id == other_id:
        refuse([FieldError("other", "choice", _("Choose two different clients."))])
    wait_for_turn()
    pointing = Client.objects.filter(Q(referrer=other_id) | Q(merged_into=other_id)).values_list("pk", flat=True)
    ids = {survivor_id, other_id, *pointing, *also}
    # no_key: a row that is written elsewhere and refers to one of these need not wait for us, nor we for it
    rows = visible.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    locked = {client.pk: client for client in rows}
    if not {survivor_id, other_id} <= locked.keys():
        raise Client.DoesNotExist
    both = locked[survivor_id], locked[other_id]
    if any(client.erased_at for client in both):
        refuse([FieldError("client", "erased", _("The data of this client were erased; there is nothing to merge."))])
    if Client.objects.editable_by(user).filter(pk__in=(survivor_id, other_id)).count() != 2:
        raise PermissionDenied
    return both


def tell_where_it_went(*clients: Client) -> None:
    """Raise `Merged` for the first of `clients` that is another's by now."""
    for client in clients:
        if client.merged_into is not None:
            raise Merged(client, client.merged_into)
