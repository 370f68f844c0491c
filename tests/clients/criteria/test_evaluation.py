"""What one record falls short of, and what the person who has to mend it is told."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import Company, User
from clients.criteria import Evaluation, Record, criteria_in_force, evaluate, falls_short
from clients.criteria.days import add_months, oldest_good
from clients.freshness import Confirmation
from clients.models import Client, Contact, Criterion, CustomField, Source, Waiver

DAY = date(2026, 11, 24)


def standing(client: Client, day: date = DAY) -> Evaluation:
    return evaluate(Record.of(client), criteria_in_force(day), as_of=day)


def gaps(evaluation: Evaluation) -> list[tuple[str, str]]:
    return [(gap.fact, gap.code) for gap in evaluation.shortfalls]


def test_a_new_installation_asks_for_name_kind_role_and_source_and_recommends_five_more(company: Company) -> None:
    nobody = evaluate(Record.of_values({"kind": ""}, registered_on=DAY), criteria_in_force(DAY), as_of=DAY)

    assert [gap.fact for gap in nobody.required] == ["full_name", "kind", "role", "source"]
    organisation = evaluate(Record.of_values({"kind": "organisation"}, registered_on=DAY), criteria_in_force(DAY), as_of=DAY)
    assert [gap.fact for gap in organisation.recommended] == ["manager", "phone_or_email", "address", "industry", "main_contact"]
    assert nobody.mend_by == DAY


def test_a_full_record_meets_everything(company: Company, anna: User, fair: Source) -> None:
    values = {
        "kind": "person", "full_name": "Юлия Шмидт", "is_customer": True, "source": fair, "manager": anna,
        "emails": ["j@s.example"], "address": "Gasse 1",
    }  # fmt: skip

    found = evaluate(Record.of_values(values), criteria_in_force(DAY), as_of=DAY)

    assert (found.shortfalls, found.completeness, found.required_missing, found.mend_by) == ((), 100, 0, None)


@pytest.mark.parametrize("text", ["", " ", "-", "–", "...", "\u00a0", "\u200b\u200b", "???", " - ", "\u3164"])
def test_text_that_says_nothing_does_not_count(no_criteria: None, in_force: Any, make_client: Any, text: str) -> None:
    criterion = in_force("address")
    client = make_client(address=text)

    assert gaps(standing(client)) == [("address", "required")]
    assert list(falls_short(criteria_in_force(DAY).rules[0])) == [client]
    assert criterion.pk == criteria_in_force(DAY).rules[0].id


def test_a_phone_of_any_contact_is_a_phone(no_criteria: None, in_force: Any, make_client: Any) -> None:
    in_force("phone_or_email")
    client = make_client()
    assert gaps(standing(client)) == [("phone_or_email", "required")]

    Contact.objects.create(client=client, full_name="Reception", phones=["+33381555555"])

    assert gaps(standing(client)) == []


def test_a_person_is_its_own_main_contact(no_criteria: None, in_force: Any, make_client: Any) -> None:
    in_force("main_contact")
    in_force("main_contact_email")

    assert gaps(standing(make_client(kind="person", emails=["p@x.example"]))) == []
    assert [fact for fact, _code in gaps(standing(make_client(emails=["o@x.example"])))] == ["main_contact", "main_contact_email"]


def test_a_criterion_asks_only_its_audience(no_criteria: None, in_force: Any, make_client: Any, fair: Source) -> None:
    in_force("address", kinds=["organisation"], roles=["supplier"], lifecycles=["current"], sources=[fair.pk])
    asked = {"kind": "organisation", "is_supplier": True, "lifecycle": "current", "source": fair}

    assert gaps(standing(make_client(**asked))) == [("address", "required")]
    for name, other in (("kind", "person"), ("is_supplier", False), ("lifecycle", "former"), ("source", None)):
        outside = standing(make_client(**{**asked, name: other}))
        assert (outside.shortfalls, outside.completeness) == ((), 100), f"{name} {other} is not asked"


def test_completeness_is_rounded_down_so_that_100_means_all(no_criteria: None, in_force: Any, make_client: Any) -> None:
    for fact in ("full_name", "role", "address"):
        in_force(fact)

    assert standing(make_client()).completeness == 66


def test_a_pattern_is_answered_with_its_example(no_criteria: None, in_force: Any, make_client: Any) -> None:
    in_force("tax_number", pattern=r"FR\w{11}", example="FR61954506077")

    found = standing(make_client(tax_number="61954506077"))

    assert gaps(found) == [("tax_number", "pattern")]
    assert found.shortfalls[0].message == "Tax number: write it like FR61954506077."


def test_a_number_is_asked_to_lie_in_a_range(no_criteria: None, in_force: Any, make_client: Any) -> None:
    CustomField.objects.create(key="year", label="Equipment: year", kind="number")
    in_force("custom.year", at_least=1950, at_most=2026)

    assert gaps(standing(make_client(custom={"year": 1949}))) == [("custom.year", "range")]
    assert standing(make_client(custom={"year": 1949})).shortfalls[0].message == "Equipment: year: give a number from 1950 to 2026."
    assert gaps(standing(make_client(custom={"year": 1950}))) == []
    assert gaps(standing(make_client())) == [("custom.year", "required")]


def test_a_fact_grows_too_old_until_somebody_confirms_it(no_criteria: None, in_force: Any, make_client: Any) -> None:
    in_force("emails", max_age_months=24, grace_days=30)
    client = make_client(emails=["a@x.example"], fact_dates={"emails": ["2024-11-23T23:30:00+00:00", None]})
    Client.objects.filter(pk=client.pk).update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    client.refresh_from_db()

    assert gaps(standing(client, DAY)) == []
    stale = standing(client, DAY + timedelta(days=1))
    assert gaps(stale) == [("emails", "stale")]
    assert stale.mend_by == date(2026, 12, 24), "thirty days from the day on which it grew old"
    assert stale.shortfalls[0].message == "E-mail: confirm it, it may be at most 24 months old."

    assert stale.shortfalls[0].confirmed == Confirmation(datetime(2024, 11, 23, 23, 30, tzinfo=UTC))

    client.facts_confirmed_at, client.fact_dates = datetime(2026, 11, 25, tzinfo=UTC), {}
    assert gaps(standing(client, DAY + timedelta(days=1))) == []


def test_clients_that_were_there_before_get_the_days_of_grace(no_criteria: None, in_force: Any, make_client: Any) -> None:
    in_force("address", valid_from=date(2026, 6, 1), grace_days=30)
    old, new = make_client(), make_client()
    Client.objects.filter(pk=old.pk).update(created_at=datetime(2026, 5, 31, 21, 59, tzinfo=UTC))
    Client.objects.filter(pk=new.pk).update(created_at=datetime(2026, 5, 31, 22, 1, tzinfo=UTC))  # 1 June in Paris
    old.refresh_from_db()
    new.refresh_from_db()

    assert standing(old).mend_by == date(2026, 7, 1)
    assert standing(new).mend_by == date(2026, 6, 1)


def test_a_waiver_counts_as_met_through_its_last_day(no_criteria: None, in_force: Any, make_client: Any) -> None:
    in_force("address")
    client = make_client()
    Waiver.objects.create(client=client, fact="address", reason="lives on a boat", until=DAY)

    assert standing(client, DAY).completeness == 100
    assert standing(client, DAY + timedelta(days=1)).completeness == 0


def test_a_criterion_holds_from_its_day_until_a_newer_version_does(no_criteria: None, in_force: Any) -> None:
    first = in_force("address", valid_from=date(2026, 1, 1))
    second = in_force("address", valid_from=date(2026, 6, 1), replaces=first)
    Criterion.objects.create(fact="address", replaces=second)  # a draft changes nothing

    assert [rule.id for rule in criteria_in_force(date(2025, 12, 31)).rules] == []
    assert [rule.id for rule in criteria_in_force(date(2026, 5, 31)).rules] == [first.pk]
    assert [rule.id for rule in criteria_in_force(date(2026, 6, 1)).rules] == [second.pk]

    Criterion.objects.filter(pk=second.pk).update(state="retired")
    assert criteria_in_force(date(2026, 6, 2)).rules == (), "retiring the newer one does not wake the older one"


def test_the_next_step_counts_on_its_day_and_is_missed_on_the_next(no_criteria: None, in_force: Any, make_client: Any) -> None:
    in_force("next_step")
    client = make_client(next_step_at=datetime(2026, 11, 24, 7, tzinfo=UTC))

    assert gaps(standing(client, date(2026, 11, 24))) == []
    assert gaps(standing(client, date(2026, 11, 25))) == [("next_step", "required")]


def test_the_criteria_are_read_once_and_again_when_somebody_changed_them(no_criteria: None, in_force: Any) -> None:
    in_force("address")
    criteria_in_force(DAY)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(criteria_in_force(DAY).rules) == 1
    assert len(queries) == 1

    in_force("city")
    assert [rule.fact.key for rule in criteria_in_force(DAY).rules] == ["address", "city"]
    Company.objects.update(time_zone="Asia/Tokyo")
    assert criteria_in_force(DAY).zone.key == "Asia/Tokyo"


def test_a_record_is_a_snapshot(no_criteria: None, in_force: Any, make_client: Any) -> None:
    in_force("address")
    client = make_client(address="rue 1")
    before = Record.of(client)

    client.address = ""

    criteria = criteria_in_force(DAY)
    assert evaluate(before, criteria, as_of=DAY).completeness == 100
    assert evaluate(Record.of(client), criteria, as_of=DAY).completeness == 0


def test_a_client_read_in_part_is_read_whole(no_criteria: None, in_force: Any, make_client: Any) -> None:
    in_force("address")
    client = Client.objects.only("pk", "kind").get(pk=make_client(address="rue 1").pk)

    assert gaps(standing(client)) == []


def test_messages_speak_the_readers_language(no_criteria: None, in_force: Any, make_client: Any) -> None:
    in_force("address")
    found = standing(make_client()).shortfalls[0]

    with translation.override("en"):
        assert found.message == "Enter the address."
    assert (found.field, found.level) == ("address", "required")


@pytest.mark.parametrize("months", [1, 3, 12, 24])
def test_the_oldest_good_day_is_the_first_that_is_still_good(months: int) -> None:
    for offset in range(800):
        as_of = date(2024, 1, 1) + timedelta(days=offset)
        oldest = oldest_good(as_of, months)
        assert add_months(oldest, months) >= as_of > add_months(oldest - timedelta(days=1), months)
