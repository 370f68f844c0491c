"""Authenticator apps, recovery codes, passkeys; roles that must use one, and every way around it."""

import json
import time
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.fernet import InvalidToken
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from accounts.models import ApiToken, Company, User
from accounts.roles import Role
from accounts.tokens import create_api_token, find_api_token, make_sign_in_link

PASSWORD = "correct horse 42"


def code(secret: str) -> str:
    """What an authenticator app shows now."""
    counter = int(time.time()) // 30
    shown: str = format_hotp_value(hotp_value(secret, counter))
    return shown


def with_app(user: User) -> str:
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def password_step(client: Client) -> HttpResponse:
    return client.post("/account/login/", {"login": "anna", "password": PASSWORD})  # type: ignore[return-value]


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- setting one up -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)  # the notice goes out after the commit
def test_an_app_is_set_up_with_the_code_that_it_shows(client: Client, anna: User) -> None:
    password_step(client)
    page = client.get("/account/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert "<svg" in page.content.decode()
    assert "data:" not in page.content.decode().replace('data:"', "")  # the CSP would refuse the image
    assert "This code is not right" in client.post("/account/2fa/totp/activate/", {"code": "000000"}).content.decode()
    assert client.post("/account/2fa/totp/activate/", {"code": code(secret)})["Location"] == "/account/2fa/recovery-codes/"
    assert client.get("/account/2fa/recovery-codes/").content.decode().count("<li><code>") == 10
    assert (
        client.get("/account/2fa/recovery-codes/download/").content.decode().split()
        == RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    )
    assert mail.outbox[-1].subject == "Authenticator app turned on"


def test_its_seed_is_sealed_in_the_database(anna: User, settings: Any) -> None:
    secret = with_app(anna)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
    with pytest.raises(InvalidToken):
        Authenticator.objects.get(type="totp").wrap().validate_code(code(secret))
    settings.SECRET_KEY_FALLBACKS = [old]
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code(secret))


def test_whoever_signed_in_long_ago_proves_it_again_first(client: Client, anna: User) -> None:
    with time_machine.travel("2026-11-20T08:00Z", tick=False):
        password_step(client)
        assert client.get("/account/2fa/totp/activate/").status_code == 200
    with time_machine.travel("2026-11-20T08:06Z", tick=False):
        assert client.get("/account/2fa/totp/activate/")["Location"].startswith("/account/reauthenticate/")
        assert "This is not your password." in client.post("/account/reauthenticate/", {"password": "wrong horse"}).content.decode()
        client.post("/account/reauthenticate/", {"password": PASSWORD})
        assert client.get("/account/2fa/totp/activate/").status_code == 200


# --- signing in with it ---------------------------------------------------------------------------


def test_the_password_alone_does_not_sign_in(client: Client, anna: User) -> None:
    secret = with_app(anna)
    assert password_step(client)["Location"] == "/account/2fa/authenticate/"
    assert not is_in(client)
    for path in ("/settings/", "/admin/", "/account/2fa/", "/account/password/change/"):
        assert client.get(path)["Location"].startswith(("/account/login/", "/admin/login/"))
    assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not is_in(client)
    assert client.post("/account/2fa/authenticate/", {"code": code(secret)})["Location"] == "/"
    assert is_in(client)


@pytest.mark.parametrize("seconds", [0, 25, 40])
def test_a_code_is_good_once_as_long_as_it_lives(client: Client, anna: User, seconds: int) -> None:
    secret = with_app(anna)
    second = Client()
    with time_machine.travel("2026-11-20T08:00:05Z", tick=False) as clock:
        shown = code(secret)
        password_step(client)
        client.post("/account/2fa/authenticate/", {"code": shown})
        assert is_in(client)
        clock.shift(seconds)
        password_step(second)
        if seconds > 30:  # the clock of the cache stands still: let it forget what allauth would have forgotten
            cache.delete(f"allauth.mfa.totp.used?user={anna.pk}&code={shown}")
        second.post("/account/2fa/authenticate/", {"code": f"{shown[:3]} {shown[3:]}"})
        assert not is_in(second)
        clock.shift(60)
        second.post("/account/2fa/authenticate/", {"code": code(secret)})
        assert is_in(second)


def test_a_recovery_code_is_good_once(client: Client, anna: User) -> None:
    with_app(anna)
    recovery = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]
    password_step(client)
    client.post("/account/2fa/authenticate/", {"code": recovery})
    assert is_in(client)
    second = Client()
    password_step(second)
    second.post("/account/2fa/authenticate/", {"code": recovery})
    assert not is_in(second)


def test_codes_are_guessed_five_times_in_five_minutes(anna: User) -> None:
    secret = with_app(anna)
    for number in range(5):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        password_step(client)
        assert "This code is not right" in client.post("/account/2fa/authenticate/", {"code": "000000"}).content.decode()
    client = Client(REMOTE_ADDR="198.51.100.99")
    password_step(client)
    assert "Too many attempts" in client.post("/account/2fa/authenticate/", {"code": code(secret)}).content.decode()
    assert not is_in(client)


def test_a_sign_in_link_does_not_step_around_it(client: Client, anna: User) -> None:
    secret = with_app(anna)
    path = make_sign_in_link(anna).removeprefix("http://localhost:8000")
    assert client.post(path)["Location"] == "/account/2fa/authenticate/"
    assert not is_in(client)
    client.post("/account/2fa/authenticate/", {"code": code(secret)})
    assert is_in(client)


def test_a_new_password_does_not_step_around_it(client: Client, anna: User) -> None:
    from tests.accounts.test_password import ask, follow, link

    with_app(anna)
    ask()
    follow(link(), client)
    assert not is_in(client)
    assert client.post("/account/login/", {"login": "anna", "password": "battery staple 43"})["Location"] == "/account/2fa/authenticate/"


def test_the_step_can_be_left(client: Client, anna: User) -> None:
    with_app(anna)
    password_step(client)
    assert client.post("/account/logout/", {"next": "/account/login/"})["Location"] == "/account/login/"
    assert client.get("/account/login/").status_code == 200


def forged(**parts: Any) -> str:
    response = {"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA", "userHandle": "MQ"}
    return json.dumps({"type": "public-key", "id": "AAAA", "rawId": "AAAA", "response": response, **parts})


FORGED = [
    *("", "{}", "[]", "null", "1", '"x"', "{", "0", "0e9", "false", "9" * 5_000, "[" * 100_000),
    forged(),
    forged(rawId=None),
    forged(id="\0"),
    forged(response={}),
    forged(response=[]),
    forged(response={"userHandle": "AAAA"}),
    forged(response={"userHandle": 5}),
    forged(response={"clientDataJSON": "!", "authenticatorData": "!", "signature": "!", "userHandle": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"}),
    forged(response={"attestationObject": "AAAA", "clientDataJSON": "e30"}),
]


@pytest.mark.parametrize("credential", FORGED)
def test_a_forged_passkey_is_refused(client: Client, anna: User, credential: str) -> None:
    client.get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"})
    answer = client.post("/account/2fa/webauthn/login/", {"credential": credential})
    assert answer["Location"] == "/account/login/"
    assert not is_in(client)

    with_app(anna)
    password_step(client)
    assert client.post("/account/2fa/authenticate/", {"credential": credential}).status_code == 200
    assert not is_in(client)


@pytest.mark.parametrize("credential", FORGED)
def test_a_forged_new_passkey_is_not_kept(client: Client, anna: User, credential: str) -> None:
    password_step(client)
    client.get("/account/2fa/webauthn/add/")
    assert client.post("/account/2fa/webauthn/add/", {"name": "Mine", "passwordless": "on", "credential": credential}).status_code == 200
    assert not Authenticator.objects.exists()


# --- roles that must use one ----------------------------------------------------------------------


@pytest.fixture
def strict(company: Company) -> Company:
    company.second_factor_roles = [Role.MANAGER, Role.ADMINISTRATOR]
    company.save()
    return company


def test_whoever_must_use_one_sets_it_up_before_anything_else(client: Client, strict: Company, anna: User, admin: User) -> None:
    client.force_login(anna)
    for path in ("/", "/settings/", "/users/"):
        assert client.get(path)["Location"] == "/account/2fa/"
    assert "Your company asks your role for a second factor" in client.get("/account/2fa/").content.decode()
    assert client.post("/settings/theme/", {"theme": "dark"}, headers={"HX-Request": "true"})["HX-Redirect"] == "/account/2fa/"
    with_app(anna)
    assert client.get("/settings/").status_code == 200
    client.force_login(admin)
    assert client.get("/admin/")["Location"] == "/account/2fa/"


def test_other_roles_go_on_without(client: Client, strict: Company, dmitri: User, eve: User) -> None:
    for user in (dmitri, eve):
        client.force_login(user)
        assert client.get("/settings/").status_code == 200


def test_recovery_codes_alone_are_no_second_factor(client: Client, strict: Company, anna: User) -> None:
    RecoveryCodes.activate(anna)
    client.force_login(anna)
    assert client.get("/settings/")["Location"] == "/account/2fa/"


def test_the_api_opens_to_such_a_user_with_a_second_factor_only(strict: Company, anna: User, dmitri: User) -> None:
    _token, key = create_api_token(user=anna, name="Script", scope=ApiToken.Scope.READ)
    _token, other = create_api_token(user=dmitri, name="Script", scope=ApiToken.Scope.READ)
    assert find_api_token(key) is None
    assert find_api_token(other) is not None
    with_app(anna)
    assert find_api_token(key) is not None


def test_the_last_one_stays(client: Client, strict: Company, anna: User) -> None:
    secret = with_app(anna)
    password_step(client)
    client.post("/account/2fa/authenticate/", {"code": code(secret)})
    page = client.post("/account/2fa/totp/deactivate/")
    assert "Add another one first" in page.content.decode()
    assert Authenticator.objects.filter(user=anna, type="totp").exists()

    key = WebAuthn.add(anna, "Laptop", {}).instance
    assert client.post("/account/2fa/totp/deactivate/")["Location"] == "/account/2fa/"
    assert client.post(f"/account/2fa/webauthn/keys/{key.pk}/remove/")["Location"] == "/account/2fa/webauthn/"
    assert Authenticator.objects.filter(user=anna, type="webauthn").exists()


def test_whoever_need_not_may_turn_it_off(client: Client, anna: User) -> None:
    secret = with_app(anna)
    password_step(client)
    client.post("/account/2fa/authenticate/", {"code": code(secret)})
    client.post("/account/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=anna).exists()
    assert mail.outbox[-1].subject == "Authenticator app turned off"


def test_a_passkey_of_somebody_else_is_not_there(client: Client, anna: User, boris: User) -> None:
    key = WebAuthn.add(boris, "Laptop", {}).instance
    password_step(client)
    for act in ("edit", "remove"):
        assert client.get(f"/account/2fa/webauthn/keys/{key.pk}/{act}/").status_code == 404
        assert client.post(f"/account/2fa/webauthn/keys/{key.pk}/{act}/", {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()
