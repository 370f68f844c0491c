"""allauth's forms of the second factor in our words."""

from typing import Any

from allauth.mfa.base import forms as base_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.sign_in import Plain

_CODE_LENGTH = 32  # spaces that people type between the digits included


class _Code(Plain):
    def ask_code(self, label: Any, help_text: Any = "") -> None:
        self.plain()
        field = self.fields["code"]
        field.label, field.help_text = label, help_text
        field.validators.append(forms.CharField(max_length=_CODE_LENGTH).validators[0])
        field.widget.attrs.update({"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"})


class CodeForm(_Code, base_forms.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_code(_("Code"), _("From your authenticator app, or one of your recovery codes."))


class ConfirmCodeForm(_Code, base_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_code(_("Code"), _("From your authenticator app, or one of your recovery codes."))


class AppForm(_Code, totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_code(_("Code that the app shows"))


class PasskeyForm(Plain, webauthn_forms.AddWebAuthnForm):
    """A new passkey. Ours always sign in without a password, so the device must check who holds it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()
        self.fields["name"] = forms.CharField(
            label=_("Name"), required=False, max_length=100, help_text=_("So that you can tell your passkeys apart.")
        )
        self.fields["passwordless"] = forms.BooleanField(initial=True, widget=forms.HiddenInput)
        self.order_fields(["name"])


class PasskeyNameForm(Plain, webauthn_forms.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()
        self.fields["name"] = forms.CharField(label=_("Name"), max_length=100, initial=self.initial.get("name"))
        self.focus("name")
