"""Freshness on the card, in the list and in the API: what is too old says so, is confirmed with one press, and taken back."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clients.models import Client, FactConfirmation
from clients.services import change_client, confirm_facts, log_touch
from tests.api import Caller
from tests.clients.browsing import HTMX, as_user, text_of, url
from tests.clients.registry import PHONE, aged, asks, fresh, register, sure

pytestmark = pytest.mark.django_db


def undo_of(answer: Any) -> str:
    says = json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"]
    return str(says[0]["url"])


def stale_client(user: User) -> Client:
    """A client whose e-mail is too old."""
    asks("emails")
    client = aged(user, emails="a@x.example", city="Lyon")
    log_touch(user=user, client_id=client.pk)
    return fresh(client)


def test_a_fact_that_is_too_old_says_when_and_by_whom_it_was_confirmed(anna: User, clara: User) -> None:
    client = stale_client(anna)
    shown = as_user(anna).get(url("card", client.pk)).content.decode()
    text = text_of(as_user(anna).get(url("card", client.pk)))
    assert text.count("months ago by Anna Petrova") + text.count("years ago by Anna Petrova") == 2, "in its line and among what is missing"
    assert "Confirm: E-mail" in shown
    assert "Confirm: E-mail" not in as_user(clara).get(url("card", client.pk)).content.decode(), "a reader is told, not asked"


def test_one_fact_is_confirmed_from_its_line_and_taken_back_from_the_toast(anna: User) -> None:
    client = stale_client(anna)
    before, browser = sure(client), as_user(anna)
    answer = browser.post(url("confirm_fact", client.pk, "emails"), {"shown": timezone.now().isoformat()}, headers=HTMX)
    assert "ago by" not in text_of(answer)
    assert 'id="age-fact-emails" hx-swap-oob="true"' in answer.content.decode()
    assert "Confirmed: e-mail Anna Petrova" in text_of(answer)
    assert fresh(client).confirmation("emails").by == anna.pk
    assert sure(client).at("city") == before.at("city")
    browser.post(undo_of(answer))
    assert sure(client) == before
    assert browser.post(undo_of(answer)).status_code == 404


def test_confirm_now_is_taken_back_from_the_toast(anna: User) -> None:
    client = stale_client(anna)
    before, browser = sure(client), as_user(anna)
    answer = browser.post(url("confirm", client.pk), headers=HTMX)
    assert fresh(client).facts_confirmed_at != before.columns["facts_confirmed_at"]
    browser.post(undo_of(answer))
    assert sure(client) == before


def test_a_fact_that_was_changed_since_the_card_was_opened_is_not_confirmed(anna: User, dmitri: User) -> None:
    client, shown = stale_client(anna), timezone.now().isoformat()
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"emails": "b@x.example"})
    answer = as_user(anna).post(url("confirm_fact", client.pk, "emails"), {"shown": shown}, headers=HTMX)
    assert "since you opened the card" in answer.headers["HX-Trigger"]
    as_user(anna).post(url("touch_log", client.pk), {"kind": "call", "outcome": "reached", "facts_confirmed": "on", "shown": shown})
    assert fresh(client).confirmation("emails").by == dmitri.pk
    assert fresh(client).confirmation("city").by == anna.pk


@pytest.mark.parametrize("shown", ["", "yesterday", "2026-01-01", "2026-13-45T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_a_moment_that_nobody_wrote_is_no_harm(anna: User, shown: str) -> None:
    client = stale_client(anna)
    assert as_user(anna).post(url("confirm", client.pk), {"shown": shown}, headers=HTMX).status_code == 200
    assert fresh(client).facts_confirmed_by == anna


@pytest.mark.parametrize("who", ["clara", "eve"])
def test_who_may_not_change_the_client_confirms_nothing(anna: User, who: str, request: Any) -> None:
    client = stale_client(anna)
    done = confirm_facts(user=anna, client_id=client.pk)
    browser = as_user(request.getfixturevalue(who))
    for address in (url("confirm", client.pk), url("confirm_fact", client.pk, "emails"), url("confirm_undo", client.pk, done.pk)):
        assert browser.post(address).status_code in {403, 404}
    assert FactConfirmation.objects.get() == done


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_says_how_many_facts_are_too_old(anna: User, rows: int, django_assert_max_num_queries: Callable[..., Any]) -> None:
    stale_client(anna)
    for number in range(1, rows):
        register(anna, full_name=f"Fresh {number}", emails=f"{number}@x.example")
    address, browser = f"{reverse('clients:list')}?columns=name,confirmed", as_user(anna)
    assert text_of(browser.get(address)).count("1 out of date") == 1
    with django_assert_max_num_queries(12):
        browser.get(address)


def test_the_api_says_when_and_by_whom_each_fact_was_confirmed(anna: User, dmitri: User) -> None:
    client = stale_client(anna)
    answer = Caller(dmitri).post(f"/clients/{client.pk}/confirm-facts?fact=emails")
    confirmed = answer.body["confirmed"]
    assert confirmed["emails"]["by"] == {"id": dmitri.pk, "name": str(dmitri)}
    assert (confirmed["city"]["by"]["name"], confirmed["city"]["at"][:4]) == ("Anna Petrova", "2024")
    assert "address" not in confirmed, "nothing stands there"
    assert Caller(dmitri).post(f"/clients/{client.pk}/confirm-facts?fact=address").status == 422
    whole = Caller(anna).post(f"/clients/{client.pk}/confirm-facts").body["confirmed"]
    assert {one["by"]["name"] for one in whole.values()} == {"Anna Petrova"}


@pytest.mark.parametrize("contacts", [1, 3])
def test_the_card_asks_the_same_whatever_is_stale(anna: User, dmitri: User, contacts: int, django_assert_max_num_queries: Any) -> None:
    for fact in ("emails", "city", "phones", "main_contact_phone"):
        asks(fact)
    client = aged(
        dmitri, *({"full_name": f"P{n}", "phones": PHONE} for n in range(contacts)), emails="a@x.example", city="Lyon", phones=PHONE
    )
    browser = as_user(anna)
    browser.get(url("card", client.pk))
    with django_assert_max_num_queries(16):
        browser.get(url("card", client.pk))


@pytest.mark.parametrize("shown", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "\x00", "yesterday"])
def test_a_card_drawn_at_a_moment_that_nobody_can_keep_is_one_that_says_none(anna: User, shown: str) -> None:
    client = stale_client(anna)
    assert as_user(anna).post(url("confirm", client.pk), {"shown": shown}, headers=HTMX).status_code == 200
    before, after = client.facts_confirmed_at, fresh(client).facts_confirmed_at
    assert before
    assert after
    assert after > before
