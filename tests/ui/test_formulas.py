"""What a spreadsheet would run is only ever text, and comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.formulas import begins_formula, guarded, unguarded


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("  @SUM(A1)", "'  @SUM(A1)"),
        ("\u3000＝1+1", "'\u3000＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("Acme;=cmd|' /C calc'!A0;", "Acme;'=cmd|' /C calc'!A0;"),
        ("'=1", "''=1"),
        ("'t Hooft", "'t Hooft"),
        ("a; b", "a; b"),
        ("Rue 5 - bis = ici", "Rue 5 - bis = ici"),
        ("", ""),
    ],
)
def test_an_apostrophe_stands_where_a_formula_would_begin(text: str, kept: str) -> None:
    assert guarded(text) == kept


@given(st.text(alphabet="'=+-@;＝ \t\ra", max_size=12))
def test_it_comes_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not any(begins_formula(part) and not part.startswith("'") for part in guarded(text).split(";"))
