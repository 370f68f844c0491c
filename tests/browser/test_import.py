"""Importing in a real browser: the whole way of a file, real data of other people, and every page in every look."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.imports import running, starting
from clients.models import Client, ImportRun, Industry, Source
from tests.browser.conftest import Watch, every_look
from tests.clients.imports.files import csv_bytes, csv_file
from tests.clients.registry import register

pytestmark = pytest.mark.usefixtures("import_worker")
SignIn = Callable[[User], User]
SHARED = Path(os.environ.get("SERAPH_SHARED_DATA") or Path(django_settings.BASE_DIR).parent / "shared" / "data")


@pytest.fixture
def source(company: Any) -> Source:
    return Source.objects.create(name="Trade fair", targeted=True)


def upload(page: Page, path: Path) -> None:
    page.goto("/imports/")
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Upload and look into it").click()


def set_for_all(page: Page, **settings: str) -> None:
    page.get_by_role("group", name="Customer or supplier").get_by_text(settings.get("roles", "customer"), exact=True).click()
    page.get_by_label("Source", exact=True).last.select_option(label=settings.get("source", "Trade fair"))


def figure(page: Page, name: str) -> Any:
    return page.locator(".stat", has=page.get_by_text(name, exact=True)).locator(".v")


def test_a_file_is_mapped_tried_written_and_taken_back(page: Page, signed_in: SignIn, admin: User, source: Source, tmp_path: Path) -> None:
    signed_in(admin)
    rows = [["Компания", "Почта", "Отрасль"], ["Ромашка", "a@r.example", "Цветы"], ["Щука", "no", "Рыба"]]
    upload(page, csv_file(tmp_path, rows, encoding="cp1251", name="Клиенты.csv"))
    expect(page.locator(".top .sub")).to_have_text("Клиенты.csv")
    expect(page.get_by_text("3 of 3 recognised")).to_be_visible()
    expect(page.get_by_label("Encoding")).to_have_value("cp1251")
    set_for_all(page)
    page.get_by_role("button", name="Try it out").click()

    expect(page.get_by_role("heading", name="Trial finished: nothing is written yet")).to_be_visible()
    expect(figure(page, "Refused")).to_have_text("2")
    page.get_by_role("button", name="Add these and try again").click()
    expect(figure(page, "New")).to_have_text("1")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download with reasons").click()
    assert download.value.suggested_filename == "Клиенты refused.csv"
    assert "Write the e-mail" in Path(download.value.path()).read_text("utf-8-sig")

    page.get_by_role("button", name="Write 1 row").click()
    expect(page.get_by_role("heading", name="Imported")).to_be_visible()
    assert Client.objects.get().industry == Industry.objects.get(name="Цветы")

    page.get_by_role("link", name="Undo this import…").click()
    page.get_by_role("button", name="Take back 1 row").click()
    expect(page.get_by_role("heading", name="Undone")).to_be_visible()
    assert not Client.objects.exists()


@every_look
def test_rows_that_look_like_a_client_are_added_anyway_once_somebody_says_why(
    page: Page, signed_in: SignIn, admin: User, source: Source, tmp_path: Path, axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    register(admin, full_name="Guérin", emails=["info@chain.example"])
    signed_in(admin)
    upload(page, csv_file(tmp_path, [["Name", "E-mail"], ["Guérin Lyon", "info@chain.example"]]))
    set_for_all(page)
    page.get_by_label("If a row is about a client").select_option("")
    reason = page.get_by_label("Why they are other clients")
    expect(reason).to_be_hidden()
    page.get_by_text("are added anyway").click()
    reason.fill("Branches that share a mailbox")
    axe()
    shot("import-anyway", full_page=True)
    page.get_by_role("button", name="Try it out").click()
    expect(page.get_by_role("heading", name="Trial finished: nothing is written yet")).to_be_visible()
    expect(figure(page, "New")).to_have_text("1")
    expect(page.get_by_text("are added: Branches that share a mailbox")).to_be_visible()
    axe()
    shot("import-anyway-tried")


def test_a_file_that_is_no_table_is_refused_where_it_was_chosen(
    page: Page, signed_in: SignIn, admin: User, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("422")
    signed_in(admin)
    (tmp_path / "setup.csv").write_bytes(b"MZ\x90\x00" + bytes(500))
    upload(page, tmp_path / "setup.csv")
    expect(page.locator("#errors")).to_contain_text("This is not a table. Upload a CSV or XLSX file.")
    expect(page.locator("#errors")).to_be_focused()


def test_a_file_that_is_too_large_is_not_even_sent(page: Page, signed_in: SignIn, admin: User, tmp_path: Path, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 1_000_000
    signed_in(admin)
    (tmp_path / "big.csv").write_bytes(b"Name\n" + b"x\n" * 600_000)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    upload(page, tmp_path / "big.csv")
    message = page.get_by_label("File", exact=True).evaluate("input => input.validationMessage")
    assert message == "This file is larger than 1 MB. Split it into several files."
    assert not sent


def imported(page: Page, path: Path, **settings: str) -> None:
    upload(page, path)
    set_for_all(page, **settings)
    page.get_by_role("button", name="Try it out").click()
    expect(page.get_by_role("heading", name="Trial finished: nothing is written yet")).to_be_visible(timeout=60_000)


def needs(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no shared data: {'/'.join(parts)} is not under SERAPH_SHARED_DATA or ../shared/data")
    return path


def test_the_resellers_of_a_bicycle_maker(page: Page, signed_in: SignIn, admin: User, source: Source, tmp_path: Path) -> None:
    path = needs("adventureworks", "Resellers.csv")
    signed_in(admin)
    imported(page, path)
    expect(page.get_by_text("Industry: add 4 names to the list")).to_be_visible()
    page.get_by_role("button", name="Add these and try again").click()
    expect(figure(page, "New")).to_have_text("701", timeout=60_000)
    page.get_by_role("button", name="Write 701 rows").click()
    expect(page.get_by_role("heading", name="Imported")).to_be_visible(timeout=60_000)
    assert Client.objects.count() == 701
    assert Client.objects.get(external_id="1").region == "Washington"

    page.goto("/clients/?q=bike+store")
    expect(page.get_by_role("link", name="A Bike Store", exact=True)).to_be_visible()
    page.goto("/clients/?city=Seattle&columns=name,city,region,country")
    expect(page.get_by_role("row")).to_have_count(1 + Client.objects.filter(city="Seattle").count())
    expect(page.get_by_role("row", name="A Bike Store")).to_contain_text("Washington")
    expect(page.get_by_role("row", name="A Bike Store")).to_contain_text("United States")

    page.goto("/clients/")
    page.get_by_role("button", name="Export").first.click()
    page.get_by_role("dialog").get_by_text("CSV").click()
    page.get_by_role("dialog").get_by_role("group", name="Columns").get_by_text("all", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "exported.csv")
    with (tmp_path / "exported.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for _row in csv.reader(file)) == 702

    for again in (tmp_path / "exported.csv", path):
        imported(page, again)
        expect(page.get_by_text("701 unchanged")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("there is nothing to write")).to_be_visible()


def test_the_customers_of_a_wholesaler(page: Page, signed_in: SignIn, admin: User, source: Source, tmp_path: Path) -> None:
    lines = needs("online_retail", "online_retail_2010_2011.csv.gz")
    customers: dict[str, str] = {}
    with gzip.open(lines, "rt", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["CustomerID"]:
                customers.setdefault(line["CustomerID"].removesuffix(".0"), line["Country"])
    assert len(customers) == 4372
    rows = ([key, f"Customer {key}", country] for key, country in customers.items())
    path = csv_file(tmp_path, [["CustomerID", "Name", "Country"], *rows])
    signed_in(admin)
    imported(page, path)
    expect(figure(page, "New")).to_have_text("4,372")
    page.get_by_role("button", name="Write 4,372 rows").click()
    expect(page.get_by_role("heading", name="Imported")).to_be_visible(timeout=90_000)
    assert Client.objects.filter(country="GB").count() > 3000

    before = list(Client.objects.order_by("pk").values_list("pk", "version", "updated_at"))
    imported(page, path)
    expect(page.get_by_text("4,372 unchanged")).to_be_visible()
    assert list(Client.objects.order_by("pk").values_list("pk", "version", "updated_at")) == before


LONG = "Выгрузка контрагентов из 1С за ноябрь 2026 (окончательная, проверено бухгалтерией) – копия (3) – исправлено.csv"


@pytest.fixture
def runs(admin: User, source: Source, monkeypatch: pytest.MonkeyPatch) -> dict[str, ImportRun]:
    """One import in every state, with names and cells that try the pages."""
    monkeypatch.setattr(starting, "wake", running.work_on)
    defaults = {"kind": "organisation", "roles": "customer", "source": source.pk}

    def start(rows: list[list[str]], name: str, **options: Any) -> ImportRun:
        file = ContentFile(csv_bytes(rows), name)
        run = starting.start_import(user=admin, file=file, file_name=name, defaults=defaults, **options)
        return ImportRun.objects.get(pk=run.pk)

    ugly = [
        ["Наименование", "Почта", "Отрасль", "Комментарий"],
        *([f"ООО «Ромашка № {number}»", f"a{number}@r.example" if number % 3 else "нет", "Цветы", "x" * 300] for number in range(40)),
    ]
    wide = [["Company", *(f"Довольно длинный заголовок колонки {number}" for number in range(60))], ["A", *(["значение"] * 60)]]
    writing = start(ugly[:3], "ledger.csv", dry_run=True)
    writing.state, writing.share, writing.read, writing.rows, writing.added = "writing", 62, 31_004, 50_000, 28_117
    writing.worked_at = writing.started_at = timezone.now()
    writing.save()
    return {
        "columns": starting.upload(user=admin, file=ContentFile(csv_bytes(wide), "wide.csv"), file_name="wide.csv"),
        "tried": start(ugly, LONG, dry_run=True),
        "done": start([["Id", "Name"], ["1", "A"], ["2", ""]], "one refused.csv"),
        "writing": writing,
    }


@every_look
def test_every_page_of_the_importer_stands_in_every_look(
    page: Page, signed_in: SignIn, admin: User, runs: dict[str, ImportRun], axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    signed_in(admin)
    for name, url in (
        ("imports", "/imports/"),
        ("import-columns", f"/imports/{runs['columns'].pk}/columns/"),
        ("import-tried", f"/imports/{runs['tried'].pk}/"),
        ("import-refused", f"/imports/{runs['tried'].pk}/refused/rows/"),
        ("import-writing", f"/imports/{runs['writing'].pk}/"),
        ("import-done", f"/imports/{runs['done'].pk}/"),
        ("import-undo", f"/imports/{runs['done'].pk}/undo/"),
    ):
        page.goto(url)
        expect(page.locator("h1")).to_be_visible()
        axe()
        shot(name, full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{url} is wider than the screen"
