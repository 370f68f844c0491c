"""Registering clients and changing their facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.criteria import Evaluation, Record, evaluate, save_standing
from clients.criteria.rules import STALE
from clients.errors import FieldError, Merged, Refused, StaleVersion
from clients.freshness import Confirmation, Freshness
from clients.models import Client, Contact
from clients.services.acting import acting
from clients.services.entering import LONGEST_REASON, Entered, ask_about_alike, keep_apart
from clients.services.preparing import (
    PreparedClient,
    Values,
    as_typed,
    clean_values,
    each_fact,
    newly_broken,
    prepare_client,
    read_text,
    refuse,
)
from clients.services.rules import Rules


@acting
def register_client(
    *,
    user: User,
    data: Mapping[str, Any],
    contacts: Sequence[Mapping[str, Any]] = (),
    allow_duplicate: str = "",
    now: datetime | None = None,
    rules: Rules | None = None,
) -> Client:
    """Add one client with its contacts to the registry; `allow_duplicate` says why it is another than those it looks like.

    Raises `Refused` with one error per field when a value can't be kept or a required criterion is not met,
    `MayBeDuplicate` when it looks like a client that is there and no reason is given, `PermissionDenied` when `user`
    may not register clients.
    """
    may_register(user)
    because = read_text("allow_duplicate", allow_duplicate, LONGEST_REASON)
    rules = rules or Rules.load(now)
    prepared = prepare_client(data, contacts, rules)
    refuse([*prepared.errors, *_taken_or_missing(prepared.values)])
    alike = ask_about_alike(user=user, prepared=prepared, because=because)
    with own_id_once():
        client = write_clients(user=user, prepared=[prepared], rules=rules)[0]
    entered = [Entered(client.pk, one.client.pk, one.score, list(one.reasons)) for one in alike]
    keep_apart(user=user, entered=entered, because=because, now=rules.now)
    return client


def may_hand_over(user: User, changed: Mapping[str, Any]) -> None:
    """Raise `PermissionDenied` when the manager is among what changes and `user` may not hand clients over."""
    if "manager_id" in changed and not user.has_perm("clients.hand_over_client"):
        raise PermissionDenied


def may_register(user: User) -> None:
    """Raise `PermissionDenied` unless `user` may add clients."""
    if not (user.is_active and user.has_perm("clients.add_client")):
        raise PermissionDenied


def write_clients(*, user: User, prepared: Sequence[PreparedClient], rules: Rules) -> list[Client]:
    """Write new clients that were prepared without errors, their contacts and their standing: four statements for any number."""
    clients = Client.objects.bulk_create(
        [
            Client(
                **one.values,
                in_target=rules.target.matches(one.values) if rules.target else None,
                facts_confirmed_at=rules.now,
                facts_confirmed_by=user,
                created_by=user,
            )
            for one in prepared
        ],
        batch_size=500,
    )
    Contact.objects.bulk_create(
        [
            Contact(client=client, created_by=user, **person)
            for client, one in zip(clients, prepared, strict=True)
            for person in one.contacts
        ],
        batch_size=1000,
    )
    save_standing({client.pk: one.evaluation for client, one in zip(clients, prepared, strict=True)})
    return clients


def _taken_or_missing(values: Values, *, own: int | None = None) -> list[FieldError]:
    """Return errors that only the registry itself can tell: an own id used twice, a referrer that is not there.

    A referrer that was merged into another is put right in `values`.
    """
    errors = []
    if (own_id := values.get("external_id")) and _has_own_id(own_id, own or 0):
        errors.append(FieldError("external_id", "taken", _("Another client has this own id already.")))
    if (referrer := values.get("referrer_id")) is not None:
        found = referrer if type(referrer) is int and 0 < referrer < 2**63 and referrer != own else 0
        there = Client.objects.filter(pk=found, erased_at=None).values_list(Coalesce("merged_into", "pk"), flat=True).first()
        if there in (None, own):
            errors.append(FieldError("referrer", "choice", _("Choose a client of the registry.")))
        else:
            values["referrer_id"] = there
    return errors


def _has_own_id(own_id: str, own: int) -> bool:
    """Whether another client than `own` has this own id, or was merged having it; what was merged into `own` has its from before.

    Two questions, since merged clients have an index of their own (client_external_id_once, client_alias_external_id).
    """
    others = Client.objects.filter(external_id=own_id)
    return others.filter(merged_into=None).exclude(pk=own).exists() or others.exclude(merged_into=None).exclude(merged_into=own).exists()


@contextmanager
def own_id_once() -> Iterator[None]:
    """Two people may give the same own id at once: the database lets one through, the other is told as usual."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as clash:
        if "client_external_id_once" not in str(clash):
            raise
        raise Refused([FieldError("external_id", "taken", _("Another client has this own id already."))]) from None


def lock_client(*, user: User, client_id: int, version: int | None = None, archived_too: bool = False, for_touch: bool = False) -> Client:
    """Return the client locked for a change by `user` (`for_touch`: for one of its touches).

    Raises `Client.DoesNotExist` if it may not even be seen, `Merged` if it is another's by now, `PermissionDenied` if it may only be read,
    `StaleVersion` if `version` is given and no longer the current one, `Refused` if it is archived (unless `archived_too`).
    """
    client: Client = Client.objects.visible_to(user).select_for_update(of=("self",)).get(pk=client_id)
    if client.merged_into is not None:
        raise Merged(client, client.merged_into)
    own = Client.objects.touchable_by(user) if for_touch else Client.objects.editable_by(user)
    if not own.filter(pk=client_id).exists():
        raise PermissionDenied
    if version is not None and client.version != version:
        raise StaleVersion(client)
    if client.archived_at is not None and not archived_too:
        raise Refused([FieldError("archived", "archived", _("This client is archived; bring it back first."))])
    return client


@acting
def change_client(
    *,
    user: User,
    client_id: int,
    version: int,
    changes: Mapping[str, Any],
    now: datetime | None = None,
    rules: Rules | None = None,
    known: Mapping[str, Confirmation] | None = None,
) -> Client:
    """Change facts of one client that was read at `version`; fields not named stay as they are.

    `known` is for an undo: when and by whom what comes back had been set or confirmed; that may be long ago.
    Raises `Refused` when a value can't be kept, or when the change would break a required criterion that was met
    before (what was broken already stays flagged and does not stand in the way); `StaleVersion`, `PermissionDenied`
    and `Client.DoesNotExist` as `lock_client` says.
    """
    client = lock_client(user=user, client_id=client_id, version=version)
    rules = rules or Rules.load(now)
    changed, after, errors = work_out_change(client, changes, rules, by=user, known=known)
    if not (changed or errors):
        return client
    may_hand_over(user, changed)
    refuse(errors)
    assert after is not None  # something changed, and nothing is wrong
    client.version = F("version") + 1
    with own_id_once():
        client.save(update_fields=[*changed, "fact_dates", "version", "updated_at"])
    client.refresh_from_db(fields=["version"])
    save_standing({client.pk: after})
    return client


def work_out_change(
    client: Client, changes: Mapping[str, Any], rules: Rules, *, by: User, known: Mapping[str, Confirmation] | None = None
) -> tuple[Values, Evaluation | None, list[FieldError]]:
    """Change `client` in memory; return what changed, how it stands then, and all that forbids to keep it."""
    contacts = list(client.contacts.all())
    before = Record.of(client, contacts)
    held = as_typed(client)
    values, errors = clean_values(changes, rules, before=held)
    changed = {name: value for name, value in values.items() if held[name] != value}
    errors += _taken_or_missing(changed, own=client.pk)
    if not changed:
        return changed, None, errors
    set_values(client, changed, Confirmation(rules.now, by.pk))
    if known:
        client.fact_dates = Freshness.of(client).noted(known).columns["fact_dates"]
    after = evaluate(Record.of(client, contacts), rules.criteria, as_of=rules.today)
    already = {error.field for error in errors}
    broken = newly_broken(evaluate(before, rules.criteria, as_of=rules.today), after)
    # what comes back may be too old again: an undo is not refused for that
    errors += [error for error in broken if error.field not in already and not (known and error.code == STALE)]
    return changed, after, errors


def set_values(client: Client, changed: Values, one: Confirmation) -> None:
    """Put changed values on the instance and note when and by whom each fact was set."""
    held = each_fact(as_typed(client))
    for name, value in changed.items():
        setattr(client, name, value)
    now = each_fact(as_typed(client))
    facts = (field for field in held.keys() | now.keys() if held.get(field) != now.get(field))
    client.fact_dates = Freshness.of(client).noted(dict.fromkeys(facts, one)).columns["fact_dates"]


def evaluate_again(client: Client, rules: Rules) -> Evaluation:
    """Hold the client as it stands in the database against the criteria and keep the outcome."""
    outcome = evaluate(Record.of(client, list(client.contacts.all())), rules.criteria, as_of=rules.today)
    save_standing({client.pk: outcome})
    return outcome
