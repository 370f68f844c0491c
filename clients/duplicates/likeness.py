"""How sure it is that two clients are one, and why.

Fellegi and Sunter's model (A theory for record linkage, JASA 64, 1969): each fact that both have is compared and gives
log2(m/u), the bits by which this degree of likeness is more frequent among records of one client (m) than among those of
two (u). The bits add up; with what is thought beforehand (`PRIOR`) they are the odds, and these the percentage. A fact that
one of them lacks says nothing. How the figures were chosen and what they reach stands in docs/duplicates.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from clients.duplicates.folding import sound
from clients.duplicates.names import NameScale, compare_names
from clients.duplicates.parts import Parts
from clients.duplicates.reasons import Code

PRIOR, PRIOR_OF_PEOPLE = -6.6, -6.0
"""Bits: of a hundred pairs that share a key and of which nothing more is known, one is one client."""
SLOPE = 0.95
"""Facts lean on one another (who shares the street shares the city), so their sum claims too much."""

_COMPANY_NAMES = NameScale(most=9.0, against=1.4, missing=0.35, least=-7.0)
_PERSON_NAMES = NameScale(most=9.0, against=1.3, missing=0.2, least=-6.0)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Bits for each degree of likeness of a fact; companies and people differ in what their facts tell."""

    names: NameScale
    phone: float
    phones_near: float
    phones_differ: float
    email: float
    emails_near: float
    domain: float
    domains_differ: float
    city: float
    city_near: float
    cities_differ: float
    postcode: float
    postcode_near: float
    postcodes_differ: float
    address: float
    address_alike: float
    street_alone: float
    next_door: float
    addresses_differ: float
    place_most: float
    contact: float


_COMPANY = _Scale(
    names=_COMPANY_NAMES, phone=7.5, phones_near=3.0, phones_differ=-1.5, email=8.0, emails_near=4.0, domain=5.0, domains_differ=-1.5,
    city=1.8, city_near=1.4, cities_differ=-5.0, postcode=2.2, postcode_near=1.0, postcodes_differ=-1.5, address=4.5, address_alike=3.2,
    street_alone=1.5, next_door=-1.5, addresses_differ=-2.0, place_most=8.5, contact=3.0,
)  # fmt: skip
_PERSON = _Scale(
    names=_PERSON_NAMES, phone=6.0, phones_near=3.0, phones_differ=-1.0, email=8.0, emails_near=4.5, domain=0.5, domains_differ=-0.3,
    city=3.0, city_near=2.5, cities_differ=-1.0, postcode=3.0, postcode_near=2.0, postcodes_differ=-0.8, address=6.0, address_alike=5.0,
    street_alone=3.5, next_door=3.0, addresses_differ=-1.5, place_most=12.0, contact=3.0,
)  # fmt: skip
_TAX, _TAX_ELSEWHERE, _TAX_NEAR = 16.0, 6.5, 3.0
_TAX_DIFFER, _TAX_OF_PEOPLE_DIFFER = -14.0, -8.0
_BIRTH, _BIRTH_NEAR, _BIRTH_PARTLY, _BIRTH_DIFFER = 10.0, 5.0, 0.5, -5.2
_OWN_ID = 14.0
_REGION, _REGIONS_DIFFER = 0.4, -0.8
_COUNTRIES_DIFFER = -4.0
_KINDS_DIFFER = -2.0

_NEAR_CITY = 0.8
_STRANGE = 50
_LEAST_PART = 8
_SAME_STREET, _ALIKE_STREET, _OTHER_STREET = 88, 72, 50

Said = tuple[str, str | int, float]
"""Code, detail, bits"""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How sure it is that two clients are one, in whole percent, and what speaks for it and against, the weightiest first."""

    score: int
    reasons: list[list[str | int]]


def compare(one: Parts, other: Parts) -> Likeness:
    """Return how alike two clients are. The same whichever comes first."""
    if _are_strangers(one, other):
        return Likeness(0, [])
    said = evidence(one, other)
    prior = PRIOR_OF_PEOPLE if one.person and other.person else PRIOR
    score = percent(prior + sum(bits for _code, _detail, bits in said))
    told = sorted((item for item in said if item[0]), key=lambda item: (-abs(item[2]), item[0], str(item[1])))
    return Likeness(score, [[code, detail] for code, detail, _bits in told])


def _are_strangers(one: Parts, other: Parts) -> bool:
    """Tell at a glance two clients of unlike names that share nothing which could outweigh it: most of those who meet by a key."""
    if not (one.telling.isdisjoint(other.telling) and one.phones.keys().isdisjoint(other.phones) and one.domains.isdisjoint(other.domains)):
        return False
    if (one.tax_number and one.tax_number == other.tax_number) or (one.birth_date and one.birth_date == other.birth_date):
        return False
    if not (one.emails.isdisjoint(other.emails) and one.contacts.keys().isdisjoint(other.contacts)):
        return False
    if not (one.sorted_names and other.sorted_names) or (one.own_id and one.own_id == other.own_id):
        return False
    return not any(fuzz.ratio(a, b, score_cutoff=_STRANGE) for a in one.sorted_names for b in other.sorted_names)


def percent(bits: float) -> int:
    """Return the odds 2^bits as whole percent: 99 at the most, since nobody has asked the two."""
    return min(99, round(100 / (1 + math.exp(-max(min(bits * SLOPE * math.log(2), 50.0), -50.0)))))


def evidence(one: Parts, other: Parts) -> list[Said]:
    """Return all that speaks for one client or against it; what is not worth telling has no code."""
    scale = _PERSON if one.person and other.person else _COMPANY
    said: list[Said] = []
    if one.person != other.person:
        said.append(("", "", _KINDS_DIFFER))
    elsewhere = _place(one, other, scale, said)
    _names(one, other, scale, said)
    _numbers(one, other, elsewhere, said)
    _ways_to_reach(one, other, scale, said)
    if one.contacts and other.contacts and (same := one.contacts.keys() & other.contacts.keys()):
        said.append((Code.CONTACT, min(one.contacts[min(same)], other.contacts[min(same)]), scale.contact))
    return said


def _names(one: Parts, other: Parts, scale: _Scale, said: list[Said]) -> None:
    found = compare_names(one.names, other.names, scale.names)
    if found is None:
        return
    if found.share >= 0.995:
        said.append((Code.NAME, "", found.bits))
    else:
        said.append((Code.NAME_ALIKE if found.share >= 0.5 else "", round(100 * found.share), found.bits))


def _numbers(one: Parts, other: Parts, elsewhere: bool, said: list[Said]) -> None:
    if one.tax_number and other.tax_number:
        a, b = one.tax_number, other.tax_number
        if a == b:
            said.append((Code.TAX_NUMBER, a, _TAX_ELSEWHERE if elsewhere and not (one.person and other.person) else _TAX))
        elif len(a) == len(b) or OSA.distance(a, b, score_cutoff=1) <= 1:
            near = OSA.distance(a, b, score_cutoff=1) <= 1
            against = _TAX_OF_PEOPLE_DIFFER if one.person and other.person else _TAX_DIFFER
            said.append(("", "", _TAX_NEAR) if near else (Code.OTHER_TAX_NUMBER, "", against))
    if one.own_id and one.own_id == other.own_id:
        said.append((Code.OWN_ID, one.own_id, _OWN_ID))
    if one.birth_date and other.birth_date:
        if one.birth_date == other.birth_date:
            said.append((Code.BIRTH_DATE, one.birth_date.isoformat(), _BIRTH))
        else:
            said.append(_birth_dates(one.birth_date, other.birth_date))


def _birth_dates(one: date, other: date) -> Said:
    a, b = (one.year, one.month, one.day), (other.year, other.month, other.day)
    if OSA.distance(f"{one:%Y%m%d}", f"{other:%Y%m%d}", score_cutoff=1) <= 1 or a == (b[0], b[2], b[1]):
        return "", "", _BIRTH_NEAR
    if sum(x == y for x, y in zip(a, b, strict=True)) == 2:
        return "", "", _BIRTH_PARTLY
    return Code.OTHER_BIRTH_DATE, "", _BIRTH_DIFFER


def _ways_to_reach(one: Parts, other: Parts, scale: _Scale, said: list[Said]) -> None:
    if one.phones and other.phones:
        if same := one.phones.keys() & other.phones.keys():
            phone = min(same)
            said.append((Code.PHONE, max(one.phones[phone], other.phones[phone], key=lambda kept: (len(kept), kept)), scale.phone))
        else:
            near = any(_slip(a, b) for a in one.phones for b in other.phones)
            said.append(("", "", scale.phones_near if near else scale.phones_differ))
    same_mail = one.emails & other.emails
    if same_mail:
        said.append((Code.EMAIL, min(same_mail), scale.email))
    elif one.emails and other.emails and any(OSA.distance(a, b, score_cutoff=1) <= 1 for a in one.emails for b in other.emails):
        said.append(("", "", scale.emails_near))
    if same_domain := one.domains & other.domains:
        code = Code.WEBSITE if one.host in same_domain and one.host == other.host else Code.DOMAIN
        bits = 1.0 if same_mail else scale.domain
        said.append((code, one.host if code == Code.WEBSITE else min(same_domain), bits))
    elif one.domains and other.domains and not same_mail:
        said.append(("", "", scale.domains_differ))


def _slip(one: str, other: str) -> bool:
    return len(one) == len(other) and OSA.distance(one, other, score_cutoff=1) <= 1


def _place(one: Parts, other: Parts, scale: _Scale, said: list[Said]) -> bool:
    """Compare where the two are; return whether they are known to be in different cities."""
    if one.country and other.country and one.country != other.country:
        said.append((Code.OTHER_PLACE, "", _COUNTRIES_DIFFER))
        return True
    city, elsewhere = _city(one, other, scale)
    if elsewhere and one.numbers & other.numbers and _alike_streets(one.street, other.street) >= _SAME_STREET:
        city, elsewhere = scale.cities_differ / 3, False  # the same house in a suburb that is called otherwise
    postcode = _postcode(one, other, scale, elsewhere)
    code, detail, street = _address(one, other, scale, elsewhere)
    region = 0.0
    if one.region and other.region and not elsewhere:
        alike = one.region == other.region or OSA.normalized_similarity(one.region, other.region) >= _NEAR_CITY
        region = _REGION if alike else _REGIONS_DIFFER
    total = city + postcode + street + region
    over = min(0.0, scale.place_most - total)
    if elsewhere:
        said.append((Code.OTHER_PLACE, "", city + postcode + region))
    elif city > 0:
        said.append((Code.CITY, min(filter(None, (one.city_said, other.city_said))), city + postcode + region))
    else:
        said.append(("", "", city + postcode + region))
    if street or over:
        said.append((code, detail, street + over))
    return elsewhere


def _city(one: Parts, other: Parts, scale: _Scale) -> tuple[float, bool]:
    if not (one.city and other.city):
        for known, unknown in ((one, other), (other, one)):
            if known.city and not unknown.city and set(known.city.split()) <= set(unknown.street):
                return scale.city, False
        return 0.0, False
    if one.city == other.city:
        return scale.city, False
    within = set(one.city.split()) <= set(other.city.split()) or set(other.city.split()) <= set(one.city.split())
    if within or sound(one.city) == sound(other.city) or OSA.normalized_similarity(one.city, other.city) >= _NEAR_CITY:
        return scale.city_near, False
    return scale.cities_differ, not (one.postcode and one.postcode == other.postcode)


def _postcode(one: Parts, other: Parts, scale: _Scale, elsewhere: bool) -> float:
    if not (one.postcode and other.postcode):
        return 0.0
    if one.postcode == other.postcode:
        return scale.postcode
    if elsewhere:
        return min(scale.postcodes_differ, 0.0)
    return scale.postcode_near if _slip(one.postcode, other.postcode) else scale.postcodes_differ


def _alike_streets(one: Sequence[str], other: Sequence[str]) -> float:
    """Return how alike two streets are, 0 to 100, in whatever order their words stand."""
    if not one or not other:
        return 0.0
    a, b = sorted((" ".join(one), " ".join(other)))
    ratio = max(fuzz.token_sort_ratio(a, b), 0.97 * fuzz.token_set_ratio(a, b), fuzz.ratio(a.replace(" ", ""), b.replace(" ", "")))
    if ratio < _SAME_STREET and min(len(a), len(b)) >= _LEAST_PART:
        ratio = max(ratio, 0.92 * fuzz.partial_ratio(a, b))
    return ratio


def _address(one: Parts, other: Parts, scale: _Scale, elsewhere: bool) -> tuple[str, str | int, float]:
    """Return code, detail and bits of the two addresses; in different cities a street of the same name says nothing."""
    nothing: tuple[str, str | int, float] = ("", "", 0.0)
    if not (one.street or one.numbers) or not (other.street or other.numbers):
        return nothing
    a = [word for word in one.street if word not in other.city.split()] if other.city and not one.city else one.street
    b = [word for word in other.street if word not in one.city.split()] if one.city and not other.city else other.street
    both = bool(one.numbers) and bool(other.numbers)
    same_number = bool(one.numbers & other.numbers)
    if not a or not b:
        return ("", "", 1.0) if same_number and not elsewhere else nothing
    ratio = _alike_streets(a, b)
    if elsewhere:
        return ("", "", scale.addresses_differ / 2) if ratio < _ALIKE_STREET or (both and not same_number) else nothing
    if ratio >= _SAME_STREET:
        if same_number:
            return (Code.ADDRESS, "", scale.address) if ratio >= 97 else (Code.ADDRESS_ALIKE, round(ratio), scale.address)
        return ("", "", scale.next_door) if both else (Code.ADDRESS_ALIKE, round(ratio), scale.street_alone)
    if ratio >= _ALIKE_STREET:
        return (Code.ADDRESS_ALIKE, round(ratio), scale.address_alike if same_number else scale.street_alone / 2 if not both else 0.0)
    if same_number:
        return ("", "", 1.0 if ratio >= _OTHER_STREET else 0.0)
    return ("", "", scale.addresses_differ)
