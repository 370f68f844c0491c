"""Merging two clients from a card, and what a card says of alike and merged ones."""

import pytest
from django.urls import reverse

from accounts.models import User
from clients.models import ClientMerge
from clients.services.duplicates import merge_clients
from tests.clients.browsing import HTMX, as_user, text_of
from tests.clients.pairs import alike
from tests.clients.registry import fresh, register

pytestmark = pytest.mark.django_db


def test_two_clients_are_merged_by_hand(anna: User) -> None:
    one, other = register(anna, full_name="Hartley", city="Leeds"), register(anna, full_name="Hartleys", city="York")
    browser = as_user(anna)
    picking = reverse("clients:merge", args=[one.pk])
    assert "Merge with…" in text_of(browser.get(reverse("clients:card", args=[one.pk])))
    assert "Merge Hartley with…" in text_of(browser.get(picking, headers=HTMX))
    address = browser.post(picking, {"other": other.pk}).headers["Location"]
    page = browser.get(address)
    assert "York" in text_of(page)
    posted = {"kept": one.pk, f"version.{one.pk}": 1, f"version.{other.pk}": 1, "keep.address": other.pk, "keep.full_name": one.pk}
    drawn = browser.post(f"{address}&redraw=1", {**posted, "kept": other.pk})
    assert drawn.context["two"].kept == other
    answer = browser.post(address, posted)
    assert answer.headers["Location"] == reverse("clients:card", args=[one.pk])
    assert fresh(one).city == "York"
    assert fresh(other).merged_into == one


def test_the_picker_asks_for_another_client(anna: User) -> None:
    one = register(anna)
    picking = reverse("clients:merge", args=[one.pk])
    browser = as_user(anna)
    for posted in ({}, {"other": one.pk}):
        response = browser.post(picking, posted, headers=HTMX)
        assert response.status_code == 422
        assert "Choose the client that it is the same as." in text_of(response)
    assert browser.get(picking, {"with": one.pk}).status_code == 422
    assert browser.get(picking, {"with": 999}).status_code == 422


def test_a_client_of_somebody_else_cannot_be_merged_by_hand(anna: User, clara: User) -> None:
    mine, foreign = register(anna, full_name="Hartley"), register(clara, full_name="Hartleys")
    browser = as_user(anna)
    address = f"{reverse('clients:merge', args=[mine.pk])}?with={foreign.pk}"
    assert "In the hands of Clara Moreau" in text_of(browser.get(address))
    posted = {"kept": mine.pk, f"version.{mine.pk}": 1, f"version.{foreign.pk}": 1}
    assert browser.post(address, posted).status_code == 403
    assert browser.get(f"{reverse('clients:merge', args=[foreign.pk])}?with={mine.pk}").status_code == 403
    assert not ClientMerge.objects.exists()


def test_the_card_says_who_it_may_be_as_well(anna: User) -> None:
    pair = alike(anna, score=94)
    response = as_user(anna).get(reverse("clients:card", args=[pair.first_id]))
    assert "May be the same as Hartley & Daughters Ltd, once more (94 %) – compare" in text_of(response)
    assert reverse("duplicates:pair", args=[pair.pk]) in response.content.decode()


def test_the_card_tells_the_numbers_that_it_took_in(anna: User) -> None:
    pair = alike(anna)
    made = merge_clients(user=anna, survivor_id=pair.first_id, other_id=pair.second_id)
    response = as_user(anna).get(reverse("clients:card", args=[pair.first_id]))
    assert f"Also known as number {pair.second_id}, Hartley & Daughters Ltd, once more: merged today by Anna Petrova" in text_of(response)
    assert reverse("duplicates:merge_undo", args=[made.pk]) in response.content.decode()
