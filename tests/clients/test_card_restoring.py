"""Putting back from the timeline, from the page of history and from an earlier version, as one of the cast."""

from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from clients.history import last_change_id
from clients.models import Client, Criterion
from clients.services import archive_client, change_client, change_contact, erase_client, remove_contact
from tests.clients.browsing import as_user, text_of, url
from tests.clients.registry import OTHER_PHONE, PHONE, fresh, register

# a transaction of its own for each act, as in life
pytestmark = pytest.mark.django_db(transaction=True)


def changed(user: User, client: Client, **changes: Any) -> int:
    change_client(user=user, client_id=client.pk, version=fresh(client).version, changes=changes)
    return last_change_id(client)


def html_of(browser: Browser, name: str, client: Client) -> str:
    return unescape(browser.get(url(name, client.pk)).content.decode())


def test_a_value_is_put_back_from_the_timeline_and_undone_from_the_toast(anna: User) -> None:
    client = register(anna, city="Lyon")
    event, browser = changed(anna, client, city="Nice"), as_user(anna)
    address = url("change_put_back", client.pk, event, "city")
    assert address in html_of(browser, "card", client)
    assert browser.post(address, {"version": 2}).headers["Location"] == url("card", client.pk)
    assert fresh(client).city == "Lyon"
    page = html_of(browser, "card", client)
    assert "Put back" in page
    assert address not in page, "it stands there again"
    undo = url("change_undo", client.pk, last_change_id(client))
    assert undo in page
    browser.post(undo)
    assert fresh(client).city == "Nice"


def test_a_value_is_put_back_from_the_history_and_leads_there_again(anna: User) -> None:
    client = register(anna, city="Lyon", address="1 rue Neuve")
    event, browser = changed(anna, client, city="Nice", address="2 rue Neuve"), as_user(anna)
    page = html_of(browser, "history", client)
    for key in ("city", "address"):
        assert url("change_put_back", client.pk, event, key) in page
    assert url("change_restore", client.pk, event) in page
    answer = browser.post(url("change_put_back", client.pk, event, "address"), {"version": 2, "from": "history"})
    assert answer.headers["Location"] == url("history", client.pk)
    assert (fresh(client).city, fresh(client).address) == ("Nice", "1 rue Neuve")


def test_what_somebody_changed_meanwhile_is_told_and_nothing_written(anna: User, dmitri: User) -> None:
    client = register(anna, city="Lyon")
    event, browser = changed(anna, client, city="Nice"), as_user(anna)
    changed(dmitri, client, city="Metz")
    answer = browser.post(url("change_put_back", client.pk, event, "city"), {"version": 2}, follow=True)
    assert "changed meanwhile" in text_of(answer)
    assert fresh(client).city == "Metz"
    answer = browser.post(url("change_restore", client.pk, event), {"version": 2, "city": "then"})
    assert answer.status_code == 409
    assert "changed meanwhile" in text_of(answer)
    assert fresh(client).city == "Metz"


def test_a_value_that_a_criterion_forbids_is_told(anna: User) -> None:
    client = register(anna)
    event, browser = changed(anna, client, address="1 rue Neuve"), as_user(anna)
    Criterion.objects.create(fact="address", level="required", state="published", valid_from="2020-01-01")
    answer = browser.post(url("change_put_back", client.pk, event, "address"), {"version": 2}, follow=True)
    assert "Enter the address." in text_of(answer)
    assert fresh(client).address == "1 rue Neuve"


def test_a_whole_version_is_looked_at_and_restored_as_chosen(anna: User) -> None:
    client = register(anna, city="Lyon", phones=PHONE)
    event = changed(anna, client, city="Nice", phones=[PHONE, OTHER_PHONE])
    changed(anna, client, address="1 rue Neuve")
    browser = as_user(anna)
    page = browser.get(url("change_restore", client.pk, event))
    html = page.content.decode()
    assert html.count('value="then" checked') == 3
    only = browser.get(f"{url('change_restore', client.pk, event)}?only=city").content.decode()
    assert only.count('value="then" checked') == 1
    form = {"version": 3, "city": "then", "phones": "now", "address": "then"}
    answer = browser.post(url("change_restore", client.pk, event), form)
    assert answer.headers["Location"] == url("card", client.pk)
    restored = fresh(client)
    assert (restored.city, restored.phones, restored.address, restored.version) == ("Lyon", [PHONE, OTHER_PHONE], "", 4)
    card = html_of(browser, "card", client)
    assert "2 facts restored" in card
    browser.post(url("change_undo", client.pk, last_change_id(client)))
    assert (fresh(client).city, fresh(client).address) == ("Nice", "1 rue Neuve")


def test_what_can_not_come_back_stands_at_its_field(anna: User) -> None:
    client = register(anna, city="Lyon")
    event, browser = changed(anna, client, address="1 rue Neuve", city="Nice"), as_user(anna)
    Criterion.objects.create(fact="address", level="required", state="published", valid_from="2020-01-01")
    page = browser.get(url("change_restore", client.pk, event))
    assert "Enter the address." in text_of(page)
    assert page.content.decode().count('value="then" checked') == 1, "what is forbidden is not proposed"
    answer = browser.post(url("change_restore", client.pk, event), {"version": 2, "address": "then", "city": "then"})
    assert answer.status_code == 422
    assert "Enter the address." in text_of(answer)
    assert fresh(client).city == "Nice"
    assert browser.post(url("change_restore", client.pk, event), {"version": 2}).status_code == 302
    assert fresh(client).version == 2


def test_nothing_to_restore_says_so(anna: User) -> None:
    client = register(anna, city="Lyon")
    event = changed(anna, client, city="Nice")
    changed(anna, client, city="Lyon")
    assert "Nothing to restore" in text_of(as_user(anna).get(url("change_restore", client.pk, event)))


def test_a_contact_that_was_changed_or_removed_is_put_back(anna: User) -> None:
    client = register(anna, {"full_name": "Mme Ngomo", "phones": PHONE})
    contact = client.contacts.get()
    change_contact(user=anna, contact_id=contact.pk, version=1, changes={"phones": OTHER_PHONE})
    browser = as_user(anna)
    page = html_of(browser, "history", client)
    address = next(part.split('"')[0] for part in page.split('action="') if "contact-changes" in part)
    answer = browser.post(address, {"version": 2, "from": "history"}, follow=True)
    assert client.contacts.get().phones == [PHONE]
    undo = next(part.split('"')[0] for part in answer.content.decode().split('action="') if "contact-changes" in part)
    browser.post(undo)
    assert client.contacts.get().phones == [OTHER_PHONE]
    browser.post(address, {"version": 2})
    assert client.contacts.get().phones == [OTHER_PHONE], "the contact has moved on"

    remove_contact(user=anna, contact_id=contact.pk, version=client.contacts.get().version)
    back = url("contact_put_back", client.pk, contact.pk)
    for name in ("history", "card"):
        assert back in html_of(browser, name, client)
    assert browser.post(back, {"from": "history"}).headers["Location"] == url("history", client.pk)
    assert client.contacts.get().full_name == "Mme Ngomo"
    assert back not in html_of(browser, "history", client)


@pytest.mark.parametrize("who", ["clara", "eve", "dmitri", "admin"])
def test_who_may_change_the_client_may_put_back(anna: User, who: str, request: Any) -> None:
    client = register(anna, city="Lyon")
    event, browser = changed(anna, client, city="Nice"), as_user(request.getfixturevalue(who))
    may = who in {"dmitri", "admin"}
    seen = browser.get(url("history", client.pk))
    assert ("Put back" in seen.content.decode()) is may
    answers = [
        browser.get(url("change_restore", client.pk, event)).status_code,
        browser.post(url("change_restore", client.pk, event), {"version": 2}).status_code,
        browser.post(url("change_put_back", client.pk, event, "city"), {"version": 2}).status_code,
        browser.post(url("contact_change_put_back", client.pk, event, "phones"), {"version": 2}).status_code,
    ]
    assert answers == ([200, 302, 302, 404] if may else [403] * 4 if who == "clara" else answers)
    assert all(status in {200, 302, 403, 404} for status in answers)
    assert fresh(client).city == ("Lyon" if may else "Nice")


def test_an_erased_and_an_archived_client_offer_nothing(admin: User) -> None:
    client = register(admin, city="Lyon")
    event, browser = changed(admin, client, city="Nice"), as_user(admin)
    archive_client(user=admin, client_id=client.pk, version=2, reason="closed")
    assert "Put back" not in html_of(browser, "history", client)
    assert browser.get(url("change_restore", client.pk, event)).status_code == 302
    browser.post(url("change_put_back", client.pk, event, "city"), {"version": 3})
    erase_client(user=admin, client_id=client.pk, version=3)
    assert browser.post(url("change_put_back", client.pk, event, "city"), {"version": 4}).status_code == 403
    assert browser.get(url("change_restore", client.pk, event)).status_code == 403
    assert fresh(client).city == ""


@pytest.mark.parametrize("rows", [1, 3])
def test_the_history_asks_the_same_for_one_change_and_for_three(anna: User, rows: int, django_assert_max_num_queries: Any) -> None:
    client = register(anna, {"full_name": "A", "phones": PHONE})
    for number in range(rows):
        changed(anna, client, city=f"City {number}")
        contact = client.contacts.get()
        change_contact(user=anna, contact_id=contact.pk, version=contact.version, changes={"position": f"P{number}"})
    browser = as_user(anna)
    browser.get(url("history", client.pk))
    with django_assert_max_num_queries(9):
        browser.get(url("history", client.pk))
