"""Puts drafts into the registry by its own services, in their bulk forms, and dates what they did to when it happened.

Only the dates are written past the services: nothing else lets a row say that it was made a year ago.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from typing import cast

import pgtrigger
from django.apps import apps
from django.db import connection

from accounts.models import User
from clients import services
from clients.criteria import refresh_standing
from clients.models import Client, Contact, DuplicatePair, Touch
from clients.services.preparing import prepare_client, refuse
from clients.services.registration import write_clients
from clients.services.rules import Rules
from clients.services.touches import read_touch, write_touches
from crm.demo.drafts import Draft, DraftChange, DraftTouch

ClientEvent = apps.get_model("clients", "ClientEvent")
TOGETHER = {"lifecycle", "manager"}
"""Fields whose changes are made for many clients at once."""
TYPING = timedelta(minutes=2)
"""How long it takes to log a touch after it happened."""


def write_drafts(drafts: Sequence[Draft], people: Mapping[str, User]) -> int:
    """Write the drafts that are not in the registry yet; return how many clients came."""
    known = dict(Client.objects.exclude(external_id="").values_list("external_id", "pk"))
    new = sorted((draft for draft in drafts if draft.own_id not in known), key=lambda draft: (draft.registered_at, draft.number))
    if not new:
        return 0
    writer = _Writer(people, known)
    writer.register(new)
    writer.change(new)
    writer.touch(new)
    writer.confirm(new)
    writer.archive(new)
    writer.finish(new)
    return len(new)


class _Writer:
    """One pass over some drafts. Steps follow each other as a client's life does, so that its history reads in order."""

    def __init__(self, people: Mapping[str, User], known: dict[str, int]) -> None:
        self.people = people
        self.pks = known
        self.latest: dict[int, datetime] = {}

    def register(self, drafts: Sequence[Draft]) -> None:
        """Register the clients as they were at first, those of one person at a time; who was sent by another comes second.

        Those for whom somebody had to say why they are others than whom they look like come last, one by one.
        """
        rules = Rules.load()
        order = sorted(
            (one for one in drafts if not one.other_because),
            key=lambda one: (one.referrer is not None, one.created_by, one.registered_at, one.number),
        )
        for (_referred, by), batch in groupby(order, lambda one: (one.referrer is not None, one.created_by)):
            ours = list(batch)
            prepared = [prepare_client(self._with_referrer(one), one.contacts, rules) for one in ours]
            for one in prepared:
                refuse(one.errors)
            written = write_clients(user=self.people[by], prepared=prepared, rules=rules)
            self.pks.update({draft.own_id: client.pk for draft, client in zip(ours, written, strict=True)})
        for draft in drafts:
            if draft.other_because:
                client = services.register_client(
                    user=self.people[draft.created_by],
                    data=draft.data,
                    contacts=draft.contacts,
                    allow_duplicate=draft.other_because,
                    rules=rules,
                )
                self.pks[draft.own_id] = client.pk
                DuplicatePair.objects.filter(second=client).update(decided_at=draft.registered_at)
        moments = {self.pks[draft.own_id]: draft.registered_at for draft in drafts}
        self.latest.update(moments)
        with _no_history_of("Client"):
            _set_moments("clients_client", "id", _REGISTERED, moments)
        with _no_history_of("Contact"):
            _set_moments("clients_contact", "client_id", "created_at = v.at, updated_at = v.at", moments)

    def _with_referrer(self, draft: Draft) -> dict[str, object]:
        seed = draft.own_id.partition("-")[0]
        return {**draft.data, "referrer": self.pks.get(f"{seed}-{draft.referrer:05d}") if draft.referrer else None}

    def change(self, drafts: Sequence[Draft]) -> None:
        """Make the later changes: the first of every client, then the second of those that have one, and so on."""
        for turn in range(max((len(draft.changes) for draft in drafts), default=0)):
            self._change({self.pks[draft.own_id]: draft.changes[turn] for draft in drafts if turn < len(draft.changes)})

    def _change(self, changes: Mapping[int, DraftChange]) -> None:
        alone = {pk: change for pk, change in changes.items() if change.changes.keys() - TOGETHER}
        together = sorted((_alike(change), pk) for pk, change in changes.items() if pk not in alone)
        versions = dict(Client.objects.filter(pk__in=alone).values_list("pk", "version"))
        rules = Rules.load()
        moments = {pk: change.at for pk, change in changes.items()}
        with self._dated(moments):
            for (by, name, value), batch in groupby(together, lambda one: one[0]):
                ids = [pk for _key, pk in batch]
                services.set_field_of_clients(user=self.people[by], client_ids=ids, field_name=name, value=value)
            for pk, change in alone.items():
                services.change_client(user=self.people[change.by], client_id=pk, version=versions[pk], changes=change.changes, rules=rules)
        _set_moments("clients_client", "id", _CHANGED, moments, values=[rules.now.isoformat()])

    def touch(self, drafts: Sequence[Draft]) -> None:
        """Log the touches, each manager's at once."""
        contacts: dict[int, list[int]] = {}
        here = Contact.objects.filter(client__in=[self.pks[draft.own_id] for draft in drafts])
        for client, pk in here.order_by("pk").values_list("client", "pk"):
            contacts.setdefault(client, []).append(pk)
        by_user: dict[str, list[Touch]] = {}
        planned: dict[str, dict[int, datetime]] = {}
        for draft in drafts:
            pk = self.pks[draft.own_id]
            for touch in draft.touches:
                by_user.setdefault(touch.by, []).append(_as_row(touch, pk, contacts.get(pk, []), self.people[touch.by]))
                if touch.next_step_at or touch.no_next_step_because:
                    planned.setdefault(touch.by, {})[pk] = touch.at + TYPING
        before = Touch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        for by, touches in sorted(by_user.items()):
            with self._dated(planned.get(by, {})):
                write_touches(user=self.people[by], touches=touches)
        with _no_history_of("Touch"), connection.cursor() as cursor:
            cursor.execute("UPDATE clients_touch SET created_at = at + %s::interval WHERE id > %s", [str(TYPING), before])
        for draft in drafts:
            if draft.touches:
                pk = self.pks[draft.own_id]
                self.latest[pk] = max(self.latest[pk], draft.touches[-1].at + TYPING)

    def confirm(self, drafts: Sequence[Draft]) -> None:
        """Confirm facts on the card, one by one."""
        for draft in drafts:
            if draft.confirmed:
                at, facts = draft.confirmed
                pk, user = self.pks[draft.own_id], self.people[draft.in_hands_of]
                for turn, fact in enumerate(facts):
                    services.confirm_fact(user=user, client_id=pk, fact=fact, now=at + turn * timedelta(seconds=8))
                self.latest[pk] = max(self.latest[pk], at)

    def archive(self, drafts: Sequence[Draft]) -> None:
        """Archive those whose story is over."""
        over = {self.pks[draft.own_id]: (draft, *draft.archived) for draft in drafts if draft.archived}
        versions = dict(Client.objects.filter(pk__in=over).values_list("pk", "version"))
        with self._dated({pk: at for pk, (_draft, at, _reason) in over.items()}):
            for pk, (draft, at, reason) in over.items():
                user = self.people[draft.in_hands_of]
                services.archive_client(user=user, client_id=pk, version=versions[pk], reason=reason, now=at)

    def finish(self, drafts: Sequence[Draft]) -> None:
        """Hold all of them against the criteria as of today, and leave the moment of the last change on each."""
        refresh_standing([self.pks[draft.own_id] for draft in drafts])
        _set_moments("clients_client", "id", "updated_at = v.at", self.latest)

    @contextmanager
    def _dated(self, moments: Mapping[int, datetime]) -> Iterator[None]:
        """Let the history of what the block changes say that it happened at the moments given by client."""
        before = ClientEvent.objects.order_by("-pgh_id").values_list("pgh_id", flat=True).first() or 0
        yield
        with pgtrigger.ignore("clients.ClientEvent:append_only"):
            _set_moments("clients_clientevent", "pgh_obj_id", "pgh_created_at = v.at", moments, after=before)
        for pk, at in moments.items():
            self.latest[pk] = max(self.latest[pk], at)


def _alike(change: DraftChange) -> tuple[str, str, str]:
    """Return what changes that can be made together share: by whom, the field, its value."""
    ((name, value),) = change.changes.items()
    return change.by, name, str(value)


def _as_row(touch: DraftTouch, client: int, contacts: Sequence[int], user: User) -> Touch:
    values = read_touch(
        kind=touch.kind,
        outcome=touch.outcome,
        note=touch.note,
        minutes=touch.minutes,
        next_step=touch.next_step,
        no_next_step_because=touch.no_next_step_because,
    )
    return Touch(
        client_id=client,
        contact_id=contacts[touch.contact] if touch.contact is not None and touch.contact < len(contacts) else None,
        user=user,
        at=touch.at,
        facts_confirmed=touch.facts_confirmed,
        next_step_at=touch.next_step_at,
        **values,
    )


def _no_history_of(model: str) -> AbstractContextManager[None]:
    return cast(AbstractContextManager[None], pgtrigger.ignore(f"clients.{model}:changed_update"))


_REGISTERED = "created_at = v.at, updated_at = v.at, facts_confirmed_at = v.at"
_CHANGED = """
  fact_dates = (
    SELECT COALESCE(jsonb_object_agg(key, CASE WHEN (value ->> 0)::timestamptz >= %s::timestamptz THEN jsonb_set(value, '{0}',
      to_jsonb(to_char(v.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))) ELSE value END), '{}') FROM jsonb_each(fact_dates)
  )
"""


def _set_moments(
    table: str, key: str, sets: str, moments: Mapping[int, datetime], *, values: Sequence[str] = (), after: int | None = None
) -> None:
    # every name in it is written in this module; only ids, moments and values come from outside
    where = "" if after is None else f" AND t.pgh_id > {after:d}"
    sql = f"UPDATE {table} AS t SET {sets} FROM unnest(%s::bigint[], %s::timestamptz[]) AS v(id, at) WHERE t.{key} = v.id{where}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, list(moments), list(moments.values())])
