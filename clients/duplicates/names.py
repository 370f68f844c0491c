"""How much two names speak for one client: word against word, by what each word tells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from clients.duplicates.folding import sound
from clients.duplicates.parts import Name

_SOUNDS_SAME = 0.95
_SHORTENED = 0.7
_INITIAL = 0.5
_LEAST_RATIO, _SURE_RATIO = 0.62, 0.93
_LEAST_LENGTH = 4
_LEAST_WHOLE = 0.8
_LEAST_JOINED = 0.6
_ACRONYM_BITS = 3.5


@dataclass(frozen=True, slots=True)
class NameLikeness:
    """What two names say: `bits` for (or, below zero, against) one client, and how alike they look (0–1)."""

    bits: float
    share: float


@dataclass(frozen=True, slots=True)
class NameScale:
    """How words count: what at the most all of them tell, what each word against another costs, what a missing one."""

    most: float
    against: float
    missing: float
    least: float


def compare_names(one: tuple[Name, ...], other: tuple[Name, ...], scale: NameScale) -> NameLikeness | None:
    """Return what the two names that are most alike say; None where a side has none."""
    best: NameLikeness | None = None
    for a in one:
        for b in other:
            found = _compare(a, b, scale) if a.words <= b.words else _compare(b, a, scale)
            if best is None or (found.bits, found.share) > (best.bits, best.share):
                best = found
    return best


def _compare(a: Name, b: Name, scale: NameScale) -> NameLikeness:
    if a.words == b.words:
        return NameLikeness(min((a.bits + b.bits) / 2, scale.most), 1.0)
    left, right = dict(enumerate(a.words)), dict(enumerate(b.words))
    matched = _match_same(left, right, a, b)
    doubt = 0.0
    if left and right:
        if len(left) + len(right) > 2:
            matched += _join(left, right, a, b) + _join(right, left, b, a)
        fuzzy, doubt = _match_alike(left, right, a, b)
        matched += fuzzy
    alone_a = doubt + sum(a.weights[i] for i in left)
    alone_b = doubt + sum(b.weights[j] for j in right)
    found = _judge(matched, alone_a, alone_b, scale)
    if any(word.isdigit() for word in left.values()) and any(word.isdigit() for word in right.values()):
        return NameLikeness(found.bits - scale.against * 2, found.share)  # number 12 is not number 14
    whole = _whole(a, b)
    if whole > found.share:
        total = (a.bits + b.bits) / 2
        again = _judge(total * whole, total * (1 - whole) / 2, total * (1 - whole) / 2, scale)
        found = max(found, again, key=lambda likeness: likeness.bits)
    if found.bits < _ACRONYM_BITS and (_is_acronym(a, b) or _is_acronym(b, a)):
        return NameLikeness(_ACRONYM_BITS, 0.7)
    return found


def _match_same(left: dict[int, str], right: dict[int, str], a: Name, b: Name) -> float:
    """Take out the words that both names have; return their bits."""
    matched = 0.0
    for i, word in enumerate(a.words):
        for j, candidate in right.items():
            if candidate == word:
                matched += (a.weights[i] + b.weights[j]) / 2
                del left[i], right[j]
                break
    return matched


def _match_alike(left: dict[int, str], right: dict[int, str], a: Name, b: Name) -> tuple[float, float]:
    """Take out the words that are spellings of one, the most alike first; return their bits, and those that are in doubt."""
    matched = doubt = 0.0
    pairs = [(-share, i, j) for i, x in left.items() for j, y in right.items() if (share := _word_likeness(x, y)) > 0]
    for unlike, i, j in sorted(pairs):
        if i in left and j in right:
            weight = (a.weights[i] + b.weights[j]) / 2
            matched -= weight * unlike
            if -unlike != _INITIAL:
                doubt += weight * (1 + unlike) / 2
            del left[i], right[j]
    return matched, doubt


def _join(left: dict[int, str], right: dict[int, str], a: Name, b: Name) -> float:
    """Match two neighbouring words of `a` with one of `b` that is both ("stroy servis", "stroyservis"); return their bits."""
    matched = 0.0
    for i in list(left):
        for j, word in list(right.items()):
            if i in left and i + 1 in left and len(word) > len(left[i]) and word[0] == left[i][0]:
                joined = left[i] + left[i + 1]
                share = 1.0 if joined == word else _word_likeness(joined, word)
                if share >= _LEAST_JOINED:
                    matched += share * (a.weights[i] + a.weights[i + 1] + b.weights[j]) / 2
                    del left[i], left[i + 1], right[j]
    return matched


def _judge(matched: float, alone_a: float, alone_b: float, scale: NameScale) -> NameLikeness:
    both, more = min(alone_a, alone_b), abs(alone_a - alone_b)
    bits = min(matched, scale.most) - scale.against * both - scale.missing * more
    share = matched / (matched + (alone_a + alone_b) / 2) if matched else 0.0
    return NameLikeness(max(bits, scale.least), share)


@lru_cache(maxsize=200_000)
def _word_likeness(one: str, other: str) -> float:
    """Return how surely two different words are spellings of one, 0 to 1."""
    if one.isdigit() or other.isdigit():
        return 0.0
    short, long = sorted((one, other), key=len)
    if len(short) == 1:
        return _INITIAL if long.startswith(short) else 0.0
    if len(short) < _LEAST_LENGTH - 1:
        return 0.0
    if sound(one) == sound(other):
        return _SOUNDS_SAME
    ratio = OSA.normalized_similarity(one, other)
    ratio = max(ratio, OSA.normalized_similarity(sound(one), sound(other)) - 0.03)
    share = min(max((ratio - _LEAST_RATIO) / (_SURE_RATIO - _LEAST_RATIO), 0.0), 0.93) if len(short) >= _LEAST_LENGTH else 0.0
    if len(short) >= 3 and long.startswith(short):
        share = max(share, _SHORTENED)
    return share


def _whole(a: Name, b: Name) -> float:
    """Return how surely two names are one when blanks are disregarded ("stroy servis", "stroyservis"), 0 to 1."""
    if min(len(a.joined), len(b.joined)) < 6 or a.joined == b.joined:
        return 1.0 if a.joined == b.joined else 0.0
    ratio = OSA.normalized_similarity(a.joined, b.joined, score_cutoff=_LEAST_WHOLE)
    return min((ratio - 0.7) / 0.25, 0.95) if ratio >= _LEAST_WHOLE else 0.0


def _is_acronym(short: Name, long: Name) -> bool:
    return len(short.words) == 1 and len(long.words) >= 3 and short.words[0] == "".join(word[0] for word in long.words)
