"""Forms about alike clients: the other one of a merge by hand, and what counts as alike."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.forms.fields import RegistryForm, Typed, as_number
from clients.forms.rules import Refusable
from clients.models import Client, DuplicateSettings


class OtherClientForm(RegistryForm):
    """Which client is the same as this one."""

    ids = "merge_%s"

    other = Typed(label=_("The same as"), help_text=_("Name, phone, e-mail, tax number or own id"))

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = client
        url = f"{reverse('clients:referrers')}?not={client.pk}"
        self.fields["other"].widget = forms.Select({"data-pick": True, "data-pick-url": url}, choices=[("", "")])

    def chosen(self) -> int:
        """Return the number of the client that was picked; 0 for none, and for the client itself."""
        picked = as_number(self.data.get("other"))
        return 0 if picked == self.client.pk else picked


class DuplicateSettingsForm(Refusable):
    """From which likeness pairs are shown, and from which they are clear."""

    columns = 2

    review_from = forms.IntegerField(min_value=50, max_value=100, help_text=_("% alike; less is not worth anybody's time"))
    bulk_from = forms.IntegerField(min_value=50, max_value=100, help_text=_("% alike; these may be merged many at once"))

    def __init__(self, *args: Any, settings: DuplicateSettings, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"review_from": settings.review_from, "bulk_from": settings.bulk_from})
        super().__init__(*args, **kwargs)
        self.fields["review_from"].label = _("Show pairs from")
        self.fields["bulk_from"].label = _("Clear pairs from")
