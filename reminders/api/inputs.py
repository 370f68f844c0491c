"""Bodies of requests. Only shapes are checked here; what a reminder may be the services say."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from pydantic import ConfigDict, Field
from pydantic_core import PydanticCustomError

from clients.api.inputs import Input, TouchIn, without_defaults
from clients.api.values import LARGEST_ID, OWN, Day, DayGiven, Id, IdOrNull, Shape, Version, YesNo, text, whole
from reminders.recurrence import LONGEST
from reminders.services.planning import MANAGER


def _time(value: Any) -> time:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", value, re.ASCII):
        raise PydanticCustomError(f"{OWN}time", str(_("Write the time like 10:30.")))
    return time.fromisoformat(value)


def _assignee(value: Any) -> int | str:
    if value == MANAGER:
        return MANAGER
    if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value) and 0 < value <= LARGEST_ID:
        return int(value)
    raise PydanticCustomError(f"{OWN}choice", str(_("Give the id of a user, or “manager”.")))


_CLOCK = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$", "description": "On the wall, like 10:30."}
ClockTime = Annotated[time | None, Shape(_time, _CLOCK, or_null=True)]
_ASSIGNEE = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": LARGEST_ID}, {"type": "string", "const": MANAGER}]}
Assignee = Annotated[int | str | None, Shape(_assignee, _ASSIGNEE, or_null=True)]
VersionOrNull = Annotated[int | None, whole(2_147_483_647, least=1), Field(description="The one that was read.")]


class ReminderFields(Input):
    """What may be said of a reminder."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)
    kind: Annotated[str, text(40, or_null=False), Field(description="The key of a kind: see /reminder-kinds.")] = ""
    on_day: Day = None
    at_time: Annotated[ClockTime, Field(description="Without it, due when the working day of whoever acts begins.")] = None
    time_zone: Annotated[str | None, text(64), Field(description="Whose wall: an IANA name; without it that of whoever acts.")] = None
    assignee: Annotated[Assignee, Field(description="A user's id, or “manager”: whoever is in charge of the client at the time.")] = None
    contact: Annotated[IdOrNull, Field(description="The id of a contact of this client.")] = None
    subject: Annotated[str | None, text(300)] = None
    note: Annotated[str | None, text(20_000)] = None
    place: Annotated[str | None, text(300)] = None
    minutes: Annotated[int | None, whole(1440), Field(description="How long a meeting takes.")] = None
    notice_minutes: Annotated[int | None, whole(60 * 24 * 60), Field(description="Word so long in advance.")] = None
    repeats: Annotated[str | None, text(LONGEST), Field(description="RFC 5545, like FREQ=MONTHLY;INTERVAL=3.")] = None
    invites: YesNo = False

    def said(self, *without: str) -> dict[str, Any]:
        """Return what the request named, under the names of the services."""
        given = self.given(*without)
        if isinstance(given.get("on_day"), str):
            given["on_day"] = date.fromisoformat(given["on_day"])
        if "contact" in given:
            given["contact_id"] = given.pop("contact")
        for name in ("time_zone", "subject", "note", "place", "repeats"):
            if name in given:
                given[name] = given[name] or ""
        return given


class ReminderIn(ReminderFields):
    """A new reminder; whoever's token it is acts, unless an assignee is named."""

    client: Id
    kind: Annotated[str, text(40, or_null=False), Field(description="The key of a kind: see /reminder-kinds.")]
    on_day: DayGiven


class ReminderPatch(ReminderFields):
    """Changes to a reminder that was read at `version`; fields that are not named stay as they are."""

    version: Version
    on_day: DayGiven = ""


class CompleteIn(Input):
    """That it is done. A kind that is a contact with the client needs the touch, and that says what comes next."""

    version: VersionOrNull = None
    touch: TouchIn | None = None


class SnoozeIn(Input):
    """To when it is put off, and why."""

    version: VersionOrNull = None
    on_day: DayGiven
    at_time: ClockTime = None
    reason: Annotated[str | None, text(300)] = None


class GiveIn(Input):
    """Who acts from now on."""

    version: VersionOrNull = None
    assignee: Annotated[int | str, Shape(_assignee, _ASSIGNEE)]


class CancelIn(Input):
    """Why it is not done; of a repeat only this time is skipped, unless the whole series ends."""

    version: VersionOrNull = None
    because: Annotated[str | None, text(300)] = None
    whole_series: YesNo = False


class ReopenIn(Input):
    """Which reminder was closed by mistake."""

    version: VersionOrNull = None
