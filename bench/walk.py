"""One walk through the pages of a base of one size, by the real views, as a signed-in manager.

For each page: the server's time at the median and the 95th percentile, the number of its queries, the time of those
that read the registry, and that time's ratio to bare SQL: the same rows with the same columns asked for by one
statement, and their capped count by another, through a plain cursor in the same run. Times are wall-clock and noisy on
a shared machine; counts and ratios are not.
"""

import logging
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

import django

django.setup()

from django.conf import settings  # noqa: E402  Django stands first
from django.db import connection  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test import Client as Browser  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import base  # noqa: E402
from clients.models import Client, Criterion, Industry, LineOfBusiness, Source  # noqa: E402
from clients.tables import SORTS  # noqa: E402
from clients.views.list import CLIENTS, with_what_is_shown  # noqa: E402
from ui.lists import ListState  # noqa: E402
from ui.lists.keyset import CAP, Cursors, Order  # noqa: E402

RUNS = 20
BARE_SECONDS = 3
"""So long a page's bare SQL is sent again and again, at the most as often as the page is asked for."""
PAGE_10_000 = 10_000 * 50


@dataclass
class Measured:
    """Milliseconds and counts of one address."""

    name: str
    p50: float
    p95: float
    queries: int
    registry: float
    bare: float

    def __str__(self) -> str:
        ratio = f"{self.registry / self.bare:.1f}" if self.bare else "–"
        bare = f"{self.bare:.1f}" if self.bare else "–"
        return f"| {self.name} | {self.p50:.0f} | {self.p95:.0f} | {self.queries} | {self.registry:.1f} | {bare} | {ratio} |"


HEAD = "| page | p50 ms | p95 ms | queries | registry's SQL, ms | bare SQL, ms | ratio |\n|---|--:|--:|--:|--:|--:|--:|"


def addresses(manager: User, size: int) -> Iterator[tuple[str, str, Sequence[Any]]]:
    """Yield the name and the address of every page that is measured, and the keys after which it begins."""
    yield "first page", "", ()
    place = min(PAGE_10_000, size // 2)
    sort = SORTS[0]
    row = Client.objects.filter(archived_at=None).order_by("sort_name", "pk").values_list("sort_name", "pk")[place]
    cursor = Cursors("clients", Order(sort)).write([str(value) for value in row])
    yield f"page {place // 50:,}", urlencode({"after": cursor}), row
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
        "mend_by": "late",
        "lacks_recommended": "yes",
        "stale": "yes",
        "waivers": "running",
        "duplicates": "yes",
        "quiet": "yes",
        "entered_late": "yes",
        "custom_size": "huge",
        "custom_newsletter": "yes",
    }
    many: dict[str, dict[str, object]] = {name: {name: value} for name, value in filters.items()}
    many |= {
        "touch over 180 days": {"touch": "over", "touch_days": 180},
        "touch never": {"touch": "never"},
        "waiver run out": {"waivers": "over"},
        "registered this year": {"registered_from": f"{time.gmtime().tm_year}-01-01"},
        "custom number": {"custom_fleet_min": 10, "custom_fleet_max": 20},
        "custom date": {"custom_contract_end_from": "2026-01-01", "custom_contract_end_until": "2026-12-31"},
    }
    for name, query in many.items():
        yield f"filter {name}", urlencode(query), ()
        if name != "manager":
            yield f"filter {name}, by manager", urlencode(query | {"manager": manager.pk}), ()
    for sort in SORTS:
        for sign in ("", "-"):
            yield f"sort {sign}{sort.name}", urlencode({"sort": sign + sort.name}), ()
    for fragment in ("an", "mar", "trad", "ooo", "gmbh", "romashka", "Ромашка", "zzqx", "+33 1", "555", "@example", "son mar"):
        yield f"search {fragment}", urlencode({"q": fragment}), ()


class Watch:
    """Notes, for one request, how many queries it sends and how long those of the registry (or of `tables`) take."""

    def __init__(self, tables: str = "clients_client") -> None:
        self.tables = tables
        self.queries = 0
        self.registry = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.queries += not sql.startswith(("SAVEPOINT", "RELEASE", "SET LOCAL"))
            if self.tables in sql:
                self.registry += (time.perf_counter() - started) * 1000


def measure(browser: Browser, name: str, address: str, bare: Sequence[tuple[str, Sequence[Any]]] = ()) -> Measured:
    """Ask for one address `RUNS` times, and in turn with it for its rows by bare SQL."""
    times: list[float] = []
    watches: list[Watch] = []
    bares: list[float] = []
    for _run in range(RUNS + 1):
        watch = Watch()
        with connection.execute_wrapper(watch):
            started = time.perf_counter()
            answer = browser.get(address)
            times.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
        watches.append(watch)
        if bare and sum(bares) < BARE_SECONDS * 1000:
            bares.append(_bare(bare))
    times = sorted(times[1:])  # the first one warms up
    registry = statistics.median(watch.registry for watch in watches[1:])
    p95 = times[math.ceil(RUNS * 0.95) - 1]
    return Measured(name, statistics.median(times), p95, watches[-1].queries, registry, statistics.median(bares[1:] or bares or [0.0]))


def _bare(statements: Sequence[tuple[str, Sequence[Any]]]) -> float:
    with connection.cursor() as cursor:
        started = time.perf_counter()
        for sql, params in statements:
            cursor.cursor.execute(sql, params)
            cursor.cursor.fetchall()
        return (time.perf_counter() - started) * 1000


def bare_of(user: User, query: str, place: Sequence[Any] = ()) -> list[tuple[str, Sequence[Any]]]:
    """Return what one would write by hand for a page of the list: its rows with what they show, and their capped count."""
    state = ListState(CLIENTS, user, QueryDict(query))
    if state.q:
        return [bare_search(state.q)]
    order = state.order
    rows = page = state.matches if order.sort.where is None else state.matches.filter(order.sort.where)
    if place:
        page = page.extra(where=["(clients_client.sort_name, clients_client.id) > (%s, %s)"], params=place)
    page = page.order_by(*order.sort.ordering(descending=order.descending))
    shown = with_what_is_shown(page.select_related("manager", "standing"))[: CLIENTS.size + 1]
    counted, params = rows.order_by().values("pk")[: CAP + 1].query.sql_with_params()
    return [shown.query.sql_with_params(), (f"SELECT count(*) FROM ({counted}) AS found", params)]  # noqa: S608  the ORM's own


def bare_search(typed: str) -> tuple[str, Sequence[Any]]:
    """Return the search that one would write by hand over the same indexes: every word in the names
    or in those of one contact, or the whole among phones and keys, the most alike first."""
    words = typed.split()
    names = " AND ".join(["search_text LIKE '%%' || seraph_fold(%s) || '%%'"] * len(words))
    digits = "".join(filter(str.isdigit, typed))
    keys = "search_digits LIKE %s OR search_keys LIKE seraph_key(%s)" if digits else "search_keys LIKE seraph_key(%s)"
    return (
        "SELECT id, full_name, city, lifecycle, next_step_at, last_touch_at FROM clients_client"  # noqa: S608  no value in it
        f" WHERE archived_at IS NULL AND (({names}) OR {keys} OR id IN (SELECT client_id FROM clients_contact WHERE {names}))"
        " ORDER BY similarity(core_name, seraph_fold(%s)) DESC, id LIMIT 51",
        [*words, *([f"%{digits}%"] if digits else []), f"%{typed.lower()}%", *words, typed],
    )


def walk(size: int) -> None:
    """Fill the base if need be, and print the table."""
    logging.disable(logging.INFO)  # a line for each request would be measured too
    base.ensure(size)
    import_module("crm.wsgi")  # the process as the server has it
    settings.ALLOWED_HOSTS = ["testserver"]
    manager = User.objects.exclude(clients=None).select_related("team").order_by("pk")[0]
    browser = Browser()
    browser.force_login(manager)
    print(f"\n## {size:,} clients\n\n{HEAD}", flush=True)
    for name, query, place in addresses(manager, size):
        print(measure(browser, name, f"/clients/?{query}", bare_of(manager, query, place)), flush=True)
    card = Client.objects.filter(manager=manager, archived_at=None).order_by("pk")[0]
    print(measure(browser, "card", f"/clients/{card.pk}/"), flush=True)
    print(measure(browser, "finder, romashka", "/find/?q=romashka", [bare_search("romashka")]), flush=True)


if __name__ == "__main__":
    walk(int(sys.argv[1]))
