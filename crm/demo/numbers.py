"""Phones and tax numbers that look right and are nobody's."""

from __future__ import annotations

_STRIDE = 7919  # a prime: neighbours get numbers far from each other, and 10,000 clients of one prefix differ


def phone(pattern: str, number: int) -> str:
    """Fill the # of `pattern` with digits made of `number`."""
    width = pattern.count("#")
    return pattern.rstrip("#") + f"{number * _STRIDE % 10**width:0{width}d}"


def tax_number(country: str, number: int) -> str:
    """Return a tax number with right check digits in a range that is not given out; empty where we know of none."""
    if country == "FR":
        return _siren(f"001{number % 100_000:05d}")
    if country == "RU":
        return _inn(f"0000{number % 100_000:05d}")
    return ""


def _siren(first_eight: str) -> str:
    # Luhn, as INSEE has it for the nine digits of a company
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(first_eight)]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return f"{first_eight}{-total % 10}"


def _inn(first_nine: str) -> str:
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    return f"{first_nine}{sum(int(digit) * weight for digit, weight in zip(first_nine, weights, strict=True)) % 11 % 10}"
