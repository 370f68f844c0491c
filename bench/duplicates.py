"""The search for duplicates on a base of one size: the check at entry, the whole base, and what changed since.

The base has 3 % of its clients twice, spelt differently; the table says how many of these pairs the search finds.
"""

import logging
import math
import resource
import statistics
import subprocess
import sys
import time
from random import Random
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402  Django stands first
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench import base  # noqa: E402
from clients.duplicates import scan  # noqa: E402
from clients.duplicates.entry import find_alike  # noqa: E402
from clients.duplicates.parts import COLUMNS  # noqa: E402
from clients.models import Client, DuplicatePair, DuplicateSettings  # noqa: E402

ENTRIES = 200
CHANGES = 1_000
ENTERED = {"all facts": {*COLUMNS}, "name and city": {"kind", "full_name", "city", "country"}, "name": {"kind", "full_name"}}
HEAD = "| search for duplicates | s | peak MB | said |\n|---|--:|--:|---|"


def measure(size: int) -> None:
    """Fill the base if need be, and print the tables."""
    logging.disable(logging.INFO)
    base.ensure(size)
    print(f"\n### Duplicates at {size:,} clients\n\n{HEAD}", flush=True)
    seconds, peak = _whole_base()
    print(f"| whole base | {seconds:.1f} | {peak:.0f} | {_found()} |", flush=True)
    started = time.perf_counter()
    _change(size)
    changed = time.perf_counter() - started
    started = time.perf_counter()
    scan.search()
    print(f"| {CHANGES:,} changes (made in {changed:.1f} s) | {time.perf_counter() - started:.1f} | | |", flush=True)
    print("\n| check at entry | p50 ms | p95 ms | queries | found |\n|---|--:|--:|--:|--:|", flush=True)
    for name, keys in ENTERED.items():
        print(f"| {name} | {_entries(size, keys)} |", flush=True)


def _whole_base() -> tuple[float, float]:
    """Search the whole base by the command; return its seconds and its peak memory in MB."""
    DuplicatePair.objects.all().delete()  # what an earlier run found would be compared again
    started = time.perf_counter()
    subprocess.run([sys.executable, "manage.py", "duplicates", "--again"], check=True, capture_output=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return time.perf_counter() - started, peak


# The planted pairs of clients that are not archived, with the likeness of the pair where it was found.
_PLANTED = """
SELECT count(*), count(pair.id), count(pair.id) FILTER (WHERE pair.score >= %s)
FROM clients_client AS again JOIN clients_client AS first ON first.id = substr(again.external_id, 3)::bigint
LEFT JOIN clients_duplicatepair AS pair ON pair.first_id = first.id AND pair.second_id = again.id
WHERE again.external_id LIKE 'D-%%' AND again.archived_at IS NULL AND first.archived_at IS NULL
"""


def _found() -> str:
    bulk = DuplicateSettings.current().bulk_from
    with connection.cursor() as cursor:
        cursor.execute(_PLANTED, [bulk])
        planted, found, clear = cursor.fetchone()
    pairs = DuplicatePair.objects.count()
    return f"{pairs:,} pairs; {found:,} of {planted:,} planted ({found / planted:.1%}), {clear:,} of them clear"


def _change(size: int) -> None:
    """Give clients all over the base another phone or a slip in their name, each in a statement of its own."""
    random = Random(base.SEED)
    for client in Client.objects.filter(pk__in=random.sample(range(1, size + 1), CHANGES)).only("full_name", "phones"):
        if random.random() < 0.5:
            Client.objects.filter(pk=client.pk).update(phones=[base.phone(random, "fr")])
        else:
            Client.objects.filter(pk=client.pk).update(full_name=f"{client.full_name} 2")


def _entries(size: int, keys: set[str]) -> str:
    """Ask for clients that are there already, with a slip in the name; return the row of the table."""
    random = Random(base.SEED)
    times: list[float] = []
    queries = found = 0
    for client in Client.objects.filter(pk__in=random.sample(range(1, size + 1), ENTRIES)).values("pk", *COLUMNS):
        values: dict[str, Any] = {name: value for name, value in client.items() if name in keys}
        at = random.randrange(1, len(values["full_name"]))
        values["full_name"] = values["full_name"][:at] + values["full_name"][at + 1 :]
        values["external_id"] = ""
        with CaptureQueriesContext(connection) as asked:
            started = time.perf_counter()
            alike = find_alike(values)
            times.append((time.perf_counter() - started) * 1000)
        queries = max(queries, len(asked))
        found += any(one.client_id == client["pk"] for one in alike)
    times.sort()
    p95 = times[math.ceil(len(times) * 0.95) - 1]
    return f"{statistics.median(times):.0f} | {p95:.0f} | {queries} | {found / len(times):.0%}"


if __name__ == "__main__":
    measure(int(sys.argv[1]))
