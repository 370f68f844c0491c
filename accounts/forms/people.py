"""Forms of users and teams."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import choices
from accounts.forms.sign_in import MAX_PASSWORD_LENGTH, NEW_PASSWORD_HELP, SHOWN_ON_DEMAND
from accounts.models import Language, Team, User
from accounts.roles import Role
from ui.forms import Form, ModelForm, Seg


def roles_up_to(user: User) -> list[tuple[str, Any]]:
    """Return the roles that `user` may grant."""
    return [(role.value, role.label) for role in Role if user.role is not None and role.rank <= user.role.rank]


def new_password_field() -> forms.CharField:
    """Return a field for a password that is chosen now: typed once, shown on demand."""
    return forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        help_text=NEW_PASSWORD_HELP,
        widget=forms.PasswordInput(attrs=dict(SHOWN_ON_DEMAND)),
    )


def check_password(form: forms.Form, user: User) -> None:
    """Hold the form's password against the rules, the names in `user` included."""
    password = form.cleaned_data.get("password")
    if password:
        try:
            validate_password(password, user)
        except ValidationError as refusal:
            form.add_error("password", refusal)


def start_with_time_zone_of_browser(form: forms.Form) -> None:
    """Let the page choose the time zone that the browser stands in, until the user has chosen one."""
    if not form.is_bound:
        form.fields["time_zone"].widget.attrs["data-own-time-zone"] = True


class InviteForm(Form):
    """Who is invited."""

    full_name = forms.CharField(label=_("Full name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), widget=Seg, initial=Role.MANAGER)
    team = forms.ModelChoiceField(Team.objects.all(), label=_("Team"), required=False, empty_label=_("No team"))
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=Language.choices, widget=Seg)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles_up_to(by)  # type: ignore[attr-defined]  # it is a ChoiceField
        self.fields["language"].initial = by.language

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class UserForm(Form):
    """Who a user is."""

    columns = 2
    full_name = forms.CharField(label=_("Full name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    username = forms.CharField(label=_("Username"), max_length=150, help_text=_("Also good for signing in."))
    team = forms.ModelChoiceField(Team.objects.all(), label=_("Team"), required=False, empty_label=_("No team"))
    role = forms.ChoiceField(label=_("Role"), widget=Seg, help_text=_("A new role signs the user out on every device."))
    wide = ("role",)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles_up_to(by)  # type: ignore[attr-defined]  # it is a ChoiceField

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class DeactivateForm(Form):
    """To whom what the leaver holds is handed over."""

    successor = forms.ModelChoiceField(
        User.objects.none(), label=_("Hand over to"), required=False, empty_label=_("Nobody: leave things as they are")
    )

    def __init__(self, *args: Any, leaver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"].queryset = User.objects.able_to_hold_clients().exclude(pk=leaver.pk)  # type: ignore[attr-defined]  # it is a ModelChoiceField


class InvitationForm(Form):
    """What an invited user sets."""

    full_name = forms.CharField(label=_("Your full name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = new_password_field()
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, widget=Seg)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=choices.time_zones)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        start_with_time_zone_of_browser(self)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        check_password(self, self.user)
        return data


class TeamForm(ModelForm):
    """A team's name and head. Whoever is head already stays among the choices after leaving."""

    head = forms.ModelChoiceField(
        label=_("Head"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("nobody"),
        help_text=_("Hears of reminders of the team on which nobody acted. Without a head, management does."),
    )

    class Meta:
        model = Team
        fields = ["name", "head"]
        error_messages = {"name": {"unique": _("There is a team of this name.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["head"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.filter(Q(is_active=True) | Q(pk=self.instance.head_id or 0)).order_by("full_name", "pk")
