"""The import of 100,000 rows of clients with contacts, by the command, into an empty registry.

Prints the wall-clock and processor time of the whole command, its peak memory, and the ratio of its time to bare SQL:
the same clients and contacts written again, with all their indexes, by INSERT … SELECT. Then the same file once more,
which must change nothing.
"""

import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import django
from stdnum.ru import inn

django.setup()

from django.db import connection  # noqa: E402  Django stands first

from bench import base, names  # noqa: E402
from clients.models import Client, Contact  # noqa: E402

ROWS = 100_000
HEAD = ("Own id", "Name", "Tax number", "Phone", "E-mail", "Address", "City", "Country", "Industry", "Contact", "Contact phone")


def rows(count: int) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the file, without the heading."""
    random = Random(base.SEED)
    for number in range(1, count + 1):
        tongue = random.choices(names.TONGUES[:7], names.WEIGHTS[:7])[0]
        yield (
            f"C-{number:07}",
            names.organisation(random, tongue),
            _tax_number(number) if tongue == "ru" else "",
            base.phone(random, tongue),
            f"office{number}@firm{number}.example",
            f"{random.randint(1, 200)} Main street",
            names.few(random, names.CITIES[tongue]),
            names.COUNTRIES[tongue],
            random.choice(base.INDUSTRIES),
            names.person(random, tongue),
            base.phone(random, tongue),
        )


def _tax_number(number: int) -> str:
    digits = f"77{number:07}"
    return digits + str(inn.calc_company_check_digit(digits))


def run(path: Path) -> tuple[float, str]:
    """Import the file by the command; return its seconds and what it printed."""
    started = time.perf_counter()
    command = [sys.executable, "manage.py", "import", "clients", str(path), "--as", "admin", "--match", "external_id"]
    command += ["--set", "source=Directory", "--set", "roles=customer", "--set", "kind=organisation"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  ourselves
    return time.perf_counter() - started, done.stdout.strip()


def write_again() -> float:
    """Write the imported rows into empty copies of their tables, indexes included; return the seconds."""
    seconds = 0.0
    with connection.cursor() as cursor:
        for model in (Client, Contact):
            table, copy = model._meta.db_table, f"bench_{model._meta.db_table}"
            columns = ", ".join(str(field.column) for field in model._meta.concrete_fields if not field.generated)
            cursor.execute(f"DROP TABLE IF EXISTS {copy}; CREATE TABLE {copy} (LIKE {table} INCLUDING ALL)")
            started = time.perf_counter()
            cursor.execute(f"INSERT INTO {copy} ({columns}) SELECT {columns} FROM {table}")  # noqa: S608  our own names
            seconds += time.perf_counter() - started
            cursor.execute(f"DROP TABLE {copy}")
    return seconds


def measure() -> None:
    """Make an empty registry, import into it twice, and print the table."""
    base.empty()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clients.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEAD, *rows(ROWS)])
        print(f"\n## Import of {ROWS:,} rows, {path.stat().st_size / 1e6:.0f} MB\n")
        print("| run | s | processor, s | peak MB | bare SQL, s | ratio | said |\n|---|--:|--:|--:|--:|--:|---|")
        for name in ("first", "again"):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds, said = run(path)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            peak = after.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
            bare = write_again()
            print(f"| {name} | {seconds:.1f} | {processor:.1f} | {peak:.0f} | {bare:.1f} | {seconds / bare:.1f} | {said} |", flush=True)


if __name__ == "__main__":
    measure()
