"""Finding clients by whatever a person has at hand: a name in any script, a phone, a mail, a number, a contact.

Each way of looking is a branch that takes a capped number of candidates from its own index; the branches together are
ranked, so that no search ever sorts the hundred thousand rows that a common fragment matches. Both sides of every
comparison are folded by the same SQL functions (sql/folding.sql).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from clients import validation
from clients.models import Client, Contact

CAP = 200
"""Candidates that one branch gives at the most."""
_MOST_TYPED = 200
_MOST_WORDS = 8
_FOLD = (
    "SELECT seraph_core(folded), seraph_codes(folded), seraph_sound(seraph_codes(folded)) FROM (SELECT seraph_fold(%s) AS folded) AS typed"
)
_CANDIDATES = "(SELECT client_id, {why:d} AS why, contact FROM ({sql}) AS one (client_id, contact))"
_PHONE = re.compile(
    r"(?:(?:tel|tél|phone|тел|телефон|моб)[.:\s]*)?(?P<number>\+?[\d\s().\-\u2010-\u2015/]{4,}?)\s*(?:,?\s*(?:ext|x|poste|доб|#)[.:\s]*\d*)?\Z",
    re.IGNORECASE,
)
"""A phone as it stands in signatures and on sites: with "Tel.", with dashes of any kind, with an extension."""
_TRUNK = re.compile(r"\(0+\)")
"""The (0) of +44 (0)20: dialled at home only."""
_LEAST_DIGITS = 4
_LEAST_FRAGMENT = 3  # a trigram: shorter words are sought at the beginning of words only
_LEAST_WORD_WITH_TYPO = 5
_NEAR = 1_000
_ALIKE = 0.45


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
    """One way of looking: rows of (client id, contact's name), capped."""

    why: Why
    rows: QuerySet[Any, Any]


class _Like(Func):
    """A pattern match as the trigram indexes answer it (Django's own lookups would cast and escape)."""

    template = "%(expressions)s"
    arg_joiner = " LIKE "
    output_field = BooleanField()


def find_clients(typed: str, *, limit: int = 20, archived: bool = False, within: QuerySet[Client] | None = None) -> list[Hit]:
    """Return the clients that `typed` may mean, best first, at most `limit` (and at most 200 for each way of looking).

    Words may stand in any order, with or without the legal form, in Cyrillic, Greek or Latin letters; phones in any
    format; tax numbers with blanks. When nothing fits, what clients that were merged into others were known by is tried,
    then names with a slip of the pen. `within` are the clients to look among (then `archived` says nothing). Without it
    rights are not looked at: pass the ids through `visible_to`.
    """
    among = Client.objects.filter(merged_into=None) if within is None else within.order_by()
    if within is None and not archived:
        among = among.filter(archived_at=None)
    text = validation.plain(typed)[:_MOST_TYPED]
    if not text:
        return []
    core, folded, sound = _folded(text)
    look = _Look(among)
    words = [] if "@" in text else core.split()[:_MOST_WORDS] or folded.split()[:_MOST_WORDS]  # an e-mail is no name
    # Each way costs more and fits less than the one before it.
    for ways in (look.branches(text, core, words, sound), look.spread(words)):
        if hits := _run(list(ways), core or folded, limit):
            return hits
    gone = _Look(Client.objects.filter(merged_into__in=among))
    if hits := _run(list(gone.branches(text, core, words, sound)), core or folded, limit):
        return _survivors(hits)
    return _run(list(look.alike(folded if words else "")), core or folded, limit)


def _survivors(hits: list[Hit]) -> list[Hit]:
    """In place of clients that were merged, return those that they were merged into."""
    went = dict(Client.objects.filter(pk__in=[hit.client_id for hit in hits]).values_list("pk", "merged_into"))
    found = {went[hit.client_id]: hit for hit in reversed(hits)}
    return [replace(hit, client_id=pk) for pk, hit in reversed(found.items()) if pk is not None]


def _folded(text: str) -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, [text])
        core, folded, sound = cursor.fetchone()
    return core, folded, sound


class _Look:
    """The ways of looking among some clients."""

    def __init__(self, among: QuerySet[Client]) -> None:
        self.among = among

    def clients(self, why: Why, column: str, *patterns: str) -> _Branch:
        return _Branch(why, self.among.filter(*_all_like(column, patterns)).values_list("pk", Value(""))[:CAP])

    def contacts(self, why: Why, column: str, *patterns: str) -> _Branch:
        rows = Contact.objects.filter(*_all_like(column, patterns), client__in=self.among).order_by()
        return _Branch(why, rows.values_list("client_id", "full_name")[:CAP])

    def branches(self, text: str, core: str, words: list[str], sound: str) -> Iterator[_Branch]:
        yield from self.by_number(text)
        if not words:
            return
        yield _Branch(Why.SAME_NAME, self.among.filter(core_name=core).values_list("pk", Value(""))[:CAP])
        beginning = self.among.filter(_Like(F("core_name"), Value(f"{_escaped(core)}%"))).order_by("core_name", "pk")
        yield _Branch(Why.NAME_BEGINS, beginning.values_list("pk", Value(""))[:CAP])
        begins = [f"% {word}%" for word in words]
        yield self.clients(Why.WORDS, "search_text", *begins)
        within = [f"%{word}%" if len(word) >= _LEAST_FRAGMENT else f"% {word}%" for word in words]
        if within != begins:
            yield self.clients(Why.FRAGMENT, "search_text", *within)
        yield self.contacts(Why.CONTACT, "search_text", *begins)
        sounds = [f"% {word}%" for word in sound.split()[:_MOST_WORDS]]
        telling = len(max(sound.split(), key=len, default="")) >= _LEAST_FRAGMENT  # "zzzqqq" sounds like "sk": half the registry does
        if telling and sounds != begins:
            yield self.clients(Why.SOUND, "search_text", *sounds)
            yield self.contacts(Why.SOUND, "search_text", *sounds)

    def by_number(self, text: str) -> Iterator[_Branch]:
        """Phones by their digits, and e-mails, tax numbers, sites and own ids by any part of them."""
        if phone := _PHONE.match(text):
            number = phone["number"]
            abroad = number.startswith(("+", "00"))
            for digits in _spellings(re.sub(r"\D", "", _TRUNK.sub("", number) if abroad else number)):
                yield self.clients(Why.PHONE, "search_digits", f"%{digits}%")
                yield self.contacts(Why.PHONE, "search_digits", f"%{digits}%")
        keys = {text.lower().replace(" ", "")} if "@" in text else {re.sub(r"[\W_]", "", text.lower()), text.lower()}
        for key in sorted(key for key in keys if len(key) >= _LEAST_FRAGMENT and (any(map(str.isdigit, key)) or "@" in key or "." in key)):
            yield self.clients(Why.SAME_KEY, "search_keys", f"% {_escaped(key)} %")
            yield self.clients(Why.KEY, "search_keys", f"%{_escaped(key)}%")
            yield self.contacts(Why.CONTACT, "search_keys", f"%{_escaped(key)}%")

    def spread(self, words: list[str]) -> Iterator[_Branch]:
        """A person and the company in one line ("Olga Northwind"): the contact has one of the longest words, the client may have others."""
        for word in sorted(words, key=len, reverse=True)[:2] if len(words) > 1 else ():
            near = Contact.objects.filter(_Like(F("search_text"), Value(f"% {word}%"))).values("pk")[:_NEAR]
            rows = Contact.objects.filter(pk__in=near, client__in=self.among).order_by()
            for other in words:
                pattern = Value(f"% {other}%")
                rows = rows.filter(Q(_Like(F("search_text"), pattern)) | Q(_Like(F("client__search_text"), pattern)))
            yield _Branch(Why.CONTACT, rows.values_list("client_id", "full_name")[:CAP])

    def alike(self, folded: str) -> Iterator[_Branch]:
        """Names with a slip of the pen: one half of the longest word is right, or all but its middle, and the whole is alike."""
        word = max(folded.split(), key=len, default="")
        if len(word) < _LEAST_WORD_WITH_TYPO:
            return
        half = len(word) // 2
        patterns = [f"% {word[: max(half, 3)]}%", f"%{word[half:]}%"]
        if half > _LEAST_FRAGMENT:
            patterns.append(f"% {word[: half - 1]}%{word[half + 1 :]}%")
        for pattern in patterns:
            near = self.among.filter(_Like(F("search_text"), Value(pattern))).values("pk")[:_NEAR]
            alike = _alike(Client.objects.filter(pk__in=near), word)
            yield _Branch(Why.ALIKE, alike.values_list("pk", Value(""))[:CAP])
            people = Contact.objects.filter(_Like(F("search_text"), Value(pattern)), client__in=self.among).order_by().values("pk")[:_NEAR]
            named = _alike(Contact.objects.filter(pk__in=people), word)
            yield _Branch(Why.ALIKE, named.values_list("client_id", "full_name")[:CAP])


def _alike(rows: QuerySet[Any], word: str) -> QuerySet[Any]:
    alike: QuerySet[Any] = rows.alias(alike=TrigramWordSimilarity(word, "search_text")).filter(alike__gte=_ALIKE)
    return alike.order_by("-alike")


def _all_like(column: str, patterns: Iterable[str]) -> list[_Like]:
    values = [Value(pattern) for pattern in patterns]
    return [_Like(F(column), Func(value, function="seraph_key") if column == "search_keys" else value) for value in values]


def _spellings(digits: str) -> list[str]:
    """The digits as E.164 may hold them: without 00, without a national trunk prefix (0, or the 8 of Russia)."""
    if len(digits) < _LEAST_DIGITS:
        return []
    bare = digits.removeprefix("00")
    trunkless = bare[1:] if bare[0] in "08" and len(bare) > 6 else bare
    return sorted({bare, trunkless}) if len(bare) >= _LEAST_DIGITS else [digits]


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


_RANKED = """
SELECT client_id, why, contact FROM (
  SELECT DISTINCT ON (client_id) client_id, why, contact FROM ({branches}) AS found ORDER BY client_id, why
) AS best JOIN clients_client AS client ON client.id = client_id
ORDER BY why, similarity(client.core_name, %s) DESC, client.sort_name, client_id
LIMIT %s
"""


def _run(branches: list[_Branch], name: str, limit: int) -> list[Hit]:
    parts: list[str] = []
    params: list[Any] = []
    for branch in branches:
        try:
            sql, values = branch.rows.query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(_CANDIDATES.format(why=branch.why, sql=sql))
        params += values
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_RANKED.format(branches=" UNION ALL ".join(parts)), [*params, name, limit])
        return [Hit(client_id, Why(why), contact) for client_id, why, contact in cursor.fetchall()]
