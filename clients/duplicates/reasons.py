"""Why two clients are taken for one, in words.

A reason is kept as `[code, detail]`: the code says what is the same, the detail what it is (a phone in E.164, an address)
or, where things are only alike, how much in whole percent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from django.utils.translation import gettext as _

from ui import formats


class Code(StrEnum):
    """What speaks for one client, or (the last three) against it."""

    TAX_NUMBER = "tax_number"
    OWN_ID = "external_id"
    PHONE = "phone"
    EMAIL = "email"
    DOMAIN = "domain"
    WEBSITE = "website"
    NAME = "name"
    NAME_ALIKE = "name_alike"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    ADDRESS_ALIKE = "address_alike"
    CITY = "city"
    CONTACT = "contact"
    OTHER_TAX_NUMBER = "other_tax_number"
    OTHER_BIRTH_DATE = "other_birth_date"
    OTHER_PLACE = "other_place"


Reason = Sequence[str | int]

_SAY: dict[str, Callable[[str | int], str]] = {
    Code.TAX_NUMBER: lambda number: _("same tax number %(number)s") % {"number": number},
    Code.OWN_ID: lambda number: _("same own id %(number)s") % {"number": number},
    Code.PHONE: lambda phone: _("same phone %(phone)s") % {"phone": formats.phone(str(phone))},
    Code.EMAIL: lambda email: _("same e-mail %(email)s") % {"email": email},
    Code.DOMAIN: lambda domain: _("same mail domain %(domain)s") % {"domain": domain},
    Code.WEBSITE: lambda site: _("same web site %(site)s") % {"site": site},
    Code.NAME: lambda _detail: _("same name"),
    Code.NAME_ALIKE: lambda percent: _("name %(percent)s %% alike") % {"percent": percent},
    Code.BIRTH_DATE: lambda _detail: _("same birth date"),
    Code.ADDRESS: lambda _detail: _("same address"),
    Code.ADDRESS_ALIKE: lambda percent: _("address %(percent)s %% alike") % {"percent": percent},
    Code.CITY: lambda city: _("same place, %(city)s") % {"city": city},
    Code.CONTACT: lambda name: _("same contact, %(name)s") % {"name": name},
    Code.OTHER_TAX_NUMBER: lambda _detail: _("different tax numbers"),
    Code.OTHER_BIRTH_DATE: lambda _detail: _("different birth dates"),
    Code.OTHER_PLACE: lambda _detail: _("different places"),
}


def in_words(reasons: Iterable[Reason]) -> list[str]:
    """Return the reasons as a person reads them, in their order; codes of a later version are left out."""
    return [_SAY[str(code)](detail) for code, detail in reasons if str(code) in _SAY]
