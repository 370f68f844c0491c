"""A registry with something of everything that is measured, the same each time."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import Company, User
from clients.criteria import passes
from clients.models import Client, Contact, Criterion, DuplicatePair, Touch, Waiver
from clients.quality.snapshots import take_due_snapshot
from tests.clients.registry import fair

NOON = datetime(2026, 11, 26, 11, tzinfo=UTC)
"""A Thursday; noon in Paris."""
TODAY = date(2026, 11, 26)


@pytest.fixture
def clock(company: Company) -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def criteria(company: Company) -> None:
    """A city is required (with days of grace), a web site recommended, an address at most a year old."""
    Criterion.objects.update(state="retired")
    since = date(2026, 11, 1)
    Criterion.objects.create(fact="city", level="required", state="published", valid_from=since, grace_days=10)
    Criterion.objects.create(fact="tax_number", level="required", state="published", valid_from=since, grace_days=60)
    Criterion.objects.create(fact="website", level="recommended", state="published", valid_from=since)
    Criterion.objects.create(fact="address", level="recommended", state="published", valid_from=since, max_age_months=12)


@pytest.fixture
def registry(clock: Any, criteria: None, anna: User, boris: User, clara: User, dmitri: User) -> list[Client]:
    """Sixty random clients of three managers and nobody."""
    dice = random.Random(7)  # noqa: S311  (made-up clients need a seed, not a secret)
    clients = []
    for number in range(60):
        registered = NOON - timedelta(days=dice.choice([2, 40, 200, 600]))
        client = Client.objects.create(
            full_name=f"Client {number:02}",
            is_customer=True,
            manager=dice.choice([anna, boris, clara, None]),
            source=fair(),
            city=dice.choice(["Lyon", ""]),
            tax_number=dice.choice(["FR1", ""]),
            website=dice.choice(["https://x.example", ""]),
            address=dice.choice(["Rue 1", ""]),
            fact_dates={"address": [f"{dice.choice([2026, 2024])}-10-01T00:00:00+00:00", None]},
            last_touch_at=dice.choice([None, NOON - timedelta(days=dice.choice([1, 89, 90, 91, 400]))]),
            archived_at=dice.choice([None] * 5 + [NOON]),
        )
        Client.objects.filter(pk=client.pk).update(created_at=registered)
        if dice.random() < 0.4:
            Touch.objects.create(client=client, user=anna, at=registered - timedelta(days=dice.choice([-1, 3, 7, 8, 90])))
        if dice.random() < 0.3:
            until = TODAY + timedelta(days=dice.choice([-3, 0, 9]))
            Waiver.objects.create(client=client, fact=dice.choice(["city", "website"]), reason="closed", until=until)
        clients.append(client)
    for first, second in zip(clients[0:20:2], clients[1:20:2], strict=True):
        DuplicatePair.objects.create(
            first=first, second=second, score=dice.choice([60, 75, 99]), state=dice.choice(["open", "open", "two_clients"])
        )
    Contact.objects.create(client=clients[0], full_name="P", is_main=True)
    passes.settle_standing()
    return clients


@pytest.fixture
def snapshot_on(clock: Any) -> Callable[[date], None]:
    """Take the snapshot of a day at its noon in Paris, and come back."""

    def take(day: date) -> None:
        clock.move_to(datetime(day.year, day.month, day.day, 11, tzinfo=UTC))
        assert take_due_snapshot()
        clock.move_to(NOON)

    return take
