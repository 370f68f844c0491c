"""Whatever is merged and undone in whatever order: once all is undone, everything stands as it did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from clients.criteria import refresh_standing
from clients.errors import Refused
from clients.models import Client, ClientMerge, Contact, CustomField, DuplicatePair, Industry, Touch, Waiver
from clients.services import log_touch, undo_touch
from clients.services.duplicates import merge_clients, undo_merge
from clients.services.duplicates.choices import BOTH_OF, FIELDS
from reminders.models import Notice, Reminder, ReminderAct, ReminderKind, ReminderRule
from sales.models import Document, LedgerSettings, Payment, PoolWeight
from tests.clients.duplicates.rows import differences, snapshot
from tests.clients.registry import fair
from tests.sales.ledger import complaint, cost, pool, sale

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
CLIENTS = 5
NAMES = ["Ateliers Lefèvre", "Ateliers Lefevre SARL", "Ромашка", "Kestrel", "Lefèvre, Ateliers"]
PHONES = ["+33199001742", "+33199001701", "+33199001733", "+33199001755"]

some_day = st.dates(date(2020, 1, 1), date(2026, 3, 1))
moment = st.integers(0, 60 * 24 * 400).map(lambda minutes: NOW - timedelta(minutes=minutes, microseconds=123_456))
still_to_come = st.integers(1, 60 * 24 * 30).map(
    lambda minutes: datetime.now(UTC).replace(microsecond=0) + timedelta(days=1, minutes=minutes)
)
remark = st.sampled_from(["", "paid late", "paid late\n\nwants a discount", "wants a discount"])
facts = st.fixed_dictionaries(
    {
        "full_name": st.sampled_from(NAMES),
        "short_name": st.sampled_from(["", "Lefèvre", "Ромашка"]),
        "former_names": st.sampled_from(["", "Atelier L.", "Kestrel, Atelier L."]),
        "tax_number": st.sampled_from(["", "FR40303265045", "FR61954506077"]),
        "phones": st.lists(st.sampled_from(PHONES), max_size=3, unique=True),
        "emails": st.lists(st.sampled_from(["a@x.example", "b@x.example", "c@x.example"]), max_size=2, unique=True),
        "address": st.sampled_from(["", "12 rue Neuve", "3 quai Sud"]),
        "city": st.sampled_from(["", "Lyon", "lyon", "Annecy"]),
        "country": st.sampled_from(["", "FR"]),
        "employees": st.none() | st.integers(1, 50),
        "may_call": st.none() | st.booleans(),
        "consent_on": st.none() | some_day,
        "is_supplier": st.booleans(),
        "lifecycle": st.sampled_from(["potential", "current", "former"]),
        "works_since": st.none() | st.dates(date(2015, 1, 1), date(2018, 1, 1)),
        "worked_until": st.none() | some_day,
        "went_well": remark,
        "went_wrong": remark,
        "stands_now": remark,
        "custom": st.fixed_dictionaries({}, optional={"list": st.sampled_from(["Partner", "Retail"]), "size": st.integers(1, 3)}),
        "facts_confirmed_at": st.none() | moment,
        "fact_dates": st.dictionaries(
            st.sampled_from(["phones", "city", "tax_number", "custom.list", "referrer", "employees"]),
            moment.map(lambda at: [at.isoformat(), None]),
        ),
        "archived_reason": st.just(""),
    }
)
person = st.fixed_dictionaries({"full_name": st.sampled_from(["Mme Ngomo", "M. Roy"]), "is_main": st.booleans(), "is_head": st.booleans()})
client_number = st.integers(0, CLIENTS - 1)
reminder = st.fixed_dictionaries(
    {
        "due_at": moment | still_to_come,
        "stage": st.sampled_from(["", "notice", "due", "escalation"]),
        "state": st.sampled_from(["open", "open", "done", "cancelled"]),
        "rule_key": st.sampled_from(["", "", "2025", "2026"]),
        "follows_manager": st.booleans(),
        "fired": st.booleans(),
    }
)
world = st.fixed_dictionaries(
    {
        "clients": st.lists(facts, min_size=CLIENTS, max_size=CLIENTS),
        "own_ids": st.lists(st.booleans(), min_size=CLIENTS, max_size=CLIENTS),
        "archived": st.lists(st.booleans(), min_size=CLIENTS, max_size=CLIENTS),
        "referrers": st.lists(st.none() | client_number, min_size=CLIENTS, max_size=CLIENTS),
        "next_steps": st.lists(st.none() | moment | still_to_come, min_size=CLIENTS, max_size=CLIENTS),
        "people": st.lists(st.tuples(client_number, person), max_size=5),
        "touches": st.lists(st.tuples(client_number, moment), max_size=5),
        "confirmed": st.lists(client_number, max_size=3),
        "waivers": st.lists(st.tuples(client_number, st.sampled_from(["address", "email"]), st.booleans()), max_size=4),
        "reminders": st.lists(st.tuples(client_number, reminder), max_size=8),
        "documents": st.lists(st.tuples(client_number, some_day, st.integers(-500, 900), st.booleans()), max_size=6),
        "costs": st.lists(st.tuples(client_number, some_day, st.integers(-5, 90)), max_size=4),
        "complaints": st.lists(st.tuples(client_number, some_day), max_size=3),
        "weights": st.lists(st.tuples(client_number, st.integers(0, 1), st.integers(1, 9)), max_size=5),
        "closed": st.booleans(),
        "pairs": st.lists(st.tuples(client_number, client_number, st.sampled_from(["open", "two_clients"])), max_size=5),
    }
)
choices = st.dictionaries(
    st.sampled_from([*FIELDS, "custom.list", "custom.size"]), st.sampled_from(["survivor", "other", "both"]), max_size=4
)
step = st.tuples(st.sampled_from(["merge", "merge", "undo", "confirm"]), st.integers(0, 99), st.integers(0, 99), choices)


def make(drawn: dict[str, Any], user: User) -> list[Client]:
    """Write the drawn world and return its clients."""
    source, industry = fair(), Industry.objects.get_or_create(name="Printing")[0]
    clients = []
    for number, values in enumerate(drawn["clients"]):
        until = values["worked_until"] if values["works_since"] else None
        own = {"external_id": f"own-{number}"} if drawn["own_ids"][number] else {}
        step_at = drawn["next_steps"][number]
        own |= {"next_step": f"step {number}", "next_step_at": step_at} if step_at else {}
        archived = NOW if drawn["archived"][number] and number == CLIENTS - 1 else None
        clients.append(
            Client(
                **values | own | {"worked_until": until, "archived_at": archived},
                is_customer=True,
                manager=user,
                source=source,
                industry=industry if number % 2 else None,
                created_by=user,
                facts_confirmed_by=user if values["facts_confirmed_at"] else None,
            )
        )
    Client.objects.bulk_create(clients)
    for number, referrer in enumerate(drawn["referrers"]):
        if referrer is not None and referrer != number:
            Client.objects.filter(pk=clients[number].pk).update(referrer=clients[referrer])
    _make_belongings(drawn, user, clients)
    for number in drawn["confirmed"]:
        if clients[number].archived_at is None:
            log_touch(user=user, client_id=clients[number].pk, facts_confirmed=True, at=NOW - timedelta(days=number), now=NOW)
    refresh_standing([client.pk for client in clients])
    return clients


def _make_belongings(drawn: dict[str, Any], user: User, clients: list[Client]) -> None:
    marked: set[tuple[int, str]] = set()
    for number, values in drawn["people"]:
        marks = {mark: values[mark] and (number, mark) not in marked for mark in ("is_main", "is_head")}
        marked |= {(number, mark) for mark, held in marks.items() if held}
        Contact.objects.create(client=clients[number], created_by=user, **values | marks)
    for number, at in drawn["touches"]:
        contact = clients[number].contacts.first()
        Touch.objects.create(client=clients[number], user=user, at=at, contact=contact)
        client = clients[number]
        client.last_touch_at = max(at, client.last_touch_at or at)
        Client.objects.filter(pk=client.pk).update(last_touch_at=client.last_touch_at)
    standing: set[tuple[int, str]] = set()
    for number, fact, over in drawn["waivers"]:
        ended = over or (number, fact) in standing
        standing |= set() if ended else {(number, fact)}
        until = date(2026, 12, 31)
        Waiver.objects.create(client=clients[number], fact=fact, reason="x", until=until, ended_at=NOW if ended else None)
    _make_reminders(drawn, user, clients)
    _make_money(drawn, clients)
    for one, other, state in drawn["pairs"]:
        first, second = sorted((clients[one].pk, clients[other].pk))
        if first != second:
            decided = {"decided_at": NOW, "decided_by": user} if state == "two_clients" else {}
            DuplicatePair.objects.get_or_create(first_id=first, second_id=second, defaults={"score": 80, "state": state, **decided})


def _make_money(drawn: dict[str, Any], clients: list[Client]) -> None:
    """Documents, some of them paid and taken back, costs, complaints and weights; in some worlds all of it is closed."""
    bought: dict[int, Document] = {}
    for number, day, amount, paid in drawn["documents"]:
        earlier = bought.get(number)
        back = {"reverses": earlier} if amount < 0 and earlier else {}
        document = sale(clients[number], amount, day, due_on=day + timedelta(days=30), **back)
        if amount > 0:
            bought[number] = document
        if paid and amount:
            Payment.objects.create(document=document, day=day, amount=amount)
    for number, day, amount in drawn["costs"]:
        cost(clients[number], amount, day, document=bought.get(number))
    for number, day in drawn["complaints"]:
        complaint(clients[number], 5, day, document=bought.get(number), what="wet")
    pools = [pool(100, "by_hand", name=name) for name in ("Warehouse", "Telephone")]
    for number, which, weight in drawn["weights"]:
        PoolWeight.objects.get_or_create(pool=pools[which], client=clients[number], defaults={"weight": weight})
    if drawn["closed"]:
        LedgerSettings.objects.create(locked_before=date(2026, 4, 1))


def _make_reminders(drawn: dict[str, Any], user: User, clients: list[Client]) -> None:
    kind = ReminderKind.objects.get(key="other")
    rule, _made = ReminderRule.objects.get_or_create(name="Facts", source="created", kind=kind)
    made: set[tuple[int, str]] = set()
    for number, values in drawn["reminders"]:
        client, due, key = clients[number], values["due_at"], values["rule_key"]
        if key and (number, key) in made:
            continue
        made.add((number, key))
        state = "asleep" if client.archived_at and values["state"] == "open" else values["state"]
        closed = {"closed_at": NOW, "closed_by": user} if state in ("done", "cancelled") else {}
        fires = {"": None, "notice": due - timedelta(minutes=30), "due": due, "escalation": due + timedelta(hours=9)}[values["stage"]]
        one = Reminder.objects.create(
            client=client,
            contact=client.contacts.first(),
            kind=kind,
            subject=f"for {number}",
            owner=user,
            follows_manager=values["follows_manager"],
            on_day=due.date(),
            at_time=due.time(),
            time_zone="UTC",
            due_at=due,
            notice_minutes=30,
            state=state,
            stage=values["stage"],
            fires_at=fires if state == "open" else None,
            fired_at=due if values["fired"] or values["stage"] == "escalation" else None,
            rule=rule if key else None,
            rule_key=key,
            **closed,
        )
        ReminderAct.objects.create(reminder=one, act="planned", at=NOW, by=user)
        if state == "open" and one.fired_at:
            Notice.objects.create(reminder=one, occurrence=1, stage="due", recipient=user, at=due)
    for promise in Reminder.objects.filter(is_promise=True, state="open", due_at__lt=NOW):
        Notice.objects.create(reminder=promise, occurrence=1, stage="due", recipient=user, at=promise.due_at)


def merge(user: User, one: int, other: int, chosen: dict[str, str]) -> bool:
    """Merge two of the clients that are left, if two are; return whether that was done."""
    left = list(Client.objects.filter(merged_into=None).order_by("pk"))
    survivor, gone = left[one % len(left)], left[other % len(left)]
    if survivor == gone:
        return False
    allowed = {field: choice for field, choice in chosen.items() if choice != "both" or field in BOTH_OF}
    allowed = {
        field: choice for field, choice in allowed.items() if not field.startswith("custom.") or field[7:] in survivor.custom | gone.custom
    }
    refused = asked(lambda: merge_clients(user=user, survivor_id=survivor.pk, other_id=gone.pk, choices=allowed, now=NOW))
    assert refused <= {"archived", "order", "required", "stale"}
    return not refused


def undo(user: User, number: int) -> None:
    """Undo one of the merges that stand, if it may be."""
    merges = list(ClientMerge.objects.filter(undone_at=None).order_by("pk"))
    if merges:
        chosen = merges[number % len(merges)]
        merged_on = Client.objects.get(pk=chosen.survivor_id).merged_into is not None
        refused = asked(lambda: undo_merge(user=user, merge_id=chosen.pk, now=NOW))
        assert refused == ({"merged"} if merged_on else set())


def confirm(user: User, number: int) -> list[Touch]:
    """Confirm the facts of one of the clients that are left, by a touch."""
    left = list(Client.objects.filter(merged_into=None, archived_at=None).order_by("pk"))
    chosen = left[number % len(left)]
    return [log_touch(user=user, client_id=chosen.pk, facts_confirmed=True, now=LATER)]


def take_back(user: User, touch: Touch) -> None:
    """Take back a touch that confirmed facts, wherever it is by now."""
    undo_touch(user=user, touch_id=touch.pk, event_id=0, now=timezone.now())


def asked(act: Callable[[], Any]) -> set[str]:
    """Do it; return the codes with which it was refused."""
    try:
        act()
    except Refused as refused:
        return {error.code for error in refused.errors}
    return set()


@pytest.mark.django_db
def test_all_merges_undone_in_any_order_leave_everything_as_it_was(dmitri: User) -> None:
    CustomField.objects.create(key="list", label="List", kind="text")
    CustomField.objects.create(key="size", label="Size", kind="number")
    done = {"sequences": 0, "merges": 0}

    @settings(max_examples=200, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None)
    @given(world, st.lists(step, min_size=2, max_size=6), st.lists(st.integers(0, 99), max_size=6))
    def there_and_back(drawn: dict[str, Any], steps: list[tuple[str, int, int, dict[str, str]]], order: list[int]) -> None:
        with transaction.atomic():
            make(drawn, dmitri)
            before = snapshot()
            touches: list[Touch] = []
            for what, one, other, chosen in steps:
                done["merges"] += merge(dmitri, one, other, chosen) if what == "merge" else 0
                if what == "undo":
                    undo(dmitri, one)
                if what == "confirm":
                    touches += confirm(dmitri, one)
            for number in order:
                if number % 2 and touches:
                    take_back(dmitri, touches.pop(number % len(touches)))
                else:
                    undo(dmitri, number)
            for merged in ClientMerge.objects.filter(undone_at=None).order_by("-pk"):
                undo_merge(user=dmitri, merge_id=merged.pk, now=NOW)
            for touch in touches:
                take_back(dmitri, touch)
            assert differences(before, snapshot()) == []
            done["sequences"] += 1
            transaction.set_rollback(True)

    there_and_back()
    assert done["sequences"] >= 200
    assert done["merges"] >= 200
