"""One-time links and API tokens: secrets that stand for a user."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, Company, OneTimeToken, User
from accounts.tokens import (
    create_api_token,
    digest,
    find_api_token,
    make_one_time_token,
    make_sign_in_link,
    peek_one_time_token,
    revoke_api_token,
    use_one_time_token,
)
from tests.together import at_once

SIGN_IN, INVITATION = OneTimeToken.Purpose.SIGN_IN, OneTimeToken.Purpose.INVITATION


def make(user: User, purpose: OneTimeToken.Purpose = SIGN_IN) -> str:
    return make_one_time_token(user=user, purpose=purpose, lifetime=timedelta(minutes=15))


@pytest.fixture
def gleb(company: Company) -> User:
    """Gleb has been invited and has not come yet."""
    return User.objects.create_user("gleb", "gleb@kestrel.example", full_name="Gleb", is_active=False)


def test_the_database_keeps_the_digest_of_256_random_bits_only(anna: User) -> None:
    secret = make(anna)
    assert len(secret) == 43
    assert OneTimeToken.objects.get().digest == digest(secret)
    assert secret not in str(OneTimeToken.objects.values().get())


def test_a_link_works_once(anna: User) -> None:
    secret = make(anna)
    assert peek_one_time_token(secret=secret, purpose=SIGN_IN) == anna
    assert use_one_time_token(secret=secret, purpose=SIGN_IN) == anna
    assert use_one_time_token(secret=secret, purpose=SIGN_IN) is None
    assert peek_one_time_token(secret=secret, purpose=SIGN_IN) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_once_one_comes_in(anna: User) -> None:
    secret = make(anna)
    came = at_once(*(lambda: use_one_time_token(secret=secret, purpose=SIGN_IN) for _ in range(4)))
    assert sorted(came, key=str) == [anna, None, None, None]


def test_a_link_of_one_purpose_is_no_good_for_another(anna: User, gleb: User) -> None:
    assert use_one_time_token(secret=make(gleb, INVITATION), purpose=SIGN_IN) is None
    for active in (True, False):
        User.objects.filter(pk=anna.pk).update(is_active=active)
        assert use_one_time_token(secret=make(anna), purpose=INVITATION) is None
        assert use_one_time_token(secret=make(anna, INVITATION), purpose=SIGN_IN) is None


def test_an_invitation_is_spent_once_the_user_is_active(gleb: User) -> None:
    secret = make(gleb, INVITATION)
    User.objects.filter(pk=gleb.pk).update(is_active=True)
    assert use_one_time_token(secret=secret, purpose=INVITATION) is None


def test_a_link_expires(anna: User) -> None:
    secret = make(anna)
    assert use_one_time_token(secret=secret, purpose=SIGN_IN, now=timezone.now() + timedelta(minutes=15)) is None


def test_a_new_link_stops_the_earlier_one_of_its_purpose(anna: User, boris: User) -> None:
    first, of_boris = make(anna), make(boris)
    second = make(anna)
    assert use_one_time_token(secret=first, purpose=SIGN_IN) is None
    assert use_one_time_token(secret=second, purpose=SIGN_IN) == anna
    assert use_one_time_token(secret=of_boris, purpose=SIGN_IN) == boris


def test_a_deactivated_user_gets_in_by_no_link(anna: User) -> None:
    secret = make(anna)
    User.objects.filter(pk=anna.pk).update(is_active=False, deactivated_at=timezone.now())
    assert use_one_time_token(secret=secret, purpose=SIGN_IN) is None


@pytest.mark.parametrize("junk", ["", "\x00", "\ud800", "x" * 100_000, "' OR 1=1 --"])
def test_junk_is_no_secret(anna: User, junk: str) -> None:
    make(anna)
    assert use_one_time_token(secret=junk, purpose=SIGN_IN) is None
    assert find_api_token("seraph_" + junk) is None


def test_opening_a_sign_in_link_changes_nothing_and_its_button_signs_in(anna: User, client: Client) -> None:
    path = make_sign_in_link(anna).removeprefix("http://localhost:8000")
    for _ in range(3):
        page = client.get(path)
        assert page.status_code == 200
        assert "Anna Petrova" in page.content.decode()
        assert "_auth_user_id" not in client.session
    assert client.post(path).headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(anna.pk)

    stranger = Client()
    assert stranger.get(path).status_code == 410
    assert stranger.post(path).status_code == 410
    assert "_auth_user_id" not in stranger.session


def test_a_sign_in_link_ignores_the_host_of_the_request(anna: User, settings: object) -> None:
    settings.SITE_URL = "https://crm.kestrel.example/"  # type: ignore[attr-defined]
    assert make_sign_in_link(anna).startswith("https://crm.kestrel.example/sign-in/")


def test_an_api_token_is_found_by_its_key_until_it_is_revoked(anna: User, boris: User) -> None:
    token, key = create_api_token(user=anna, name="Spreadsheet", scope=ApiToken.Scope.READ)
    assert key not in str(ApiToken.objects.values().get())
    found = find_api_token(key)
    assert found is not None
    assert (found, found.user) == (token, anna)
    assert not revoke_api_token(user=boris, token_id=token.pk)
    assert revoke_api_token(user=anna, token_id=token.pk)
    assert find_api_token(key) is None


def test_an_api_token_of_a_deactivated_user_stops(anna: User) -> None:
    _token, key = create_api_token(user=anna, name="Spreadsheet", scope=ApiToken.Scope.READ)
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert find_api_token(key) is None


def test_the_use_of_an_api_token_is_noted_at_most_once_a_minute(anna: User, django_assert_num_queries: object) -> None:
    token, key = create_api_token(user=anna, name="Spreadsheet", scope=ApiToken.Scope.READ)
    start = timezone.now()
    for seconds, noted, queries in [(0, 0, 3), (30, 0, 1), (61, 61, 2)]:  # the first use of a day stands in the audit too
        with django_assert_num_queries(queries):  # type: ignore[operator]
            find_api_token(key, now=start + timedelta(seconds=seconds))
        token.refresh_from_db()
        assert token.last_used_at == start + timedelta(seconds=noted)


def test_the_commands_print_a_link_and_a_key(anna: User, client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("signin_link", "Anna")
    link = capsys.readouterr().out.strip()
    assert client.post(link.removeprefix("http://localhost:8000")).status_code == 302

    call_command("create_token", "anna", "--name", "Script", "--scope", "write")
    token = find_api_token(capsys.readouterr().out.strip())
    assert token is not None
    assert (token.user, token.name, token.scope) == (anna, "Script", "write")
    with pytest.raises(CommandError, match="has a token named Script already"):
        call_command("create_token", "anna", "--name", "Script")
    with pytest.raises(CommandError, match="There is no user nobody"):
        call_command("signin_link", "nobody")
