"""Planning a reminder, and changing one: what, with whom, when, who acts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User, zone_named
from clients import card_facts, validation
from clients.errors import FieldError, Refused
from clients.forms.fields import RegistryForm, Typed, as_number
from clients.models import Client, Contact
from reminders.models import Reminder, ReminderKind
from reminders.recurrence import Repeat, in_words, read_repeat, repeat_of, rule_of
from reminders.services.planning import MANAGER
from reminders.services.timing import hours_of
from reminders.wall_time import moment_of
from ui import formats
from ui.forms import DateInput, TimeInput

OWN, OTHER = "own", "other"
AHEAD = (
    ("", pgettext_lazy("word in advance", "none")),
    ("15", _("15 minutes before")),
    ("60", _("1 hour before")),
    ("1440", _("1 day before")),
    (OTHER, _("other…")),
)
CALLED_FROM, CALLED_UNTIL = 8, 20
"""Between these hours one may be called, wherever one lives."""

_NAMED_IN_FORM = {"contact_id": "contact", "notice_minutes": "ahead_minutes", "repeats": "rule"}
"""Where the errors of a service stand in the form."""


class KindSelect(forms.Select):
    """Kinds of reminders; those that have a length say so, and the form shows where it is asked for."""

    with_length: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.with_length:
            option["attrs"]["data-has-length"] = True
        return option


@dataclass(frozen=True)
class ToldOfTime:
    """What the form says of the moment that was chosen: sentences, and whether somebody would be got out of bed."""

    lines: list[str]
    outside_hours: str = ""


class ReminderForm(RegistryForm):
    """What is promised to a client. Values go to the services as they were typed."""

    ids = "reminder_%s"

    kind = Typed(label=_("Kind"), widget=KindSelect())
    subject = Typed(label=_("Why"), required=False, widget=forms.TextInput({"autocomplete": "off"}))
    contact = Typed(label=_("With"), required=False, widget=forms.Select())
    on_day = Typed(label=_("Day"), widget=DateInput())
    at_time = Typed(label=_("Time"), required=False, widget=TimeInput(), help_text=_("empty: that day"))
    time_zone = Typed(label=_("Time zone"), required=False, widget=forms.Select({"data-native": True}))
    assignee = Typed(label=_("Who acts"), widget=forms.Select())
    minutes = Typed(label=_("Length, minutes"), required=False, widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}))
    place = Typed(label=_("Place"), required=False, widget=forms.TextInput({"autocomplete": "off"}))
    invites = Typed(label=_("Send an invitation by mail"), required=False, widget=forms.CheckboxInput())
    ahead = Typed(label=_("Word in advance"), required=False, widget=forms.Select({"data-native": True}, choices=AHEAD))
    ahead_minutes = Typed(
        label=_("Minutes before"), required=False, widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
    )
    repeat = Typed(label=_("Repeat"), required=False, widget=forms.Select({"data-native": True}))
    rule = Typed(
        label=_("Own repeat"),
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("as calendars write it (RFC 5545), for example FREQ=WEEKLY;BYDAY=MO,TH"),
    )
    note = Typed(label=_("Note"), required=False, widget=forms.Textarea({"rows": 2}), help_text=_("what to say, what to ask"))

    def __init__(
        self, data: Any = None, *, client: Client, user: User, now: datetime, reminder: Reminder | None = None, initial: Any = None
    ) -> None:
        self.client, self.user, self.now, self.reminder = client, user, now, reminder
        super().__init__(data, initial=_shown(reminder) if reminder else _proposed(client, user, initial or {}))
        self._offer_kinds()
        contacts: Iterable[Contact] = client.contacts.all()
        self._offer("contact", [("", _("nobody in particular")), *((one.pk, str(one)) for one in contacts)])
        self._offer("assignee", self._people())
        self._offer("repeat", [*Repeat.choices, (OWN, _("own…"))])
        self._offer("time_zone", [(zone, zone.replace("_", " ")) for zone in self.zones])
        self.initial.setdefault("time_zone", self.assignee_zone)
        self.version = as_number(self.data.get("version")) if self.is_bound else (reminder.version if reminder else 0)

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        widget: Any = self.fields[name].widget
        widget.choices = choices

    def _offer_kinds(self) -> None:
        kept = self.reminder.kind_id if self.reminder else None
        kinds = [one for one in ReminderKind.objects.order_by("position", "pk") if not one.retired or one.pk == kept]
        self._offer("kind", [(one.key, str(one)) for one in kinds])
        widget: Any = self.fields["kind"].widget
        widget.with_length = frozenset(one.key for one in kinds if one.has_length)

    def _people(self) -> list[tuple[Any, Any]]:
        manager = self.client.manager
        now = gettext("the client’s manager, now %(name)s") % {"name": manager} if manager else gettext("the client’s manager, now nobody")
        others = [(pk, str(one)) for pk, one in self.people.items() if pk != self.user.pk]
        return [(self.user.pk, _("me")), (MANAGER, now), *others]

    @cached_property
    def people(self) -> dict[int, User]:
        """Those who may act, by id."""
        found = {one.pk: one for one in User.objects.able_to_hold_clients()}
        owner = self.reminder.owner if self.reminder else None
        return found | ({owner.pk: owner} if owner else {})

    # --- what was typed --------------------------------------------------------------------------

    def _value(self, name: str) -> str:
        value = self[name].data if self.is_bound else self.initial.get(name)
        return "" if value is None else str(value)

    @property
    def acts(self) -> User | None:
        """Who would act, as the form stands."""
        return self.client.manager if self._value("assignee") == MANAGER else self.people.get(as_number(self._value("assignee")))

    @property
    def assignee_zone(self) -> str:
        return str(hours_of(self.acts).zone)

    @cached_property
    def zones(self) -> list[str]:
        """The zones that the time may be meant in: the assignee's first, one's own, the client's, and the one it stands in."""
        there = card_facts.local_time(self.client, self.now)
        kept = self.reminder.time_zone if self.reminder and self.reminder.at_time else ""
        return list(dict.fromkeys(filter(None, (self.assignee_zone, self.user.time_zone, str(there.tzinfo) if there else "", kept))))

    @property
    def asks_zone(self) -> bool:
        """Whether the zone is a question at all."""
        return len({self.assignee_zone, self.user.time_zone, self.zone}) > 1 and bool(self._value("at_time"))

    @property
    def zone(self) -> str:
        """The zone that the time is meant in."""
        chosen = self._value("time_zone")
        return chosen if chosen in self.zones else self.zones[0]

    def _day(self) -> date | None:
        try:
            return validation.day(self._value("on_day"))
        except validation.BadValue:
            return None

    def _time(self) -> time | None:
        try:
            return time.fromisoformat(self._value("at_time")).replace(tzinfo=None) if self._value("at_time") else None
        except ValueError:
            return None

    @property
    def told_of_time(self) -> ToldOfTime:
        """What the moment means for the others: when it is for whoever acts, and what the clock shows at the client's."""
        day, at = self._day(), self._time()
        if day is None or not 2000 < day.year < 2200:
            return ToldOfTime([])
        hours, acts = hours_of(self.acts), self.acts
        moment = moment_of(day, at, zone_named(self.zone)) if at else moment_of(day, hours.starts, hours.zone)
        lines = []
        if at is None:
            lines.append(gettext("That day: due at %(time)s, when the working day begins.") % {"time": _clock(moment, hours.zone)})
        elif acts is not None and self.zone != self.assignee_zone:
            lines.append(gettext("That is %(when)s for %(name)s.") % {"when": _wall(moment, hours.zone, day), "name": acts})
        if acts is not None and not hours.works_on(moment.astimezone(hours.zone).date()):
            lines.append(gettext("%(name)s does not work on that day.") % {"name": acts})
        there = card_facts.local_time(self.client, moment)
        if there is None or not isinstance(there.tzinfo, ZoneInfo):
            return ToldOfTime(lines)
        awake = CALLED_FROM <= there.hour < CALLED_UNTIL
        if at is not None and not awake:
            return ToldOfTime(lines, gettext("It is %(when)s there.") % {"when": _wall(moment, there.tzinfo, day)})
        if there.utcoffset() != moment.astimezone(zone_named(self.zone)).utcoffset():
            lines.append(gettext("At the client’s it is %(when)s then.") % {"when": _wall(moment, there.tzinfo, day)})
        return ToldOfTime(lines)

    @property
    def repeat_in_words(self) -> str:
        """What an own rule says, once it can be read."""
        try:
            return in_words(read_repeat(self._value("rule")))
        except Refused:
            return ""

    def for_service(self) -> dict[str, Any]:
        """Return what `plan_reminder` takes, and `change_reminder` as changes. Raises `Refused` for a day that is none."""
        typed = self.typed()
        errors: list[FieldError] = []
        day, at = None, self._time()
        try:
            day = validation.day(self._value("on_day"))
        except validation.BadValue as bad:
            errors.append(FieldError("on_day", bad.code, bad.message))
        else:
            if day is None:
                errors.append(FieldError("on_day", "required", _("Choose a day.")))
        if self._value("at_time") and at is None:
            errors.append(FieldError("at_time", "time", _("Write a time like 10:30, or leave it empty for that day.")))
        ahead = typed["ahead_minutes"] if typed["ahead"] == OTHER else typed["ahead"]
        if typed["ahead"] == OTHER and not str(ahead or "").strip():
            errors.append(FieldError("ahead_minutes", "required", _("Say how many minutes before.")))
        if typed["repeat"] == OWN and not str(typed["rule"] or "").strip():
            errors.append(FieldError("rule", "required", _("Write the repeat, or choose one by name.")))
        if errors:
            raise Refused(errors)
        assert day is not None  # refused otherwise
        return {
            "kind": typed["kind"] or "",
            "contact_id": as_number(typed["contact"]) if typed["contact"] else None,
            "subject": typed["subject"] or "",
            "note": typed["note"] or "",
            "on_day": day,
            "at_time": at,
            "time_zone": self.zone if at else "",
            "assignee": MANAGER if typed["assignee"] == MANAGER else as_number(typed["assignee"]),
            "minutes": typed["minutes"],
            "place": typed["place"] or "",
            "invites": bool(typed["invites"]),
            "notice_minutes": ahead or None,
            "repeats": typed["rule"] if typed["repeat"] == OWN else _rule(typed["repeat"], day),
        }

    def take_refusal(self, errors: Iterable[FieldError]) -> None:
        super().take_refusal(FieldError(_NAMED_IN_FORM.get(one.field, one.field), one.code, one.message) for one in errors)


def _rule(repeat: object, day: date) -> str:
    return rule_of(Repeat(repeat), day) if repeat in Repeat.values else ""


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return formats.clock(moment.astimezone(zone))


def _wall(moment: datetime, zone: ZoneInfo, day: date) -> str:
    """Return what the wall of `zone` shows: the time, with the day where it is another one."""
    here = moment.astimezone(zone)
    return _clock(moment, zone) if here.date() == day else f"{formats.day(here.date())}, {_clock(moment, zone)}"


_PROPOSALS = ("kind", "contact", "on_day", "at_time", "subject", "assignee", "minutes", "place")


def _proposed(client: Client, user: User, given: Any) -> dict[str, Any]:
    """Return what a new form begins with; `given` (of the address) says more."""
    main = next((one.pk for one in client.contacts.all() if one.is_main), "")
    own = MANAGER if client.manager_id == user.pk else user.pk
    begin = {"kind": "call_back", "contact": main, "assignee": own, "minutes": 60}
    return begin | {name: str(given[name])[:300] for name in _PROPOSALS if given.get(name)}


def _shown(reminder: Reminder) -> dict[str, Any]:
    """Return what a form shows of a reminder."""
    minutes = reminder.notice_minutes
    plain = minutes is None or str(minutes) in dict(AHEAD)
    named = repeat_of(reminder.repeats)
    return {
        **{name: getattr(reminder, name) for name in ("subject", "note", "on_day", "place", "minutes", "invites", "time_zone")},
        "at_time": reminder.at_time.strftime("%H:%M") if reminder.at_time else "",
        "kind": reminder.kind.key,
        "contact": reminder.contact_id or "",
        "assignee": MANAGER if reminder.follows_manager else reminder.owner_id,
        "ahead": "" if minutes is None else str(minutes) if plain else OTHER,
        "ahead_minutes": "" if plain else minutes,
        "repeat": OWN if named is None else named,
        "rule": reminder.repeats if named is None else "",
    }
