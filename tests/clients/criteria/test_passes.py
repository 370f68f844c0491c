"""Passes over the base: after a publication, each night, restartable, and giving way to users."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.models import User
from clients.criteria import passes, refresh_standing
from clients.criteria.passes import basis_of, settle_standing
from clients.criteria.rules import criteria_in_force
from clients.criteria.sql import Sql
from clients.criteria.standing import refresh_statement
from clients.models import Client, ClientStanding, StandingPass, Waiver
from clients.services.criteria import draft_criterion, publish_criterion, retire_criterion

pytestmark = pytest.mark.usefixtures("no_criteria")


@pytest.fixture
def address(admin: User) -> Any:
    draft = draft_criterion(user=admin, values={"fact": "address", "level": "required"})
    return publish_criterion(user=admin, criterion_id=draft.pk, version=1)


def short() -> set[int]:
    return set(ClientStanding.objects.filter(required_missing__gt=0).values_list("client", flat=True))


def test_a_publication_is_worked_out_for_the_whole_base(address: Any, make_client: Any) -> None:
    with_one, without = make_client(address="rue 1"), make_client()

    run = settle_standing()

    assert short() == {without.pk}
    assert (run.done, run.total, run.finished_at is not None) == (2, 2, True)
    assert run.tally["criteria"] == {str(address.pk): [2, 1]}
    assert ClientStanding.objects.get(client=with_one).completeness == 100


def test_each_client_is_looked_at_once_where_no_row_is_expected(address: Any, make_client: Any) -> None:
    """As after an import that was undone: what is counted is a table without rows."""
    clients = [make_client() for _number in range(30)]
    statement = refresh_statement(criteria_in_force(), Sql("= ANY(%s)", ([client.pk for client in clients],)))
    with connection.cursor() as cursor:
        forged = "SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', %s, 'relpages', 9, 'reltuples', 0::real)"
        cursor.execute(forged, ["clients_clientstanding"])
        cursor.execute(
            "SELECT pg_clear_relation_stats('public', relname) FROM pg_class WHERE relname IN ('clients_client', 'clients_waiver')"
        )
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.text}", statement.values())
        (told,) = cursor.fetchone()[0]
    read = {node["Relation Name"]: node["Actual Loops"] for node in nodes(told["Plan"]) if "Relation Name" in node}
    assert read == {"clients_client": 1, "clients_waiver": 1, "clients_clientstanding": read["clients_clientstanding"]}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def test_what_is_done_is_not_done_again(address: Any, make_client: Any, django_assert_max_num_queries: Any) -> None:
    make_client()
    finished = settle_standing().finished_at

    with django_assert_max_num_queries(6):
        assert settle_standing().finished_at == finished


def test_a_pass_that_was_killed_goes_on_where_it_stopped(address: Any, make_client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = [make_client() for _number in range(5)]
    seen: list[tuple[int, int]] = []
    work = refresh_standing

    def dies_after_two(*, between: tuple[int, int], criteria: Any) -> int:
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(between)
        return work(between=between, criteria=criteria)

    monkeypatch.setattr(passes, "refresh_standing", dies_after_two)
    monkeypatch.setattr(passes, "CHUNK", 2)
    with pytest.raises(KeyboardInterrupt):
        settle_standing(chunk=2)
    assert StandingPass.objects.get().done == 4

    monkeypatch.setattr(passes, "refresh_standing", work)
    assert settle_standing(chunk=2).done == 5
    assert short() == {client.pk for client in clients}


def test_rules_that_change_on_the_way_begin_the_pass_anew(admin: User, address: Any, make_client: Any) -> None:
    make_client()
    settle_standing()
    assert len(short()) == 1

    retire_criterion(user=admin, criterion_id=address.pk)
    StandingPass.objects.update(finished_at=None, position=10**9)

    settle_standing()
    assert short() == set()


def test_a_new_day_is_a_new_pass_in_which_waivers_end_and_facts_grow_old(admin: User, address: Any, make_client: Any) -> None:
    client = make_client()
    today = criteria_in_force().as_of
    Waiver.objects.create(client=client, fact="address", reason="at sea", until=today)
    settle_standing()
    assert short() == set()

    with time_machine.travel(timezone.now() + timedelta(days=1)):
        settle_standing()
    assert short() == {client.pk}


def test_the_basis_tells_days_zones_and_criteria_apart(admin: User, address: Any) -> None:
    now = criteria_in_force()
    tomorrow = criteria_in_force(now.as_of + timedelta(days=1))
    retire_criterion(user=admin, criterion_id=address.pk)

    assert len({basis_of(now), basis_of(tomorrow), basis_of(criteria_in_force())}) == 3


def test_erased_clients_are_left_alone_and_archived_ones_are_not_counted(address: Any, make_client: Any) -> None:
    archived = make_client(archived_at=timezone.now())
    erased = make_client(archived_at=timezone.now(), erased_at=timezone.now())

    run = settle_standing()

    assert short() == {archived.pk}
    assert erased.pk not in short()
    assert run.tally["criteria"] == {str(address.pk): [0, 0]}
    assert Client.objects.count() == 2
