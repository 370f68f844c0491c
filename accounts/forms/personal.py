"""Forms of one's own settings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import choices
from accounts.models import ApiToken, Language, Theme, User
from ui import formats
from ui.forms import Form, ModelForm, Picks, Seg

SYSTEM = "system"
"""The form's word for "as the system": a choice of its own needs a value that is not empty."""


def _weekdays() -> list[tuple[int, str]]:
    return [(number, formats.weekday(number, short=True)) for number in range(1, 8)]


class PersonalForm(ModelForm):
    """How Seraph speaks to one user, and when the user works. Nothing here gives rights."""

    columns = 2
    wide = ("language", "work_days", "theme", "letter_keys")
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, widget=Seg)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=choices.time_zones)
    work_days = forms.TypedMultipleChoiceField(label=_("Working days"), choices=_weekdays, coerce=int, widget=Picks)
    theme = forms.ChoiceField(label=_("Theme"), choices=[(value or SYSTEM, label) for value, label in Theme.choices], widget=Seg)

    class Meta:
        model = User
        fields = ["full_name", "time_zone", "language", "theme", "work_from", "work_until", "work_days", "letter_keys"]
        labels = {"letter_keys": _("Letter keys")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["theme"] = self.initial["theme"] or SYSTEM

    def clean_theme(self) -> str:
        theme: str = self.cleaned_data["theme"]
        return "" if theme == SYSTEM else theme

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if data and data.get("work_from") and data.get("work_until") and data["work_from"] >= data["work_until"]:
            self.add_error("work_until", _("Choose a time after the start of the working day."))
        return data

    def save_changes(self) -> None:
        """Write the changed fields only."""
        self.instance.save(update_fields=self.changed_data)


class ApiTokenForm(Form):
    """A new key to the API."""

    columns = 2
    name = forms.CharField(label=_("What it is for"), max_length=100)
    scope = forms.ChoiceField(label=_("It may"), choices=ApiToken.Scope.choices, initial=ApiToken.Scope.READ, widget=Seg)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.user.api_tokens.alive().filter(name=name).exists():
            raise forms.ValidationError(_("You have a token of this name. Choose another name, or revoke that one."), code="unique")
        return name
