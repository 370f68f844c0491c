"""The pages of the importer offer the kinds of rows that one may import, and show nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from clients.imports import starting
from clients.models import Client, ImportProfile, ImportRun
from tests.clients.imports.files import csv_bytes
from tests.sales.imports.conftest import Importing

pytestmark = pytest.mark.django_db
ROWS = [["Number", "Date", "Customer ID", "Amount"], ["S-1", "2026-03-10", "C-1", "10"]]


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "wake", lambda run_id: None)


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def registrar(eve: User) -> User:
    """Eve, who may import clients and nothing of the ledger."""
    registrars = Group.objects.create(name="Registrars")
    registrars.permissions.add(Permission.objects.get(content_type__app_label="clients", codename="import_client"))
    eve.groups.add(registrars)
    return eve


def upload(browser: Browser, **more: Any) -> Any:
    return browser.post(reverse("imports:upload"), {"file": SimpleUploadedFile("sales.csv", csv_bytes(ROWS)), **more})


def test_sales_are_uploaded_as_sales(dmitri: User, acme: Client) -> None:
    browser = signed_in(dmitri)
    assert "Sales or purchases" in browser.get(reverse("imports:list")).content.decode()
    answer = upload(browser, kind="sales")
    run = ImportRun.objects.get()
    assert (run.kind, answer.url) == ("sales", reverse("imports:columns", args=[run.pk]))
    assert set(run.mapping) == {"number", "day", "client_own_id", "amount"}
    page = browser.get(answer.url).content.decode()
    assert "Rows without a client" in page
    assert "A document is known by its number" in page
    assert "If a row is about a client" not in page
    said = {f"column_{place}": name for place, name in enumerate(["number", "day", "client_own_id", "amount"])}
    answer = browser.post(
        str(answer.url), {**said, "set_currency": "EUR", "set_kind": "sale", "set_without_client": "keep", "save_as": "Shop"}
    )
    run.refresh_from_db()
    assert answer["Location"] == reverse("imports:show", args=[run.pk])
    assert (run.state, run.defaults) == ("trying", {"without_client": "keep", "kind": "sale", "currency": "EUR"})
    assert ImportProfile.objects.get().kind == "sales"


def test_what_is_set_for_all_rows_is_checked(dmitri: User, acme: Client) -> None:
    browser = signed_in(dmitri)
    url = upload(browser, kind="sales").url
    page = browser.post(url, {"column_0": "number", "set_currency": "E1"})
    assert page.status_code == 422
    assert "three letters" in page.content.decode()


def test_who_may_not_import_the_ledger_sees_nothing_of_its_imports(
    registrar: User, dmitri: User, importing: Importing, acme: Client
) -> None:
    run = importing(ROWS)
    ImportProfile.objects.create(name="Shop", kind="sales", mapping={"number": ["Number"]}, created_by=dmitri)
    browser = signed_in(registrar)
    answer = browser.get(reverse("imports:list"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "ledger.csv" not in page
    assert "Shop" not in page
    assert "Sales or purchases" not in page
    for name in ("show", "columns", "undo", "refused", "refused_rows"):
        assert browser.get(reverse(f"imports:{name}", args=[run.pk])).status_code == 404
    assert browser.post(reverse("imports:forget_profile", args=[ImportProfile.objects.get().pk])).status_code == 404
    assert upload(browser, kind="sales").status_code == 422
    assert ImportRun.objects.count() == 1


def test_the_undo_page_counts_rows_and_names_documents(dmitri: User, importing: Importing, acme: Client) -> None:
    run = importing([*ROWS, ["S-1", "2026-03-10", "C-1", "20"], ["S-2", "2026-03-10", "C-1", "30"]])
    page = signed_in(dmitri).get(reverse("imports:undo", args=[run.pk])).content.decode()
    assert "3 rows can be taken back" in page
    assert "What the import added goes" in page
