"""Rules of reminders over a base of one size: what a run makes at first, what it takes when there is nothing to do, the preview."""

import logging
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402  Django stands first
from django.utils import timezone  # noqa: E402

from bench import base  # noqa: E402
from reminders.models import Reminder, ReminderKind, ReminderRule  # noqa: E402
from reminders.rules.preview import preview  # noqa: E402
from reminders.rules.running import run_rule  # noqa: E402

HEAD = "| rule | preview, s | first run, s | made | waiting | run with nothing to do, s |\n|---|--:|--:|--:|--:|--:|"
RULES: tuple[tuple[str, str, int, dict[str, list[str]]], ...] = (
    ("registered", "created", 3, {}),
    ("end of a contract (custom date)", "custom.contract_end", -30, {}),
    ("end of the work together", "contract_end", -30, {}),
    ("birthdays", "birthday", 0, {}),
    ("end of the cadence, current clients without a next step", "cadence", 0, {"next_step": ["none"], "lifecycle": ["current"]}),
    ("end of the cadence, every client", "cadence", 0, {}),
    ("last touch 180 days ago", "last_touch", 180, {}),
)


def measure(size: int) -> None:
    """Fill the base if need be, and print the table."""
    logging.disable(logging.INFO)
    base.ensure(size)
    _clear()
    print(f"\n### Reminder rules at {size:,} clients\n\n{HEAD}", flush=True)
    now = timezone.now()
    kind = ReminderKind.objects.get(key="other")
    for name, source, offset, filters in RULES:
        facts: dict[str, Any] = {"name": name, "source": source, "offset": offset, "filters": filters, "kind": kind}
        rule = ReminderRule.objects.create(**facts, active=True, active_since=now)
        looked, shown = _timed(partial(preview, rule, now=now))
        first, made = _timed(partial(run_rule, rule.pk, now=now))
        idle, again = _timed(partial(run_rule, rule.pk, now=now))
        assert (made.made, again.made) == (shown.count, 0)
        print(f"| {name} | {looked:.2f} | {first:.2f} | {made.made:,} | {shown.waiting:,} | {idle:.2f} |", flush=True)
    _clear()


def _timed[R](act: Callable[[], R]) -> tuple[float, R]:
    started = time.perf_counter()
    result = act()
    return time.perf_counter() - started, result


def _clear() -> None:
    with connection.cursor() as cursor:
        # nothing deletes reminders but this; without it each would be looked for as the first of a series, row by row
        cursor.execute("CREATE INDEX IF NOT EXISTS bench_series ON reminders_reminder (series_id)")
        cursor.execute("DELETE FROM reminders_reminderact")
        Reminder.objects.filter(rule__isnull=False).delete()
        ReminderRule.objects.filter(shipped="").delete()
        cursor.execute("VACUUM ANALYZE reminders_reminder")


if __name__ == "__main__":
    measure(int(sys.argv[1]))
