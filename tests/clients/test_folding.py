"""Names are compared in any script by one pair of SQL functions."""

import pytest
from django.db import connection


def folded(value: str, function: str = "seraph_fold") -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [value])
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ООО «Ромашка»", "ooo romashka"),
        ("Brasserie Œil-de-Bœuf", "brasserie oeil de boeuf"),
        ("  Łódź,  Søren ", "lodz soren"),
        ("Αθήνα", "athina"),
        ("株式会社 トヨタ", "株式会社 トヨタ"),
        ("", ""),
    ],
)
def test_names_fold_to_latin_words(name: str, expected: str) -> None:
    assert folded(name) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), [("Müller", "Mueller"), ("Щербаков", "Scherbakov"), ("Юлия", "Yuliya")])
def test_spellings_of_one_name_sound_alike(one: str, other: str) -> None:
    assert folded(folded(one), "seraph_sound") == folded(folded(other), "seraph_sound")
