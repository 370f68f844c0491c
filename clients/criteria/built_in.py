"""The facts that the registry itself offers to criteria, under their headings and in their order."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.criteria.facts import Fact, Group, register_fact
from clients.criteria.readers import Condition, Known, Listed, Number, OfContacts, Text, Upcoming
from clients.criteria.record import Record
from clients.criteria.sql import Sql

ORGANISATION, PERSON = "organisation", "person"


def _has_role(record: Record) -> bool:
    return bool(record.values.get("is_customer") or record.values.get("is_supplier"))


def _consented(record: Record) -> bool:
    values = record.values
    return values.get("consent_on") is not None and (values.get("may_call") is not None or values.get("may_write") is not None)


_PHONES, _EMAILS = Listed("phones", ("phones",)), Listed("emails", ("emails",))
# A person is its own contact: the person's own phones and e-mails count.
_OWN_PHONES, _OWN_EMAILS = Listed("phones", ("phones",), only_for=PERSON), Listed("emails", ("emails",), only_for=PERSON)


def _text(group: Group, key: str, **more: Any) -> Fact:
    return Fact(key=key, group=group, field=key, readers=(Text(key, (key,)),), **{"takes_pattern": True, **more})


def _known(group: Group, key: str, **more: Any) -> Fact:
    return Fact(key=key, group=group, field=key, readers=(Known(key, (key,)),), **more)


def _chosen(group: Group, key: str, **more: Any) -> Fact:
    return Fact(key=key, group=group, field=key, readers=(Known(f"{key}_id", (key,)),), **{"check": _("from the list"), **more})


BUILT_IN: tuple[Fact, ...] = (
    _text(
        Group.WHO,
        "kind",
        label=_("Kind"),
        ask=_("Say whether this is an organisation or a person."),
        check=_("organisation or person"),
        takes_pattern=False,
        takes_age=False,
    ),
    _text(Group.WHO, "full_name", label=_("Full name"), ask=_("Enter the full name.")),
    _text(Group.WHO, "short_name", label=_("Short name"), ask=_("Enter the short name.")),
    Fact(
        group=Group.WHO,
        key="role",
        label=_("Role"),
        field="is_customer",
        ask=_("Say whether this is a customer, a supplier or both."),
        check=_("customer or supplier"),
        takes_age=False,
        readers=(Condition(_has_role, Sql("({c}.is_customer OR {c}.is_supplier)"), ("is_customer", "is_supplier")),),
    ),
    _text(Group.WHO, "tax_number", label=_("Tax number"), ask=_("Enter the tax number."), check=_("checked by country")),
    _text(Group.WHO, "external_id", label=_("Own id"), ask=_("Enter the number that your other systems know it by.")),
    _chosen(Group.WHO, "industry", label=_("Industry"), ask=_("Choose the industry.")),
    Fact(
        group=Group.WHO,
        key="employees",
        label=_("Employees"),
        field="employees",
        ask=_("Enter the number of employees."),
        check=_("a number"),
        readers=(Number("employees", ("employees",)),),
        kinds=(ORGANISATION,),
        takes_span=True,
    ),
    _known(
        Group.WHO,
        "birth_date",
        label=_("Birth date"),
        ask=_("Enter the birth date."),
        check=_("a date"),
        kinds=(PERSON,),
        takes_age=False,
    ),
    Fact(
        group=Group.REACH,
        key="phone_or_email",
        label=_("A phone or an e-mail"),
        field="phones",
        ask=_("Enter a phone or an e-mail, here or with a contact."),
        check=_("own or of a contact"),
        readers=(_PHONES, _EMAILS, OfContacts(column="phones"), OfContacts(column="emails")),
    ),
    Fact(
        group=Group.REACH,
        key="phones",
        label=_("Phone"),
        field="phones",
        ask=_("Enter a phone."),
        check=_("with country code"),
        readers=(_PHONES,),
        takes_pattern=True,
    ),
    Fact(
        group=Group.REACH,
        key="emails",
        label=_("E-mail"),
        field="emails",
        ask=_("Enter an e-mail."),
        check=_("an e-mail"),
        readers=(_EMAILS,),
        takes_pattern=True,
    ),
    Fact(
        group=Group.REACH,
        key="main_contact",
        label=_("Main contact"),
        field="contacts",
        ask=_("Add the main contact."),
        check=_("a contact"),
        readers=(OfContacts("is_main"),),
        kinds=(ORGANISATION,),
    ),
    Fact(
        group=Group.REACH,
        key="main_contact_phone",
        label=_("Phone of the main contact"),
        field="contacts",
        ask=_("Enter a phone of the main contact."),
        check=_("with country code"),
        readers=(OfContacts("is_main", "phones"), _OWN_PHONES),
        takes_pattern=True,
    ),
    Fact(
        group=Group.REACH,
        key="main_contact_email",
        label=_("E-mail of the main contact"),
        field="contacts",
        ask=_("Enter an e-mail of the main contact."),
        check=_("an e-mail"),
        readers=(OfContacts("is_main", "emails"), _OWN_EMAILS),
        takes_pattern=True,
    ),
    Fact(
        group=Group.REACH,
        key="head",
        label=_("Head of the organisation"),
        field="contacts",
        ask=_("Add the head of the organisation as a contact."),
        check=_("a contact"),
        readers=(OfContacts("is_head"),),
        kinds=(ORGANISATION,),
    ),
    Fact(
        group=Group.REACH,
        key="head_phone",
        label=_("Direct phone of the head"),
        field="contacts",
        ask=_("Enter the direct phone of the head."),
        check=_("with country code"),
        readers=(OfContacts("is_head", "phones"),),
        kinds=(ORGANISATION,),
        takes_pattern=True,
    ),
    Fact(
        group=Group.REACH,
        key="contact_with_phone",
        label=_("At least one contact with a phone"),
        field="contacts",
        ask=_("Enter a phone for one of the contacts."),
        check=_("with country code"),
        readers=(OfContacts(column="phones"), _OWN_PHONES),
        takes_pattern=True,
    ),
    Fact(
        group=Group.REACH,
        key="contact_with_email",
        label=_("At least one contact with an e-mail"),
        field="contacts",
        ask=_("Enter an e-mail for one of the contacts."),
        check=_("an e-mail"),
        readers=(OfContacts(column="emails"), _OWN_EMAILS),
        takes_pattern=True,
    ),
    _text(Group.REACH, "website", label=_("Web site"), ask=_("Enter the web site."), check=_("a web address")),
    _text(Group.REACH, "address", label=_("Address"), ask=_("Enter the address.")),
    _text(Group.REACH, "city", label=_("City"), ask=_("Enter the city.")),
    _text(Group.REACH, "region", label=_("Region"), ask=_("Enter the region.")),
    _text(Group.REACH, "postal_code", label=_("Postal code"), ask=_("Enter the postal code.")),
    _text(Group.REACH, "country", label=_("Country"), ask=_("Choose the country."), check=_("from the list"), takes_pattern=False),
    _text(Group.REACH, "time_zone", label=_("Time zone"), ask=_("Choose the time zone."), check=_("from the list"), takes_pattern=False),
    Fact(
        group=Group.REACH,
        key="consent",
        label=_("Consent to be called or written to"),
        field="consent_on",
        ask=_("Note whether we may call or write, and when this was asked."),
        check=_("an answer with a date"),
        readers=(
            Condition(
                _consented,
                Sql("({c}.consent_on IS NOT NULL AND ({c}.may_call IS NOT NULL OR {c}.may_write IS NOT NULL))"),
                ("consent_on", "may_call", "may_write"),
            ),
        ),
    ),
    _known(Group.REACH, "may_call", label=_("May be called"), ask=_("Note whether we may call."), check=_("yes or no")),
    _known(Group.REACH, "may_write", label=_("May be written to"), ask=_("Note whether we may write."), check=_("yes or no")),
    _chosen(Group.WORK, "source", label=_("Source"), ask=_("Choose where this client came from."), takes_age=False),
    _chosen(Group.WORK, "manager", label=_("Manager"), ask=_("Choose the manager in charge."), check=_("a user")),
    _chosen(Group.WORK, "line_of_business", label=_("Line of business"), ask=_("Choose what this client buys from us.")),
    _chosen(
        Group.WORK,
        "referrer",
        label=_("Referred by"),
        ask=_("Choose the client who brought this one."),
        check=_("a client"),
        takes_age=False,
    ),
    _known(
        Group.WORK,
        "works_since",
        label=_("Works with us since"),
        ask=_("Enter since when this client works with us."),
        check=_("a date"),
        takes_age=False,
    ),
    Fact(
        group=Group.WORK,
        key="next_step",
        label=_("Next call or meeting"),
        field="next_step_at",
        ask=_("Plan the next call or meeting."),
        check=_("in the future"),
        readers=(Upcoming("next_step_at"),),
        takes_age=False,
    ),
    Fact(
        group=Group.WORK,
        key="remarks",
        label=_("Remarks on the work"),
        field="stands_now",
        ask=_("Write how the work goes: what went well, what went wrong, how things stand now."),
        readers=tuple(Text(name, (name,)) for name in ("went_well", "went_wrong", "stands_now")),
    ),
    Fact(
        group=Group.WORK,
        key="stands_now",
        label=_("How things stand now"),
        field="stands_now",
        ask=_("Write how things stand now."),
        readers=(Text("stands_now", ("stands_now",)),),
    ),
)

for _fact in BUILT_IN:
    register_fact(_fact)
