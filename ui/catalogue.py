"""The catalogue of translations: extracted from the sources, merged into the .po files, compiled to .mo.

Django's own `makemessages` calls the gettext programs, which a user's machine may lack. Here Django turns templates
into gettext calls (`templatize`), Babel reads the calls, and polib keeps the files. Only developers run this; the
compiled files are in the repository (see docs/decisions/0015-translations.md).
"""

import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation.template import templatize

from ui.borrowed import ENGLISH

FOLDERS = ("accounts", "clients", "crm", "reminders", "sales", "scoring", "ui", "templates")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLURALS = {
    "en": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")

type Key = tuple[str, str, str]  # context, text, plural text


@dataclass(frozen=True, slots=True)
class State:
    """How one language stands."""

    language: str
    total: int
    untranslated: list[str]
    fuzzy: list[str]
    misfits: list[str]  # placeholders of the translation are not those of the text

    @property
    def complete(self) -> bool:
        return not (self.untranslated or self.fuzzy or self.misfits)


def sources() -> Iterator[Path]:
    """Yield the files that may hold texts, in a stable order."""
    for folder in FOLDERS:
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                yield path


def texts_of(path: Path) -> Iterator[Key]:
    """Yield the texts of one source file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # templatize blanks out all but the calls; the indentation that is left would confuse Python's tokenizer
        source = "\n".join(line.strip() for line in templatize(source, origin=str(path)).splitlines())
    for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        text, plural = message if isinstance(message, tuple) else (message, "")
        yield context or "", text, plural


def extracted() -> polib.POFile:
    """Return all texts of the sources as a template catalogue."""
    found: dict[Key, list[str]] = defaultdict(list)
    for path in sources():
        where = path.relative_to(settings.BASE_DIR).as_posix()
        for key in texts_of(path):
            if where not in found[key]:
                found[key].append(where)
    # "1 client" in one place and "1 client" with a plural in another share one entry: gettext tells them apart by text alone
    plurals = {(context, text) for context, text, plural in found if plural}
    catalogue = polib.POFile(wrapwidth=120)
    for (context, text, plural), places in found.items():
        if not plural and (context, text) in plurals:
            continue
        entry = polib.POEntry(msgid=text, msgctxt=context or None, occurrences=[(place, "") for place in places])
        entry.flags = ["python-brace-format"] if re.search(r"\{\w+\}", text) else ["python-format"] if re.search(r"%\(", text) else []
        if plural:
            entry.msgid_plural, entry.msgstr_plural = plural, {0: "", 1: ""}
        catalogue.append(entry)
    return catalogue


def path_of(language: str) -> Path:
    """Return where the catalogue of `language` lies."""
    folder: Path = settings.LOCALE_PATHS[0]
    return folder / language / "LC_MESSAGES" / "django.po"


def merged(language: str, template: polib.POFile) -> polib.POFile:
    """Return the catalogue of `language` brought up to date with `template`; what the sources lost goes."""
    path = path_of(language)
    old = polib.pofile(str(path), wrapwidth=120) if path.exists() else polib.POFile()
    known = {(entry.msgctxt, entry.msgid): entry for entry in old if not entry.obsolete}
    new = polib.POFile(wrapwidth=120)
    new.metadata = {
        "Project-Id-Version": "Seraph",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[language],
    }
    forms = int(PLURALS[language].split("=")[1].split(";")[0])
    for wanted in template:
        entry = polib.POEntry(
            msgid=wanted.msgid,
            msgid_plural=wanted.msgid_plural,
            msgctxt=wanted.msgctxt,
            occurrences=wanted.occurrences,
            flags=[*wanted.flags],
        )
        kept = known.get((wanted.msgctxt, wanted.msgid))
        if kept and kept.fuzzy:
            entry.flags.append("fuzzy")
        if wanted.msgid_plural:
            entry.msgstr_plural = {form: kept.msgstr_plural.get(form, "") if kept else "" for form in range(forms)}
        else:
            entry.msgstr = kept.msgstr if kept else ""
        new.append(entry)
    return new


def english() -> polib.POFile:
    """Return the English catalogue: texts of the libraries that we say in other words."""
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = {
        "Project-Id-Version": "Seraph",
        "Language": "en",
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": PLURALS["en"],
    }
    for borrowed in ENGLISH:
        entry = polib.POEntry(msgid=borrowed.text, msgctxt=borrowed.context or None)
        if borrowed.plural:
            entry.msgid_plural, entry.msgstr_plural = borrowed.plural, dict(enumerate(borrowed.says))
        else:
            entry.msgstr = borrowed.says[0]
        catalogue.append(entry)
    return catalogue


def current() -> dict[str, polib.POFile]:
    """Return what the catalogues should hold now, by language."""
    template = extracted()
    return {code: english() if code == "en" else merged(code, template) for code, _name in settings.LANGUAGES}


def compiled(catalogue: polib.POFile) -> bytes:
    """Return the catalogue as gettext reads it."""
    content: bytes = catalogue.to_binary()
    return content


def is_stale(language: str, content: polib.POFile) -> bool:
    """Return whether the files of `language` differ from what they should hold."""
    path = path_of(language)
    binary = path.with_suffix(".mo")
    if not path.exists() or not binary.exists():
        return True
    return path.read_text(encoding="utf-8") != str(content) or binary.read_bytes() != compiled(content)


def state_of(language: str, catalogue: polib.POFile) -> State:
    """Return what is missing in the catalogue of `language`."""
    return State(
        language,
        total=len(catalogue),
        untranslated=[entry.msgid for entry in catalogue if not entry.fuzzy and not entry.translated()],
        fuzzy=[entry.msgid for entry in catalogue if entry.fuzzy],
        misfits=[entry.msgid for entry in catalogue if entry.translated() and not fits(entry)],
    )


def fits(entry: polib.POEntry) -> bool:
    """Return whether each form of the translation has the placeholders of the text (a singular may drop the number)."""
    wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    if not entry.msgid_plural:
        return set(PLACEHOLDER.findall(entry.msgstr)) == wanted
    return all(set(PLACEHOLDER.findall(form)) <= wanted for form in entry.msgstr_plural.values())
