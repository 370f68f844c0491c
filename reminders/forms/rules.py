"""The forms of rules and of kinds of reminders. They hand on what was typed; the services read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import User
from clients.errors import FieldError
from clients.forms.fields import Typed
from reminders.models import ReminderKind, ReminderRule
from reminders.models.kinds import SHIPPED
from reminders.services.rules import has_made
from reminders.shipped import AWAITED
from reminders.sources import sources
from ui.forms import Form, Seg

PREFIX = "rule"
BEFORE, AFTER = "before", "after"


def source_choices(kept: str) -> list[tuple[str, str]]:
    """Return the dates that a rule may count from, `kept` too where nobody brings it (any more, or yet)."""
    found = [
        (source.key, f"{capfirst(str(source.label))} ({source.hint})" if source.hint else capfirst(str(source.label)))
        for source in sources()
    ]
    if kept and kept not in dict(found):
        awaited = AWAITED.get(kept)
        found.append((kept, f"{capfirst(str(awaited[0]))} ({awaited[1]})" if awaited else kept))
    return found


def kind_choices(kept: ReminderKind | None) -> list[tuple[str, str]]:
    """Return the kinds that are offered, and the one that is kept."""
    return [(kind.key, str(kind)) for kind in ReminderKind.objects.all() if not kind.retired or kind == kept]


def people_choices(kept: User | None) -> list[tuple[str, str]]:
    """Return who may act."""
    found = [(str(user.pk), str(user)) for user in User.objects.able_to_hold_clients()]
    if kept is not None and str(kept.pk) not in dict(found):
        found.append((str(kept.pk), str(kept)))
    return [("", "–"), *found]


def notice_choices(kept: int | None) -> list[tuple[str, Any]]:
    """Return how long before a reminder word of it may come."""
    named = {15: _("15 minutes before"), 60: _("1 hour before"), 24 * 60: _("1 day before")}
    extra = {} if kept is None or kept in named else {kept: ngettext_lazy("%d minute before", "%d minutes before", kept) % kept}
    return [("", _("none")), *((str(minutes), label) for minutes, label in sorted({**named, **extra}.items()))]


class RuleForm(Form):
    """What a rule says, but for whom; the conditions are fields of the list of clients."""

    name = Typed(label=_("Name"), widget=forms.TextInput({"autocomplete": "off", "maxlength": 120}))
    source = Typed(label=_("Date to count from"))
    number = Typed(label=_("Days"), widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "size": 4}))
    unit = Typed(label=_("Counted in"), widget=Seg(choices=[(value, label) for value, label in ReminderRule.Unit.choices]))
    side = Typed(label=_("When"), widget=Seg(choices=[(BEFORE, _("before")), (AFTER, _("after"))]))
    kind = Typed(label=_("Kind"))
    assignee = Typed(label=_("Who acts"), widget=Seg(choices=[(value, capfirst(label)) for value, label in ReminderRule.Assignee.choices]))
    user = Typed(label=_("Person"), required=False)
    subject = Typed(label=_("Why"), required=False, widget=forms.TextInput({"autocomplete": "off", "maxlength": 300}))
    note = Typed(
        label=_("Note"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("What to say, what to ask: it stands with each reminder."),
    )
    notice_minutes = Typed(label=_("Word in advance"), required=False)

    def __init__(self, data: Any = None, *, rule: ReminderRule) -> None:
        self.rule = rule
        kind, user = (rule.kind if rule.kind_id else None), rule.user
        initial = {
            "name": rule.name or (rule.label if rule.shipped else ""),
            "source": rule.source or "created",
            "number": abs(rule.offset),
            "unit": rule.unit,
            "side": BEFORE if rule.offset < 0 else AFTER,
            "kind": kind.key if kind else "call_back",
            "assignee": rule.assignee,
            "user": user.pk if user else "",
            "subject": rule.subject,
            "note": rule.note,
            "notice_minutes": rule.notice_minutes or "",
        }
        super().__init__(data, initial=initial, prefix=PREFIX)
        fields: Any = self.fields
        fields["source"].widget = forms.Select({"data-native": True}, choices=source_choices(rule.source))
        fields["kind"].widget = forms.Select({"data-native": True}, choices=kind_choices(kind))
        fields["user"].widget = forms.Select(choices=people_choices(user))
        fields["notice_minutes"].widget = forms.Select(choices=notice_choices(rule.notice_minutes))
        if has_made(rule):
            fields["source"].disabled = True
            fields["source"].widget.attrs["disabled"] = True
            fields["source"].help_text = _("It has made reminders by this date; for another one add another rule.")

    def said(self) -> dict[str, Any]:
        """Return what was typed, as the service takes it."""
        typed = {
            name: field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name)) or ""
            for name, field in self.fields.items()
            if not field.disabled
        }
        number, side = str(typed.pop("number")).strip() or "0", typed.pop("side")
        values = {**typed, "offset": f"-{number}" if side == BEFORE and number != "0" else number}
        if self.rule.shipped and not self.rule.name and values["name"].strip() == self.rule.label:
            values["name"] = ""  # nobody renamed it: it keeps the name of the reader's language
        return values

    def take_refusal(self, errors: Iterable[FieldError]) -> None:
        """Show what the service refused at its field; what has none stands above."""
        self.is_valid()
        for error in errors:
            place = {"offset": "number"}.get(error.field, error.field)
            self.add_error(place if place in self.fields else None, str(error.message))


class KindForm(Form):
    """A kind of reminder."""

    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    is_contact = forms.BooleanField(
        label=_("A contact with the client"), required=False, initial=True, help_text=_("Closed by logging it, with a next step.")
    )
    has_length = forms.BooleanField(
        label=_("Has a length"), required=False, help_text=_("Stands in the calendar from … until …, may be sent as an invitation.")
    )

    def __init__(self, data: Any = None, *, kind: ReminderKind | None = None) -> None:
        initial = {"name": str(kind), "is_contact": kind.is_contact, "has_length": kind.has_length} if kind else None
        super().__init__(data, initial=initial)
        if kind is not None and kind.key in SHIPPED:
            self.fields["name"].help_text = _("Emptied, it is called as shipped, in the language of whoever reads it.")
        self.fields["name"].unmarked = True  # type: ignore[attr-defined]  # read by field_mark.html

    def take_refusal(self, errors: Iterable[FieldError]) -> None:
        """Show what the service refused."""
        for error in errors:
            self.add_error(error.field if error.field in self.fields else None, str(error.message))
