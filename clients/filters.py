"""What the list of clients may be filtered by. The API offers the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property, partial
from typing import Any, cast, override

from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Team, User
from clients import custom_fields
from clients.criteria.filters import short_of, short_of_choices
from clients.models import Client, ClientStanding, CustomField, Industry, Lifecycle, LineOfBusiness, Source
from clients.models.clients import Kind
from clients.quality.filters import Duplicates, EnteredLate, LacksRecommended, MendBy, Quiet, Stale, Waivers
from clients.querysets import LAST_TOUCH
from ui.lists import Below, DateBetween, ListFilter, ListFilters, LongAgo, NumberBetween, OneOf, Reference, Text, YesNo
from ui.lists.filters import ME

NEXT_STEP = Coalesce("next_step_at", Value("infinity"), output_field=models.DateTimeField())
"""As the index client_by_next_step has it."""
type Rows = models.QuerySet[Any]

_LAST_LETTER = "\U0010ffff"


class InTeam(Reference):
    """Clients in the hands of a team. The members are read first: a short list of ids fits the index, a join does not."""

    def condition(self, value: list[str]) -> Q:
        teams = self.resolve([item for item in value if item != "none"])
        members = list(User.objects.filter(team__in=teams).values_list("pk", flat=True))
        return Q(manager__in=members)

    @override
    def resolve(self, values: list[str]) -> list[Any]:
        return [self.parent.user.team_id if value == ME else int(value) for value in values]


class Role(OneOf):
    """Customers, suppliers."""

    def condition(self, value: list[str]) -> Q:
        condition = Q()
        for role in value:
            condition |= Q(**{f"is_{role}": True})
        return condition


class Targeted(YesNo):
    """Clients from a source that is targeted, or spontaneous; the sources are read first, as in `InTeam`."""

    def condition(self, value: str) -> Q:
        return Q(source__in=list(Source.objects.filter(targeted=value == "yes").values_list("pk", flat=True)))


class NextStep(OneOf):
    """Whether and when there is something to do."""

    def filter(self, qs: Rows, value: list[str]) -> Rows:
        now = timezone.now()
        tomorrow = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        ranges = {
            "late": Q(_next__lt=now),
            "today": Q(_next__gte=now, _next__lt=tomorrow),
            "week": Q(_next__gte=now, _next__lt=tomorrow + timedelta(days=6)),
            "none": Q(next_step_at=None),
        }
        condition = Q()
        for name in value:
            condition |= ranges[name]
        rows: Rows = qs.alias(_next=NEXT_STEP).filter(condition)
        return rows


class City(Text):
    """A city by its beginning, in any script."""

    def filter(self, qs: Rows, value: str) -> Rows:
        return _beginning(qs, models.F("sort_city"), value)


class FallsShort(YesNo):
    """Whether a required fact is missing."""

    joins = True

    def condition(self, value: str) -> Q:
        return Q(standing__required_missing__gt=0) if value == "yes" else Q(standing__required_missing=0)


class ShortOf(OneOf):
    """Clients that fall short of one criterion; a draft's are for those who may see drafts."""

    joins = True

    @override
    def _all(self) -> list[tuple[str, str | Promise]]:
        return list(short_of_choices(drafts=self.parent.user.has_perm("clients.set_rules")))

    def condition(self, value: list[str]) -> Q:
        condition = Q()
        for criterion_id in value:
            condition |= short_of(int(criterion_id))
        return condition


class Completeness(Below):
    """How much of the criteria a record meets."""

    joins = True


class Archived(YesNo):
    """Clients that were archived, without those that another client took in. Without this filter the list shows the others."""

    def condition(self, value: str) -> Q:
        return Q(archived_at__isnull=False, merged_into=None) if value == "yes" else Q(archived_at=None)


class CustomChoice(OneOf):
    """A custom field with choices; containment is what the index client_custom answers."""

    def condition(self, value: list[str]) -> Q:
        condition = Q()
        for choice in value:
            condition |= Q(custom__contains={self.field_name: choice})
        return condition


class CustomYesNo(YesNo):
    def condition(self, value: str) -> Q:
        return Q(custom__contains={self.field_name: value == "yes"})


def custom_number(key: str) -> Func:
    """Return a custom number as its index (`custom_indexes`) has it."""
    return Func(KeyTransform(key, "custom"), function="seraph_number", output_field=models.DecimalField())


def custom_text(key: str) -> Func:
    """Return a custom text as its index has it: folded, by its beginning."""
    return Func(KeyTextTransform(key, "custom"), function="seraph_sortable", output_field=models.TextField())


class CustomText(Text):
    """A custom text by its beginning, in any script."""

    def filter(self, qs: Rows, value: str) -> Rows:
        return _beginning(qs, custom_text(str(self.field_name)), value)


class CustomNumber(NumberBetween):
    def filter(self, qs: Rows, value: slice) -> Rows:
        return _between(qs, custom_number(str(self.field_name)), value.start, value.stop)


class CustomDate(DateBetween):
    """ISO dates compare as they are written."""

    def filter(self, qs: Rows, value: slice) -> Rows:
        first, last = (end and end.isoformat() for end in (value.start, value.stop))
        return _between(qs, KeyTextTransform(str(self.field_name), "custom"), first, last)


def _between(rows: Rows, key: Any, first: Any, last: Any) -> Rows:
    rows = rows.alias(_key=key)
    if first is not None:
        rows = rows.filter(_key__gte=first)
    return rows if last is None else rows.filter(_key__lte=last)


def _beginning(rows: Rows, key: Any, typed: str) -> Rows:
    start = Func(Value(typed), function="seraph_sortable", output_field=models.TextField())
    # ||, and not concat(): only what is immutable is known to the planner, who must guess otherwise how many there are
    end = CombinedExpression(start, "||", Value(_LAST_LETTER), output_field=models.TextField())
    found: Rows = rows.alias(_text=key).filter(_text__gte=start, _text__lt=end)
    return found


def custom_filter(field: CustomField) -> ListFilter:
    """Return the filter of a custom field."""
    label = field.label
    match field.kind:
        case CustomField.Kind.NUMBER:
            return CustomNumber(label, field_name=field.key)
        case CustomField.Kind.DATE:
            return CustomDate(label, field_name=field.key)
        case CustomField.Kind.BOOLEAN:
            return CustomYesNo(label, field_name=field.key)
        case CustomField.Kind.CHOICE:
            return CustomChoice(label, field_name=field.key, choices=[(choice, choice) for choice in field.choices])
        case _:
            return CustomText(label, field_name=field.key)


class ClientFilters(ListFilters):
    manager = Reference(
        _("Manager"),
        field_name="manager",
        queryset=lambda: User.objects.order_by("full_name", "pk").only("full_name", "username"),
        first=[(ME, _("me"))],
        none_label=_("nobody"),
    )
    team = InTeam(_("Team"), queryset=Team.objects.all, first=[(ME, _("my team"))])
    lifecycle = OneOf(_("Lifecycle"), field_name="lifecycle", choices=Lifecycle.choices)
    kind = OneOf(_("Kind"), field_name="kind", choices=Kind.choices)
    role = Role(_("Role"), choices=[("customer", _("customer")), ("supplier", _("supplier"))])
    next_step = NextStep(
        _("Next step"),
        choices=[("late", _("late")), ("today", _("today")), ("week", _("within 7 days")), ("none", pgettext_lazy("next step", "none"))],
    )
    touch = LongAgo(_("Last touch"), field_name="last_touch_at", key=LAST_TOUCH)
    city = City(_("City"), field_name="city")
    industry = Reference(_("Industry"), field_name="industry", queryset=Industry.objects.all, none_label=_("not set"))
    source = Reference(_("Source"), field_name="source", queryset=Source.objects.all, none_label=_("not set"))
    targeted = Targeted(_("Kind of source"), yes=_("targeted"), no=_("spontaneous"))
    line_of_business = Reference(
        _("Line of business"), field_name="line_of_business", queryset=LineOfBusiness.objects.all, none_label=_("not set")
    )
    in_target = YesNo(_("Target profile"), field_name="in_target", yes=_("inside"), no=_("outside"), unknown=_("not worked out"))
    completeness_below = Completeness(_("Completeness"), field_name="standing__completeness")
    falls_short = FallsShort(_("Entry criteria"), yes=_("falls short of what is required"), no=_("holds what is required"))
    short_of = ShortOf(_("Falls short of"), choices=())
    mend_by = MendBy(_("To be mended"), choices=[("late", _("past the deadline")), ("week", _("within 7 days"))])
    lacks_recommended = LacksRecommended(_("Recommended facts"), yes=_("some are missing"), no=_("all are there"))
    stale = Stale(_("Facts out of date"))
    waivers = Waivers(_("Waivers"), choices=[("running", _("a criterion is waived")), ("over", _("run out, and the fact still missing"))])
    duplicates = Duplicates(_("Possible duplicate"))
    quiet = Quiet(_("Gone quiet"))
    entered_late = EnteredLate(_("Entered late"))
    registered = DateBetween(_("Registered"), field_name="created_at", moments=True)
    archived = Archived(_("Archived"), yes=_("yes"), no=_("no"))

    class Meta:
        model = Client
        fields: list[str] = []

    @cached_property
    def custom(self) -> list[CustomField]:
        """The custom fields that are offered."""
        return list(custom_fields.active())

    @override
    def more(self) -> dict[str, Callable[[], ListFilter]]:
        return {f"custom_{field.key}": partial(custom_filter, field) for field in self.custom}

    @override
    def narrowed(self, queryset: Rows | None = None, *, without: str = "") -> Rows:
        rows = super().narrowed(queryset, without=without)
        if "archived" in self.values and without != "archived":
            return rows
        asked = self.values.keys() - {without}
        if any(self.filters[name].joins for name in asked) and (whose := asked & {"manager", "team"}):
            # said of the standing too, whose index standing_of_manager answers both at once
            rows = rows.filter(*(_of_standing(self.filters[name].asked(self.values[name])) for name in whose), standing__listed=True)
        return rows.filter(archived_at=None)

    @override
    def countable(self, rows: Rows) -> Rows:
        """The standing alone, where nothing else is asked: counting it visits no client."""
        measured = self.values.keys() - {"manager", "team"}
        if not measured or not all(self.filters[name].joins for name in measured) or self.queryset.query.is_empty():
            return rows
        conditions = {name: self.filters[name].asked(value) for name, value in self.values.items()}
        if not all(_is_of_standing(conditions[name]) for name in measured):
            return rows
        return ClientStanding.objects.filter(*map(_beside, conditions.values()), listed=True)


def _is_of_standing(condition: object) -> bool:
    """Whether a condition asks for nothing but what the standing notes."""
    if isinstance(condition, Q):
        return bool(condition.children) and all(map(_is_of_standing, condition.children))
    return isinstance(condition, tuple) and condition[0].startswith("standing__")


def _beside(condition: Q) -> Q:
    """Return a condition on a client's standing, or on its manager, as one that the standing itself answers."""
    parts = cast("list[Q | tuple[str, Any]]", condition.children)
    asked = (_beside(part) if isinstance(part, Q) else (part[0].removeprefix("standing__"), part[1]) for part in parts)
    return Q(*asked, _connector=condition.connector, _negated=condition.negated)


def _of_standing(whose: Q) -> Q:
    """Return a condition on the manager of a client as one on the manager that its standing notes."""
    parts = cast("list[Q | tuple[str, Any]]", whose.children)
    asked = (_of_standing(part) if isinstance(part, Q) else (f"standing__{part[0]}", part[1]) for part in parts)
    return Q(*asked, _connector=whose.connector, _negated=whose.negated)
