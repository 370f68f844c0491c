"""What the list exports, the importer takes back into the same fields: every client unchanged."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import translation
from openpyxl import load_workbook

from accounts.models import User
from clients.imports import mapping
from clients.imports.kinds import kind_named
from clients.models import Client, CustomField, Industry, LineOfBusiness, Source
from clients.services import custom_fields, register_client
from tests.clients.imports.conftest import Importing, figures

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "fr", "ru"]

# What the list calls its columns, and where each belongs; the rest is worked out and comes back nowhere.
BELONG = {
    "name": ["full_name", "short_name", "city"],
    "lifecycle": ["lifecycle"],
    "kind": ["kind"],
    "role": ["roles"],
    "manager": ["manager"],
    "phone": ["phones"],
    "email": ["emails"],
    "source": ["source"],
    "industry": ["industry"],
    "line_of_business": ["line_of_business"],
    "tax_number": ["tax_number"],
    "external_id": ["external_id"],
    "address": ["address"],
    "postal_code": ["postal_code"],
    "region": ["region"],
    "country": ["country"],
    "website": ["website"],
    "former_names": ["former_names"],
    "birth_date": ["birth_date"],
}


@pytest.fixture(autouse=True)
def _fields(admin: User) -> None:
    for label, kind in [
        ("Discount, %", "number"),
        ("Audited", "date"),
        ("Exclusive", "boolean"),
        ("Price list", "choice"),
        ("Yard", "text"),
        # These go by the name of another column: built in, not to be imported, one that the importer takes for another, twice.
        ("Region", "text"),
        ("Registered", "date"),
        ("Notes", "text"),
        ("Склад", "text"),
        ("склад", "text"),
    ]:
        custom_fields.add_custom_field(user=admin, label=label, kind=kind, choices=["Standard", "Partner"] if kind == "choice" else [])


@pytest.fixture
def registry(admin: User, dmitri: User, anna: User, clara: User, source: Source) -> list[Client]:
    """Clients with something in every column, some of it awkward."""
    industry, line = Industry.objects.create(name="Flowers"), LineOfBusiness.objects.create(name="Bulbs, seeds")
    rows: list[dict[str, Any]] = [
        {
            "full_name": "ООО «Ромашка»",
            "short_name": "Ромашка",
            "former_names": "Василёк; Roma",
            "kind": "organisation",
            "is_supplier": True,
            "lifecycle": "current",
            "tax_number": "7707083893",
            "country": "RU",
            "region": "Тверская область",
            "city": "Тверь",
            "address": "ул. Мира, 5",
            "postal_code": "170100",
            "phones": ["+74822331122", "+79215550142"],
            "emails": ["a@r.example", "b@r.example"],
            "website": "https://r.example/?a=1,2",
            "industry": industry.pk,
            "line_of_business": line.pk,
            "manager": anna.pk,
            "custom": {"discount": -12.5, "audited": "2026-01-31", "exclusive": False, "price_list": "Partner", "yard": "=1+1"},
        },
        {
            "full_name": "=Anna-Maria O’Neil",
            "kind": "person",
            "lifecycle": "former",
            "birth_date": "1900-02-28",
            "postal_code": "01067",
            "country": "FR",
            "manager": clara.pk,
            "custom": {
                "discount": 123456789.123456,
                "exclusive": True,
                "yard": "'-tje",
                "region": "South",
                "registered": "2020-02-29",
                "notes": "=x",
                "sklad": "A",
                "sklad_2": "B",
            },
        },
        {"full_name": "'=Odd & Sons", "kind": "organisation", "custom": {"discount": 0, "yard": "1e5"}},
    ]
    return [
        register_client(user=dmitri, data={"external_id": f"00{number}", "is_customer": True, "source": source.pk, **row})
        for number, row in enumerate(rows, 1)
    ]


def exported(browser: Browser, user: User, file_format: str, language: str) -> bytes:
    """Return the file of all columns of the whole list, as `user` gets it in `language`."""
    User.objects.filter(pk=user.pk).update(language=language)
    browser.force_login(user)
    answer = browser.post("/clients/list/export/", {"go": "1", "file_format": file_format, "which": "all", "all": "1", "state": ""})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(content: bytes) -> list[list[str]]:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


READ: dict[str, Callable[[bytes], list[list[str]]]] = {"csv": read_csv, "xlsx": read_xlsx}


def guessed(rows: list[list[str]]) -> dict[str, list[str]]:
    kind = kind_named("clients")
    assert kind is not None
    return mapping.guess(kind, rows[0], rows[1:])


def headings(rows: list[list[str]]) -> Iterator[tuple[str, str]]:
    """Yield (heading, field) of what belongs somewhere, in the order of the list's columns."""
    from clients.tables import ClientTable

    taken = iter(rows[0])
    for name, column in ClientTable.base_columns.items():
        fields = BELONG.get(name, [])
        for number, _export in enumerate(column.exports):
            heading = next(taken)
            if number < len(fields):
                yield heading, fields[number]


@pytest.mark.parametrize("theirs", LANGUAGES)
@pytest.mark.parametrize("ours", LANGUAGES)
def test_each_column_is_known_by_its_heading_in_any_language(
    client: Browser, dmitri: User, registry: list[Client], ours: str, theirs: str
) -> None:
    rows = read_csv(exported(client, dmitri, "csv", theirs))
    with translation.override(ours):
        found = guessed(rows)
    own = {f"custom.{field.key}": field for field in CustomField.objects.all()}
    assert {name: where for name, where in found.items() if name not in own} == {field: [heading] for heading, field in headings(rows)}
    assert {name: where[0].split(" (")[0] for name, where in found.items() if name in own} == {
        name: field.label for name, field in own.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_of_all_columns_comes_back_unchanged(
    client: Browser, dmitri: User, registry: list[Client], importing: Importing, file_format: str, language: str
) -> None:
    content = exported(client, dmitri, file_format, language)
    before = list(Client.objects.order_by("pk").values())
    with translation.override("ru" if language == "fr" else language):
        found = guessed(READ[file_format](content))
        run = importing(content, name=f"clients.{file_format}", mapping=found, match="external_id", defaults={})
    assert run.reasons == []
    assert figures(run) == {"unchanged": len(registry)}
    assert list(Client.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_fills_an_empty_registry_with_the_same_clients(
    client: Browser, dmitri: User, registry: list[Client], importing: Importing, file_format: str, language: str
) -> None:
    content = exported(client, dmitri, file_format, language)
    facts = ["external_id", "kind", "full_name", "custom", *("is_customer", "is_supplier", "phones", "emails", "birth_date", "country")]
    facts += ["postal_code", "region", "website", "former_names", "address", "manager", "source", "industry", "lifecycle"]
    before = list(Client.objects.order_by("external_id").values(*facts))
    Client.objects.update(external_id="", tax_number="", emails=[], phones=[], archived_at="2026-01-01T00:00Z", full_name="Gone")
    run = importing(content, name=f"clients.{file_format}", mapping=guessed(READ[file_format](content)), match="", defaults={})
    assert run.reasons == []
    assert list(Client.objects.filter(archived_at=None).order_by("external_id").values(*facts)) == before


def test_what_is_offered_no_longer_stands_when_it_is_said_again(
    client: Browser, dmitri: User, anna: User, clara: User, registry: list[Client], importing: Importing
) -> None:
    Source.objects.update(retired=True)
    Industry.objects.update(retired=True)
    User.objects.filter(pk=anna.pk).update(is_active=False)
    User.objects.filter(pk=dmitri.pk).update(full_name=clara.full_name)  # somebody of the same name
    content = exported(client, dmitri, "csv", "en")
    run = importing(content, mapping=guessed(read_csv(content)), match="external_id", defaults={})
    assert (run.reasons, run.missing) == ([], {})
    assert figures(run) == {"unchanged": len(registry)}


def test_a_retired_name_is_refused_for_others_and_not_offered_to_be_added(
    dmitri: User, registry: list[Client], importing: Importing
) -> None:
    Industry.objects.update(retired=True)
    rows = [["Own id", "Industry"], ["002", "Flowers"]]
    run = importing(rows, mapping={"external_id": ["Own id"], "industry": ["Industry"]}, match="external_id", defaults={})
    assert [(field, code, number) for field, code, _message, number in run.reasons] == [("Industry", "choice", 1)]
    assert run.missing == {}
