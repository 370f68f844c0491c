"""Touches, next steps, contacts and waivers: what they do to the client, what is refused, and who may."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from clients.errors import Refused, StaleVersion
from clients.models import Client, Contact, Criterion, Touch, Waiver
from clients.services import (
    add_contact,
    archive_client,
    change_contact,
    confirm_facts,
    correct_touch,
    end_waiver,
    grant_waiver,
    log_touch,
    plan_next_step,
    put_back_contact,
    remove_contact,
)
from tests.clients.registry import PHONE, fresh, register
from tests.clients.test_services_clients import codes

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SOON = NOW + timedelta(days=2)


# --- touches -----------------------------------------------------------------------------------


def test_a_touch_is_kept_confirms_the_facts_and_sets_the_next_step(anna: User) -> None:
    client = register(anna, {"full_name": "Mme Ngomo"})
    contact = client.contacts.get()
    touch = log_touch(
        user=anna,
        client_id=client.pk,
        kind="meeting",
        outcome="reached",
        note=" Two days late again.\r\nThursday works. ",
        contact_id=contact.pk,
        minutes=20,
        facts_confirmed=True,
        next_step=" Answer on the slots ",
        next_step_at=SOON,
        now=NOW,
    )
    assert (touch.kind, touch.note, touch.contact, touch.minutes, touch.user) == (
        "meeting",
        "Two days late again.\nThursday works.",
        contact,
        20,
        anna,
    )
    client = fresh(client)
    assert (client.last_touch_at, client.facts_confirmed_at, client.facts_confirmed_by) == (NOW, client.facts_confirmed_at, anna)
    assert (client.next_step, client.next_step_at, client.version) == ("Answer on the slots", SOON, 1)


def test_a_touch_without_a_word_on_the_next_step_leaves_it_and_none_because_clears_it(anna: User) -> None:
    client = register(anna)
    plan_next_step(user=anna, client_id=client.pk, next_step="Call", next_step_at=SOON, now=NOW)
    log_touch(user=anna, client_id=client.pk, outcome="no_answer", now=NOW)
    assert fresh(client).next_step_at == SOON
    touch = log_touch(user=anna, client_id=client.pk, no_next_step_because="Moved away", now=NOW)
    assert touch.no_next_step_because == "Moved away"
    assert (fresh(client).next_step, fresh(client).next_step_at) == ("", None)


def test_a_touch_of_the_past_does_not_turn_back_the_clock(anna: User) -> None:
    client = register(anna)
    log_touch(user=anna, client_id=client.pk, now=NOW)
    log_touch(user=anna, client_id=client.pk, at=NOW - timedelta(days=30), facts_confirmed=True, now=NOW)
    assert fresh(client).last_touch_at == NOW


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"kind": "séance"}, "kind", "choice"),
        ({"outcome": ""}, "outcome", "choice"),
        ({"note": "x" * 20_001}, "note", "too_long"),
        ({"minutes": 1441}, "minutes", "number"),
        ({"minutes": "long"}, "minutes", "number"),
        ({"at": NOW + timedelta(minutes=1)}, "at", "future"),
        ({"at": datetime(1989, 1, 1, tzinfo=UTC)}, "at", "future"),
        ({"next_step_at": NOW - timedelta(minutes=1)}, "next_step_at", "past"),
        ({"next_step_at": datetime(9999, 12, 31, tzinfo=UTC)}, "next_step_at", "past"),
        ({"next_step": "Call"}, "next_step_at", "required"),
        ({"next_step": "x" * 301, "next_step_at": SOON}, "next_step", "too_long"),
        ({"next_step_at": SOON, "no_next_step_because": "x"}, "no_next_step_because", "both"),
        ({"contact_id": 10**15}, "contact", "choice"),
    ],
)
def test_a_touch_that_cannot_be_kept_is_refused(anna: User, given: dict[str, Any], field: str, code: str) -> None:
    client = register(anna)
    with pytest.raises(Refused) as refusal:
        log_touch(user=anna, client_id=client.pk, now=NOW, **given)
    assert codes(refusal) == {field: code}
    assert not Touch.objects.exists()


def test_a_touch_is_with_a_contact_of_its_own_client(anna: User) -> None:
    other = register(anna, {"full_name": "M. Autre"})
    client = register(anna)
    with pytest.raises(Refused) as refusal:
        log_touch(user=anna, client_id=client.pk, contact_id=other.contacts.get().pk, now=NOW)
    assert codes(refusal) == {"contact": "choice"}


def test_a_touch_is_corrected_by_its_author_on_its_day_only(anna: User, boris: User, dmitri: User) -> None:
    client = register(anna)
    touch = log_touch(user=anna, client_id=client.pk, note="Wrong")
    for user in (boris, dmitri):
        with pytest.raises(PermissionDenied):
            correct_touch(user=user, touch_id=touch.pk, changes={"note": "x"})
    with pytest.raises(PermissionDenied):
        correct_touch(user=anna, touch_id=touch.pk, changes={"note": "x"}, now=touch.created_at + timedelta(days=1))
    corrected = correct_touch(user=anna, touch_id=touch.pk, changes={"note": "Right", "outcome": "busy", "minutes": "5"})
    assert (corrected.note, corrected.outcome, corrected.minutes, corrected.kind) == ("Right", "busy", 5, "call")
    for changes, expected in (({"at": NOW}, {"at": "unknown"}), ({"user": 1}, {"user": "unknown"}), ({"kind": "x"}, {"kind": "choice"})):
        with pytest.raises(Refused) as refusal:
            correct_touch(user=anna, touch_id=touch.pk, changes=changes)
        assert codes(refusal) == expected


def test_the_day_of_a_touch_is_the_authors_own(anna: User) -> None:
    client = register(anna)
    touch = log_touch(user=anna, client_id=client.pk)
    Touch.objects.filter(pk=touch.pk).update(created_at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))  # the 25th in Paris
    assert correct_touch(user=anna, touch_id=touch.pk, changes={"note": "x"}, now=datetime(2026, 11, 25, 22, 0, tzinfo=UTC)).note == "x"
    with pytest.raises(PermissionDenied):
        correct_touch(user=anna, touch_id=touch.pk, changes={"note": "y"}, now=datetime(2026, 11, 25, 23, 30, tzinfo=UTC))


# --- the next step -----------------------------------------------------------------------------


def test_a_next_step_is_planned_moved_and_cleared(anna: User) -> None:
    client = register(anna)
    assert plan_next_step(user=anna, client_id=client.pk, next_step=" Call\x00 ", next_step_at=SOON, now=NOW).next_step == "Call"
    plan_next_step(user=anna, client_id=client.pk, next_step="Call", next_step_at=SOON + timedelta(days=1), now=NOW)
    assert fresh(client).next_step_at == SOON + timedelta(days=1)
    plan_next_step(user=anna, client_id=client.pk, next_step="", next_step_at=None, now=NOW)
    assert fresh(client).next_step_at is None


@pytest.mark.parametrize(
    ("step", "at", "expected"),
    [
        ("Call", NOW - timedelta(seconds=1), {"next_step_at": "past"}),
        ("Call", None, {"next_step_at": "required"}),
        ("x" * 301, SOON, {"next_step": "too_long"}),
    ],
)
def test_a_next_step_that_cannot_be_is_refused(anna: User, step: str, at: datetime | None, expected: dict[str, str]) -> None:
    client = register(anna)
    with pytest.raises(Refused) as refusal:
        plan_next_step(user=anna, client_id=client.pk, next_step=step, next_step_at=at, now=NOW)
    assert codes(refusal) == expected


def test_confirming_the_facts_makes_them_fresh(anna: User) -> None:
    Criterion.objects.create(fact="city", level="required", max_age_months=6, state="published", valid_from="2020-01-01", grace_days=0)
    client = register(anna, city="Lyon")
    long_ago = ["2020-01-01T00:00:00+00:00", None]
    Client.objects.filter(pk=client.pk).update(
        fact_dates={"city": long_ago}, facts_confirmed_at=datetime(2020, 1, 1, tzinfo=UTC), created_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    log_touch(user=anna, client_id=client.pk)
    assert Client.objects.get(pk=client.pk).standing.required_missing == 1
    confirm_facts(user=anna, client_id=client.pk)
    confirmed = fresh(client)
    assert (confirmed.version, confirmed.facts_confirmed_by) == (1, anna)
    assert Client.objects.get(pk=client.pk).standing.required_missing == 0


# --- contacts ----------------------------------------------------------------------------------


def test_the_first_contact_is_the_main_one_and_the_mark_moves(anna: User) -> None:
    client = register(anna)
    first = add_contact(user=anna, client_id=client.pk, data={"full_name": "A", "phones": ["01 99 00 17 42"], "is_head": True})
    assert (first.is_main, first.phones, first.created_by) == (True, [PHONE], anna)
    second = add_contact(user=anna, client_id=client.pk, data={"full_name": "B"})
    assert not second.is_main
    change_contact(user=anna, contact_id=second.pk, version=1, changes={"is_main": "on", "is_head": True})
    first.refresh_from_db()
    assert (first.is_main, first.is_head) == (False, False)
    assert first.version > 1, "a form in which it is open has grown stale"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, {"full_name": "required"}),
        ({"full_name": " \x00 "}, {"full_name": "required"}),
        ({"full_name": "x" * 201}, {"full_name": "too_long"}),
        (
            {"full_name": "A", "phones": "12", "emails": "b", "birth_date": "9999-01-01"},
            {"phones": "phone", "emails": "email", "birth_date": "date"},
        ),
        ({"full_name": "A", "client": 7, "created_by": 1}, {"client": "unknown", "created_by": "unknown"}),
    ],
)
def test_a_contact_that_cannot_be_kept_is_refused(anna: User, data: dict[str, Any], expected: dict[str, str]) -> None:
    client = register(anna)
    with pytest.raises(Refused) as refusal:
        add_contact(user=anna, client_id=client.pk, data=data)
    assert codes(refusal) == expected
    there = add_contact(user=anna, client_id=client.pk, data={"full_name": "There"})
    if data:
        with pytest.raises(Refused) as refusal:
            change_contact(user=anna, contact_id=there.pk, version=1, changes=data)
        assert codes(refusal) == expected


def test_a_contact_read_at_an_old_version_is_stale(anna: User) -> None:
    contact = add_contact(user=anna, client_id=register(anna).pk, data={"full_name": "A"})
    assert change_contact(user=anna, contact_id=contact.pk, version=1, changes={"full_name": "A"}).version == 1
    change_contact(user=anna, contact_id=contact.pk, version=1, changes={"full_name": "B"})
    with pytest.raises(StaleVersion) as stale:
        change_contact(user=anna, contact_id=contact.pk, version=1, changes={"full_name": "C"})
    assert stale.value.current.version == 2
    with pytest.raises(StaleVersion):
        remove_contact(user=anna, contact_id=contact.pk, version=1)


def test_a_contact_that_a_required_criterion_needs_stays(anna: User) -> None:
    Criterion.objects.create(fact="main_contact_phone", level="required", state="published", valid_from="2020-01-01", grace_days=0)
    client = register(anna, {"full_name": "A", "phones": PHONE})
    contact = client.contacts.get()
    with pytest.raises(Refused) as refusal:
        remove_contact(user=anna, contact_id=contact.pk, version=1)
    assert codes(refusal) == {"contacts": "required"}
    with pytest.raises(Refused):
        change_contact(user=anna, contact_id=contact.pk, version=1, changes={"phones": []})
    assert client.contacts.get().phones == [PHONE]


def test_a_removed_contact_comes_back_with_its_touches_and_marks(anna: User) -> None:
    client = register(anna, {"full_name": "A", "phones": PHONE, "is_head": True}, {"full_name": "B"})
    contact = client.contacts.get(full_name="A")
    touch = log_touch(user=anna, client_id=client.pk, contact_id=contact.pk)
    remove_contact(user=anna, contact_id=contact.pk, version=1)
    assert Touch.objects.get(pk=touch.pk).contact is None
    change_contact(user=anna, contact_id=client.contacts.get().pk, version=1, changes={"is_main": True})
    back = put_back_contact(user=anna, client_id=client.pk, contact_id=contact.pk)
    assert (back.pk, back.full_name, back.phones, back.is_head, back.is_main) == (contact.pk, "A", [PHONE], True, False)
    assert Touch.objects.get(pk=touch.pk).contact == back
    assert put_back_contact(user=anna, client_id=client.pk, contact_id=contact.pk) == back


def test_only_a_contact_of_this_very_client_comes_back(anna: User) -> None:
    client, other = register(anna, {"full_name": "A"}), register(anna)
    contact = client.contacts.get()
    remove_contact(user=anna, contact_id=contact.pk, version=1)
    for contact_id in (contact.pk, 10**12):
        with pytest.raises(Contact.DoesNotExist):
            put_back_contact(user=anna, client_id=other.pk, contact_id=contact_id)


# --- waivers -----------------------------------------------------------------------------------


def test_a_waiver_excuses_until_it_ends(dmitri: User) -> None:
    client = register(dmitri)
    Client.objects.filter(pk=client.pk).update(source=None)
    confirm_facts(user=dmitri, client_id=client.pk, now=NOW)
    assert fresh(client).standing.required_missing == 1
    first = grant_waiver(user=dmitri, client_id=client.pk, fact="source", reason=" Inherited ", until="2026-12-31", now=NOW)
    assert (first.reason, first.granted_by) == ("Inherited", dmitri)
    assert fresh(client).standing.required_missing == 0
    second = grant_waiver(user=dmitri, client_id=client.pk, fact="source", reason="Longer", until="2027-01-31", now=NOW)
    assert list(Waiver.objects.filter(ended_at=None)) == [second]
    end_waiver(user=dmitri, waiver_id=second.pk, now=NOW)
    assert fresh(client).standing.required_missing == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"reason": " "}, {"reason": "required"}),
        ({"reason": "x" * 301}, {"reason": "too_long"}),
        ({"until": ""}, {"until": "range"}),
        ({"until": "2026-11-23"}, {"until": "range"}),
        ({"until": "2029-01-01"}, {"until": "range"}),
        ({"until": "9999-01-01"}, {"until": "date"}),
        ({"fact": "soul"}, {"fact": "choice"}),
    ],
)
def test_a_waiver_needs_a_reason_and_an_end(dmitri: User, given: dict[str, Any], expected: dict[str, str]) -> None:
    client = register(dmitri)
    with pytest.raises(Refused) as refusal:
        grant_waiver(user=dmitri, client_id=client.pk, **({"fact": "source", "reason": "x", "until": "2026-12-31"} | given), now=NOW)
    assert codes(refusal) == expected
    assert not Waiver.objects.exists()


def test_a_manager_waives_nothing(anna: User, dmitri: User) -> None:
    client = register(anna)
    waiver = grant_waiver(user=dmitri, client_id=client.pk, fact="source", reason="x", until="2026-12-31", now=NOW)
    with pytest.raises(PermissionDenied):
        grant_waiver(user=anna, client_id=client.pk, fact="source", reason="x", until="2026-12-31", now=NOW)
    with pytest.raises(PermissionDenied):
        end_waiver(user=anna, waiver_id=waiver.pk)


# --- who may, for all of them ------------------------------------------------------------------

WRITES: dict[str, Callable[[User, Client, Contact], Any]] = {
    "log": lambda user, client, contact: log_touch(user=user, client_id=client.pk),
    "plan": lambda user, client, contact: plan_next_step(user=user, client_id=client.pk, next_step="", next_step_at=None),
    "confirm": lambda user, client, contact: confirm_facts(user=user, client_id=client.pk),
    "add": lambda user, client, contact: add_contact(user=user, client_id=client.pk, data={"full_name": "X"}),
    "change": lambda user, client, contact: change_contact(user=user, contact_id=contact.pk, version=1, changes={"full_name": "X"}),
    "remove": lambda user, client, contact: remove_contact(user=user, contact_id=contact.pk, version=1),
    "put back": lambda user, client, contact: put_back_contact(user=user, client_id=client.pk, contact_id=contact.pk),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_reader_writes_nothing_and_a_stranger_finds_nothing(
    anna: User, boris: User, eve: User, write: Callable[[User, Client, Contact], Any]
) -> None:
    client = register(anna, {"full_name": "A"})
    contact = client.contacts.get()
    with pytest.raises(PermissionDenied):
        write(boris, client, contact)
    with pytest.raises((Client.DoesNotExist, Contact.DoesNotExist)):
        write(eve, client, contact)
    assert not Touch.objects.exists()
    assert list(client.contacts.values_list("full_name", flat=True)) == ["A"]
    write(anna, client, contact)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_an_archived_client_is_only_read(anna: User, write: Callable[[User, Client, Contact], Any]) -> None:
    client = register(anna, {"full_name": "A"})
    archive_client(user=anna, client_id=client.pk, version=1, reason="x")
    with pytest.raises(Refused) as refusal:
        write(anna, client, client.contacts.get())
    assert codes(refusal) == {"archived": "archived"}
