"""What the experiments stand on: the servers, people who hear by mail at once, clients, and reminders by the thousand."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time as wall
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command

from crm.embedded import postgres, valkey
from crm.embedded.folder import Folder
from crm.servers import connect
from tests.faults.nursery import Nursery
from tests.faults.sink import Sink

MANAGERS = 20


@dataclass
class Outcome:
    """What came of the reminders that were due."""

    due: int
    told: int
    lost: int
    doubled: int
    mailed: int
    unmailed: int
    two_ids: int
    repeats: int

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.unmailed or self.two_ids)

    def __str__(self) -> str:
        return (
            f"{self.due:,} due: {self.told:,} told, {self.lost} lost, {self.doubled} doubled; {self.mailed:,} by mail, "
            f"{self.unmailed} missing, {self.two_ids} with two ids, {self.repeats} repeats of the same id"
        )


class Ground:
    """Servers, processes and the sink of one run."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.folder = Folder(settings.DATA_DIR)
        self.nursery = Nursery(settings.DATA_DIR / "processes.log")
        self.planned = 0

    def prepare(self) -> None:
        """Make the tables, the company, its people, and a client of each manager."""
        call_command("migrate", verbosity=0)
        from accounts.models import Company, Team, User
        from accounts.roles import Role
        from reminders.models import ReminderPreferences
        from tests.clients.registry import register

        Company.objects.create(name="Kestrel Trading", currency="EUR", time_zone="Europe/Paris", language="en", region="FR")
        team = Team.objects.create(name="North")
        everybody = [("head", Role.MANAGEMENT), *((f"manager{number}", Role.MANAGER) for number in range(MANAGERS))]
        for name, role in everybody:
            user = User.objects.create_user(name, f"{name}@kestrel.example", None, full_name=name.title(), team=team)
            user.work_days = [1, 2, 3, 4, 5, 6, 7]
            user.work_from, user.work_until = wall(0, 0), wall(23, 59)
            user.save()
            user.set_role(role)
            ReminderPreferences.objects.create(user=user, mail="at_once", quiet_from=None, quiet_until=None)
            if role == Role.MANAGER:
                register(user, full_name=f"Client of {name}", phones=["+33199001742"])
        Team.objects.update(head=User.objects.get(username="head"))

    def database(self) -> psycopg.Connection[Any]:
        return connect(settings.DATABASES["default"])

    def ask(self, sql: str, *params: Any) -> Any:
        """Return the first value that the database answers."""
        with self.database() as database:
            row = database.execute(sql, params).fetchone()
        return row[0] if row else None

    def do(self, sql: str, *params: Any) -> None:
        with self.database() as database:
            database.execute(sql, params)

    def begin_anew(self) -> None:
        """End all processes, forget all reminders and all mail. A database that still recovers is waited for."""
        self.nursery.kill_all()
        self.sink.clear()
        self.wait(self.answers, 60)
        self.do("TRUNCATE reminders_reminder CASCADE")
        self.do("DELETE FROM reminders_reminderpulse")
        self.flush()

    def flush(self) -> None:
        import redis

        redis.Redis.from_url(settings.REDIS_URL).flushall()

    def plan(self, number: int, *, first: str = "0 seconds", last: str | None = None, subject: str = "Nr ") -> None:
        """Plan so many reminders, evenly due from `first` to `last` from now (intervals of PostgreSQL), by turns of each manager."""
        with self.database() as database:
            given = {"number": number, "first": first, "last": last or first, "subject": subject, "before": self.planned}
            database.execute(_PLAN, given)
        self.planned += number

    def wait(self, until: Callable[[], bool], seconds: float, every: float = 0.25) -> float | None:
        """Wait until that holds; return after how many seconds, or None where it did not."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            try:
                if until():
                    return time.monotonic() - began
            except psycopg.OperationalError:
                pass  # it is being started again
            time.sleep(every)
        return None

    def answers(self) -> bool:
        return bool(self.ask("SELECT TRUE"))

    def all_told(self) -> bool:
        return not self.ask("SELECT EXISTS (SELECT FROM reminders_reminder WHERE stage <> 'escalation' AND fires_at IS NOT NULL)")

    def all_told_of_due(self) -> bool:
        """As `all_told`, where others are still to come."""
        return not self.ask("SELECT EXISTS (SELECT FROM reminders_reminder WHERE fires_at <= clock_timestamp() + interval '3 seconds')")

    def all_sent(self) -> bool:
        return self.all_told() and not self.ask("SELECT EXISTS (SELECT FROM reminders_delivery WHERE state = 'waiting')")

    def outcome(self) -> Outcome:
        """Return what came of it. What counts as mail is what the sink has, not what the database says of it."""
        due = self.ask("SELECT count(*) FROM reminders_reminder WHERE due_at <= clock_timestamp()")
        told = self.ask("SELECT count(DISTINCT reminder_id) FROM reminders_notice WHERE stage = 'due'")
        doubled = self.ask(
            "SELECT count(*) FROM (SELECT FROM reminders_notice GROUP BY reminder_id, stage, recipient_id HAVING count(*) > 1) AS twice"
        )
        arrived = self.sink.by_reminder()
        ids = Counter(key for keys in arrived.values() for key in keys)
        with self.database() as database:
            wanted = {f"<{row[0]}@seraph>" for row in database.execute("SELECT key FROM reminders_delivery WHERE channel = 'mail'")}
        return Outcome(
            due=due,
            told=told,
            lost=due - told,
            doubled=doubled,
            mailed=len(arrived),
            unmailed=len(wanted - set(ids)) + max(0, due - len(wanted)),
            two_ids=sum(len(set(keys)) > 1 for keys in arrived.values()) + len(set(ids) - wanted),
            repeats=sum(ids.values()) - len(ids),
        )

    def stop_broker(self) -> None:
        with self.folder.locked():
            valkey.stop(self.folder)

    def start_broker(self) -> None:
        with self.folder.locked():
            valkey.start(self.folder)

    def restart_database(self) -> None:
        with self.folder.locked():
            postgres.stop(self.folder)
            postgres.start(self.folder)


_PLAN = """
INSERT INTO reminders_reminder (uid, client_id, kind_id, subject, note, owner_id, follows_manager,
  on_day, at_time, time_zone, due_at, repeats, place, invites, state, occurrence, stage, fires_at,
  problem, is_promise, rule_key, closed_because, version, created_at, updated_at)
SELECT gen_random_uuid(), c.id, k.id, %(subject)s || (n + %(before)s) || '.', '', c.manager_id, FALSE,
  (at.due AT TIME ZONE 'Europe/Paris')::date, (at.due AT TIME ZONE 'Europe/Paris')::time, 'Europe/Paris', at.due, '', '', FALSE,
  'open', 1, 'due', at.due, '', FALSE, '', '', 1, now(), now()
FROM generate_series(1, %(number)s) AS n
JOIN (SELECT id, manager_id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS clients FROM clients_client) c
  ON c.place = n %% c.clients
JOIN accounts_user u ON u.id = c.manager_id
CROSS JOIN (SELECT id FROM reminders_reminderkind WHERE key = 'other') k
CROSS JOIN LATERAL (SELECT clock_timestamp() + %(first)s::interval
  + (%(last)s::interval - %(first)s::interval) * (n::float8 / %(number)s) AS due) at
"""
