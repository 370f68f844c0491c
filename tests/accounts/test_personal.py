"""One's own settings: language and theme at once, tokens shown once, devices, and no rights to be had."""

import re
from datetime import time
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, User
from accounts.tokens import create_api_token, find_api_token

SETTINGS = {
    "full_name": "Anna Petrova",
    "time_zone": "Asia/Tbilisi",
    "language": "fr",
    "theme": "dark",
    "work_from": "08:30",
    "work_until": "17:00",
    "work_days": ["1", "2", "7"],
    "letter_keys": "",
}


def enter(user: User, **extra: Any) -> Client:
    """Sign in by the page, so that the device is noted."""
    client = Client(**extra)
    client.post("/account/login/", {"login": user.username, "password": "correct horse 42"})
    return client


def save(client: Client, **changes: Any) -> HttpResponse:
    return client.post("/settings/", {**SETTINGS, **changes})  # type: ignore[return-value]


def test_language_and_theme_stand_from_the_next_page_on(anna: User) -> None:
    client = enter(anna)
    assert save(client)["Location"] == "/settings/"
    page = client.get("/settings/").content.decode()
    assert '<html lang="fr"' in page
    assert 'data-theme="dark"' in page
    anna.refresh_from_db()
    assert (anna.time_zone, anna.work_from, anna.work_until, anna.work_days) == ("Asia/Tbilisi", time(8, 30), time(17), [1, 2, 7])
    assert not anna.letter_keys
    save(client, theme="system")
    anna.refresh_from_db()
    assert anna.theme == ""


def test_only_what_changed_is_written(anna: User) -> None:
    client = enter(anna)
    save(client)
    User.objects.filter(pk=anna.pk).update(full_name="Changed by the administrator meanwhile")
    save(client, full_name="Changed by the administrator meanwhile", theme="light")
    with CaptureQueriesContext(connection) as queries:
        save(client, full_name="Changed by the administrator meanwhile", theme="dark")
    written = [query["sql"].partition('UPDATE "accounts_user" SET ')[2] for query in queries if 'UPDATE "accounts_user"' in query["sql"]]
    assert len(written) == 1
    assert written[0].startswith("\"theme\" = 'dark' WHERE")


def test_no_rights_are_to_be_had_here(anna: User) -> None:
    forbidden = {
        "is_staff": "on",
        "is_superuser": "on",
        "team": "",
        "email": "x@evil.example",
        "username": "root",
        "password": "x",
        "is_active": "",
        "session_stamp": "x",
        "deactivated_at": "2026-01-01",
        "id": "1",
    }
    before = User.objects.filter(pk=anna.pk).values(*forbidden).get()
    assert save(enter(anna), role="Administrator", groups=["1", "2", "3"], **forbidden).status_code == 302
    assert User.objects.filter(pk=anna.pk).values(*forbidden).get() == before
    assert [group.name for group in anna.groups.all()] == ["Manager"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", ""),
        ("full_name", "x" * 151),
        ("time_zone", "Mars/Base"),
        ("time_zone", "'; DROP TABLE accounts_user; --"),
        ("language", "de"),
        ("theme", "pink"),
        ("work_until", "08:00"),
        ("work_from", "25:00"),
        ("work_days", ["8"]),
        ("work_days", []),
    ],
)
def test_what_is_wrong_is_said(anna: User, field: str, value: Any) -> None:
    page = save(enter(anna), **{field: value})
    assert page.status_code == 200
    assert field in page.context["form"].errors  # type: ignore[attr-defined]
    anna.refresh_from_db()
    assert anna.time_zone == "Europe/Paris"


def test_the_theme_switch_keeps_its_choice(anna: User) -> None:
    client = enter(anna)
    assert client.post("/settings/theme/", {"theme": "dark"}).status_code == 204
    assert client.post("/settings/theme/", {"theme": "pink"}).status_code == 422
    anna.refresh_from_db()
    assert anna.theme == "dark"


# --- tokens ---------------------------------------------------------------------------------------


def test_a_token_is_shown_once(anna: User) -> None:
    client = enter(anna)
    page = client.post("/settings/tokens/", {"name": "Spreadsheet", "scope": "read"})
    key = re.search(r"seraph_[\w-]{43}", page.content.decode())
    assert key
    assert "no-store" in page["Cache-Control"]
    found = find_api_token(key[0])
    assert found is not None
    assert (found.user, found.name, found.scope) == (anna, "Spreadsheet", "read")
    later = client.get("/settings/").content.decode()
    assert "Spreadsheet" in later
    assert "seraph_" not in later


def test_two_living_tokens_don_t_share_a_name(anna: User) -> None:
    client = enter(anna)
    client.post("/settings/tokens/", {"name": "Script", "scope": "read"})
    page = client.post("/settings/tokens/", {"name": "Script", "scope": "write"})
    assert page.status_code == 422
    assert "You have a token of this name." in page.content.decode()
    client.post(f"/settings/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert client.post("/settings/tokens/", {"name": "Script", "scope": "write"}).status_code == 200


def test_whoever_signed_in_long_ago_proves_it_again_before_a_token_is_made(anna: User) -> None:
    with time_machine.travel("2026-11-20T08:00Z", tick=False):
        client = enter(anna)
    with time_machine.travel("2026-11-20T08:06Z", tick=False):
        answer = client.post("/settings/tokens/", {"name": "Script", "scope": "write"})
        assert answer["Location"] == "/account/reauthenticate/?next=%2Fsettings%2Ftokens%2F"
        assert not ApiToken.objects.exists()
        page = client.post("/account/reauthenticate/", {"password": "correct horse 42", "next": "/settings/tokens/"})
        assert "seraph_" in page.content.decode()  # what was asked for is done now, without asking for it again


def test_a_token_of_somebody_else_is_not_there(anna: User, boris: User) -> None:
    token, key = create_api_token(user=boris, name="Script", scope=ApiToken.Scope.READ)
    assert enter(anna).post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    assert find_api_token(key) is not None


def test_a_scope_that_does_not_exist_is_refused(anna: User) -> None:
    assert enter(anna).post("/settings/tokens/", {"name": "Script", "scope": "admin"}).status_code == 422
    assert not ApiToken.objects.exists()


# --- devices --------------------------------------------------------------------------------------


def test_the_devices_are_listed_this_one_first(anna: User) -> None:
    here = enter(anna, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    enter(anna, headers={"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Mobile Safari/604.1"})
    devices = here.get("/settings/").context["devices"]
    assert [(device["name"], device["here"], device["handheld"]) for device in devices] == [
        ("Firefox, Linux", True, False),
        ("Safari, iPhone", False, True),
    ]


def test_one_device_is_signed_out(anna: User) -> None:
    here, there = enter(anna), enter(anna)
    session = UserSession.objects.get(session_key=there.session.session_key)
    here.post(f"/settings/devices/{session.pk}/sign-out/")
    assert there.get("/settings/").status_code == 302
    assert here.get("/settings/").status_code == 200


def test_signing_out_everywhere_else_leaves_this_device(anna: User, boris: User) -> None:
    here, there, third, other = enter(anna), enter(anna), enter(anna), enter(boris)
    here.post("/settings/devices/sign-out/")
    assert [client.get("/settings/").status_code for client in (here, there, third, other)] == [200, 302, 302, 200]
    assert UserSession.objects.filter(user=anna).count() == 1


def test_a_device_of_somebody_else_is_not_there(anna: User, boris: User) -> None:
    theirs = enter(boris)
    session = UserSession.objects.get(user=boris)
    assert enter(anna).post(f"/settings/devices/{session.pk}/sign-out/").status_code == 404
    assert theirs.get("/settings/").status_code == 200


def test_the_page_asks_the_same_for_one_token_and_for_many(anna: User) -> None:
    client = enter(anna)

    def asked() -> int:
        client.get("/settings/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/settings/")
        return len(queries)

    create_api_token(user=anna, name="0", scope=ApiToken.Scope.READ)
    one = asked()
    for number in range(1, 5):
        create_api_token(user=anna, name=str(number), scope=ApiToken.Scope.READ)
    assert asked() == one
    assert one <= 14


# --- the language before anybody signed in --------------------------------------------------------


def test_the_language_is_chosen_before_signing_in_by_post_only(anna: User) -> None:
    client = Client()
    assert '<html lang="ru"' in client.get("/account/login/", headers={"Accept-Language": "ru"}).content.decode()
    assert client.get("/language/?language=fr").status_code == 405
    assert client.post("/language/", {"language": "fr", "next": "/account/login/"})["Location"] == "/account/login/"
    assert '<html lang="fr"' in client.get("/account/login/", headers={"Accept-Language": "ru"}).content.decode()


def test_the_users_own_language_is_stronger_than_the_cookie(anna: User) -> None:
    client = enter(anna)
    client.cookies["django_language"] = "fr"
    assert '<html lang="en"' in client.get("/settings/").content.decode()
    client.post("/language/", {"language": "ru", "next": "/settings/"})
    assert '<html lang="ru"' in client.get("/settings/").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_choice_of_language_leads_to_no_other_host(db: None, anna: User, target: str) -> None:
    assert Client().post("/language/", {"language": "fr", "next": target})["Location"] == "/"


@pytest.mark.parametrize("language", ["de", "../../x", "", "fr\r\nSet-Cookie: x=1"])
def test_an_unknown_language_changes_nothing(anna: User, language: str) -> None:
    client = enter(anna)
    client.post("/language/", {"language": language, "next": "/settings/"})
    assert "django_language" not in client.cookies
    anna.refresh_from_db()
    assert anna.language == "en"
