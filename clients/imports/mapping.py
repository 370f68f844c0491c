"""Which column goes into which field: guessed from the headings, checked, and applied to rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher

from django.utils.translation import gettext_lazy as _

from clients.errors import FieldError
from clients.imports.kinds import ImportField, ImportKind
from clients.imports.reading import Row, is_reason

Mapping_ = dict[str, list[str]]
"""field -> headings of the columns that go into it"""

EMPTY = frozenset({"", "NULL", "\\N", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "N/A", "n/a", "-", "–", "—"})
"""What programs write where there is nothing."""

# Words that say whose field it is, or that it is the usual one; without them "ResellerKey" is a key.
_NOISE_WORDS = """
client customer account company organisation organization reseller supplier vendor partner lead buyer dealer shop main primary
work office business default the of our full s clients du de la le les l des d societe entreprise principal principale клиента
клиентов клиент компании организации контрагента контрагент заказчика покупателя поставщика основнои рабочии наш
"""
_NOISE = frozenset(_NOISE_WORDS.split())
_ALIKE = 0.87


def folded(heading: str) -> str:
    """Return a heading as words: small letters, without accents and signs, camelCase parted."""
    parted = re.sub(r"(?<=[a-zа-я])(?=[A-ZА-Я])|(?<=[A-ZА-Я])(?=[A-ZА-Я][a-zа-я])", " ", heading)
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", plain.casefold().replace("№", " n ")))


def guess(kind: ImportKind, header: Sequence[str], sample: Sequence[Sequence[str]]) -> Mapping_:
    """Return the likeliest field of each column; a column that nothing fits is left out."""
    fields = kind.fields()
    known = _Synonyms(fields)
    mapping: Mapping_ = {}
    # Names that fit exactly choose first, so that "Phone" is not taken by "Phone number of the contact".
    for find in (known.unmistakable, known.exact, known.without_noise, known.alike):
        for place, heading in enumerate(header):
            if is_reason(heading) or any(heading in headings for headings in mapping.values()):
                continue
            for field in find(folded(heading)):
                if _fits(field, place, sample) and (field.name not in mapping or field.joiner is not None):
                    mapping.setdefault(field.name, []).append(heading)
                    break
    order = {heading: place for place, heading in enumerate(header)}
    return {name: sorted(headings, key=order.__getitem__) for name, headings in kind.settle(mapping).items()}


def _fits(field: ImportField, place: int, sample: Sequence[Sequence[str]]) -> bool:
    if field.accepts is None:
        return True
    cells = [row[place] for row in sample if row[place] not in EMPTY]
    return bool(cells) and all(map(field.accepts, cells))


class _Synonyms:
    def __init__(self, fields: Sequence[ImportField]) -> None:
        self.by_words: dict[str, list[ImportField]] = {}
        self.sure = {folded(words): [field] for field in fields for words in field.unmistakable}
        for field in fields:
            for words in (field.name.replace("_", " ").replace(".", " "), str(field.label), *field.synonyms):
                self.by_words.setdefault(folded(words), []).append(field)
        for named in self.by_words.values():  # who asks more of the cells chooses first: "Client" may hold names, or yes and no
            named.sort(key=lambda field: field.accepts is None)

    def unmistakable(self, words: str) -> Sequence[ImportField]:
        return self.sure.get(words, ())

    def exact(self, words: str) -> Sequence[ImportField]:
        return self.by_words.get(words, ())

    def without_noise(self, words: str) -> Sequence[ImportField]:
        return next((found for reading in _readings(words) if (found := self.by_words.get(reading))), ())

    def alike(self, words: str) -> Sequence[ImportField]:
        best: Sequence[ImportField] = ()
        best_ratio = _ALIKE
        for known, fields in self.by_words.items():
            if abs(len(known) - len(words)) > 3 or min(len(known), len(words)) < 5:
                continue
            ratio = SequenceMatcher(None, known, words).ratio()
            if ratio > best_ratio:
                best, best_ratio = fields, ratio
        return best


def _readings(words: str) -> list[str]:
    """The heading without what says little: whose it is, a number at the end, "name" at the end."""
    kept = [word for word in words.split() if word not in _NOISE]
    readings = [" ".join(kept)]
    without_number = [word for word in words.split() if not word.isdigit()]
    readings += [" ".join(without_number), " ".join(word for word in without_number if word not in _NOISE)]
    for ending in ("name", "nom", "название"):
        readings += [reading.removesuffix(f" {ending}") for reading in list(readings) if reading.endswith(f" {ending}")]
    return [reading for reading in dict.fromkeys(readings) if reading]


def fits_header(mapping: Mapping[str, Sequence[str]], header: Sequence[str]) -> Mapping_ | None:
    """Return a saved mapping in the spelling of `header`, or None where a column that it needs is not there."""
    by_words = {folded(heading): heading for heading in header}
    found: Mapping_ = {}
    for name, headings in mapping.items():
        for heading in headings:
            if (here := by_words.get(folded(heading))) is None:
                return None
            found.setdefault(name, []).append(here)
    return found


def check(kind: ImportKind, header: Sequence[str], mapping: Mapping[str, Sequence[str]], match: str) -> list[FieldError]:
    """Return what is wrong with a mapping."""
    errors: list[FieldError] = []
    known = {field.name: field for field in kind.fields()}
    for name, headings in mapping.items():
        field = known.get(name)
        if field is None:
            errors.append(FieldError(name[:60], "unknown", _("There is no such field.")))
            continue
        absent = [heading for heading in headings if heading not in header]
        if absent:
            errors.append(FieldError(name, "column", _("The file has no column “%(column)s”.") % {"column": absent[0][:80]}))
        if len(headings) > 1 and field.joiner is None:
            errors.append(FieldError(name, "one_column", _("Only one column can go into “%(field)s”.") % {"field": field.long_label}))
    if not any(mapping.values()):
        errors.append(FieldError("mapping", "required", _("Say for at least one column which field it goes into.")))
    errors += _match_errors(kind, mapping, match)
    return errors


def _match_errors(kind: ImportKind, mapping: Mapping[str, Sequence[str]], match: str) -> list[FieldError]:
    if not match:
        return []
    keys = kind.match_keys()
    if match not in keys:
        offered = ", ".join(keys)
        return [FieldError("match", "choice", _("Rows can be matched by: %(keys)s.") % {"keys": offered})]
    if not mapping.get(match):
        return [FieldError("match", "unmapped", _("To match by “%(key)s”, say which column holds it.") % {"key": keys[match]})]
    return []


def guess_match(kind: ImportKind, mapping: Mapping[str, Sequence[str]]) -> str:
    """Return the best key that the file has, or "" for none."""
    return next((key for key in kind.match_keys() if mapping.get(key)), "")


def reader(kind: ImportKind, header: Sequence[str], mapping: Mapping[str, Sequence[str]]) -> Callable[[Row], dict[str, str]]:
    """Return a function from a row to what its cells say, by field; empty cells are left out."""
    place = {heading: index for index, heading in enumerate(header)}
    known = {field.name: field for field in kind.fields()}
    single = [(name, place[headings[0]]) for name, headings in mapping.items() if len(headings) == 1]
    joined = [
        (name, [place[heading] for heading in headings], known[name].joiner or " ")
        for name, headings in mapping.items()
        if len(headings) > 1
    ]

    def read(row: Row) -> dict[str, str]:
        cells = row.cells
        data = {name: cells[index] for name, index in single if cells[index] not in EMPTY}
        for name, indexes, joiner in joined:
            if given := [cells[index] for index in indexes if cells[index] not in EMPTY]:
                data[name] = joiner.join(given)
        return data

    return read
