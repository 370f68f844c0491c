"""Reading a case for a change, and saving it. The order of locks is always: the client, then its case, then reminders."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.errors import FieldError, Merged, Refused, StaleVersion
from clients.models import Client
from scoring.models import TurnaroundCase


def lock_case(*, user: User, case_id: int, version: int | None = None, closed_too: bool = False) -> TurnaroundCase:
    """Return the case locked for a change by `user`, with its client locked before it.

    Raises `TurnaroundCase.DoesNotExist` if it may not even be seen, `PermissionDenied` if it may only be read, `Refused` if
    it is closed or its client archived (unless `closed_too`), `StaleVersion` if `version` is given and no longer the current one.
    """
    seen = TurnaroundCase.objects.visible_to(user).only("client_id").get(pk=case_id)
    client = Client.objects.select_for_update(of=("self",)).get(pk=seen.client_id)
    case: TurnaroundCase = TurnaroundCase.objects.select_for_update(of=("self",)).get(pk=case_id)
    if case.client_id != client.pk:  # a merge moved it between the two reads
        raise StaleVersion(case)
    case.client = client
    if client.merged_into is not None:
        raise Merged(client, client.merged_into)
    if not TurnaroundCase.objects.editable_by(user).filter(pk=case_id).exists():
        raise PermissionDenied
    if version is not None and case.version != version:
        raise StaleVersion(case)
    if not closed_too:
        if not case.is_open:
            raise Refused([FieldError("case", "closed", _("This case is closed; open it again first."))])
        if client.archived_at is not None:
            raise Refused([FieldError("archived", "archived", _("This client is archived; bring it back first."))])
    return case


def save(case: TurnaroundCase, *names: str) -> None:
    """Save what changed, as the next version."""
    case.version += 1
    case.save(update_fields=[*names, "version", "updated_at"])
    case.refresh_from_db(fields=["state"])
