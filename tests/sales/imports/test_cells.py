"""Numbers and dates as programs of many countries write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clients.validation import BadValue
from sales.imports import cells
from sales.values import CENT


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("1250.50", "1250.50"), ("1250,50", "1250.50"), ("1 250,50", "1250.50"), ("1\u202f250,50 €", "1250.50"), ("$1,250.50", "1250.50"),
        ("1.250,50", "1250.50"), ("1,234,567", "1234567"), ("1.234.567", "1234567"), ("1'250.50", "1250.50"), ("EUR 12", "12"),
        ("12 руб.", "12"), ("(12.50)", "-12.50"), ("12.50-", "-12.50"), ("−7", "-7"), ("0,125", "0.125"), ("0.125", "0.125"),
        (".5", "0.5"), ("1898.094", "1898.094"), ("-0", "0"),
    ],
)  # fmt: skip
def test_a_number_is_read(given: str, found: str) -> None:
    assert cells.number(given) == Decimal(found)


@pytest.mark.parametrize(
    "given", ["", "ten", "1e5", "1,2,3", "1.2.3", "--1", "NaN", "Infinity", "10%", "1-2", "１２", "=1+1", "9" * 50, "()", "-"]
)
def test_what_is_no_number_is_refused(given: str) -> None:
    with pytest.raises(BadValue) as bad:
        cells.number(given)
    assert bad.value.code == "number"


def test_thousands_or_a_fraction_has_to_be_said() -> None:
    with pytest.raises(BadValue) as bad:
        cells.number("1,234")
    assert bad.value.code == "decimal_sign"
    assert cells.number("1,234", cells.POINT) == 1234
    assert cells.number("1,234", cells.COMMA) == Decimal("1.234")
    assert cells.number("1.234", cells.COMMA) == 1234
    with pytest.raises(BadValue):
        cells.number("1,5", cells.POINT)


@pytest.mark.parametrize(("given", "found"), [("1.005", "1.01"), ("-1.005", "-1.01"), ("2.675", "2.68"), ("-0.001", "0")])
def test_money_is_rounded_half_away_from_zero(given: str, found: str) -> None:
    assert str(cells.money(given)) == str(Decimal(found).quantize(CENT))


@pytest.mark.parametrize(
    "given", ["2026-11-24", "2026-11-24 08:26:00", "2026-11-24T08:26", "24.11.2026", "24/11/2026 8:26", "24.11.2026 08:26:00", "20261124"]
)
def test_a_day_is_read_with_and_without_a_time(given: str) -> None:
    assert cells.day(given) == date(2026, 11, 24)


def test_month_first_where_somebody_says_so() -> None:
    assert cells.day("11/24/2026 8:26 AM", month_first=True) == date(2026, 11, 24)
    assert cells.day("2026-11-24", month_first=True) == date(2026, 11, 24)
    for given in ("24/11/2026", "9999-01-01", "11/24"):
        with pytest.raises(BadValue):
            cells.day(given, month_first=True)
