"""Beside the standing it is noted whose client it is and whether the list shows it; the list's filters read it there."""

import pytest
from django.db import connection
from django.http import QueryDict

from accounts.models import User
from clients.models import Client, ClientStanding
from clients.services import archive_client, hand_over_clients, restore_client
from clients.views.list import CLIENTS
from tests.clients.registry import fresh, register
from ui.lists import ListState


def _noted(client: Client) -> tuple[int | None, bool]:
    return ClientStanding.objects.values_list("manager", "listed").get(client=client)


def test_a_client_is_noted_under_whoever_has_it(anna: User, boris: User) -> None:
    client = register(anna)
    assert _noted(client) == (anna.pk, True)
    hand_over_clients(user=anna, client_ids=[client.pk], manager_id=boris.pk)
    assert _noted(client) == (boris.pk, True)


def test_a_client_without_a_manager_is_noted_under_nobody(anna: User, dmitri: User) -> None:
    client = register(anna)
    hand_over_clients(user=dmitri, client_ids=[client.pk], manager_id=None)
    assert _noted(client) == (None, True)


def test_an_archived_client_is_noted_as_not_shown_until_it_is_back(anna: User) -> None:
    client = register(anna)
    archive_client(user=anna, client_id=client.pk, version=1, reason="closed")
    assert _noted(client) == (anna.pk, False)
    restore_client(user=anna, client_id=client.pk, version=fresh(client).version)
    assert _noted(client) == (anna.pk, True)


def test_changes_by_hand_in_sql_are_noted_too(anna: User, boris: User) -> None:
    clients = [register(anna, full_name=f"Firm {number}") for number in range(3)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clients_client SET manager_id = %s WHERE id <> %s", [boris.pk, clients[0].pk])
    assert [_noted(client) for client in clients] == [(anna.pk, True), (boris.pk, True), (boris.pk, True)]


@pytest.mark.parametrize(
    "whose", ["manager={anna}", "manager=none", "manager={anna}&manager=none", "team={north}", "manager=me&team={north}"]
)
@pytest.mark.parametrize("short", ["completeness_below=100", "falls_short=no", "completeness_below=100&falls_short=no"])
def test_filters_by_standing_and_by_manager_together_find_what_each_alone_finds(
    anna: User, boris: User, clara: User, dmitri: User, whose: str, short: str
) -> None:
    clients = [register(user, full_name=f"Firm of {user.username}") for user in (anna, boris, clara)]
    hand_over_clients(user=dmitri, client_ids=[register(anna, full_name="Nobody's").pk], manager_id=None)
    archive_client(user=anna, client_id=register(anna, full_name="Closed").pk, version=1, reason="closed")
    assert len(clients) == 3

    def found(query: str) -> set[int]:
        state = ListState(CLIENTS, anna, QueryDict(query))
        ids = set(state.matches.values_list("pk", flat=True))
        assert state.count.number == len(ids)  # counted beside the clients
        return ids

    asked = whose.format(anna=anna.pk, north=anna.team_id)
    assert found(f"{asked}&{short}") == found(asked) & found(short) != set()
