"""How sure we are of each fact: what goes before what, and that taking one act back leaves all others as they were."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.freshness import CONTACTS, Confirmation, Freshness

START = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = ("city", "phones", "custom.size")
REGISTERED = Freshness(Confirmation(START, 1), {})


def later(hours: int, by: int = 1) -> Confirmation:
    return Confirmation(START + timedelta(hours=hours), by)


def all_of(sure: Freshness, one: Confirmation, fields: Any = (*FIELDS, *CONTACTS), shown_at: datetime | None = None) -> Freshness:
    return sure.confirmed(fields, one, shown_at=shown_at or one.at)


def test_what_nobody_touched_is_as_old_as_the_registration() -> None:
    assert REGISTERED.at("city") == Confirmation(START, 1)
    assert Freshness(None, {}).at("city") is None


def test_an_own_entry_goes_before_the_moment_of_all_also_an_older_one() -> None:
    sure = all_of(REGISTERED, later(9, 2)).noted({"city": later(3)})
    assert (sure.at("city"), sure.at("phones")) == (later(3), later(9, 2))


def test_confirming_all_confirms_what_was_shown_and_not_what_was_set_since() -> None:
    sure = REGISTERED.noted({"city": later(5, 3), "phones": later(1)})
    sure = all_of(sure, later(6, 2), shown_at=later(4).at)
    assert (sure.at("city"), sure.at("phones"), sure.at("custom.size")) == (later(5, 3), later(6, 2), later(6, 2))


def test_what_is_empty_is_not_confirmed() -> None:
    sure = all_of(REGISTERED.noted({"city": later(1)}), later(6, 2), ("phones",))
    assert sure.at("city") == later(1)


def test_contacts_that_were_not_as_shown_keep_what_was_known_of_them() -> None:
    sure = all_of(REGISTERED, later(6, 2), FIELDS)
    assert (sure.at("contacts.is_main.phones"), sure.at("city")) == (Confirmation(START, 1), later(6, 2))


def test_confirmed_twice_at_one_moment_it_is_kept_as_if_it_were_once() -> None:
    once = all_of(REGISTERED, later(1), FIELDS)
    assert all_of(Freshness(once.whole, {}), later(1), FIELDS) == Freshness(once.whole, {})


def test_a_touch_of_the_past_makes_nothing_older() -> None:
    sure = all_of(all_of(REGISTERED, later(9, 2)).noted({"city": later(2)}), later(4, 3))
    assert (sure.at("city"), sure.at("phones")) == (later(4, 3), later(9, 2))


@pytest.mark.parametrize("kept", [None, "2026-01-01", [], ["2026-01-01", 1], ["2026-02-30T00:00:00+00:00", 1], [1, 2], {"a": 1}])
def test_an_entry_that_says_nothing_is_none(kept: Any) -> None:
    assert Confirmation.read(kept) is None


def test_it_is_read_as_it_was_kept() -> None:
    sure = REGISTERED.noted({"city": Confirmation(datetime(2026, 3, 1, 12, 30, 1, 5, UTC), None)})
    assert Freshness.read(sure.kept) == sure


acts = st.lists(
    st.tuples(st.sampled_from(["set", "one", "all"]), st.sampled_from(FIELDS), st.integers(1, 3), st.booleans()), min_size=1, max_size=9
)


@settings(deadline=None, max_examples=300)
@given(acts, st.data())
def test_taking_one_confirmation_back_is_as_if_it_had_not_been(drawn: Any, data: Any) -> None:
    """The acts are replayed without it; `without` must come to the same, and so must a second one taken back after it."""

    def play(skipped: set[int]) -> tuple[Freshness, dict[int, tuple[Freshness, Freshness]]]:
        sure, kept = REGISTERED, {}
        for number, (what, field, by, contacts) in enumerate(drawn):
            if number in skipped:
                continue
            before, one = sure, later(number + 1, by)
            sure = all_of(sure, one, (*FIELDS, *(CONTACTS if contacts else ()))) if what == "all" else sure.noted({field: one})
            if what != "set":
                kept[number] = (before, sure)
        return sure, kept

    sure, kept = play(set())
    gone: set[int] = set()
    while kept and len(gone) < 2:
        number = data.draw(st.sampled_from(sorted(kept)))
        before, after = kept.pop(number)
        gone.add(number)
        sure = sure.without(before, after)
        kept = {other: (a.without(before, after), b.without(before, after)) if other > number else (a, b) for other, (a, b) in kept.items()}
        expected, _kept = play(gone)
        assert {field: sure.at(field) for field in (*FIELDS, *CONTACTS)} == {field: expected.at(field) for field in (*FIELDS, *CONTACTS)}
