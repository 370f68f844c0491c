"""Entering sales and purchases by hand: what is read, what is refused, who may, and what follows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from clients.errors import Merged, Refused, StaleVersion
from clients.models import Client, LineOfBusiness
from sales import services
from sales.models import ClientMonth, ClientSales, Document, LedgerSettings
from sales.periods import company_today
from tests.clients.registry import fresh, register
from tests.sales.asking import refusal
from tests.sales.ledger import DAY

APRIL = date(2026, 4, 1)


@pytest.fixture
def client(anna: User) -> Client:
    return register(anna)


def post(user: User, client: Client | None, amount: Any = "1250.50", *, kind: str = "sale", lines: Any = (), **more: Any) -> Document:
    """Post a document as a form would."""
    given = {"client": client.pk if client else None, "day": "2026-03-10", "amount": amount} | more
    return services.post_document(user=user, kind=kind, data={name: value for name, value in given.items() if value != "-"}, lines=lines)


def now(document: Document) -> Document:
    return Document.objects.get(pk=document.pk)


# --- what is read -------------------------------------------------------------------------------


def test_a_sale_is_kept_as_it_was_typed(anna: User, client: Client) -> None:
    servers = LineOfBusiness.objects.create(name="Servers")

    document = post(
        anna,
        client,
        "1 250,50",
        number=" RE-17 ",
        day="10.03.2026",
        discount="49.5",
        due_on="2026-04-09",
        line_of_business="servers",
        note="x",
    )

    kept = now(document)
    assert (kept.kind, kept.client, kept.number, kept.day, kept.created_by) == ("sale", client, "RE-17", DAY, anna)
    assert (kept.amount, kept.discount, kept.home_amount, kept.home_open) == (
        Decimal("1250.50"),
        Decimal("49.50"),
        Decimal("1250.50"),
        Decimal("1250.50"),
    )
    assert (kept.currency, int(kept.rate), kept.due_on, kept.line_of_business) == ("EUR", 1, date(2026, 4, 9), servers)


def test_the_line_of_business_is_the_clients_where_none_is_given(anna: User) -> None:
    servers = LineOfBusiness.objects.create(name="Servers")
    client = register(anna, line_of_business=servers.pk)
    assert post(anna, client).line_of_business == servers
    assert post(anna, client, line_of_business=None).line_of_business is None


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"amount": "abc"}, {"amount": "money"}),
        ({"amount": "10.001"}, {"amount": "money"}),
        ({"amount": "NaN"}, {"amount": "money"}),
        ({"amount": "1e400"}, {"amount": "money"}),
        ({"amount": 10**15}, {"amount": "money"}),
        ({"amount": True}, {"amount": "money"}),
        ({"amount": ""}, {"amount": "required"}),
        ({"day": ""}, {"day": "required"}),
        ({"day": "31.02.2026"}, {"day": "date"}),
        ({"day": "2199-01-01"}, {"day": "future"}),
        ({"due_on": "2026-03-09"}, {"due_on": "order"}),
        ({"client": 10**18}, {"client": "choice"}),
        ({"client": "'; DROP"}, {"client": "choice"}),
        ({"line_of_business": "Submarines"}, {"line_of_business": "choice"}),
        ({"currency": "EURO"}, {"currency": "currency"}),
        ({"currency": "USD"}, {"rate": "required"}),
        ({"currency": "USD", "rate": "0"}, {"rate": "rate"}),
        ({"currency": "EUR", "rate": "1.2"}, {"rate": "own_currency"}),
        ({"number": "n" * 65}, {"number": "too_long"}),
        ({"home_amount": "5", "paid": 9, "version": 3}, {"home_amount": "unknown", "paid": "unknown", "version": "unknown"}),
        ({"amount": "x", "day": "y", "rate": "z"}, {"amount": "money", "day": "date", "rate": "rate"}),
        ({"amount": "\x00"}, {"amount": "money"}),
    ],
)
def test_odd_input_is_named_field_by_field(given: dict[str, Any], errors: dict[str, str], dmitri: User) -> None:
    client = register(dmitri)
    data = {"client": client.pk, "day": "2026-03-10", "amount": 5} | given
    assert refusal(lambda: services.post_document(user=dmitri, data=data)) == errors
    assert not Document.objects.exists()


def test_another_currency_is_counted_at_its_rate(anna: User, client: Client) -> None:
    document = post(anna, client, "100", currency="usd", rate="0,9154")
    assert (document.currency, document.rate, document.home_amount) == ("USD", Decimal("0.9154"), Decimal("91.54"))


def test_a_number_is_given_once_to_sales_and_once_to_purchases(anna: User, client: Client) -> None:
    first = post(anna, client, number="7")
    post(anna, client, kind="purchase", number="7")
    assert refusal(lambda: post(anna, client, number="7")) == {"number": "taken"}
    other = post(anna, client, number="8")
    change = {"number": first.number}
    assert refusal(lambda: services.change_document(user=anna, document_id=other.pk, version=1, changes=change)) == {"number": "taken"}


def test_a_document_with_lines_is_their_sum(dmitri: User) -> None:
    client = register(dmitri)
    lines = [
        {"product": "Chair", "quantity": "2", "amount": "80", "discount": "5", "direct_cost": "50"},
        {"product": "Table", "amount": "120.40"},
    ]
    document = post(dmitri, client, "-", lines=lines)
    assert (document.amount, document.discount, document.direct_cost, document.line_count) == (
        Decimal("200.40"),
        Decimal(5),
        Decimal(50),
        2,
    )
    assert [(one.position, one.product, int(one.quantity)) for one in document.lines.all()] == [(1, "Chair", 2), (2, "Table", 1)]
    assert refusal(lambda: post(dmitri, client, "200", lines=lines)) == {"amount": "sum"}
    wrong = [{"product": "Chair"}, {"amount": "x", "colour": "red"}]
    assert refusal(lambda: post(dmitri, client, "-", lines=wrong)) == {
        "lines.0.amount": "required",
        "lines.1.amount": "money",
        "lines.1.colour": "unknown",
    }


# --- who may ------------------------------------------------------------------------------------


def test_a_manager_posts_for_clients_in_the_own_hands(
    anna: User, boris: User, clara: User, dmitri: User, eve: User, client: Client
) -> None:
    assert post(anna, client).pk
    assert post(dmitri, client).pk
    for stranger in (boris, clara, eve):
        with pytest.raises(PermissionDenied):
            post(stranger, client)


def test_money_without_a_client_is_managements(anna: User, dmitri: User) -> None:
    assert post(dmitri, None).client is None
    with pytest.raises(PermissionDenied):
        post(anna, None)


def test_direct_cost_is_entered_by_whoever_may_see_it(anna: User, clara: User, dmitri: User, client: Client) -> None:
    assert refusal(lambda: post(anna, client, direct_cost="5")) == {"direct_cost": "forbidden"}
    assert refusal(lambda: post(anna, client, "-", lines=[{"amount": 5, "direct_cost": 1}])) == {"direct_cost": "forbidden"}
    assert post(dmitri, client, direct_cost="5").direct_cost == 5
    LedgerSettings.objects.create(managers_see_profit=True)
    assert post(anna, client, direct_cost="5").direct_cost == 5
    assert refusal(lambda: post(dmitri, client, kind="purchase", direct_cost="5")) == {"direct_cost": "sales_only"}


def test_whoever_may_not_see_a_cost_leaves_it_standing(anna: User, dmitri: User, client: Client) -> None:
    document = post(dmitri, client, "-", lines=[{"product": "Chair", "amount": 80, "direct_cost": 50}])
    kept = document.lines.get()

    lines: list[dict[str, Any]] = [{"id": kept.pk, "product": "Chair", "amount": "90"}, {"product": "Table", "amount": "10"}]
    changed = services.change_document(user=anna, document_id=document.pk, version=1, changes={}, lines=lines)

    assert (changed.amount, changed.direct_cost, changed.version) == (100, 50, 2)


def test_what_lines_cost_is_not_told_by_what_is_refused(anna: User, dmitri: User, client: Client) -> None:
    document = post(dmitri, client, "-", lines=[{"product": "Chair", "amount": 80, "direct_cost": 57}])
    kept = document.lines.get().pk

    def change(**given: Any) -> Any:
        return lambda: services.change_document(user=anna, document_id=document.pk, version=1, **{"changes": {}} | given)

    for guess in ("1", "57"):
        with pytest.raises(Refused) as refused:
            change(changes={"direct_cost": guess})()
        assert [(error.field, error.code) for error in refused.value.errors] == [("direct_cost", "forbidden")]
        assert refusal(change(lines=[{"id": kept, "amount": "80", "direct_cost": guess}])) == {"direct_cost": "forbidden"}


def test_a_line_named_twice_has_its_cost_once_and_a_nought_of_whoever_may_not_see_it_says_nothing(
    anna: User, dmitri: User, client: Client
) -> None:
    document = post(dmitri, client, "-", lines=[{"product": "Chair", "amount": 80, "direct_cost": 50}])
    twice = [{"id": document.lines.get().pk, "amount": "40", "direct_cost": "0"}] * 2
    changed = services.change_document(user=anna, document_id=document.pk, version=1, changes={}, lines=twice)
    assert [int(one.direct_cost) for one in changed.lines.all()] == [50, 0]


def test_a_document_is_changed_by_those_who_may(anna: User, boris: User, eve: User, client: Client) -> None:
    document = post(anna, client)
    with pytest.raises(PermissionDenied):
        services.change_document(user=boris, document_id=document.pk, version=1, changes={"amount": 1})
    with pytest.raises(Document.DoesNotExist):
        services.change_document(user=eve, document_id=document.pk, version=1, changes={"amount": 1})
    theirs = register(boris)
    with pytest.raises(PermissionDenied):  # nor given to a client of somebody else
        services.change_document(user=anna, document_id=document.pk, version=1, changes={"client": theirs.pk})
    assert now(document).amount == Decimal("1250.50")


def test_a_client_that_was_merged_says_where_to_go_on(anna: User, client: Client) -> None:
    survivor = register(anna)
    Client.objects.filter(pk=client.pk).update(merged_into=survivor, archived_at="2026-01-01T00:00Z")
    with pytest.raises(Merged):
        post(anna, client)


# --- changing -----------------------------------------------------------------------------------


def test_a_change_carries_the_version_that_was_read(anna: User, client: Client) -> None:
    document = post(anna, client)
    changed = services.change_document(user=anna, document_id=document.pk, version=1, changes={"amount": "900", "note": "rebate"})
    assert (changed.version, changed.amount, changed.note) == (2, 900, "rebate")
    with pytest.raises(StaleVersion) as stale:
        services.change_document(user=anna, document_id=document.pk, version=1, changes={"amount": "1"})
    assert stale.value.current == changed
    same = services.change_document(user=anna, document_id=document.pk, version=2, changes={"amount": 900})
    assert same.version == 2


def test_lines_are_replaced_as_a_whole(dmitri: User) -> None:
    client = register(dmitri)
    document = post(dmitri, client, "-", lines=[{"amount": 1}, {"amount": 2}])
    assert refusal(lambda: services.change_document(user=dmitri, document_id=document.pk, version=1, changes={"amount": 9})) == {
        "amount": "sum"
    }
    changed = services.change_document(user=dmitri, document_id=document.pk, version=1, changes={}, lines=[{"amount": 7}])
    assert (changed.amount, changed.line_count, changed.version) == (7, 1, 2)
    whole = services.change_document(user=dmitri, document_id=document.pk, version=2, changes={"amount": 9}, lines=[])
    assert (whole.amount, whole.line_count, whole.version) == (9, 0, 3)


def test_what_takes_a_document_back_goes_along_to_another_client(dmitri: User) -> None:
    client, other = register(dmitri), register(dmitri)
    document = post(dmitri, client)
    back = services.reverse_document(user=dmitri, document_id=document.pk, day="2026-03-20")
    services.change_document(user=dmitri, document_id=document.pk, version=1, changes={"client": other.pk})
    assert (now(back).client, now(back).version) == (other, 2)


# --- taking back --------------------------------------------------------------------------------


def test_a_document_is_taken_back_line_by_line(dmitri: User) -> None:
    client = register(dmitri)
    document = post(dmitri, client, "-", lines=[{"product": "Chair", "quantity": 2, "amount": 80, "direct_cost": 50}, {"amount": 20}])

    back = services.reverse_document(user=dmitri, document_id=document.pk, day="2026-03-20", number="CN-1")

    assert (back.reverses, back.amount, back.direct_cost, back.line_count, back.number) == (document, -100, -50, 2, "CN-1")
    assert [(one.product, int(one.quantity), int(one.amount)) for one in back.lines.all()] == [("Chair", -2, -80), ("", -1, -20)]
    again = refusal(lambda: services.reverse_document(user=dmitri, document_id=document.pk, day="2026-03-20"))
    assert again == {"amount": "too_much"}
    assert refusal(lambda: services.reverse_document(user=dmitri, document_id=back.pk)) == {"document": "reversal"}


def test_a_part_is_taken_back_with_its_share_of_the_cost_or_without_the_goods(dmitri: User) -> None:
    client = register(dmitri)
    document = post(dmitri, client, 100, direct_cost=60, discount=10, due_on="2026-04-10")

    part = services.reverse_document(user=dmitri, document_id=document.pk, amount="25", day="2026-03-20")
    rebate = services.reverse_document(user=dmitri, document_id=document.pk, amount="5", day="2026-03-21", goods_come_back=False)

    assert (part.amount, part.direct_cost, part.discount) == (-25, -15, Decimal("-2.5"))
    assert (rebate.amount, rebate.direct_cost) == (-5, 0)
    assert now(document).home_open == 70
    more = refusal(lambda: services.reverse_document(user=dmitri, document_id=document.pk, amount="70.01", day="2026-03-22"))
    assert more == {"amount": "too_much"}
    less = refusal(lambda: services.change_document(user=dmitri, document_id=document.pk, version=1, changes={"amount": 29}))
    assert less == {"amount": "reversed"}
    early = refusal(lambda: services.reverse_document(user=dmitri, document_id=document.pk, day="2026-03-01"))
    assert early == {"day": "order"}


def test_nothing_is_not_taken_back(dmitri: User) -> None:
    document = post(dmitri, register(dmitri), 100)
    assert refusal(lambda: services.reverse_document(user=dmitri, document_id=document.pk, amount="0")) == {"amount": "money"}
    assert not document.reversals.exists()


def test_parts_round_as_the_database_does_and_the_last_one_takes_the_rest(dmitri: User) -> None:
    document = post(dmitri, register(dmitri), 3, direct_cost="0.75", discount="0.01")

    def back() -> tuple[Decimal, Decimal]:
        one = services.reverse_document(user=dmitri, document_id=document.pk, amount=1 if document.reversals.count() < 2 else None)
        return one.direct_cost, one.discount

    half = post(dmitri, register(dmitri), 2, direct_cost="0.25")
    assert services.reverse_document(user=dmitri, document_id=half.pk, amount=1).direct_cost == Decimal("-0.13")  # 0.125
    assert [back() for _ in range(3)] == [(Decimal("-0.25"), 0), (Decimal("-0.25"), 0), (Decimal("-0.25"), Decimal("-0.01"))]
    third = post(dmitri, register(dmitri), 3, direct_cost=1)
    costs = [services.reverse_document(user=dmitri, document_id=third.pk, amount=1).direct_cost for _ in range(3)]
    assert costs == [Decimal("-0.33"), Decimal("-0.33"), Decimal("-0.34")]


def test_a_return_may_be_entered_by_itself_or_name_what_it_takes_back(dmitri: User) -> None:
    client, other = register(dmitri), register(dmitri)
    document = post(dmitri, client, 100)
    assert post(dmitri, client, -40).reverses is None
    assert post(dmitri, client, -40, reverses=document.pk).reverses == document
    assert refusal(lambda: post(dmitri, client, -61, reverses=document.pk)) == {"amount": "too_much"}
    assert refusal(lambda: post(dmitri, client, 40, reverses=document.pk)) == {"amount": "sign"}
    assert refusal(lambda: post(dmitri, other, -40, reverses=document.pk)) == {"reverses": "choice"}


# --- closed periods -----------------------------------------------------------------------------


def test_a_closed_period_refuses_with_the_day_and_a_correction_goes_into_an_open_one(dmitri: User) -> None:
    client = register(dmitri)
    document = post(dmitri, client, 100, due_on="2026-04-10")
    LedgerSettings.objects.create(locked_before=APRIL)

    def change(**changes: Any) -> Any:
        return lambda: services.change_document(user=dmitri, document_id=document.pk, version=1, changes=changes)

    closed = {"day": "closed"}
    assert refusal(lambda: post(dmitri, client)) == closed
    assert refusal(change(amount=90)) == closed
    assert refusal(change(day="2026-04-02")) == closed
    assert refusal(change(direct_cost=3)) == closed
    assert (
        refusal(lambda: services.change_document(user=dmitri, document_id=document.pk, version=1, changes={}, lines=[{"amount": 1}]))
        == closed
    )
    assert refusal(lambda: services.remove_document(user=dmitri, document_id=document.pk)) == closed
    assert refusal(lambda: services.reverse_document(user=dmitri, document_id=document.pk, day="2026-03-31")) == closed
    assert refusal(lambda: services.record_payment(user=dmitri, document_id=document.pk, day="2026-03-31")) == closed

    change(note="what is no figure may be mended", number="17")()
    services.reverse_document(user=dmitri, document_id=document.pk, day="2026-04-01", amount=30)
    services.record_payment(user=dmitri, document_id=document.pk, day="2026-04-20")
    assert now(document).home_open == 0


def test_a_period_that_closes_at_that_very_moment_is_told_in_the_same_words(dmitri: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = register(dmitri)
    LedgerSettings.objects.create(locked_before=APRIL)
    monkeypatch.setattr("sales.services.documents.closed_errors", lambda *days, **more: [])
    with pytest.raises(Refused) as refused:
        post(dmitri, client)
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("day", "closed")
    assert "closed before" in str(error.message)


# --- what follows -------------------------------------------------------------------------------


def test_a_posting_makes_the_client_current_and_stands_in_the_figures_at_once(
    anna: User, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    assert fresh(client).lifecycle == "potential"
    today = company_today()
    with django_capture_on_commit_callbacks(execute=True):
        document = post(anna, client, 75, day=today.isoformat())
    assert fresh(client).lifecycle == "current"
    assert ClientMonth.objects.get(client=client).revenue == 75
    with django_capture_on_commit_callbacks(execute=True):
        services.remove_document(user=anna, document_id=document.pk)
    assert not ClientMonth.objects.filter(client=client).exists()
    assert not ClientSales.objects.filter(client=client).exists()


def test_a_posting_costs_as_many_queries_for_thirty_lines_as_for_one(
    dmitri: User, django_assert_max_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = register(dmitri)
    counts = []
    for number in (1, 30):
        with django_assert_max_num_queries(40) as asked:
            post(dmitri, client, "-", lines=[{"amount": 5}] * number)
        counts.append(len(asked))
    assert counts[0] == counts[1]
