"""Signing in and out: who comes in, what a guesser learns and how often it may guess."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import Company, User

PASSWORD = "correct horse 42"
MISMATCH = "This e-mail or username and this password don’t belong together."
TOO_MANY = "Too many attempts."


def sign_in(client: Client, login: str, password: str = PASSWORD, **extra: Any) -> HttpResponse:
    data = {"login": login, "password": password, **extra.pop("data", {})}
    return client.post("/account/login/", data, **extra)  # type: ignore[return-value]


def signed_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


@pytest.mark.parametrize("name", ["anna", "ANNA", "anna@kestrel.example", "Anna@Kestrel.Example", "  anna "])
def test_a_user_signs_in_by_username_or_email(client: Client, anna: User, name: str) -> None:
    assert sign_in(client, name)["Location"] == "/"
    assert signed_in(client) == str(anna.pk)


def test_what_a_user_saw_is_in_no_cache_for_the_next_one(client: Client, anna: User) -> None:
    sign_in(client, "anna")
    for page in ("/clients/", "/settings/"):
        assert client.get(page)["Cache-Control"] == "private, no-cache"
    assert "Clear-Site-Data" not in client.get("/account/logout/")
    assert client.post("/account/logout/")["Clear-Site-Data"] == '"cache"'


def test_signing_out_ends_the_session_in_the_database(client: Client, anna: User) -> None:
    sign_in(client, "anna")
    key = client.session.session_key
    assert client.get("/account/logout/").status_code == 200
    assert signed_in(client) == str(anna.pk)  # GET changes nothing
    assert client.post("/account/logout/")["Location"] == "/account/login/"
    assert not Session.objects.filter(session_key=key).exists()
    assert signed_in(client) is None


def test_the_session_gets_a_new_key_at_sign_in(client: Client, anna: User) -> None:
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    planted = session.session_key
    sign_in(client, "anna")
    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_nobody_signs_up(client: Client, company: Company, anna: User) -> None:
    assert client.get("/account/signup/").status_code == 404
    answer = client.post(
        "/account/signup/", {"username": "mallory", "email": "m@evil.example", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert answer.status_code == 404
    assert User.objects.count() == 1
    assert "signup" not in client.get("/account/login/").content.decode()


def test_a_deactivated_user_does_not_come_in(client: Client, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert sign_in(client, "anna")["Location"] == "/account/inactive/"
    assert signed_in(client) is None
    assert client.get("/account/inactive/").status_code == 200


def test_a_session_ends_at_once_when_the_user_is_deactivated(client: Client, anna: User) -> None:
    sign_in(client, "anna")
    assert client.get("/settings/").status_code == 200
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert client.get("/settings/")["Location"].startswith("/account/login/")


# --- what a guesser learns ------------------------------------------------------------------------


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client: Client, anna: User) -> None:
    def answer(name: str) -> str:
        page = sign_in(Client(), name, "wrong horse 41")
        assert page.status_code == 200
        return re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', "", page.content.decode()).replace(name, "")

    known, unknown, by_mail, unknown_mail = map(answer, ["anna", "zoe", "anna@kestrel.example", "zoe@kestrel.example"])
    assert MISMATCH in known
    assert known == unknown
    assert by_mail == unknown_mail == known


def test_a_deactivated_user_with_a_wrong_password_gets_the_same_answer_too(client: Client, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert MISMATCH in sign_in(client, "anna", "wrong horse 41").content.decode()


def test_an_unknown_name_costs_a_hash_as_well(client: Client, anna: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the time of the answer would tell who exists."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def note(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", note)
    for name in ("anna", "zoe", "anna@kestrel.example", "zoe@kestrel.example"):
        hashed.clear()
        sign_in(Client(), name, "wrong horse 41")
        assert (name, "wrong horse 41" in hashed) == (name, True)


# --- how often it may guess -----------------------------------------------------------------------


def test_one_account_is_guessed_five_times_in_five_minutes_from_however_many_addresses(anna: User) -> None:
    names = ["anna", "ANNA", "anna@kestrel.example", " anna", "Anna@kestrel.example"]
    for number, name in enumerate(names):
        assert MISMATCH in sign_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), name, "wrong horse 41").content.decode()
    last = Client(REMOTE_ADDR="198.51.100.200")
    assert TOO_MANY in sign_in(last, "anna").content.decode()  # the right password is not looked at any more
    assert signed_in(last) is None


def test_another_port_in_the_host_header_is_no_fresh_set_of_attempts(anna: User) -> None:
    for number in range(5):
        sign_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), "anna", "wrong horse 41", headers={"Host": f"localhost:{number + 1}"})
    assert TOO_MANY in sign_in(Client(REMOTE_ADDR="198.51.100.9"), "anna", headers={"Host": "localhost:99"}).content.decode()


def test_other_accounts_are_not_locked_by_it(anna: User, boris: User) -> None:
    for number in range(6):
        sign_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), "anna", "wrong horse 41")
    assert sign_in(Client(REMOTE_ADDR="198.51.100.9"), "boris").status_code == 302


def test_one_address_guesses_at_ten_accounts_a_minute(anna: User) -> None:
    client = Client(REMOTE_ADDR="198.51.100.7")
    for number in range(10):
        sign_in(client, f"name{number}", "wrong horse 41")
    assert TOO_MANY in sign_in(client, "anna").content.decode()
    assert sign_in(Client(REMOTE_ADDR="198.51.100.8"), "anna").status_code == 302


def test_a_forged_x_forwarded_for_is_not_believed(anna: User) -> None:
    for number in range(10):
        sign_in(Client(REMOTE_ADDR="198.51.100.7"), f"name{number}", "wrong horse 41", headers={"X-Forwarded-For": f"203.0.113.{number}"})
    refused = sign_in(Client(REMOTE_ADDR="198.51.100.7"), "anna", headers={"X-Forwarded-For": "203.0.113.99"})
    assert TOO_MANY in refused.content.decode()


@pytest.fixture
def one_proxy(settings: Any) -> None:
    """One proxy of ours stands in front, as with TRUSTED_PROXIES=1."""
    settings.TRUSTED_PROXIES = 1
    settings.MIDDLEWARE = ["crm.middleware.ClientAddressMiddleware", *settings.MIDDLEWARE]


@pytest.mark.usefixtures("one_proxy")
def test_behind_a_proxy_of_ours_only_its_own_entry_is_believed(anna: User) -> None:
    for number in range(10):
        forwarded = f"203.0.113.{number}, 198.51.100.7"
        sign_in(Client(REMOTE_ADDR="10.0.0.1"), f"name{number}", "wrong horse 41", headers={"X-Forwarded-For": forwarded})
    refused = sign_in(Client(REMOTE_ADDR="10.0.0.1"), "anna", headers={"X-Forwarded-For": "203.0.113.99, 198.51.100.7"})
    assert TOO_MANY in refused.content.decode()
    assert sign_in(Client(REMOTE_ADDR="10.0.0.1"), "anna", headers={"X-Forwarded-For": "198.51.100.8"}).status_code == 302


@pytest.mark.usefixtures("one_proxy")
def test_a_junk_x_forwarded_for_does_no_harm(anna: User) -> None:
    assert sign_in(Client(), "anna", headers={"X-Forwarded-For": "' OR 1=1 --"}).status_code == 302


# --- where it leads -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\thttps://evil.example",
    ],
)
def test_next_leads_to_no_other_host(client: Client, anna: User, target: str) -> None:
    assert sign_in(client, "anna", data={"next": target})["Location"] == "/"
    page = Client()
    page.force_login(anna)
    assert page.get("/account/login/", {"next": target})["Location"] == "/"


def test_next_leads_back_to_where_one_was(client: Client, anna: User) -> None:
    assert sign_in(client, "anna", data={"next": "/settings/?x=1"})["Location"] == "/settings/?x=1"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example"])
def test_signing_out_leads_to_no_other_host(client: Client, anna: User, target: str) -> None:
    client.force_login(anna)
    assert client.post("/account/logout/", {"next": target})["Location"] == "/account/login/"


def test_a_request_from_another_site_is_refused(anna: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, "anna").status_code == 403


# --- what is noted --------------------------------------------------------------------------------


def test_the_device_is_noted_and_when_it_was_seen(client: Client, anna: User) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"
    sign_in(client, "anna", headers={"User-Agent": agent})
    session = UserSession.objects.get()
    assert (session.user_id, session.ip, session.user_agent) == (anna.pk, "127.0.0.1", agent)
    long_ago = timezone.now() - timedelta(days=9)
    UserSession.objects.update(last_seen_at=long_ago, ip="198.51.100.1")
    state = client.session
    state["seen_at"] = 0
    state.save()
    client.get("/settings/")
    session.refresh_from_db()
    assert session.last_seen_at > timezone.now() - timedelta(minutes=1)
    assert session.ip == "127.0.0.1"


def test_a_name_of_two_megabytes_or_with_nul_is_refused_in_words(client: Client, anna: User) -> None:
    assert sign_in(client, "x" * 2_000_000).status_code == 200
    assert sign_in(client, "anna", "x" * 2_000_000).status_code == 200
    assert sign_in(client, "an\x00na").status_code == 200
    assert signed_in(client) is None


def test_every_request_of_a_signed_in_user_asks_for_session_and_user_only(
    client: Client, anna: User, django_assert_num_queries: Any
) -> None:
    client.force_login(anna)
    client.get("/account/email/")  # notes the device
    with django_assert_num_queries(2):
        client.get("/account/email/")
