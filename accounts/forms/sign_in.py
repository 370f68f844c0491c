"""allauth's forms in our words: labels above the fields, no placeholders, a new password typed once and shown on demand."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.translation import gettext_lazy as _

MAX_LENGTH = 254  # an e-mail's
MAX_PASSWORD_LENGTH = 1024  # hashing costs time that grows with the length


class Plain:
    """What allauth's fields lose here: placeholders, and help in words that are not ours."""

    fields: dict[str, forms.Field]
    use_required_attribute = False

    def plain(self) -> None:
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""
            if "password" in name and isinstance(field, forms.CharField):
                field.max_length = MAX_PASSWORD_LENGTH
                field.validators.append(forms.CharField(max_length=MAX_PASSWORD_LENGTH).validators[0])

    def focus(self, name: str) -> None:
        self.fields[name].widget.attrs["autofocus"] = True

    def ask_new_password(self, name: str = "password1") -> None:
        """One field, with a button that shows what was typed: safer than typing it twice unseen."""
        self.fields.pop("password2", None)
        field = self.fields[name]
        field.label = _("New password")
        field.help_text = NEW_PASSWORD_HELP
        field.widget.attrs.update(SHOWN_ON_DEMAND)


SHOWN_ON_DEMAND = {"autocomplete": "new-password", "data-reveal": _("Show"), "data-conceal": _("Hide")}
NEW_PASSWORD_HELP = _("At least 10 characters. A few words in a row are easy to keep in mind and hard to guess.")


class SignInForm(Plain, allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()
        self.fields["login"] = forms.CharField(
            label=_("E-mail or username"),
            max_length=MAX_LENGTH,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        )
        self.order_fields(["login", "password"])
        self.fields["password"].label = _("Password")
        self.focus("login")


class AskForResetForm(Plain, allauth_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()
        self.fields["email"].label = _("E-mail")
        self.focus("email")


class ResetForm(Plain, allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()
        self.ask_new_password()
        self.focus("password1")


class ChangePasswordForm(Plain, allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()
        self.fields["oldpassword"].label = _("Current password")
        self.ask_new_password()
        self.focus("oldpassword")


class FirstPasswordForm(Plain, allauth_forms.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()
        self.ask_new_password()
        self.focus("password1")


class ConfirmPasswordForm(Plain, allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()
        self.fields["password"].label = _("Password")
        self.focus("password")
