"""People in a real browser: signing in by password, code and passkey, invitations, own settings, and every page's look."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import CDPSession, Page, expect

from accounts.models import ApiToken, Company, StoredMail, Team, User
from accounts.roles import Role
from accounts.services import people
from accounts.tokens import create_api_token
from tests.browser.conftest import Watch, every_look
from tests.conftest import make_user

SignIn = Callable[[User], User]
PASSWORD = "correct horse 42"


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret.replace(" ", ""), int(time.time()) // 30)))


def password_step(page: Page, name: str = "anna", password: str = PASSWORD) -> None:
    page.goto("/account/login/?next=/settings/")
    page.get_by_label("E-mail or username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/account/login/"))


@pytest.fixture
def authenticator(page: Page) -> CDPSession:
    """A device with a fingerprint reader, and a finger on it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


# --- signing in -----------------------------------------------------------------------------------


@every_look
def test_the_sign_in_page_in_every_look(page: Page, anna: User, axe: Callable[[], None], shot: Callable[..., None]) -> None:
    password_step(page, password="wrong horse 41")
    expect(page.get_by_role("alert")).to_contain_text("don’t belong together")
    axe()
    shot("sign-in")
    password_step(page)
    page.goto("/settings/")
    expect(page.get_by_role("heading", name="My settings")).to_be_visible()


def test_an_authenticator_app_is_set_up_and_then_asked_for(page: Page, anna: User, axe: Callable[[], None]) -> None:
    password_step(page)
    page.goto("/settings/")
    page.get_by_role("link", name="Set up", exact=True).click()
    page.get_by_role("link", name="Set up the app").click()
    expect(page.get_by_role("img", name="QR code for the authenticator app")).to_be_visible()
    page.get_by_text("I can’t scan it").click()
    secret = page.locator("code.secret").inner_text()
    axe()
    page.get_by_label("Code that the app shows").fill(code(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    recovery = page.locator("#codes code").first.inner_text()
    assert page.locator("#codes code").count() == 10
    axe()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert recovery in download.value.path().read_text()

    sign_out(page)
    password_step(page)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    axe()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/settings/")
    expect(page.get_by_text("Authenticator app is on.")).to_be_visible()


def test_a_passkey_is_added_and_signs_in_without_a_password(page: Page, anna: User, authenticator: CDPSession) -> None:
    password_step(page)
    page.goto("/account/2fa/webauthn/add/")
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/account/2fa/webauthn/")
    expect(page.get_by_role("heading", name="Work laptop")).to_be_visible()

    sign_out(page)
    page.goto("/account/login/?next=/settings/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="My settings")).to_be_visible()
    expect(page.get_by_text("Work laptop")).to_be_visible()

    # with a password, the passkey is the second factor
    sign_out(page)
    password_step(page)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "2fa" not in url)
    page.goto("/settings/")
    expect(page.get_by_role("heading", name="My settings")).to_be_visible()

    # it also proves, later, who is there
    page.goto("/account/2fa/webauthn/reauthenticate/?next=/settings/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="My settings")).to_be_visible()

    page.goto("/account/2fa/webauthn/")
    page.get_by_role("link", name="Rename Work laptop").click()
    page.get_by_label("Name").fill("Старый ноутбук")
    page.get_by_role("button", name="Save the name").click()
    page.get_by_role("link", name="Remove Старый ноутбук").click()
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("No passkey yet.")).to_be_visible()


def test_a_passkey_of_nobody_here_says_so_and_leaves_the_other_way_open(page: Page, anna: User, authenticator: CDPSession) -> None:
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("The passkey was not used.")).to_be_visible()
    password_step(page)
    page.goto("/settings/")
    expect(page.get_by_role("heading", name="My settings")).to_be_visible()


def test_a_finger_that_the_device_does_not_know_makes_no_passkey(page: Page, anna: User, authenticator: CDPSession) -> None:
    password_step(page)
    page.goto("/account/2fa/webauthn/add/")
    page.evaluate("() => { navigator.credentials.create = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey was not used.")).to_be_visible()


def test_the_language_is_chosen_at_the_gate(page: Page, anna: User) -> None:
    page.goto("/account/login/")
    page.get_by_role("button", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page).to_have_url(re.compile("/account/login/"))


# --- invitations ----------------------------------------------------------------------------------


def test_an_invited_user_comes_in(page: Page, admin: User, axe: Callable[[], None], shot: Callable[..., None]) -> None:
    people.invite_user(by=admin, full_name="Gleb Orlov", email="gleb@kestrel.example", role=Role.MANAGER)
    path = re.search(r"/invitation/\S+", str(mail.outbox[-1].body))
    assert path
    page.goto(path[0])
    expect(page.get_by_role("heading", name="Welcome to Seraph at Kestrel Trading")).to_be_visible()
    field = page.get_by_label("Password")
    field.fill("battery staple 43")
    page.get_by_role("button", name="Show").click()
    expect(field).to_have_attribute("type", "text")
    axe()
    shot("invitation", full_page=True)
    page.get_by_role("button", name="Come in").click()
    page.wait_for_url(lambda url: "invitation" not in url)
    gleb = User.objects.get(username="gleb")
    assert gleb.is_active
    assert gleb.time_zone == "Europe/Paris"


def test_the_administrator_invites_and_deactivates(page: Page, signed_in: SignIn, admin: User, anna: User, boris: User) -> None:
    signed_in(admin)
    page.goto("/users/")
    page.get_by_label("Name, username or e-mail").fill("lind")
    expect(page.locator("#users").get_by_role("link", name="Anna Petrova")).to_have_count(0)
    expect(page.locator("#users").get_by_role("link", name="Boris Lind")).to_be_visible()
    page.get_by_role("link", name="Invite a user").click()
    page.get_by_label("Full name").fill("Vera Кузнецова")
    page.get_by_role("main").get_by_label("E-mail").fill("vera@kestrel.example")
    page.get_by_text("Management", exact=True).click()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("heading", name="Vera Кузнецова")).to_be_visible()
    assert User.objects.get(username="vera").role is Role.MANAGEMENT

    page.goto(f"/users/{anna.pk}/")
    page.get_by_role("link", name="Deactivate…").click()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("Nobody can sign in with this account.")).to_be_visible()
    page.get_by_role("button", name="Let in again").click()
    expect(page.get_by_text("may come in again")).to_be_visible()


# --- own settings ---------------------------------------------------------------------------------


def test_theme_and_language_act_at_once(page: Page, signed_in: SignIn, anna: User) -> None:
    signed_in(anna)
    page.goto("/settings/")
    page.get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_text("Français", exact=True).click()
    page.locator("button.primary").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    anna.refresh_from_db()
    assert (anna.theme, anna.language) == ("dark", "fr")


def test_a_token_is_shown_once_and_copied(page: Page, anna: User) -> None:
    password_step(page)
    page.goto("/settings/")
    page.get_by_label("What it is for").fill("Spreadsheet")
    page.get_by_role("button", name="Make a token").click()
    key = page.get_by_label("Key of Spreadsheet")
    expect(key).to_have_value(re.compile("^seraph_"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key.input_value()
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_role("heading", name="Spreadsheet")).to_be_visible()


# --- every page in every look ---------------------------------------------------------------------

LONG = "Maximiliana-Konstantinovna von und zu Hohenlohe-Schillingsfürst-Waldenburg"


@pytest.fixture
def full_house(admin: User, anna: User, north: Team, company: Company) -> dict[str, Any]:
    """People with long names and all that may stand on a page."""
    team = Team.objects.create(name="South and the overseas territories of the Republic")
    make_user("long", LONG, Role.MANAGER, team)
    invited = people.invite_user(by=admin, full_name="Глеб Приглашённый", email="gleb@kestrel.example", role=Role.MANAGER, team=team)
    gone = make_user("gone", "Eve Gone", Role.MANAGER)
    people.deactivate_user(by=admin, user_id=gone.pk)
    for user in (anna, admin):
        TOTP.activate(user, generate_totp_secret())
        passkey = WebAuthn.add(user, "Firefox on the laptop of the accountant, second floor", {})
        RecoveryCodes.activate(user)
        create_api_token(user=user, name="Spreadsheet of the accountant", scope=ApiToken.Scope.WRITE)
    letter = StoredMail.objects.create(
        recipients=["gleb@kestrel.example"], subject=f"{LONG} invites you", body="http://localhost:8000/" + "x" * 90
    )
    return {"anna": anna.pk, "invited": invited.pk, "gone": gone.pk, "team": team.pk, "letter": letter.pk, "passkey": passkey.instance.pk}


@every_look
def test_every_page_stands_in_every_look(
    page: Page,
    signed_in: SignIn,
    admin: User,
    full_house: dict[str, Any],
    axe: Callable[[], None],
    shot: Callable[..., None],
) -> None:
    signed_in(admin)
    page.goto("/account/2fa/recovery-codes/")  # such pages ask first whether it is still the same person
    axe()
    shot("people-is-it-you")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    pages = {
        "users": "/users/",
        "users-invited": "/users/?state=invited",
        "user": "/users/{anna}/",
        "user-invited": "/users/{invited}/",
        "user-gone": "/users/{gone}/",
        "deactivate": "/users/{anna}/deactivate/",
        "invite": "/users/invite/",
        "teams": "/teams/",
        "team": "/teams/{team}/",
        "company": "/company/",
        "mail": "/mail/",
        "letter": "/mail/{letter}/",
        "settings": "/settings/",
        "second-factor": "/account/2fa/",
        "passkeys": "/account/2fa/webauthn/",
        "passkey-remove": "/account/2fa/webauthn/keys/{passkey}/remove/",
        "passkey-rename": "/account/2fa/webauthn/keys/{passkey}/edit/",
        "recovery-codes": "/account/2fa/recovery-codes/",
        "recovery-codes-new": "/account/2fa/recovery-codes/generate/",
        "app-off": "/account/2fa/totp/deactivate/",
        "password": "/account/password/change/",
        "sign-out": "/account/logout/",
    }
    for name, path in pages.items():
        page.goto(path.format(**full_house))
        axe()
        shot(f"people-{name}", full_page=True)
        assert (name, page.evaluate("document.documentElement.scrollWidth <= innerWidth")) == (name, True)


@every_look
def test_the_pages_before_signing_in_stand_in_every_look(
    page: Page, anna: User, axe: Callable[[], None], shot: Callable[..., None], watch: Watch
) -> None:
    watch.allow("410")
    for name, path in {
        "reset": "/account/password/reset/",
        "reset-done": "/account/password/reset/done/",
        "reset-used": "/account/password/reset/key/1-x/",
        "reset-over": "/account/password/reset/key/done/",
        "inactive": "/account/inactive/",
        "link-gone": "/invitation/x/",
    }.items():
        page.goto(path)
        axe()
        shot(f"gate-{name}")


@every_look
def test_the_first_page_of_a_new_seraph(
    page: Page, db: None, monkeypatch: pytest.MonkeyPatch, axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    from accounts import first_run

    monkeypatch.setattr(first_run, "_over", False)
    page.goto("/")
    expect(page.get_by_role("heading", name="Set up Seraph")).to_be_visible()
    axe()
    page.get_by_label("Company").fill("Kestrel Trading")
    page.get_by_label("Your full name").fill("Agathe Roux")
    page.get_by_label("E-mail").fill("agathe@kestrel.example")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#errors")).to_be_focused()
    axe()
    shot("set-up", full_page=True)
    page.get_by_label("Password").fill("battery staple 43")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(lambda url: "setup" not in url)
    page.goto("/users/")
    expect(page.locator("#users").get_by_role("link", name="Agathe Roux")).to_be_visible()
