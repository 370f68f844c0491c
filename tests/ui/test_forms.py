"""Forms in the look: labels, marks, errors that a screen reader finds, and the widgets."""

import datetime

from django import forms
from django.http import QueryDict
from django.template import Context, Template

from ui.forms import Form, ListField, Seg, YesNoUnknown


class ClientForm(Form):
    columns = 2
    wide = ("full_name",)
    recommended = ("city",)

    full_name = forms.CharField(label="Full name")
    city = forms.CharField(label="City", required=False, help_text="where the goods go")
    kind = forms.ChoiceField(label="Kind", choices=[("organisation", "Organisation"), ("person", "Person")], widget=Seg)
    industry = forms.ChoiceField(label="Industry", choices=[(str(n), f"Industry {n}") for n in range(12)], required=False)
    phones = ListField(label="Phones", required=False, input_type="tel")
    works_since = forms.DateField(label="Works with us since", required=False)
    may_call = forms.NullBooleanField(label="May be called", required=False, widget=YesNoUnknown)


def posted(query: str) -> ClientForm:
    return ClientForm(QueryDict(query))


def test_a_field_has_its_label_its_mark_and_its_hint() -> None:
    drawn = str(ClientForm()["city"].as_field_group())
    assert '<label for="id_city">City <span class="opt">(recommended)</span>' in drawn
    assert 'aria-describedby="id_city_helptext"' in drawn
    assert '<div class="hint" id="id_city_helptext">Where the goods go</div>' in drawn


def test_an_optional_field_says_so_and_a_required_one_says_nothing() -> None:
    assert "(optional)" in str(ClientForm()["works_since"].as_field_group())
    assert "(optional)" not in str(ClientForm()["full_name"].as_field_group())


def test_a_refused_field_points_at_its_error() -> None:
    drawn = str(posted("kind=person")["full_name"].as_field_group())
    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="id_full_name_error"' in drawn
    assert 'id="id_full_name_error"' in drawn


def test_the_summary_counts_the_fields_and_links_to_each() -> None:
    drawn = Template("{% form_errors form %}").render(Context({"form": posted("")}))
    assert "2 fields need a change before this can be saved" in drawn
    assert '<a href="#id_full_name">Full name: Fill this in</a>' in drawn
    assert Template("{% form_errors form %}").render(Context({"form": ClientForm()})).strip() == ""


def test_a_long_list_of_choices_becomes_a_picker_and_a_short_one_stays_native() -> None:
    assert "data-pick" in str(ClientForm()["industry"])

    class Short(Form):
        size = forms.ChoiceField(choices=[("s", "Small"), ("l", "Large")])

    assert "data-pick" not in str(Short()["size"])


def test_dates_are_native_and_in_iso_whatever_the_language() -> None:
    from django.utils import translation

    with translation.override("fr"):
        drawn = str(ClientForm(initial={"works_since": datetime.date(2026, 11, 3)})["works_since"])
    assert 'type="date"' in drawn
    assert 'value="2026-11-03"' in drawn


def test_a_list_keeps_every_value_once_and_drops_the_empty_row() -> None:
    form = posted("full_name=A&kind=person&phones=%2B33381550142&phones=&phones=%2B33381550142&phones=%2B4420")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["phones"] == ["+33381550142", "+4420"]
    assert str(form["phones"]).count("<input") == 4  # as typed, with one empty row to go on


def test_yes_no_and_not_asked_stay_apart() -> None:
    assert [posted(f"full_name=A&kind=person&may_call={said}")["may_call"].data for said in ("true", "false", "")] == [True, False, None]
    assert posted("full_name=A&kind=person&may_call=false").is_valid()


def test_what_people_typed_is_escaped_everywhere() -> None:
    form = posted("full_name=%3Cscript%3E&phones=%22%3E%3Cscript%3E&kind=%3Cscript%3E")
    assert "<script>" not in str(form)


def test_a_text_that_turns_its_surroundings_round_is_refused() -> None:
    form = posted("full_name=Gleb%E2%80%AE%E2%81%A6&kind=person")
    assert form.errors["full_name"] == ["Leave out the characters that can't be kept."]
    assert "full_name" not in posted("full_name=%D8%B9%D9%84%D9%8A%E2%80%8F&kind=person").errors, "a mark that only orders is Arabic's own"
