"""The ranking is fair to size."""

import pytest

from clients.quality.ranking import keeps, places, sure_range


def test_wilsons_interval_is_what_the_books_say() -> None:
    low, high = sure_range(10, 100)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)
    assert sure_range(0, 0) == (0.0, 1.0)
    assert sure_range(0, 5)[0] == 0.0
    assert sure_range(5, 5)[1] == 1.0


@pytest.mark.parametrize(("found", "of"), [(1, 3), (7, 9), (40, 90), (999, 1000)])
def test_the_share_that_was_seen_lies_inside(found: int, of: int) -> None:
    low, high = sure_range(found, of)
    assert 0 < low < found / of < high < 1


def test_few_clients_are_no_proof_against_a_manager() -> None:
    """Four of twelve looks worse than 250 of 1,000, and is less sure to be."""
    assert places({"few": (4, 12), "many": (250, 1000)}) == {"few": 1, "many": 2}


def test_among_the_faultless_more_clients_come_first() -> None:
    assert places({"small": (0, 12), "large": (0, 400), "worse": (100, 400)}) == {"large": 1, "small": 2, "worse": 3}


def test_a_handful_has_no_place_neither_good_nor_bad() -> None:
    assert places({"new": (0, 3), "old": (5, 50)}) == {"old": 1}


def test_equals_share_a_place() -> None:
    assert places({"one": (5, 50), "other": (5, 50), "last": (9, 50)}) == {"one": 1, "other": 1, "last": 3}


def test_the_standard_is_missed_only_when_that_is_sure() -> None:
    assert keeps(0, 1, 95)
    assert keeps(2, 12, 95)
    assert not keeps(200, 1200, 95)
    assert not keeps(1, 1, 95)
