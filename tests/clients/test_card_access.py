"""Every address of the card as each of the cast, and with parts of a foreign record."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from clients.models import Client, Contact, Touch, Waiver
from clients.services import (
    grant_waiver,
    log_touch,
)
from sales.periods import company_today
from tests.clients.browsing import HTMX, as_user, url
from tests.clients.registry import PHONE, fresh, register

pytestmark = pytest.mark.django_db


# --- who may -----------------------------------------------------------------------------------


def addresses(client: Client) -> dict[str, tuple[str, str]]:
    """Return every address of a card by name: how it is asked for, and where."""
    contact, touch, waiver = client.contacts.get(), client.touches.get(), client.waivers.get()
    of = client.pk
    return {
        "card": ("get", url("card", of)),
        "timeline": ("get", url("timeline", of)),
        "history": ("get", url("history", of)),
        "edit": ("post", url("edit", of)),
        "fact": ("post", url("fact", of, "phones")),
        "address": ("post", url("fact", of, "address")),
        "change_undo": ("post", url("change_undo", of, 1)),
        "confirm": ("post", url("confirm", of)),
        "touch_log": ("post", url("touch_log", of)),
        "touch": ("post", url("touch", of, touch.pk)),
        "touch_undo": ("post", url("touch_undo", of, touch.pk, 1)),
        "next_step": ("post", url("next_step", of)),
        "next_step_undo": ("post", url("next_step_undo", of, 1)),
        "contact_new": ("post", url("contact_new", of)),
        "contact": ("post", url("contact", of, contact.pk)),
        "contact_remove": ("post", url("contact_remove", of, contact.pk)),
        "contact_put_back": ("post", url("contact_put_back", of, contact.pk)),
        "waive": ("post", url("waive", of, "address")),
        "waiver_end": ("post", url("waiver_end", of, waiver.pk)),
        "archive": ("post", url("archive", of)),
        "restore": ("post", url("restore", of)),
        "erase": ("post", url("erase", of)),
    }


READS = {"card", "timeline", "history"}
NAMES = sorted(
    {
        "edit", "fact", "address", "change_undo", "confirm", "touch_log", "touch", "touch_undo", "next_step", "next_step_undo",
        "contact_new", "contact", "contact_remove", "contact_put_back", "waive", "waiver_end", "archive", "restore", "erase",
    }
    | READS
)  # fmt: skip


@pytest.fixture
def lived(anna: User, dmitri: User) -> Client:
    """A client of Anna with one of everything."""
    client = register(anna, {"full_name": "Mme Ngomo", "phones": PHONE}, city="Lyon")
    log_touch(user=anna, client_id=client.pk, note="Said yes")
    grant_waiver(user=dmitri, client_id=client.pk, fact="address", reason="x", until=company_today() + timedelta(days=30))
    return fresh(client)


def state() -> list[Any]:
    """Return all that a card's forms could change."""
    return [list(model._default_manager.order_by("pk").values()) for model in (Client, Contact, Touch, Waiver)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_nobody_signed_in_is_led_to_the_sign_in_page(lived: Client, name: str, headers: dict[str, str]) -> None:
    method, address = addresses(lived)[name]
    before = state()
    answer = getattr(Browser(), method)(address, headers=headers)
    assert "/account/login/" in (answer.headers.get("Location") or answer.headers["HX-Redirect"])
    assert state() == before


@pytest.mark.parametrize("name", NAMES)
def test_an_account_without_a_role_gets_nowhere(lived: Client, eve: User, name: str) -> None:
    method, address = addresses(lived)[name]
    before = state()
    answer = getattr(as_user(eve), method)(address)
    assert answer.status_code == 403
    assert "Ateliers" not in answer.content.decode()
    assert state() == before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("reader", ["boris", "clara"])
def test_another_manager_reads_and_writes_nothing(lived: Client, name: str, reader: str, boris: User, clara: User, anna: User) -> None:
    _method, address = addresses(lived)[name]
    before = state()
    browser = as_user({"boris": boris, "clara": clara}[reader])
    if name in READS:
        assert browser.get(address, follow=True).status_code == 200
        return
    for asked in ("get", "post"):
        answer = getattr(browser, asked)(
            address, {"version": "1", "reason": "x", "city": "Paris", "full_name": "X", "typed_name": str(lived)}
        )
        assert answer.status_code in ({403, 405} if asked == "get" else {403})
    assert state() == before


@pytest.mark.parametrize("name", ["touch", "contact", "contact_remove", "contact_put_back", "waiver_end"])
def test_parts_of_another_client_are_not_found_under_this_one(lived: Client, dmitri: User, name: str) -> None:
    mine = register(dmitri)
    part = {"touch": lived.touches.get(), "waiver_end": lived.waivers.get()}.get(name, lived.contacts.get())
    before = state()
    assert as_user(dmitri).post(url(name, mine.pk, part.pk), {"full_name": "X"}).status_code == 404
    assert state() == before


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_there_is_not_found(lived: Client, admin: User, name: str) -> None:
    method, address = addresses(lived)[name]
    for missing in (10**9, 10**18, 10**30):
        wrong = address.replace(f"/clients/{lived.pk}/", f"/clients/{missing}/")
        assert getattr(as_user(admin), method)(wrong).status_code == 404


@pytest.mark.parametrize("name", ["contact_new", "contact", "waive", "archive", "erase"])
def test_a_form_that_comes_back_empty_is_refused(lived: Client, admin: User, name: str) -> None:
    _method, address = addresses(lived)[name]
    before = state()
    for headers in ({}, HTMX):
        assert as_user(admin).post(address, headers=headers).status_code in {409, 422}  # 409: it names no version either
    assert state() == before


@pytest.mark.parametrize("name", NAMES)
def test_looking_changes_nothing(lived: Client, admin: User, name: str) -> None:
    _method, address = addresses(lived)[name]
    before = state()
    assert as_user(admin).get(address).status_code in {200, 302, 403, 404, 405}
    assert state() == before


def test_a_manager_waives_and_erases_nothing_of_their_own_either(lived: Client, anna: User) -> None:
    before = state()
    for name in ("waive", "waiver_end", "erase"):
        _method, address = addresses(lived)[name]
        assert as_user(anna).post(address, {"reason": "x", "typed_name": str(lived), "version": 1}).status_code == 403
    assert state() == before
