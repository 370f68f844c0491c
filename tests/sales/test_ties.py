"""What the ledger tells the floors below, and what goes along with a client."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, User
from clients.history import Entry, read_page, shown_ranks
from clients.imports.client_rows.undoing import _pointed_at
from clients.models import Client, ClientMerge
from clients.services import erase_client
from clients.services.duplicates import merge_clients, undo_merge
from reminders.models import Reminder, ReminderRule
from reminders.rules.running import run_rules
from reminders.services.rules import add_rule, switch_rule
from reminders.today import quiet_clients
from sales import rollup, services
from sales.models import ClientMonth, ClientSales, Complaint, Cost, Document, LedgerSettings, PoolWeight
from sales.services.checking import check_rollup, do_nights_work
from tests.api import Caller
from tests.clients.browsing import as_user
from tests.clients.registry import LONG_AGO, fresh, register
from tests.sales.ledger import DAY, complaint, cost, pool, sale

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)


@pytest.fixture
def client(anna: User) -> Client:
    return register(anna)


# --- merging ------------------------------------------------------------------------------------


def test_money_goes_with_its_client_through_a_merge_and_back(dmitri: User) -> None:
    survivor, other = register(dmitri), register(dmitri)
    document, spent, heard = sale(other, 70), cost(other), complaint(other)
    sale(survivor, 5)
    by_hand = pool(100, "by_hand")
    PoolWeight.objects.create(pool=by_hand, client=survivor, weight=1)
    PoolWeight.objects.create(pool=by_hand, client=other, weight=2)
    rollup.refresh_all()
    LedgerSettings.objects.create(locked_before=date(2026, 4, 1))

    merge = merge_clients(user=dmitri, survivor_id=survivor.pk, other_id=other.pk)
    rollup.refresh_all()

    assert {
        Document.objects.get(pk=document.pk).client,
        Cost.objects.get(pk=spent.pk).client,
        Complaint.objects.get(pk=heard.pk).client,
    } == {survivor}
    assert ClientMonth.objects.get(month=date(2026, 3, 1)).revenue == 75
    assert sorted(PoolWeight.objects.values_list("client", "weight")) == [(survivor.pk, Decimal(1)), (survivor.pk, Decimal(2))]
    assert not ClientSales.objects.filter(client=other).exists()

    undo_merge(user=dmitri, merge_id=merge.pk)
    rollup.refresh_all()

    assert Document.objects.get(pk=document.pk).client == other
    assert dict(PoolWeight.objects.values_list("client", "weight")) == {survivor.pk: 1, other.pk: 2}
    assert dict(ClientMonth.objects.values_list("client", "revenue")) == {survivor.pk: 5, other.pk: 70}
    assert rollup.check() == []


def test_what_takes_back_a_document_goes_back_with_it(dmitri: User) -> None:
    survivor, other = register(dmitri), register(dmitri)
    document = sale(other, 70)
    merge = merge_clients(user=dmitri, survivor_id=survivor.pk, other_id=other.pk)
    back = services.reverse_document(user=dmitri, document_id=document.pk, amount=10)
    since = sale(survivor, 3)
    undo_merge(user=dmitri, merge_id=merge.pk)
    assert [Document.objects.get(pk=one.pk).client for one in (document, back, since)] == [other, other, survivor]
    assert ClientMerge.objects.get().undone_at


# --- imports and forgetting ---------------------------------------------------------------------


def test_a_client_with_money_stays_when_its_import_is_undone_and_one_with_figures_alone_does_not(dmitri: User) -> None:
    bought, worked_out = register(dmitri), register(dmitri)
    sale(bought)
    ClientMonth.objects.create(client=worked_out, month=date(2026, 3, 1))
    rollup.refresh_all()
    assert _pointed_at([bought.pk, worked_out.pk]) == {bought.pk: "document"}


def test_words_go_with_an_erased_client_and_figures_stay(dmitri: User, admin: User) -> None:
    client = register(dmitri)
    document = services.post_document(user=dmitri, data={"client": client.pk, "day": DAY, "amount": 9, "number": "R-1", "note": "for Zyx"})
    services.change_document(user=dmitri, document_id=document.pk, version=1, changes={"note": "for Zyx again"})
    gone = services.log_complaint(user=dmitri, data={"client": client.pk, "what": "Zyx was rude"})
    services.remove_complaint(user=dmitri, complaint_id=gone.pk)
    services.log_complaint(user=dmitri, data={"client": client.pk, "what": "Zyx", "resolution": "Zyx", "cost": 4})
    cost(client, 3, note="Zyx")
    LedgerSettings.objects.create(locked_before=date(2026, 4, 1))

    erase_client(user=admin, client_id=client.pk, version=fresh(client).version)

    with connection.cursor() as cursor:
        for table in ("document", "documentevent", "cost", "costevent", "complaint", "complaintevent"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM sales_{table} t")
            assert "Zyx" not in (cursor.fetchone()[0] or "")
    assert (Document.objects.get().amount, Document.objects.get().number, Complaint.objects.get().cost) == (9, "R-1", 4)


# --- the timeline -------------------------------------------------------------------------------


def told(client: Client, show: str = "everything") -> list[Entry]:
    return list(read_page(client, ranks=shown_ranks()[show], limit=50).entries)


def test_the_timeline_tells_of_money_on_its_day_and_of_no_profit(dmitri: User, anna: User) -> None:
    client = register(anna)
    document = sale(client, "1250.50", number="RE-17", direct_cost=901, created_by=dmitri)
    services.reverse_document(user=dmitri, document_id=document.pk, amount=50, day="2026-03-20", number="CN-2")
    sale(client, 30, DAY - timedelta(days=2), kind="purchase")
    complaint(client, 77, DAY + timedelta(days=1), what="The boxes\nwere wet", fault="ours", severity=3)

    said = [(one.title, one.who) for one in told(client, "money")]
    assert said == [
        ("Return or credit note, CN-2: €50.00", "Дмитрий Соколов"),
        ("Bought, RE-17: €1,250.50", "Дмитрий Соколов"),
        (f"We bought, № {Document.objects.get(kind='purchase').pk}: €30.00", ""),
    ]
    [heard] = told(client, "complaints")
    assert (heard.title, heard.tone, heard.whole_day) == ("Complaint, grave", "bad", True)
    page = as_user(anna).get(f"/clients/{client.pk}/").text
    assert "RE-17" in page
    everything = (
        str([(one.title, one.changes) for one in told(client)]) + Caller(anna).get(f"/clients/{client.pk}/history").content.decode()
    )
    assert "901" not in everything
    assert "77.00" not in everything


def test_the_timeline_pages_through_documents_of_one_day(anna: User, client: Client) -> None:
    for number in range(7):
        sale(client, number + 1, number=f"N-{number}")
    ranks, before, seen = shown_ranks()["money"], None, []
    while True:
        page = read_page(client, ranks=ranks, before=before, limit=3)
        seen += [one.title for one in page.entries]
        before = page.older
        if before is None:
            break
    assert len(seen) == len(set(seen)) == 7


def test_a_longer_history_asks_no_more(anna: User, client: Client) -> None:
    counts = []
    for _round in range(2):
        sale(client)
        complaint(client)
        with CaptureQueriesContext(connection) as asked:
            told(client)
        counts.append(len(asked))
        sale(client)
    assert counts[0] == counts[1]


# --- dates for reminders ------------------------------------------------------------------------


def test_three_days_after_the_first_purchase_somebody_calls(dmitri: User, client: Client) -> None:
    rule = ReminderRule.objects.get(shipped="after_first_purchase")
    sale(client, day=date(2026, 3, 10))
    rollup.refresh_all()
    switch_rule(user=dmitri, rule_id=rule.pk, on=True, now=NOW)
    run_rules(now=NOW)
    assert Reminder.objects.get(rule=rule).on_day == date(2026, 3, 13)
    sale(client, day=date(2026, 3, 13))
    rollup.refresh_all()
    run_rules(now=NOW)
    assert Reminder.objects.filter(rule=rule).count() == 1


def _rule(user: User, source: str, offset: str) -> ReminderRule:
    values: dict[str, Any] = {"name": source, "source": source, "offset": offset, "kind": "other", "filters": {}}
    rule = add_rule(user=user, values=values)
    switch_rule(user=user, rule_id=rule.pk, on=True, now=NOW)
    return rule


def test_an_invoice_that_is_overdue_makes_a_reminder_that_its_payment_ends(dmitri: User, client: Client) -> None:
    document = sale(client, 100, date(2026, 2, 1), due_on=date(2026, 3, 10))
    sale(client, 100, date(2026, 2, 1))  # nobody said when it is due
    rule = _rule(dmitri, "overdue_invoice", "3")
    run_rules(now=NOW)
    assert Reminder.objects.get(rule=rule).state == "open"
    services.record_payment(user=dmitri, document_id=document.pk, day="2026-03-12")
    run_rules(now=NOW)
    assert Reminder.objects.get(rule=rule).state == "done"


def test_who_has_not_bought_for_long_is_asked_why_until_it_buys(dmitri: User, client: Client) -> None:
    sale(client, day=date(2025, 6, 1))
    rollup.refresh_all()
    rule = _rule(dmitri, "last_purchase", "180")
    run_rules(now=NOW)
    assert Reminder.objects.get(rule=rule).state == "open"
    sale(client, day=date(2026, 3, 12))
    rollup.refresh_all()
    run_rules(now=NOW)
    assert Reminder.objects.get(rule=rule).state == "done"


# --- Today, the audit, the night ----------------------------------------------------------------


def test_who_buys_most_stands_first_among_those_gone_quiet(anna: User) -> None:
    small, large, none = (register(anna, full_name=name, lifecycle="current") for name in ("Small", "Large", "None"))
    Client.objects.update(created_at=LONG_AGO, last_touch_at=LONG_AGO)
    today = date.today()  # noqa: DTZ011  (the month alone counts)
    sale(small, 10, today)
    sale(large, 900, today)
    sale(none, 5000, today - timedelta(days=800))
    rollup.refresh_all()
    assert [one.pk for one in quiet_clients(anna)] == [large.pk, small.pk, none.pk]


def test_the_audit_says_what_was_closed_and_which_pools_were_set(dmitri: User, admin: User) -> None:
    services.change_ledger_settings(user=dmitri, values={"locked_before": "2026-01-01", "managers_see_profit": True})
    services.set_pool(user=dmitri, data={"name": "Warehouse", "month": "2026-03", "amount": "987.65"})
    services.add_cost_category(user=admin, name="Samples")
    lines = {line.action: line for line in AuditEntry.objects.for_audit_page()}
    assert lines["period_closed"].details_words.startswith("Closed before: nothing closed → ")
    assert lines["ledger_settings_changed"].details_words == "Managers see what their own clients earn: no → yes"
    assert lines["pool_set"].about_words == "Warehouse"
    assert lines["cost_category_added"].about_words == "Samples"
    assert "987.65" not in as_user(admin).get("/audit/").text


def test_the_night_is_done_once_and_what_it_finds_stands_above_every_page(anna: User, admin: User, client: Client) -> None:
    sale(client)
    rollup.refresh_all()
    night = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    assert do_nights_work(now=night)
    assert not do_nights_work(now=night + timedelta(minutes=15))
    assert not do_nights_work(now=night + timedelta(hours=10))
    assert do_nights_work(now=night + timedelta(days=1))
    assert do_nights_work(now=night + timedelta(days=2, hours=8))  # a night in which nothing ran
    assert "data-ledger-check" not in as_user(admin).get("/").text

    ClientMonth.objects.update(revenue=Decimal(999))
    assert check_rollup()
    assert ClientMonth.objects.get().revenue == 100
    assert "data-ledger-check" in as_user(admin).get("/", follow=True).text
    assert "data-ledger-check" not in as_user(anna).get("/", follow=True).text
    assert not check_rollup()
    assert "data-ledger-check" not in as_user(admin).get("/", follow=True).text
