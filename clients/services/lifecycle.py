"""Archiving, bringing back, and the right to be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.errors import FieldError
from clients.forgetting import forget, forget_merges, traces_of
from clients.history_doors import forget_history
from clients.models import Client, Contact, Touch
from clients.services.acting import acting
from clients.services.duplicates.locking import wait_for_turn
from clients.services.preparing import read_text, refuse
from clients.services.registration import lock_client


@acting
def archive_client(*, user: User, client_id: int, version: int, reason: str, now: datetime | None = None) -> Client:
    """Take a client out of the registry's lists, with a reason. Nothing is deleted; `restore_client` brings it back."""
    client = lock_client(user=user, client_id=client_id, version=version)
    said = read_text("reason", reason, 300)
    if not said:
        refuse([FieldError("reason", "required", _("Say why this client is archived."))])
    client.archived_at, client.archived_reason = now or timezone.now(), said
    client.version += 1
    client.save(update_fields=["archived_at", "archived_reason", "version", "updated_at"])
    return client


@acting
def restore_client(*, user: User, client_id: int, version: int) -> Client:
    """Bring an archived client back; one that is not archived stays as it is."""
    client = lock_client(user=user, client_id=client_id, version=version, archived_too=True)
    if client.archived_at is None:
        return client
    client.archived_at, client.archived_reason = None, ""
    client.version += 1
    client.save(update_fields=["archived_at", "archived_reason", "version", "updated_at"])
    return client


# What a person can be known by. The shell of the row (number, dates, manager, source, industry) stays, so that
# figures of the past still add up.
PERSONAL: dict[str, Any] = {
    "full_name": "",
    "short_name": "",
    "former_names": "",
    "tax_number": "",
    "external_id": "",
    "birth_date": None,
    "phones": [],
    "emails": [],
    "website": "",
    "address": "",
    "city": "",
    "region": "",
    "postal_code": "",
    "went_well": "",
    "went_wrong": "",
    "stands_now": "",
    "next_step": "",
    "archived_reason": "",
    "custom": {},
}


@acting
def erase_client(*, user: User, client_id: int, version: int, now: datetime | None = None) -> Client:
    """Forget the personal data of a client and of its contacts: in the rows, in the notes, in the whole history, and
    wherever else `clients.forgetting` knows to look.

    History itself is blanked by a function of the database that does nothing else (clients/sql/forgetting.sql) and notes
    it in the audit. The client's shell stays, archived; those that were merged into it go with it. Not to be undone.
    Logs hold ids only.

    Raises `PermissionDenied` unless `user` holds clients.erase_client.
    """
    if not user.has_perm("clients.erase_client"):
        raise PermissionDenied
    wait_for_turn()
    client = lock_client(user=user, client_id=client_id, version=version, archived_too=True)
    now = now or timezone.now()
    gone = [client, *client.aliases.order_by("pk").select_for_update(of=("self",))]
    traces = [traces_of(one) for one in gone]
    for one in gone:
        _empty(one, user, now)
    forget_merges(gone)
    for trace in traces:
        forget(trace)
    return client


def _empty(client: Client, by: User, now: datetime) -> None:
    for name, empty in PERSONAL.items():
        setattr(client, name, empty)
    client.next_step_at = client.facts_confirmed_by = None
    client.fact_dates = {}
    client.erased_at, client.archived_at = now, client.archived_at or now
    client.version += 1
    others = ["next_step_at", "facts_confirmed_by", "fact_dates", "erased_at", "archived_at", "version", "updated_at"]
    client.save(update_fields=[*PERSONAL, *others])
    Contact.objects.filter(client=client).delete()
    Touch.objects.filter(client=client).update(note="", next_step="", no_next_step_because="")
    client.waivers.update(reason="–")
    client.confirmations.all().delete()
    forget_history(client_id=client.pk, by=by)
