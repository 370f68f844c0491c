"""Whose value a merge keeps when nobody chooses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from clients.models import Client, Source
from clients.services import add_contact, log_touch
from clients.services.duplicates import suggested_choices, suggested_survivor
from tests.clients.registry import OTHER_PHONE, PHONE, register

EARLY, LATE = date(2024, 1, 1).isoformat(), date(2025, 6, 1).isoformat()
REGISTERED = datetime(2023, 1, 1, tzinfo=UTC)


def client(**values: Any) -> Client:
    """A client that is not saved, registered in 2023."""
    return Client(**{"full_name": "Lefèvre", "created_at": REGISTERED} | values)


def dated(field: str, value: str, day: str) -> dict[str, Any]:
    """A value with the day on which it was set."""
    return {field: value, "fact_dates": {field: [f"{day}T00:00:00+00:00", None]}}


def suggested(field: str, survivor: Client, other: Client) -> str:
    return suggested_choices(survivor, other)[field]


@pytest.mark.parametrize(
    ("field", "ours", "theirs", "chosen"),
    [
        ("website", {}, {"website": "https://x.example"}, "other"),
        ("website", {"website": "https://x.example"}, {}, "survivor"),
        ("tax_number", dated("tax_number", "1", EARLY), dated("tax_number", "2", LATE), "other"),
        ("tax_number", dated("tax_number", "1", LATE), dated("tax_number", "2", LATE), "survivor"),
        ("employees", {"employees": 3}, {"employees": 5, "facts_confirmed_at": datetime(2025, 1, 1, tzinfo=UTC)}, "other"),
        ("phones", {"phones": [PHONE]}, {"phones": [OTHER_PHONE]}, "both"),
        ("phones", {"phones": [PHONE]}, {"phones": [PHONE]}, "survivor"),
        ("phones", {"phones": [f"+3319900{n:04}" for n in range(15)]}, {"phones": [f"+3319901{n:04}" for n in range(15)]}, "survivor"),
        ("went_wrong", {"went_wrong": "paid late"}, {"went_wrong": "complained"}, "both"),
        ("lifecycle", {"lifecycle": "former"}, {"lifecycle": "current"}, "other"),
        ("lifecycle", {"lifecycle": "former"}, {"lifecycle": "potential"}, "survivor"),
        ("is_supplier", {}, {"is_supplier": True}, "other"),
        ("is_supplier", {"is_supplier": True}, {}, "survivor"),
        ("works_since", {"works_since": date(2020, 1, 1)}, {"works_since": date(2018, 1, 1)}, "other"),
        ("external_id", {"external_id": "1"}, {"external_id": "2"}, "survivor"),
        ("external_id", {}, {"external_id": "2"}, "other"),
        ("custom.size", {"custom": {}}, {"custom": {"size": 3}}, "other"),
        ("next_step", {"next_step_at": REGISTERED}, {"next_step_at": REGISTERED - timedelta(days=1)}, "other"),
    ],
)  # fmt: skip
def test_what_decides(field: str, ours: dict[str, Any], theirs: dict[str, Any], chosen: str) -> None:
    given = {"next_step": "x"} if field == "next_step" else {}
    assert suggested(field, client(**given, **ours), client(**given, **theirs)) == chosen


def test_an_address_stays_in_one_piece() -> None:
    ours = client(address="12 rue Neuve", city="Lyon")
    theirs = client(city="Annecy", postal_code="74000", country="FR")
    chosen = suggested_choices(ours, theirs)
    assert {chosen[field] for field in ("address", "city", "region", "postal_code", "country")} == {"other"}
    agreeing = suggested_choices(ours, client(city="LYON", postal_code="69001"))
    assert (agreeing["address"], agreeing["city"], agreeing["postal_code"]) == ("survivor", "survivor", "other")


def test_consent_goes_by_the_day_on_which_it_was_asked_and_a_no_weighs_more() -> None:
    asked, later = date(2024, 1, 1), date(2025, 1, 1)
    yes, no = client(may_call=True, consent_on=asked), client(may_call=False, consent_on=asked)
    assert suggested("may_call", yes, no) == "other"
    assert suggested("may_call", no, yes) == "survivor"
    assert suggested("may_call", no, client(may_call=True, consent_on=later)) == "other"
    assert suggested("consent_on", client(), yes) == "other"


def test_an_end_of_the_work_before_its_beginning_is_never_suggested() -> None:
    ours = client(lifecycle="current", works_since=date(2022, 1, 1))
    theirs = client(lifecycle="former", works_since=date(2015, 1, 1), worked_until=date(2019, 1, 1))
    assert suggested("worked_until", ours, theirs) == "survivor"
    chosen = suggested_choices(theirs, client(works_since=date(2020, 1, 1), worked_until=date(2021, 1, 1), lifecycle="former"))
    assert (chosen["works_since"], chosen["worked_until"]) == ("survivor", "survivor")


@pytest.mark.django_db
def test_the_origin_is_that_of_the_one_who_was_here_first(anna: User) -> None:
    web = Source.objects.create(name="Web")
    first, second = register(anna), register(anna, full_name="Lefevre", source=web.pk)
    assert suggested("source", second, first) == "other"
    assert suggested("source", first, second) == "survivor"


@pytest.mark.django_db
def test_the_one_with_whom_more_is_done_survives(anna: User) -> None:
    bare, known = register(anna), register(anna, full_name="Lefevre")
    assert suggested_survivor(bare, known) == suggested_survivor(known, bare) == bare  # was here first
    add_contact(user=anna, client_id=known.pk, data={"full_name": "Mme Ngomo"})
    assert suggested_survivor(bare, known) == known
    log_touch(user=anna, client_id=bare.pk)
    assert suggested_survivor(bare, known) == bare
    known.external_id = "1001"
    assert suggested_survivor(bare, known) == known
