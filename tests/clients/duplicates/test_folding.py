"""Python folds names as the database does."""

import pytest
from django.db import connection

from clients.duplicates.folding import fold, sound

NAMES = [
    "ООО «Ромашка»", "Brasserie Œil-de-Bœuf", "  Łódź,  Søren ", "Αθήνα", "株式会社 トヨタ", "", "S.A.R.L. Dupont & Fils",
    "О.О.О. Вектор", "О’Риордан, O'Riordan", "Αγίου Παύλου", "Straße 12", "STRASSE", "Đặng Thị Ánh", "Iñigo Núñez", "Çelik A.Ş.",
    "Ёлкин-Palkin", "Щербаков", "Київ Їжак Ґанок", "Љубиша Ђорђевић", "Ærø Ðór Þorn", "Ħal Għaxaq", "Åkesson & Söner AB", "A.B.C",
    "№ 5", "Ростов-на-Дону", "l'Été", "d’Artagnan", "50% Off", "a_b", "東京電子 (株)", "Παπαδόπουλος ΑΕ", "Żółć", "ﬁrma", "Ａｂｃ",
    "Ünïcödé", "naïve Café", "O`Brien", "x.y.z.", "Ivanov I.I.", "И.И. Иванов", "Ъ ь", "Қазақ Ұлы", "אבג", "شركة", "한국",
]  # fmt: skip


@pytest.mark.django_db
def test_folded_and_sounding_as_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seraph_fold(name), seraph_sound(seraph_fold(name)) FROM unnest(%s::text[]) AS names (name)", [NAMES])
        for name, folded, sounding in cursor.fetchall():
            assert (fold(name), sound(fold(name))) == (folded, sounding), name
