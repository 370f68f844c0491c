"""The search of the whole base: restartable, the same whether in one run or piece by piece, and mindful of decisions."""

from random import Random
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from clients.duplicates import scan
from clients.models import Client, Contact, DuplicateKey, DuplicateMark, DuplicatePair, DuplicateScan, DuplicateSettings
from tests.clients.duplicates.conftest import Make, open_pairs, pair_of

PHONE, OTHER_PHONE = "+33199001742", "+33199001701"


@pytest.fixture
def twins(make_client: Make) -> tuple[Client, Client]:
    one = make_client(full_name="Ateliers Lefèvre SARL", phones=[PHONE], city="Lyon")
    return one, make_client(full_name="ATELIERS LEFEVRE", phones=[PHONE], city="Lyon")


def test_a_client_that_is_entered_twice_is_found_with_the_reasons(twins: tuple[Client, Client], make_client: Make) -> None:
    make_client(full_name="Menuiserie Garnier", phones=[OTHER_PHONE], city="Lyon")

    run = scan.search()

    pair = DuplicatePair.objects.get()
    assert (pair.first_id, pair.second_id, pair.state) == (*pair_of(*twins), "open")
    assert pair.score >= 95
    assert ["phone", PHONE] in pair.reasons
    assert (run.done, run.total, run.found, run.percent) == (6, 6, 1, 100)


def test_what_is_done_is_not_done_again(twins: tuple[Client, Client], django_assert_max_num_queries: Any) -> None:
    finished = scan.search().finished_at

    with django_assert_max_num_queries(8):
        assert scan.search().finished_at == finished


def test_a_pair_is_kept_from_the_likeness_that_management_chose(make_client: Make) -> None:
    make_client(full_name="Hartley Daughters", city="London")
    make_client(full_name="Hartley & Daughters Ltd", city="London")
    scan.search()
    assert len(open_pairs()) == 1

    DuplicateSettings.objects.create(review_from=98, bulk_from=99)
    scan.search()

    assert open_pairs() == {}


def test_a_search_that_was_killed_goes_on_where_it_stopped(make_client: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    _crowd(make_client, 40)
    scan.search(chunk=7)
    whole = open_pairs()
    scan.forget_search()
    DuplicatePair.objects.all().delete()
    step, steps = scan._step, 0

    def dies(run: DuplicateScan, chunk: int) -> bool:
        nonlocal steps
        steps += 1
        if steps % 4 == 0:
            step(run, chunk)
            raise KeyboardInterrupt  # after the work, before the commit
        return step(run, chunk)

    monkeypatch.setattr(scan, "_step", dies)
    deaths = 0
    while True:
        try:
            run = scan.search(chunk=7)
            break
        except KeyboardInterrupt:
            deaths += 1

    assert deaths >= 3
    assert open_pairs() == whole != {}
    assert (run.done, run.found) == (80, len(whole))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_changes_is_compared_as_a_search_of_the_whole_would(seed: int, make_client: Make) -> None:
    random = Random(seed)  # noqa: S311  a seed, not a secret
    clients = _crowd(make_client, 30, random)
    scan.search()

    for _round in range(3):
        for client in random.sample(clients, 6):
            _change(random, client, clients)
        scan.search()
    found = open_pairs()
    scan.forget_search()
    scan.search()

    assert open_pairs() == found != {}


def test_a_new_client_is_compared_at_the_next_tick(twins: tuple[Client, Client], make_client: Make) -> None:
    scan.search()
    third = make_client(full_name="Lefèvre Ateliers", phones=[PHONE], city="Lyon")

    scan.search()

    assert pair_of(twins[0], third) in open_pairs()
    assert DuplicateMark.objects.count() == 0


def test_a_pair_whose_clients_are_no_longer_alike_goes(twins: tuple[Client, Client]) -> None:
    scan.search()
    Client.objects.filter(pk=twins[1].pk).update(full_name="Menuiserie Garnier", phones=[OTHER_PHONE], city="Nantes")

    scan.search()

    assert open_pairs() == {}


def test_two_clients_are_not_asked_about_again(twins: tuple[Client, Client]) -> None:
    scan.search()
    DuplicatePair.objects.update(state="two_clients", decided_at=timezone.now())
    decided = DuplicatePair.objects.values().get()

    Client.objects.filter(pk=twins[0].pk).update(address="12 rue de la Gare")
    scan.search()
    scan.forget_search()
    scan.search()

    assert DuplicatePair.objects.values().get() == decided


def test_an_archived_client_has_no_open_pair_and_gets_it_back(twins: tuple[Client, Client]) -> None:
    scan.search()
    Client.objects.filter(pk=twins[0].pk).update(archived_at=timezone.now())
    assert open_pairs() == {}
    scan.search()
    assert open_pairs() == {}

    Client.objects.filter(pk=twins[0].pk).update(archived_at=None)
    scan.search()
    assert list(open_pairs()) == [pair_of(*twins)]


def test_an_erased_client_leaves_neither_pairs_nor_keys(twins: tuple[Client, Client]) -> None:
    scan.search()
    DuplicatePair.objects.update(state="two_clients")

    Client.objects.filter(pk=twins[0].pk).update(erased_at=timezone.now(), archived_at=timezone.now())
    assert DuplicatePair.objects.count() == 0
    scan.search()
    assert not DuplicateKey.objects.filter(client=twins[0]).exists()


def test_a_merged_client_is_not_met_again(twins: tuple[Client, Client]) -> None:
    scan.search()
    Client.objects.filter(pk=twins[1].pk).update(archived_at=timezone.now(), merged_into=twins[0].pk)
    assert len(open_pairs()) == 1  # the merge says what becomes of it

    scan.search()

    assert open_pairs() == {}
    assert not DuplicateKey.objects.filter(client=twins[1]).exists()


def test_only_what_clients_are_compared_by_marks_them(twins: tuple[Client, Client]) -> None:
    scan.search()

    Client.objects.update(last_touch_at=timezone.now(), next_step="call back", version=2)
    assert DuplicateMark.objects.count() == 0
    Client.objects.filter(pk=twins[0].pk).update(city="Nantes")
    contact = Contact.objects.create(client=twins[1], full_name="Claire Petit")
    Contact.objects.filter(pk=contact.pk).update(position="head")
    Contact.objects.filter(pk=contact.pk).update(client=twins[0])

    assert list(DuplicateMark.objects.order_by("pk").values_list("client", flat=True)) == [
        twins[0].pk, twins[1].pk, *sorted([twins[0].pk, twins[1].pk])
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_searches_at_once_share_the_work(twins: tuple[Client, Client]) -> None:
    def other() -> None:
        try:
            outcome.append(scan.search())
        finally:
            connection.close()

    outcome: list[DuplicateScan] = []
    with transaction.atomic():
        DuplicateScan.objects.create(pk=1)
    with transaction.atomic():
        DuplicateScan.objects.select_for_update().get(pk=1)
        thread = Thread(target=other)
        thread.start()
        thread.join(30)
        assert [run.finished_at for run in outcome] == [None]  # it left at once

    threads = [Thread(target=other) for _number in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    scan.search()
    assert list(open_pairs()) == [pair_of(*twins)]


def test_the_command_tells_how_far_it_is(twins: tuple[Client, Client], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("duplicates")
    call_command("duplicates", "--again")

    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "compared 2 clients; pairs to look at: 1"
    assert any(line.startswith("50 %") for line in said)


NAMES = ("Ateliers Lefèvre", "Ateliers Lefebvre", "Lefèvre SARL", "Menuiserie Garnier", "Garnier Menuiserie", "ООО «Вектор»", "Vektor OOO")
CITIES = ("Lyon", "LYON", "Nantes", "Москва", "Moscow", "")
PHONES = (PHONE, OTHER_PHONE, "+74951234567")


def _facts(random: Random) -> dict[str, Any]:
    return {
        "full_name": random.choice(NAMES),
        "city": random.choice(CITIES),
        "phones": random.sample(PHONES, random.choice((0, 1, 1, 2))),
        "address": random.choice(("", "12 rue de la Gare", "rue de la Gare 14")),
    }


def _crowd(make_client: Make, count: int, random: Random | None = None) -> list[Client]:
    random = random or Random(7)  # noqa: S311  a seed, not a secret
    return [make_client({"full_name": f"Claire {chr(65 + number % 5)}etit"}, **_facts(random)) for number in range(count)]


def _change(random: Random, client: Client, clients: list[Client]) -> None:
    match random.randrange(4):
        case 0 | 1:
            Client.objects.filter(pk=client.pk).update(**_facts(random))
        case 2:
            gone = random.choice((None, timezone.now()))
            Client.objects.filter(pk=client.pk).update(archived_at=gone)
        case _:
            Contact.objects.filter(client=client).update(phones=[random.choice(PHONES)])
