"""Forms of entry criteria."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.criteria import words
from clients.criteria.facts import Fact, Group
from clients.errors import FieldError
from clients.models import Criterion
from clients.models.criteria import Level
from ui.forms import Form, Picks, Seg

MONTHS = (3, 6, 12, 18, 24, 36, 60)
DAYS = (0, 7, 14, 30, 60, 90, 180)


def fact_choices(facts: Mapping[str, Fact]) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Return the facts under their headings."""
    groups: dict[str, list[tuple[str, Any]]] = {group.value: [] for group in Group}
    for fact in facts.values():
        groups[fact.group].append((fact.key, fact.label))
    return [(str(Group(key).label), choices) for key, choices in groups.items() if choices]


class NewCriterionForm(Form):
    """Which field a new criterion is about."""

    fact = forms.ChoiceField(label=_("Field"))
    level = forms.ChoiceField(label=_("Level"), choices=[(value, capfirst(label)) for value, label in Level.choices], widget=Seg)

    def __init__(self, *args: Any, facts: Mapping[str, Fact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fact"].choices = fact_choices(facts)  # type: ignore[attr-defined]  # it is a ChoiceField
        self.fields["level"].initial = Level.RECOMMENDED


class DraftForm(Form):
    """What a draft says. Fields that make no sense for its fact are not there."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    level = forms.ChoiceField(label=_("Level"), choices=[(value, capfirst(label)) for value, label in Level.choices], widget=Seg)
    kinds = forms.MultipleChoiceField(label=_("Kind"), choices=list(words.KINDS.items()), widget=Picks, required=False)
    roles = forms.MultipleChoiceField(label=_("Role"), choices=list(words.ROLES.items()), widget=Picks, required=False)
    lifecycles = forms.MultipleChoiceField(label=_("Lifecycle"), choices=list(words.LIFECYCLES.items()), widget=Picks, required=False)
    sources = forms.TypedMultipleChoiceField(label=_("Sources"), coerce=int, required=False)
    industries = forms.TypedMultipleChoiceField(label=_("Industries"), coerce=int, required=False)
    max_age_months = forms.TypedChoiceField(label=_("No older than"), coerce=int, empty_value=None, required=False)
    valid_from = forms.DateField(label=_("In force from"), required=False, help_text=_("Empty: at once."))
    grace_days = forms.TypedChoiceField(label=_("Time to mend"), coerce=int, required=False)
    pattern = forms.CharField(
        label=_("Must look like"),
        required=False,
        max_length=200,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "\\d a digit, \\w a letter or digit, [A-Z] one of these, {9} nine times, + once or more, ? at most once, a|b one of two"
        ),
    )
    example = forms.CharField(
        label=_("For example"), required=False, max_length=100, help_text=_("Shown to whoever has to mend the field.")
    )
    at_least = forms.DecimalField(label=_("At least"), required=False, max_digits=17, decimal_places=4)
    at_most = forms.DecimalField(label=_("At most"), required=False, max_digits=17, decimal_places=4)

    def __init__(self, *args: Any, criterion: Criterion, fact: Fact, names: words.Names, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"draft_{criterion.pk}_%s")
        kwargs.setdefault("initial", {name: getattr(criterion, name) for name in (*Criterion.RULE, "version")})
        super().__init__(*args, **kwargs)
        self._choose("sources", sorted(names.sources.items(), key=lambda pair: pair[1].casefold()))
        self._choose("industries", sorted(names.industries.items(), key=lambda pair: pair[1].casefold()))
        self._choose(
            "max_age_months", [("", _("any age")), *((number, _months(number)) for number in _with(MONTHS, criterion.max_age_months))]
        )
        self._choose("grace_days", [(number, _days(number)) for number in _with(DAYS, criterion.grace_days)])
        unwanted = {
            "pattern": not fact.takes_pattern,
            "example": not fact.takes_pattern,
            "at_least": not fact.takes_span,
            "at_most": not fact.takes_span,
            "max_age_months": not fact.takes_age,
            "sources": not names.sources,
            "industries": not names.industries,
            "kinds": len(fact.kinds) == 1,
        }
        for name, away in unwanted.items():
            if away:
                del self.fields[name]
        for field in self.fields.values():
            field.unmarked = True  # type: ignore[attr-defined]  # read by field_mark.html: on this form nearly all may stay empty

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # it is a ChoiceField

    def said(self) -> dict[str, Any]:
        """Return what the draft says by now."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def refuse(self, errors: Iterable[FieldError]) -> None:
        """Show what the service refused beside the fields."""
        for error in errors:
            self.add_error(error.field if error.field in self.fields else None, str(error.message))


def _with(numbers: tuple[int, ...], own: int | None) -> list[int]:
    return sorted({*numbers, *([] if own is None else [own])})


def _months(number: int) -> str:
    return ngettext("{n} month", "{n} months", number).format(n=number)


def _days(number: int) -> str:
    return str(_("none")) if number == 0 else ngettext("{n} day", "{n} days", number).format(n=number)
