"""Which encoding a text file is in: certain where the bytes say so, else the likeliest, for the user to see and change."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from charset_normalizer import from_bytes
from django.utils.translation import gettext_lazy as _

from clients.imports.reading.refusal import Unreadable

OFFERED = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252",
    "cp1251": "Windows-1251",
    "cp1250": "Windows-1250",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "iso8859_15": "ISO 8859-15",
    "koi8_r": "KOI8-R",
    "cp866": "CP866",
    "mac_roman": "Mac Roman",
    "mac_cyrillic": "Mac Cyrillic",
    "gb18030": "GB 18030",
    "shift_jis": "Shift JIS",
}
"""Encodings that a user may choose: Python's name and the name shown."""

_CYRILLIC = ("cp1251", "koi8_r", "cp866", "mac_cyrillic")
_LATIN = ("cp1252", "cp1250", "cp1254", "cp1253", "iso8859_15", "mac_roman")
_CHUNK = 1 << 20
_SAMPLE = 64_000
_HIGH_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_SIGNS = frozenset("«»„“”–—…№’‘\u00a0")
_COMMON_RUSSIAN = frozenset("оеаинтсрвлкм")
_ASCII = bytes(range(128))
# Bytes that are frequent letters of Central Europe or Turkey and rare ones, or no letters, of the West.
_POLISH = frozenset(b"\xb3\xb9\xbf\x9c\xa3\xa5\xaf")
_CZECH = frozenset(b"\xec\xf8\x9e\x9a\xd8\xcc\x8a\x8e")
_TURKISH = frozenset(b"\xf0\xfd\xfe\xdd\xde\xd0")


def known(encoding: str) -> str:
    """Return Python's name of an encoding that a user may choose; raises `Unreadable` for any other."""
    try:
        name = codecs.lookup(encoding.strip()).name
    except (LookupError, ValueError):
        name = ""
    for offered in OFFERED:
        if codecs.lookup(offered).name == name:
            return offered
    if name == "utf-8-sig":
        return "utf-8"
    raise Unreadable("encoding", _("Choose an encoding of the list: %(encodings)s.") % {"encodings": ", ".join(OFFERED.values())})


def guess(path: Path) -> str:
    """Return the likeliest encoding of the whole file (a name of `OFFERED`)."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if (wide := without_mark(start)) is not None:
        return wide
    high = _high_bytes_unless_utf8(path)
    if high is None:
        return "utf-8"
    return _single_byte(path, high)


def without_mark(start: bytes) -> str | None:
    """Return UTF-16 where the bytes show it without a mark: one byte of each pair takes very few values, the other many."""
    pairs = len(start[:4000]) // 2
    if pairs < 4 or b"\x00" not in start[:4000]:
        return None
    even, odd = start[: 2 * pairs : 2], start[1 : 2 * pairs : 2]
    few_even, few_odd = (sum(count for _byte, count in Counter(side).most_common(2)) / pairs for side in (even, odd))
    if few_odd > 0.85 and odd.count(0) > even.count(0) and even.count(0) < pairs * 0.02:
        return "utf-16-le"
    if few_even > 0.85 and even.count(0) > odd.count(0) and odd.count(0) < pairs * 0.02:
        return "utf-16-be"
    return None


def _high_bytes_unless_utf8(path: Path) -> bytes | None:
    """Return the distinct bytes above ASCII, or None when the whole file is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    high: set[int] = set()
    is_utf8 = True
    for chunk in _chunks(path):
        high.update(chunk.translate(None, _ASCII))
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        is_utf8 = False
    return None if is_utf8 else bytes(sorted(high))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _single_byte(path: Path, high: bytes) -> str:
    sample = _lines_with_high_bytes(path)
    words = _HIGH_WORD.findall(sample)
    # Cyrillic words have no ASCII letters; in Latin scripts the accented letters stand among ASCII ones.
    whole = sum(len(word) > 2 and not word.translate(None, bytes(range(128, 256))) for word in words)
    if whole * 2 > len([word for word in words if len(word) > 2]):
        fitting = [name for name in _CYRILLIC if _decodes(high, name)]
        scored = {name: _russian_score(sample.decode(name, "replace")) for name in fitting}
        best = max(scored, key=lambda name: scored[name], default=None)
        if best is not None and scored[best] > 0.4:
            return best
        return _asked(sample, [*OFFERED]) or best or "cp1251"
    in_words = set(b"".join(words)) - set(_ASCII)
    fitting = [name for name in _LATIN if _decodes(high, name)]
    if "cp1250" in fitting and (in_words & _POLISH or len(in_words & _CZECH) > 1):
        return "cp1250"
    if "cp1254" in fitting and len(in_words & _TURKISH) > 1:
        return "cp1254"
    return fitting[0] if fitting else "iso8859_15"


def _lines_with_high_bytes(path: Path) -> bytes:
    kept: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < _SAMPLE and (line := file.readline(8192)):
            if not line.isascii():
                kept.append(line)
                size += len(line)
    return b"".join(kept)


def _decodes(high: bytes, name: str) -> bool:
    try:
        high.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _russian_score(text: str) -> float:
    """The share of frequent Russian letters, small ones counted whole: wrong tables give rare letters, capitals and signs."""
    high = [character for character in text if not character.isascii() and character not in _SIGNS]
    if not high:
        return 0
    common = sum(character in _COMMON_RUSSIAN for character in high)
    capitals = sum(character.lower() in _COMMON_RUSSIAN and character.isupper() for character in high)
    return (common + 0.5 * capitals + 0.1 * sum(map(str.isalpha, high))) / len(high)


def _asked(sample: bytes, among: list[str]) -> str | None:
    if not among:
        return None
    best = from_bytes(sample[:16_000], cp_isolation=among, threshold=0.6).best()
    return best.encoding if best is not None and best.encoding in among else None
