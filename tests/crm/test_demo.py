"""The demo company: the same for everybody, in several scripts, kept by the rules, dated relative to today."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import Company, Team, User
from accounts.roles import Role
from clients.criteria import Record, criteria_in_force, evaluate
from clients.criteria.rules import STALE
from clients.models import Client, ClientStanding, CustomField, DuplicatePair, FactConfirmation, QualitySnapshot, Source, Touch
from clients.quality.figures import Figures, count_now
from clients.quality.history import sums_of
from clients.quality.measures import MEASURES
from crm.demo.drafts import ZONE, draft_client, registered_on
from crm.demo.numbers import tax_number
from crm.demo.twice import as_dialled, branch_of, in_latin, seen_before, without_accents, without_form
from crm.demo.weeks import WEEKS

TODAY = date(2026, 11, 24)
CLIENTS = 240


def demo(**options: Any) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


# --- drafts: a seed, a number, a day -------------------------------------------------------------


def test_a_seed_and_a_number_make_the_same_client_however_often() -> None:
    assert draft_client(1, 7, TODAY) == draft_client(1, 7, TODAY)
    assert draft_client(1, 7, TODAY) != draft_client(2, 7, TODAY)
    assert draft_client(1, 7, TODAY) != draft_client(1, 8, TODAY)


def test_a_client_moves_with_today() -> None:
    earlier, later = draft_client(1, 7, TODAY), draft_client(1, 7, TODAY + timedelta(days=7))
    assert later.data["full_name"] == earlier.data["full_name"]
    assert later.registered_at - earlier.registered_at == timedelta(days=7)


def test_nothing_has_happened_that_is_still_to_come_and_all_comes_in_order() -> None:
    for number in range(1, 400):
        draft = draft_client(1, number, TODAY)
        moments = [draft.registered_at, *(touch.at for touch in draft.touches)]
        changes = [draft.registered_at, *(change.at for change in draft.changes)]
        assert moments == sorted(moments)
        assert changes == sorted(changes)
        assert max(moments + changes).date() < TODAY
        assert all(touch.next_step_at is None or touch.next_step_at > touch.at for touch in draft.touches)
        if draft.archived:
            assert draft.registered_at <= draft.archived[0]
            assert draft.archived[0].date() < TODAY


def test_numbers_are_nobodys() -> None:
    themselves = [number for number in range(1, 2001) if not (seen_before(1, number) or branch_of(1, number))]
    phones = [phone for number in themselves for phone in draft_client(1, number, TODAY).data.get("phones", [])]
    kept_for_fiction = (
        r"\+33(19900|26191|35301|46571|53649|63998)\d{4}|\+44(20|\d{2,3})?\d*|\+7\d{3}(000|200)\d{4}|\+48\d+|\+49\d+|\+30\d+|\+81\d+"
    )
    assert all(re.fullmatch(kept_for_fiction, phone) for phone in phones)
    own = [draft_client(1, number, TODAY).data.get("phones", [""])[0] for number in themselves]
    often = [phone for phone, times in Counter(filter(None, own)).items() if times > 1]
    assert len(often) < 20
    assert tax_number("FR", 12)[:3] == "001"
    assert tax_number("RU", 12)[:4] == "0000"


def test_addresses_on_the_net_are_examples() -> None:
    for number in range(1, 600):
        draft = draft_client(1, number, TODAY)
        for email in [*draft.data.get("emails", []), *(mail for contact in draft.contacts for mail in contact["emails"])]:
            assert email.endswith(".example")
        assert re.fullmatch(r"(https://www\.[a-z0-9-]+\.example)?", draft.data.get("website", ""))


def test_one_in_a_hundred_is_entered_twice_by_another_hand() -> None:
    twice = {number: first for number in range(1, 2001) if (first := seen_before(1, number))}
    assert 15 <= len(twice) <= 30
    assert not any(seen_before(1, first) or branch_of(1, first) for first in twice.values())
    for number, first in twice.items():
        again, known = draft_client(1, number, TODAY), draft_client(1, first, TODAY)
        assert again.data["full_name"] != known.data["full_name"]
        assert (again.data["country"], again.data["city"]) == (known.data["country"], known.data["city"])
        assert again.registered_at > known.registered_at
        assert again.data["manager"] != known.data["manager"] or known.data["country"] == "JP"  # one manager alone speaks Japanese
    for number in range(1, 2001):
        if branch_of(1, number):
            assert draft_client(1, number, TODAY).other_because


def test_how_a_name_and_a_number_look_the_second_time() -> None:
    assert in_latin("ООО «Северный маяк»") == "Severnyy mayak OOO"
    assert without_form("ООО «Северный маяк»") == "Северный маяк"
    assert without_form("Menuiserie Corbière SARL") == "Menuiserie Corbière"
    assert without_accents("Établissements Corbière") == "Etablissements Corbiere"
    assert [as_dialled(one) for one in ("+33465710012", "+78120004080")] == ["04 65 71 00 12", "+7 812 000-40-80"]


# --- the company ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Any:
    """The demo company with a few clients, made once for the tests that only look at it."""
    from django.db import transaction

    with django_db_blocker.unblock():
        block = transaction.atomic()
        block.__enter__()
        try:
            demo(clients=CLIENTS)
            yield
        finally:
            transaction.set_rollback(True)
            block.__exit__(None, None, None)


@pytest.fixture
def kestrel(made: None, db: None) -> None:
    """The demo company, in the database of a test that only looks."""


def test_the_company_and_its_people_are_there(kestrel: None) -> None:
    company = Company.current()
    assert (company.name, company.currency, company.time_zone, company.region) == ("Kestrel Trading", "EUR", "Europe/Paris", "FR")
    assert {team.name: team.members.count() for team in Team.objects.all()} == {"North": 4, "South": 4}
    roles = Counter(user.role for user in User.objects.all())
    assert roles == {Role.MANAGER: 8, Role.MANAGEMENT: 1, Role.ADMINISTRATOR: 1}
    assert {"anna", "boris", "clara", "dmitri", "admin"} <= set(User.objects.values_list("username", flat=True))
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert Source.objects.filter(targeted=True).exists()
    assert Source.objects.filter(targeted=False).exists()
    assert {"price_list", "equipment_year"} <= set(CustomField.objects.values_list("key", flat=True))


def test_clients_come_in_their_number_in_several_scripts(kestrel: None) -> None:
    assert Client.objects.count() == CLIENTS
    names = " ".join(Client.objects.values_list("full_name", flat=True))
    for script in ("[a-z]", "[а-я]", "[α-ω]", "[àâéèêîôûç]", "[äöüß]"):
        assert re.search(script, names), script
    kinds = Counter(Client.objects.values_list("kind", flat=True))
    assert kinds["person"] > CLIENTS * 0.05
    assert set(Client.objects.values_list("lifecycle", flat=True)) == {"potential", "current", "former"}
    assert Client.objects.filter(archived_at__isnull=False).exists()
    assert Client.objects.filter(referrer__isnull=False).exists()
    assert Client.objects.filter(manager=None).exists()


def test_every_client_meets_what_is_required_but_for_what_grew_old_and_some_fall_short_of_the_rest(kestrel: None) -> None:
    criteria = criteria_in_force()
    assert criteria.rules
    complete: Counter[bool] = Counter()
    for client in Client.objects.select_related("standing").prefetch_related("contacts", "waivers"):
        outcome = evaluate(Record.of(client, list(client.contacts.all())), criteria, as_of=criteria.as_of)
        assert {one.code for one in outcome.required} <= {STALE}
        assert (client.standing.completeness, client.standing.required_missing) == (outcome.completeness, outcome.required_missing)
        complete[outcome.completeness == 100] += 1
    assert 0.4 < complete[True] / CLIENTS < 0.9


def test_touches_reach_over_two_years_in_the_language_of_the_client(kestrel: None) -> None:
    assert Touch.objects.count() > 3 * CLIENTS
    first, last = Touch.objects.order_by("at").first(), Touch.objects.order_by("at").last()
    assert first is not None
    assert last is not None
    assert last.at - first.at > timedelta(days=500)
    assert last.at < timezone.now()
    russian = Touch.objects.filter(client__country="RU").exclude(note="")
    assert all(re.search("[а-яё]", touch.note.lower()) for touch in russian)
    for client in Client.objects.exclude(last_touch_at=None):
        assert client.last_touch_at == client.touches.latest("at").at
    assert Client.objects.filter(next_step_at__lt=timezone.now()).exists()
    assert Client.objects.filter(next_step_at__gt=timezone.now()).exists()


def test_the_history_tells_changes_over_time_and_who_made_them(kestrel: None) -> None:
    event_model = apps.get_model("clients", "ClientEvent")
    changed = list(event_model.objects.select_related("pgh_context"))
    assert len(changed) > CLIENTS / 4
    assert all(event.pgh_context.metadata["user"] for event in changed)
    clients = Client.objects.in_bulk()
    assert all(clients[event.pgh_obj_id].created_at <= event.pgh_created_at < timezone.now() for event in changed)
    assert len({event.pgh_created_at.date() for event in changed}) > 20
    assert not apps.get_model("clients", "ContactEvent").objects.exists()  # dates alone leave no trace
    assert not apps.get_model("clients", "TouchEvent").objects.exists()
    made_on = timezone.localdate(timezone=ZONE)
    for client in Client.objects.all():
        registered = client.created_at.astimezone(ZONE).date()
        assert registered == registered_on(1, int(client.external_id.partition("-")[2]), made_on)
        assert client.updated_at <= timezone.now()
        assert all(contact.created_at == client.created_at for contact in client.contacts.all())


def test_data_quality_has_weeks_to_compare_and_pairs_to_look_at(kestrel: None) -> None:
    days = list(QualitySnapshot.objects.order_by("day").values_list("day", flat=True).distinct())
    assert [later - day for day, later in pairwise(days)] == [timedelta(days=7)] * WEEKS
    figures = [sums_of(day) for day in days]
    assert figures[-1] == sum(count_now().values(), Figures())
    assert figures[0].clients < figures[-1].clients
    assert figures[0].share("lacks_recommended") > figures[-1].share("lacks_recommended") > 0  # type: ignore[operator]
    for row in QualitySnapshot.objects.all():
        assert all(0 <= getattr(row, measure.key) <= row.clients for measure in MEASURES)
        assert row.required_points <= 100 * row.clients
    open_pairs, apart = (DuplicatePair.objects.filter(state=state) for state in ("open", "two_clients"))
    own = {pk: int(known.partition("-")[2]) for pk, known in Client.objects.values_list("pk", "external_id")}
    found = {frozenset((own[one.first_id], own[one.second_id])): one.score for one in open_pairs}
    twice = [frozenset((number, first)) for number in own.values() if (first := seen_before(1, number))]
    assert twice
    assert all(pair in found for pair in twice if not Client.objects.filter(pk__in=_archived(own, pair)).exists())
    assert max(found.values()) >= 95
    assert all(one.reason and one.decided_at and one.decided_at < timezone.now() - timedelta(days=1) for one in apart)


def _archived(own: dict[int, int], pair: frozenset[int]) -> list[int]:
    return [pk for pk in Client.objects.exclude(archived_at=None).values_list("pk", flat=True) if own[pk] in pair]


def test_some_facts_are_out_of_date_and_some_were_confirmed(kestrel: None) -> None:
    stale = ClientStanding.objects.filter(stale__gt=0).count()
    assert 0.02 < stale / CLIENTS < 0.4
    confirmed = FactConfirmation.objects.filter(touch=None)
    assert {"phone_or_email", "address"} >= set(confirmed.values_list("fact", flat=True)) != set()
    assert all(one.client.created_at < one.at < timezone.now() for one in confirmed.select_related("client"))


def test_more_are_added_and_none_twice(kestrel: None) -> None:
    before = dict(Client.objects.values_list("external_id", "pk"))
    assert "Nothing to add" in demo(clients=CLIENTS)
    assert "Nothing to add" in demo(clients=20)
    assert "Added 5 clients" in demo(clients=CLIENTS + 5)
    assert "Added 4 clients" in demo(clients=4, seed=9)
    assert Client.objects.count() == CLIENTS + 9
    assert before.items() <= dict(Client.objects.values_list("external_id", "pk")).items()
    assert User.objects.count() == 10
