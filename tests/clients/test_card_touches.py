"""Touches, next steps, contacts and archiving through the front door."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from clients.models import Client, Contact, Touch
from clients.services import (
    archive_client,
    change_client,
    change_contact,
    confirm_facts,
    log_touch,
    plan_next_step,
    remove_contact,
)
from tests.clients.browsing import HTMX, as_user, text_of, url
from tests.clients.registry import PHONE, fresh, register

pytestmark = pytest.mark.django_db


# --- touches, next steps, contacts -------------------------------------------------------------

CALL = {"kind": "call", "outcome": "reached", "plan": "week"}


def test_a_touch_is_logged_in_one_step(anna: User) -> None:
    client = register(anna, {"full_name": "Mme Ngomo"})
    contact = client.contacts.get()
    form = CALL | {"note": "Said yes", "contact": contact.pk, "minutes": "5", "facts_confirmed": "on", "next_step": "Send terms"}
    answer = as_user(anna).post(url("touch_log", client.pk), form, headers=HTMX)
    assert answer.status_code == 200
    touch = Touch.objects.get()
    assert (touch.note, touch.contact, touch.minutes, touch.facts_confirmed, touch.next_step) == (
        "Said yes",
        contact,
        5,
        True,
        "Send terms",
    )
    assert touch.next_step_at is not None
    assert timedelta(days=6) < touch.next_step_at - timezone.now() < timedelta(days=10)
    shown = text_of(answer)
    assert "Send terms" in shown
    assert "Said yes" in shown
    assert "Touch logged. Next step:" in json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][0]["text"]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"kind": "", "outcome": ""}, "Choose one of"),
        ({"plan": "other"}, "Choose a date and a time."),
        ({"plan": "other", "next_step_at": "9999-12-31T10:00"}, "Choose a time that is still to come."),
        ({"plan": "other", "next_step_at": "2020-01-01T10:00"}, "Choose a time that is still to come."),
        ({"plan": "other", "next_step_at": "tomorrow"}, "Choose a date and a time."),
        ({"plan": "none"}, "Say why nothing comes next."),
        ({"at": "2999-01-01T00:00"}, "A touch has happened already"),
        ({"at": "\x00"}, "Choose a date and a time."),
        ({"minutes": "NaN"}, "Give a whole number."),
        ({"contact": "1 OR 1=1"}, "Choose a contact of this client."),
    ],
)
def test_a_touch_that_cannot_be_logged_keeps_what_was_typed(anna: User, form: dict[str, str], message: str) -> None:
    client = register(anna)
    answer = as_user(anna).post(url("touch_log", client.pk), CALL | {"note": "Long talk"} | form, headers=HTMX)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert "Long talk" in answer.content.decode()
    assert not Touch.objects.exists()


def test_a_touch_is_logged_without_script_too(anna: User) -> None:
    client = register(anna)
    browser = as_user(anna)
    assert browser.post(url("touch_log", client.pk), CALL).headers["Location"] == url("card", client.pk)
    refused = browser.post(url("touch_log", client.pk), CALL | {"plan": "none", "note": "Long talk"})
    assert refused.status_code == 422
    assert "Long talk" in text_of(refused)


def test_a_planned_step_stays_unless_another_is_chosen(anna: User) -> None:
    client = register(anna)
    soon = timezone.now() + timedelta(days=2)
    plan_next_step(user=anna, client_id=client.pk, next_step="Call", next_step_at=soon)
    page = as_user(anna).get(url("card", client.pk)).content.decode()
    assert re.search(r'value="keep"[^>]*checked', page)
    as_user(anna).post(url("touch_log", client.pk), CALL | {"plan": "keep"}, headers=HTMX)
    assert fresh(client).next_step_at == soon
    as_user(anna).post(url("touch_log", client.pk), CALL | {"plan": "none", "no_next_step_because": "Moved"}, headers=HTMX)
    assert fresh(client).next_step_at is None


def test_a_touch_of_ones_own_is_corrected_on_its_day(anna: User, dmitri: User) -> None:
    client = register(anna)
    touch = log_touch(user=anna, client_id=client.pk, note="Wrong")
    browser = as_user(anna)
    assert "Correct" in text_of(browser.get(url("card", client.pk)))
    assert "Wrong" in browser.get(url("touch", client.pk, touch.pk), headers=HTMX).content.decode()
    form = {"kind": "visit", "outcome": "busy", "note": "Right", "minutes": ""}
    assert browser.post(url("touch", client.pk, touch.pk), form, headers=HTMX).status_code == 200
    touch.refresh_from_db()
    assert (touch.kind, touch.note) == ("visit", "Right")
    assert as_user(dmitri).post(url("touch", client.pk, touch.pk), form).status_code == 403
    Touch.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert browser.post(url("touch", client.pk, touch.pk), form).status_code == 403
    assert ">Correct<" not in browser.get(url("card", client.pk)).content.decode()


def test_a_contact_is_added_changed_removed_and_put_back(anna: User) -> None:
    client = register(anna)
    browser = as_user(anna)
    form = {"full_name": "Mme Ngomo", "phones": ["01 99 00 17 42", ""], "emails": "", "is_main": "on"}
    answer = browser.post(url("contact_new", client.pk), form, headers=HTMX)
    assert answer.status_code == 200
    assert json.loads(answer.headers["HX-Trigger"]).keys() >= {"seraph:close", "seraph:say"}
    contact = Contact.objects.get()
    assert contact.phones == [PHONE]
    drawer = browser.get(url("contact", client.pk, contact.pk), headers=HTMX).content.decode()
    assert "+33 1 99 00 17 42" in drawer
    browser.post(url("contact", client.pk, contact.pk), form | {"version": 1, "position": "Purchasing"}, headers=HTMX)
    contact.refresh_from_db()
    assert contact.position == "Purchasing"
    removed = browser.post(url("contact_remove", client.pk, contact.pk), headers=HTMX)
    undo = json.loads(removed.headers["HX-Trigger"])["seraph:say"]["says"][0]["url"]
    assert not Contact.objects.exists()
    assert browser.post(undo, headers=HTMX).status_code == 200
    assert Contact.objects.get().position == "Purchasing"


def test_a_contact_that_is_removed_twice_at_once_is_not_there_the_second_time(anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = register(anna, {"full_name": "Mme Ngomo"})
    contact = client.contacts.get()

    def beaten(**asked: Any) -> Any:
        remove_contact(user=anna, contact_id=contact.pk, version=contact.version)
        return remove_contact(**asked)

    monkeypatch.setattr("clients.views.card_contacts.remove_contact", beaten)
    assert as_user(anna).post(url("contact_remove", client.pk, contact.pk), headers=HTMX).status_code == 404


def test_a_contact_that_was_changed_just_before_stays(anna: User, dmitri: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = register(anna, {"full_name": "Mme Ngomo"})
    contact = client.contacts.get()

    def beaten(**asked: Any) -> Any:
        change_contact(user=dmitri, contact_id=contact.pk, version=1, changes={"position": "Director"})
        return remove_contact(**asked)

    monkeypatch.setattr("clients.views.card_contacts.remove_contact", beaten)
    answer = as_user(anna).post(url("contact_remove", client.pk, contact.pk), headers=HTMX)
    assert answer.status_code == 200
    assert "Somebody else changed Mme Ngomo meanwhile" in answer.headers["HX-Trigger"]
    assert Contact.objects.get().position == "Director"


def test_a_refused_contact_keeps_what_was_typed(anna: User) -> None:
    client = register(anna)
    answer = as_user(anna).post(url("contact_new", client.pk), {"full_name": " ", "phones": "1", "position": "Chef"}, headers=HTMX)
    assert answer.status_code == 422
    assert 'value="Chef"' in answer.content.decode()
    assert "Give the contact a name" in text_of(answer)
    assert not Contact.objects.exists()


def test_a_conflict_over_a_contact_shows_both(anna: User, dmitri: User) -> None:
    client = register(anna, {"full_name": "Mme Ngomo", "position": "Purchasing"})
    contact = client.contacts.get()
    change_contact(user=dmitri, contact_id=contact.pk, version=1, changes={"position": "Director"})
    form = {"full_name": "Mme Ngomo", "position": "Head of purchasing", "version": "1", "is_main": "on"}
    answer = as_user(anna).post(url("contact", client.pk, contact.pk), form, headers=HTMX)
    assert answer.status_code == 409
    assert "Head of purchasing" in text_of(answer)
    assert "Director" in text_of(answer)
    contact.refresh_from_db()
    assert contact.position == "Director"


# --- archive, bring back -----------------------------------------------------------------------


def test_archiving_is_undone_from_its_toast(anna: User) -> None:
    client = register(anna)
    browser = as_user(anna)
    refused = browser.post(url("archive", client.pk), {"version": 1, "reason": ""}, headers=HTMX)
    assert refused.status_code == 422
    answer = browser.post(url("archive", client.pk), {"version": 1, "reason": "Closed"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == url("card", client.pk)
    assert fresh(client).archived_at is not None
    page = browser.get(url("card", client.pk)).content.decode()
    undo = f"{url('restore', client.pk)}?version=2"
    assert undo in unescape(page)
    assert browser.post(undo, headers=HTMX).status_code == 200
    assert fresh(client).archived_at is None


def test_an_undo_of_long_ago_undoes_nothing(anna: User) -> None:
    client = register(anna)
    archive_client(user=anna, client_id=client.pk, version=1, reason="x")
    Client.objects.filter(pk=client.pk).update(version=9)
    as_user(anna).post(f"{url('restore', client.pk)}?version=2", headers=HTMX)
    assert fresh(client).archived_at is not None


def test_archiving_what_somebody_changed_meanwhile_asks_again(anna: User, dmitri: User) -> None:
    client = register(anna)
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Lyon"})
    answer = as_user(anna).post(url("archive", client.pk), {"version": 1, "reason": "Closed"}, headers=HTMX)
    assert answer.status_code == 422
    assert "Somebody else changed this client meanwhile." in text_of(answer)
    assert fresh(client).archived_at is None


def test_facts_are_confirmed_with_one_press(anna: User) -> None:
    client = register(anna)
    Client.objects.update(facts_confirmed_at=None, facts_confirmed_by=None)
    answer = as_user(anna).post(url("confirm", client.pk), headers=HTMX)
    assert "today by Anna Petrova" in text_of(answer)
    confirm_facts(user=anna, client_id=client.pk)


@pytest.mark.django_db(transaction=True)
def test_a_touch_is_taken_back_from_its_toast_with_what_it_left(anna: User) -> None:
    client = register(anna)
    log_touch(user=anna, client_id=client.pk, note="first", next_step="Call", next_step_at=timezone.now() + timedelta(days=2))
    before = fresh(client)
    browser = as_user(anna)
    form = {"kind": "visit", "outcome": "reached", "note": "of another client", "plan": "month", "facts_confirmed": "on"}
    answer = browser.post(url("touch_log", client.pk), form, headers=HTMX)
    undo = json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][0]["url"]
    assert fresh(client).next_step_at != before.next_step_at

    assert browser.post(undo).headers["Location"] == url("card", client.pk)
    left = ("last_touch_at", "next_step", "next_step_at", "facts_confirmed_by_id", "version")
    assert fresh(client).facts_confirmed_at == before.facts_confirmed_at
    assert {name: getattr(fresh(client), name) for name in left} == {name: getattr(before, name) for name in left}
    assert [touch.note for touch in client.touches.all()] == ["first"]
    assert "Touch taken back" in browser.get(url("card", client.pk)).content.decode()
    assert browser.post(undo).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_taking_back_a_touch_that_kept_the_next_step_keeps_it_too(anna: User) -> None:
    client = register(anna)
    planned = timezone.now() + timedelta(days=2)
    plan_next_step(user=anna, client_id=client.pk, next_step="Call", next_step_at=planned)
    browser = as_user(anna)
    answer = browser.post(url("touch_log", client.pk), {"kind": "call", "outcome": "reached", "note": "x", "plan": "keep"}, headers=HTMX)
    undo = json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][0]["url"]
    browser.post(undo)
    assert (fresh(client).next_step_at, fresh(client).last_touch_at, client.touches.count()) == (planned, None, 0)


@pytest.mark.django_db(transaction=True)
def test_a_touch_whose_next_step_was_planned_anew_stays(anna: User) -> None:
    client = register(anna)
    browser = as_user(anna)
    form = {"kind": "call", "outcome": "reached", "note": "mine", "plan": "week"}
    answer = browser.post(url("touch_log", client.pk), form, headers=HTMX)
    undo = json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][0]["url"]
    plan_next_step(user=anna, client_id=client.pk, next_step="Visit", next_step_at=timezone.now() + timedelta(days=3))
    browser.post(undo)
    assert (fresh(client).next_step, client.touches.get().note) == ("Visit", "mine")
    assert "More has happened" in browser.get(url("card", client.pk)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_next_step_that_stays_as_it_was_offers_no_undo_of_an_earlier_change(anna: User) -> None:
    client = register(anna)
    plan_next_step(user=anna, client_id=client.pk, next_step="Call", next_step_at=timezone.now() + timedelta(days=2))
    plan_next_step(user=anna, client_id=client.pk, next_step="", next_step_at=None)
    answer = as_user(anna).post(url("next_step", client.pk), {"plan": "none", "next_step": "", "next_step_at": ""}, headers=HTMX)
    assert "url" not in json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][0]


@pytest.mark.django_db(transaction=True)
def test_a_next_step_that_was_put_off_is_put_back_from_the_toast(anna: User) -> None:
    client = register(anna)
    log_touch(user=anna, client_id=client.pk, note="x")
    before = timezone.now() + timedelta(days=2)
    plan_next_step(user=anna, client_id=client.pk, next_step="Call", next_step_at=before)
    browser = as_user(anna)
    form = {"plan": "month", "next_step": "Call", "next_step_at": ""}
    answer = browser.post(url("next_step", client.pk), form, headers=HTMX)
    undo = json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][0]["url"]
    assert fresh(client).next_step_at != before
    assert browser.get(url("card", client.pk)).status_code == 200
    assert browser.post(undo, headers=HTMX).status_code == 200
    assert fresh(client).next_step_at == before
    assert browser.get(url("card", client.pk)).status_code == 200
    browser.post(undo, headers=HTMX)
    assert fresh(client).next_step_at == before, "an old undo undoes nothing"
