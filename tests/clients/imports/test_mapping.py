"""Columns find their fields by their names, in three languages."""

from __future__ import annotations

import pytest

from clients.imports import mapping, starting
from clients.imports.client_rows.kind import ClientKind
from clients.imports.kinds import ImportKind, kind_named
from clients.models import CustomField, ImportProfile
from tests.clients.imports.conftest import Importing

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind() -> ImportKind:
    found = kind_named("clients")
    assert isinstance(found, ClientKind)
    return found


def guessed(kind: ImportKind, *header: str, cells: list[str] | None = None) -> dict[str, list[str]]:
    return mapping.guess(kind, header, [cells or [""] * len(header)])


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("ResellerKey", "external_id"), ("CustomerID", "external_id"), ("Customer No.", "external_id"), ("Код клиента", "external_id"),
        ("N° client", "external_id"), ("ResellerName", "full_name"), ("Company Name", "full_name"), ("Raison sociale", "full_name"),
        ("Полное наименование", "full_name"), ("Контрагент", "full_name"), ("BusinessType", "industry"), ("Secteur d'activité", "industry"),
        ("Сфера деятельности", "industry"), ("StateProvinceName", "region"), ("Область", "region"), ("Country_Region", "country"),
        ("Pays", "country"), ("ИНН", "tax_number"), ("SIRET", "tax_number"), ("VAT number", "tax_number"), ("E-mail", "emails"),
        ("EMAIL_ADDRESS", "emails"), ("Эл. почта", "emails"), ("Courriel", "emails"), ("Tél.", "phones"), ("Mobile phone", "phones"),
        ("Телефон", "phones"), ("Phone 2", "phones"), ("Site Web", "website"), ("Сайт компании", "website"), ("Code postal", "postal_code"),
        ("ZIP", "postal_code"), ("Город", "city"), ("Ville", "city"), ("Lead source", "source"), ("Источник", "source"),
        ("Account owner", "manager"), ("Ответственный", "manager"), ("Chargé de compte", "manager"),
        ("Contact person", "contact.full_name"),
        ("Контактное лицо", "contact.full_name"), ("Contact phone", "contact.phones"), ("Телефон контактного лица", "contact.phones"),
        ("Téléphone du contact", "contact.phones"), ("Contact e-mail", "contact.emails"), ("Job title", "contact.position"),
        ("Должность", "contact.position"), ("Contact 2 phone", "contact_2.phones"), ("Telephon", "phones"), ("Комментарий", "stands_now"),
        ("Date of birth", "birth_date"), ("Numer of employees", "employees"),
    ],
)  # fmt: skip
def test_a_heading_is_known(kind: ImportKind, heading: str, field: str) -> None:
    assert guessed(kind, heading) == {field: [heading]}


@pytest.mark.parametrize("heading", ["Foo", "Q3 budget", "Why refused", "Motif du refus", "Почему отклонено", "Column 7", "x"])
def test_a_strange_heading_is_left_out(kind: ImportKind, heading: str) -> None:
    assert guessed(kind, heading) == {}


def test_a_name_that_says_little_is_guessed_only_when_its_cells_fit(kind: ImportKind) -> None:
    assert guessed(kind, "Type", cells=["физ. лицо"]) == {"kind": ["Type"]}
    assert guessed(kind, "Type", cells=["A-12"]) == {}
    assert guessed(kind, "State", cells=["Washington"]) == {"region": ["State"]}
    assert guessed(kind, "State", cells=["active"]) == {"lifecycle": ["State"]}


def test_a_column_of_yes_and_no_says_who_is_a_customer_and_who_a_supplier(kind: ImportKind) -> None:
    fields = {"full_name": ["Название"], "is_customer": ["Клиент"], "is_supplier": ["Поставщик"]}
    assert guessed(kind, "Название", "Клиент", "Поставщик", cells=["ООО «Ромашка»", "да", "нет"]) == fields
    assert guessed(kind, "is_customer", "is_supplier", cells=["yes", "0"]) == {
        "is_customer": ["is_customer"],
        "is_supplier": ["is_supplier"],
    }
    assert guessed(kind, "Клиент", cells=["ООО «Ромашка»"]) == {"full_name": ["Клиент"]}
    assert guessed(kind, "Supplier", cells=["Acme Ltd"]) == {}


def test_first_and_last_names_are_the_contact_of_a_company_and_the_name_of_a_person(kind: ImportKind) -> None:
    assert guessed(kind, "Company", "First name", "Last name", "Phone") == {
        "full_name": ["Company"],
        "contact.full_name": ["First name", "Last name"],
        "phones": ["Phone"],
    }
    assert guessed(kind, "Фамилия", "Имя", "Отчество") == {"full_name": ["Фамилия", "Имя", "Отчество"]}
    assert guessed(kind, "Prénom", "Nom") == {"full_name": ["Prénom", "Nom"]}
    assert guessed(kind, "Name", "Contact") == {"full_name": ["Name"], "contact.full_name": ["Contact"]}


def test_a_field_of_ones_own_is_known_by_its_label_and_key(kind: ImportKind) -> None:
    CustomField.objects.create(key="shop_size", label="Площадь магазина", kind="number")
    assert guessed(kind, "Площадь магазина") == {"custom.shop_size": ["Площадь магазина"]}
    assert guessed(kind, "Shop size") == {"custom.shop_size": ["Shop size"]}


def test_a_mapping_is_remembered_for_files_with_these_headings(importing: Importing, dmitri: object) -> None:
    from django.core.files.base import ContentFile

    from accounts.models import User
    from tests.clients.imports.files import csv_bytes

    user = User.objects.get(username="dmitri")

    def upload(*header: str) -> dict[str, list[str]]:
        file = ContentFile(csv_bytes([list(header), ["x"] * len(header)]), "x.csv")
        run = starting.upload(user=user, file=file, file_name="x.csv")
        found: dict[str, list[str]] = run.mapping
        return found

    run = importing([["Aaa", "Bbb"], ["1", "A"]], mapping={"external_id": ["Aaa"], "full_name": ["Bbb"]}, dry_run=True)
    starting.map_columns(user=user, run_id=run.pk, mapping=run.mapping, defaults=run.defaults, match="external_id", save_as="odd names")
    assert ImportProfile.objects.get().name == "odd names"
    assert upload("BBB", "aaa", "City") == {"external_id": ["aaa"], "full_name": ["BBB"]}
    assert upload("BBB", "City") == {"city": ["City"]}
