"""Putting reminders off, handing them over, cancelling them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User, zone_named
from clients import validation
from clients.criteria.days import add_months
from clients.errors import FieldError, Refused
from clients.forms.fields import RegistryForm, Typed, as_number
from clients.forms.touches import Picks
from reminders.models import Reminder
from reminders.services.planning import MANAGER
from reminders.wall_time import Hours, moved_to_wall, on_the_wall
from ui import formats
from ui.forms import DateInput, Seg, TimeInput

OTHER = "other"
_AFTERNOON = time(14)
_STEP = timedelta(minutes=5)


@dataclass(frozen=True)
class Preset:
    """A time to put something off to, on the wall of whoever chooses: `at` is None where it keeps its time of the day."""

    key: str
    label: str
    day: date
    at: time | None


def presets(user: User, now: datetime, *, keeps: time | None) -> list[Preset]:
    """Return in an hour, this afternoon (while it is to come), tomorrow morning, in a week and in a month.

    Days on which `user` does not work give way to the next on which they do. `keeps` is the time of the day of what is put
    off: weeks and months keep it; None is for "that day", which tomorrow morning stays too.
    """
    hours = Hours.of(user)
    here = now.astimezone(hours.zone).replace(second=0, microsecond=0)
    hour = here + timedelta(hours=1)
    hour += (_STEP - (hour - hour.replace(minute=0)) % _STEP) % _STEP
    today = here.date()
    tomorrow = hours.working_day_from(today + timedelta(days=1))
    week, month = (hours.working_day_from(day) for day in (today + timedelta(days=7), add_months(today, 1)))
    found = [Preset("hour", gettext("In 1 hour, %(time)s") % {"time": formats.clock(hour)}, hour.date(), hour.time())]
    if here.time() < time(13) and hours.works_on(today):
        found.append(Preset("afternoon", gettext("This afternoon, %(time)s") % {"time": _clock(_AFTERNOON)}, today, _AFTERNOON))
    morning = gettext("Tomorrow morning") if tomorrow == today + timedelta(days=1) else _day_name(tomorrow, now)
    found.append(Preset("tomorrow", f"{morning}, {_clock(hours.starts)}", tomorrow, hours.starts if keeps else None))
    found.append(Preset("week", f"{gettext('In a week')}, {formats.day(week, now)}", week, keeps))
    found.append(Preset("month", f"{gettext('In a month')}, {formats.day(month, now)}", month, keeps))
    return found


def _day_name(day: date, now: datetime) -> str:
    return capfirst(formats.day(day, now))


def _clock(at: time) -> str:
    return formats.clock(timezone.make_aware(datetime.combine(date(2026, 1, 1), at)))


class OfReminder(RegistryForm):
    """A form of one reminder, made from the version that it carries."""

    def __init__(self, data: Any = None, *, reminder: Reminder, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.reminder = reminder
        self.version = as_number(self.data.get("version")) if self.is_bound else reminder.version


class SnoozeForm(OfReminder):
    """To when, and why."""

    ids = "snooze_%s"

    until = Typed(label=_("Until"), widget=Picks())
    on_day = Typed(label=_("Day"), required=False, widget=DateInput())
    at_time = Typed(label=_("Time"), required=False, widget=TimeInput(), help_text=_("empty: that day"))
    reason = Typed(
        label=_("Reason"),
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("for example: on holiday until Monday"),
    )

    def __init__(self, data: Any = None, *, reminder: Reminder, user: User, now: datetime) -> None:
        super().__init__(data, reminder=reminder)
        self.user = user
        zone = zone_named(user.time_zone)
        keeps = on_the_wall(reminder.due_at, zone)[1] if reminder.at_time is not None else None
        self.presets = presets(user, now, keeps=keeps)
        until: Any = self.fields["until"]
        until.widget.choices = [*((one.key, one.label) for one in self.presets), (OTHER, _("Other time…"))]
        until.initial = "tomorrow"

    def wall(self) -> tuple[date, time | None]:
        """Return the chosen day and time on the wall of the reminder's zone. Raises `Refused` for none."""
        typed = self.typed()
        chosen = next((one for one in self.presets if one.key == typed["until"]), None)
        if chosen is not None:
            day, at = chosen.day, chosen.at
        elif typed["until"] == OTHER:
            day, at = read_wall(typed["on_day"], typed["at_time"])
        else:
            raise Refused([FieldError("until", "required", _("Choose until when."))])
        if at is None:
            return day, None
        return moved_to_wall(day, at, zone_named(self.user.time_zone), zone_named(self.reminder.time_zone))


def read_wall(day: object, at: object) -> tuple[date, time | None]:
    """Return a typed day and time; no time is "that day". Raises `Refused`."""
    errors: list[FieldError] = []
    read_day, read_time = None, None
    try:
        read_day = validation.day(day)
    except validation.BadValue as bad:
        errors.append(FieldError("on_day", bad.code, bad.message))
    else:
        if read_day is None:
            errors.append(FieldError("on_day", "required", _("Choose a day.")))
    try:
        read_time = time.fromisoformat(str(at)).replace(tzinfo=None) if at else None
    except ValueError:
        errors.append(FieldError("at_time", "time", _("Write a time like 10:30, or leave it empty for that day.")))
    if errors or read_day is None:
        raise Refused(errors)
    return read_day, read_time


def people_to_choose(*, without: int | None = None) -> list[tuple[Any, Any]]:
    """Return those who may act, by name."""
    return [(one.pk, str(one)) for one in User.objects.able_to_hold_clients() if one.pk != without]


class HandOverForm(OfReminder):
    """To whom."""

    ids = "hand_over_%s"

    assignee = Typed(label=_("To"), widget=forms.Select())

    def __init__(self, data: Any = None, *, reminder: Reminder) -> None:
        super().__init__(data, reminder=reminder)
        manager = reminder.client.manager
        now = gettext("the client’s manager, now %(name)s") % {"name": manager} if manager else gettext("the client’s manager, now nobody")
        choices = [("", _("Choose somebody")), *([] if reminder.follows_manager else [(MANAGER, now)])]
        assignee: Any = self.fields["assignee"]
        assignee.widget.choices = [*choices, *people_to_choose(without=reminder.owner_id)]

    def assignee_for_service(self) -> str | int:
        given = self.typed()["assignee"]
        return MANAGER if given == MANAGER else as_number(given)


ONCE, SERIES = "once", "series"


class CancelForm(OfReminder):
    """Why; of a repeat also how much of it."""

    ids = "cancel_%s"

    what = Typed(label=_("Which"), widget=Seg(choices=[(ONCE, _("Only this time")), (SERIES, _("The whole series"))]), initial=ONCE)
    because = Typed(
        label=_("Because"), required=False, widget=forms.TextInput({"autocomplete": "off"}), help_text=_("for example: settled by mail")
    )

    def __init__(self, data: Any = None, *, reminder: Reminder) -> None:
        super().__init__(data, reminder=reminder)
        if not reminder.repeats:
            del self.fields["what"]

    @property
    def whole_series(self) -> bool:
        return self.typed().get("what") == SERIES


class HolidayForm(RegistryForm):
    """All of somebody's reminders in a range of days, to a colleague."""

    ids = "holiday_%s"

    owner = Typed(label=_("Whose"), widget=forms.Select())
    to = Typed(label=_("To"), widget=forms.Select())
    first = Typed(label=_("From"), widget=DateInput())
    last = Typed(label=_("Until"), widget=DateInput())

    def __init__(self, data: Any = None, *, user: User, anybody: bool) -> None:
        super().__init__(data)
        self.user = user
        owner, to = (self.fields[name] for name in ("owner", "to"))
        people = people_to_choose()
        if anybody:
            owner.widget.choices, owner.initial = people, user.pk
        else:
            del self.fields["owner"]
        to.widget.choices = [("", _("Choose a colleague")), *((pk, name) for pk, name in people if pk != self.owner_id)]

    @property
    def owner_id(self) -> int:
        """Whose reminders they are: one's own, unless one may choose."""
        if "owner" not in self.fields:
            return self.user.pk
        return as_number(self["owner"].data) if self.is_bound and self["owner"].data else self.user.pk

    def days(self) -> tuple[date, date]:
        """Return the first and the last day. Raises `Refused`."""
        typed = self.typed()
        errors: list[FieldError] = []
        found: list[date] = []
        for name, message in (("first", _("Choose the first day.")), ("last", _("Choose the last day."))):
            try:
                day = validation.day(typed[name])
            except validation.BadValue as bad:
                errors.append(FieldError(name, bad.code, bad.message))
                continue
            if day is None:
                errors.append(FieldError(name, "required", message))
            else:
                found.append(day)
        if errors:
            raise Refused(errors)
        return found[0], found[1]
