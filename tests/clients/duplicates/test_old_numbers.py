"""What stood under the number of a merged client is found under the survivor's, wherever somebody looks."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import User
from clients.alike import clients_alike
from clients.duplicates.scan import search
from clients.imports.client_rows import lookalikes
from clients.imports.client_rows.lookalikes import Key
from clients.models import Client, ClientMerge, DuplicateKey
from clients.search import find_clients
from clients.services import archive_client, change_client, erase_client, log_touch, undo_touch
from clients.services.duplicates import merge_clients, undo_merge
from tests.clients.browsing import HTMX, as_user, text_of, url
from tests.clients.registry import OTHER_PHONE, PHONE, fresh, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def survivor(anna: User) -> Client:
    return register(anna, tax_number="FR40303265045", country="FR", external_id="1001", phones=[PHONE])


@pytest.fixture
def gone(anna: User, survivor: Client) -> Client:
    """A client that was merged into `survivor`, with a tax number and an own id that the survivor has not."""
    twin = register(
        anna,
        {"full_name": "M. Roy"},
        full_name="Quibblemouth",
        tax_number="FR61954506077",
        country="FR",
        external_id="1002",
        phones=[OTHER_PHONE],
    )
    log_touch(user=anna, client_id=twin.pk, note="Before")
    keep = {"tax_number": "survivor", "phones": "survivor", "full_name": "survivor", "former_names": "survivor"}
    merge_clients(user=anna, survivor_id=survivor.pk, other_id=twin.pk, choices=keep)
    return fresh(twin)


# --- pages -------------------------------------------------------------------------------------


def test_old_links_lead_to_the_survivor(clara: User, anna: User, survivor: Client, gone: Client) -> None:
    contact = survivor.contacts.get(full_name="M. Roy")
    for user, name, *more in (
        (clara, "card"),
        (clara, "timeline"),
        (anna, "edit"),
        (anna, "fact", "phones"),
        (anna, "contact", contact.pk),
    ):
        answer = as_user(user).get(f"{url(name, gone.pk, *more)}?show=touches", headers=HTMX)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{url(name, survivor.pk, *more)}?show=touches")
    assert as_user(anna).get(url("card", gone.pk), follow=True).status_code == 200


def test_what_is_typed_on_an_old_card_is_not_written_and_its_writer_is_told(anna: User, survivor: Client, gone: Client) -> None:
    browser = as_user(anna)
    plain = browser.post(url("touch_log", gone.pk), {"kind": "call", "outcome": "reached", "note": "x"})
    assert plain.status_code == 409
    assert f"It is one with Ateliers Lefèvre (number {survivor.pk}) by now." in text_of(plain)
    assert "data-failed" in plain.content.decode()
    within = browser.post(url("touch_log", gone.pk), {"kind": "call", "outcome": "reached"}, headers=HTMX)
    assert (within.status_code, within.headers["HX-Retarget"]) == (409, "#modal")
    assert url("card", survivor.pk) in within.content.decode()
    assert survivor.touches.count() == 1


def test_the_history_of_a_merged_client_stays_readable(clara: User, survivor: Client, gone: Client) -> None:
    page = as_user(clara).get(url("history", gone.pk))
    assert page.status_code == 200
    assert f"Number {gone.pk} is one with Ateliers Lefèvre by now." in text_of(page)
    card = as_user(clara).get(url("card", survivor.pk))
    assert f"Merged with Quibblemouth (number {gone.pk})" in text_of(card)
    assert url("history", gone.pk) in card.content.decode()


def test_whoever_may_see_no_client_is_led_nowhere(eve: User, gone: Client) -> None:
    assert as_user(eve).get(url("card", gone.pk)).status_code == 403


# --- searches ----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["FR61954506077", "1002", OTHER_PHONE, "Quibblemouth"])
def test_what_the_other_was_known_by_finds_the_survivor(typed: str, survivor: Client, gone: Client) -> None:
    assert [hit.client_id for hit in find_clients(typed)] == [survivor.pk]
    assert [hit.client_id for hit in find_clients(typed, archived=True)] == [survivor.pk]
    assert [hit.client_id for hit in find_clients(typed, within=Client.objects.in_registry())] == [survivor.pk]
    assert find_clients(typed, within=Client.objects.filter(city="Lyon")) == []


def test_a_survivor_that_was_archived_is_not_found_through_the_other(anna: User, survivor: Client, gone: Client) -> None:
    archive_client(user=anna, client_id=survivor.pk, version=fresh(survivor).version, reason="Closed")
    assert find_clients("Quibblemouth") == []
    assert [hit.client_id for hit in find_clients("Quibblemouth", archived=True)] == [survivor.pk]


@pytest.mark.parametrize("query", ["", "?archived=yes", "?q=Quibblemouth", "?archived=yes&q=Quibblemouth"])
def test_no_list_shows_a_merged_client(query: str, anna: User, gone: Client) -> None:
    page = as_user(anna).get(f"{url('list')}{query}")
    assert url("card", gone.pk) not in page.content.decode()


def test_pickers_offer_the_survivor(anna: User, survivor: Client, gone: Client) -> None:
    results = as_user(anna).get(f"{url('referrers')}?q=Quibblemouth").json()["results"]
    assert [one["id"] for one in results] == [survivor.pk]
    brought = register(anna, full_name="Kestrel", referrer=gone.pk)
    assert fresh(brought).referrer == survivor


def test_a_new_client_like_the_other_is_told_to_be_the_survivor(anna: User, survivor: Client, gone: Client) -> None:
    for values in ({"tax_number": "FR61954506077"}, {"external_id": "1002"}, {"phones": [OTHER_PHONE]}):
        assert [one.client for one in clients_alike(anna, values)] == [survivor], values


def test_a_row_of_an_import_that_means_the_other_means_the_survivor(survivor: Client, gone: Client) -> None:
    keys = [
        Key(1, "external_id", "1002"),
        Key(2, "tax_number", "FR61954506077"),
        Key(3, "phones", OTHER_PHONE, "Quibblemouth"),
        Key(4, "external_id", "1001"),
    ]
    lookalikes.begin()
    found = lookalikes.look_up(keys)
    for row in (1, 2, 3, 4):
        hits = [client for likenesses in found[row].values() for one in likenesses for client in one.clients]
        assert [(hit.id, hit.name, hit.archived) for hit in hits] == [(survivor.pk, "Ateliers Lefèvre", False)], row


# --- erasure -----------------------------------------------------------------------------------


def test_an_erasure_takes_along_what_was_merged_into_the_client(admin: User, survivor: Client, gone: Client) -> None:
    erase_client(user=admin, client_id=survivor.pk, version=fresh(survivor).version)
    other, made = fresh(gone), ClientMerge.objects.get()
    assert (other.full_name, other.tax_number, other.phones, other.erased_at is not None) == ("", "", [], True)
    assert (made.before, made.after, made.moved) == ({}, {}, {})
    assert held_words("Quibblemouth", "FR61954506077", "Lefèvre") == []
    answer = as_user(admin).get(url("card", gone.pk))
    assert answer.headers["Location"] == url("card", survivor.pk)


def test_what_an_undone_merge_left_of_an_erased_client_goes_too(anna: User, admin: User, survivor: Client) -> None:
    twin = register(anna, {"full_name": "M. Quibblemouth"}, full_name="Quibblemouth", phones=["+33199007777"])
    made = merge_clients(user=anna, survivor_id=survivor.pk, other_id=twin.pk)
    log_touch(user=anna, client_id=survivor.pk, note="Since")
    undo_merge(user=anna, merge_id=made.pk)
    erase_client(user=admin, client_id=twin.pk, version=fresh(twin).version)
    assert held_words("Quibblemouth", "199007777") == []
    assert fresh(survivor).phones == [PHONE]


def test_the_words_of_an_erased_client_go_with_whoever_it_went_on_with(anna: User, admin: User, survivor: Client) -> None:
    """Quibblemouth goes into the survivor, that goes on into a third, and another comes meanwhile; then all are apart again."""
    third, beside = register(anna, full_name="Third"), register(anna, full_name="Beside")
    twin = register(anna, {"full_name": "M. Quibblemouth"}, full_name="Quibblemouth", phones=["+33199007777"])
    touch = log_touch(user=anna, client_id=twin.pk, note="Quibblemouth was here")
    first = merge_clients(user=anna, survivor_id=survivor.pk, other_id=twin.pk)
    passing = merge_clients(user=anna, survivor_id=survivor.pk, other_id=beside.pk)
    undo_merge(user=anna, merge_id=passing.pk)
    onward = merge_clients(user=anna, survivor_id=third.pk, other_id=survivor.pk)
    change_client(user=anna, client_id=third.pk, version=fresh(third).version, changes={"city": "Lyon"})
    undo_touch(user=anna, touch_id=touch.pk, event_id=0)
    undo_merge(user=anna, merge_id=onward.pk)
    undo_merge(user=anna, merge_id=first.pk)
    assert {table for table, _word in held_words("Quibblemouth")} >= {"clients_clientmerge", "clients_touchevent", "clients_clientevent"}
    erase_client(user=admin, client_id=twin.pk, version=fresh(twin).version)
    assert held_words("Quibblemouth", "199007777") == []
    assert (fresh(survivor).phones, fresh(third).city) == ([PHONE], "Lyon")


def test_the_keys_of_an_erased_client_go_at_once(admin: User, survivor: Client) -> None:
    search()
    assert DuplicateKey.objects.filter(client=survivor).exists()
    erase_client(user=admin, client_id=survivor.pk, version=survivor.version)
    assert not DuplicateKey.objects.filter(client=survivor).exists()


def held_words(*words: str) -> list[tuple[str, str]]:
    """Return (table, word) wherever one of the words still stands in the registry or its history."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("clients_"):
                for word in words:
                    cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{word}%"])
                    if cursor.fetchone()[0]:
                        found.append((table, word))
    return found
