"""The made-up base of one size: filled by COPY, kept for the next run, dated relative to today."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Index
from psycopg import sql
from psycopg.types.json import Jsonb

from accounts.models import Company, Team, User
from accounts.roles import Role
from bench import names
from clients.criteria.passes import settle_standing
from clients.criteria.shipped import ship_criteria
from clients.custom_indexes import keep_indexes
from clients.models import Client, Contact, CustomField, Industry, LineOfBusiness, Source

MANAGERS, TEAMS = 200, 20
SEED = 20
SOURCES = (
    "Target list",
    "Referral",
    "Trade fair",
    "Web site",
    "Cold call",
    "Partner",
    "Advertising",
    "Walk-in",
    "Directory",
    "Social media",
)
INDUSTRIES = tuple(f"Industry {number:02}" for number in range(1, 41))
LINES = ("Spare parts", "Machines", "Service", "Consumables", "Rental", "Training", "Software")
CUSTOM: tuple[tuple[str, str, str, list[str]], ...] = (
    ("fleet", "Vehicles", "number", []),
    ("contract_end", "Contract ends", "date", []),
    ("erp", "ERP system", "text", []),
    ("newsletter", "Newsletter", "boolean", []),
    ("size", "Size", "choice", ["small", "medium", "large", "huge"]),
)


def ensure(clients: int) -> None:
    """Make the database that the settings name, with `clients` clients, unless it is there already."""
    _create_database()
    call_command("migrate", verbosity=0)
    if Client.objects.values("pk")[: clients + 1].count() == clients:
        return
    started = time.monotonic()
    people = _begin_again()
    # read before: while COPY runs, its connection can't answer
    lists = [list(model.objects.order_by("pk").values_list("pk", flat=True)) for model in (Source, Industry, LineOfBusiness)]
    with _without_indexes(), transaction.atomic(), connection.cursor() as cursor:
        _copy(cursor, "clients_client", CLIENT_COLUMNS, _clients(clients, people, *lists))
        _copy(cursor, "clients_contact", CONTACT_COLUMNS, _contacts(clients))
        _copy(cursor, "clients_touch", TOUCH_COLUMNS, _touches(clients, people))
        for table in ("clients_client", "clients_contact", "clients_touch"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608
    keep_indexes(beside=False)
    settle_standing()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"made {clients:,} clients in {time.monotonic() - started:.0f} s")


def empty() -> None:
    """Make the database that the settings name, with people and reference lists but without clients."""
    _create_database()
    call_command("migrate", verbosity=0)
    _begin_again()


def _begin_again() -> list[int]:
    """Take out whatever is there, and make the company; return the ids of its managers."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE clients_client, accounts_user, accounts_team, accounts_company, clients_customfield, clients_source, "
                       "clients_industry, clients_lineofbusiness, clients_duplicatekey, clients_duplicatemark, clients_duplicatescan "
                       "CASCADE")  # fmt: skip
    ship_criteria()  # TRUNCATE took them along
    return _make_people()


def _create_database() -> None:
    address = settings.DATABASE_URL
    name = address.rsplit("/", 1)[1]
    with psycopg.connect(address.rsplit("/", 1)[0] + "/postgres", autocommit=True) as maintenance:
        if maintenance.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            maintenance.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _make_people() -> list[int]:
    """Make company, teams, users and reference lists; return the ids of the managers."""
    random = Random(SEED)
    Company.objects.create(name="Kestrel Trading", currency="EUR", time_zone="Europe/Paris", language="en", region="FR")
    teams = Team.objects.bulk_create(Team(name=f"Team {number:02}") for number in range(1, TEAMS + 1))
    managers = []
    for number in range(MANAGERS):
        name = names.person(random, random.choices(names.TONGUES[:6], names.WEIGHTS[:6])[0])
        user = User(username=f"manager{number}", email=f"manager{number}@kestrel.example", full_name=name, team=teams[number % TEAMS])
        user.set_unusable_password()
        user.save()
        user.set_role(Role.MANAGER)
        managers.append(user.pk)
    for username, role in (("director", Role.MANAGEMENT), ("admin", Role.ADMINISTRATOR)):
        user = User(username=username, email=f"{username}@kestrel.example", full_name=username.title())
        user.set_unusable_password()
        user.save()
        user.set_role(role)
    Source.objects.bulk_create(Source(name=name, targeted=place < 3) for place, name in enumerate(SOURCES))
    Industry.objects.bulk_create(Industry(name=name) for name in INDUSTRIES)
    LineOfBusiness.objects.bulk_create(LineOfBusiness(name=name) for name in LINES)
    CustomField.objects.bulk_create(
        CustomField(key=key, label=label, kind=kind, choices=choices, position=place)
        for place, (key, label, kind, choices) in enumerate(CUSTOM)
    )
    return managers


class _without_indexes:
    """Drop the indexes that the models declare, and build them again after the rows are in: an hour less at a million."""

    tables = (Client, Contact)

    def __enter__(self) -> None:
        with connection.schema_editor() as editor:
            for model in self.tables:
                for index in self._indexes(model):
                    editor.remove_index(model, index)

    def __exit__(self, *failure: object) -> None:
        if failure[0] is not None:
            return
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '512MB'")
        with connection.schema_editor() as editor:
            for model in self.tables:
                for index in self._indexes(model):
                    editor.add_index(model, index)

    @staticmethod
    def _indexes(model: type[Any]) -> list[Index]:
        return list(model._meta.indexes)


def _copy(cursor: Any, table: str, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


CLIENT_COLUMNS = (
    "id", "kind", "full_name", "short_name", "former_names", "tax_number", "external_id", "industry_id", "phones", "emails",
    "website", "address", "city", "region", "postal_code", "country", "time_zone", "is_customer", "is_supplier", "lifecycle",
    "source_id", "manager_id", "line_of_business_id", "went_well", "went_wrong", "stands_now", "next_step", "next_step_at",
    "in_target", "custom", "fact_dates", "last_touch_at", "version", "created_at", "updated_at", "archived_at", "archived_reason",
)  # fmt: skip


TWICE = 0.03
"""So many of the clients are others entered once more; the own id of such a one names the first ("D-0000017")."""
_SPELT = {name: CLIENT_COLUMNS.index(name) for name in ("full_name", "tax_number", "phones", "emails", "website", "address", "external_id")}


def _clients(count: int, *lists: list[int]) -> Iterator[tuple[Any, ...]]:
    """Yield the clients, and at their end those that are entered once more, spelt differently."""
    random = Random(SEED + 3)
    once = count - int(count * TWICE)
    kept: list[tuple[Any, ...]] = []
    for row in _once(once, *lists):
        if len(kept) < count - once and random.random() < 1.05 * TWICE / (1 - TWICE):
            kept.append(row)
        yield row
    for pk in range(once + 1, count + 1):
        yield (pk, *_again(random, kept.pop() if kept else row)[1:])


def _again(random: Random, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a client as another manager would enter it."""
    again = list(row)
    name = row[_SPELT["full_name"]]
    at = random.randrange(1, len(name))
    slips = (name, name.upper(), name[:at] + name[at - 1] + name[at:], name[:at] + name[at + 1 :], name.rpartition(" ")[0] or name)
    again[_SPELT["full_name"]] = random.choice(slips)
    again[_SPELT["address"]] = row[_SPELT["address"]].replace("street", random.choice(("street", "str.", "St")))
    for field, share in (("tax_number", 0.5), ("website", 0.5)):
        if random.random() < share:
            again[_SPELT[field]] = ""
    for field, share in (("phones", 0.2), ("emails", 0.4)):
        if random.random() < share:
            again[_SPELT[field]] = []
    again[_SPELT["external_id"]] = f"D-{row[0]:07}"
    return tuple(again)


def _once(count: int, managers: list[int], sources: list[int], industries: list[int], lines: list[int]) -> Iterator[tuple[Any, ...]]:
    random = Random(SEED)
    now = datetime.now(UTC).replace(microsecond=0)
    for pk in range(1, count + 1):
        tongue = random.choices(names.TONGUES, names.WEIGHTS)[0]
        kind = "person" if random.random() < 0.15 else "organisation"
        name = names.person(random, tongue) if kind == "person" else names.organisation(random, tongue)
        lifecycle = random.choices(("current", "potential", "former"), (55, 35, 10))[0]
        customer = random.random() < 0.85
        registered = now - timedelta(days=int(3650 * random.random() ** 1.5), seconds=random.randrange(86_400))
        touched = now - timedelta(days=int(900 * random.random() ** 2), minutes=random.randrange(1440)) if random.random() < 0.8 else None
        step = now + timedelta(days=random.randrange(-20, 120), minutes=random.randrange(1440)) if random.random() < 0.3 else None
        place = few_city(random, tongue)
        yield (
            pk,
            kind,
            name,
            "",
            "",
            f"{names.COUNTRIES[tongue]}{random.randrange(10**9, 10**10)}" if random.random() < 0.6 else "",
            f"C-{pk:07}" if random.random() < 0.5 else "",
            few_id(random, industries) if random.random() < 0.8 else None,
            [phone(random, tongue) for _ in range(random.choices((0, 1, 2), (15, 70, 15))[0])],
            [f"office{pk}@{'mail' if kind == 'person' else 'firm'}{random.randrange(5000)}.example"] if random.random() < 0.6 else [],
            f"https://firm{pk}.example/" if random.random() < 0.2 else "",
            f"{random.randint(1, 200)} Main street" if random.random() < 0.7 else "",
            place,
            "",
            f"{random.randrange(10_000, 99_999)}",
            names.COUNTRIES[tongue],
            "",
            customer,
            not customer or random.random() < 0.1,
            lifecycle,
            few_id(random, sources) if random.random() < 0.95 else None,
            few_id(random, managers) if random.random() < 0.93 else None,
            random.choice(lines) if random.random() < 0.5 else None,
            "They pay on time and say what they need." if random.random() < 0.2 else "",
            "Two deliveries came late in spring; they were angry for a month." if random.random() < 0.1 else "",
            "",
            random.choice(("call back", "send the offer", "meeting", "contract renewal")) if step else "",
            step,
            random.choice((True, False)) if random.random() < 0.5 else None,
            Jsonb(_custom(random, now)),
            Jsonb({}),
            touched if touched is None or touched > registered else registered,
            1,
            registered,
            registered,
            now if random.random() < 0.04 else None,
            "",
        )


def few_city(random: Random, tongue: str) -> str:
    """Return a city of that country, now and then none, now and then a village that few clients share."""
    if random.random() < 0.05:
        return ""
    return f"Village {random.randrange(20_000)}" if random.random() < 0.1 else names.few(random, names.CITIES[tongue])


def few_id(random: Random, ids: list[int]) -> int:
    """Return one of `ids`, the first ones a few times as often as the last."""
    return ids[int(len(ids) * random.random() ** 1.6)]


def phone(random: Random, tongue: str) -> str:
    """Return a phone of that country in E.164."""
    prefix = names.DIALLING[tongue]
    return f"+{prefix}{random.randrange(10 ** (11 - len(prefix)) - 1):0{11 - len(prefix)}}"


def _custom(random: Random, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if random.random() < 0.2:
        values["fleet"] = int(200 * random.random() ** 3)
    if random.random() < 0.2:
        values["contract_end"] = (now + timedelta(days=random.randrange(-400, 800))).date().isoformat()
    if random.random() < 0.1:
        values["erp"] = random.choice(("1C", "SAP", "Odoo", "Sage", "Cegid"))
    if random.random() < 0.3:
        values["newsletter"] = random.random() < 0.5
    if random.random() < 0.4:
        values["size"] = random.choices(("small", "medium", "large", "huge"), (60, 30, 9, 1))[0]
    return values


CONTACT_COLUMNS = (
    "client_id", "full_name", "position", "phones", "emails", "is_main", "is_head", "note", "version", "created_at", "updated_at",
)  # fmt: skip


def _contacts(count: int) -> Iterator[tuple[Any, ...]]:
    random = Random(SEED + 1)
    now = datetime.now(UTC)
    for client in range(1, count + 1):
        for place in range(random.choices((0, 1, 2), (30, 55, 15))[0]):
            tongue = random.choices(names.TONGUES, names.WEIGHTS)[0]
            yield (
                client,
                names.person(random, tongue),
                random.choice(("Director", "Head of purchasing", "Accountant", "")),
                [phone(random, tongue)] if random.random() < 0.7 else [],
                [f"person{client}.{place}@firm{random.randrange(5000)}.example"] if random.random() < 0.5 else [],
                place == 0,
                place == 0 and random.random() < 0.3,
                "",
                1,
                now,
                now,
            )


TOUCH_COLUMNS = (
    "client_id", "user_id", "kind", "outcome", "note", "facts_confirmed", "next_step", "no_next_step_because", "at", "created_at",
)  # fmt: skip


def _touches(count: int, managers: list[int]) -> Iterator[tuple[Any, ...]]:
    random = Random(SEED + 2)
    now = datetime.now(UTC)
    for client in range(1, count + 1):
        for _ in range(int(4 * random.random() ** 2.5)):
            at = now - timedelta(days=random.randrange(730), minutes=random.randrange(1440))
            yield (
                client,
                few_id(random, managers),
                random.choice(("call", "meeting", "email", "visit")),
                random.choices(("reached", "no_answer", "busy", "refused"), (70, 20, 8, 2))[0],
                "Asked for the new price list.",
                random.random() < 0.3,
                "",
                "",
                at,
                at,
            )
