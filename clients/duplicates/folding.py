"""Names folded in Python as `sql/folding.sql` folds them in the database, so that comparing costs no query.

A test holds the two against each other over names of many languages. Change one, change the other.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_DIGRAPHS = (
    ("щ", "shch"), ("ш", "sh"), ("ч", "ch"), ("ж", "zh"), ("х", "kh"), ("ц", "ts"), ("ю", "yu"), ("я", "ya"),
    ("є", "ye"), ("ї", "yi"), ("θ", "th"), ("χ", "ch"), ("ψ", "ps"), ("ου", "ou"), ("ού", "ou"),
)  # fmt: skip
_FROM = "абвгдеёзийклмнопрстуфыэіґўђћљњџѓќѕјәғқңөұүһαβγδεζηικλμνξοπρσςτυφωάέήίόύώϊϋΐΰьъ"
_TO = "abvgdeeziyklmnoprstufyeigudclndgksjagknouuhavgdeziiklmnxoprsstyfoaeiioyoiyiy"
_LETTERS = str.maketrans(_FROM[: len(_TO)], _TO, _FROM[len(_TO) :])
# What PostgreSQL's unaccent writes otherwise than the decomposition of Unicode does.
_UNACCENT = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t",
    "’": "'", "‘": "'", "‛": "'", "€": "EUR", "©": "(C)", "®": "(R)",
}  # fmt: skip
_INITIALS = re.compile(r"\b([^\W_])\.(?=[^\W_](?:\.|(?!\w)))")
_IRISH = re.compile(r"\bo['`](?=[a-z])")
_NO_WORD = re.compile(r"[\W_]+")
_NO_WORD_ASCII = re.compile(r"[^a-z0-9]+")
_SOUNDS = (
    ("shch", "s"), ("chtch", "s"), ("sch", "s"), ("sh", "s"), ("tch", "c"), ("kh", "h"), ("zh", "z"), ("ph", "f"), ("th", "t"),
    ("gh", "g"), ("ch", "c"), ("ts", "c"), ("tz", "c"), ("ck", "k"), ("qu", "kv"), ("ks", "x"), ("cs", "x"), ("ou", "u"),
    ("ae", "a"), ("oe", "o"), ("ue", "u"),
)  # fmt: skip
_GLIDE = re.compile(r"[yij]+(?=[aoeu])")
_VOWEL_I = re.compile(r"[yij]+")
_OFF = re.compile(r"off?\b")
_TWICE = re.compile(r"([a-z])\1+")
_WQZ = str.maketrans("wqz", "vks")


def fold(value: str) -> str:
    """Return `value` in lower-case Latin words with one space between them; letters of other scripts stay (`seraph_fold`)."""
    if value.isascii():
        folded = value.lower()
    else:
        folded = unicodedata.normalize("NFC", value).lower()
        for letters, latin in _DIGRAPHS:
            if letters in folded:
                folded = folded.replace(letters, latin)
        folded = folded.translate(_LETTERS)
        if not folded.isascii():
            folded = "".join(map(_unaccented, folded))
    if "." in folded:
        folded = _INITIALS.sub(r"\1", folded)
    if "'" in folded or "`" in folded:
        folded = _IRISH.sub("o", folded)
    pattern = _NO_WORD_ASCII if folded.isascii() and folded.islower() else _NO_WORD
    return pattern.sub(" ", folded).strip()


@lru_cache(maxsize=10_000)
def _unaccented(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter in _UNACCENT:
        return _UNACCENT[letter]
    bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return bare if bare.isascii() else letter


@lru_cache(maxsize=200_000)
def sound(folded: str) -> str:
    """Return a folded word with the spellings of one sound made alike (`seraph_sound`)."""
    for letters, one in _SOUNDS:
        if letters in folded:
            folded = folded.replace(letters, one)
    folded = _VOWEL_I.sub("i", _GLIDE.sub("", folded))
    return _TWICE.sub(r"\1", _OFF.sub("ov", folded).translate(_WQZ))
