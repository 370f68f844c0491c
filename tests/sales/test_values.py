"""Money as people type it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from clients.validation import BadValue
from sales import values


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1250.50", "1250.50"),
        ("1 250,50", "1250.50"),
        ("1\u202f250,5", "1250.50"),
        ("1.250,50", "1250.50"),
        ("1,250.50", "1250.50"),
        ("1'250.50", "1250.50"),
        ("1,250,000", "1250000"),
        ("1.250.000", "1250000"),
        ("−12", "-12"),
        (".5", "0.5"),
        (12, "12"),
        (12.5, "12.5"),
        ("-0", "0"),
        ("12.500", None),  # twelve and a half, or twelve thousand five hundred
        ("12.505", None),
        ("1,25,000", None),
        ("1e3", None),
        ("0x10", None),
        ("١٢", None),
        ("12 EUR", None),
        ("inf", None),
    ],
)
def test_money_is_read_as_it_is_written(typed: object, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(BadValue):
            values.money(typed)
    else:
        assert values.money(typed) == Decimal(kept)


def test_a_lone_comma_parts_thousands_in_english_and_decimals_elsewhere() -> None:
    with translation.override("en"):
        assert values.money("1,250") == 1250
        assert values.money("12,5") == Decimal("12.5")
    for language in ("fr", "ru"):
        with translation.override(language), pytest.raises(BadValue):
            values.money("1,250")


@given(st.text(max_size=50) | st.floats() | st.integers() | st.none() | st.booleans() | st.lists(st.integers()))
def test_whatever_is_given_is_read_or_refused(given: object) -> None:
    for read in (values.money, values.rate, values.quantity, values.hours, values.weight):
        try:
            found = read(given)
        except BadValue:
            continue
        assert found is None or found.is_finite()


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=2))
def test_an_amount_comes_back_as_it_went_out(amount: Decimal) -> None:
    assert values.money(str(amount)) == values.money(amount) == amount
