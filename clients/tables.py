"""The columns of the list of clients, on the page and in an export."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients import countries
from clients.filters import NEXT_STEP, ClientFilters
from clients.imports.client_rows.fields import headings_of_own
from clients.models import Client, CustomField
from clients.querysets import LAST_TOUCH
from ui import formats
from ui.lists import Column, ListState, Sort, Table
from ui.templatetags import ui as tags

SORTS = [
    Sort("name", _("name"), ("sort_name", "pk"), index="client_by_name"),
    Sort("city", _("city"), ("sort_city", "sort_name", "pk"), index="client_by_city"),
    Sort("lifecycle", _("lifecycle"), ("lifecycle", "sort_name", "pk"), index="client_of_lifecycle"),
    Sort("next_step", _("next step"), (NEXT_STEP, "pk"), index="client_by_next_step"),
    Sort("touch", _("last touch"), (LAST_TOUCH, "pk"), index="client_by_touch"),
    Sort(
        "completeness",
        _("completeness"),
        ("standing__completeness", "standing__client_id"),
        index="standing_by_completeness",
        where=Q(standing__completeness__gte=0),
    ),
    Sort("registered", _("date of registration"), ("created_at", "pk"), index="client_by_registered", newest_first=True),
]

DEFAULT_COLUMNS = ["name", "lifecycle", "manager", "next_step", "touch", "completeness"]


def _related(*names: str) -> Any:
    return lambda rows: rows.select_related(*names)


def _roles(client: Client) -> str:
    words = [*([str(_("customer"))] if client.is_customer else []), *([str(_("supplier"))] if client.is_supplier else [])]
    return ", ".join(words)


class ClientTable(Table):
    name = Column(
        _("Client"),
        cell="clients/list/name_cell.html",
        css="name",
        sort="name",
        fixed=True,
        exports=[
            (_("Full name"), lambda client: client.full_name),
            (_("Short name"), lambda client: client.short_name),
            (_("City"), lambda client: client.city),
        ],
    )
    lifecycle = Column(
        _("Lifecycle"),
        cell="clients/list/lifecycle_cell.html",
        css="signs",
        sort="lifecycle",
        alike=lambda client: client.lifecycle,
        exports=[(_("Lifecycle"), lambda client: client.get_lifecycle_display())],
    )
    kind = Column(
        _("Kind"),
        css="fact",
        draw=lambda client: client.get_kind_display(),
        exports=[(_("Kind"), lambda client: client.get_kind_display())],
    )
    role = Column(_("Role"), css="fact", draw=_roles, exports=[(_("Role"), _roles)])
    manager = Column(
        _("Manager"), cell="clients/list/manager_cell.html", css="desk", load=_related("manager"), alike=lambda client: client.manager_id
    )
    next_step = Column(
        _("Next step"),
        cell="clients/list/next_step_cell.html",
        css="nextstep",
        sort="next_step",
        alike=lambda client: (client.next_step_at, client.next_step),
        exports=[
            (_("Next step"), lambda client: client.next_step),
            (_("Next step due"), lambda client: client.next_step_at),
        ],
    )
    touch = Column(
        _("Last touch"),
        accessor="last_touch_at",
        cell="clients/list/touch_cell.html",
        css="touch",
        sort="touch",
        alike=lambda client: client.last_touch_at and timezone.localdate(client.last_touch_at),
    )
    completeness = Column(
        _("Complete"),
        accessor="standing__completeness",
        cell="clients/list/completeness_cell.html",
        css="compl",
        sort="completeness",
        alike=lambda client: client.standing.completeness,
        load=_related("standing"),
    )
    confirmed = Column(
        _("Facts confirmed"),
        accessor="facts_confirmed_at",
        cell="clients/list/confirmed_cell.html",
        css="fact",
        load=_related("facts_confirmed_by", "standing"),
        exports=[
            (_("Facts confirmed"), lambda client: client.facts_confirmed_at),
            (_("Facts confirmed by"), lambda client: client.facts_confirmed_by),
            (_("Facts out of date"), lambda client: client.standing.stale),
        ],
    )
    phone = Column(
        _("Phone"),
        css="fact",
        draw=lambda client: tags.phone_link(client.phone) if client.phone else "",
        exports=[(_("Phones"), lambda client: ", ".join(client.phones))],
    )
    email = Column(
        _("E-mail"),
        cell="clients/list/email_cell.html",
        css="fact cut",
        exports=[(_("E-mails"), lambda client: ", ".join(client.emails))],
    )
    source = Column(_("Source"), css="fact cut", load=_related("source"))
    industry = Column(_("Industry"), css="fact cut", load=_related("industry"))
    line_of_business = Column(_("Line of business"), css="fact cut", load=_related("line_of_business"))
    tax_number = Column(_("Tax number"), css="fact num")
    external_id = Column(_("Own id"), css="fact num")
    address = Column(_("Address"), css="fact cut")
    postal_code = Column(_("Postal code"), css="fact num")
    city = Column(_("City"), css="fact cut", sort="city", exports=[])
    region = Column(_("Region"), css="fact cut")
    country = Column(
        _("Country"),
        css="fact cut",
        draw=lambda client: countries.country_name(client.country) if client.country else "",
        exports=[(_("Country"), lambda client: client.country)],
    )
    website = Column(_("Web site"), cell="clients/list/website_cell.html", css="fact cut")
    former_names = Column(_("Other names"), css="fact cut")
    birth_date = Column(_("Birth date"), css="fact", draw=lambda client: formats.full(client.birth_date) if client.birth_date else "")
    registered = Column(
        _("Registered"), accessor="created_at", css="fact", sort="registered", draw=lambda client: formats.day(client.created_at)
    )

    class Meta(Table.Meta):
        model = Client
        fields: ClassVar[list[str]] = []

    @classmethod
    def name_of(cls, record: Any) -> str:
        return str(record)


def custom_column(field: CustomField, heading: str) -> Column:
    """Return the column of a custom field, called `heading` in a file."""
    key, kind = field.key, field.kind

    def value(client: Client) -> Any:
        return client.custom.get(key)

    def draw(client: Client) -> str:
        held = client.custom.get(key)
        if held is None or held == "":
            return ""
        match kind:
            case CustomField.Kind.BOOLEAN:
                return tags.yes_no(held) if isinstance(held, bool) else str(held)
            case CustomField.Kind.NUMBER:
                return formats.number(held, 0 if isinstance(held, int) else 2) if isinstance(held, int | float) else str(held)
            case CustomField.Kind.DATE:
                return _day(held)
        return str(held)

    number = kind == CustomField.Kind.NUMBER
    return Column(field.label, css="fact n" if number else "fact cut", draw=draw, exports=[(heading, value)])


def _day(text: str) -> str:
    from datetime import date

    try:
        return formats.day(date.fromisoformat(text))
    except ValueError:
        return text


def custom_columns(state: ListState) -> dict[str, Column]:
    """Return a column for each custom field; the filters have read them already."""
    assert isinstance(state.filters, ClientFilters)
    own = state.filters.custom
    if not own:
        return {}
    built_in = [*ClientTable.base_columns.values(), *ClientTable.extra.values()]
    headings = headings_of_own(own, [str(heading) for column in built_in for heading, _value in column.exports])
    return {f"custom_{field.key}": custom_column(field, headings[field.key]) for field in own}
