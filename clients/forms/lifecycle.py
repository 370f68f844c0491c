"""Small forms of the card: archiving, erasing, waiving."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.errors import FieldError, Refused
from clients.forms.fields import RegistryForm, Typed, as_number
from ui.forms import DateInput


class _OfVersion(RegistryForm):
    def __init__(self, *args: Any, version: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = as_number(self.data.get("version")) if self.is_bound else version


class ArchiveForm(_OfVersion):
    """Why a client leaves the lists."""

    ids = "archive_%s"

    reason = Typed(
        label=_("Why it is archived"),
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
        help_text=_("for example: closed down, registered twice"),
    )


class EraseForm(_OfVersion):
    """The name of the client, typed to say that one means it."""

    typed_name = Typed(label=_("Name of the client"), widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name

    def check_name(self) -> None:
        """Raise `Refused` unless the name was typed as it stands."""
        if " ".join(str(self.typed()["typed_name"] or "").split()) != " ".join(self.name.split()):
            raise Refused([FieldError("typed_name", "name", _("Type the name exactly as it stands above."))])


class WaiverForm(RegistryForm):
    """Why a client need not meet a criterion, and until when."""

    ids = "waiver_%s"

    reason = Typed(
        label=_("Why it need not be there"),
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
        help_text=_("for example: the head refuses to give an e-mail"),
    )
    until = Typed(label=_("Last day"), widget=DateInput(), help_text=_("then it is asked for again"))

    def __init__(self, *args: Any, proposed: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = proposed
