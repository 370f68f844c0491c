"""Summer time on real rows of the database, and a zone whose rules change under them."""

from __future__ import annotations

import shutil
import tempfile
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.faults.ground import Ground
from tests.faults.lines import Seen

# zone, day, wall time, the moment that is documented: where the clock is put forward, as much later as it skips; where it
# is put back, the first of the two. Written out by hand from the zones' published rules for 2027.
WALLS: tuple[tuple[str, date, time, str], ...] = (
    ("Europe/Paris", date(2027, 3, 28), time(2, 30), "2027-03-28T01:30Z"),  # 02:00 → 03:00
    ("Europe/Paris", date(2027, 10, 31), time(2, 30), "2027-10-31T00:30Z"),  # 03:00 → 02:00
    ("America/New_York", date(2027, 3, 14), time(2, 30), "2027-03-14T07:30Z"),
    ("America/New_York", date(2027, 11, 7), time(1, 30), "2027-11-07T05:30Z"),
    ("Pacific/Chatham", date(2027, 9, 26), time(3, 0), "2027-09-25T14:15Z"),  # 02:45 → 03:45, from +12:45 to +13:45
    ("Pacific/Chatham", date(2027, 4, 4), time(3, 0), "2027-04-03T13:15Z"),  # 03:45 → 02:45
    ("Australia/Lord_Howe", date(2027, 10, 3), time(2, 15), "2027-10-02T15:45Z"),  # 02:00 → 02:30, from +10:30 to +11
    ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45), "2027-04-03T14:45Z"),  # 02:00 → 01:30
    ("Antarctica/Troll", date(2027, 3, 28), time(2, 0), "2027-03-28T02:00Z"),  # 01:00 → 03:00, from +0 to +2
    ("Antarctica/Troll", date(2027, 10, 31), time(2, 0), "2027-10-31T00:00Z"),  # 03:00 → 01:00
)


@contextmanager
def zone_data(**replaced: str) -> Iterator[None]:
    """Let zones (with "__" for "/") have the rules of others, as a new version of the zone data would."""
    source, before = Path(str(files("tzdata") / "zoneinfo")), zoneinfo.TZPATH
    with tempfile.TemporaryDirectory() as folder:
        for name, like in replaced.items():
            target = Path(folder) / name.replace("__", "/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / like, target)
        zoneinfo.reset_tzpath([folder])
        ZoneInfo.clear_cache()
        try:
            yield
        finally:
            zoneinfo.reset_tzpath(before)
            ZoneInfo.clear_cache()


def seen_of_zones(ground: Ground) -> Seen:
    """Plan through the service, and fire a second before, at the moment, and hours after it."""
    from accounts.models import User
    from reminders import services
    from reminders.engine import zones
    from reminders.engine.firing import fire_due_reminders
    from reminders.models import Notice, Reminder

    user = User.objects.get(username="manager1")
    client = user.clients.get()
    seen = Seen(True)
    fired = 0
    for name, day, at, documented in WALLS:
        reminder = services.plan_reminder(
            user=user, client_id=client.pk, kind="other", on_day=day, at_time=at, time_zone=name, subject="Nr 1."
        )
        moment = datetime.fromisoformat(documented)
        told = []
        for now in (moment - timedelta(seconds=1), moment, moment + timedelta(minutes=29), moment + timedelta(hours=3)):
            fire_due_reminders(now=now)
            told.append(Notice.objects.filter(reminder=reminder, stage="due").count())
        good = reminder.due_at == moment and told == [0, 1, 1, 1]
        fired += good
        if not good:
            seen.said.append(f"{name} {day} {at}: due {reminder.due_at:%FT%RZ}, documented {documented}, told {told}")
        reminder.delete()
    seen.said.append(f"{fired} of {len(WALLS)} wall times in {len({one[0] for one in WALLS})} zones, each once at the documented moment")
    seen.ok &= fired == len(WALLS)

    zones.follow_zone_rules()
    summer, winter = date(2027, 7, 6), date(2027, 12, 7)
    common: dict[str, Any] = {"user": user, "client_id": client.pk, "kind": "other", "at_time": time(10, 30), "time_zone": "Europe/Paris"}
    kept, moved = (services.plan_reminder(on_day=day, notice_minutes=60, subject="Nr 1.", **common) for day in (winter, summer))
    told_already = services.plan_reminder(on_day=summer, subject="Nr 2.", **common)
    Reminder.objects.filter(pk=told_already.pk).update(fired_at=datetime(2027, 7, 6, 8, 30, tzinfo=UTC))
    with zone_data(Europe__Paris="Africa/Algiers"):  # Paris gives summer time up, and stays at +1
        number = zones.follow_zone_rules(installed="2027z")
        again = zones.follow_zone_rules(installed="2027z")
        for one in (kept, moved, told_already):
            one.refresh_from_db()
        new = datetime(2027, 7, 6, 9, 30, tzinfo=UTC)
        fire_due_reminders(now=new - timedelta(minutes=61))
        fire_due_reminders(now=new - timedelta(minutes=60))
        fire_due_reminders(now=new)
        fire_due_reminders(now=new + timedelta(hours=2))
    stages = sorted(Notice.objects.filter(reminder=moved).exclude(stage="escalation").values_list("stage", "at"))
    right = (
        (number, again) == (1, 0)
        and (moved.due_at, moved.fires_at) == (new, new - timedelta(minutes=60))
        and kept.due_at == datetime(2027, 12, 7, 9, 30, tzinfo=UTC)
        and told_already.due_at == datetime(2027, 7, 6, 8, 30, tzinfo=UTC)
        and stages == [("due", new), ("notice", new - timedelta(minutes=60))]
    )
    seen.ok &= right
    said = "Paris without summer time: 10:30 is still 10:30, told once in advance and once due; winter and what was told stay"
    seen.said.append(said if right else f"rules changed: {number}/{again} moved, due {moved.due_at}, told {stages}")
    return seen
