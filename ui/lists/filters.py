"""What a list may be filtered by: an allow-list of django-filter filters that can also say in words what they do.

Whatever the address holds besides these is left out and said; nothing in it names a field or a lookup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Self

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.expressions import Expression
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_filters.fields import RangeField
from django_filters.widgets import RangeWidget, SuffixedMultiWidget

from ui import formats
from ui.forms import DateInput, Seg

NONE, ME = "none", "me"
MOST_VALUES = 50  # so many values of one filter are read, the rest is noise or an attack

type Choice = tuple[str, str | Promise]


class ListFilter(django_filters.Filter):
    """A filter of a list. `narrow` returns the condition of a cleaned value, `in_words` says it on the chip."""

    parent: ListFilters
    suffixes: ClassVar[tuple[str, ...]] = ("",)
    """What follows its name in the address, where it has more than one value."""
    joins = False
    """Whether it asks another table (see `keyset.by_index`)."""
    _asked: tuple[Any, Q] | None = None

    def __init__(self, label: str | Promise, *, field_name: str | None = None, group: str | Promise = "", **kwargs: Any) -> None:
        super().__init__(field_name=field_name, label=label, **kwargs)
        self.group = group

    def param_names(self, name: str) -> list[str]:
        """Return the names under which its values stand in the address."""
        return [f"{name}_{suffix}" if suffix else name for suffix in self.suffixes]

    def condition(self, value: Any) -> Q:
        return Q(**{f"{self.field_name}__{self.lookup_expr}": value})

    def asked(self, value: Any) -> Q:
        """Return `condition`, worked out once for a page: it may ask the database."""
        if self._asked is None or self._asked[0] != value:
            self._asked = (value, self.condition(value))
        return self._asked[1]

    def filter(self, qs: models.QuerySet[Any], value: Any) -> models.QuerySet[Any]:
        return qs.filter(self.asked(value))

    def in_words(self, value: Any) -> str:
        return str(value)

    def is_empty(self, value: Any) -> bool:
        return value is None or value in ("", [], ())


class OneOf(ListFilter):
    """Any of several choices. A reference list offers `none` (nobody, not set) too where `none_label` is given."""

    field_class = forms.MultipleChoiceField

    def __init__(
        self,
        label: str | Promise,
        *,
        choices: Sequence[Choice] | Callable[[], Iterable[Choice]],
        none_label: str | Promise = "",
        first: Sequence[Choice] = (),
        **kwargs: Any,
    ) -> None:
        self._choices = choices
        self._first = [*first, *([(NONE, none_label)] if none_label else [])]
        super().__init__(label, widget=forms.CheckboxSelectMultiple, choices=lambda: self.offered, **kwargs)

    def __copy__(self) -> Self:
        made = type(self).__new__(type(self))
        made.__dict__.update(self.__dict__)
        for kept in ("_field", "offered"):  # what was drawn already has the choices of whoever asked first
            made.__dict__.pop(kept, None)
        made.extra = {**self.extra, "choices": lambda: made.offered}  # its own choices: they may depend on who asks
        return made

    @cached_property
    def offered(self) -> list[Choice]:
        """The choices, read once for a page."""
        return self._all()

    def _all(self) -> list[Choice]:
        return [*self._first, *(self._choices() if callable(self._choices) else self._choices)]

    def condition(self, value: list[str]) -> Q:
        wanted = self.resolve([item for item in value if item != NONE])
        condition = Q(**{f"{self.field_name}__in": wanted})
        return condition | Q(**{f"{self.field_name}__isnull": True}) if NONE in value else condition

    def resolve(self, values: list[str]) -> list[Any]:
        """Return the values as the database compares them."""
        return list(values)

    def in_words(self, value: list[str]) -> str:
        labels = {key: str(label) for key, label in self.field.choices}
        return ", ".join(labels[item] for item in value)


class Reference(OneOf):
    """Any entry of a reference list (`queryset` returns it), by id."""

    def __init__(self, label: str | Promise, *, queryset: Callable[[], models.QuerySet[Any]], **kwargs: Any) -> None:
        super().__init__(label, choices=lambda: [(str(entry.pk), str(entry)) for entry in queryset()], **kwargs)

    def resolve(self, values: list[str]) -> list[Any]:
        return [self.parent.user.pk if value == ME else int(value) for value in values]


class YesNo(ListFilter):
    """Yes, no, or (where `unknown` is given) nobody asked yet."""

    field_class = forms.ChoiceField

    def __init__(self, label: str | Promise, *, unknown: str | Promise = "", yes: Any = None, no: Any = None, **kwargs: Any) -> None:
        choices = [("yes", yes or gettext_lazy("yes")), ("no", no or gettext_lazy("no"))]
        if unknown:
            choices.append((NONE, unknown))
        super().__init__(label, choices=choices, widget=Seg, **kwargs)

    def condition(self, value: str) -> Q:
        return Q(**{f"{self.field_name}__isnull": True}) if value == NONE else Q(**{str(self.field_name): value == "yes"})

    def in_words(self, value: str) -> str:
        return str(dict(self.field.choices)[value])


class _BetweenWidget(RangeWidget):
    template_name = "ui/lists/filters/between.html"


class NumberBetween(ListFilter):
    """A number from … to …, either end open."""

    field_class = RangeField
    suffixes = ("min", "max")

    def __init__(self, label: str | Promise, *, unit: str = "", **kwargs: Any) -> None:
        self.unit = unit
        # numeric(30, 10) and more is no number of anybody's registry, and 1e999999 would cost minutes
        ends = tuple(forms.DecimalField(max_digits=20, decimal_places=6) for _end in range(2))
        super().__init__(label, fields=ends, widget=_BetweenWidget, **kwargs)

    def condition(self, value: slice) -> Q:
        condition = Q()
        if value.start is not None:
            condition &= Q(**{f"{self.field_name}__gte": value.start})
        if value.stop is not None:
            condition &= Q(**{f"{self.field_name}__lte": value.stop})
        return condition

    def is_empty(self, value: slice | None) -> bool:
        return value is None or (value.start is None and value.stop is None)

    def in_words(self, value: slice) -> str:
        low, high = (None if end is None else self.one_in_words(end) for end in (value.start, value.stop))
        if low is None:
            return _("at most {value}").format(value=high)
        if high is None:
            return _("at least {value}").format(value=low)
        return _("{low} to {high}").format(low=low, high=high)

    def one_in_words(self, value: Any) -> str:
        digits = len(f"{value.normalize():f}".partition(".")[2]) if isinstance(value, Decimal) else 0
        return formats.percent(value, digits) if self.unit == "%" else formats.number(value, digits)


class _DatesWidget(RangeWidget):
    template_name = "ui/lists/filters/between.html"
    suffixes = ["from", "until"]

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        SuffixedMultiWidget.__init__(self, (DateInput, DateInput), attrs)


class DateBetween(NumberBetween):
    """A day from … until …, both included, in the reader's time zone. `moments` says that the field holds times."""

    suffixes = ("from", "until")

    def __init__(self, label: str | Promise, *, moments: bool = False, **kwargs: Any) -> None:
        self.moments = moments
        within = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2200, 1, 1))]
        ends = (forms.DateField(validators=within), forms.DateField(validators=within))
        ListFilter.__init__(self, label, fields=ends, widget=_DatesWidget, **kwargs)

    def condition(self, value: slice) -> Q:
        condition = Q()
        if value.start is not None:
            condition &= Q(**{f"{self.field_name}__gte": self._edge(value.start)})
        if value.stop is not None:  # the whole last day belongs to it
            condition &= Q(**{f"{self.field_name}__lt": self._edge(value.stop + timedelta(days=1))})
        return condition

    def _edge(self, day: date) -> date | datetime:
        return timezone.make_aware(datetime.combine(day, time())) if self.moments else day

    def in_words(self, value: slice) -> str:
        first, last = (None if end is None else self.one_in_words(end) for end in (value.start, value.stop))
        if first is None:
            return _("until {date}").format(date=last)
        if last is None:
            return _("since {date}").format(date=first)
        return _("{first} to {last}").format(first=first, last=last)

    def one_in_words(self, value: date) -> str:
        return formats.full(value)


class _AgeWidget(SuffixedMultiWidget):
    template_name = "ui/lists/filters/age.html"
    suffixes = [None, "days"]

    def decompress(self, value: Any) -> list[Any]:
        return [value.how, value.days] if value else [None, None]


@dataclass(frozen=True)
class Age:
    """How long ago: "over" or "under" so many `days`, or "never"."""

    how: str
    days: int = 0


class _AgeField(forms.MultiValueField):
    def __init__(self, *, choices: Sequence[Choice], **kwargs: Any) -> None:
        how = forms.ChoiceField(choices=choices, required=False)
        days = forms.IntegerField(min_value=1, max_value=36_500, required=False)
        widgets = (forms.Select(choices=choices), forms.NumberInput(attrs={"min": 1, "max": 36_500, "inputmode": "numeric"}))
        super().__init__(fields=(how, days), widget=_AgeWidget(widgets), require_all_fields=False, **kwargs)

    def compress(self, values: list[Any]) -> Age | None:
        how, days = [*values, None, None][:2]
        if not how:
            return None
        if how != "never" and not days:
            raise ValidationError(_("Say how many days."), code="days")
        return Age(how, days or 0)


class LongAgo(ListFilter):
    """How long ago something was last done: over or under so many days, or never.

    `key` is the expression of the index that serves it: "never" there is the beginning of time.
    """

    field_class = _AgeField
    suffixes = ("", "days")

    def __init__(self, label: str | Promise, *, field_name: str, key: Expression, **kwargs: Any) -> None:
        choices = [("over", gettext_lazy("over")), ("under", gettext_lazy("under")), ("never", gettext_lazy("never"))]
        super().__init__(label, field_name=field_name, choices=choices, **kwargs)
        self.key = key

    def filter(self, qs: models.QuerySet[Any], value: Age) -> models.QuerySet[Any]:
        if value.how == "never":
            return qs.filter(**{f"{self.field_name}__isnull": True})
        edge = timezone.now() - timedelta(days=value.days)
        qs = qs.alias(_long_ago=self.key)
        return qs.filter(_long_ago__lt=edge) if value.how == "over" else qs.filter(_long_ago__gte=edge)

    def in_words(self, value: Age) -> str:
        if value.how == "never":
            return _("never")
        if value.how == "over":
            return ngettext("over {days} day ago or never", "over {days} days ago or never", value.days).format(
                days=formats.number(value.days)
            )
        return ngettext("under {days} day", "under {days} days", value.days).format(days=formats.number(value.days))


class Below(ListFilter):
    """A share below so many per cent."""

    field_class = forms.IntegerField

    def __init__(self, label: str | Promise, **kwargs: Any) -> None:
        super().__init__(label, lookup_expr="lt", min_value=1, max_value=100, **kwargs)

    def in_words(self, value: int) -> str:
        return _("below {share}").format(share=formats.percent(value))


class Text(ListFilter):
    """A text, compared as `lookup_expr` says."""

    field_class = forms.CharField

    def __init__(self, label: str | Promise, *, longest: int = 100, **kwargs: Any) -> None:
        super().__init__(label, validators=[MaxLengthValidator(longest)], **kwargs)


@dataclass(frozen=True)
class Chip:
    """A filter in force: its name, its label, and what it asks, in words."""

    name: str
    label: str
    words: str


class ListFilters(django_filters.FilterSet):
    """The filters of one list for one user, read from the address. What is wrong is left out, and said in `problems`."""

    extra: ClassVar[dict[str, Callable[[], ListFilter]]] = {}
    filters: dict[str, ListFilter]

    def __init__(self, data: QueryDict, queryset: models.QuerySet[Any], *, user: Any) -> None:
        self.user = user
        self.is_bound, self.data, self.queryset, self.request, self.form_prefix = True, data, queryset, None, None
        # django-filter copies every filter with all that hangs on it; here only `parent` and `model` differ
        self.filters = {name: copy(filter_) for name, filter_ in self.base_filters.items()}
        for filter_ in self.filters.values():
            filter_.parent, filter_.model = self, queryset.model
        for name, make in {**self.extra, **self.more()}.items():
            self.filters[name] = made = make()
            made.parent, made.model = self, queryset.model

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.extra = {}

    @classmethod
    def register(cls, name: str, make: Callable[[], ListFilter]) -> None:
        """Offer one more filter: called in `ready` by apps that stand above the list's own."""
        cls.extra[name] = make

    def more(self) -> dict[str, Callable[[], ListFilter]]:
        """Return filters that only the database knows of (custom fields)."""
        return {}

    @cached_property
    def params(self) -> dict[str, list[str]]:
        """The names under which each filter's values stand in the address."""
        return {name: filter_.param_names(name) for name, filter_ in self.filters.items()}

    @cached_property
    def asked(self) -> dict[str, ListFilter]:
        """The filters that the address names."""
        given = {key for key in self.data if any(value.strip() for value in self.data.getlist(key))}
        return {name: self.filters[name] for name, keys in self.params.items() if given.intersection(keys)}

    def get_form_class(self) -> type[forms.Form]:
        # only what is asked: a form of all filters would read every reference list
        fields = {name: filter_.field for name, filter_ in self.asked.items()}
        return type("AskedForm", (forms.Form,), fields)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The cleaned values of the filters in force."""
        self.form.is_valid()
        cleaned = {name: self.form.cleaned_data[name] for name in self.asked if name in self.form.cleaned_data}
        return {name: value for name, value in cleaned.items() if not self.filters[name].is_empty(value)}

    def bound_field(self, name: str, value: Any) -> forms.BoundField:
        """Return the field of one filter, ready to be drawn with `value`."""
        form = type("FilterForm", (forms.Form,), {name: self.filters[name].field})(initial={name: value})
        field: forms.BoundField = form[name]
        return field

    @property
    def problems(self) -> list[str]:
        """What was left out and why, a sentence each."""
        self.form.is_valid()
        return [
            _("The filter “{label}” was left out: {why}").format(label=self.filters[name].label, why=" ".join(map(str, errors)))
            for name, errors in self.form.errors.items()
        ]

    def narrowed(self, queryset: models.QuerySet[Any] | None = None, *, without: str = "") -> models.QuerySet[Any]:
        """Return the rows that meet every filter in force, except the one named `without`."""
        rows = self.queryset if queryset is None else queryset
        for name, value in self.values.items():
            if name != without:
                rows = self.filters[name].filter(rows, value)
        return rows

    def countable(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Return rows that are as many as `rows`, those of `narrowed`; a list that knows a cheaper way to count says so here."""
        return rows

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters in force, in words."""
        return [Chip(name, str(self.filters[name].label), self.filters[name].in_words(value)) for name, value in self.values.items()]
