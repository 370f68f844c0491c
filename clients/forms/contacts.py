"""One person at a client, in the drawer of the card."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.fields import RegistryForm, Typed, as_number, typed_phones
from clients.models import Contact
from ui.forms import DateInput, ListInput


class ContactForm(RegistryForm):
    """All that the registry keeps of a contact. `focus` names the field in which one starts."""

    ids = "contact_%s"

    full_name = Typed(
        label=_("Name"), widget=forms.TextInput({"autocomplete": "off"}), help_text=_("a person, or an office such as Accounts")
    )
    position = Typed(label=_("Position"), required=False, widget=forms.TextInput({"autocomplete": "off"}))
    phones = Typed(
        label=_("Phone"), required=False, widget=ListInput({"autocomplete": "off"}, input_type="tel", add_label=_("Add another phone"))
    )
    emails = Typed(
        label=_("E-mail"), required=False, widget=ListInput({"autocomplete": "off"}, input_type="email", add_label=_("Add another e-mail"))
    )
    note = Typed(
        label=_("Note"),
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("for example: before noon only, speaks French"),
    )
    birth_date = Typed(label=_("Birth date"), required=False, widget=DateInput())
    is_main = Typed(label=_("Main contact, called first"), required=False, widget=forms.CheckboxInput())
    is_head = Typed(label=_("Head of the organisation"), required=False, widget=forms.CheckboxInput())

    def __init__(self, *args: Any, focus: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = as_number(self.data.get("version")) if self.is_bound else 0
        self.fields[focus if focus in self.fields else "full_name"].widget.attrs["autofocus"] = True

    @classmethod
    def of(cls, contact: Contact, data: Any = None, *, focus: str | None = None) -> ContactForm:
        """Return the form that shows `contact`, or what was typed over it."""
        kept = {name: getattr(contact, name) for name in cls.base_fields}
        form = cls(data, initial=kept | {"phones": typed_phones(contact.phones)}, focus=focus)
        form.version = form.version if form.is_bound else contact.version
        return form
