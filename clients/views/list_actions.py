"""What can be done to many clients at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from clients.errors import Refused
from clients.models import Industry, Lifecycle, LineOfBusiness, Source
from clients.services import hand_over_clients, set_field_of_clients
from clients.services.bulk import BulkOutcome
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


def _hand_over(user: User, ids: Sequence[int], manager: int | None) -> Outcome:
    return outcome_of(hand_over_clients(user=user, client_ids=ids, manager_id=manager))


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
    form=lambda user, data: HandOverForm(data),
    run=lambda user, ids, cleaned: _hand_over(user, ids, None if cleaned["manager"] == NOBODY else int(cleaned["manager"])),
    undo=lambda user, ids, before, cleaned: _hand_over(user, ids, before),
    question=lambda number, shown: ngettext("Hand over {number} client", "Hand over {number} clients", number).format(number=shown),
    told=_handed,
)

REFERENCES: dict[str, Any] = {"source": Source, "industry": Industry, "line_of_business": LineOfBusiness}


class SetForm(Form):
    """Which field, and to what."""

    what = forms.ChoiceField(
        label=gettext_lazy("Field"),
        widget=Seg,
        choices=[
            ("source", gettext_lazy("Source")),
            ("industry", gettext_lazy("Industry")),
            ("line_of_business", gettext_lazy("Line of business")),
            ("lifecycle", gettext_lazy("Lifecycle")),
        ],
    )
    source = forms.ChoiceField(label=gettext_lazy("Source"), required=False)
    industry = forms.ChoiceField(label=gettext_lazy("Industry"), required=False)
    line_of_business = forms.ChoiceField(label=gettext_lazy("Line of business"), required=False)
    lifecycle = forms.ChoiceField(label=gettext_lazy("Lifecycle"), required=False, choices=[("", "–"), *Lifecycle.choices])

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        for name, model in REFERENCES.items():
            entries = [(str(entry.pk), str(entry)) for entry in model.objects.filter(retired=False)]
            self.fields[name].choices = [("", "–"), *entries]  # type: ignore[attr-defined]  # a ChoiceField has choices

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        what = cleaned.get("what")
        if what and not cleaned.get(what):
            self.add_error(what, _("Choose what it shall be."))
        return cleaned


def _set(user: User, ids: Sequence[int], field: str, value: Any) -> Outcome:
    try:
        return outcome_of(set_field_of_clients(user=user, client_ids=ids, field_name=field, value=value))
    except Refused:  # the entry was retired meanwhile
        return Outcome(left={_("left as they are, because this value is no longer offered."): len(ids)})


def _told_set(number: int, cleaned: dict[str, Any]) -> str:
    return ngettext("{number} client changed.", "{number} clients changed.", number).format(number=formats.number(number))


SET_FIELD = BulkAction(
    name="set-field",
    label=gettext_lazy("Set a field"),
    icon="edit",
    permission="clients.change_client",
    form=lambda user, data: SetForm(data),
    run=lambda user, ids, cleaned: _set(user, ids, cleaned["what"], cleaned[cleaned["what"]]),
    undo=lambda user, ids, before, cleaned: _set(user, ids, cleaned["what"], before),
    question=lambda number, shown: ngettext("Change {number} client", "Change {number} clients", number).format(number=shown),
    told=_told_set,
)

ACTIONS = [HAND_OVER, SET_FIELD]
