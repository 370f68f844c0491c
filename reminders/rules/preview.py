"""What a rule would make now, by the very statement that makes it; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from accounts.models import User
from clients.models import Client, Contact
from reminders.models import ReminderRule
from reminders.rules.fitting import A_DAY, Clock, Fitting
from reminders.rules.pieces import read

SHOWN = 20

_COUNT = """
SELECT (SELECT count(*) FROM placed), (SELECT count(*) FROM fitting),
  (SELECT json_agg(json_build_array(s.client_id, s.contact_id, s.on_day, s.day, s.who)) FROM (
    SELECT * FROM placed ORDER BY day, client_id, key LIMIT %(shown)s) AS s)
"""


@dataclass(frozen=True)
class Row:
    """One reminder that would be made: for which date of the source, on which day, for whom."""

    client: Client
    contact: Contact | None
    on_day: date
    day: date
    owner: User | None


@dataclass(frozen=True)
class Preview:
    """How many reminders a rule would make now (those of the coming two weeks), the first of them, and how many wait their turn."""

    count: int
    waiting: int
    a_day: int
    rows: list[Row] = field(default_factory=list)


def preview(rule: ReminderRule, *, now: datetime, shown: int = SHOWN) -> Preview:
    """Return what `rule`, which need not be saved, would make now if it were on. Raises `NotReady`."""
    asked = Fitting.of(rule, Clock.at(now))
    with asked.planned():
        count, fitting, first = read(asked.statement(_COUNT, shown=shown))
    found = first or []
    clients = Client.objects.in_bulk({row[0] for row in found})
    contacts = Contact.objects.in_bulk({row[1] for row in found if row[1]})
    users = User.objects.in_bulk({row[4] for row in found if row[4]})
    rows = [
        Row(clients[client], contacts.get(contact), date.fromisoformat(on_day), date.fromisoformat(day), users.get(who))
        for client, contact, on_day, day, who in found
    ]
    return Preview(count, fitting - count, A_DAY, rows)
