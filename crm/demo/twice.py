"""Clients of the demo company that are entered twice, the way people do it, and namesakes that somebody registered knowingly.

No database and no clock either: what a client is entered as the second time hangs on the first entry and the dice alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from random import Random
from typing import Any

import phonenumbers

from crm.demo.words import Tongue

TWICE = 0.011
"""So many of the clients are there already, under an earlier number."""
BRANCHES = 0.003
"""So many are branches of an earlier one (or its namesakes), registered with a reason although they look like it."""
FIRST = 20
"""The first clients are themselves, so that there is somebody to enter again."""

BRANCH_REASONS = {
    "fr": ("Autre agence : commandes et factures à part", "Établissement secondaire, avec son propre acheteur"),
    "en": ("Another branch, it orders and pays by itself", "Sister company with its own account"),
    "ru": ("Филиал: свой договор и свой снабженец", "Другое юрлицо той же группы, счета отдельно"),
}
NAMESAKE_REASONS = {
    "fr": ("Père et fils, même nom et même téléphone",),
    "en": ("Father and son of the same name",),
    "ru": ("Полные тёзки: отец и сын",),
}


def seen_before(seed: int, number: int) -> int | None:
    """Return the number of the client that `number` is entered again as; None for nearly all."""
    return _earlier(seed, number)[0]


def branch_of(seed: int, number: int) -> int | None:
    """Return the number of the client that `number` is a branch of; None for nearly all."""
    return _earlier(seed, number)[1]


def _earlier(seed: int, number: int) -> tuple[int | None, int | None]:
    rng = Random(f"{seed} {number} before")
    pick = rng.random()
    if number <= FIRST or pick >= TWICE + BRANCHES:
        return None, None
    found = rng.randint(1, number - 1)
    if _earlier(seed, found) != (None, None):
        return None, None
    return (found, None) if pick < TWICE else (None, found)


# --- what is written the second time -------------------------------------------------------------


def entered_again(rng: Random, data: Mapping[str, Any], tongue: Tongue) -> dict[str, Any]:
    """Return the first facts of a client, as somebody enters them who doesn't know that it is there."""
    surely = rng.random() < 0.6  # enough is known to tell at a glance that it is the same
    again = {name: data[name] for name in ("kind", "country", "city", "region", "is_customer", "is_supplier") if name in data}
    again |= {"full_name": _respelt(rng, data, tongue), "short_name": "", "lifecycle": "potential", "custom": {}}
    if data.get("phones") and (surely or rng.random() < 0.3):
        again["phones"] = [as_dialled(data["phones"][0])]
    if data.get("emails") and (surely or rng.random() < 0.15):
        again["emails"] = [
            data["emails"][0] if data["kind"] == "person" or rng.random() < 0.6 else _other_mailbox(rng, data["emails"][0], tongue)
        ]
    if data.get("address") and rng.random() < (0.8 if surely else 0.5):
        again |= {"address": _shortened(data["address"]), "postal_code": data.get("postal_code", "")}
    if data.get("tax_number") and surely and rng.random() < 0.3:
        again["tax_number"] = data["tax_number"]
    if data.get("industry") and rng.random() < 0.6:
        again["industry"] = data["industry"]
    return again


def branch(rng: Random, data: Mapping[str, Any], tongue: Tongue) -> dict[str, Any]:
    """Return the first facts of a branch: the name and the switchboard are those of the house, the place is its own."""
    places = [place for place in tongue.places if place.city != data["city"]]
    place = rng.choice(places)
    return {
        **{
            name: data[name]
            for name in ("kind", "country", "full_name", "short_name", "industry", "phones", "is_customer", "is_supplier")
            if name in data
        },
        "city": place.city,
        "region": place.region,
        "address": tongue.street(rng),
        "postal_code": place.postal_code,
        "lifecycle": "potential",
        "custom": {},
    }


def why_another(rng: Random, data: Mapping[str, Any], tongue: Tongue) -> str:
    """Return why a branch is not the house, or a son not the father."""
    reasons = NAMESAKE_REASONS if data["kind"] == "person" else BRANCH_REASONS
    return rng.choice(reasons.get(tongue.code, reasons["en"]))


def _respelt(rng: Random, data: Mapping[str, Any], tongue: Tongue) -> str:
    """Return the name as another hand writes it."""
    name = str(data["full_name"])
    if data["kind"] == "person":
        ways = [_turned, _slipped]
    elif tongue.code == "ru":
        ways = [in_latin, without_form, _slipped, _unquoted]
    else:
        ways = [without_accents, without_form, _slipped, str.upper]
    for way in rng.sample(ways, len(ways)):
        respelt = _slipped(name, rng) if way is _slipped else way(name)  # type: ignore[operator]
        if respelt != name and len(respelt) > 3:
            return str(respelt)
    return name


_FORMS = re.compile(
    r"^(ООО|АО|ПАО|ТОО|НПО|ИП)\s+|\s+(SARL|SASU?|EURL|SA|SCOP|Ltd|Limited|LLP|plc|GmbH|AG|e\.K\.|S\.A\.)$|^Société coopérative\s+"
)
_SHORTER = (
    ("avenue", "av."), ("boulevard", "bd"), ("place", "pl."), ("chemin", "ch."), ("Street", "St"), ("Road", "Rd"), ("Lane", "Ln"),
    ("ул. ", ""), ("пр-т", "проспект"), (", д. ", ", "), ("straße", "str."),
)  # fmt: skip
_SOUNDS = {
    **dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziyklmnoprstufye", strict=True)),
    "ё": "e", "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya", "ъ": "", "ь": "",
}  # fmt: skip


def in_latin(name: str) -> str:
    """Return a Russian name in Latin letters: "Severnyy mayak OOO"."""
    spelt = "".join(
        _SOUNDS.get(letter, letter) if letter.islower() else _SOUNDS.get(letter.lower(), letter).capitalize() for letter in name
    )
    form, _gap, rest = _unquoted(spelt).partition(" ")
    return f"{rest} {form.upper()}" if _FORMS.match(name) else _unquoted(spelt)


def without_form(name: str) -> str:
    """Return the name alone, as it is said on the phone."""
    return _unquoted(_FORMS.sub("", name))


def without_accents(name: str) -> str:
    """Return "Etablissements Corbiere" for "Établissements Corbière"."""
    return "".join(sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign))


def _unquoted(name: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[«»]", "", name)).strip()


def _turned(name: str) -> str:
    """Return "Rivoire Solène" for "Solène Rivoire"; of three names the last is left out."""
    first, *others = name.split()
    return f"{' '.join(others[:1])} {first}" if others else name


def _slipped(name: str, rng: Random) -> str:
    """Return the name with two letters of its longest word in the wrong order, or one of a double letter missing."""
    word = max(name.split(), key=len)
    if len(word) < 5:
        return name
    double = re.search(r"([^\W\d])\1", word)
    if double:
        wrong = word[: double.start()] + word[double.start() + 1 :]
    else:
        place = rng.randint(2, len(word) - 3)
        wrong = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return name.replace(word, wrong, 1)


def _shortened(address: str) -> str:
    for long, short in _SHORTER:
        address = address.replace(long, short)
    return address


def as_dialled(phone: str) -> str:
    """Return an E.164 number as people in Lyon write it: "04 65 71 00 12", one from abroad "+7 812 000-40-80"."""
    number = phonenumbers.parse(phone)
    national = number.country_code == 33
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if national else form.INTERNATIONAL)


def _other_mailbox(rng: Random, email: str, tongue: Tongue) -> str:
    mailbox, _at, domain = email.partition("@")
    return f"{rng.choice([one for one in tongue.mailboxes if one != mailbox] or [mailbox])}@{domain}"
