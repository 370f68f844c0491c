"""From what was typed to what is kept: the one way into the registry, for form, API, import and commands.

`prepare_client` and `prepare_contact` touch no database, so that a row of an import costs what a form costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients import custom_fields, validation
from clients.criteria import Evaluation, Record, evaluate
from clients.errors import FieldError, Refused
from clients.models.clients import Client, Kind, Lifecycle
from clients.services.rules import Rules
from clients.validation import BadValue

Values = dict[str, Any]
_Clean = Callable[[object, Rules], Any]


def _text(limit: int, *, lines: bool = False) -> _Clean:
    return lambda value, rules: validation.text(value, limit=limit, lines=lines)


def _tri_state(value: object, rules: Rules) -> bool | None:
    return None if value is None or value == "" else validation.yes_or_no(value)


# What may be typed on a client, and how each value is read. Tax number and custom fields come after, they need others.
CLEAN: dict[str, _Clean] = {
    "kind": lambda value, rules: validation.choice(value, dict(Kind.choices)),
    "full_name": _text(300),
    "short_name": _text(150),
    "former_names": _text(300),
    "external_id": _text(64),
    "birth_date": lambda value, rules: validation.day(value),
    "industry": lambda value, rules: rules.industries.resolve(value),
    "employees": lambda value, rules: validation.whole_number(value),
    "phones": lambda value, rules: _each(value, lambda part: validation.phone(part, rules.region)),
    "emails": lambda value, rules: _each(value, validation.email),
    "website": lambda value, rules: validation.website(value),
    "address": _text(300),
    "city": _text(100),
    "region": _text(100),
    "postal_code": _text(16),
    "country": lambda value, rules: validation.country(value),
    "may_call": _tri_state,
    "may_write": _tri_state,
    "consent_on": lambda value, rules: validation.day(value),
    "is_customer": lambda value, rules: validation.yes_or_no(value),
    "is_supplier": lambda value, rules: validation.yes_or_no(value),
    "lifecycle": lambda value, rules: validation.choice(value, dict(Lifecycle.choices)),
    "source": lambda value, rules: rules.sources.resolve(value),
    "manager": lambda value, rules: rules.managers.resolve(value),
    "line_of_business": lambda value, rules: rules.lines_of_business.resolve(value),
    "works_since": lambda value, rules: validation.day(value),
    "worked_until": lambda value, rules: validation.day(value),
    "went_well": _text(20_000, lines=True),
    "went_wrong": _text(20_000, lines=True),
    "stands_now": _text(20_000, lines=True),
}
REFERENCES = frozenset({"industry", "source", "manager", "line_of_business", "referrer"})
EDITABLE = frozenset({*CLEAN, "tax_number", "time_zone", "referrer", "custom"})
"""Every field that a person may set on a client; all else is refused as unknown."""

CONTACT_CLEAN: dict[str, _Clean] = {
    "full_name": _text(200),
    "position": _text(150),
    "phones": CLEAN["phones"],
    "emails": CLEAN["emails"],
    "is_main": lambda value, rules: validation.yes_or_no(value),
    "is_head": lambda value, rules: validation.yes_or_no(value),
    "birth_date": CLEAN["birth_date"],
    "note": _text(300),
}


@dataclass
class PreparedClient:
    """A client that may be written: kept values by attribute (references as `…_id`), contacts, and how it stands."""

    values: Values
    contacts: list[Values]
    evaluation: Evaluation
    errors: list[FieldError] = field(default_factory=list)


def _each(value: object, clean: Callable[[object], str]) -> list[str]:
    entries = validation.parts(value)
    if len(entries) > 20:
        raise BadValue("too_many", _("Keep at most 20 entries."))
    return list(dict.fromkeys(filter(None, (clean(entry) for entry in entries))))


def clean_values(data: Mapping[str, Any], rules: Rules, *, before: Values | None = None) -> tuple[Values, list[FieldError]]:
    """Read `data` (names as in the API) into kept values by attribute; all that is wrong comes back at once.

    `before` holds the attributes as they stand, for values that need others (the country of a tax number).
    """
    before = before or {}
    values: Values = {}
    errors = [FieldError(str(name)[:60], "unknown", _("There is no such field.")) for name in data if name not in EDITABLE]
    for name, clean in CLEAN.items():
        if name not in data:
            continue
        kept = before.get(f"{name}_id")
        if kept is not None and _reference(data[name]) == kept:  # a manager who has left, say: what stands may stand
            values[f"{name}_id"] = kept
            continue
        try:
            values[f"{name}_id" if name in REFERENCES else name] = clean(data[name], rules)
        except BadValue as bad:
            # A country that nobody knows (an import's "Channel Islands") is kept as the region rather than lost.
            if name == "country" and bad.code == "country" and not data.get("region") and len(str(data[name])) > 3:
                values |= {"country": "", "region": validation.text(data[name], limit=100)}
            else:
                errors.append(FieldError(name, bad.code, bad.message))
    if "tax_number" in data:
        try:
            values["tax_number"] = validation.tax_number(data["tax_number"], values.get("country", before.get("country", "")) or "")
        except BadValue as bad:
            errors.append(FieldError("tax_number", bad.code, bad.message))
    if "time_zone" in data:
        errors += _clean_time_zone(data["time_zone"], values)
    if "referrer" in data:
        values["referrer_id"] = _reference(data["referrer"])
    if "custom" in data:
        custom, wrong = custom_fields.clean(data["custom"] or {}, rules.custom_fields)
        values["custom"] = {key: value for key, value in {**before.get("custom", {}), **custom}.items() if value not in (None, "")}
        errors += wrong
    errors += contradictions({**before, **values})
    return values, errors


def _clean_time_zone(value: object, values: Values) -> list[FieldError]:
    from django.core.exceptions import ValidationError

    from accounts.models import check_time_zone

    try:
        values["time_zone"] = validation.text(value, limit=64)
        if values["time_zone"]:
            check_time_zone(values["time_zone"])
    except BadValue as bad:
        return [FieldError("time_zone", bad.code, bad.message)]
    except ValidationError as wrong:
        return [FieldError("time_zone", "time_zone", wrong.message)]
    return []


def _reference(value: object) -> object:
    """Return the id that `value` (an id, its digits, or a row) stands for; anything else as it is, to be refused later."""
    found = getattr(value, "pk", value) or None
    return int(found) if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 19 else found


def contradictions(values: Values) -> list[FieldError]:
    """Return what can't be true together."""
    since, until = values.get("works_since"), values.get("worked_until")
    if since and until and until < since:
        return [FieldError("worked_until", "order", _("The end comes before the beginning of the work; mend one of the dates."))]
    return []


def clean_contact(data: Mapping[str, Any], rules: Rules) -> tuple[Values, list[FieldError]]:
    """Read one contact; errors name its fields."""
    values: Values = {}
    errors = [FieldError(str(name)[:60], "unknown", _("There is no such field.")) for name in data if name not in CONTACT_CLEAN]
    for name, clean in CONTACT_CLEAN.items():
        if name in data:
            try:
                values[name] = clean(data[name], rules)
            except BadValue as bad:
                errors.append(FieldError(name, bad.code, bad.message))
    return values, errors


def read_contacts(contacts: Sequence[Mapping[str, Any]], rules: Rules) -> tuple[list[Values], list[FieldError]]:
    """Read the contacts of one client; errors name "contacts.<number>.<field>"."""
    people: list[Values] = []
    errors: list[FieldError] = []
    for number, contact in enumerate(contacts):
        person, wrong = clean_contact(contact, rules)
        if not wrong and not person.get("full_name"):
            wrong = [FieldError("full_name", "required", _("Give the contact a name, or the name of the office."))]
        errors += [FieldError(f"contacts.{number}.{error.field}", error.code, error.message) for error in wrong]
        people.append(person)
    for mark in ("is_main", "is_head"):
        if sum(bool(person.get(mark)) for person in people) > 1:
            errors.append(FieldError("contacts", "one_only", _("Only one contact can be the main one, and only one the head.")))
    return people, errors


def prepare_client(data: Mapping[str, Any], contacts: Sequence[Mapping[str, Any]], rules: Rules) -> PreparedClient:
    """Read a new client with its contacts and hold it against the criteria; `errors` says what keeps it out."""
    values, errors = clean_values(data, rules)
    people, wrong = read_contacts(contacts, rules)
    return hold_against_criteria(values, people, [*errors, *wrong], rules)


def hold_against_criteria(values: Values, people: list[Values], errors: list[FieldError], rules: Rules) -> PreparedClient:
    """Hold a new client, read already, against the criteria; what it falls short of joins the `errors` of its reading."""
    if people and not any(person.get("is_main") for person in people):
        people[0]["is_main"] = True
    evaluation = evaluate(Record.of_values(values, people, registered_on=rules.today), rules.criteria, as_of=rules.today)
    already = {error.field for error in errors}
    errors = errors + [FieldError(gap.field, gap.code, gap.message) for gap in evaluation.required if gap.field not in already]
    return PreparedClient(values, people, evaluation, errors)


def newly_broken(before: Evaluation, after: Evaluation) -> list[FieldError]:
    """Return the required criteria that a change would break; those that were broken before only stay flagged."""
    known = {(gap.fact, gap.code) for gap in before.required}
    return [FieldError(gap.field, gap.code, gap.message) for gap in after.required if (gap.fact, gap.code) not in known]


def read_text(field_name: str, value: object, limit: int) -> str:
    """Return one line of text that stands alone (a reason); raises `Refused` when it can't be kept."""
    try:
        return validation.text(value, limit=limit)
    except BadValue as bad:
        raise Refused([FieldError(field_name, bad.code, bad.message)]) from None


def refuse(errors: Iterable[FieldError]) -> None:
    """Raise `Refused` if there is any error."""
    if found := list(errors):
        raise Refused(found)


def as_typed(client: Client) -> Values:
    """Return the kept values of a client by attribute, as `clean_values` makes them."""
    return {
        f"{name}_id" if name in REFERENCES else name: getattr(client, f"{name}_id" if name in REFERENCES else name) for name in EDITABLE
    }


def field_of(attribute: str) -> str:
    """Return the name of a field, as the API and a form have it, by the attribute in which it is kept."""
    name = attribute.removesuffix("_id")
    return name if name in REFERENCES else attribute


def each_fact(values: Values) -> Values:
    """Return kept values by field, each own field as "custom.<key>"."""
    own = values.get("custom") or {}
    plain = {field_of(name): value for name, value in values.items() if name != "custom"}
    return plain | {f"custom.{key}": value for key, value in own.items()}


def filled_facts(client: Client) -> list[str]:
    """Return the fields of `client` in which something stands; "no" is something."""
    return [field for field, value in each_fact(as_typed(client)).items() if value not in (None, "", [])]
