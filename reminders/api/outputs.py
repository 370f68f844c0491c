"""What the API says of reminders."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, WithJsonSchema

from accounts.api import Named, Problem
from clients.api.outputs import Conflict, TouchOut, named
from reminders.models import Reminder, ReminderKind
from reminders.services.planning import MANAGER

RELATED = ("client", "contact", "kind", "owner", "stands_in_for", "rule", "closed_by", "created_by")
"""What to `select_related` for `ReminderOut`."""


# "time" of OpenAPI is a moment of a day somewhere; ours is on a wall, without an offset
ON_THE_WALL = WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"}, {"type": "null"}]})


class ReminderOut(BaseModel):
    """A promise to do something for a client at a time."""

    id: int
    uid: UUID = Field(description="Names it in calendars.")
    client: Named
    contact: Named | None
    kind: str = Field(description="The key of its kind.")
    subject: str
    note: str
    assignee: int | Literal["manager"] | None = Field(description="As it was said: a user, or whoever is in charge of the client.")
    owner: Named | None = Field(description="Who acts now; null where nobody is in charge.")
    stands_in_for: Named | None = Field(description="Whose it is, while handed over for a time.")
    on_day: date
    at_time: Annotated[time | None, ON_THE_WALL] = Field(description="null: that day, when the working day of whoever acts begins.")
    time_zone: str
    due_at: datetime
    minutes: int | None
    notice_minutes: int | None
    repeats: str
    series: int | None = Field(description="The first of a repeat.")
    place: str
    invites: bool
    state: Literal["open", "done", "cancelled", "asleep"] = Field(description="asleep: its client is archived.")
    is_next_step: bool = Field(description="It is the next step that stands on the client.")
    rule: Named | None = Field(description="The rule that made it.")
    fired_at: datetime | None = Field(description="When its owner heard that it is due.")
    escalated_at: datetime | None = Field(description="When the head heard that nobody acted.")
    closed_at: datetime | None
    closed_by: Named | None
    closed_because: str
    touch: int | None = Field(description="The touch that closed it.")
    version: int
    created_at: datetime
    created_by: Named | None
    updated_at: datetime

    @classmethod
    def of(cls, reminder: Reminder) -> ReminderOut:
        """Tell of `reminder`, which was read with `RELATED`."""
        told: dict[str, Any] = {"assignee": MANAGER if reminder.follows_manager else reminder.owner_id, "is_next_step": reminder.is_promise}
        told |= {"kind": reminder.kind.key, "series": reminder.series_id, "touch": reminder.touch_id}
        told |= {name: named(getattr(reminder, name)) for name in RELATED if name != "kind"}
        return cls(**told | {name: getattr(reminder, name) for name in cls.model_fields if name not in told})


class ReminderPage(BaseModel):
    """A page of reminders, the soonest first."""

    items: list[ReminderOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")


class Done(BaseModel):
    """A reminder that was done: the touch that was logged for it, and the next one of its repeat."""

    reminder: ReminderOut
    touch: TouchOut | None
    following: ReminderOut | None


class ReminderConflict(Problem):
    """The reminder as it stands now, beside what the request wanted."""

    current: ReminderOut
    conflicts: list[Conflict]


class KindOut(BaseModel):
    """A kind of reminder."""

    key: str
    name: str
    is_contact: bool = Field(description="Closed by logging a touch, with what comes next.")
    has_length: bool
    retired: bool = Field(description="No longer offered.")

    @classmethod
    def of(cls, kind: ReminderKind) -> KindOut:
        """Tell of `kind`, in the language of the request."""
        return cls(key=kind.key, name=kind.label, is_contact=kind.is_contact, has_length=kind.has_length, retired=kind.retired)
