"""The lines of the table: each does its harm, and returns what was seen."""

from __future__ import annotations

import os
import random
import signal
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from datetime import time as wall
from typing import Any

import psutil
import psycopg

from tests.faults.ground import Ground
from tests.together import at_once


@dataclass(frozen=True)
class Size:
    """How large and how long everything is: as the table says, or for `make test`."""

    reminders: int = 10_000
    workers: int = 4
    kills: int = 40
    spread: int = 100
    outage: int = 180
    restarts: int = 3
    moderate: int = 2_000
    backlog: int = 5_000
    races: int = 100
    pending: int = 1_000_000
    peak: int = 10_000
    fired: int = 100_000
    tick_ms: float | None = 5
    """The short form counts what a tick asks and reads instead: other tests run beside it."""
    patience: float = 1
    """Limits of time are so many times longer: other tests run beside the short form, on machines of any kind."""
    common: dict[str, float] = field(default_factory=dict)
    """What makes the processes of the short form quicker: seconds between two rounds of beat, and of a lease."""


TICK_STATEMENTS = 3
"""Of a tick with nothing to do: the claim, the pulse, the lease."""
CLAIM_PAGES = 2_000
"""What the claim may read when 100,000 have just been fired and nobody has swept yet."""

FULL = Size()
SHORT = Size(
    reminders=240, workers=2, kills=4, spread=8, outage=3, restarts=1, moderate=120, backlog=240, races=12, pending=10_000, peak=1_000,
    fired=2_000, tick_ms=None, patience=5, common={"every": 1.5, "lease": 4},
)  # fmt: skip


@dataclass
class Seen:
    """What a line showed: in words, and whether what must hold did."""

    ok: bool
    said: list[str] = field(default_factory=list)


def killed_at_random(ground: Ground, size: Size) -> Seen:
    """Workers are killed while reminders come due and mail leaves; each is started again a second later."""
    chance = random.Random(11)
    ground.nursery.start("beat")
    workers = [ground.nursery.start("worker") for _ in range(size.workers)]
    time.sleep(3)
    ground.plan(size.reminders, first="0 seconds", last=f"{size.spread} seconds")
    began = time.monotonic()
    for kill in range(1, size.kills + 1):
        time.sleep(max(0.0, began + size.spread * 1.2 * kill / size.kills + chance.uniform(-0.5, 0.5) - time.monotonic()))
        place = chance.randrange(len(workers))
        ground.nursery.kill(workers[place])
        workers[place] = ground.nursery.start("worker")
    drained = ground.wait(ground.all_sent, 1200)
    outcome = ground.outcome()
    took = f"all delivered {drained:.0f} s after the last" if drained is not None else "NOT all delivered 1,200 s after the last"
    return Seen(outcome.holds and drained is not None, [f"{size.kills} kills, {took}", str(outcome)])


def killed_after_the_claim(ground: Ground, size: Size) -> Seen:
    """A process dies of its work at the three moments that matter; a healthy one finds what it left."""
    seen = Seen(True)
    for moment in ("after the claim", "with the lease", "after the server's OK"):
        ground.begin_anew()
        ground.plan(20)
        if moment != "after the claim":
            _fire_here()
        dying = ground.nursery.start("loop", dies=moment)
        died = ground.wait(lambda pid=dying: not ground.nursery.is_alive(pid), 30 * size.patience)  # type: ignore[misc]
        ground.nursery.kill(dying)
        began = time.monotonic()
        ground.nursery.start("beat")
        ground.nursery.start("worker")
        ground.wait(ground.all_sent, 90 * size.patience)
        took = time.monotonic() - began
        outcome = ground.outcome()
        seen.ok &= died is not None and outcome.holds and took <= 60 * size.patience
        seen.said.append(f"{moment}: all delivered {took:.0f} s after the death, {outcome.repeats} repeats of the same id")
        if not outcome.holds:
            seen.said.append(str(outcome))
    return seen


def broker_away(ground: Ground, size: Size) -> Seen:
    """The broker stops while reminders come due, and comes back empty."""
    ground.nursery.start("beat")
    workers = [ground.nursery.start("worker") for _ in range(size.workers)]
    time.sleep(3)
    ground.stop_broker()
    try:
        ground.plan(size.moderate, first="1 second", last=f"{size.outage} seconds")
        time.sleep(size.outage)
    finally:
        ground.start_broker()
    ground.flush()
    took = ground.wait(ground.all_sent, 120 * size.patience)
    outcome = ground.outcome()
    same = all(ground.nursery.is_alive(pid) for pid in workers)
    ok = outcome.holds and took is not None and took <= 60 * size.patience and same
    drained = f"drained {took:.0f} s after it was back" if took is not None else "not drained after 120 s"
    return Seen(ok, [f"{size.outage} s away, then FLUSHALL: {drained}; workers {'were not' if same else 'WERE'} replaced", str(outcome)])


def database_restarted(ground: Ground, size: Size) -> Seen:
    """PostgreSQL is stopped and started, its sessions are ended, and one is killed so that it recovers as after a crash."""
    ground.nursery.start("beat")
    workers = [ground.nursery.start("worker") for _ in range(size.workers)]
    loop = ground.nursery.start("loop")
    time.sleep(3)
    seen = Seen(True)
    harms: list[tuple[str, Callable[[], None]]] = [
        ("restarted", ground.restart_database),
        ("sessions terminated", lambda: _end_sessions(ground)),
        ("a session killed -9", lambda: _kill_session(ground)),
    ]
    for _round in range(size.restarts):
        for name, harm in harms:
            ground.plan(size.moderate // 20, first="0 seconds", last="2 seconds")
            time.sleep(0.5)
            harm()
            ground.wait(ground.answers, 60 * size.patience)
            ground.plan(20)
            took = ground.wait(ground.all_told, 60 * size.patience)
            seen.ok &= took is not None and took <= 30 * size.patience
            seen.said.append(f"{name}: told {took:.0f} s later" if took is not None else f"{name}: NOT told within 60 s")
    drained = ground.wait(ground.all_sent, 120 * size.patience)
    outcome = ground.outcome()
    same = all(ground.nursery.is_alive(pid) for pid in [*workers, loop])
    seen.ok &= outcome.holds and drained is not None and same
    seen.said += [str(outcome), f"processes {'were not' if same else 'WERE'} replaced"]
    return seen


def _end_sessions(ground: Ground) -> None:
    ground.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


def _kill_session(ground: Ground) -> None:
    """Kill one session, and see another cut off by it: until then the server still takes work, and breaks it off."""
    with ground.database() as witness:
        one = witness.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() LIMIT 1"
        ).fetchone()
        if one:
            os.kill(one[0], signal.SIGKILL)
            ground.wait(lambda: not _answers(witness), 60, every=0.02)


def _answers(database: psycopg.Connection[Any]) -> bool:
    try:
        database.execute("SELECT TRUE")
    except psycopg.OperationalError:
        return False
    return True


def many_at_once(ground: Ground, size: Size) -> Seen:
    """Five beats, two loops and the workers at the same work."""
    for kind in ("beat",) * 5 + ("loop",) * 2 + ("worker",) * size.workers:
        ground.nursery.start(kind)
    ground.plan(size.moderate, first="2 seconds", last="12 seconds")
    drained = ground.wait(ground.all_sent, 120 * size.patience)
    outcome = ground.outcome()
    return Seen(outcome.holds and drained is not None, [str(outcome)])


def clocks_differ(ground: Ground, size: Size) -> Seen:
    """Workers and loops whose clock is two hours ahead, or behind: alone, so that nobody else does their work."""
    seen = Seen(True)
    for hours in (2, -2):
        ground.begin_anew()
        ground.plan(50, first="1 second", last="3 seconds")
        ground.plan(50, first="30 minutes", last="100 minutes")
        ground.nursery.start("beat")  # by the right clock: its messages must not look old to whoever takes them up
        for kind in ("worker", "loop"):
            ground.nursery.start(kind, clock=hours)
        took = ground.wait(
            lambda: ground.ask("SELECT count(*) FROM reminders_notice") >= 50 and not ground.ask(_WAITING), 60 * size.patience
        )  # fmt: skip
        early = ground.ask(
            "SELECT count(*) FROM reminders_notice n JOIN reminders_reminder r ON r.id = n.reminder_id WHERE n.at < r.due_at"
        )
        outcome = ground.outcome()
        alone = _worker_alone(ground, size, hours)
        seen.ok &= outcome.holds and took is not None and early == 0 and alone is not None
        how = f"{alone:.0f} s" if alone is not None else "NEVER"
        seen.said.append(f"{hours:+} h: {outcome.told} told, {early} early; through the broker alone in {how}")
    return seen


_TOLD = "FROM reminders_notice n JOIN reminders_reminder r ON r.id = n.reminder_id"
_WAITING = "SELECT EXISTS (SELECT FROM reminders_delivery WHERE state = 'waiting')"


def _worker_alone(ground: Ground, size: Size, hours: int) -> float | None:
    for pid, asked in list(ground.nursery.alive.items()):
        if asked["kind"] == "loop":
            ground.nursery.kill(pid)
    before = ground.ask("SELECT count(*) FROM reminders_notice")
    ground.plan(10)
    return ground.wait(lambda: bool(ground.ask("SELECT count(*) >= %s FROM reminders_notice", before + 10)), 40 * size.patience)


def six_hours_off(ground: Ground, size: Size) -> Seen:
    """Nothing ran for six hours."""
    ground.plan(size.backlog, first="-6 hours", last="-11 minutes")
    for kind in ("beat", *("worker",) * size.workers):
        ground.nursery.start(kind)
    took = ground.wait(ground.all_sent, 300 * size.patience)
    outcome = ground.outcome()
    late = ground.ask("SELECT count(*) FROM reminders_notice WHERE late")
    said_late = sum(mail.subject.startswith("Late") for mail in ground.sink.mails)
    ok = outcome.holds and took is not None and late == size.backlog and said_late >= size.backlog
    return Seen(ok, [f"{late:,} marked late, {said_late:,} mails say so", str(outcome)])


def a_million_pending(ground: Ground, size: Size) -> Seen:
    """Many wait, some thousands come due in one minute, and afterwards there is nothing to do."""
    began = time.monotonic()
    ground.plan(size.pending, first="2 days", last="300 days")
    ground.do("ANALYZE reminders_reminder")
    filled = time.monotonic() - began
    with_mail = ground.ask("UPDATE reminders_reminderpreferences SET mail = 'digest' RETURNING 1")  # mail is measured elsewhere
    assert with_mail
    seen = Seen(True, [f"{size.pending:,} planned in {filled:.0f} s"])
    try:
        idle = _empty_ticks()
        ground.nursery.start("beat")
        worker = ground.nursery.start("worker")
        time.sleep(3)
        ground.plan(size.peak, first="2 seconds")
        took = ground.wait(ground.all_told_of_due, 120 * size.patience)
        lag = ground.ask(
            "SELECT extract(epoch FROM max(n.at - r.due_at)) FROM reminders_notice n JOIN reminders_reminder r ON r.id = n.reminder_id"
        )
        memory = psutil.Process(worker).memory_info().rss / 2**20
        ground.nursery.kill_all()
        outcome = ground.ask("SELECT count(*) FROM reminders_notice WHERE stage = 'due'")
        ground.plan(size.fired, first="-1 second")
        began = time.monotonic()
        _fire_here()
        drained = time.monotonic() - began
        after = _empty_ticks()
        statements = _statements_of_a_tick()
        claim, index, pages = _claim_explained(ground)
        own = psutil.Process().memory_info().rss / 2**20
        first_after = after[0]
        median, median_after = statistics.median(idle), statistics.median(after)
        seen.ok &= (
            took is not None
            and float(lag) <= 60 * size.patience
            and outcome == size.peak
            and (size.tick_ms is None or max(median, median_after) < size.tick_ms)
            and statements <= TICK_STATEMENTS
            and (index, pages < CLAIM_PAGES) == ("reminder_to_fire", True)
            and memory < 200
        )
        seen.said += [
            f"{size.peak:,} due in one moment: the last told {float(lag):.1f} s later by one worker",
            f"empty tick {median:.1f} ms; after {size.fired:,} were fired (in {drained:.0f} s, one process) {median_after:.1f} ms, "
            f"the very first {first_after:.1f} ms",
            f"it asks {statements} statements; {claim}",
            f"worker {memory:.0f} MB, this process {own:.0f} MB",
        ]
    finally:
        ground.do("UPDATE reminders_reminderpreferences SET mail = 'at_once'")
    return seen


def _claim_explained(ground: Ground) -> tuple[str, str, int]:
    """Return what the claim reads when nothing is due: EXPLAIN (ANALYZE, BUFFERS) in a few words, its index, and how many pages."""
    from reminders.engine.firing import _CLAIM

    with ground.database() as database:
        now = ground.ask("SELECT clock_timestamp()")
        row = database.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + _CLAIM, [now, 500]).fetchone()
    assert row
    top = row[0][0]["Plan"]
    scan = top
    while "Index Name" not in scan and scan.get("Plans"):
        scan = scan["Plans"][0]
    pages = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    index = str(scan.get("Index Name"))
    return f"the claim then is one {scan['Node Type']} of {index}, {pages} pages, {top['Actual Total Time']:.2f} ms", index, pages


def _statements_of_a_tick() -> int:
    """Return how many statements a tick that finds nothing to do sends."""
    from django.db import connection

    from reminders.engine.loop import tick

    sent: list[str] = []

    def note(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        tick()
    return len(sent)


def _empty_ticks() -> list[float]:
    """Return the milliseconds of ticks that find nothing to do, on a connection that is open, as a worker's are.

    Of five series, the one that the rest of the machine disturbed least; its first tick is that of the first series.
    """
    series = [_series() for _series_number in range(5)]
    return [series[0][0], *min(series, key=statistics.median)[1:]]


def _series() -> list[float]:
    from reminders.engine.loop import tick

    times = []
    for _run in range(51):
        began = time.perf_counter()
        tick()
        times.append((time.perf_counter() - began) * 1000)
    return times


def _fire_here() -> None:
    from reminders.engine.firing import fire_due_reminders

    fire_due_reminders()


def one_that_always_fails(ground: Ground, size: Size) -> Seen:
    """One recipient is always refused, one is slow to be taken, a template raises, and an owner's wishes make no sense."""
    ground.sink.refused.add("manager1@kestrel.example")
    ground.sink.slow["manager2@kestrel.example"] = 1.0
    number = size.moderate // 10
    ground.plan(number)
    ground.plan(5, subject="BREAKS Nr ")
    theirs = "user_id = (SELECT id FROM accounts_user WHERE username = 'manager3')"
    ground.do(f"UPDATE reminders_reminderpreferences SET mail_by_kind = '[]' WHERE {theirs}")
    try:
        for kind in ("beat", "worker", "worker"):
            ground.nursery.start(kind, breaks=True)
        ends = "SELECT count(*) FROM reminders_delivery WHERE state = 'sent'"
        # a twentieth each is refused, and set aside
        wanted = ground.ask(
            "SELECT count(*) FROM reminders_reminder r JOIN accounts_user u ON u.id = r.owner_id"
            " WHERE u.username NOT IN ('manager1', 'manager3') AND r.subject NOT LIKE 'BREAKS%%'"
        )
        took = ground.wait(lambda: ground.ask(ends) >= wanted, 60 * size.patience)
        ground.wait(
            lambda: ground.ask("SELECT NOT EXISTS (SELECT FROM reminders_delivery WHERE state = 'waiting' AND problem = '')"),
            30 * size.patience,
        )
        problems = ground.ask("SELECT string_agg(DISTINCT split_part(problem, ':', 1), ', ') FROM reminders_delivery WHERE problem <> ''")
        aside = ground.ask("SELECT count(*) FROM reminders_reminder WHERE problem <> ''")
        lag = ground.ask("SELECT extract(epoch FROM max(ended_at - created_at)) FROM reminders_delivery WHERE state = 'sent'")
        waiting = ground.ask("SELECT count(*) FROM reminders_delivery WHERE state = 'waiting' AND tries = 1")
        outcome = ground.ask(ends)
        slow = f"the last of them {float(lag or 0):.0f} s after it was told of"
        said = f"{outcome} others delivered, {slow}; {waiting} wait for their next try ({problems}); {aside} set aside"
        return Seen(took is not None and waiting > 0 and aside > 0, [said])
    finally:
        ground.do("UPDATE reminders_reminderpreferences SET mail_by_kind = '{}' WHERE mail_by_kind = '[]'")


def races(ground: Ground, size: Size) -> Seen:
    """Somebody completes, somebody puts off, somebody hands over, and the engine tells of it: at the same moment."""
    from reminders.engine.delivering import register_sender
    from reminders.engine.mail import send_mail
    from reminders.models import Channel, Delivery

    sent: list[tuple[int, int, int]] = []

    def record(delivery: Delivery) -> None:
        sent.append((delivery.reminder_id, delivery.occurrence, delivery.recipient_id))

    register_sender(Channel.MAIL, record)
    try:
        results = [_race(ground, sent) for _race_number in range(size.races)]
        unmailed = ground.ask(_WAITING)
    finally:
        register_sender(Channel.MAIL, send_mail)
    wrong = [said for _outcome, said in results if said]
    outcomes = Counter(outcome for outcome, _said in results)
    twice = len(sent) - len(set(sent))
    told = ", ".join(f"{number} {name}" for name, number in sorted(outcomes.items()))
    return Seen(not wrong and not twice and not unmailed, [f"{size.races} races: {told}; {twice} mails twice", *wrong[:5]])


def _race(ground: Ground, sent: list[tuple[int, int, int]]) -> tuple[str, str]:
    """Run one race; return who won it, and what is wrong with how it ended."""
    from accounts.models import User
    from clients.errors import Refused, StaleVersion
    from reminders import services
    from reminders.engine.firing import fire_due_reminders
    from reminders.engine.loop import send
    from reminders.models import Notice, Reminder

    head, other = User.objects.get(username="head"), User.objects.get(username="manager5")
    ground.plan(_COMPANY, first="-1 second")
    reminder = Reminder.objects.filter(state="open", fired_at=None).exclude(owner=other).order_by("-pk")[0]
    seen: dict[str, Any] = {"user": head, "reminder_id": reminder.pk, "version": reminder.version}
    tomorrow = date.today() + timedelta(days=1)  # noqa: DTZ011  any day to come
    deeds: dict[str, Callable[[], object]] = {
        "completed": lambda: services.complete_reminder(**seen),
        "put off": lambda: services.snooze_reminder(**seen, on_day=tomorrow, at_time=wall(12)),
        "handed over": lambda: services.hand_over_reminder(**seen, assignee=other.pk),
        "told of": fire_due_reminders,
    }
    came = dict(zip(deeds, at_once(*deeds.values()), strict=True))
    if wrong := {name: one for name, one in came.items() if isinstance(one, Exception) and not isinstance(one, Refused | StaleVersion)}:
        return "wrong", repr(wrong)
    won = [name for name, one in came.items() if not isinstance(one, Exception)]
    fire_due_reminders()
    send()
    acts = [name for name in won if name != "told of"]
    if len(acts) != 1:
        return "none or several", f"{acts} at the same moment"
    reminder.refresh_from_db()
    shown = list(Notice.objects.filter(reminder=reminder, withdrawn_at=None).values_list("recipient", "occurrence"))
    wanted = [(other.pk, reminder.occurrence)] if acts == ["handed over"] else []
    mailed = {one[2] for one in sent if one[0] == reminder.pk}
    if shown != wanted or mailed != {pk for pk, _occurrence in wanted}:
        return acts[0], f"{acts[0]}: shown to {shown}, mailed to {mailed}"
    return acts[0], ""


_COMPANY = 20
"""Each race has company: the engine has a batch in its hands when people come in between."""


def summer_time(ground: Ground, size: Size) -> Seen:
    """Clocks are put forward and back, and the rules of a zone change."""
    from tests.faults.zones import seen_of_zones

    return seen_of_zones(ground)


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    name: str
    must_hold: str
    run: Callable[[Ground, Size], Seen]


LINES = (
    Line("10,000 due reminders, 4 workers, 40 × kill -9", "0 lost, 0 doubled, one id each", killed_at_random),
    Line("killed after the claim", "delivered within 60 s", killed_after_the_claim),
    Line("broker stopped for 3 minutes, then FLUSHALL", "0 lost, drained within 60 s", broker_away),
    Line("PostgreSQL restarted, backends terminated", "0 lost, recovered within 30 s", database_restarted),
    Line("5 beats + 2 loops", "0 doubled", many_at_once),
    Line("a worker's clock ±2 h", "none early, none lost", clocks_differ),
    Line("summer time, and rules that change", "once, at the wall time documented", summer_time),
    Line("6 hours off", "all once, marked late", six_hours_off),
    Line("complete, put off, hand over, fire at the same moment", "one outcome, current owner only", races),
    Line("1,000,000 pending, 10,000 due at once", "fired within 60 s, empty tick < 5 ms, < 200 MB", a_million_pending),
    Line("mail that always fails, a template that raises", "the others are not delayed", one_that_always_fails),
)
