"""The company's settings and its teams."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Company, Team, User
from accounts.roles import Role
from accounts.services import company as services
from tests.conftest import make_user

FIELDS = {
    "name": "Kestrel & Fils",
    "currency": "CHF",
    "region": "CH",
    "time_zone": "Europe/Zurich",
    "language": "fr",
    "second_factor_roles": ["Management"],
    "team_may_edit": "on",
}


@pytest.fixture
def office(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def test_the_administrator_changes_the_company(office: Client) -> None:
    assert office.post("/company/", FIELDS)["Location"] == "/company/"
    company = Company.current()
    assert (company.name, company.currency, company.region, company.time_zone, company.language) == (
        "Kestrel & Fils",
        "CHF",
        "CH",
        "Europe/Zurich",
        "fr",
    )
    assert (company.second_factor_roles, company.team_may_edit) == (["Management"], True)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("currency", "DEM"), ("region", "XX"), ("time_zone", "x"), ("language", "de"), ("second_factor_roles", ["root"])],
)
def test_what_is_wrong_is_said(office: Client, field: str, value: Any) -> None:
    page = office.post("/company/", {**FIELDS, field: value})
    assert field in page.context["form"].errors
    assert Company.current().name == "Kestrel Trading"


def test_names_of_countries_and_currencies_are_in_the_readers_language(office: Client, admin: User) -> None:
    User.objects.filter(pk=admin.pk).update(language="ru")
    page = office.get("/company/").content.decode()
    assert "Франция" in page
    assert "EUR, евро" in page


@pytest.mark.parametrize("who", ["anna", "dmitri", "eve"])
def test_the_services_refuse_whoever_may_not(who: str, north: Team, request: pytest.FixtureRequest) -> None:
    by = request.getfixturevalue(who)
    for act in (
        lambda: services.change_company(by=by, changes={"name": "Mine"}),
        lambda: services.save_team(by=by, name="Mine"),
        lambda: services.save_team(by=by, team_id=north.pk, name="Mine"),
        lambda: services.remove_team(by=by, team_id=north.pk),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert Company.current().name == "Kestrel Trading"
    assert list(Team.objects.values_list("name", flat=True)) == (["North"])


def test_teams_are_made_renamed_and_removed(office: Client, anna: User) -> None:
    office.post("/teams/", {"name": "East"})
    assert "There is a team of this name." in office.post("/teams/", {"name": "East"}).content.decode()
    north = anna.team
    assert north is not None
    office.post(f"/teams/{north.pk}/", {"name": "Far North"})
    assert set(Team.objects.values_list("name", flat=True)) == {"East", "Far North"}
    office.post(f"/teams/{north.pk}/remove/")
    anna.refresh_from_db()
    assert anna.team is None


def test_a_team_made_twice_at_once_is_one_team(office: Client, north: Team, south: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.forms.people.TeamForm.validate_unique", lambda form: None)  # it saw no other yet
    for path in ("/teams/", f"/teams/{south.pk}/"):
        assert "already exists" in office.post(path, {"name": "North"}).content.decode()
    assert set(Team.objects.values_list("name", flat=True)) == {"North", "South"}


def test_the_teams_ask_the_same_for_one_and_for_many(office: Client, north: Team) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            office.get("/teams/")
        return len(queries)

    office.get("/teams/")
    make_user("one", "One", Role.MANAGER, north)
    one = asked()
    for number in range(3):
        team = Team.objects.create(name=f"Team {number}")
        make_user(f"user{number}", f"User {number}", Role.MANAGER, team)
    assert asked() == one
