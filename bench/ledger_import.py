"""The import of 500,000 lines of sales (25,000 documents of 5,000 clients, a quarter of them of no client), by the command.

Prints the wall-clock and processor time of the whole command, its peak memory, the ratio of its time to bare SQL (the same
documents and lines written again, with all their indexes, by INSERT … SELECT), and the machine's load. Then the same file
once more, which must change nothing.
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import django

django.setup()

from django.db import connection  # noqa: E402  Django stands first

from bench import base  # noqa: E402
from clients.models import Client  # noqa: E402
from sales.models import Document, DocumentLine  # noqa: E402

CLIENTS, DOCUMENTS, LINES = 5_000, 25_000, 20
HEAD = ("Invoice No", "Invoice date", "Customer ID", "Product", "Quantity", "Unit price", "Unit cost")


def rows() -> Iterator[tuple[str, ...]]:
    """Yield the rows of the file, without the heading."""
    random = Random(base.SEED)
    first = date(2025, 1, 1)
    for number in range(1, DOCUMENTS + 1):
        client = "" if number % 4 == 0 else f"C-{random.randint(1, CLIENTS)}"
        day = (first + timedelta(days=number * 365 // DOCUMENTS)).isoformat()
        returned = number % 10 == 0
        for _line in range(LINES):
            quantity = random.randint(1, 24)
            price = random.randint(50, 9_999)
            yield (
                f"{'C' if returned else ''}{536_000 + number}",
                f"{day} {random.randint(8, 18):02}:{random.randint(0, 59):02}:00",
                client,
                f"Article {random.randint(1, 4_000)}",
                str(-quantity if returned else quantity),
                f"{price / 100:.2f}",
                f"{price / 160:.2f}",
            )


def run(path: Path) -> tuple[float, str]:
    """Import the file by the command; return its seconds and what it printed."""
    started = time.perf_counter()
    command = [sys.executable, "manage.py", "import", "sales", str(path), "--as", "admin", "--set", "without_client=keep"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  ourselves
    return time.perf_counter() - started, done.stdout.strip()


def write_again() -> float:
    """Write the imported rows into empty copies of their tables, indexes included; return the seconds."""
    seconds = 0.0
    with connection.cursor() as cursor:
        for model in (Document, DocumentLine):
            table, copy = model._meta.db_table, f"bench_{model._meta.db_table}"
            columns = ", ".join(str(field.column) for field in model._meta.concrete_fields if not field.generated)
            cursor.execute(f"DROP TABLE IF EXISTS {copy}; CREATE TABLE {copy} (LIKE {table} INCLUDING ALL)")
            started = time.perf_counter()
            cursor.execute(f"INSERT INTO {copy} ({columns}) SELECT {columns} FROM {table}")  # noqa: S608  our own names
            seconds += time.perf_counter() - started
            cursor.execute(f"DROP TABLE {copy}")
    return seconds


def measure() -> None:
    """Make a registry of clients without sales, import into it twice, and print the table."""
    base.empty()
    Client.objects.bulk_create(
        [Client(full_name=f"Client {number}", external_id=f"C-{number}", is_customer=True) for number in range(1, CLIENTS + 1)],
        batch_size=1_000,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            # row by row: a child begins with the peak memory of its parent, and that is measured
            writer = csv.writer(file)
            writer.writerow(HEAD)
            writer.writerows(rows())
        print(f"\n## Import of {DOCUMENTS * LINES:,} lines of sales, {path.stat().st_size / 1e6:.0f} MB\n")
        print("| run | s | processor, s | peak MB | bare SQL, s | ratio | load | said |\n|---|--:|--:|--:|--:|--:|--:|---|")
        for name in ("first", "again"):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds, said = run(path)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            load = os.getloadavg()[0]
            processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            peak = after.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
            bare = write_again()
            figures = f"{seconds:.1f} | {processor:.1f} | {peak:.0f} | {bare:.1f} | {seconds / bare:.1f} | {load:.1f}"
            print(f"| {name} | {figures} | {said} |", flush=True)


if __name__ == "__main__":
    measure()
