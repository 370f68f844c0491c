"""How one hears of reminders, and when a head does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from reminders.models import MailWhen, ReminderKind, ReminderPreferences, ReminderSettings
from ui.forms import ModelForm, Seg, TimeInput

_AS_ABOVE = ("", _("as above"))
_KIND, _DESKTOP, _PUSH = "kind_", "desktop_", "push_"


@dataclass(frozen=True)
class KindFields:
    """What is chosen for one kind: when by mail, whether on the desktop, whether on the phone."""

    label: str
    mail: BoundField
    desktop: BoundField
    push: BoundField


class PreferencesForm(ModelForm):
    """One's own wishes; a kind of reminder may differ from the rest."""

    class Meta:
        model = ReminderPreferences
        fields = ("mail", "digest_at", "desktop", "quiet_from", "quiet_until")
        widgets = {
            "mail": Seg,
            "digest_at": TimeInput,
            "quiet_from": TimeInput,
            "quiet_until": TimeInput,
            "desktop": forms.CheckboxInput({"data-desktop": True}),
        }
        labels = {
            "mail": _("Reminders by mail"),
            "digest_at": _("Morning's mail at"),
            "desktop": _("Notifications on the desktop"),
            "quiet_from": _("Quiet from"),
            "quiet_until": _("Quiet until"),
        }
        help_texts = {
            "digest_at": _("On your working days, if there is anything to say."),
            "desktop": _("Shown by this browser while a tab of Seraph is open."),
        }

    def __init__(self, *args: Any, kinds: Iterable[ReminderKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = list(kinds)
        for kind in self.kinds:
            self.fields[f"{_KIND}{kind.key}"] = forms.ChoiceField(
                label=_("By mail"),
                choices=[_AS_ABOVE, *MailWhen.choices],
                required=False,
                initial=self.instance.mail_by_kind.get(kind.key, ""),
                widget=forms.Select({"data-native": True}),
            )
            for prefix, label, without in (
                (_DESKTOP, _("Desktop"), self.instance.desktop_without),
                (_PUSH, _("Phone"), self.instance.push_without),
            ):
                self.fields[f"{prefix}{kind.key}"] = forms.BooleanField(label=label, required=False, initial=kind.key not in without)

    @property
    def by_kind(self) -> Iterator[KindFields]:
        """The fields of single kinds."""
        for kind in self.kinds:
            yield KindFields(str(kind), *(self[f"{prefix}{kind.key}"] for prefix in (_KIND, _DESKTOP, _PUSH)))

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if data and (data.get("quiet_from") is None) != (data.get("quiet_until") is None):
            empty = "quiet_from" if data.get("quiet_from") is None else "quiet_until"
            if empty not in self.errors:
                self.add_error(empty, _("Give both times, or neither."))
        return data

    def values(self) -> dict[str, Any]:
        """Return what `save_preferences` takes. What was said of a kind that has gone meanwhile is forgotten."""
        given = {name: self.cleaned_data[name] for name in self.Meta.fields}
        chosen = {kind.key: self.cleaned_data.get(f"{_KIND}{kind.key}") for kind in self.kinds}
        return given | {
            "mail_by_kind": {key: when for key, when in chosen.items() if when},
            "desktop_without": self._unticked(_DESKTOP),
            "push_without": self._unticked(_PUSH),
        }

    def _unticked(self, prefix: str) -> list[str]:
        """Return the kinds whose box is empty. One that was added while the page was open had no box, only its mail would tell."""
        asked = (kind.key for kind in self.kinds if f"{_KIND}{kind.key}" in self.data)
        return [key for key in asked if not self.cleaned_data[f"{prefix}{key}"]]


class EscalationForm(ModelForm):
    """When a head hears of what nobody acted on."""

    class Meta:
        model = ReminderSettings
        fields = ("escalates", "escalate_hours")
        labels = {
            "escalates": _("Tell the head of what nobody acts on"),
            "escalate_hours": _("After so many working hours"),
        }
        help_texts = {
            "escalates": _("The head of the manager's team; without one, management."),
            "escalate_hours": _("Of whoever has to act, from the moment that the reminder is due. A working day of nine hours is 9."),
        }

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
