"""Reports that are kept: worked out in the background, never waited for, never wrong in between, and forgotten whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from sales import rollup
from sales.models import LedgerMark, Payment
from scoring import arithmetic, reports
from scoring.figures import Figures, figures_of
from scoring.models import PoolSpread, ProfitReport, ProfitRow
from scoring.periods import Period
from scoring.reports import at_hand, find_report, holds, standing, work_out
from scoring.services import keep_in_view, keeping, refresh_reports
from scoring.services.keeping import forget_reports
from tests.clients.registry import register
from tests.sales.ledger import DAY, MARCH, pool, sale

JANUARY, FEBRUARY, APRIL = date(2026, 1, 1), date(2026, 2, 1), date(2026, 4, 1)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=40)


@pytest.fixture
def client_of(anna: User) -> Client:
    """A client with a sale and a pool in each of three months."""
    made = register(anna)
    for month in (1, 2, 3):
        sale(made, 100, date(2026, month, 10))
        pool(10, "orders", month=date(2026, month, 1))
    rollup.refresh_all()
    return made


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is sent to the worker, which is not there."""
    from scoring.tasks import refresh

    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(refresh, "apply_async", lambda **how: sent.append(how))
    return sent


def quarter(now: datetime = NOW) -> ProfitReport:
    return work_out(JANUARY, APRIL, now=now)


def all_reports() -> dict[tuple[date, date], ProfitReport]:
    return {(one.first, one.end): one for one in ProfitReport.objects.all()}


@contextmanager
def being_worked_out(report: ProfitReport) -> Iterator[None]:
    """Hold the row of a report from elsewhere; whoever waits for it meanwhile fails."""
    locked, over = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                ProfitReport.objects.select_for_update().get(pk=report.pk)
                locked.set()
                over.wait(20)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert locked.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
        yield
    except OperationalError:
        pytest.fail("waited for the row that is being worked out")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
        over.set()
        worker.join()


# --- looking -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_who_looks_does_not_wait_for_who_works(client_of: Client, sent: list[dict[str, Any]]) -> None:
    report = quarter(now=timezone.now() - timedelta(days=2))
    period = Period("", JANUARY, APRIL)
    with being_worked_out(report):
        keep_in_view([(period, reports.AtHand(report, fresh=False)), (period, reports.AtHand(report, fresh=True))])
    assert sent == [{"expires": 5}]
    assert ProfitReport.objects.get(pk=report.pk).asked_at == report.asked_at

    keep_in_view([(Period("", JANUARY, APRIL), reports.AtHand(report, fresh=True))])
    assert ProfitReport.objects.get(pk=report.pk).asked_at > report.asked_at  # type: ignore[operator]  # it was asked for


def test_working_out_leaves_alone_when_somebody_looked_and_how_far_it_is(client_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = NOW + timedelta(minutes=1)

    def look_and_work(report: ProfitReport, *more: Any) -> Figures:
        ProfitReport.objects.filter(pk=report.pk).update(asked_at=looked, share=40)
        return figures_of(report, *more)

    monkeypatch.setattr(reports, "figures_of", look_and_work)
    work_out(MARCH, APRIL, now=NOW)

    kept = ProfitReport.objects.get()
    assert (kept.asked_at, kept.share) == (looked, 40)


def test_a_large_period_is_asked_for_worked_out_and_shown(
    client: Browser, dmitri: User, client_of: Client, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "AT_ONCE", 0)
    client.force_login(dmitri)
    address = f"{reverse('scoring:profitability')}?period=quarter-2026-1&by=size"

    waiting = client.get(address).content.decode()

    assert "Profit of this period is worked out" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert "period=quarter-2026-1&amp;by=size" in waiting
    assert sent == [{"expires": 5}]  # in the period before was nothing, which is known at once
    assert refresh_reports() == 1
    shown = client.get(address).content.decode()
    assert "Profit of this period is worked out" not in shown
    assert "agrees with the ledger to the cent" in shown
    assert "every 2s" not in shown


def test_the_list_asks_for_its_reports_and_takes_them_by_itself(
    client: Browser, dmitri: User, client_of: Client, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "AT_ONCE", 0)
    client.force_login(dmitri)
    address = f"{reverse('scoring:clients')}?period=quarter-2026-1"

    waiting = client.get(address).content.decode()

    assert "Profit of this period is worked out" in waiting
    assert "Nothing matches" not in waiting
    assert f'hx-get="{address}" hx-trigger="every 2s"' in waiting
    assert all_reports()[JANUARY, APRIL].asked_at is not None
    assert all_reports()[date(2025, 10, 1), JANUARY].worked_out_at is not None  # the period before, which the change is against
    assert refresh_reports() == 1
    again = client.get(address, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{address}"})
    shown = again.content.decode()
    assert "€270" in shown
    assert "every 2s" not in shown
    assert again["HX-Replace-Url"] == address  # no step to go back over
    assert "HX-Push-Url" not in again

    sale(client_of, 1)
    rollup.refresh_all()
    older = client.get(address).content.decode()
    assert "these are the figures as they were" in older
    assert "€270" in older
    assert "every 2s" not in older  # what is ticked stays ticked


def test_a_list_without_rows_says_so_where_nothing_is_to_come(client: Browser, dmitri: User, client_of: Client) -> None:
    client.force_login(dmitri)
    page = client.get(f"{reverse('scoring:clients')}?period=month-2024-01").content.decode()
    assert "Nothing matches this filter" in page
    assert "worked out" not in page.split("<main")[1]


# --- in the background ---------------------------------------------------------------------------------


def test_one_process_refreshes(client_of: Client) -> None:
    quarter()
    ProfitReport.objects.update(settings_revision=99)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [keeping._LOCK])
            assert refresh_reports(now=NOW) == 0
            cursor.execute("SELECT pg_advisory_unlock(%s)", [keeping._LOCK])  # closed, it goes back to the pool with its locks
    finally:
        other.close()
    assert refresh_reports(now=NOW) == 1


def test_a_report_whose_documents_wait_to_be_worked_in_waits_for_them_ten_minutes(client_of: Client) -> None:
    report = work_out(MARCH, APRIL, now=NOW)
    sale(client_of, 1)
    assert standing(report) is reports.Standing.MARKED

    assert refresh_reports(now=NOW + timedelta(minutes=9)) == 0
    assert refresh_reports(now=NOW + timedelta(minutes=11)) == 1
    rollup.refresh_all()
    assert refresh_reports(now=NOW + timedelta(minutes=12)) == 1


def test_a_report_that_fails_does_not_keep_the_others(client_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for month in (JANUARY, FEBRUARY):
        work_out(month, Period.month(month).end, now=NOW)
    ProfitReport.objects.update(settings_revision=99)
    real = work_out

    def fail_in_february(first: date, end: date, **more: Any) -> ProfitReport:
        if first == FEBRUARY:
            raise ValueError
        return real(first, end, **more)

    monkeypatch.setattr(keeping, "work_out", fail_in_february)

    assert refresh_reports(now=NOW) == 1
    assert holds(all_reports()[JANUARY, FEBRUARY])


def stop_before(number: int) -> Callable[[int, int], None]:
    def note(part: int, parts: int) -> None:
        if part == number:
            raise KeyboardInterrupt

    return note


def test_one_that_is_killed_between_two_parts_goes_on_where_it_was(client_of: Client) -> None:
    with pytest.raises(KeyboardInterrupt):
        work_out(JANUARY, APRIL, now=NOW, progress=stop_before(2))
    assert {key for key, one in all_reports().items() if one.worked_out_at} == {(JANUARY, FEBRUARY), (FEBRUARY, MARCH)}

    report = quarter(now=LATER)

    assert all_reports()[JANUARY, FEBRUARY].worked_out_at == NOW
    assert all_reports()[MARCH, APRIL].worked_out_at == LATER
    assert Figures.read(report.figures).difference == 0
    assert ProfitRow.objects.get(report=report).profit == Decimal(270)


def test_parts_have_figures_once_somebody_asks_for_them(client_of: Client, sent: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    quarter()
    assert all_reports()[JANUARY, FEBRUARY].figures == {}
    assert find_report(JANUARY, FEBRUARY) is None
    assert find_report(JANUARY, APRIL) is not None

    shown = at_hand(JANUARY, FEBRUARY, now=NOW).report
    assert shown is not None
    assert Figures.read(shown.figures).profit == 90

    monkeypatch.setattr(reports, "AT_ONCE", 0)
    february = (Period("", FEBRUARY, MARCH), at_hand(FEBRUARY, MARCH))
    assert february[1].report is None
    keep_in_view([february])
    refresh_reports()
    assert at_hand(FEBRUARY, MARCH).fresh


# --- forgetting ------------------------------------------------------------------------------------------


def test_reports_that_nobody_looks_at_are_forgotten(client_of: Client) -> None:
    quarter()

    assert forget_reports(now=NOW + timedelta(days=30)) == 0
    assert forget_reports(now=NOW + timedelta(days=32)) == 4
    assert not ProfitRow.objects.exists()
    assert not PoolSpread.objects.exists()


def test_one_that_never_came_to_be_worked_out_is_forgotten_too(client_of: Client, sent: list[Any]) -> None:
    keeping.ask_for(JANUARY, APRIL, now=NOW)

    assert forget_reports(now=NOW + timedelta(days=30)) == 0
    assert forget_reports(now=NOW + timedelta(days=32)) == 1


def test_parts_of_a_report_that_is_looked_at_stay(client_of: Client) -> None:
    report = quarter()
    work_out(date(2025, 12, 1), JANUARY, now=NOW)
    ProfitReport.objects.filter(pk=report.pk).update(asked_at=LATER)

    assert forget_reports(now=LATER) == 1
    assert ProfitReport.objects.count() == 4


def test_one_that_is_killed_while_it_forgets_leaves_reports_whole(client_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    quarter()
    rows = ProfitRow.objects.count()
    monkeypatch.setattr(ProfitReport, "delete", lambda report: stop_before(0)(0, 0))

    with pytest.raises(KeyboardInterrupt):
        forget_reports(now=LATER)

    assert ProfitRow.objects.count() == rows


def test_a_report_is_there_before_its_parts_and_known_to_be_looked_at(client_of: Client) -> None:
    report = quarter()
    ProfitReport.objects.update(asked_at=NOW, settings_revision=99)

    def look(part: int, parts: int) -> None:
        assert ProfitReport.objects.get(pk=report.pk).asked_at == LATER
        assert forget_reports(now=LATER) == 0

    work_out(JANUARY, APRIL, now=LATER, progress=look)


def test_a_part_that_is_forgotten_before_it_is_summed_up_is_worked_out_again(client_of: Client) -> None:
    gone: list[Any] = []

    def forget_once(part: int, parts: int) -> None:
        if part == 3 and not gone:
            gone.append(ProfitReport.objects.get(first=FEBRUARY).delete())

    report = work_out(JANUARY, APRIL, now=NOW, progress=forget_once)

    assert gone
    assert ProfitRow.objects.get(report=report).profit == 270


# --- credit ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [MARCH, JANUARY])
def test_what_is_owed_from_earlier_months_makes_a_report_old(anna: User, first: date) -> None:
    one, two = register(anna), register(anna)
    owed = sale(one, 100, date(2026, 2, 10), due_on=DAY)
    sale(two, 100, date(2026, 2, 10), due_on=DAY)
    pool(100, "credit_days")
    rollup.refresh_all()
    report = work_out(first, APRIL, now=NOW)
    assert holds(report)

    Payment.objects.create(document=owed, day=date(2026, 2, 20), amount=100)  # before March: nothing is owed in it

    assert not holds(report)
    rollup.refresh_all()
    assert not LedgerMark.objects.exists()
    assert not holds(report)
    again = work_out(first, APRIL, now=NOW)
    assert dict(again.rows.exclude(pool_cost=0).values_list("client", "pool_cost")) == {two.pk: 100}
    assert holds(again)


def test_later_months_leave_a_report_with_credit_as_it_is(anna: User) -> None:
    sale(register(anna), 100, date(2026, 2, 10), due_on=DAY)
    pool(100, "credit_days")
    rollup.refresh_all()
    report = work_out(MARCH, APRIL, now=NOW)

    sale(register(anna), 100, APRIL, due_on=APRIL)
    rollup.refresh_all()

    assert holds(report)


# --- figures ----------------------------------------------------------------------------------------------


def test_a_pool_that_is_forgotten_shows_as_a_difference(client_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, cut = quarter(), work_out(MARCH, date(2026, 3, 11), now=NOW)
    assert figures_of(whole).difference == figures_of(cut).difference == 0

    pool(31, "orders", name="Forgotten")
    rollup.refresh_all()
    monkeypatch.setattr(arithmetic, "_POOLS", f"{arithmetic._POOLS} AND name <> 'Forgotten'")

    assert figures_of(quarter()).difference == 31
    assert figures_of(work_out(MARCH, date(2026, 3, 11), now=NOW)).difference == 10


def test_a_row_that_is_lost_shows_as_a_difference_of_all_periods_it_is_part_of(client_of: Client) -> None:
    month = work_out(MARCH, APRIL, now=NOW)
    (lost,) = ProfitRow.objects.filter(report=month, client=client_of)
    assert lost.profit
    lost.delete()

    assert figures_of(month).difference == figures_of(quarter()).difference == -lost.profit


def managers(report: ProfitReport | None) -> list[int | None]:
    assert report is not None
    return [one.id for one in Figures.read(report.figures).groups["manager"]]


def test_profit_by_manager_follows_the_clients_at_once(client_of: Client, anna: User, boris: User) -> None:
    assert managers(at_hand(MARCH, APRIL, now=NOW).report) == [anna.pk]

    Client.objects.filter(pk=client_of.pk).update(manager=boris)

    found = at_hand(MARCH, APRIL, now=NOW)
    assert managers(found.report) == managers(find_report(MARCH, APRIL)) == [boris.pk]
    assert found.fresh
    assert found.report is not None
    assert found.report.worked_out_at == NOW  # nothing else was worked out anew


def test_a_change_that_was_under_way_is_told_some_minutes_later(client_of: Client, anna: User, boris: User) -> None:
    now = timezone.now()
    Client.objects.filter(pk=client_of.pk).update(manager=boris)
    report = work_out(MARCH, APRIL, now=now)
    report.figures["groups"]["manager"][0][0] = anna.pk  # as it was read before that change was there, and a later one was
    report.save(update_fields=["figures"])

    assert managers(at_hand(MARCH, APRIL, now=now).report) == [anna.pk]
    assert managers(at_hand(MARCH, APRIL, now=now + timedelta(minutes=11)).report) == [boris.pk]


def test_in_a_large_base_it_follows_within_minutes(client_of: Client, anna: User, boris: User, monkeypatch: pytest.MonkeyPatch) -> None:
    work_out(MARCH, APRIL, now=NOW)
    monkeypatch.setattr(reports, "AT_ONCE", 0)
    Client.objects.filter(pk=client_of.pk).update(manager=boris)

    assert refresh_reports(now=NOW + timedelta(minutes=9)) == 0
    assert managers(at_hand(MARCH, APRIL, now=NOW).report) == [anna.pk]
    assert refresh_reports(now=NOW + timedelta(minutes=11)) == 1
    assert managers(at_hand(MARCH, APRIL, now=NOW).report) == [boris.pk]
    assert refresh_reports(now=NOW + timedelta(hours=2)) == 0  # nobody changed since


@pytest.mark.django_db(transaction=True)
def test_whoever_looks_does_not_wait_to_regroup(client_of: Client, anna: User, boris: User) -> None:
    report = work_out(MARCH, APRIL, now=NOW)
    Client.objects.filter(pk=client_of.pk).update(manager=boris)
    with being_worked_out(report):
        assert managers(at_hand(MARCH, APRIL, now=NOW).report) == [anna.pk]
    assert managers(at_hand(MARCH, APRIL, now=NOW).report) == [boris.pk]


def test_figures_of_chosen_clients_stand_signs_and_nobody(client_of: Client) -> None:
    report = quarter()
    literal = Client.objects.extra(where=["full_name NOT LIKE 'no%%such'"])  # a sign in the statement itself
    assert figures_of(report, literal).profit == 270
    assert figures_of(report, literal.filter(pk=client_of.pk)).clients == 1
    assert figures_of(report, Client.objects.none()).clients == 0
