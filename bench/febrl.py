"""How right the search for duplicates is, on lists whose duplicates are known: as the product would suggest them.

Each list is put into an empty registry, searched as a whole base is, and the pairs are read from the review queue.
Febrl's lists (people; not part of this project) stand in ../shared/data/er_febrl beside it, or under SERAPH_SHARED; the
lists of companies are made up (`companies`). What was chosen on which list stands in docs/duplicates.md.
"""

import csv
import logging
import os
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402  Django stands first

from bench import base, companies  # noqa: E402
from clients.duplicates import scan  # noqa: E402
from clients.models import Client, Contact, DuplicatePair, DuplicateSettings  # noqa: E402

SHARED = Path(os.environ.get("SERAPH_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))
FEBRL = SHARED / "data" / "er_febrl"
LISTS = {"Febrl 1": ("dataset1",), "Febrl 2": ("dataset2",), "Febrl 3": ("dataset3",), "Febrl 4a + 4b": ("dataset4a", "dataset4b")}
HEAD = (
    "| list | records | pairs | meet | clear: precision | recall | F1 | shown: precision | recall | F1 |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)

Line = tuple[str, dict[str, Any], list[dict[str, Any]]]
"""Who it is, the values of the client, its contacts"""


def people(files: tuple[str, ...], *, with_number: bool) -> Iterator[Line]:
    """Yield the records of Febrl's lists as clients, with or without the social security number as their tax number."""
    for name in files:
        with (FEBRL / f"{name}.csv").open(encoding="utf-8") as file:
            for record in csv.DictReader(file, skipinitialspace=True):
                held = {key: (value or "").strip() for key, value in record.items()}
                values = {
                    "kind": "person",
                    "full_name": f"{held['given_name']} {held['surname']}".strip(),
                    "address": " ".join(filter(None, (held["street_number"], held["address_1"], held["address_2"]))),
                    "city": held["suburb"],
                    "postal_code": held["postcode"],
                    "region": held["state"],
                    "birth_date": _day(held["date_of_birth"]),
                    "tax_number": held["soc_sec_id"] if with_number else "",
                }
                yield held["rec_id"].split("-")[1], values, []


def _day(written: str) -> date | None:
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        return None


def firms(listed: list[companies.Company]) -> Iterator[Line]:
    """Yield made-up companies as clients with their contacts."""
    for one in listed:
        yield str(one.truth), one.values(), [{"full_name": one.contact}] if one.contact else []


def measure(name: str, lines: list[Line]) -> None:
    """Search one list and print its row."""
    base.empty()
    clients = Client.objects.bulk_create([Client(**values) for _who, values, _contacts in lines], batch_size=1000)
    Contact.objects.bulk_create(
        [Contact(client=client, **one) for client, (_who, _values, contacts) in zip(clients, lines, strict=True) for one in contacts]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clients_client, clients_contact")
    scan.search()
    of_one: dict[str, list[int]] = {}
    for client, (who, _values, _contacts) in zip(clients, lines, strict=True):
        of_one.setdefault(who, []).append(client.pk)
    true = {pair for pks in of_one.values() for pair in combinations(sorted(pks), 2)}
    scores = {(first, second): score for first, second, score in DuplicatePair.objects.values_list("first", "second", "score")}
    figures = [_figures({pair for pair, score in scores.items() if score >= least}, true) for least in _thresholds()]
    print(f"| {name} | {len(lines):,} | {len(true):,} | {_meeting(true):.1%} | {' | '.join(figures)} |", flush=True)


def _thresholds() -> tuple[int, int]:
    chosen = DuplicateSettings.current()
    return chosen.bulk_from, chosen.review_from


def _figures(found: set[tuple[int, int]], true: set[tuple[int, int]]) -> str:
    right = len(found & true)
    precision, recall = right / max(len(found), 1), right / len(true)
    return f"{precision:.4f} | {recall:.4f} | {2 * precision * recall / max(precision + recall, 1e-9):.4f}"


# How many of some pairs share a key.
_MEET = """
SELECT count(*) FROM unnest(%s::bigint[], %s::bigint[]) AS pair (first, second)
WHERE EXISTS (SELECT FROM clients_duplicatekey AS one JOIN clients_duplicatekey AS other USING (key)
              WHERE one.client_id = pair.first AND other.client_id = pair.second)
"""


def _meeting(pairs: set[tuple[int, int]]) -> float:
    with connection.cursor() as cursor:
        cursor.execute(_MEET, [[first for first, _second in pairs], [second for _first, second in pairs]])
        return float(cursor.fetchone()[0]) / len(pairs)


def main() -> None:
    """Print the table of all lists."""
    logging.disable(logging.INFO)
    chosen = DuplicateSettings()
    print(f"\n## How right: clear pairs from {chosen.bulk_from} %, shown from {chosen.review_from} %\n\n{HEAD}", flush=True)
    if FEBRL.is_dir():
        for with_number in (False, True):
            for name, files in LISTS.items():
                lines = list(people(files, with_number=with_number))
                measure(f"{name}, {'with' if with_number else 'without'} the number", lines)
    else:
        print(f"| Febrl's lists are not there: {FEBRL} (SERAPH_SHARED names another folder) |" + " |" * 9)
    for name, listed in (("clerk (chosen on)", companies.tuned_on()), ("scanner (reported)", companies.reported())):
        measure(f"companies, {name}", list(firms(listed)))
        measure(f"companies, {name}, name, address, city, phone", list(firms(companies.lean(listed))))


if __name__ == "__main__":
    main()
