"""The page of a document: what it shows to whom, entering, changing, paying, taking back, removing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clients.models import Client
from sales.models import Document, LedgerSettings, Payment
from sales.periods import company_today
from tests.clients.registry import register
from tests.sales.ledger import complaint, cost, sale

pytestmark = pytest.mark.django_db


@pytest.fixture
def lefevre(anna: User) -> Client:
    return register(anna)


def typed(client: Client | None, **more: Any) -> dict[str, Any]:
    """What the form of a document posts, without lines."""
    blank = {f"line_{name}": "" for name in ("id", "product", "quantity", "amount", "discount", "direct_cost")}
    whole = {"client": client.pk if client else "", "number": "", "day": company_today().isoformat(), "due_on": "", "currency": "EUR"}
    return blank | whole | {"rate": "", "amount": "", "discount": "", "line_of_business": "", "note": ""} | more


def test_a_sale_is_entered_as_one_amount(client: Browser, anna: User, lefevre: Client) -> None:
    client.force_login(anna)
    answer = client.post("/sales/new/", typed(lefevre, number="RE-1", amount="1,250.50", discount="50"))
    made = Document.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/sales/{made.pk}/")
    assert (made.client, made.number, made.amount, made.discount, made.currency, made.created_by) == (
        lefevre, "RE-1", Decimal("1250.50"), Decimal(50), "EUR", anna,
    )  # fmt: skip


def test_a_sale_is_entered_line_by_line(client: Browser, anna: User, lefevre: Client) -> None:
    client.force_login(anna)
    lines = {"line_product": ["Boxes", "", "Film"], "line_quantity": ["2", "", ""], "line_amount": ["10", "", "20.55"]}
    answer = client.post("/sales/new/", typed(lefevre, **lines, line_discount=["", "", "1"], line_id=["", "", ""]))
    assert answer.status_code == 302
    made = Document.objects.get()
    assert (made.amount, made.discount, made.line_count) == (Decimal("30.55"), Decimal(1), 2)
    assert [(one.product, one.quantity, one.amount) for one in made.lines.all()] == [
        ("Boxes", Decimal(2), Decimal(10)), ("Film", Decimal(1), Decimal("20.55")),
    ]  # fmt: skip


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(client: Browser, anna: User, lefevre: Client) -> None:
    client.force_login(anna)
    lines = {"line_product": ["Boxes", "Film"], "line_quantity": ["two", ""], "line_amount": ["10", "many"]}
    answer = client.post("/sales/new/", typed(lefevre, **lines, number="RE-1", due_on="2001-01-01", currency="US", note="By the gate"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert not Document.objects.exists()
    form = answer.context["form"]
    assert set(form.errors) >= {"currency"}
    assert form.rows[0].errors.keys() == {"quantity"}
    assert form.rows[1].errors.keys() == {"amount"}
    for kept in ("Boxes", "Film", "two", "many", "RE-1", "By the gate", str(lefevre)):
        assert kept in page


def test_a_closed_period_is_said_at_the_date(client: Browser, anna: User, lefevre: Client) -> None:
    LedgerSettings.objects.create(locked_before=company_today())
    client.force_login(anna)
    day = (company_today() - timedelta(days=1)).isoformat()
    answer = client.post("/sales/new/", typed(lefevre, amount="10", day=day))
    assert answer.status_code == 422
    assert "closed before" in str(answer.context["form"].errors["day"])


def test_a_client_in_other_hands_is_said_at_the_client_and_nothing_is_lost(client: Browser, clara: User, lefevre: Client) -> None:
    client.force_login(clara)
    answer = client.post("/sales/new/", typed(lefevre, amount="10", note="Typed"))
    assert answer.status_code == 422
    assert "other hands" in str(answer.context["form"].errors["client"])
    assert "Typed" in answer.content.decode()
    assert not Document.objects.exists()


def test_what_it_cost_is_asked_of_and_shown_to_whoever_sees_profit_only(client: Browser, anna: User, dmitri: User, lefevre: Client) -> None:
    one = sale(lefevre, 100, direct_cost=61)
    one.lines.create(position=1, product="Boxes", amount=100, direct_cost=61)
    cost(lefevre, 17, document=one)
    complaint(lefevre, 33, document=one)
    client.force_login(dmitri)
    client.post(
        f"/sales/{one.pk}/edit/", typed(lefevre, version=1, line_product="Boxes", line_amount="100", line_direct_cost="62", note="a")
    )
    page = client.get(f"/sales/{one.pk}/").content.decode()
    assert all(figure in page for figure in ("€62.00", "€38.00", "€17.00", "€61.00"))
    client.force_login(anna)
    for address in (f"/sales/{one.pk}/", f"/sales/{one.pk}/edit/", "/sales/new/"):
        page = client.get(address).content.decode()
        assert not any(figure in page for figure in ("62.00", "61.00", "38.00", "17.00", "33.00", "irect cost", "Margin")), address


def test_a_manager_changes_the_lines_and_keeps_the_costs_that_may_not_be_seen(client: Browser, anna: User, lefevre: Client) -> None:
    one = sale(lefevre, 0)
    line = one.lines.create(position=1, product="Boxes", amount=100, direct_cost=61)
    client.force_login(anna)
    page = client.get(f"/sales/{one.pk}/edit/")
    row = page.context["form"].rows[0].typed
    version = page.context["form"].version
    posted = typed(lefevre, version=version, line_id=row["id"], line_product="Boxes, blue", line_quantity="1", line_amount="110")
    assert client.post(f"/sales/{one.pk}/edit/", posted).status_code == 302
    kept = one.lines.get()
    assert (kept.product, kept.amount, kept.direct_cost) == ("Boxes, blue", 110, line.direct_cost)


def test_an_emptied_discount_and_direct_cost_are_none(client: Browser, dmitri: User, lefevre: Client) -> None:
    one = sale(lefevre, 100, discount=5, direct_cost=61)
    client.force_login(dmitri)
    whole = typed(lefevre, version=1, day="2026-03-10", amount="100", direct_cost="")
    assert client.post(f"/sales/{one.pk}/edit/", whole).status_code == 302
    one.refresh_from_db()
    assert (one.amount, one.discount, one.direct_cost) == (100, 0, 0)


def test_an_emptied_cost_of_a_line_is_none_and_a_column_that_was_not_there_says_nothing(
    client: Browser, dmitri: User, lefevre: Client
) -> None:
    one = sale(lefevre, 0)
    line = one.lines.create(position=1, product="Boxes", amount=100, discount=5, direct_cost=61)
    client.force_login(dmitri)
    one.refresh_from_db()
    posted = typed(lefevre, version=one.version, day="2026-03-10", line_id=line.pk, line_product="Boxes", line_amount="100")
    without = {name: value for name, value in posted.items() if name != "line_direct_cost"}
    assert client.post(f"/sales/{one.pk}/edit/", without | {"note": "seen"}).status_code == 302
    one.refresh_from_db()
    assert (one.note, one.direct_cost) == ("seen", 61)
    posted |= {"version": one.version, "line_id": one.lines.get().pk}
    assert client.post(f"/sales/{one.pk}/edit/", posted).status_code == 302
    one.refresh_from_db()
    assert (one.amount, one.discount, one.direct_cost, one.lines.get().direct_cost) == (100, 0, 0, 0)


def test_when_all_lines_go_what_they_added_up_to_goes_too(client: Browser, dmitri: User, lefevre: Client) -> None:
    one = sale(lefevre, 0)
    one.lines.create(position=1, product="Boxes", amount=100, discount=5, direct_cost=61)
    one.refresh_from_db()
    client.force_login(dmitri)
    whole = typed(lefevre, version=one.version, day="2026-03-10", amount="80", direct_cost="")
    assert client.post(f"/sales/{one.pk}/edit/", whole).status_code == 302
    one.refresh_from_db()
    assert (one.amount, one.discount, one.direct_cost, one.line_count) == (80, 0, 0, 0)


def test_whoever_may_not_see_what_it_cost_empties_nothing_of_it(client: Browser, anna: User, lefevre: Client) -> None:
    one = sale(lefevre, 100, discount=5, direct_cost=61)
    client.force_login(anna)
    whole = typed(lefevre, version=1, day="2026-03-10", amount="100", direct_cost="")
    assert client.post(f"/sales/{one.pk}/edit/", whole).status_code == 302
    one.refresh_from_db()
    assert (one.discount, one.direct_cost) == (0, 61)


def test_two_who_change_at_once_lose_nothing(client: Browser, anna: User, dmitri: User, lefevre: Client) -> None:
    one = sale(lefevre, 100)
    for user, note in ((dmitri, "his"), (anna, "hers")):
        client.force_login(user)
        answer = client.post(f"/sales/{one.pk}/edit/", typed(lefevre, version=1, amount="100", day="2026-03-10", note=note))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "his" in page
    assert "hers" in page
    one.refresh_from_db()
    assert one.note == "his"


def test_clients_that_two_chose_at_once_are_called_by_name(client: Browser, anna: User, dmitri: User, lefevre: Client) -> None:
    one = sale(lefevre, 100)
    his, hers = register(anna, full_name="Rassvet"), register(anna, full_name="Kwiatkowski")
    for user, chosen in ((dmitri, his), (anna, hers)):
        client.force_login(user)
        answer = client.post(f"/sales/{one.pk}/edit/", typed(chosen, version=1, amount="100", day="2026-03-10"))
    (difference,) = answer.context["conflict"].differences
    assert (difference.mine.shown, difference.theirs.shown) == (str(hers), str(his))


def test_payments_are_recorded_removed_and_put_back(client: Browser, anna: User, lefevre: Client) -> None:
    one = sale(lefevre, 100, due_on=company_today())
    client.force_login(anna)
    form = client.get(f"/sales/{one.pk}/pay/").context["form"]
    assert form.initial["amount"] == "100"
    assert client.post(f"/sales/{one.pk}/pay/", {"amount": "60", "day": company_today().isoformat(), "number": ""}).status_code == 302
    one.refresh_from_db()
    assert one.owed == 40
    client.post(f"/payments/{Payment.objects.get().pk}/remove/")
    assert not Payment.objects.exists()
    toast = client.get(f"/sales/{one.pk}/").content.decode()
    undo = toast.split('action="/payments/removed/', 1)[1].split('"', 1)[0]
    client.post(f"/payments/removed/{undo}")
    assert Payment.objects.get().amount == 60


def test_a_payment_of_nothing_is_refused_in_the_dialog(client: Browser, anna: User, lefevre: Client) -> None:
    one = sale(lefevre, 100, due_on=company_today())
    client.force_login(anna)
    answer = client.post(f"/sales/{one.pk}/pay/", {"amount": "0", "day": company_today().isoformat()}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "amount" in answer.context["form"].errors


def test_a_credit_note_is_linked_to_what_it_takes_back(client: Browser, anna: User, lefevre: Client) -> None:
    one = sale(lefevre, 100, due_on=company_today(), direct_cost=60)
    client.force_login(anna)
    client.post(f"/sales/{one.pk}/credit/", {"amount": "25", "day": company_today().isoformat(), "goods_come_back": "on"})
    back = one.reversals.get()
    assert (back.amount, back.direct_cost) == (-25, -15)
    page = client.get(f"/sales/{one.pk}/").content.decode()
    assert f"/sales/{back.pk}/" in page
    too_much = client.post(f"/sales/{one.pk}/credit/", {"amount": "76", "day": company_today().isoformat()})
    assert too_much.status_code == 422


def test_what_is_removed_is_put_back_from_the_toast(client: Browser, dmitri: User, lefevre: Client) -> None:
    one = sale(lefevre, 100, number="RE-9")
    client.force_login(dmitri)
    page = client.post(f"/sales/{one.pk}/remove/", follow=True).content.decode()
    assert not Document.objects.exists()
    undo = page.split('action="/sales/removed/', 1)[1].split('"', 1)[0]
    assert client.post(f"/sales/removed/{undo}").headers["Location"] == f"/sales/{one.pk}/"
    assert Document.objects.get().number == "RE-9"


def test_a_credit_note_is_offered_while_something_is_left_to_take_back(client: Browser, anna: User, lefevre: Client) -> None:
    one = sale(lefevre, 100)
    client.force_login(anna)
    for amount, offered in ((-60, True), (-40, False)):
        sale(lefevre, amount, reverses=one)
        assert (f"/sales/{one.pk}/credit/" in client.get(f"/sales/{one.pk}/").content.decode()) is offered


def test_what_was_spent_is_summed_up_whole_and_said_how_much_of_it_is_not_shown(
    client: Browser, dmitri: User, lefevre: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sales.document_page._MOST", 2)
    one = sale(lefevre, 100)
    client.force_login(dmitri)
    for number, (total, more) in enumerate([("€10.00", 0), ("€20.00", 0), ("€30.00", 1), ("€40.00", 2)], 1):
        cost(lefevre, 10, document=one)
        page = client.get(f"/sales/{one.pk}/")
        assert (page.context["sheet"].cost_total, page.context["sheet"].more_costs) == (10 * number, more)
        panel = page.content.decode().split('id="costs-t"', 1)[1].split("</section>", 1)[0]
        assert total in panel
        assert ("more" in panel) is bool(more)


def test_a_manager_removes_only_what_was_entered_by_mistake_today(client: Browser, anna: User, lefevre: Client) -> None:
    client.force_login(anna)
    client.post("/sales/new/", typed(lefevre, amount="10"))
    mistaken, older = Document.objects.get(), sale(lefevre, 100)
    for one, offered in ((mistaken, True), (older, False)):
        assert (f"/sales/{one.pk}/remove/" in client.get(f"/sales/{one.pk}/").content.decode()) is offered
    assert client.post(f"/sales/{older.pk}/remove/").status_code == 403
    assert client.post(f"/sales/{mistaken.pk}/remove/").status_code == 302
    assert list(Document.objects.all()) == [older]


def test_the_sale_of_another_is_read_and_not_changed(client: Browser, clara: User, lefevre: Client) -> None:
    one = sale(lefevre, 100, due_on=company_today())
    client.force_login(clara)
    page = client.get(f"/sales/{one.pk}/").content.decode()
    assert "/edit/" not in page
    assert "/pay/" not in page
    for part in ("edit", "pay", "credit"):
        assert client.get(f"/sales/{one.pk}/{part}/").status_code == 403
        assert client.post(f"/sales/{one.pk}/{part}/", {"amount": "1"}).status_code == 403
    assert client.post(f"/sales/{one.pk}/remove/").status_code == 403


def test_history_says_who_changed_what(client: Browser, anna: User, dmitri: User, lefevre: Client) -> None:
    one = sale(lefevre, 100, created_by=anna)
    client.force_login(dmitri)
    client.post(f"/sales/{one.pk}/edit/", typed(lefevre, version=1, amount="120", direct_cost="73.19", day="2026-03-10"))
    client.post(f"/sales/{one.pk}/pay/", {"amount": "20", "day": company_today().isoformat()})
    told = [
        (entry.what, entry.by, [(c.label, c.before, c.after) for c in entry.changes])
        for entry in client.get(f"/sales/{one.pk}/").context["sheet"].history
    ]
    assert told[0][0].startswith("Payment entered: €20.00")
    assert told[0][1] == str(dmitri)
    assert told[1] == ("Changed", str(dmitri), [("Amount", "€100.00", "€120.00"), ("Direct cost", "€0.00", "€73.19")])
    assert told[2] == ("Entered", str(anna), [])
    client.force_login(anna)
    assert "73.19" not in client.get(f"/sales/{one.pk}/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_of_the_page_does_not_grow(client: Browser, anna: User, dmitri: User, lefevre: Client, count: int) -> None:
    LedgerSettings.objects.create(managers_see_profit=True)
    one = sale(lefevre, 1000, due_on=company_today())
    for number in range(count):
        one.lines.create(position=number + 1, product="Boxes", amount=100, direct_cost=1)
        one.payments.create(day=company_today(), amount=1 + number, created_by=dmitri)
        sale(lefevre, -5, reverses=one)
        cost(lefevre, 17, document=one, category=["delivery", "visits", "service"][number])
        complaint(lefevre, 33, document=one)
    for user in (dmitri, anna):
        client.force_login(user)
        client.get(f"/sales/{one.pk}/")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/sales/{one.pk}/").status_code == 200
        assert len(asked) <= 26, [one["sql"][:120] for one in asked]


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_of_its_form_does_not_grow_with_the_lines(
    client: Browser, anna: User, dmitri: User, lefevre: Client, count: int
) -> None:
    LedgerSettings.objects.create(managers_see_profit=True)
    one = sale(lefevre, 0)
    for number in range(count):
        one.lines.create(position=number + 1, product="Boxes", amount=100, direct_cost=1)
    for user in (anna, dmitri):
        client.force_login(user)
        client.get(f"/sales/{one.pk}/edit/")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/sales/{one.pk}/edit/").status_code == 200
        assert len(asked) <= 25, [one["sql"][:120] for one in asked]


def test_money_without_a_client_is_entered_by_management_alone(client: Browser, anna: User, dmitri: User) -> None:
    for user, status in ((anna, 422), (dmitri, 302)):
        client.force_login(user)
        assert client.post("/sales/new/", typed(None, amount="10")).status_code == status
    assert Document.objects.get().client is None


def test_another_currency_wants_a_rate(client: Browser, anna: User, lefevre: Client) -> None:
    client.force_login(anna)
    assert "rate" in client.post("/sales/new/", typed(lefevre, amount="10", currency="usd")).context["form"].errors
    assert client.post("/sales/new/", typed(lefevre, amount="10", currency="usd", rate="0.9")).status_code == 302
    assert Document.objects.get().home_amount == 9
