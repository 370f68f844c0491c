"""Finding clients by whatever a person has at hand: a name in any script, a phone, a mail, a number, a contact.

Each way of looking is a branch that takes a capped number of candidates from its own index; the branches together are
ranked, so that no search ever sorts the hundred thousand rows that a common fragment matches. Both sides of every
comparison are folded by the same SQL functions (sql/folding.sql).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from django.db import connection

from clients import validation

CAP = 200
"""Candidates that one branch gives at the most."""
_MOST_TYPED = 200
_MOST_WORDS = 8
_FOLD = (
    "SELECT seraph_core(folded), seraph_codes(folded), seraph_sound(seraph_codes(folded)) FROM (SELECT seraph_fold(%s) AS folded) AS typed"
)
_NAMED = "SELECT id, '' FROM clients_client WHERE {likes}"
_CONTACT = "SELECT client_id, full_name FROM clients_contact WHERE {likes}"
_CANDIDATES = "(SELECT client_id, {why:d} AS why, contact FROM ({sql} LIMIT {cap}) AS one (client_id, contact))"
_PHONE = re.compile(r"\+?[\d\s().\-/]{4,}\Z")
_LEAST_DIGITS = 4
_LEAST_FRAGMENT = 3  # a trigram: shorter words are sought at the beginning of words only
_LEAST_WORD_WITH_TYPO = 5


class Why(IntEnum):
    """Why a client was found, best reason first."""

    SAME_NAME = 0
    SAME_KEY = 1
    NAME_BEGINS = 2
    WORDS = 3
    FRAGMENT = 4
    PHONE = 5
    KEY = 6
    CONTACT = 7
    SOUND = 8
    ALIKE = 9


@dataclass(frozen=True, slots=True)
class Hit:
    """A client that was found; `contact` names the person by whom, if it was one."""

    client_id: int
    why: Why
    contact: str


@dataclass(frozen=True, slots=True)
class _Branch:
    """One way of looking: a SELECT of (client_id, contact) and its parameters."""

    why: Why
    sql: str
    params: tuple[str, ...]


def find_clients(typed: str, *, limit: int = 20, archived: bool = False) -> list[Hit]:
    """Return the clients that `typed` may mean, best first, at most `limit` (and at most 200 for each way of looking).

    Words may stand in any order, with or without the legal form, in Cyrillic, Greek or Latin letters; phones in any
    format; tax numbers with blanks. When nothing fits, names with a slip of the pen are tried. Rights are not looked
    at: pass the ids through `visible_to`.
    """
    text = validation.plain(typed)[:_MOST_TYPED]
    if not text:
        return []
    core, folded, sound = _folded(text)
    hits = _run(list(_branches(text, core, folded, sound)), core or folded, limit, archived)
    return hits or _run(list(_alike(folded)), core or folded, limit, archived)


def _folded(text: str) -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, [text])
        core, folded, sound = cursor.fetchone()
    return core, folded, sound


def _branches(text: str, core: str, folded: str, sound: str) -> Iterator[_Branch]:
    yield from _by_number(text)
    if "@" in text:
        return
    words = core.split()[:_MOST_WORDS] or folded.split()[:_MOST_WORDS]
    if not words:
        return
    yield _Branch(Why.SAME_NAME, "SELECT id, '' FROM clients_client WHERE core_name = %s", (core,))
    yield _Branch(Why.NAME_BEGINS, "SELECT id, '' FROM clients_client WHERE core_name LIKE %s ORDER BY core_name, id", (f"{core}%",))
    begins = [f"% {word}%" for word in words]
    yield _Branch(Why.WORDS, _NAMED.format(likes=_all_like(begins)), tuple(begins))
    within = [f"%{word}%" if len(word) >= _LEAST_FRAGMENT else f"% {word}%" for word in words]
    if within != begins:
        yield _Branch(Why.FRAGMENT, _NAMED.format(likes=_all_like(within)), tuple(within))
    yield _Branch(Why.CONTACT, _CONTACT.format(likes=_all_like(begins)), tuple(begins))
    sounds = [f"% {word}%" for word in sound.split()[:_MOST_WORDS]]
    if sounds and sounds != begins:
        yield _Branch(Why.SOUND, _NAMED.format(likes=_all_like(sounds)), tuple(sounds))


def _by_number(text: str) -> Iterator[_Branch]:
    """Phones by their digits, and e-mails, tax numbers, sites and own ids by any part of them."""
    if _PHONE.fullmatch(text):
        for digits in _spellings(re.sub(r"\D", "", text)):
            pattern = f"%{digits}%"
            yield _Branch(Why.PHONE, "SELECT id, '' FROM clients_client WHERE search_digits LIKE %s", (pattern,))
            yield _Branch(Why.PHONE, "SELECT client_id, full_name FROM clients_contact WHERE search_digits LIKE %s", (pattern,))
    keys = {text.lower().replace(" ", "")} if "@" in text else {re.sub(r"[\W_]", "", text.lower()), text.lower()}
    for key in sorted(key for key in keys if len(key) >= _LEAST_FRAGMENT and (any(map(str.isdigit, key)) or "@" in key or "." in key)):
        pattern = f"%{_escaped(key)}%"
        yield _Branch(Why.SAME_KEY, "SELECT id, '' FROM clients_client WHERE search_keys LIKE %s", (f"% {_escaped(key)} %",))
        yield _Branch(Why.KEY, "SELECT id, '' FROM clients_client WHERE search_keys LIKE %s", (pattern,))
        yield _Branch(Why.CONTACT, "SELECT client_id, full_name FROM clients_contact WHERE search_keys LIKE %s", (pattern,))


def _spellings(digits: str) -> list[str]:
    """The digits as E.164 may hold them: without 00, without a national trunk prefix (0, or the 8 of Russia)."""
    if len(digits) < _LEAST_DIGITS:
        return []
    bare = digits.removeprefix("00")
    trunkless = bare[1:] if bare[0] in "08" and len(bare) > 6 else bare
    return sorted({bare, trunkless}) if len(bare) >= _LEAST_DIGITS else [digits]


def _alike(folded: str) -> Iterator[_Branch]:
    """Names with a slip of the pen: one half of the longest word is right, and the whole is alike."""
    word = max(folded.split(), key=len, default="")
    if len(word) < _LEAST_WORD_WITH_TYPO:
        return
    half = len(word) // 2
    for pattern in (f"% {word[: max(half, 3)]}%", f"%{word[half:]}%"):
        yield _Branch(
            Why.ALIKE,
            "SELECT id, '' FROM (SELECT id, search_text FROM clients_client WHERE search_text LIKE %s LIMIT 2000) AS near"
            " WHERE word_similarity(%s, search_text) >= 0.45 ORDER BY word_similarity(%s, search_text) DESC",
            (pattern, word, word),
        )


def _all_like(patterns: list[str]) -> str:
    return " AND ".join(["search_text LIKE %s"] * len(patterns))


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


_RANKED = """
SELECT client_id, why, contact FROM (
  SELECT DISTINCT ON (client_id) client_id, why, contact FROM ({branches}) AS found ORDER BY client_id, why
) AS best JOIN clients_client AS client ON client.id = client_id
WHERE %s OR client.archived_at IS NULL
ORDER BY why, similarity(client.core_name, %s) DESC, client.sort_name, client_id
LIMIT %s
"""


def _run(branches: list[_Branch], name: str, limit: int, archived: bool) -> list[Hit]:
    if not branches:
        return []
    sql = " UNION ALL ".join(_CANDIDATES.format(why=branch.why, sql=branch.sql, cap=CAP) for branch in branches)
    params: list[str] = [param for branch in branches for param in branch.params]
    with connection.cursor() as cursor:
        cursor.execute(_RANKED.format(branches=sql), [*params, archived, name, limit])
        return [Hit(client_id, Why(why), contact) for client_id, why, contact in cursor.fetchall()]
