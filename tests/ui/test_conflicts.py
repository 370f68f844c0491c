"""Two people changed one record: what differs, what both agree on."""

import datetime

from django import forms
from django.http import QueryDict

from accounts.models import Team
from ui.conflicts import compare
from ui.forms import Form, ListField


class CardForm(Form):
    full_name = forms.CharField()
    lifecycle = forms.ChoiceField(choices=[("potential", "may buy"), ("current", "buys")])
    phones = ListField(required=False, input_type="tel")
    emails = ListField(required=False)
    works_since = forms.DateField(required=False)
    may_write = forms.BooleanField(required=False)
    team = forms.ModelChoiceField(Team.objects.all(), required=False)


def test_both_sides_read_as_people_write_them_and_post_as_the_form_does(north: Team, south: Team) -> None:
    mine = CardForm(
        QueryDict(
            f"full_name=Hartley&lifecycle=current&phones=%2B33381550142&may_write=on&works_since=2026-11-03&team={north.pk}&version=3"
        )
    )
    theirs = CardForm(
        initial={
            "full_name": "Hartley",
            "lifecycle": "potential",
            "phones": ["+33381550142", "+33381550143"],
            "emails": [],
            "works_since": datetime.date(2026, 11, 4),
            "may_write": True,
            "team": south.pk,
        }
    )
    conflict = compare(mine, theirs, version=4)
    sides = {one.name: (one.mine.posted, one.theirs.posted, one.mine.shown, one.theirs.shown) for one in conflict.differences}
    assert sides["lifecycle"] == ("current", "potential", "buys", "may buy")
    assert sides["phones"][1] == "+33381550142\n+33381550143"
    assert sides["works_since"][2:] == ("3 November 2026", "4 November 2026")
    assert sides["team"] == (str(north.pk), str(south.pk), "North", "South")
    assert set(sides) == {"lifecycle", "phones", "works_since", "team"}
    assert conflict.kept == [("full_name", "Hartley"), ("may_write", "on")]


def test_a_chosen_list_goes_back_as_a_list() -> None:
    form = CardForm(QueryDict("full_name=Hartley&lifecycle=current&phones=%2B33381550142%0A%2B33381550143"))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["phones"] == ["+33381550142", "+33381550143"]
