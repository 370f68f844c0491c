"""Logging a touch: one form, from the keyboard alone, with a next step that is suggested and not asked twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as datetime_time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.criteria.days import add_months
from clients.errors import FieldError, Refused
from clients.forms.fields import RegistryForm, Typed, as_number
from clients.models import Client, Contact, Touch, TouchKind, TouchOutcome
from ui import formats
from ui.forms import DateTimeInput, Seg

KEEP, TOMORROW, WEEK, MONTH, OTHER, NONE = "keep", "tomorrow", "week", "month", "other", "none"


class Picks(Seg):
    """Suggested values as pills."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["pills"] = True
        return context


@dataclass(frozen=True)
class Suggestion:
    """A time for the next step, with its name."""

    key: str
    label: str
    at: datetime


def suggestions(user: User, now: datetime) -> list[Suggestion]:
    """Return tomorrow, in a week and in a month, at this time of the day within the user's working hours.

    A day on which the user does not work gives way to the next one on which they do. Times are the user's local ones.
    """
    here = timezone.localtime(now)
    half_hours = min(-(-(here.hour * 60 + here.minute) // 30), 47)  # rounded up, but not into the next day
    time = min(max(datetime_time(half_hours // 2, half_hours % 2 * 30), user.work_from), user.work_until)
    today = here.date()
    found = []
    for key, label, day in (
        (TOMORROW, gettext("Tomorrow"), today + timedelta(days=1)),
        (WEEK, gettext("In a week"), today + timedelta(days=7)),
        (MONTH, gettext("In a month"), add_months(today, 1)),
    ):
        working = next((d for d in (day + timedelta(days=n) for n in range(7)) if d.isoweekday() in user.work_days), day)
        at = timezone.make_aware(datetime.combine(working, time))
        shown = formats.day(at, now) if key == TOMORROW and working == day else f"{label}, {formats.day(working, now)}"
        if key == TOMORROW and working != day:
            shown = formats.day(at, now)
        found.append(Suggestion(key, capfirst(shown), at))
    return found


class NextStepFields(RegistryForm):
    """When we talk next: a suggested time, another one, or none and why."""

    plan = Typed(label=_("Next step"), widget=Picks())
    next_step = Typed(label=_("What to do"), required=False, widget=forms.TextInput({"autocomplete": "off"}))
    next_step_at = Typed(label=_("Date and time"), required=False, widget=DateTimeInput())

    def __init__(self, *args: Any, client: Client, user: User, now: datetime, **kwargs: Any) -> None:
        self.client, self.user, self.now = client, user, now
        self.suggestions = suggestions(user, now)
        super().__init__(*args, **kwargs)
        self.keeps = client.next_step_at is not None and client.next_step_at > now
        choices = [(one.key, one.label) for one in self.suggestions]
        if self.keeps and client.next_step_at:
            choices.insert(0, (KEEP, _("As planned: %(when)s") % {"when": formats.due(client.next_step_at, now)}))
        self.fields["plan"].widget.choices = [*choices, (OTHER, _("Other date…")), *self.last_choices]
        self.fields["plan"].initial = KEEP if self.keeps else WEEK

    last_choices: tuple[tuple[str, str | Promise], ...] = ()

    def planned_at(self, typed: dict[str, Any]) -> datetime | None:
        """Return the time of the next step that was chosen; raises `Refused` when another date was meant but not given."""
        chosen = typed["plan"]
        if chosen == OTHER:
            return read_local_time(typed["next_step_at"], "next_step_at")
        return next((one.at for one in self.suggestions if one.key == chosen), None)


class TouchForm(NextStepFields):
    """One touch: what kind, how it went, what was said, what comes next."""

    ids = "touch_%s"

    kind = Typed(
        label=_("Kind"), widget=Seg(choices=[(value, capfirst(label)) for value, label in TouchKind.choices]), initial=TouchKind.CALL
    )
    outcome = Typed(
        label=_("How did it go?"),
        widget=Seg({"class": "many"}, choices=[(value, capfirst(label)) for value, label in TouchOutcome.choices]),
        initial=TouchOutcome.REACHED,
    )
    note = Typed(label=_("What was said"), required=False, widget=forms.Textarea({"rows": 3}))
    contact = Typed(label=_("With"), required=False, widget=forms.Select())
    minutes = Typed(label=_("Minutes"), required=False, widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}))
    at = Typed(label=_("When"), required=False, widget=DateTimeInput(), help_text=_("empty: now"))
    facts_confirmed = Typed(label=_("The facts on this card were confirmed"), required=False, widget=forms.CheckboxInput())
    no_next_step_because = Typed(label=_("Why there is none"), required=False, widget=forms.TextInput({"autocomplete": "off"}))
    last_choices = ((NONE, _("None, because…")),)

    def __init__(self, *args: Any, contacts: list[Contact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].widget.choices = [("", _("nobody in particular")), *((one.pk, str(one)) for one in contacts)]
        main = next((one.pk for one in contacts if one.is_main), "")
        self.fields["contact"].initial = main

    def for_service(self) -> dict[str, Any]:
        """Return the arguments of `log_touch`. Raises `Refused` for a date that is none."""
        typed = self.typed()
        errors: list[FieldError] = []
        times: dict[str, datetime | None] = {"at": None, "next_step_at": None}
        try:
            times["at"] = read_local_time(typed["at"], "at") if typed["at"] else None
        except Refused as refusal:
            errors += refusal.errors
        try:
            times["next_step_at"] = self.planned_at(typed)
        except Refused as refusal:
            errors += refusal.errors
        because = str(typed["no_next_step_because"] or "").strip()
        if typed["plan"] == NONE and not because:
            errors.append(FieldError("no_next_step_because", "required", _("Say why nothing comes next.")))
        if errors:
            raise Refused(errors)
        planned = times["next_step_at"]
        return {
            "kind": typed["kind"] or "",
            "outcome": typed["outcome"] or "",
            "note": typed["note"] or "",
            "contact_id": as_number(typed["contact"]) if typed["contact"] else None,
            "minutes": typed["minutes"],
            "facts_confirmed": bool(typed["facts_confirmed"]),
            "at": times["at"],
            "shown_at": read_shown(self.data),
            "next_step": typed["next_step"] or "" if planned else "",
            "next_step_at": planned,
            "no_next_step_because": because if typed["plan"] == NONE else "",
        }


class CorrectionForm(RegistryForm):
    """What may be put right in a touch of one's own on the day on which it was logged."""

    ids = "correction_%s"

    kind = TouchForm.base_fields["kind"]
    outcome = TouchForm.base_fields["outcome"]
    note = TouchForm.base_fields["note"]
    minutes = TouchForm.base_fields["minutes"]

    @classmethod
    def of(cls, touch: Touch, data: Any = None) -> CorrectionForm:
        """Return the form that shows `touch`, or what was typed over it."""
        return cls(data, initial={name: getattr(touch, name) for name in cls.base_fields})


class NextStepForm(NextStepFields):
    """Planning, moving or clearing the next call or meeting without a touch."""

    ids = "next_step_%s"

    last_choices = ((NONE, _("No next step")),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].widget.choices = [one for one in self.fields["plan"].widget.choices if one[0] != KEEP]
        self.fields["plan"].initial = TOMORROW
        self.fields["next_step"].initial = self.client.next_step


def read_shown(data: Mapping[str, Any]) -> datetime | None:
    """Return when the card that was looked at was drawn, as its forms carry it; None where they don't."""
    try:
        found = parse_datetime(str(data.get("shown") or "")[:40])
        # the first morning of the year 1 east of Greenwich lies in the year 0, which nobody can keep
        return found.astimezone(UTC) if found and timezone.is_aware(found) else None
    except (ValueError, OverflowError):
        return None


def read_local_time(text: Any, field: str) -> datetime:
    """Return a moment typed as local time of the user; raises `Refused` if it is none."""
    try:
        found = parse_datetime(str(text or "").strip()[:40])
        if found is not None:
            return timezone.make_aware(found) if timezone.is_naive(found) else found
    except (ValueError, OverflowError):
        pass
    raise Refused([FieldError(field, "date", _("Choose a date and a time."))])
