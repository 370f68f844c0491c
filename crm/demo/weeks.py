"""How well the demo company's clients were kept in the weeks before it was made, so that data quality has something to compare.

The figures of today are counted; those of earlier weeks are made up of them: a little worse, and without the clients
that came since.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.db.models import Count

from clients.criteria.rules import company_today
from clients.duplicates import scan
from clients.models import Client, QualitySnapshot
from clients.quality.measures import MEASURES
from clients.quality.snapshots import take_due_snapshot

WEEKS = 12
SEARCHED_AT_ONCE = 5_000
"""A larger base is searched for duplicates in the background."""


def show_weeks(*, seed: int, now: datetime) -> None:
    """Count the quality of today, and write what the weeks before would have shown; nothing where there are snapshots already."""
    if QualitySnapshot.objects.exists():
        return
    if Client.objects.values("pk")[: SEARCHED_AT_ONCE + 1].count() <= SEARCHED_AT_ONCE:
        scan.search()
    take_due_snapshot(now)
    today = company_today(now)
    counted = list(QualitySnapshot.objects.filter(day=today).order_by("manager"))
    dice = Random(f"{seed} weeks")
    QualitySnapshot.objects.bulk_create(
        _week_before(snapshot, week, came, dice)
        for week in range(1, WEEKS + 1)
        for came in [_came_since(now - timedelta(weeks=week))]
        for snapshot in counted
    )


def _came_since(moment: datetime) -> dict[int | None, int]:
    rows = Client.objects.in_registry().filter(created_at__gt=moment).order_by().values_list("manager")
    return dict(rows.annotate(Count("pk")))


def _week_before(counted: QualitySnapshot, week: int, came: dict[int | None, int], dice: Random) -> QualitySnapshot:
    clients = max(0, counted.clients - came.get(counted.manager_id, 0))
    share = clients / counted.clients
    faults = {measure.key: getattr(counted, measure.key) * share * (1 + dice.uniform(0, 0.04) * week) for measure in MEASURES}
    return QualitySnapshot(
        day=counted.day - timedelta(weeks=week),
        taken_at=counted.taken_at - timedelta(weeks=week),
        manager_id=counted.manager_id,
        team_id=counted.team_id,
        clients=clients,
        required_points=round(counted.required_points * share),
        recommended_points=round(counted.recommended_points * share * (1 - 0.004 * week)),
        **{key: min(clients, round(count)) for key, count in faults.items()},
    )
