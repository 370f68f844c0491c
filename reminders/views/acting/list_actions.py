"""What can be done with many reminders at once. Each act can be taken back: the list keeps which act it was, by reminder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from clients.errors import Refused
from reminders.forms.moving import people_to_choose
from reminders.services import cancel_each, hand_over_each, snooze_each, undo_each
from reminders.services.many import ManyOutcome
from reminders.services.planning import MANAGER
from ui import formats
from ui.forms import Form
from ui.lists.bulk import BulkAction, Outcome


def outcome_of(done: ManyOutcome) -> Outcome:
    """Say in words what the services left as it was."""
    left = {
        _("left as they are, because they are not yours to change."): done.not_editable,
        _("closed or changed by somebody meanwhile."): done.closed,
        _("left as they are, because it cannot be done with them."): done.refused,
    }
    return Outcome(changed=dict(done.acts), left={reason: number for reason, number in left.items() if number})


def _take_back(user: User, ids: Sequence[int], before: int, cleaned: dict[str, Any]) -> Outcome:
    return outcome_of(undo_each(user=user, act_ids=dict.fromkeys(ids, before)))


def _no_longer_offered(ids: Sequence[int]) -> Outcome:
    return Outcome(left={_("left as they are, because this value is no longer offered."): len(ids)})


class PutOffForm(Form):
    """To which day; each keeps its time of the day where none is given."""

    on_day = forms.DateField(label=gettext_lazy("Day"))
    at_time = forms.TimeField(label=gettext_lazy("Time"), required=False, help_text=gettext_lazy("empty: each keeps its own"))
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=300)


def _put_off(user: User, ids: Sequence[int], cleaned: dict[str, Any]) -> Outcome:
    if "on_day" not in cleaned:
        return _no_longer_offered(ids)
    try:
        done = snooze_each(
            user=user, reminder_ids=ids, on_day=cleaned["on_day"], at_time=cleaned.get("at_time"), reason=cleaned.get("reason", "")
        )
    except Refused:
        return _no_longer_offered(ids)
    return outcome_of(done)


PUT_OFF = BulkAction(
    name="put-off",
    label=gettext_lazy("Put off"),
    icon="clock",
    permission="reminders.change_reminder",
    form=lambda user, data, so_far: PutOffForm(data),
    run=_put_off,
    undo=_take_back,
    question=lambda number, shown: ngettext("Put off {number} reminder", "Put off {number} reminders", number).format(number=shown),
    told=lambda number, cleaned: ngettext("{number} reminder put off.", "{number} reminders put off.", number).format(
        number=formats.number(number)
    ),
)


class GiveForm(Form):
    """To whom, for good."""

    assignee = forms.ChoiceField(label=gettext_lazy("To"))

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        assignee: Any = self.fields["assignee"]
        assignee.choices = [("", _("Choose somebody")), (MANAGER, _("each client’s manager")), *people_to_choose()]

    def clean_assignee(self) -> str | int:
        given = str(self.cleaned_data["assignee"])
        if given == MANAGER:
            return given
        if not given.isdecimal():
            raise ValidationError(_("Choose somebody who works here."))
        return int(given)


def _give(user: User, ids: Sequence[int], cleaned: dict[str, Any]) -> Outcome:
    if "assignee" not in cleaned:  # has left meanwhile
        return _no_longer_offered(ids)
    return outcome_of(hand_over_each(user=user, reminder_ids=ids, assignee=cleaned["assignee"]))


HAND_OVER = BulkAction(
    name="hand-over",
    label=gettext_lazy("Hand over"),
    icon="arrows-exchange",
    permission="reminders.change_reminder",
    form=lambda user, data, so_far: GiveForm(data),
    run=_give,
    undo=_take_back,
    question=lambda number, shown: ngettext("Hand over {number} reminder", "Hand over {number} reminders", number).format(number=shown),
    told=lambda number, cleaned: ngettext("{number} reminder handed over.", "{number} reminders handed over.", number).format(
        number=formats.number(number)
    ),
)


class CancelForm(Form):
    """Why."""

    because = forms.CharField(
        label=gettext_lazy("Because"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("of a repeat, only this time is cancelled"),
    )


CANCEL = BulkAction(
    name="cancel",
    label=gettext_lazy("Cancel reminders"),
    icon="x",
    permission="reminders.change_reminder",
    form=lambda user, data, so_far: CancelForm(data),
    run=lambda user, ids, cleaned: outcome_of(cancel_each(user=user, reminder_ids=ids, because=cleaned.get("because", ""))),
    undo=_take_back,
    question=lambda number, shown: ngettext("Cancel {number} reminder", "Cancel {number} reminders", number).format(number=shown),
    told=lambda number, cleaned: ngettext("{number} reminder cancelled.", "{number} reminders cancelled.", number).format(
        number=formats.number(number)
    ),
)

ACTIONS = [PUT_OFF, HAND_OVER, CANCEL]
