"""The administrator's patterns: a safe language, linear in the text, with one meaning in Python and in PostgreSQL."""

from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clients.criteria.patterns import BadPattern, Pattern

CHARS = st.sampled_from([*"ab1 é.Я-_^$\n株😀ß\u00a0\\"])
pieces = st.recursive(
    st.sampled_from([*"ab1é株.", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", r"\.", r"\-", "[a-c]", "[^a-c]", "[é-я]", r"[\d.]", r"[^\w]"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{0,2}", "{2,}"])).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=pieces, values=st.lists(st.text(CHARS, max_size=8), min_size=1, max_size=8))
@example(text="a|b", values=["a", "b", "ab", ""])
@example(text=".*", values=["a\nb", "", "\u2028"])
@example(text=r"[^a]", values=["\n", "\U0010ffff", "\ue000"])
@example(text=r"\w+", values=["Ärzte", "ООО", "株式会社", "a b", "x\u0301", "", "😀"])
def test_python_and_postgresql_agree_on_any_pattern(db: Any, text: str, values: list[str]) -> None:
    pattern = Pattern(text)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(v ~ %s ORDER BY n) FROM unnest(%s::text[]) WITH ORDINALITY AS t (v, n)", [pattern.for_postgres, values]
        )
        assert cursor.fetchone()[0] == [pattern.matches(value) for value in values]


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"\+33\d{9}", ["+33142685300"], ["+3314268530", "33142685300", " +33142685300", "+33142685300\n"]),
        (r"[A-Z]{2}-\d+", ["FR-1"], ["fr-1", "FR-", "FR-1a"]),
        (r"^(GmbH|AG)$", ["AG"], ["AGX", ""]),
        (r"\w+( \w+)*", ["Ärzte ohne Grenzen", "ООО Ромашка"], ["a  b", "a-b"]),
        (r"[^@]+@example\.com", ["a@example.com"], ["a@exampleXcom"]),
        (r"[-a\]]{2,3}", ["-]", "a-]"], ["a", "aaaa"]),
        (r"\d{5}|[A-Z]\d[A-Z] \d[A-Z]\d", ["25000", "K1A 0B1"], ["2500"]),
    ],
)
def test_a_pattern_holds_for_the_whole_text(pattern: str, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not Pattern(pattern).matches(text)] == []
    assert [text for text in bad if Pattern(pattern).matches(text)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        "(", ")", "[", "[]", "[^\\d\\D]", "a**", "a+?", "*a", "a{", "a{3,2}", "a{101}", "a{0}", "(?i)a", "(?=a)", r"\1", r"\bx", "a|", "()",
        "[z-a]", "a^b", "a$b", "\\", "[a-\\d]", "\x00", "x" * 201, "(a{100}){100}", "", "[[:alpha:]]",
    ],
)  # fmt: skip
def test_what_is_not_in_the_language_is_refused_with_a_sentence(pattern: str) -> None:
    with pytest.raises(BadPattern) as refused:
        Pattern(pattern)

    assert str(refused.value)


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*b", "(a*)*b", "(.*)*x", "((a{1,10}){1,10})+", r"(\w+\s?)*!"])
def test_no_pattern_makes_a_text_take_long(pattern: str) -> None:
    """A letter is looked at once; what may follow is worked out for each state, not for each letter of the text."""
    with patch.object(Pattern, "step", autospec=True, side_effect=Pattern.step) as step:
        assert Pattern(pattern).matches("a" * 20_000 + "!") == pattern.endswith("!")

    assert 0 < step.call_count <= 200


def test_texts_in_all_the_letters_of_the_world_do_not_fill_the_memory() -> None:
    pattern = Pattern(r"\w*")

    for start in range(0x4E00, 0x9FFF, 100):
        assert pattern.matches("".join(map(chr, range(start, start + 100))))
    assert pattern.matches("ok")
    assert not pattern.matches("not ok")
