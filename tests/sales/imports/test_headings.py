"""Which field a column of the ledger's files goes into, by its heading."""

from __future__ import annotations

import pytest

from clients.imports.kinds import kind_named
from clients.imports.mapping import guess

pytestmark = pytest.mark.django_db


def guessed(kind: str, *headings: str, cells: list[str] | None = None) -> dict[str, list[str]]:
    found = kind_named(kind)
    assert found is not None
    return guess(found, headings, [cells or ["1"] * len(headings)])


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("InvoiceNo", "number"), ("SalesOrderNumber", "number"), ("N° facture", "number"), ("Номер документа", "number"),
        ("OrderDate", "day"), ("InvoiceDate", "day"), ("Date de facture", "day"), ("Дата", "day"),
        ("CustomerID", "client_own_id"), ("ResellerKey", "client_own_id"), ("Code client", "client_own_id"),
        ("Код контрагента", "client_own_id"), ("Customer", "client_name"), ("Контрагент", "client_name"), ("Raison sociale", "client_name"),
        ("ИНН", "client_tax_number"), ("SIRET", "client_tax_number"), ("Номер в реестре", "client_number"),
        ("StockCode", "product"), ("Description", "product"), ("Номенклатура", "product"), ("Désignation", "product"),
        ("Quantity", "quantity"), ("OrderQuantity", "quantity"), ("Кол-во", "quantity"), ("Qté", "quantity"),
        ("UnitPrice", "unit_price"), ("Цена", "unit_price"), ("Prix unitaire", "unit_price"), ("SalesAmount", "amount"),
        ("Montant HT", "amount"), ("Сумма", "amount"), ("StandardCost", "unit_cost"), ("Себестоимость", "direct_cost"),
        ("TotalProductCost", "direct_cost"), ("Remise", "discount"), ("Валюта", "currency"), ("Taux de change", "rate"),
        ("DueDate", "due_on"), ("Échéance", "due_on"), ("Срок оплаты", "due_on"), ("SettledDate", "paid_on"), ("Дата оплаты", "paid_on"),
        ("Avoir sur", "reverses"), ("Note", "note"), ("Направление", "line_of_business"),
    ],
)  # fmt: skip
def test_a_heading_of_sales_is_known(heading: str, field: str) -> None:
    assert guessed("sales", heading) == {field: [heading]}


@pytest.mark.parametrize("heading", ["EmployeeKey", "SalesTerritoryKey", "Country", "Discount %", "Why refused", "Type"])
def test_a_strange_heading_of_sales_is_left_out(heading: str) -> None:
    assert guessed("sales", heading) == {}


def test_what_says_little_is_taken_for_the_kind_where_its_cells_are() -> None:
    assert guessed("sales", "Type", cells=["achat"]) == {"kind": ["Type"]}


def test_of_two_columns_of_costs_the_cost_of_one_unit_is_guessed() -> None:
    found = guessed("sales", "OrderQuantity", "TotalProductCost", "StandardCost")
    assert found == {"quantity": ["OrderQuantity"], "unit_cost": ["StandardCost"]}


def test_the_code_and_the_name_of_a_product_stand_together() -> None:
    assert guessed("sales", "StockCode", "Description") == {"product": ["StockCode", "Description"]}


@pytest.mark.parametrize(
    ("kind", "headings", "fields"),
    [
        ("payments", ("Invoice", "Payment date", "Amount paid", "Reference"), ("document", "day", "amount", "number")),
        ("payments", ("N° facture", "Date de paiement", "Montant", "Numéro"), ("document", "day", "amount", "number")),
        ("payments", ("Номер счёта", "Дата платежа", "Сумма", "Номер платёжного поручения"), ("document", "day", "amount", "number")),
        ("costs", ("Date", "Client", "Category", "Amount", "Hours"), ("day", "client_name", "category", "amount", "hours")),
        ("costs", ("Дата", "Клиент", "Статья затрат", "Сумма", "Кампания"), ("day", "client_name", "category", "amount", "source")),
        ("costs", ("Date", "Code client", "Catégorie", "Montant"), ("day", "client_own_id", "category", "amount")),
        ("complaints", ("Дата", "Контрагент", "Жалоба", "Чья вина"), ("day", "client_name", "what", "fault")),
        ("complaints", ("Date", "Client", "Réclamation", "Gravité", "Coût"), ("day", "client_name", "what", "severity", "cost")),
    ],
)
def test_headings_of_the_other_kinds_are_known(kind: str, headings: tuple[str, ...], fields: tuple[str, ...]) -> None:
    assert guessed(kind, *headings) == {field: [heading] for field, heading in zip(fields, headings, strict=True)}
