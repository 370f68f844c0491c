"""New against repeat: the company of docs/profitability.md line by line, and the page."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import User
from clients.criteria.days import add_months
from clients.models import Client, Source
from sales import rollup
from sales.models import ClientMonth, CostCategory
from sales.periods import company_today
from scoring import reports
from scoring.models import NewAndRepeat, ProfitReport
from scoring.new_and_repeat import NewAndRepeatFigures, Won, followed
from scoring.payback import MonthOfClients, Outcome, Payback, follow, payback_of
from scoring.periods import Period
from scoring.services import look_at_new, refresh_reports, work_out_new
from scoring.services.keeping import forget_reports
from tests.clients.registry import register
from tests.sales.ledger import MARCH, cost, pool, sale
from ui.models import ExportLog

JUNE = datetime(2026, 6, 15, 9, tzinfo=UTC)
TODAY = date(2026, 6, 15)
PAGE = reverse("scoring:new_and_repeat")
EXPORT = reverse("scoring:new_and_repeat_export")
type Seven = dict[str, Client]


def on(day: int, month: int = 3) -> date:
    return date(2026, month, day)


def came(anna: User, name: str, source: Source | None, month: int) -> Client:
    client = register(anna, full_name=name)
    Client.objects.filter(pk=client.pk).update(source=source, created_at=datetime(2026, month, 5, 9, tzinfo=UTC))
    client.refresh_from_db()
    return client


@pytest.fixture
def fair(company: object) -> Source:
    return Source.objects.create(name="Fair", targeted=True)


@pytest.fixture
def web(company: object) -> Source:
    return Source.objects.create(name="Web")


@pytest.fixture
def seven(anna: User, fair: Source, web: Source) -> Seven:
    """The company as the page tells it."""
    sources = {"O": (web, 1), "A": (fair, 3), "B": (fair, 1), "C": (web, 3), "D": (fair, 3), "E": (web, 1), "F": (None, 1)}
    seven = {name: came(anna, f"Client {name}", source, month) for name, (source, month) in sources.items()}
    sale(seven["O"], 200, on(10, 1), direct_cost=120)
    sale(seven["O"], 1000, on(4), direct_cost=700)
    cost(seven["O"], 60, on(4))
    cost(seven["A"], 80, on(5, 2), category="first_deals")
    cost(seven["A"], 20, on(2), category="first_deals")
    sale(seven["A"], 500, on(10), direct_cost=350)
    cost(seven["A"], 15, on(12), category="first_deals")
    sale(seven["A"], 600, on(9, 4), direct_cost=400)
    cost(seven["A"], 30, on(6, 5), category="visits")
    sale(seven["A"], 300, on(2, 6), direct_cost=180)
    sale(seven["B"], 400, on(20), direct_cost=300)
    sale(seven["B"], 100, on(7, 4), direct_cost=80)
    cost(seven["B"], 10, on(7, 4))
    cost(seven["C"], 40, on(25), category="first_deals")
    bought = sale(seven["C"], 200, on(25), direct_cost=150)
    sale(seven["C"], -200, on(11, 5), direct_cost=-150, reverses=bought)
    cost(seven["C"], 60, on(12, 5), category="visits")
    cost(seven["D"], 50, on(8), category="first_deals")
    cost(seven["D"], 10, on(9), category="visits")
    cost(seven["E"], 25, on(20), category="first_deals")
    sale(seven["E"], 100, on(3, 4), direct_cost=50)
    sale(seven["F"], 100, on(5), direct_cost=60)
    cost(None, 300, on(1), category="campaigns", source=fair)
    cost(None, 100, on(30, 4), category="campaigns", source=fair)
    cost(None, 45, on(15), category="campaigns")
    cost(None, 5, on(15))
    pool(100, "orders")
    pool(60, "orders", month=on(1, 4))
    rollup.refresh_all()
    return seven


def reckoned(first: date = MARCH, end: date = date(2026, 4, 1), now: datetime = JUNE) -> NewAndRepeatFigures:
    return NewAndRepeatFigures.read(NewAndRepeat.objects.get(pk=work_out_new(first, end, now=now).pk).figures)


def of_source(figures: NewAndRepeatFigures, source: Source | None) -> Won:
    return next(one for one in figures.sources if one.source == (source.pk if source else None))


def money(*amounts: str) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


# --- the paper ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "clients", "orders", "expected"),
    [
        ("new", 4, 4, ("1200", "860", "60", "95", "185")),
        ("repeat", 1, 1, ("1000", "700", "0", "80", "220")),
        ("open", 2, 0, ("0", "0", "75", "10", "-85")),
    ],
)
def test_the_columns_of_march(seven: Seven, name: str, clients: int, orders: int, expected: tuple[str, ...]) -> None:
    one = reckoned().columns[name]
    assert (one.clients, one.orders) == (clients, orders)
    assert [one.revenue, one.direct_cost, one.winning, one.keeping, one.profit] == money(*expected)


def test_the_columns_are_all_clients_of_the_report(seven: Seven) -> None:
    figures = reckoned()
    every = figures.every
    assert [every.clients, every.revenue, every.profit, figures.report_profit] == [7, *money("2200", "320", "320")]
    report = ProfitReport.objects.get(first=MARCH, end=date(2026, 4, 1))
    assert [Decimal(report.figures["nobody_profit"]), Decimal(report.figures["company_profit"])] == money("-350", "-30")


def test_costs_and_profit_of_one_client(seven: Seven) -> None:
    new, repeat = (reckoned().columns[name] for name in ("new", "repeat"))
    assert [new.cost_of_one, new.profit_of_one] == money("38.75", "46.25")
    assert [repeat.keeping_one, repeat.profit_of_one] == money("80", "220")


@pytest.mark.parametrize(
    ("name", "counts", "spent", "followed_up", "payback"),
    [
        ("fair", (2, 2, 1), ("300", "100", "50", "450", "225"), ("1900", "455"), Payback(Outcome.PAID, 4)),
        ("web", (1, 1, 0), ("0", "40", "0", "40", "40"), ("0", "-80"), Payback(Outcome.NEVER, None, Decimal(120))),
        (None, (0, 1, 0), ("45", "0", "0", "45", "45"), ("100", "20"), Payback(Outcome.NOT_YET, 9, Decimal(25))),
    ],
)
def test_what_winning_cost_by_source(
    seven: Seven,
    name: str | None,
    counts: tuple[int, ...],
    spent: tuple[str, ...],
    followed_up: tuple[str, ...],
    payback: Payback,
) -> None:
    one = of_source(reckoned(), Source.objects.get(name__iexact=name) if name else None)
    assert (one.contacts, one.clients, one.open_clients) == counts
    assert [one.campaigns, one.on_won, one.on_open, one.spent, one.cost_of_one] == money(*spent)
    assert [one.revenue, one.earned] == money(*followed_up)
    assert one.payback(TODAY) == payback


def test_the_months_of_all_who_were_won(seven: Seven) -> None:
    won = reckoned().won
    assert [won.spent, won.cost_of_one] == money("535", "133.75")
    rows = [(one.number, one.clients, one.earned, one.up_to) for one in won.months(TODAY)]
    expected = [("1200", "245", "245"), ("700", "170", "415"), ("-200", "-140", "275"), ("300", "120", "395")]
    assert rows == [(number, 4, Decimal(earned), Decimal(up_to)) for number, (_revenue, earned, up_to) in enumerate(expected, 1)]
    assert [one.revenue for one in won.months(TODAY)] == money(*(revenue for revenue, _earned, _up_to in expected))
    assert won.payback(TODAY) == Payback(Outcome.NOT_YET, 6, Decimal(140))


# --- what the paper does not show ---------------------------------------------------------------------------


def test_each_cost_of_winning_is_counted_in_one_month_alone(seven: Seven) -> None:
    months = [add_months(date(2026, 1, 1), number) for number in range(6)]
    by_month = [reckoned(month, add_months(month, 1)).won for month in months]
    whole = reckoned(months[0], add_months(months[-1], 1)).won
    assert sum(one.spent for one in by_month) == whole.spent == Decimal(535 + 100 + 25)
    assert sum(one.clients for one in by_month) == whole.clients == 6


@pytest.mark.parametrize(
    ("first", "last"),
    [(on(1), on(9)), (on(10), on(10)), (on(11), on(24)), (on(25, 2), on(5, 4)), (on(1, 1), on(31, 12)), (on(1, 6), on(30, 6))],
)
def test_the_columns_add_up_in_any_period(seven: Seven, first: date, last: date) -> None:
    figures = reckoned(first, last + timedelta(days=1))
    assert figures.every.profit == figures.report_profit
    for column in figures.columns.values():
        assert column.profit == column.revenue - column.direct_cost - column.winning - column.keeping


def test_a_client_won_within_days_bears_its_whole_first_month(seven: Seven, fair: Source) -> None:
    one = of_source(reckoned(on(10), on(11)), fair)
    assert (one.clients, one.spent, one.earned) == (1, Decimal(100), Decimal(115 + 180 - 30 + 120))


def test_a_category_that_wins_clients_no_more_is_a_cost_of_keeping(seven: Seven) -> None:
    before = look_at_new(Period.month(MARCH), now=JUNE)
    CostCategory.objects.filter(key="first_deals").update(wins_clients=False)
    after = look_at_new(Period.month(MARCH), now=JUNE)
    assert before.figures is not None
    assert after.figures is not None
    assert (before.figures.columns["new"].winning, after.figures.columns["new"].winning) == (Decimal(60), Decimal(0))
    assert after.figures.columns["new"].keeping == Decimal(155)
    assert of_source(after.figures, None).spent == Decimal(45)


def test_a_client_that_gets_a_source_is_told_there_at_once(seven: Seven, web: Source) -> None:
    look_at_new(Period.month(MARCH), now=JUNE)
    Client.objects.filter(pk=seven["F"].pk).update(source=web)
    figures = look_at_new(Period.month(MARCH), now=JUNE).figures
    assert figures is not None
    assert of_source(figures, web).clients == 2


def test_a_sale_of_a_later_month_is_followed_and_nothing_else_works_it_out_anew(seven: Seven) -> None:
    kept = look_at_new(Period.month(MARCH), now=JUNE).kept
    again = look_at_new(Period.month(MARCH), now=JUNE + timedelta(minutes=1)).kept
    assert kept is not None
    assert again is not None
    assert again.worked_out_at == kept.worked_out_at

    sale(seven["C"], 1000, on(3, 6), direct_cost=100)
    rollup.refresh_all()

    figures = look_at_new(Period.month(MARCH), now=JUNE).figures
    assert figures is not None
    assert of_source(figures, seven["C"].source).payback(TODAY).outcome is Outcome.PAID


def test_a_period_yet_to_come_has_nothing_to_follow(seven: Seven) -> None:
    figures = reckoned(date(2027, 1, 1), date(2027, 2, 1))
    assert (figures.won.clients, figures.every.clients, figures.won.months(TODAY)) == (0, 0, [])


def test_large_bases_are_worked_out_in_the_background_and_stay(seven: Seven, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "AT_ONCE", 0)
    monkeypatch.setattr("scoring.tasks.refresh.apply_async", lambda **how: None)
    period = Period.month(MARCH)
    assert look_at_new(period, now=JUNE) == (None, False)

    refresh_reports(now=JUNE)

    kept, fresh = look_at_new(period, now=JUNE)
    assert kept is not None
    assert fresh
    assert refresh_reports(now=JUNE) == 0
    sale(seven["A"], 10, on(14, 6))
    rollup.refresh_all()
    assert look_at_new(period, now=JUNE) == (kept, False)
    assert refresh_reports(now=JUNE) > 0
    assert look_at_new(period, now=JUNE).fresh

    Client.objects.filter(pk=seven["F"].pk).update(source=seven["O"].source)
    assert refresh_reports(now=JUNE + timedelta(minutes=9)) == 0
    assert refresh_reports(now=JUNE + timedelta(minutes=11)) > 0
    figures = look_at_new(period, now=JUNE + timedelta(minutes=11)).figures
    assert figures is not None
    assert of_source(figures, seven["O"].source).clients == 2


def test_months_are_not_forgotten_while_somebody_looks(seven: Seven) -> None:
    look_at_new(Period.month(MARCH), now=JUNE)
    NewAndRepeat.objects.update(asked_at=JUNE + timedelta(days=60))
    forget_reports(now=JUNE + timedelta(days=61))
    assert ProfitReport.objects.filter(first=on(1, 5), end=on(1, 6)).exists()
    forget_reports(now=JUNE + timedelta(days=200))
    assert not ProfitReport.objects.exists()
    assert not NewAndRepeat.objects.exists()


# --- arithmetic alone -----------------------------------------------------------------------------------------


def test_months_are_followed_as_far_as_somebody_has_come() -> None:
    won = {date(2026, 4, 1): 2, date(2026, 6, 1): 1}
    months = follow(won, {1: (Decimal(9), Decimal(6)), 3: (Decimal(0), Decimal(-1))}, today=TODAY)
    assert [(one.number, one.clients, one.up_to) for one in months] == [(1, 3, Decimal(6)), (2, 2, Decimal(6)), (3, 2, Decimal(5))]
    assert followed(on(5), on(1, 4), today=TODAY) == (MARCH, date(2026, 7, 1))
    assert followed(date(2024, 1, 5), date(2024, 2, 1), today=TODAY) == (date(2024, 1, 1), date(2025, 1, 1))


def _months(*earned: int) -> list[MonthOfClients]:
    return [MonthOfClients(number, 2, Decimal(0), Decimal(one), Decimal(sum(earned[:number]))) for number, one in enumerate(earned, 1)]


@pytest.mark.parametrize(
    ("spent", "earned", "expected"),
    [
        (0, (5,), Payback(Outcome.NOTHING)),
        (100, (), Payback(Outcome.NOTHING, missing=Decimal(100))),
        (10, (10,), Payback(Outcome.PAID, 1)),
        (10, (4, 8, -90), Payback(Outcome.NEVER, None, Decimal(88))),
        (10, (4, 8, -3), Payback(Outcome.NOT_YET, 4, Decimal(1))),
        (10, (4, 8, -3, 5), Payback(Outcome.PAID, 4)),
        (10, (4, -4), Payback(Outcome.NEVER, None, Decimal(10))),
        (10, (4, -9), Payback(Outcome.NEVER, None, Decimal(15))),
        (10, (3, 1), Payback(Outcome.NOT_YET, 5, Decimal(6))),
        (Decimal("4.01"), (3, 1), Payback(Outcome.NOT_YET, 3, Decimal("0.01"))),
    ],
)
def test_when_it_has_come_back(spent: Decimal, earned: tuple[int, ...], expected: Payback) -> None:
    assert payback_of(Decimal(spent), _months(*earned)) == expected


# --- the page --------------------------------------------------------------------------------------------------


def opened(client: Browser, user: User, address: str = PAGE) -> str:
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_tells_what_winning_costs_and_agrees_with_profitability(client: Browser, dmitri: User, seven: Seven) -> None:
    page = opened(client, dmitri, f"{PAGE}?period=month-2026-03")

    for said in ("€134", "€80", "Fair", "Web", "not known", "€450", "€225", "never", "agrees with Profitability to the cent", "€320.00"):
        assert said in page


def test_profitability_leads_there_with_its_period_and_clients(client: Browser, dmitri: User, seven: Seven, web: Source) -> None:
    page = opened(client, dmitri, f"{reverse('scoring:profitability')}?period=month-2026-03&source={web.pk}")
    assert f'href="{PAGE}?period=month-2026-03&amp;source={web.pk}"' in page


def test_some_clients_are_reckoned_alone_without_campaigns(client: Browser, dmitri: User, seven: Seven, fair: Source) -> None:
    page = opened(client, dmitri, f"{PAGE}?period=month-2026-03&source={fair.pk}")

    assert "Campaigns are spent on nobody in particular" in page
    assert "€150" in page  # 80 + 20 of A, 50 of D
    assert "agrees with" not in page
    assert "not known" not in page


@pytest.mark.parametrize("period", ["rubbish", "month-2026-13", "9999-01-01_9999-12-31"])
def test_a_period_that_makes_no_sense_is_the_usual_one(client: Browser, dmitri: User, seven: Seven, period: str) -> None:
    usual = f'<option value="rolling-{company_today():%Y-%m}" selected>'
    assert usual in opened(client, dmitri, f"{PAGE}?period={period}")


def test_an_empty_ledger_says_what_to_do(client: Browser, dmitri: User) -> None:
    assert "Nobody was won in this period, and nobody bought" in opened(client, dmitri)


def test_campaigns_that_won_nobody_are_told_all_the_same(client: Browser, dmitri: User, fair: Source) -> None:
    cost(None, 300, company_today(), category="campaigns", source=fair)
    rollup.refresh_all()
    page = opened(client, dmitri)
    assert "nobody won" in page
    assert "€300 missing" in page


@pytest.mark.parametrize("who", ["anna", "eve"])
def test_nobody_but_management_sees_it(client: Browser, request: pytest.FixtureRequest, seven: Seven, who: str) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(PAGE).status_code == 403
    assert client.post(EXPORT, {"format": "csv"}).status_code == 403


def test_managers_who_see_profit_of_their_own_do_not_see_it(client: Browser, anna: User, seven: Seven) -> None:
    from sales.models import LedgerSettings

    LedgerSettings.objects.update_or_create(defaults={"managers_see_profit": True})
    client.force_login(anna)
    assert client.get(PAGE).status_code == 403


def test_hostile_names_of_sources_are_text(client: Browser, dmitri: User, seven: Seven, fair: Source) -> None:
    Source.objects.filter(pk=fair.pk).update(name="</script><script>alert(1)</script>{{ 7*7 }}")
    page = opened(client, dmitri, f"{PAGE}?period=month-2026-03")
    assert "<script>alert" not in page
    assert "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page


def test_the_table_leaves_as_csv_and_xlsx_and_that_is_noted(client: Browser, dmitri: User, seven: Seven, fair: Source) -> None:
    Source.objects.filter(pk=fair.pk).update(name='=HYPERLINK("x")')
    client.force_login(dmitri)
    address = f"{EXPORT}?period=month-2026-03"

    text = b"".join(client.post(address, {"format": "csv"}).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(StringIO(text)))
    assert rows[1][:8] == ['\'=HYPERLINK("x")', "2", "2", "300.00", "100.00", "50.00", "450.00", "225.00"]
    assert rows[-1][0] == "All sources"
    assert rows[-1][6] == "535.00"

    book = load_workbook(BytesIO(b"".join(client.post(address, {"format": "xlsx"}).streaming_content)))  # type: ignore[attr-defined]
    assert book.active is not None
    first = book.active["A2"]
    assert (first.value, first.data_type) == ('=HYPERLINK("x")', "s")
    assert [(one.page, one.file_format, one.user) for one in ExportLog.objects.order_by("pk")] == [
        ("new-and-repeat", "csv", dmitri),
        ("new-and-repeat", "xlsx", dmitri),
    ]


@pytest.mark.parametrize("count", [1, 12])
def test_the_page_asks_the_same_queries_however_many_clients_and_sources(
    client: Browser, dmitri: User, anna: User, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        source = Source.objects.create(name=f"Source {number}")
        sale(register(anna, full_name=f"Client {number}", source=source.pk), 100, company_today())
        cost(None, 5, company_today(), category="campaigns", source=source)
    rollup.refresh_all()
    opened(client, dmitri)
    with django_assert_max_num_queries(16):
        assert "Source 0" in client.get(PAGE).content.decode()
    assert ClientMonth.objects.exists()
