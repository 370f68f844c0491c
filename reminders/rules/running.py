"""Running rules: what a rule fits is made, once; what fits no more is taken back.

Any number of workers may do it at once: each rule is run by one of them, the others pass it over, and the UNIQUE of
reminders (rule, client, key of the date) lets nothing be made twice by whoever comes. What a run does is done or not
done as a whole; whoever dies leaves nothing behind, and the next run does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from clients.waking import wake_soon
from reminders.engine.clock import database_now, note_pulse
from reminders.models import ReminderPulse, ReminderRule
from reminders.rules.fitting import Clock, Fitting, NotReady, People
from reminders.rules.pieces import fill, read

PULSE = "rules"
FAILED = "failed"
"""A rule's problem, when its run broke off; `NotReady` brings the others."""

logger = structlog.get_logger(__name__)


@dataclass
class Made:
    """What a run did: reminders made, put back that had been taken back, and taken back."""

    made: int = 0
    again: int = 0
    gone: int = 0

    def __iadd__(self, other: Made) -> Made:
        self.made, self.again, self.gone = self.made + other.made, self.again + other.again, self.gone + other.gone
        return self


RUN_EVERY = timedelta(minutes=15)


def run_due_rules() -> None:
    """Run the rules where nobody has for a quarter of an hour: what a loop without a broker does, beside any number of others."""
    last = ReminderPulse.objects.filter(name=PULSE).values_list("at", flat=True).first()
    if last is None or database_now() - last >= RUN_EVERY:
        run_rules()


def run_rules(*, now: datetime | None = None) -> Made:
    """Run every rule that is on, each in a transaction of its own; one that fails says so and stops no other.

    `now` is the database's clock, unless a test says another.
    """
    moment = now or database_now()
    done = Made()
    for pk in ReminderRule.objects.filter(active=True, retired_at=None).order_by("pk").values_list("pk", flat=True):
        done += run_rule(pk, now=moment)
    note_pulse(PULSE)
    return done


def run_soon() -> None:
    """Have the rules run when this transaction is over; if the broker is away, the next beat does it."""
    from reminders.tasks import rules

    wake_soon(rules)


def run_rule(pk: int, *, now: datetime) -> Made:
    """Run one rule; nothing where it is off, or where somebody else runs it right now."""
    try:
        with transaction.atomic():
            rule = (
                ReminderRule.objects.filter(pk=pk, active=True, retired_at=None)
                .select_for_update(skip_locked=True, of=("self",), no_key=True)
                .first()
            )
            return Made() if rule is None else _run(rule, Clock.at(now))
    except NotReady as refused:
        _note_problem(pk, refused.code)
    except Exception:
        logger.exception("a rule could not be run", rule=pk)
        _note_problem(pk, FAILED)
    return Made()


def _note_problem(pk: int, problem: str) -> None:
    ReminderRule.objects.filter(pk=pk).exclude(problem=problem).update(problem=problem)


def _run(rule: ReminderRule, clock: Clock) -> Made:
    fitting = Fitting.of(rule, clock, People.read(clock))
    done = Made(gone=_take_back_what_fits_no_more(fitting))
    done += _make(fitting)
    today, before = clock.today, rule.last_run_at
    same_day = before is not None and timezone.localtime(before, clock.zone).date() == today
    rule.last_made = (rule.last_made if same_day else 0) + done.made
    rule.last_run_at, rule.problem = clock.now, ""
    rule.save(update_fields=["last_made", "last_run_at", "problem"])
    return done


_MAKE = """
, locked AS (
  -- An archiving or a change of manager that goes on meanwhile waits for us and then finds what we made; a client that
  -- somebody holds now has its turn with the next run.
  SELECT c.id, c.manager_id FROM clients_client c WHERE c.id IN (SELECT client_id FROM placed) AND c.archived_at IS NULL
  FOR SHARE OF c SKIP LOCKED
), ready AS (
  SELECT p.*, NULLIF(p.who, 0) AS owner_id FROM placed p
  JOIN locked l ON l.id = p.client_id AND (NOT %(follows)s OR COALESCE(l.manager_id, 0) = p.who)
), made AS (
  INSERT INTO reminders_reminder (uid, client_id, contact_id, kind_id, subject, note, owner_id, follows_manager,
    on_day, at_time, time_zone, due_at, notice_minutes, repeats, place, invites, state, occurrence, stage, fires_at, problem,
    is_promise, rule_id, rule_key, closed_because, version, created_at, updated_at)
  SELECT gen_random_uuid(), y.client_id, y.contact_id, %(kind)s, %(subject)s, %(note)s, y.owner_id, %(follows)s,
    y.day, NULL, z.zone, y.due_at, %(notice)s, '', '', FALSE, 'open', 1, %(stage)s, y.due_at - make_interval(mins => %(ahead)s), '',
    FALSE, %(rule)s, y.key, '', 1, %(now)s, %(now)s
  FROM ready y JOIN unnest(%(zone_who)s::bigint[], %(zones)s::text[]) AS z (who, zone) USING (who) WHERE y.again IS NULL
  ON CONFLICT (rule_id, client_id, rule_key) WHERE rule_id IS NOT NULL DO NOTHING
  RETURNING id, due_at
), back AS (
  UPDATE reminders_reminder r SET state = 'open', closed_at = NULL, kind_id = %(kind)s, subject = %(subject)s, note = %(note)s,
    owner_id = y.owner_id, follows_manager = %(follows)s, stands_in_for_id = NULL, on_day = y.day, time_zone = z.zone, due_at = y.due_at,
    notice_minutes = %(notice)s, stage = %(stage)s, fires_at = y.due_at - make_interval(mins => %(ahead)s),
    fired_at = NULL, escalated_at = NULL, problem = '', occurrence = r.occurrence + 1, version = r.version + 1, updated_at = %(now)s
  FROM ready y JOIN unnest(%(zone_who)s::bigint[], %(zones)s::text[]) AS z (who, zone) USING (who)
  WHERE r.id = y.again AND r.state = 'cancelled' AND r.closed_by_id IS NULL
  RETURNING r.id, r.due_at
), noted AS (
  INSERT INTO reminders_reminderact (reminder_id, act, at, by_id, facts)
  SELECT id, 'planned', %(now)s, NULL::bigint, jsonb_build_object('rule', %(rule)s::bigint, 'due', due_at) FROM made
  UNION ALL SELECT id, 'reopened', %(now)s, NULL::bigint, jsonb_build_object('rule', %(rule)s::bigint, 'due', due_at) FROM back
)
SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM back)
"""


def _make(fitting: Fitting) -> Made:
    rule = fitting.rule
    ahead = rule.notice_minutes or 0
    zones = {who: hours.zone.key for who, hours in fitting.people.hours.items()}
    with fitting.planned():
        made, again = read(
            fitting.statement(
                _MAKE,
                kind=rule.kind_id,
                subject=rule.subject,
                note=rule.note,
                follows=rule.assignee == ReminderRule.Assignee.MANAGER,
                notice=rule.notice_minutes,
                ahead=ahead,
                stage="notice" if ahead else "due",
                now=fitting.clock.now,
                zone_who=list(zones),
                zones=list(zones.values()),
            )
        )
    return Made(made=made, again=again)


_TAKE_BACK = """
-- Open reminders of the rule that nobody touched and whose date has gone (it moved, a fact was confirmed), or whose client
-- the rule is not for any more. Who touches one right now keeps it. Index: reminder_of_rule.
WITH ours AS MATERIALIZED (
  SELECT r.id, r.client_id, r.rule_key FROM reminders_reminder r
  WHERE r.rule_id = %(rule)s AND r.state = 'open'
    AND NOT EXISTS (SELECT FROM reminders_reminderact a WHERE a.reminder_id = r.id AND a.by_id IS NOT NULL)
  FOR NO KEY UPDATE OF r SKIP LOCKED
), judged AS (
  SELECT o.id, EXISTS (SELECT FROM ({dates}) AS d WHERE d.client_id = o.client_id AND d.key = o.rule_key) AS dated,
    EXISTS (SELECT FROM ({audience}) AS a (id, manager_id) WHERE a.id = o.client_id) AS meant
  FROM ours o
), gone AS (
  UPDATE reminders_reminder r SET state = CASE WHEN %(ends_done)s AND j.meant THEN 'done' ELSE 'cancelled' END, fires_at = NULL,
    closed_at = %(now)s, version = r.version + 1, updated_at = %(now)s
  FROM judged j WHERE r.id = j.id AND NOT (j.dated AND j.meant)
  RETURNING r.id, r.state
), told AS (
  UPDATE reminders_notice n SET withdrawn_at = %(now)s FROM gone WHERE n.reminder_id = gone.id AND n.withdrawn_at IS NULL
), noted AS (
  INSERT INTO reminders_reminderact (reminder_id, act, at, by_id, facts)
  SELECT id, state, %(now)s, NULL, jsonb_build_object('rule', %(rule)s::bigint) FROM gone
)
SELECT count(*) FROM gone
"""


def _take_back_what_fits_no_more(fitting: Fitting) -> int:
    pieces = {"dates": fitting.all_dates(), "audience": fitting.audience.sql(fitting.clock.zone)}
    values = {"rule": fitting.rule.pk, "now": fitting.clock.now, "ends_done": fitting.source.ends_done}
    return int(read(fill(_TAKE_BACK, pieces, values))[0])


_WITHDRAW = """
-- What a rule made and nobody touched or was told to do yet: taken back, to be made anew as the rule says now.
WITH gone AS (
  UPDATE reminders_reminder r SET state = 'cancelled', fires_at = NULL, closed_at = %(now)s, version = version + 1, updated_at = %(now)s
  WHERE r.rule_id = %(rule)s AND r.state = 'open' AND r.due_at > %(now)s
    AND NOT EXISTS (SELECT FROM reminders_reminderact a WHERE a.reminder_id = r.id AND a.by_id IS NOT NULL)
  RETURNING id
), told AS (
  UPDATE reminders_notice n SET withdrawn_at = %(now)s FROM gone WHERE n.reminder_id = gone.id AND n.withdrawn_at IS NULL
), noted AS (
  INSERT INTO reminders_reminderact (reminder_id, act, at, by_id, facts)
  SELECT id, 'cancelled', %(now)s, NULL, jsonb_build_object('rule', %(rule)s::bigint) FROM gone
)
SELECT count(*) FROM gone
"""


def take_back_unmade(rule: ReminderRule, now: datetime) -> int:
    """Take back what `rule` made for later and nobody touched: it says something else now, and makes it anew. Return how many."""
    return int(read(fill(_WITHDRAW, values={"rule": rule.pk, "now": now}))[0])
