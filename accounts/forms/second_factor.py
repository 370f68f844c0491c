"""allauth's forms of the second factor in our words."""

from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings as settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _

from accounts.forms.sign_in import Plain
from accounts.models import User
from accounts.tokens import digest

_CODE_LENGTH = 32  # spaces that people type between the digits included


class _Code(Plain):
    def ask_code(self, label: Any, help_text: Any = "") -> None:
        self.plain()
        field = self.fields["code"]
        field.label, field.help_text = label, help_text
        field.validators.append(forms.CharField(max_length=_CODE_LENGTH).validators[0])
        field.widget.attrs.update({"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"})


class _CodeOnce(_Code):
    """A code that signs in is good once. allauth remembers it for one period; with its tolerance it lives for three."""

    user: User

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # the form beside it has it
        lifetime = settings.TOTP_PERIOD * (2 * settings.TOTP_TOLERANCE + 1)
        used = f"second_factor_used:{self.user.pk}:{digest(normalize_user_code(code))}"
        if not cache.add(used, True, timeout=lifetime):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_CodeOnce, base_forms.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_code(_("Code"), _("From your authenticator app, or one of your recovery codes."))


class ConfirmCodeForm(_CodeOnce, base_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_code(_("Code"), _("From your authenticator app, or one of your recovery codes."))


class AppForm(_Code, totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_code(_("Code that the app shows"))


_FORGED = (TypeError, ValueError, KeyError, IndexError, AttributeError)
"""What fido2 raises over bytes that no browser sends; allauth lets some of it through to a page of code 500."""


def _refuse(problem: BaseException) -> ValidationError:
    if isinstance(problem, ValidationError):  # a kind of ValueError, and the answer already
        return problem
    refusal: ValidationError = get_adapter().validation_error("incorrect_code")
    return refusal


class _CredentialField(forms.JSONField):
    """What a passkey says. allauth checks a new one only `if credential`: it would keep a passkey that is `0` or `false`."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> dict[str, Any] | None:  # type: ignore[override]  # the stubs take JSON for text
        try:
            found = super().to_python(value)
        except (ValueError, RecursionError) as problem:  # a number or a depth that Python does not read
            raise _refuse(problem) from problem
        if found is None or isinstance(found, dict):
            return found
        raise get_adapter().validation_error("incorrect_code")

    def bound_data(self, data: Any, initial: Any) -> InvalidJSONInput:
        """Nothing: it is good once, and is not shown again."""
        return InvalidJSONInput("")


class _Answer:
    """The answer of a passkey."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = _CredentialField()

    def clean_credential(self) -> Authenticator:
        try:
            authenticator: Authenticator = super().clean_credential()  # type: ignore[misc]  # the form beside it has it
        except _FORGED as problem:
            raise _refuse(problem) from problem
        return authenticator


class PasskeySignInForm(_Answer, webauthn_forms.LoginWebAuthnForm):
    pass


class PasskeyStepForm(_Answer, webauthn_forms.AuthenticateWebAuthnForm):
    pass


class ConfirmPasskeyForm(_Answer, webauthn_forms.ReauthenticateWebAuthnForm):
    pass


class PasskeyForm(Plain, webauthn_forms.AddWebAuthnForm):
    """A new passkey. Ours always sign in without a password, so the device must check who holds it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()
        self.fields["credential"] = _CredentialField()
        self.fields["name"] = forms.CharField(
            label=_("Name"), required=False, max_length=100, help_text=_("So that you can tell your passkeys apart.")
        )
        self.fields["passwordless"] = forms.BooleanField(initial=True, widget=forms.HiddenInput)
        self.order_fields(["name"])

    def clean(self) -> dict[str, Any]:
        try:
            data: dict[str, Any] = super().clean()
        except _FORGED as problem:
            raise _refuse(problem) from problem
        return data


class PasskeyNameForm(Plain, webauthn_forms.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()
        self.fields["name"] = forms.CharField(label=_("Name"), max_length=100, initial=self.initial.get("name"))
        self.focus("name")
