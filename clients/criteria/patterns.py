"""Patterns that the administrator writes: a small, safe language of regular expressions.

A pattern must match the whole text. The language has literals, `.`, classes (`[A-Z0-9]`, `[^-]`), `\\d \\w \\s`
(and their opposites), groups, `|`, and the counts `? * + {n} {n,} {n,m}`: no look-around, no back-references.
So it can be run in time linear in the text whatever was written (Python's `re` backtracks: `(a+)+$` against
thirty letters would hold an import for hours), and it can be handed to PostgreSQL with the very same meaning:
every class is spelled out as code points, nothing depends on a locale or on a version of Unicode.

Matching is by the position automaton of the pattern (Glushkov, "The abstract theory of automata", 1961), made
deterministic state by state as texts ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_LENGTH = 200
MAX_COUNT = 100
MAX_POSITIONS = 400
_MAX_STATES = 500
_MAX_NEXT = 20_000
_LAST = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]
"""Code points, as sorted ranges (both ends in) that neither touch nor overlap."""


class BadPattern(ValueError):
    """A pattern that can't be used; `message` says what to change."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(str(message))
        self.message = message


def _ranges(pairs: Iterable[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _all_but(ranges: Ranges) -> Ranges:
    found, start = [], 1
    for low, high in ranges:
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    if start <= _LAST:
        found.append((start, _LAST))
    return tuple(found)


ANY: Ranges = ((1, _LAST),)
DIGITS: Ranges = ((0x30, 0x39),)
SPACE = _ranges([(0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x3000, 0x3000)])
# Letters and digits of any script, by blocks: coarse on purpose, so that no Unicode table decides.
WORD = _ranges(
    [
        (0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xAA, 0xAA), (0xB5, 0xB5), (0xBA, 0xBA),
        (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2C1), (0x300, 0x36F), (0x370, 0x1FFF), (0x2C00, 0x2DFF), (0x3005, 0x3007),
        (0x3021, 0xA4CF), (0xA4D0, 0xD7FF), (0xF900, 0xFAFF), (0xFB00, 0xFDFF), (0xFE70, 0xFEFE), (0xFF10, 0xFF19),
        (0xFF21, 0xFF3A), (0xFF41, 0xFF5A), (0xFF66, 0xFFDC), (0x10000, 0x1CFFF), (0x1E000, 0x1EFFF), (0x20000, 0x3FFFF),
    ]
)  # fmt: skip
_ESCAPED = {
    "d": DIGITS, "D": _all_but(DIGITS), "w": WORD, "W": _all_but(WORD), "s": SPACE, "S": _all_but(SPACE), "t": ((9, 9),),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _One:
    ranges: Ranges


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Either:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: _Node
    least: int
    most: int | None


type _Node = _One | _Sequence | _Either | _Repeat


class _Reader:
    """Recursive descent over the text of a pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read(self) -> _Node:
        node = self.either()
        if self.at < len(self.text):
            raise BadPattern(_("A closing bracket ) has no opening one; write \\) for the sign itself."))
        return node

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        char = self.peek()
        self.at += 1
        return char

    def either(self) -> _Node:
        parts = [self.sequence()]
        while self.peek() == "|":
            self.take()
            parts.append(self.sequence())
        return parts[0] if len(parts) == 1 else _Either(tuple(parts))

    def sequence(self) -> _Node:
        parts: list[_Node] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeat())
        if not parts:
            raise BadPattern(_("A part of the pattern is empty; put something between the brackets and on both sides of |."))
        return parts[0] if len(parts) == 1 else _Sequence(tuple(parts))

    def repeat(self) -> _Node:
        node = self.atom()
        counts = {"?": (0, 1), "*": (0, None), "+": (1, None)}
        char = self.peek()
        if char in counts:
            self.take()
            least, most = counts[char]
        elif char == "{":
            least, most = self.count()
        else:
            return node
        if self.peek() in ("?", "*", "+", "{"):
            raise BadPattern(_("Two counts stand side by side; put brackets round the part that is counted twice."))
        return _Repeat(node, least, most)

    def count(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at + 1 : end].partition(",") if end > 0 else ("", "", "")
        wrong = BadPattern(_("Write a count like {3} or {2,5}, up to %(most)s; write \\{ for the sign itself.") % {"most": MAX_COUNT})
        if not (_is_number(low) and (not high or _is_number(high))):
            raise wrong
        self.at = end + 1
        least = int(low)
        most = int(high) if high else (None if comma else least)
        if least > MAX_COUNT or (most is not None and (most > MAX_COUNT or most < least or most == 0)):
            raise wrong
        return least, most

    def atom(self) -> _Node:
        char = self.take()
        if char == "(":
            if self.peek() == "?":
                if self.text[self.at : self.at + 2] != "?:":
                    raise BadPattern(_("Brackets that begin with (? can't be used here."))
                self.at += 2
            node = self.either()
            if self.take() != ")":
                raise BadPattern(_("An opening bracket ( has no closing one; write \\( for the sign itself."))
            return node
        if char == "[":
            return _One(self.characters())
        if char == ".":
            return _One(ANY)
        if char == "\\":
            return _One(self.escape())
        if char in "?*+{":
            raise BadPattern(_("A count stands where nothing can be counted; write \\%(sign)s for the sign itself.") % {"sign": char})
        if char in "^$":
            raise BadPattern(_("The pattern holds for the whole text anyway; write \\%(sign)s for the sign itself.") % {"sign": char})
        return _One(_point(char))

    def escape(self) -> Ranges:
        char = self.take()
        if char in _ESCAPED:
            return _ESCAPED[char]
        if not char or (char.isascii() and char.isalnum()):
            raise BadPattern(_("\\%(sign)s can't be used here; \\d is a digit, \\w a letter, \\s a space.") % {"sign": char})
        return _point(char)

    def characters(self) -> Ranges:
        negated = self.peek() == "^"
        self.at += negated
        found: list[tuple[int, int]] = []
        while True:
            char = self.take()
            if char in ("", "["):
                raise BadPattern(_("A list of characters [ has no end ]; write \\[ for the sign itself."))
            if char == "]":
                break
            if char == "\\":
                ranges = self.escape()
                if len(ranges) > 1 or ranges[0][0] != ranges[0][1]:
                    found += ranges
                    continue
                low = ranges[0][0]
            else:
                low = _point(char)[0][0]
            found.append((low, self.high(low)))
        if not found:
            raise BadPattern(_("A list of characters [ ] is empty."))
        ranges = _ranges(found)
        ranges = _all_but(ranges) if negated else ranges
        if not ranges:
            raise BadPattern(_("A list of characters [ ] is empty."))
        return ranges

    def high(self, low: int) -> int:
        """Return the end of a range that begins with `low`: `low` itself where none follows."""
        if self.peek() != "-" or self.text[self.at + 1 : self.at + 2] in ("", "]"):
            return low
        self.take()
        char = self.take()
        ranges = self.escape() if char == "\\" else _point(char)
        high = ranges[0][0]
        if len(ranges) > 1 or ranges[0][1] != high or high < low or char == "[":
            raise BadPattern(_("A range like A-Z must go upwards, from one character to another."))
        return high


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _point(char: str) -> Ranges:
    code = ord(char)
    if code == 0 or 0xD800 <= code <= 0xDFFF:
        raise BadPattern(_("The pattern holds a character that no text can hold."))
    return ((code, code),)


class _Positions:
    """The position automaton: positions are the characters of the pattern, with those that may follow each."""

    def __init__(self, node: _Node) -> None:
        self.ranges: list[Ranges] = []
        self.follow: list[set[int]] = []
        self.empty, self.first, self.last = self._add(node)

    def _add(self, node: _Node) -> tuple[bool, frozenset[int], frozenset[int]]:
        """Return whether the node matches nothing, and the positions that it may begin and end with."""
        match node:
            case _One(ranges):
                if len(self.ranges) >= MAX_POSITIONS:
                    raise BadPattern(_("The pattern is too long when its counts are written out; make it simpler."))
                self.ranges.append(ranges)
                self.follow.append(set())
                here = frozenset([len(self.ranges) - 1])
                return False, here, here
            case _Either(parts):
                made = [self._add(part) for part in parts]
                return (
                    any(one[0] for one in made),
                    frozenset().union(*(one[1] for one in made)),
                    frozenset().union(*(one[2] for one in made)),
                )
            case _Sequence(parts):
                found = self._add(parts[0])
                for part in parts[1:]:
                    found = self._then(found, self._add(part))
                return found
            case _Repeat(part, least, most):
                return self._repeat(part, least, most)

    def _then(
        self, one: tuple[bool, frozenset[int], frozenset[int]], other: tuple[bool, frozenset[int], frozenset[int]]
    ) -> tuple[bool, frozenset[int], frozenset[int]]:
        for position in one[2]:
            self.follow[position] |= other[1]
        return one[0] and other[0], one[1] | other[1] if one[0] else one[1], one[2] | other[2] if other[0] else other[2]

    def _repeat(self, part: _Node, least: int, most: int | None) -> tuple[bool, frozenset[int], frozenset[int]]:
        copies = most if most is not None else max(least, 1)
        found: tuple[bool, frozenset[int], frozenset[int]] | None = None
        for number in range(copies):
            made = self._add(part)
            if most is None and number == copies - 1:
                for position in made[2]:
                    self.follow[position] |= made[1]
            if number >= least:
                made = (True, *made[1:])
            found = made if found is None else self._then(found, made)
        assert found is not None  # a count of {0} was refused
        return found


class _State(dict[str, "_State"]):
    """A set of positions; knows by character which set comes next."""

    def __init__(self, pattern: Pattern, positions: frozenset[int], accepts: bool) -> None:
        super().__init__()
        self.pattern = pattern
        self.positions = positions
        self.accepts = accepts

    def __missing__(self, char: str) -> _State:
        return self.pattern.step(self, char)


class Pattern:
    """A pattern ready for use: `matches` in Python, `for_postgres` for the operator ~."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise BadPattern(_("Shorten the pattern to %(limit)s characters.") % {"limit": MAX_LENGTH})
        body = text.removeprefix("^")
        if body.endswith("$") and not body.endswith("\\$"):
            body = body[:-1]
        node = _Reader(body).read()
        self.text = text
        self.for_postgres = f"^(?:{_written(node)})$"
        self._positions = _Positions(node)
        self._forget()

    def _forget(self) -> None:
        self._states: dict[frozenset[int], _State] = {}
        self._edges = 0
        self._start = _State(self, frozenset([-1]), self._positions.empty)

    def matches(self, text: str) -> bool:
        """Return whether the whole `text` fits the pattern."""
        state = self._start
        for char in text:
            state = state[char]
        return state.accepts

    def step(self, state: _State, char: str) -> _State:
        """Return the state after `char`, remembering it (within bounds: texts may hold any character)."""
        code = ord(char)
        here = self._positions
        may = here.first if -1 in state.positions else frozenset().union(*(here.follow[position] for position in state.positions))
        reached = frozenset(position for position in may if any(low <= code <= high for low, high in here.ranges[position]))
        if len(self._states) > _MAX_STATES or self._edges > _MAX_NEXT:
            self._forget()
        following = self._states.get(reached)
        if following is None:
            following = self._states[reached] = _State(self, reached, not reached.isdisjoint(here.last))
        state[char] = following
        self._edges += 1
        return following


def _written(node: _Node) -> str:
    """Return the node as PostgreSQL reads it."""
    match node:
        case _One(ranges):
            return "." if ranges == ANY else f"[{''.join(_span(low, high) for low, high in ranges)}]"
        case _Sequence(parts):
            return "".join(f"(?:{_written(part)})" if isinstance(part, _Either) else _written(part) for part in parts)
        case _Either(parts):
            return "|".join(_written(part) for part in parts)
        case _Repeat(part, least, most):
            inner = _written(part) if isinstance(part, _One) else f"(?:{_written(part)})"
            count = {(0, 1): "?", (0, None): "*", (1, None): "+"}.get((least, most))
            return inner + (count or (f"{{{least},}}" if most is None else f"{{{least},{most}}}"))


def _span(low: int, high: int) -> str:
    return f"\\U{low:08x}" if low == high else f"\\U{low:08x}-\\U{high:08x}"


@lru_cache(maxsize=256)
def compiled(text: str) -> Pattern:
    """Return the pattern for `text`; raises `BadPattern`."""
    return Pattern(text)
