"""What management says about data quality."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import QualitySettings
from ui.forms import ModelForm

COMPANY = ("standard", "late_days", "cadence_days", "digest")


class QualitySettingsForm(ModelForm):
    """The company's settings, and whether the one who looks at them wants the weekly mail."""

    columns = 2
    wide = ("digest", "wants_digest")
    wants_digest = forms.BooleanField(label=_("Send it to me too"), required=False, help_text=_("This is for you alone."))

    class Meta:
        model = QualitySettings
        fields = COMPANY
        labels = {
            "standard": _("The standard: clients that hold what is required, %"),
            "late_days": _("An entry is late after, days"),
            "cadence_days": _("A client is quiet after, days"),
            "digest": _("Each Monday a mail to management with what changed most"),
        }
        help_texts = {
            "standard": _("A manager keeps it unless surely fewer do: a handful of clients condemns nobody."),
            "late_days": _("From the first touch to the registration."),
            "cadence_days": _("Without any touch."),
        }

    def __init__(self, *args: Any, gets_digest: bool, wants_digest: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wants_digest"].initial = wants_digest
        if not gets_digest:
            del self.fields["wants_digest"]

    def values(self) -> dict[str, Any]:
        """Return what is the company's."""
        return {name: self.cleaned_data[name] for name in COMPANY}
