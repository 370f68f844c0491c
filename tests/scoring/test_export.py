"""The page of profitability as a file."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import typst
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from accounts.models import AuditEntry, Company, User
from clients.models import Client
from sales import rollup
from sales.periods import company_today
from scoring import reports
from scoring.models import ProfitReport, ProfitSettings
from scoring.paper import press, typeset
from scoring.paper.axes import axis
from tests.clients.registry import register
from tests.sales.ledger import cost, pool, sale
from ui.lists.page import title_of
from ui.models import ExportLog

EXPORT = reverse("scoring:export")
HOSTILE = [
    '=HYPERLINK("http://evil.example")',
    "#let x = 1 #panic()",
    "*bold* _it_ $a^2$ <label> @ref",
    "\\ \"q\" 'x' // c /* d */ `raw`",
    "#N/A",
    "{number} %(lost)s",
    "+7 (495)\n-1",
    "Ж" * 200,
]


@pytest.fixture
def clients(anna: User) -> list[Client]:
    """An angel, one between and a demon, this month and the one before."""
    today = company_today()
    clients = [register(anna, full_name=name) for name in ("Angel & Co", "Between Ltd", "Демон «Œuvre»")]
    for client, profit in zip(clients, (500, 50, -200), strict=True):
        sale(client, 1000, today, direct_cost=1000 - profit)
    cost(clients[2], 100, today)
    pool(30, "orders", month=today.replace(day=1))
    sale(clients[0], 800, today.replace(day=1) - timedelta(days=1), direct_cost=900)
    rollup.refresh_all()
    return clients


def month() -> str:
    return f"{EXPORT}?period=month-{company_today():%Y-%m}"


def exported(browser: Browser, user: User, file_format: str, address: str = "", **data: Any) -> Any:
    browser.force_login(user)
    answer = browser.post(address or month(), {"format": file_format, **data})
    assert answer.status_code == 200, answer
    return answer


def book_of(answer: Any) -> Workbook:
    return load_workbook(BytesIO(b"".join(answer.streaming_content)))


def lines(book: Workbook, title: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in book[title].iter_rows(values_only=True)]


@pytest.fixture
def papers(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is given to the press, which prints it as ever."""
    given: list[dict[str, Any]] = []

    def note(paper: dict[str, Any], **more: Any) -> bytes:
        given.append(paper)
        return press.print_pdf(paper, **more)

    monkeypatch.setattr("scoring.views.export.print_pdf", note)
    return given


# --- who ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["pdf", "xlsx"])
@pytest.mark.parametrize("name", ["anna", "boris", "clara", "eve"])
def test_who_does_not_see_profit_takes_none_out(
    client: Browser, request: pytest.FixtureRequest, clients: list[Client], name: str, file_format: str
) -> None:
    client.force_login(request.getfixturevalue(name))
    assert client.post(month(), {"format": file_format}).status_code == 403
    assert not ExportLog.objects.exists()


@pytest.mark.parametrize("name", ["dmitri", "admin"])
def test_management_and_administrators_do(client: Browser, request: pytest.FixtureRequest, clients: list[Client], name: str) -> None:
    assert b"".join(exported(client, request.getfixturevalue(name), "pdf").streaming_content).startswith(b"%PDF-1.")


def test_seeing_profit_is_not_enough(client: Browser, dmitri: User, clients: list[Client]) -> None:
    """Who may not take the registry out takes no part of it, and finds no menu for it."""
    without = [one for one in dmitri.get_all_permissions() if one != "clients.export_client"]
    dmitri.groups.clear()
    for one in without:
        app, codename = one.split(".")
        dmitri.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client.force_login(dmitri)

    assert client.post(month(), {"format": "pdf"}).status_code == 403
    assert EXPORT not in client.get(reverse("scoring:profitability")).content.decode()


def test_nothing_leaves_by_a_mere_look(client: Browser, dmitri: User, clients: list[Client]) -> None:
    client.force_login(dmitri)
    assert client.get(month()).status_code == 405
    assert not ExportLog.objects.exists()


def test_it_is_noted_who_took_what(client: Browser, dmitri: User, admin: User, clients: list[Client]) -> None:
    exported(client, dmitri, "pdf", f"{month()}&manager={clients[0].manager_id}&by=size")
    exported(client, dmitri, "xlsx")

    xlsx, pdf = ExportLog.objects.all()
    assert (pdf.page, pdf.user, pdf.file_format, pdf.rows) == ("profitability", dmitri, "pdf", 2)  # an angel and a demon
    assert "Anna Petrova" in pdf.words
    assert "by=size" in pdf.query
    assert (xlsx.file_format, xlsx.rows) == ("xlsx", 3)  # the curve names all
    entry = AuditEntry.objects.filter(action="exported").latest("pk")
    assert (entry.by, entry.details) == (dmitri, {"format": "xlsx", "rows": 3})
    client.force_login(admin)
    audit = client.get(reverse("accounts:audit")).content.decode()
    assert "PDF" in audit
    assert title_of(pdf.page) == "Profitability", "not by its key"


# --- the workbook --------------------------------------------------------------------------------------


def test_the_workbook_holds_the_figures_of_the_page(client: Browser, dmitri: User, clients: list[Client]) -> None:
    book = book_of(exported(client, dmitri, "xlsx", client=clients[2].pk))

    assert book.sheetnames == [
        "Totals", "Whale curve", "Revenue to profit", "Money of one client", "Demons and angels", "Groups", "Who moved", "Reconciliation",
    ]  # fmt: skip
    totals = {row[0]: row[1:] for row in lines(book, "Totals") if row[0]}
    assert totals["Revenue"] == (3000, 800, 2.75)
    assert totals["Company profit"] == (220, -100, None)
    assert totals["demons"][:2] == (1, 1)
    assert totals["From"][0] == datetime.combine(company_today().replace(day=1), datetime.min.time())
    curve = lines(book, "Whale curve")
    assert [row[0] for row in curve[1:]] == ["Angel & Co", "Between Ltd", "Демон «Œuvre»"]
    assert [row[5:7] for row in curve[1:]] == [(490, 490), (40, 530), (-310, 220)]
    assert lines(book, "Money of one client")[0][0] == "Демон «Œuvre»"
    assert lines(book, "Money of one client")[-1] == ("Profit", -310)
    assert [(row[0], row[3]) for row in lines(book, "Demons and angels")[1:]] == [("Демон «Œuvre»", -310), ("Angel & Co", 490)]
    assert lines(book, "Groups")[1] == ("Trade fair", 3, 3000, 220, 1)
    assert lines(book, "Who moved")[1] == ("Angel & Co", "demon", "angel", -100, 490, 590)
    assert [row[1] for row in lines(book, "Reconciliation")[1:]] == [220, 0, 0, 220, 0]


def test_money_stays_a_number_with_its_currency(client: Browser, dmitri: User, clients: list[Client]) -> None:
    sale(clients[1], Decimal("0.07"), company_today())
    rollup.refresh_all()

    cell = book_of(exported(client, dmitri, "xlsx"))["Totals"]["B2"]

    assert cell.value == 3000.07
    assert cell.number_format == '"€"#,##0.00'


def test_the_readers_language_writes_the_workbook(client: Browser, dmitri: User, clients: list[Client]) -> None:
    dmitri.language = "fr"
    dmitri.save()

    answer = exported(client, dmitri, "xlsx")

    assert "Rentabilit" in answer["Content-Disposition"]
    assert book_of(answer).worksheets[0]["B2"].number_format == '#,##0.00\\ "€"'


def test_the_chosen_clients_alone_leave(client: Browser, dmitri: User, clara: User, clients: list[Client]) -> None:
    sale(register(clara, full_name="Another's"), 10, company_today())
    rollup.refresh_all()

    book = book_of(exported(client, dmitri, "xlsx", f"{month()}&manager={clara.pk}"))

    assert [row[0] for row in lines(book, "Whale curve")[1:]] == ["Another's"]
    assert "Reconciliation" not in book.sheetnames
    assert ("Manager", "Clara Moreau") in [row[:2] for row in lines(book, "Totals")]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_never_more_than_text(client: Browser, dmitri: User, clients: list[Client], papers: list[Any], name: str) -> None:
    Client.objects.filter(pk=clients[2].pk).update(full_name=name, short_name="")
    Company.objects.update(name=name[:200])

    book = book_of(exported(client, dmitri, "xlsx"))
    exported(client, dmitri, "pdf")

    for title, column in (("Whale curve", "A4"), ("Demons and angels", "A2")):
        cell = book[title][column]
        assert (cell.value, cell.data_type) == (str(Client.objects.get(pk=clients[2].pk)), "s")
    [row] = papers[0]["lists"][0]["rows"]
    assert row[0] == " ".join(name.split("\n"))
    assert printed(papers[0]).count(row[0]) >= 2  # among the demons, and as whose money is shown


_READ = b'#show regex(".+"): it => [#metadata(it.text)<printed>#it]\n#include "/paper.typ"'


def printed(paper: dict[str, Any]) -> list[str]:
    """Return each text that stands on the pages, as typst sets it, without the places where a long word may break."""
    inputs = {"paper": json.dumps(paper)}
    compiler = typst.Compiler(_READ, root=typeset.TEMPLATE, font_paths=typst.Fonts(font_paths=[typeset.FONTS]), sys_inputs=inputs)
    return [text.replace("\u200b", "") for text in json.loads(compiler.query("<printed>", field="value"))]


# --- the paper -----------------------------------------------------------------------------------------


def test_the_paper_says_what_the_page_says(client: Browser, dmitri: User, clients: list[Client], papers: list[Any]) -> None:
    exported(client, dmitri, "pdf", f"{month()}&by=manager", client=clients[1].pk)

    [paper] = papers
    assert paper["company"] == "Kestrel Trading"
    assert [one["value"] for one in paper["totals"]] == ["€3,000", "€220", "1", "1", "1"]
    assert paper["headline"] == "2 clients earn 241\xa0% of the profit, 1 takes 141\xa0% back"
    assert paper["waterfall"]["client"] == "Between Ltd"
    assert [(one["label"], one["value"]) for one in paper["waterfall"]["steps"]][-1] == ("Profit", "€40.00")
    assert paper["way"]["title"] == "From revenue to profit of the company"
    assert [(one["label"], one["value"]) for one in paper["way"]["steps"]][-1] == ("Company profit", "€220.00")
    assert [row[0] for one in paper["lists"] for row in one["rows"]] == ["Демон «Œuvre»", "Angel & Co"]
    assert paper["groups"]["title"] == "Profit by: Manager"
    assert paper["groups"]["rows"][0][0] == "Anna Petrova"
    assert paper["moves"]["rows"][1][0] == "Angel & Co"
    assert paper["reckoning"]["sum"]["value"] == "€220.00"
    assert paper["reckoning"]["agrees"]


def test_the_paper_judges_by_the_settings_as_the_page_does(client: Browser, dmitri: User, clients: list[Client], papers: list[Any]) -> None:
    ProfitSettings.objects.update_or_create(pk=1, defaults={"angel_margin": Decimal("12.5"), "demon_below": 5, "revision": 2})

    exported(client, dmitri, "pdf")

    notes = [one["note"] for one in papers[0]["totals"]]
    assert notes[2:] == ["margin 12.5\xa0% or more", "neither", "take back €310"]


@pytest.mark.parametrize("language", ["en", "fr", "ru"])
def test_it_prints_in_each_language(client: Browser, dmitri: User, clients: list[Client], papers: list[Any], language: str) -> None:
    dmitri.language = language
    dmitri.save()

    pdf = b"".join(exported(client, dmitri, "pdf").streaming_content)

    assert papers[0]["lang"] == language
    assert "Демон «Œuvre»" in printed(papers[0])
    assert b"SeraphInter" in pdf
    assert b"pdfuaid" in pdf, "accessible: every letter has a font"


def test_it_prints_without_a_single_client(client: Browser, dmitri: User, papers: list[Any]) -> None:
    exported(client, dmitri, "pdf")
    book = book_of(exported(client, dmitri, "xlsx"))

    assert papers[0]["empty"]["title"] == "Nothing was sold in this period"
    assert len(lines(book, "Whale curve")) == 1


def test_it_prints_a_company_that_only_loses(client: Browser, dmitri: User, anna: User, papers: list[Any]) -> None:
    for number in range(3):
        sale(register(anna, full_name=f"Client {number}"), 100, company_today(), direct_cost=5000)
    rollup.refresh_all()

    exported(client, dmitri, "pdf")

    assert papers[0]["whale"]["y"]["min"] <= -14_700
    assert len(papers[0]["whale"]["knots"]) == 1


def test_what_is_not_worked_out_yet_is_no_empty_file(
    client: Browser, dmitri: User, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "AT_ONCE", -1)
    client.force_login(dmitri)

    answer = client.post(month(), {"format": "pdf"}, follow=True)

    assert "being worked out; try again in a minute" in answer.content.decode()
    assert answer.redirect_chain[0][0].startswith(reverse("scoring:profitability"))
    assert not ExportLog.objects.exists()


def test_figures_that_are_about_to_change_say_so(
    client: Browser, dmitri: User, clients: list[Client], monkeypatch: pytest.MonkeyPatch, papers: list[Any]
) -> None:
    exported(client, dmitri, "pdf")
    monkeypatch.setattr(reports, "AT_ONCE", -1)
    ProfitReport.objects.update(settings_revision=77)

    exported(client, dmitri, "pdf")

    assert [len(paper["notices"]) for paper in papers] == [0, 1]


def test_a_press_that_takes_too_long_is_stopped_and_it_is_said(
    client: Browser, dmitri: User, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scoring.views.export.print_pdf", lambda paper: press.print_pdf(paper, longest=0.01))
    client.force_login(dmitri)

    answer = client.post(month(), {"format": "pdf"}, follow=True)

    assert "could not be set as PDF" in answer.content.decode()
    assert not ExportLog.objects.exists()


def test_a_paper_that_lacks_something_is_refused() -> None:
    with pytest.raises(press.NotPrintedError):
        press.print_pdf({"title": "alone"})


def test_another_clients_number_is_not_found(client: Browser, dmitri: User, clients: list[Client]) -> None:
    client.force_login(dmitri)
    assert client.post(month(), {"format": "pdf", "client": "999999"}).status_code == 404
    assert client.post(month(), {"format": "pdf", "client": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("month-2026-02", "2026-02"),
        ("quarter-2026-2", "2026-Q2"),
        ("year-2025", "2025"),
        ("rolling-2026-02", "2025-03_2026-02"),
        ("2026-01-05_2026-02-10", "2026-01-05_2026-02-10"),
    ],
)
def test_a_file_is_named_for_company_and_period(client: Browser, dmitri: User, clients: list[Client], period: str, said: str) -> None:
    Company.objects.update(name='Kestrel "Ltd"/../Trading')
    answer = exported(client, dmitri, "xlsx", f"{EXPORT}?period={period}")
    assert answer["Content-Disposition"] == f'attachment; filename="Kestrel-Ltd-Trading-Profitability-{said}.xlsx"'


@pytest.mark.parametrize("file_format", ["pdf", "xlsx"])
def test_the_queries_do_not_grow_with_clients(client: Browser, dmitri: User, anna: User, file_format: str) -> None:
    asked = []
    for number in range(4):
        sale(register(anna, full_name=f"Client {number}"), 100, company_today(), direct_cost=50 if number % 2 else 150)
        rollup.refresh_all()
        exported(client, dmitri, file_format)
        with CaptureQueriesContext(connection) as queries:
            client.post(month(), {"format": file_format})
        asked.append(len(queries))
    assert asked[3] <= asked[1] + 1  # with the first angel comes the look at its money
    assert asked[3] < 60


@pytest.mark.parametrize(("low", "high"), [(0, 133.1), (-6670, 84200), (0, 0), (-3, -3), (0, 0.004), (-1e9, 12)])
def test_an_axis_holds_what_it_is_for_in_few_round_ticks(low: float, high: float) -> None:
    made = axis(low, high, str)
    assert made["min"] <= low <= high <= made["max"]
    assert 2 <= len(made["ticks"]) <= 8
