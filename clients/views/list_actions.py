"""What can be done to many clients at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from clients import custom_fields
from clients.errors import Refused
from clients.forms.fields import custom_form_field
from clients.models import CustomField, Industry, Lifecycle, LineOfBusiness, Source
from clients.services import hand_over_clients, set_field_of_clients, take_back_clients
from clients.services.bulk import BulkOutcome
from clients.validation import BadValue
from ui import formats
from ui.forms import Form, Seg
from ui.lists.bulk import BulkAction, Outcome

NOBODY = "none"


def outcome_of(done: BulkOutcome) -> Outcome:
    """Say in words what the service left as it was."""
    left = {
        _("left as they are, because they are not yours to change."): done.not_editable,
        _("left as they are, because they would break the entry criteria."): len(done.refused),
        _("stood like this already."): done.unchanged,
    }
    return Outcome(changed=done.changed, left={reason: number for reason, number in left.items() if number})


class HandOverForm(Form):
    """To whom."""

    manager = forms.ChoiceField(label=gettext_lazy("To"))

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        people = User.objects.filter(is_active=True, groups__isnull=False).order_by("full_name", "pk").distinct()
        self.fields["manager"].choices = [  # type: ignore[attr-defined]  # a ChoiceField has choices
            ("", _("Choose somebody")),
            *((str(person.pk), str(person)) for person in people),
            (NOBODY, _("nobody")),
        ]


def _hand_over(user: User, ids: Sequence[int], cleaned: dict[str, Any]) -> Outcome:
    if "manager" not in cleaned:  # has left meanwhile
        return _no_longer_offered(ids)
    return outcome_of(hand_over_clients(user=user, client_ids=ids, manager_id=_chosen(cleaned)))


def _take_back(user: User, ids: Sequence[int], before: int | None, cleaned: dict[str, Any]) -> Outcome:
    if "manager" not in cleaned:
        return _no_longer_offered(ids)
    return outcome_of(take_back_clients(user=user, client_ids=ids, given_to=_chosen(cleaned), manager_id=before))


def _chosen(cleaned: dict[str, Any]) -> int | None:
    return None if cleaned["manager"] == NOBODY else int(cleaned["manager"])


def _handed(number: int, cleaned: dict[str, Any]) -> str:
    chosen = cleaned.get("manager", NOBODY)
    person = None if chosen == NOBODY else User.objects.filter(pk=chosen).first()
    told = ngettext("{number} client handed over to {name}.", "{number} clients handed over to {name}.", number)
    return told.format(number=formats.number(number), name=person or _("nobody"))


HAND_OVER = BulkAction(
    name="hand-over",
    label=gettext_lazy("Hand over"),
    icon="user",
    permission="clients.hand_over_client",
    form=lambda user, data, so_far: HandOverForm(data),
    run=_hand_over,
    undo=_take_back,
    question=lambda number, shown: ngettext("Hand over {number} client", "Hand over {number} clients", number).format(number=shown),
    told=_handed,
)

REFERENCES: dict[str, Any] = {"source": Source, "industry": Industry, "line_of_business": LineOfBusiness}
BUILT_IN = {
    "source": gettext_lazy("Source"),
    "industry": gettext_lazy("Industry"),
    "line_of_business": gettext_lazy("Line of business"),
    "lifecycle": gettext_lazy("Lifecycle"),
}


class SetForm(Form):
    """Which field, and to what: one of the built-in ones, or of those that the administrator added."""

    redrawn_by = "what"
    what = forms.ChoiceField(label=gettext_lazy("Field"), widget=forms.Select({"data-native": True}))

    def __init__(self, data: QueryDict | None, so_far: QueryDict) -> None:
        self.own = {f"custom.{field.key}": field for field in custom_fields.active()}
        asked = so_far.get("what", "")
        shown = asked if asked in BUILT_IN or asked in self.own else next(iter(BUILT_IN))
        super().__init__(data, initial={"what": shown})
        own = [(name, field.label) for name, field in self.own.items()]
        what: Any = self.fields["what"]
        what.choices = [*BUILT_IN.items(), *([(_("Your own fields"), own)] if own else [])]
        if data is None and asked:
            what.widget.attrs["data-focus"] = True  # drawn anew: the choice goes on where it was
        value: Any = _own_field(self.own[shown]) if shown in self.own else _built_in_field(shown)
        value.unmarked = True  # empty is refused in our own words
        self.fields[shown] = value

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        what = cleaned.get("what")
        if what and not str(cleaned.get(what) or "").strip():
            self.add_error(what, _("Choose what it shall be."))
        elif what in self.own:
            try:
                custom_fields.clean_value(self.own[what], cleaned[what])
            except BadValue as bad:
                self.add_error(what, str(bad.message))
        return cleaned


def _built_in_field(name: str) -> forms.Field:
    choices: list[Any] = list(Lifecycle.choices)
    if name in REFERENCES:
        choices = [(str(entry.pk), str(entry)) for entry in REFERENCES[name].objects.filter(retired=False)]
    return forms.ChoiceField(label=BUILT_IN[name], required=False, choices=[("", "–"), *choices])


def _own_field(field: CustomField) -> forms.Field:
    """Return the form field for a custom field that gets a value: "not asked" is none."""
    made = custom_form_field(field)
    if field.kind == CustomField.Kind.BOOLEAN:
        made.widget = Seg(choices=[("true", _("yes")), ("false", _("no"))])
    return made


def _set(user: User, ids: Sequence[int], field: str, value: Any) -> Outcome:
    try:
        return outcome_of(set_field_of_clients(user=user, client_ids=ids, field_name=field, value=value))
    except Refused:  # the entry, or the field, was retired meanwhile
        return _no_longer_offered(ids)


def _no_longer_offered(ids: Sequence[int]) -> Outcome:
    return Outcome(left={_("left as they are, because this value is no longer offered."): len(ids)})


def _set_chosen(user: User, ids: Sequence[int], cleaned: dict[str, Any]) -> Outcome:
    what = cleaned.get("what", "")
    return _set(user, ids, what, cleaned[what]) if what in cleaned else _no_longer_offered(ids)


def _told_set(number: int, cleaned: dict[str, Any]) -> str:
    return ngettext("{number} client changed.", "{number} clients changed.", number).format(number=formats.number(number))


SET_FIELD = BulkAction(
    name="set-field",
    label=gettext_lazy("Set a field"),
    icon="edit",
    permission="clients.change_client",
    form=lambda user, data, so_far: SetForm(data, so_far),
    run=_set_chosen,
    undo=lambda user, ids, before, cleaned: _set(user, ids, cleaned.get("what", ""), before),
    question=lambda number, shown: ngettext("Change {number} client", "Change {number} clients", number).format(number=shown),
    told=_told_set,
)

ACTIONS = [HAND_OVER, SET_FIELD]
