"""Several people at one moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import User
from clients.errors import Refused, StaleVersion
from sales import rollup, services
from sales.models import ClientMonth, Document, DocumentLine, LedgerMark, Payment
from tests.clients.registry import fresh, register
from tests.sales.asking import refusal
from tests.sales.ledger import DAY, sale

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of it in threads of their own that begin together; return what each returned or raised."""
    gate = threading.Barrier(len(acts))
    came: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            came[number] = act()
        except Exception as raised:
            came[number] = raised
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_postings_of_twenty_people_at_once_all_count(dmitri: User) -> None:
    clients = [register(dmitri) for _ in range(3)]

    def post(number: int) -> Callable[[], Document]:
        data = {"client": clients[number % 3].pk, "day": DAY, "amount": number + 1, "number": f"N-{number}"}
        return lambda: services.post_document(user=dmitri, data=data, lines=[{"amount": number}, {"amount": 1}])

    came = at_once(*(post(number) for number in range(20)))
    rollup.refresh_all()

    assert [type(one) for one in came] == [Document] * 20
    assert sum(ClientMonth.objects.values_list("revenue", flat=True)) == sum(range(1, 21))
    assert not LedgerMark.objects.exists()
    assert rollup.check() == []
    assert {fresh(client).lifecycle for client in clients} == {"current"}


def test_of_two_changes_of_one_version_one_is_told_of_the_other(dmitri: User) -> None:
    client = register(dmitri)
    document = services.post_document(user=dmitri, data={"client": client.pk, "day": DAY, "amount": 5})

    def change(amount: int) -> Callable[[], Document]:
        return lambda: services.change_document(user=dmitri, document_id=document.pk, version=1, changes={"amount": amount})

    came = at_once(change(6), change(7))
    assert sorted(type(one).__name__ for one in came) == ["Document", "StaleVersion"]
    [stale] = [one for one in came if isinstance(one, StaleVersion)]
    assert stale.current == Document.objects.get(version=2)


def test_one_number_is_given_to_one_of_two(dmitri: User) -> None:
    first, second = register(dmitri), register(dmitri)

    def post(client_id: int) -> Callable[[], Document]:
        data = {"client": client_id, "day": DAY, "amount": 5, "number": "7"}
        return lambda: services.post_document(user=dmitri, data=data)

    came = at_once(post(first.pk), post(second.pk))
    assert sorted(type(one).__name__ for one in came) == ["Document", "Refused"]
    [refused] = [one for one in came if isinstance(one, Refused)]
    assert [(error.field, error.code) for error in refused.errors] == [("number", "taken")]


def test_two_returns_together_take_back_no_more_than_there_was(dmitri: User) -> None:
    client = register(dmitri)
    document = services.post_document(user=dmitri, data={"client": client.pk, "day": DAY, "amount": 100})

    def back() -> Document:
        return services.reverse_document(user=dmitri, document_id=document.pk, amount=60)

    came = at_once(back, back)
    assert sorted(type(one).__name__ for one in came) == ["Document", "Refused"]


def test_a_period_is_closed_after_those_who_are_just_writing_in_it(dmitri: User) -> None:
    client = register(dmitri)
    services.change_ledger_settings(user=dmitri, values={"former_after_months": 18})
    data = {"client": client.pk, "day": DAY, "amount": 5}

    def close() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
            services.change_ledger_settings(user=dmitri, values={"locked_before": date(2026, 4, 1)})

    with transaction.atomic():
        services.post_document(user=dmitri, data=data)
        [waited] = at_once(close)
        assert isinstance(waited, OperationalError)  # it would have waited for us
    close()
    assert refusal(lambda: services.post_document(user=dmitri, data=data)) == {"day": "closed"}


def test_payments_and_lines_that_are_written_past_the_services_at_once_all_count(dmitri: User) -> None:
    document = sale(register(dmitri), 100, due_on=DAY)

    def in_turn(*rows: Any) -> Callable[[], None]:
        def write() -> None:
            with transaction.atomic():
                for row in rows:
                    row.save(force_insert=True)
                written.wait(timeout=0.5)  # both have written before either commits, where nothing keeps them apart

        return write

    class Gate(threading.Barrier):
        def wait(self, timeout: float | None = None) -> int:
            with suppress(threading.BrokenBarrierError):
                return super().wait(timeout)
            return 0

    written = Gate(2)
    came = at_once(*(in_turn(Payment(document=document, day=DAY, amount=amount)) for amount in (30, 50)))
    assert came == [None, None]
    assert Document.objects.get().paid == 80

    written = Gate(2)
    came = at_once(*(in_turn(DocumentLine(document=document, position=amount, amount=amount)) for amount in (30, 50)))
    assert came == [None, None]
    assert (Document.objects.get().amount, Document.objects.get().line_count) == (80, 2)
