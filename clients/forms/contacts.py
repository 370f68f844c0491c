"""One person at a client, in the drawer of the card."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.fields import RegistryForm, Typed
from clients.models import Contact
from ui.forms import DateInput, ListInput


class ContactForm(RegistryForm):
    """All that the registry keeps of a contact."""

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
    is_main = Typed(label=_("Main contact: the one we call first"), required=False, widget=forms.CheckboxInput())
    is_head = Typed(label=_("Head of the organisation"), required=False, widget=forms.CheckboxInput())
    birth_date = Typed(label=_("Birth date"), required=False, widget=DateInput())
    note = Typed(
        label=_("Note"),
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("for example: before noon only, speaks French"),
    )

    @classmethod
    def of(cls, contact: Contact) -> "ContactForm":
        """Return the form that shows `contact`."""
        return cls(initial={name: getattr(contact, name) for name in cls.base_fields})

    def typed(self) -> dict[str, Any]:
        return super().typed()
