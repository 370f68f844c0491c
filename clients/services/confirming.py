"""Confirming facts that are right as they stand, and taking a confirmation back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.criteria import Record, all_facts
from clients.criteria.readers import Asked
from clients.errors import FieldError, StaleVersion
from clients.freshness import COLUMNS, CONTACTS, Confirmation, Freshness, kept_of
from clients.models import Client, FactConfirmation, Touch
from clients.services.acting import acting
from clients.services.preparing import filled_facts, refuse
from clients.services.registration import evaluate_again, lock_client
from clients.services.rules import Rules


@acting
def confirm_facts(*, user: User, client_id: int, shown_at: datetime | None = None, now: datetime | None = None) -> FactConfirmation:
    """Note that the filled facts of a client are right as of now; the version stays, nobody's open form grows stale.

    `shown_at` is when the card that was looked at was drawn: a fact that was changed since keeps its own moment.
    """
    now = now or timezone.now()
    client = lock_client(user=user, client_id=client_id)
    done = confirm_all(client, user, at=now, shown_at=shown_at)
    evaluate_again(client, Rules.load(now))
    return done


@acting
def confirm_fact(
    *, user: User, client_id: int, fact: str, shown_at: datetime | None = None, now: datetime | None = None
) -> FactConfirmation:
    """Note that one fact of a client (by its key, as criteria ask for it) is right as of now.

    Raises `StaleVersion` when it was changed or confirmed after `shown_at`, `Refused` when there is nothing to confirm.
    """
    now = now or timezone.now()
    client = lock_client(user=user, client_id=client_id)
    rules = Rules.load(now)
    known = all_facts(rules.custom_fields).get(fact)
    if known is None or not known.takes_age:
        refuse([FieldError(fact[:60], "unknown", _("There is no such fact."))])
    assert known is not None
    record = Record.of(client)
    readers = [reader for reader in known.readers if reader.held(record)]
    if not readers:
        refuse([FieldError(known.field, "required", str(known.ask))])
    if shown_at is not None and any((one := reader.confirmed(record, Asked())) and one.at > shown_at for reader in readers):
        raise StaleVersion(client)
    one = Confirmation(now, user.pk)
    sure = Freshness.of(client)
    done = _keep(client, sure, sure.noted({field: one for reader in readers for field in reader.fields}), one, fact=fact)
    evaluate_again(client, rules)
    return done


@acting
def take_back_confirmation(*, user: User, client_id: int, confirmation_id: int, now: datetime | None = None) -> Client:
    """Undo a confirmation of one's own that came with no touch: each fact is as sure as if it had not been.

    Raises `FactConfirmation.DoesNotExist`, and as `confirm_facts` does.
    """
    client = lock_client(user=user, client_id=client_id)
    done = client.confirmations.get(pk=confirmation_id, touch=None)
    if done.user_id != user.pk:
        raise PermissionDenied
    forget_confirmation(client, done)
    evaluate_again(client, Rules.load(now))
    return client


def confirm_all(
    client: Client, user: User, *, at: datetime, shown_at: datetime | None = None, touch: Touch | None = None
) -> FactConfirmation:
    """Confirm what stands on the card of a client that is locked, as of `at`; contacts count as one."""
    seen = min(shown_at or at, at)
    unseen = client.contacts.filter(updated_at__gt=seen).exists()
    fields = [*filled_facts(client), *(() if unseen else CONTACTS)]
    sure, one = Freshness.of(client), Confirmation(at, user.pk)
    return _keep(client, sure, sure.confirmed(fields, one, shown_at=seen), one, touch=touch)


def _keep(
    client: Client, before: Freshness, after: Freshness, one: Confirmation, *, fact: str = "", touch: Touch | None = None
) -> FactConfirmation:
    _write(client, after)
    return FactConfirmation.objects.create(
        client=client, user_id=one.by, touch=touch, fact=fact, at=one.at, before=before.kept, after=after.kept
    )


def forget_confirmation(client: Client, done: FactConfirmation) -> None:
    """Take `done` out of what a locked client knows, out of what later confirmations found, and out of what merges keep.

    `done` may be of a client that was merged into this one since: whose value stands here is then as old as it was there.
    """
    before, after = Freshness.read(done.before), Freshness.read(done.after)
    if done.client_id != client.pk:
        _forget_of_merged(client, done, before, after)
        return
    for later in client.confirmations.filter(pk__gt=done.pk):
        later.before = Freshness.read(later.before).without(before, after).kept
        later.after = Freshness.read(later.after).without(before, after).kept
        later.save(update_fields=["before", "after"])
    for merge in client.merges.filter(undone_at=None, at__gt=done.created_at):
        was = Freshness.of_row(merge.before["survivor"])
        merge.before["survivor"] |= was.without(before, after).row
        if "fact_dates" in merge.after:
            merge.after["fact_dates"] = dict(replace(was, own=merge.after["fact_dates"]).without(before, after).own)
        merge.save(update_fields=["before", "after"])
    _write(client, Freshness.of(client).without(before, after))
    done.delete()


def _forget_of_merged(client: Client, done: FactConfirmation, before: Freshness, after: Freshness) -> None:
    """Wherever a fact of the survivor goes by the confirmation `done` of the merged client, it goes by what was known before."""
    gone = done.client
    forget_confirmation(gone, done)

    def put_right(sure: Freshness) -> Freshness:
        entries = {}
        for field, entry in sure.own.items():
            known = after.at(field)
            here = known is not None and known != before.at(field) and Confirmation.read(entry) == known
            entries[field] = kept_of(Freshness.of(gone).at(field)) if here else entry
        # as every act leaves it: an entry that says what the moment of all says does not stand
        return replace(sure, own={field: entry for field, entry in entries.items() if entry is not None}).noted({})

    for merge in client.merges.filter(undone_at=None):
        was = Freshness.of_row(merge.before["survivor"])
        merge.before["survivor"]["fact_dates"] = dict(put_right(was).own)
        if "fact_dates" in merge.after:
            merge.after["fact_dates"] = dict(put_right(replace(was, own=merge.after["fact_dates"])).own)
        merge.save(update_fields=["before", "after"])
    for later in client.confirmations.filter(created_at__gt=done.created_at):
        later.before = put_right(Freshness.read(later.before)).kept
        later.after = put_right(Freshness.read(later.after)).kept
        later.save(update_fields=["before", "after"])
    _write(client, put_right(Freshness.of(client)))


def _write(client: Client, sure: Freshness) -> None:
    for name, value in sure.columns.items():
        setattr(client, name, value)
    client.save(update_fields=[*COLUMNS, "updated_at"])
