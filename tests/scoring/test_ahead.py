"""Reports that are worked out before anybody asks, in a ledger that is not small."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import User
from clients.models import Client
from sales import rollup
from sales.models import LedgerMonth
from sales.periods import company_today
from scoring import reports
from scoring.models import ProfitReport
from scoring.periods import Period
from scoring.reports import at_hand, find_report, work_out
from scoring.services import ahead, keeping
from scoring.services.ahead import foreseen, work_ahead
from scoring.services.keeping import forget_reports
from tests.clients.registry import register
from tests.sales.ledger import pool, sale

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MARCH = Period.month(date(2026, 3, 1))
pytestmark = pytest.mark.django_db


@pytest.fixture
def client_of(anna: User, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client with a sale and a pool in March, long ago; every report counts as one that takes long."""
    made = register(anna)
    sale(made, 100, date(2026, 3, 10))
    pool(10, "orders", month=MARCH.first)
    rollup.refresh_all()
    LedgerMonth.objects.update(changed_at=NOW - timedelta(days=2))
    monkeypatch.setattr(reports, "AT_ONCE", 0)
    return made


def all_of_them() -> int:
    """Work ahead until nothing is left to be done; return how many reports that took."""
    return sum(1 for _ in iter(lambda: work_ahead(now=NOW), False))


def test_months_and_what_the_page_offers_are_there_before_anybody_asks(client_of: Client) -> None:
    assert all_of_them() > 0

    ready = {(report.first, report.end) for report in ProfitReport.objects.exclude(figures={})}
    assert ready == {(period.first, period.end) for period in foreseen(TODAY) if period.first <= MARCH.first < period.end}
    assert {(MARCH.first, MARCH.end), (date(2026, 1, 1), date(2027, 1, 1)), (date(2025, 12, 1), date(2026, 12, 1))} <= ready
    assert at_hand(MARCH.first, MARCH.end).fresh
    assert not ProfitReport.objects.exclude(asked_at=None).exists(), "nobody has looked at them"
    assert not work_ahead(now=NOW)


def test_what_changed_is_worked_out_again_once_the_month_is_quiet(client_of: Client) -> None:
    all_of_them()
    sale(client_of, 50, date(2026, 3, 11))
    rollup.refresh_all()

    LedgerMonth.objects.update(changed_at=NOW - timedelta(minutes=59))
    assert not work_ahead(now=NOW)
    LedgerMonth.objects.update(changed_at=NOW - timedelta(minutes=61))
    assert work_ahead(now=NOW)
    assert at_hand(MARCH.first, MARCH.end).fresh


def test_in_a_small_ledger_none_is_kept_ready(client_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "AT_ONCE", 10)
    assert foreseen(TODAY) == []
    assert not work_ahead(now=NOW)


def test_one_that_fails_does_not_keep_the_others(client_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_in_march(first: date, end: date, **more: object) -> ProfitReport:
        if (first, end) == (MARCH.first, MARCH.end):
            raise ValueError
        return work_out(first, end, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(ahead, "work_out", fail_in_march)
    assert work_ahead(now=NOW)
    assert find_report(MARCH.first, MARCH.end) is None


def test_what_is_kept_ready_is_not_forgotten_while_it_is_foreseen(client_of: Client) -> None:
    all_of_them()
    ready = ProfitReport.objects.count()
    later = NOW + timedelta(days=40)

    forget_reports(now=later)
    stay = {(period.first, period.end) for period in foreseen(later.date())}
    assert {(report.first, report.end) for report in ProfitReport.objects.exclude(figures={})} <= stay
    assert 0 < ProfitReport.objects.count() < ready, "the twelve months up to then are others"

    forget_reports(now=NOW + timedelta(days=4 * 366))
    assert not ProfitReport.objects.exists()


def test_new_figures_wake_whoever_works_out_what_people_look_at(
    client_of: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    from scoring.tasks import refresh

    sent: list[dict[str, object]] = []
    monkeypatch.setattr(refresh, "apply_async", lambda **how: sent.append(how))
    assert keeping.wake in rollup._followers

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert rollup.refresh_all() == 0
    assert sent == [], "nothing was marked, so nothing is new"
    sale(client_of, 50, company_today())
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert rollup.refresh_all() > 0
    assert sent == [{"expires": 5}]
