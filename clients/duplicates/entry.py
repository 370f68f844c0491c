"""Whom of the registry a new client may be: asked while it is typed, and once more before it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from clients.duplicates.keys import MOST_IN_BLOCK, keys_of
from clients.duplicates.likeness import compare
from clients.duplicates.loading import load
from clients.duplicates.parts import TELLING, Parts, Words, parts_of_values
from clients.duplicates.reasons import Code, Reason
from clients.models import DuplicateScan, DuplicateSettings

_MOST = 20
"""So many clients one way of looking brings at the most."""
_NEAR = 300
_LEAST_WORD_WITH_TYPO = 5
_PHONES = 3
_KNOWN_BY = frozenset({Code.TAX_NUMBER, Code.OWN_ID, Code.PHONE, Code.EMAIL})

# Whom the search would compare a new client with (clients_duplicatekey_pkey), and whom it does not know yet: the clients
# marked last; those of the same number, mail or name (client_tax_number, client_external_id_once, client_alias_external_id,
# client_emails, client_by_core_name); phones by their digits (client_search_digits, contact_search_digits).
_CANDIDATES = """
SELECT unnest(block.ids) FROM unnest(%(keys)s::bigint[]) AS mine (key)
CROSS JOIN LATERAL (
  SELECT array_agg(client_id) AS ids
  FROM (SELECT client_id FROM clients_duplicatekey AS shared WHERE shared.key = mine.key LIMIT %(block)s + 1) AS block
) AS block WHERE cardinality(block.ids) <= %(block)s
UNION (SELECT client_id FROM clients_duplicatemark ORDER BY id DESC LIMIT %(most)s)
"""
# Only what was typed is asked for: a comparison with nothing would fit none of the indexes, which leave empty values out.
_BY_VALUE = {
    "tax_number": "upper(tax_number) = upper(%(tax_number)s) AND NOT tax_number = ''",
    "own_id": "external_id = %(own_id)s AND NOT external_id = '' AND merged_into_id IS NULL",
    "alias": "external_id = %(alias)s AND NOT external_id = '' AND merged_into_id IS NOT NULL",
    "emails": "seraph_lower(emails) && %(emails)s::text[]",
    "name": "core_name = seraph_core_name('', %(name)s)",
}
_BY_PHONE = """
UNION (SELECT id FROM clients_client WHERE search_digits LIKE %(phone_{number})s LIMIT %(most)s)
UNION (SELECT client_id FROM clients_contact WHERE search_digits LIKE %(phone_{number})s LIMIT %(most)s)
"""
# Names with a slip of the pen, where no place is known: one half of the most telling word is right (client_search_text).
# Of those, the most alike.
_BY_HALF = """
UNION (SELECT id FROM (SELECT id, core_name FROM clients_client WHERE search_text LIKE %(half_{number})s LIMIT %(near)s) AS near
       ORDER BY similarity(core_name, seraph_core_name('', %(name)s)) DESC LIMIT %(most)s)
"""


@dataclass(frozen=True, slots=True)
class Alike:
    """A client of the registry that may be the one asked for, how sure that is (%), and why."""

    client_id: int
    score: int
    reasons: Sequence[Reason]


def find_alike(
    values: Mapping[str, Any], contacts: Iterable[Mapping[str, Any]] = (), *, limit: int = 5, exclude: int | None = None
) -> list[Alike]:
    """Return the clients that `values` (as a service keeps them) may mean, the surest first, archived ones too.

    They are as alike as management shows pairs from, or are reached or known by the very same number or mail: while
    somebody stands before the form, it costs a glance to say that the phone is the neighbour's. `exclude` leaves out a
    client (one that is being changed). Rights are not looked at: pass the ids through `visible_to`.
    """
    common: Words = DuplicateScan.objects.filter(pk=1).values_list("words", flat=True).first() or {}
    least = DuplicateSettings.current().review_from
    parts = parts_of_values(values, contacts, common)
    loaded = load(_candidates(values, parts) - {exclude or 0}, common, merged=True)
    found: dict[int, Alike] = {}
    for client_id, other in loaded.parts.items():
        likeness = compare(parts, other)
        if likeness.score >= least or _KNOWN_BY.intersection(code for code, _detail in likeness.reasons):
            now = loaded.merged.get(client_id, client_id)  # whom a merged client lives on in
            if now not in found or found[now].score < likeness.score:
                found[now] = Alike(now, likeness.score, likeness.reasons)
    return sorted(found.values(), key=lambda one: (-one.score, one.client_id))[:limit]


def _candidates(values: Mapping[str, Any], parts: Parts) -> set[int]:
    statement = _CANDIDATES
    given: dict[str, Any] = {
        "keys": list(keys_of(parts)),
        "block": MOST_IN_BLOCK,
        "most": _MOST,
        "near": _NEAR,
        "tax_number": values.get("tax_number") or "",
        "own_id": values.get("external_id") or "",
        "alias": values.get("external_id") or "",
        "emails": sorted(parts.emails),
        "name": values.get("short_name") or values.get("full_name") or "",
    }
    for name, condition in _BY_VALUE.items():
        if given[name]:
            statement += f"UNION (SELECT id FROM clients_client WHERE {condition} LIMIT %(most)s)\n"
    for number, phone in enumerate(list(parts.phones.values())[:_PHONES]):
        statement += _BY_PHONE.format(number=number)
        given[f"phone_{number}"] = f"%{re.sub(r'\D', '', phone)}%"
    for number, half in enumerate(_halves(parts)):
        statement += _BY_HALF.format(number=number)
        given[f"half_{number}"] = half
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return {client_id for (client_id,) in cursor.fetchall()}


def _halves(parts: Parts) -> list[str]:
    ranked = [(weight, word) for name in parts.names[:1] for weight, word in zip(name.weights, name.words, strict=True)]
    weight, word = max(ranked, default=(0.0, ""))
    if parts.city or parts.postcode:  # the keys know the beginnings and ends of names in each place, at a tenth of the cost
        return []
    if len(word) < _LEAST_WORD_WITH_TYPO or weight < TELLING or not word.isascii():
        return []
    half = len(word) // 2
    return [f"% {word[: max(half, 3)]}%", f"%{word[half:]}%"]
