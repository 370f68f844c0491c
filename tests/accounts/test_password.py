"""Setting a new password: by a link from a mail, or by whoever knows the old one."""

import re
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import OneTimeToken, User
from accounts.tokens import make_sign_in_link, use_one_time_token

NEW = "battery staple 43"


def ask(email: str = "anna@kestrel.example", **extra: Any) -> HttpResponse:
    return Client().post("/account/password/reset/", {"email": email}, **extra)  # type: ignore[return-value]


def link() -> str:
    """The link of the last mail, as a path."""
    found = re.search(r"http://localhost:8000(/account/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def follow(path: str, client: Client | None = None, password: str = NEW) -> HttpResponse:
    client = client or Client()
    page = client.get(path, follow=True)
    if not page.redirect_chain:
        return page  # type: ignore[return-value]
    return client.post(page.redirect_chain[-1][0], {"password1": password})  # type: ignore[return-value]


def test_a_forgotten_password_is_set_anew_by_mail(anna: User) -> None:
    assert ask()["Location"] == "/account/password/reset/done/"
    assert mail.outbox[0].to == ["anna@kestrel.example"]
    assert mail.outbox[0].subject == "Set a new password for Seraph"
    assert "Your username is anna." in mail.outbox[0].body
    assert follow(link())["Location"] == "/account/password/reset/key/done/"
    anna.refresh_from_db()
    assert anna.check_password(NEW)
    assert mail.outbox[1].subject == "Your password was changed"


def test_the_mail_is_written_in_the_users_language(anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(language="ru")
    ask(headers={"Accept-Language": "fr"})
    from django.utils import translation

    with translation.override("ru"):
        assert mail.outbox[0].subject == translation.gettext("Set a new password for Seraph")


def test_the_link_works_once(anna: User) -> None:
    ask()
    path = link()
    follow(path)
    assert "does not work any more" in follow(path, password="another one 44").content.decode()
    anna.refresh_from_db()
    assert anna.check_password(NEW)


def test_opening_the_link_changes_nothing(anna: User) -> None:
    ask()
    for _ in range(3):
        assert Client().get(link(), follow=True).status_code == 200
    anna.refresh_from_db()
    assert anna.check_password("correct horse 42")


def test_the_link_dies_after_four_hours(anna: User) -> None:
    with time_machine.travel("2026-11-20T08:00Z", tick=False):
        ask()
    with time_machine.travel("2026-11-20T12:00:01Z", tick=False):
        assert "does not work any more" in follow(link()).content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False, "session_stamp": "new"},  # deactivated
        {"session_stamp": "new"},  # another role, or signed out everywhere
        {"email": "anna@elsewhere.example"},
        {"last_login": timezone.now()},
    ],
    ids=["deactivated", "stamp", "email", "signed in since"],
)
def test_the_link_dies_with_what_it_was_made_for(anna: User, change: dict[str, Any]) -> None:
    ask()
    User.objects.filter(pk=anna.pk).update(**change)
    assert "does not work any more" in follow(link()).content.decode()


def test_a_link_for_one_user_is_no_good_for_another(anna: User, boris: User) -> None:
    ask()
    mine = link()
    ask("boris@kestrel.example")
    theirs = link()
    uid = theirs.split("/key/")[1].split("-")[0]
    mixed = re.sub(r"/key/[^-]+-", f"/key/{uid}-", mine)
    assert "does not work any more" in follow(mixed).content.decode()
    for user in (anna, boris):
        user.refresh_from_db()
        assert user.check_password("correct horse 42")


def test_the_host_header_does_not_get_into_the_mail(anna: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://crm.kestrel.example/"
    ask(headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    body = str(mail.outbox[0].body)
    assert "evil" not in body
    assert "https://crm.kestrel.example/account/password/reset/key/" in body


def test_an_unknown_host_is_refused(anna: User) -> None:
    assert ask(headers={"Host": "evil.example"}).status_code == 400
    assert mail.outbox == []


@pytest.mark.parametrize("email", ["zoe@kestrel.example", "gone@kestrel.example"])
def test_an_unknown_or_deactivated_address_gets_the_same_answer_and_no_mail(anna: User, email: str) -> None:
    gone = User.objects.create_user("gone", "gone@kestrel.example", "correct horse 42", full_name="Gone", is_active=False)
    EmailAddress.objects.create(user=gone, email=gone.email, verified=True, primary=True)
    known, unknown = ask(), ask(email)
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [letter.to for letter in mail.outbox] == [["anna@kestrel.example"]]


def test_three_links_a_minute_for_one_address_and_ten_from_one(anna: User) -> None:
    answers = [ask(REMOTE_ADDR=f"198.51.100.{number}").status_code for number in range(4)]
    assert answers == [302, 302, 302, 429]
    answers = [ask(f"name{number}@kestrel.example", REMOTE_ADDR="198.51.100.99").status_code for number in range(11)]
    assert answers == [302] * 10 + [429]
    assert len(mail.outbox) == 3


def test_a_stale_address_gets_no_link(anna: User, admin: User) -> None:
    from accounts.roles import Role
    from accounts.services.people import change_user

    change_user(by=admin, user_id=anna.pk, full_name="Anna", username="anna", email="new@kestrel.example", role=Role.MANAGER, team=None)
    ask()
    assert mail.outbox == []
    ask("new@kestrel.example")
    assert mail.outbox[0].to == ["new@kestrel.example"]


def test_a_weak_password_is_refused(anna: User) -> None:
    ask()
    for weak in ("short 1", "password1234", "annapetrova"):
        assert follow(link(), password=weak).status_code == 200
    anna.refresh_from_db()
    assert anna.check_password("correct horse 42")


# --- whoever knows the old one --------------------------------------------------------------------


def change(client: Client, old: str = "correct horse 42", new: str = NEW) -> HttpResponse:
    return client.post("/account/password/change/", {"oldpassword": old, "password1": new})  # type: ignore[return-value]


def test_a_new_password_ends_all_other_sessions_and_open_links(anna: User) -> None:
    here, elsewhere = Client(), Client()
    here.force_login(anna)
    elsewhere.force_login(anna)
    secret = make_sign_in_link(anna).rstrip("/").rpartition("/")[2]
    assert change(here)["Location"] == "/settings/"
    assert here.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/")["Location"].startswith("/account/login/")
    assert use_one_time_token(secret=secret, purpose=OneTimeToken.Purpose.SIGN_IN) is None
    assert mail.outbox[0].subject == "Your password was changed"
    assert mail.outbox[0].to == ["anna@kestrel.example"]


def test_the_old_password_is_asked_for_and_not_often(anna: User) -> None:
    client = Client()
    client.force_login(anna)
    for _ in range(5):
        assert "This is not your current password." in change(client, old="wrong horse 41").content.decode()
    assert change(client).status_code == 429
    anna.refresh_from_db()
    assert anna.check_password("correct horse 42")


def test_whoever_came_by_a_link_and_has_no_password_sets_one(anna: User) -> None:
    anna.set_unusable_password()
    anna.save()
    client = Client()
    client.force_login(anna)
    assert client.get("/account/password/change/")["Location"] == "/account/password/set/"
    assert client.post("/account/password/set/", {"password1": NEW})["Location"] == "/settings/"
    anna.refresh_from_db()
    assert anna.check_password(NEW)
