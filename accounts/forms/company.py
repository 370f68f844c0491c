"""Forms of the company, the first run included."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import begin_with, choices
from accounts.forms.people import check_password, new_password_field, start_with_time_zone_of_browser
from accounts.models import Company, Language, User
from accounts.roles import Role
from ui import formats
from ui.forms import Form, ModelForm, Picks, Seg


class CompanyForm(ModelForm):
    """The company's settings."""

    columns = 2
    wide = ("name", "second_factor_roles", "team_may_edit")
    name = forms.CharField(label=_("Name"), max_length=200)
    currency = forms.ChoiceField(label=_("Currency"), choices=choices.currencies)
    region = forms.ChoiceField(
        label=_("Country"), choices=choices.countries, help_text=_("Phones without a country code are read as of this country.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=choices.time_zones, help_text=_("Days and months in reports begin by it."))
    language = forms.ChoiceField(
        label=_("Language"), choices=Language.choices, widget=Seg, help_text=_("For new users; everybody chooses their own.")
    )
    second_factor_roles = forms.MultipleChoiceField(
        label=_("Who must use a second factor"),
        choices=Role.choices,
        required=False,
        widget=Picks,
        help_text=_("Users of these roles who have none set one up at their next page, before anything else."),
    )
    team_may_edit = forms.BooleanField(
        label=_("Managers may change the clients of their team"),
        required=False,
        help_text=_("Otherwise a manager changes only the own clients. Everybody sees all clients."),
    )

    class Meta:
        model = Company
        fields = ["name", "currency", "region", "time_zone", "language", "second_factor_roles", "team_may_edit"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["second_factor_roles"].unmarked = True  # type: ignore[attr-defined]  # read by field_mark.html: "must … (optional)" is no sense

    def changes(self) -> dict[str, Any]:
        """Return the changed fields with their new values."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class SetUpForm(Form):
    """The first run: the company and its administrator."""

    company_name = forms.CharField(label=_("Company"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"}))
    region = forms.ChoiceField(label=_("Country"), choices=choices.countries)
    currency = forms.ChoiceField(label=_("Currency"), choices=choices.currencies)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=choices.time_zones)
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, widget=Seg)
    full_name = forms.CharField(label=_("Your full name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        initial="admin",
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password = new_password_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        start_with_time_zone_of_browser(self)
        self.offers = begin_with.offers()
        for offer in self.offers:
            offered = offer.choices()
            self.fields[f"begin_{offer.key}"] = field = forms.MultipleChoiceField(
                label=str(offer.label),
                help_text=str(offer.hint),
                choices=[(one.key, formats.named(one.label, one.hint) if one.hint else one.label) for one in offered],
                initial=[one.key for one in offered if one.ticked],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
            field.unmarked = True  # type: ignore[attr-defined]  # read by field_mark.html

    @property
    def beginnings(self) -> list[forms.BoundField]:
        """The fields of what one may begin with."""
        return [self[f"begin_{offer.key}"] for offer in self.offers]

    def begin_with(self) -> dict[str, list[str]]:
        """Return what was ticked of each offer."""
        return {offer.key: self.cleaned_data[f"begin_{offer.key}"] for offer in self.offers}

    def company(self) -> dict[str, Any]:
        """Return the fields of the company."""
        data = self.cleaned_data
        return {"name": data["company_name"], **{name: data[name] for name in ("region", "currency", "time_zone", "language")}}

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        names = {name: self.cleaned_data.get(name, "") for name in ("full_name", "email", "username")}
        check_password(self, User(**names))
        return data
