"""Forms of custom fields, reference lists and the target profile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from clients.criteria import words
from clients.errors import FieldError
from clients.models import CustomField, Industry
from clients.models.criteria import CustomFieldKind
from ui.forms import Form, ListField, Picks


class Refusable(Form):
    """A form that shows what a service refused."""

    def refuse(self, errors: Iterable[FieldError]) -> None:
        """Show each error beside its field, or above the form where it has none."""
        for error in errors:
            self.add_error(error.field if error.field in self.fields else None, str(error.message))


class CustomFieldForm(Refusable):
    """A field that the administrator adds or changes."""

    label = forms.CharField(label=_("Name"), max_length=100)
    kind = forms.ChoiceField(label=_("Type"), choices=[(value, capfirst(label)) for value, label in CustomFieldKind.choices])
    choices = ListField(label=_("Choices"), required=False, add_label=_("Add a choice"), help_text=_("Only for a choice from a list."))
    help_text = forms.CharField(label=_("Hint"), max_length=200, required=False, help_text=_("Stands under the field on the form."))
    key = forms.CharField(
        label=_("Key"), max_length=40, required=False, help_text=_("Used by import and API, never changes. Empty: made from the name.")
    )

    def __init__(self, *args: Any, field: CustomField | None = None, may_change_kind: bool = True, **kwargs: Any) -> None:
        if field is not None:
            kwargs.setdefault("initial", {"label": field.label, "kind": field.kind, "help_text": field.help_text})
        super().__init__(*args, **kwargs)
        if field is not None:
            del self.fields["key"]
            if not may_change_kind:
                del self.fields["kind"]
            if field.kind == CustomFieldKind.CHOICE or not may_change_kind:
                del self.fields["choices"]


class EntryForm(Refusable):
    """An entry of a reference list."""

    name = forms.CharField(label=_("Name"), max_length=200)
    targeted = forms.BooleanField(
        label=_("Targeted"), required=False, help_text=_("We sought the client on purpose; it did not come by itself.")
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind != "source":
            del self.fields["targeted"]


class MergeForm(Refusable):
    """Into which entry another one is merged."""

    into = forms.TypedChoiceField(label=_("Merge into"), coerce=int)

    def __init__(self, *args: Any, entries: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].choices = entries  # type: ignore[attr-defined]  # it is a ChoiceField


class TargetForm(Refusable):
    """Whom the company seeks."""

    columns = 2
    wide = ("kinds", "industries", "countries", "regions")
    revision = forms.IntegerField(widget=forms.HiddenInput)
    kinds = forms.MultipleChoiceField(label=_("Kind"), choices=list(words.KINDS.items()), widget=Picks, required=False)
    industries = forms.TypedMultipleChoiceField(label=_("Industries"), coerce=int, required=False)
    countries = forms.MultipleChoiceField(label=_("Countries"), required=False)
    regions = ListField(
        label=_("Regions"), required=False, add_label=_("Add a region"), help_text=_("As they stand in the address; any case.")
    )
    min_employees = forms.IntegerField(label=_("Employees, at least"), required=False, min_value=0, max_value=2_000_000_000)
    max_employees = forms.IntegerField(label=_("Employees, at most"), required=False, min_value=0, max_value=2_000_000_000)

    def __init__(self, *args: Any, chosen: Iterable[int] = (), **kwargs: Any) -> None:
        from accounts import choices

        super().__init__(*args, **kwargs)
        kept = set(chosen)
        industries = [(one.pk, one.name) for one in Industry.objects.all() if not one.retired or one.pk in kept]
        self.fields["industries"].choices = industries  # type: ignore[attr-defined]  # it is a ChoiceField
        self.fields["countries"].choices = [choice for choice in choices.countries() if choice[0]]  # type: ignore[attr-defined]  # as above
        for field in self.fields.values():
            field.unmarked = True  # type: ignore[attr-defined]  # read by field_mark.html: every condition may stay empty
