"""Every address says who may open it, and it is so."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.access import Access, declared, public, requires
from accounts.models import User


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":  # each page of Django's admin site asks the site itself (test_admin.py)
                yield from addresses(pattern.url_patterns, f"{prefix}{pattern.pattern}")
        else:
            yield f"{prefix}{pattern.pattern}", pattern


def test_every_view_declares_who_may_open_it() -> None:
    silent = [address for address, pattern in addresses(get_resolver().url_patterns) if declared(pattern.callback) is None]
    assert silent == []


def test_what_is_open_to_everybody_is_this_and_nothing_else() -> None:
    """A new public address must be added here, so that somebody thinks about it."""
    access = {address: declared(pattern.callback) for address, pattern in addresses(get_resolver().url_patterns)}
    opened = {address for address, declaration in access.items() if declaration is not None and declaration.public}
    assert {address for address in opened if not address.startswith("api/")} - {"healthz", "readyz", "metrics"} == {
        "account/login/",
        "account/logout/",
        "account/inactive/",
        "account/signup/",
        "account/password/reset/",
        "account/password/reset/done/",
        "account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        "account/password/reset/key/done/",
        "account/2fa/authenticate/",
        "account/2fa/webauthn/login/",
        "language/",
        "sign-in/<str:secret>/",
        "invitation/<str:secret>/",
        "setup/",
        "calendar/feed/<str:secret>.ics",
        "sw.js",
    }


@requires("accounts.manage_users")
def users_only(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse("the users")


@requires()
def anybody(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse("your page")


def silent(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse("for whom?")


def ask(user: object, path: str = "/users/?state=invited", view: object = users_only, method: str = "get", **headers: str) -> HttpResponse:
    request = getattr(RequestFactory(), method)(path, headers=headers)
    request.user = user
    return view(request)  # type: ignore[operator, no-any-return]


@pytest.fixture
def nobody() -> object:
    from django.contrib.auth.models import AnonymousUser

    return AnonymousUser()


def test_a_declaration_can_be_read() -> None:
    assert declared(silent) is None
    assert declared(users_only) == Access(permissions=("accounts.manage_users",))
    assert declared(public(silent)) == Access(public=True)


def test_whoever_has_the_permission_comes_in(admin: User) -> None:
    assert ask(admin).content == b"the users"


@pytest.mark.parametrize("name", ["anna", "dmitri", "eve"])
def test_whoever_lacks_the_permission_is_refused(name: str, request: pytest.FixtureRequest) -> None:
    user = request.getfixturevalue(name)
    with pytest.raises(PermissionDenied):
        ask(user)
    assert ask(user, view=anybody).content == b"your page"


def test_nobody_signed_in_is_led_to_the_sign_in_page_and_back(nobody: object) -> None:
    answer = ask(nobody)
    assert answer.status_code == 302
    assert answer["Location"] == "/account/login/?next=%2Fusers%2F%3Fstate%3Dinvited"


def test_a_fragment_leads_back_to_its_page(nobody: object) -> None:
    answer = ask(nobody, "/clients/1/phone/", **{"HX-Request": "true", "HX-Current-URL": "http://testserver/clients/1/?tab=facts"})
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == "/account/login/?next=%2Fclients%2F1%2F%3Ftab%3Dfacts"


@pytest.mark.parametrize(
    "seen",
    ["https://evil.example/clients/", "//evil.example", "javascript:alert(1)", "http://testserver//evil.example/", "http://[broken", ""],
)
def test_a_forged_page_leads_home(nobody: object, seen: str) -> None:
    answer = ask(nobody, "/x/", method="post", **{"HX-Request": "true", "HX-Current-URL": seen})
    assert answer["HX-Redirect"] == "/account/login/?next=%2F"
    assert ask(nobody, "/x/", method="post", Referer=seen)["Location"] == "/account/login/?next=%2F"


def test_a_path_that_looks_like_another_host_is_no_other_host(client: Client, anna: User) -> None:
    page = client.get("//evil.example/", follow=False)
    assert "evil" not in page.headers.get("Location", "")


EVERYBODY = {"nobody", "eve", "anna", "dmitri", "admin"}
SIGNED_IN = EVERYBODY - {"nobody"}
WALK = [
    # (address, who may open it)
    ("/settings/", SIGNED_IN),
    ("/account/2fa/", SIGNED_IN),
    ("/account/2fa/webauthn/", SIGNED_IN),
    ("/account/password/change/", SIGNED_IN),
    ("/users/", {"admin"}),
    ("/users/invite/", {"admin"}),
    ("/users/{boris}/", {"admin"}),
    ("/users/{boris}/deactivate/", {"admin"}),
    ("/teams/", {"admin"}),
    ("/teams/{team}/", {"admin"}),
    ("/company/", {"admin"}),
    ("/mail/", {"admin"}),
    ("/account/login/", {"nobody"}),
    ("/account/password/reset/", EVERYBODY),
]
ACTS = [
    # addresses that only POST; who may act
    ("/users/{boris}/invite-again/", {"admin"}),
    ("/users/{boris}/reactivate/", {"admin"}),
    ("/users/{boris}/second-factor/remove/", {"admin"}),
    ("/users/{boris}/devices/sign-out/", {"admin"}),
    ("/users/{boris}/tokens/1/revoke/", {"admin"}),
    ("/teams/{team}/remove/", {"admin"}),
    ("/settings/devices/sign-out/", SIGNED_IN),
    ("/settings/tokens/", SIGNED_IN),
    ("/settings/theme/", SIGNED_IN),
]


def visitor(who: str, request: pytest.FixtureRequest) -> Client:
    browser = Client()
    if who != "nobody":
        browser.force_login(User.objects.get(pk=request.getfixturevalue(who).pk))  # an act may have ended the sessions before
    return browser


def fill(address: str, boris: User) -> str:
    return address.format(boris=boris.pk, team=boris.team_id)


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_each_page_opens_for_those_who_may(who: str, boris: User, admin: User, request: pytest.FixtureRequest) -> None:
    browser = visitor(who, request)
    for address, allowed in WALK:
        answer = browser.get(fill(address, boris))
        expected = 200 if who in allowed else 302 if who == "nobody" or address == "/account/login/" else 403
        assert (address, answer.status_code) == (address, expected)


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_each_act_is_open_to_those_who_may_and_never_by_get(who: str, boris: User, admin: User, request: pytest.FixtureRequest) -> None:
    for address, allowed in ACTS:
        browser = visitor(who, request)
        refused = 302 if who == "nobody" else 403
        assert (address, browser.get(fill(address, boris)).status_code) == (address, 405 if who in allowed else refused)
        answer = browser.post(fill(address, boris))
        if who in allowed:
            assert (address, answer.status_code in {200, 204, 302, 422}) == (address, True)
            assert "/account/login/" not in answer.headers.get("Location", "")
        else:
            assert (address, answer.status_code) == (address, refused)
            assert who != "nobody" or answer["Location"].startswith("/account/login/")


def test_what_is_not_listed_can_not_be_reached(admin: User, client: Client) -> None:
    client.force_login(admin)
    for address in ("/account/signup/", "/account/confirm-email/", "/account/social/connections/", "/account/2fa/webauthn/signup/"):
        assert client.get(address).status_code == 404
    assert client.get("/account/email/")["Location"] == "/settings/"
    assert client.get("/account/sessions/")["Location"] == "/settings/"
