"""The Django admin: its own door is closed, and there is nothing in it to change."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import Company, User


def test_its_sign_in_is_the_one_of_seraph(db: None, client: Client, company: Company, admin: User) -> None:
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/account/login/?next=%2Fadmin%2F"
    answer = client.post("/admin/login/", {"username": "admin", "password": "correct horse 42"})
    assert answer["Location"].startswith("/account/login/")
    assert "_auth_user_id" not in client.session


def test_the_administrator_comes_in_and_changes_nothing(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert client.get("/admin/").status_code == 200
    role = Group.objects.get(name="Manager")
    address = f"/admin/auth/group/{role.pk}/change/"
    assert client.get(address).status_code == 200
    before = list(role.permissions.values_list("pk", flat=True))
    assert client.post(address, {"name": "Manager", "permissions": []}).status_code == 403
    assert client.post(f"/admin/auth/group/{role.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/auth/group/add/").status_code == 403
    assert list(role.permissions.values_list("pk", flat=True)) == before


def test_a_password_is_changed_where_wrong_guesses_are_counted(client: Client, admin: User) -> None:
    client.force_login(admin)
    passwords = {"old_password": "correct horse 42", "new_password1": "another horse 43", "new_password2": "another horse 43"}
    assert client.post("/admin/password_change/", passwords)["Location"] == "/account/password/change/"
    admin.refresh_from_db()
    assert admin.check_password("correct horse 42")


@pytest.mark.parametrize("query", ["name__regex=(", "name=%00", "permissions__codename__startswith=a"])
def test_the_address_asks_nothing_of_the_database(client: Client, admin: User, query: str) -> None:
    client.force_login(admin)
    assert client.get(f"/admin/auth/group/?{query}").status_code == 400


def test_no_address_leads_to_any_row(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert client.get("/admin/r/1/%00/", follow=True).status_code == 404


@pytest.mark.parametrize(
    "address", ["/admin/accounts/user/", "/admin/mfa/authenticator/", "/admin/account/emailaddress/", "/admin/usersessions/usersession/"]
)
def test_people_and_their_secrets_are_not_there(client: Client, admin: User, address: str) -> None:
    client.force_login(admin)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("who", ["eve", "anna", "dmitri"])
def test_nobody_else_comes_in(client: Client, who: str, request: pytest.FixtureRequest) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get("/admin/auth/group/", follow=True).status_code == 403


def test_whoever_is_no_administrator_any_more_is_out(client: Client, admin: User, dmitri: User) -> None:
    from accounts.roles import Role

    dmitri.set_role(Role.ADMINISTRATOR)
    client.force_login(dmitri)
    assert client.get("/admin/").status_code == 200
    dmitri.set_role(Role.MANAGEMENT)
    assert client.get("/admin/", follow=True).status_code == 403
