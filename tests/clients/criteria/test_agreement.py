"""One rule set, two ways of evaluating it: Python for one record, SQL for the base. They must agree on everything."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Company, User
from clients.criteria import CriteriaSet, Record, all_facts, evaluate, falls_short, refresh_standing, save_standing
from clients.criteria.blank import NOTHING
from clients.criteria.days import oldest_good
from clients.criteria.rules import PATTERN, RANGE, REQUIRED, STALE, rule_of
from clients.criteria.standing import shortage_of, tally
from clients.models import Client, ClientStanding, Contact, Criterion, CustomField, Industry, Source, Waiver

TODAY = date(2026, 3, 1)
ZONES = ["UTC", "Europe/Paris", "Pacific/Kiritimati", "America/St_Johns"]
FIELDS = [
    CustomField(key="year", label="Year", kind="number"),
    CustomField(key="colour", label="Colour", kind="choice", choices=["red"]),
    CustomField(key="made_on", label="Made on", kind="date"),
    CustomField(key="dryer", label="Dryer", kind="boolean"),
    CustomField(key="note", label="Note", kind="text"),
]
FACTS = all_facts(FIELDS)
PATTERNS = ["", ".+", r"\d+", r"\w[\w .-]*", r"\+\d{2,}", "[^a-z]*", "(a|b)+c?", r"\s*", "é.*"]

EDGES = [oldest_good(TODAY, months) + timedelta(days=days) for months in (1, 12, 24) for days in (-1, 0, 1)]
days = st.sampled_from([*EDGES, TODAY, date(2024, 2, 29)]) | st.dates(date(2020, 1, 1), TODAY)
moments = st.builds(
    lambda day, hour, minute: datetime.combine(day, time(hour, minute), UTC),
    days | st.just(TODAY + timedelta(days=1)),
    st.sampled_from([0, 1, 10, 12, 22, 23]),
    st.sampled_from([0, 30, 59]),
)
texts = st.one_of(
    st.just(""),
    st.text(alphabet=NOTHING, max_size=4),
    st.sampled_from(["abc", "a-1", "+33142", "Ärzte", "ООО Ромашка", "c\n", " x ", "\u200bx", "株式会社"]),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
)
lists = st.lists(st.sampled_from(["+331", "+44 20", "x@y.example", "abc"]), max_size=2)
customs = st.fixed_dictionaries(
    {},
    optional={
        "year": st.integers(-5, 3000) | st.floats(-10, 10).map(lambda x: round(x, 3)) | st.sampled_from(["1990", None, True]),
        "colour": st.sampled_from(["red", "", "-", 3]),
        "made_on": st.sampled_from(["2024-01-01", " "]),
        "dryer": st.sampled_from([True, False, "yes", None]),
        "note": texts,
    },
)  # fmt: skip
fact_dates = st.dictionaries(
    st.sampled_from(sorted({name for fact in FACTS.values() for reader in fact.readers for name in reader.fields})),
    moments.map(lambda at: [at.isoformat(), None])
    | st.sampled_from(
        [["2025-02-28T23:30:00.123456+00:00", 7], [], ["yesterday", 1], ["2024-13-40T00:00:00+00:00", None], ["2024-01-01", 1]]
    ),
    min_size=4,
    max_size=20,
)
contacts = st.lists(
    st.fixed_dictionaries({"is_main": st.booleans(), "is_head": st.booleans(), "phones": lists, "emails": lists, "updated_at": moments}),
    max_size=3,
)
clients = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["organisation", "person"]),
        "full_name": texts, "short_name": texts, "tax_number": texts, "website": texts, "address": texts, "city": texts,
        "country": st.sampled_from(["", "FR"]),
        "phones": lists, "emails": lists,
        "is_customer": st.booleans(), "is_supplier": st.booleans(), "lifecycle": st.sampled_from(["potential", "current", "former"]),
        "source": st.sampled_from([None, 0, 1]), "industry": st.sampled_from([None, 0, 1]), "manager": st.booleans(),
        "employees": st.none() | st.integers(0, 500),
        "birth_date": st.none() | days,
        "may_call": st.sampled_from([None, True, False]), "consent_on": st.none() | days,
        "stands_now": texts, "went_well": texts, "next_step_at": st.none() | moments,
        "facts_confirmed_at": st.none() | st.none() | st.none() | moments, "created_at": moments,
        "custom": customs, "fact_dates": fact_dates,
        "archived_at": st.sampled_from([None, None, None, datetime(2026, 1, 1, tzinfo=UTC)]),
    }
)  # fmt: skip
waivers = st.dictionaries(
    st.sampled_from(list(FACTS)), st.sampled_from([TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=9)]), max_size=3
)
criteria = st.fixed_dictionaries(
    {
        "fact": st.sampled_from(list(FACTS)),
        "level": st.sampled_from(["required", "recommended"]),
        "kinds": st.sampled_from([[], [], ["organisation"], ["person"], ["person", "organisation"]]),
        "roles": st.sampled_from([[], [], ["customer"], ["supplier"], ["supplier", "customer"]]),
        "lifecycles": st.sampled_from([[], [], ["current"], ["potential", "former"]]),
        "sources": st.sampled_from([[], [], [0], [0, 1]]),
        "industries": st.sampled_from([[], [], [1]]),
        "pattern": st.sampled_from(PATTERNS),
        "span": st.sampled_from([(None, None), (0, None), (None, 100), (1950, 2026)]),
        "max_age_months": st.sampled_from([None, 1, 12, 24]),
        "valid_from": st.sampled_from([date(2020, 1, 1), date(2025, 6, 15), TODAY]),
        "grace_days": st.sampled_from([0, 30]),
    }
)


@pytest.fixture
def world(company: Company, anna: User) -> dict[str, Any]:
    """Sources, industries and a manager whom random records and criteria may name."""
    return {
        "sources": [Source.objects.create(name=name) for name in ("Fair", "Web")],
        "industries": [Industry.objects.create(name=name) for name in ("Baking", "Brewing")],
        "manager": anna,
    }


def make_client(world: dict[str, Any], values: dict[str, Any], people: list[dict[str, Any]], waived: dict[str, date]) -> Client:
    given = dict(values)
    for name in ("source", "industry"):
        number = given.pop(name)
        given[name] = None if number is None else world["sources" if name == "source" else "industries"][number]
    given["manager"] = world["manager"] if given.pop("manager") else None
    created = given.pop("created_at")
    client = Client.objects.create(**given)
    Client.objects.filter(pk=client.pk).update(created_at=created)
    seen: set[str] = set()
    for number, person in enumerate(people):
        marks = {mark: person[mark] and mark not in seen for mark in ("is_main", "is_head")}
        seen |= {mark for mark, on in marks.items() if on}
        contact = Contact.objects.create(client=client, full_name=f"P{number}", phones=person["phones"], emails=person["emails"], **marks)
        Contact.objects.filter(pk=contact.pk).update(updated_at=person["updated_at"])
    for fact, until in waived.items():
        Waiver.objects.create(client=client, fact=fact, reason="none to be had", until=until)
    return Client.objects.get(pk=client.pk)


def make_criteria(world: dict[str, Any], drawn: list[dict[str, Any]], zone: ZoneInfo) -> CriteriaSet:
    rules = []
    for values in drawn:
        given = dict(values)
        given["at_least"], given["at_most"] = given.pop("span")
        for name in ("sources", "industries"):
            given[name] = [world[name][number].pk for number in given[name]]
        criterion = Criterion.objects.create(state="published", **given)
        rule = rule_of(criterion, FACTS, TODAY, zone)
        assert rule is not None
        rules.append(rule)
    return CriteriaSet(as_of=TODAY, zone=zone, rules=tuple(rules))


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    people=st.lists(st.tuples(clients, contacts, waivers), min_size=1, max_size=4),
    rules=st.lists(criteria, min_size=1, max_size=6),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_python_and_sql_agree_on_any_record_and_any_criteria(world: dict[str, Any], people: Any, rules: Any, zone: ZoneInfo) -> None:
    with transaction.atomic():
        base = [make_client(world, *one) for one in people]
        in_force = make_criteria(world, rules, zone)
        expected = {client.pk: evaluate(Record.of(client), in_force, as_of=TODAY) for client in base}

        refresh_standing(expected, criteria=in_force)

        for standing in ClientStanding.objects.filter(client__in=base):
            one = expected[standing.client_id]
            assert standing.short_of == [gap.rule.id for gap in one.shortfalls]
            assert standing.completeness == one.completeness
            assert (standing.required_missing, standing.required_share) == (one.required_missing, one.required_share)
            assert (standing.recommended_missing, standing.recommended_share) == (one.recommended_missing, one.recommended_share)
            assert standing.stale == one.stale
            assert standing.mend_by == one.mend_by
        assert refresh_standing(expected, criteria=in_force) == 0, "a second run changes nothing"
        assert refresh_standing(between=(min(expected) - 1, max(expected)), criteria=in_force) == 0, "however the clients are chosen"
        save_standing(expected)
        assert refresh_standing(expected, criteria=in_force) == 0, "what is kept one by one is the same"

        listed = [client for client in base if client.archived_at is None]
        counted = tally(in_force)
        for rule in in_force.rules:
            gaps = {client.pk: gap.code for client in listed for gap in expected[client.pk].shortfalls if gap.rule is rule}
            assert set(falls_short(rule).filter(pk__in=expected).values_list("pk", flat=True)) == set(gaps)
            shortage = shortage_of(rule)
            codes = list(gaps.values())
            assert (shortage.empty, shortage.unlike, shortage.stale) == (
                codes.count(REQUIRED),
                codes.count(PATTERN) + codes.count(RANGE),
                codes.count(STALE),
            )
            assert shortage.asked == sum(rule.applies(Record.of(client)) for client in listed)
            assert sum(count for _manager, count in shortage.by_manager) == len(gaps)
            assert counted.criteria[rule.id] == (shortage.asked, len(gaps))
        transaction.set_rollback(True)
