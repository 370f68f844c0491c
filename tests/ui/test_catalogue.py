"""The translations: everything extracted, everything translated, nothing stale."""

import re
from pathlib import Path

import polib
import pytest
from django.utils import translation

from ui import catalogue


def test_texts_of_templates_and_of_python_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '{% load i18n %}<p title="{% translate "Close" %}">{% blocktranslate count n=rows with name=who %}{{ n }} row of {{ name }}'
        "{% plural %}{{ n }} rows of {{ name }}{% endblocktranslate %}</p>\n"
        '    {% if a %}\n  {% translate "open" context "door" %}\n{% endif %}{# {% translate "not this" %} #}'
    )
    assert set(catalogue.texts_of(page)) == {
        ("", "Close", ""),
        ("", "%(n)s row of %(name)s", "%(n)s rows of %(name)s"),
        ("door", "open", ""),
    }
    module = tmp_path / "module.py"
    module.write_text('_("Save " "client")\nngettext_lazy("{n} day", "{n} days", n)\npgettext_lazy("lifecycle", "current")\n')
    assert set(catalogue.texts_of(module)) == {("", "Save client", ""), ("", "{n} day", "{n} days"), ("lifecycle", "current", "")}


def test_no_text_hides_behind_another_name_for_gettext() -> None:
    other_names = re.compile(r"import (n?p?gettext\w*) as (?!_$)\w+", re.MULTILINE)
    hidden = [path.name for path in catalogue.sources() if path.suffix == ".py" and other_names.search(path.read_text("utf-8"))]
    assert not hidden, "the catalogue would not find their texts"


def test_a_translation_keeps_its_place_when_the_sources_change(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "path_of", lambda language: tmp_path / "django.po")
    old = polib.POFile()
    old.append(polib.POEntry(msgid="Close", msgstr="Fermer"))
    old.append(polib.POEntry(msgid="gone", msgstr="parti"))
    old.save(str(tmp_path / "django.po"))
    template = polib.POFile()
    template.append(polib.POEntry(msgid="Open"))
    template.append(polib.POEntry(msgid="Close"))
    new = catalogue.merged("fr", template)
    assert {entry.msgid: entry.msgstr for entry in new} == {"Open": "", "Close": "Fermer"}


def test_a_translation_with_other_placeholders_is_refused() -> None:
    assert not catalogue.fits(polib.POEntry(msgid="%(n)s of {total}", msgstr="%(n)s sur {totale}"))
    assert catalogue.fits(polib.POEntry(msgid="%(n)s of {total}", msgstr="{total}, dont %(n)s"))


def test_russian_has_three_plural_forms_and_french_two() -> None:
    forms = {language: polib.pofile(str(catalogue.path_of(language))).metadata["Plural-Forms"][:10] for language in ("fr", "ru")}
    assert forms == {"fr": "nplurals=2", "ru": "nplurals=3"}


def test_no_french_line_begins_with_a_sign_that_has_a_space_before_it() -> None:
    entries = polib.pofile(str(catalogue.path_of("fr")))
    said = [text for entry in entries for text in (entry.msgstr, *entry.msgstr_plural.values())]
    assert [text for text in said if re.search(r"\S [;:?!»](\s|$)|« ", text)] == [], "there stands a no-break space"


def test_english_says_what_to_do_in_place_of_the_libraries_words() -> None:
    with translation.override("en"):
        assert translation.gettext("This field is required.") == "Fill this in"


def test_every_text_is_translated() -> None:
    states = [catalogue.state_of(language, content) for language, content in catalogue.current().items()]
    missing = [f"{state.language}: {text}" for state in states for text in (*state.untranslated, *state.fuzzy, *state.misfits)]
    assert not missing, "\n".join(missing[:20])


def test_the_catalogues_are_up_to_date_with_the_sources() -> None:
    stale = [language for language, content in catalogue.current().items() if catalogue.is_stale(language, content)]
    assert not stale, "run manage.py messages"
