"""The first run: whoever comes first makes the administrator and the company, once."""

from typing import Any

import pytest
from django.test import Client

from accounts import first_run
from accounts.models import Company, State, User
from accounts.roles import Role
from reminders.models import ReminderRule
from tests.together import at_once

FIELDS = {
    "company_name": "Kestrel Trading",
    "region": "FR",
    "currency": "EUR",
    "time_zone": "Europe/Paris",
    "language": "fr",
    "full_name": "Agathe Roux",
    "email": "Agathe@Kestrel.example",
    "username": "agathe",
    "password": "battery staple 43",
}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_run, "_over", False)


def test_every_page_leads_to_it_while_nobody_is_there(db: None, client: Client) -> None:
    for path in ("/", "/account/login/", "/users/", "/admin/", "/invitation/x/", "/nowhere/"):
        assert client.get(path)["Location"] == "/setup/"
    assert client.get("/setup/").status_code == 200
    assert client.post("/language/", {"language": "ru", "next": "/setup/"})["Location"] == "/setup/"


def test_it_makes_the_company_and_the_administrator_and_signs_in(db: None, client: Client) -> None:
    assert client.post("/setup/", FIELDS)["Location"] == "/"
    company, user = Company.objects.get(), User.objects.get()
    assert (company.name, company.region, company.currency, company.time_zone, company.language) == (
        "Kestrel Trading",
        "FR",
        "EUR",
        "Europe/Paris",
        "fr",
    )
    assert (user.full_name, user.email, user.username, user.role, user.state) == (
        "Agathe Roux",
        "agathe@kestrel.example",
        "agathe",
        Role.ADMINISTRATOR,
        State.ACTIVE,
    )
    assert (user.language, user.time_zone, user.is_superuser) == ("fr", "Europe/Paris", False)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.get("/users/").status_code == 200


def test_it_offers_what_to_begin_with_and_switches_on_what_is_ticked(db: None, client: Client) -> None:
    page = client.get("/setup/").text
    assert "Reminders to begin with" in page
    assert "after the first purchase" in page

    client.post("/setup/", {**FIELDS, "begin_rules": ["renewal", "quiet"]})

    assert set(ReminderRule.objects.filter(active=True).values_list("shipped", flat=True)) == {"renewal", "quiet"}


@pytest.mark.parametrize("chosen", [[], ["nonsense"]])
def test_nothing_begins_that_was_not_offered_and_ticked(db: None, client: Client, chosen: list[str]) -> None:
    client.post("/setup/", {**FIELDS, "begin_rules": chosen})

    assert not ReminderRule.objects.filter(active=True).exists()
    assert Company.objects.exists() == (not chosen)


def test_afterwards_it_is_not_there(db: None, client: Client) -> None:
    client.post("/setup/", FIELDS)
    for visitor in (client, Client()):
        assert visitor.get("/setup/").status_code == 404
        assert visitor.post("/setup/", {**FIELDS, "username": "mallory", "email": "m@evil.example"}).status_code == 404
    assert User.objects.count() == 1


def test_a_deactivated_user_is_enough_to_close_it(client: Client, anna: User) -> None:
    User.objects.update(is_active=False)
    assert client.get("/setup/").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company_name", ""),
        ("company_name", "x" * 201),
        ("currency", "XXX"),
        ("region", "'; --"),
        ("time_zone", "../../etc/passwd"),
        ("language", "de"),
        ("email", "nobody"),
        ("username", "a@b"),
        ("username", "a b"),
        ("password", "short"),
        ("password", "agathe@kestrel"),
        ("full_name", "\0"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(db: None, client: Client, field: str, value: str) -> None:
    page = client.post("/setup/", {**FIELDS, field: value})
    assert page.status_code == 200
    assert field in page.context["form"].errors
    assert not User.objects.exists()
    assert not Company.objects.exists()


def test_once_there_is_a_user_nothing_is_asked_any_more(client: Client, anna: User, django_assert_num_queries: Any) -> None:
    client.get("/account/login/")
    with django_assert_num_queries(1):  # the name of the company
        client.get("/account/login/")


@pytest.mark.django_db(transaction=True)
def test_of_two_visitors_at_once_one_becomes_administrator() -> None:
    from accounts.services.company import AlreadySetUp, set_up_company

    company = {"name": "K", "region": "FR", "currency": "EUR", "time_zone": "Europe/Paris", "language": "en"}

    def come(name: str) -> None:
        set_up_company(company=company, full_name="X", email=f"{name}@b.example", username=name, password="battery staple 43")

    came = at_once(lambda: come("x0"), lambda: come("x1"))
    assert {type(one) for one in came} == {AlreadySetUp, type(None)}
    assert User.objects.count() == Company.objects.count() == 1
