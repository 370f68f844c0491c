"""One walk through the pages of a base of one size, by the real views, as a signed-in manager.

For each page: the server's time at the median and the 95th percentile, the number of its queries, the time that they
take, and that time's ratio to the bare SQL of the same rows: the page's longest query sent again by itself, through a
plain cursor, in the same run. Times are wall-clock and noisy on a shared machine; counts and ratios are not.
"""

import logging
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import django

django.setup()

from django.conf import settings  # noqa: E402  Django stands first
from django.db import connection  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import base  # noqa: E402
from clients.models import Client, Criterion, Industry, LineOfBusiness, Source  # noqa: E402
from clients.tables import SORTS  # noqa: E402
from ui.lists.keyset import Cursors, Order  # noqa: E402

RUNS = 20
PAGE_10_000 = 10_000 * 50


@dataclass
class Measured:
    """Milliseconds and counts of one address."""

    name: str
    p50: float
    p95: float
    queries: int
    in_database: float
    bare: float

    def __str__(self) -> str:
        ratio = self.in_database / self.bare if self.bare else 0
        return (
            f"| {self.name} | {self.p50:.0f} | {self.p95:.0f} | {self.queries} | {self.in_database:.1f} | {self.bare:.1f} | {ratio:.1f} |"
        )


HEAD = "| page | p50 ms | p95 ms | queries | in the database, ms | bare SQL, ms | ratio |\n|---|--:|--:|--:|--:|--:|--:|"


def addresses(manager: User, size: int) -> Iterator[tuple[str, str]]:
    """Yield the name and the address of every page that is measured."""
    yield "first page", ""
    place = min(PAGE_10_000, size // 2)
    sort = SORTS[0]
    row = Client.objects.filter(archived_at=None).order_by("sort_name", "pk").values_list("sort_name", "pk")[place]
    cursor = Cursors("clients", Order(sort)).write([str(value) for value in row])
    yield f"page {place // 50:,}", urlencode({"after": cursor})
    city = Client.objects.exclude(city="").order_by("pk").values_list("city", flat=True)[0]
    filters = {
        "manager": manager.pk,
        "team": manager.team_id,
        "lifecycle": "former",
        "kind": "person",
        "role": "supplier",
        "source": Source.objects.order_by("-pk")[0].pk,
        "industry": Industry.objects.order_by("-pk")[0].pk,
        "line_of_business": LineOfBusiness.objects.order_by("-pk")[0].pk,
        "city": city,
        "next_step": "late",
        "targeted": "yes",
        "in_target": "yes",
        "completeness_below": 50,
        "falls_short": "yes",
        "short_of": Criterion.objects.order_by("-pk")[0].pk,
        "archived": "yes",
        "custom_size": "huge",
        "custom_newsletter": "yes",
    }
    many: dict[str, dict[str, object]] = {name: {name: value} for name, value in filters.items()}
    many |= {
        "touch over 180 days": {"touch": "over", "touch_days": 180},
        "touch never": {"touch": "never"},
        "registered this year": {"registered_from": f"{time.gmtime().tm_year}-01-01"},
        "custom number": {"custom_fleet_min": 10, "custom_fleet_max": 20},
        "custom date": {"custom_contract_end_from": "2026-01-01", "custom_contract_end_until": "2026-12-31"},
    }
    for name, query in many.items():
        yield f"filter {name}", urlencode(query)
        if name != "manager":
            yield f"filter {name}, by manager", urlencode(query | {"manager": manager.pk})
    for sort in SORTS:
        for sign in ("", "-"):
            yield f"sort {sign}{sort.name}", urlencode({"sort": sign + sort.name})
    for fragment in ("an", "mar", "trad", "ooo", "gmbh", "romashka", "Ромашка", "zzqx", "+33 1", "555", "@example", "son mar"):
        yield f"search {fragment}", urlencode({"q": fragment})


def measure(browser: Browser, name: str, address: str) -> Measured:
    """Ask for one address `RUNS` times, and for its longest query by itself as often."""
    times = []
    for _run in range(RUNS + 1):
        started = time.perf_counter()
        answer = browser.get(address)
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
    with CaptureQueriesContext(connection) as captured:
        browser.get(address)
    in_database = sum(float(query["time"]) for query in captured) * 1000
    longest = max(captured, key=lambda query: float(query["time"]))["sql"]
    times = sorted(times[1:])  # the first one warms up
    return Measured(name, statistics.median(times), times[int(RUNS * 0.95) - 1], len(captured), in_database, _bare(longest))


def _bare(sql: str) -> float:
    times = []
    with connection.cursor() as cursor:
        for _run in range(5):
            started = time.perf_counter()
            cursor.cursor.execute(sql)
            cursor.cursor.fetchall()
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def walk(size: int) -> None:
    """Fill the base if need be, and print the table."""
    logging.disable(logging.INFO)  # a line for each request would be measured too
    base.ensure(size)
    settings.ALLOWED_HOSTS = ["testserver"]
    manager = User.objects.exclude(clients=None).select_related("team").order_by("pk")[0]
    browser = Browser()
    browser.force_login(manager)
    print(f"\n## {size:,} clients\n\n{HEAD}", flush=True)
    for name, query in addresses(manager, size):
        print(measure(browser, name, f"/clients/?{query}"), flush=True)
    card = Client.objects.filter(manager=manager, archived_at=None).order_by("pk")[0]
    print(measure(browser, "card", f"/clients/{card.pk}/"), flush=True)
    print(measure(browser, "finder, romashka", "/find/?q=romashka"), flush=True)


if __name__ == "__main__":
    walk(int(sys.argv[1]))
