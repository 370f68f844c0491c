"""Users come, change and go."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from accounts import deactivation
from accounts.models import ApiToken, Company, OneTimeToken, State, Team, User
from accounts.roles import Role
from accounts.services import people
from accounts.tokens import create_api_token, find_api_token, make_sign_in_link, use_one_time_token
from tests.conftest import make_user
from tests.together import at_once

NEW = "battery staple 43"


@pytest.fixture
def office(client: Client, admin: User) -> Client:
    """The administrator's browser."""
    client.force_login(admin)
    return client


def invitation() -> str:
    """The link of the last mail, as a path."""
    found = re.search(r"http://localhost:8000(/invitation/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def invite(office: Client, **changes: Any) -> HttpResponse:
    data = {"full_name": "Gleb Orlov", "email": "Gleb.Orlov@Kestrel.example", "role": "Manager", "team": "", "language": "en", **changes}
    return office.post("/users/invite/", data)  # type: ignore[return-value]


def accept(path: str, **changes: Any) -> HttpResponse:
    data = {"full_name": "Gleb I. Orlov", "password": NEW, "language": "fr", "time_zone": "Asia/Tbilisi", **changes}
    return Client().post(path, data)  # type: ignore[return-value]


# --- they come ------------------------------------------------------------------------------------


def test_an_invited_user_chooses_name_password_and_language_and_comes_in(office: Client, north: Team) -> None:
    assert invite(office, team=north.pk).status_code == 302
    gleb = User.objects.get(username="gleb.orlov")
    assert (gleb.state, gleb.role, gleb.team, gleb.email) == (State.INVITED, Role.MANAGER, north, "gleb.orlov@kestrel.example")
    assert mail.outbox[0].to == ["gleb.orlov@kestrel.example"]
    assert mail.outbox[0].subject == "Admin invites you to Seraph at Kestrel Trading"

    page = Client().get(invitation())
    assert "Welcome to Seraph at Kestrel Trading" in page.content.decode()
    answer = accept(invitation())
    assert answer["Location"] == "/"
    gleb = User.objects.get(pk=gleb.pk)
    assert (gleb.state, gleb.full_name, gleb.language, gleb.time_zone) == (State.ACTIVE, "Gleb I. Orlov", "fr", "Asia/Tbilisi")
    assert gleb.check_password(NEW)
    assert answer.client.get("/settings/").status_code == 200  # type: ignore[attr-defined]
    assert list(EmailAddress.objects.filter(user=gleb).values_list("email", "verified")) == [("gleb.orlov@kestrel.example", True)]


def test_opening_an_invitation_spends_nothing(office: Client) -> None:
    invite(office)
    for _ in range(3):
        assert Client().get(invitation()).status_code == 200
        assert accept(invitation(), password="short").status_code == 200
    assert User.objects.get(username="gleb.orlov").state is State.INVITED
    assert accept(invitation()).status_code == 302
    assert Client().get(invitation()).status_code == 410
    assert accept(invitation(), password="another one 44").status_code == 410


def test_nobody_takes_more_rights_than_were_given(office: Client) -> None:
    invite(office)
    greedy = {
        "role": "Administrator",
        "is_staff": "on",
        "is_superuser": "on",
        "is_active": "on",
        "username": "root",
        "email": "x@evil.example",
        "team": "1",
    }
    accept(invitation(), **greedy)
    gleb = User.objects.get(full_name="Gleb I. Orlov")
    assert (gleb.role, gleb.is_staff, gleb.is_superuser, gleb.username, gleb.email) == (
        Role.MANAGER,
        False,
        False,
        "gleb.orlov",
        "gleb.orlov@kestrel.example",
    )


def test_an_invited_user_gets_in_by_nothing_else(office: Client) -> None:
    from tests.accounts.test_password import ask

    invite(office)
    gleb = User.objects.get(username="gleb.orlov")
    before = len(mail.outbox)
    ask(gleb.email)
    assert len(mail.outbox) == before
    assert use_one_time_token(secret=make_sign_in_link(gleb).rstrip("/").rpartition("/")[2], purpose=OneTimeToken.Purpose.SIGN_IN) is None


def test_the_host_header_does_not_get_into_the_invitation(office: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "https://crm.kestrel.example"
    data = {"full_name": "Gleb", "email": "g@kestrel.example", "role": "Manager", "language": "en"}
    office.post("/users/invite/", data, headers={"Host": "evil.example"})
    assert "evil" not in mail.outbox[0].body
    assert "https://crm.kestrel.example/invitation/" in mail.outbox[0].body


def test_an_open_invitation_follows_a_corrected_address(office: Client) -> None:
    invite(office, email="gelb@kestrel.example")  # somebody else reads this
    gone_astray, gleb = invitation(), User.objects.get(email="gelb@kestrel.example")
    data = {"full_name": gleb.full_name, "username": gleb.username, "role": "Manager"}
    office.post(f"/users/{gleb.pk}/", {**data, "email": "gleb@kestrel.example"})
    assert accept(gone_astray).status_code == 410
    assert mail.outbox[-1].to == ["gleb@kestrel.example"]
    assert accept(invitation()).status_code == 302
    office.post(f"/users/{gleb.pk}/", {**data, "email": "gleb.orlov@kestrel.example"})
    assert len(mail.outbox) == 2, "who is here already needs no invitation"


def test_a_new_invitation_stops_the_first(office: Client) -> None:
    invite(office)
    first = invitation()
    gleb = User.objects.get(username="gleb.orlov")
    office.post(f"/users/{gleb.pk}/invite-again/")
    assert accept(first).status_code == 410
    assert accept(invitation()).status_code == 302
    office.post(f"/users/{gleb.pk}/invite-again/")  # too late: the user is here
    assert len(mail.outbox) == 2


def test_two_users_of_one_email_do_not_come_about(office: Client, anna: User) -> None:
    assert "Somebody has this e-mail already." in invite(office, email="ANNA@kestrel.example").content.decode()
    assert mail.outbox == []


def test_usernames_are_made_of_the_email_and_stay_apart(office: Client, db: None) -> None:
    for domain in ("a", "b", "c"):
        invite(office, email=f"gleb@{domain}.example")
    assert set(User.objects.filter(username__startswith="gleb").values_list("username", flat=True)) == {"gleb", "gleb2", "gleb3"}


def test_a_name_with_a_line_break_is_no_header(office: Client, admin: User) -> None:
    User.objects.filter(pk=admin.pk).update(full_name="Eve\r\nBcc: all@evil.example")
    invite(office)
    assert mail.outbox[0].subject == "Eve Bcc: all@evil.example invites you to Seraph at Kestrel Trading"


# --- they change ----------------------------------------------------------------------------------


def change(office: Client, user: User, **changes: Any) -> HttpResponse:
    data = {
        "full_name": user.full_name,
        "email": user.email,
        "username": user.username,
        "team": user.team_id or "",
        "role": user.role or "",
    }
    return office.post(f"/users/{user.pk}/", {**data, **changes})  # type: ignore[return-value]


def test_the_administrator_changes_who_a_user_is(office: Client, anna: User, south: Team) -> None:
    assert (
        change(office, anna, full_name="Anna Orlova", email="Anna.Orlova@kestrel.example", username="orlova", team=south.pk).status_code
        == 302
    )
    anna = User.objects.get(pk=anna.pk)
    assert (anna.full_name, anna.email, anna.username, anna.team) == ("Anna Orlova", "anna.orlova@kestrel.example", "orlova", south)
    assert list(EmailAddress.objects.filter(user=anna).values_list("email", flat=True)) == ["anna.orlova@kestrel.example"]


def test_a_new_role_ends_the_sessions_and_brings_its_rights(office: Client, anna: User) -> None:
    theirs = Client()
    theirs.force_login(anna)
    change(office, anna, full_name="Anna P.")
    assert theirs.get("/settings/").status_code == 200  # a new name alone does not
    change(office, anna, role="Administrator")
    assert theirs.get("/settings/")["Location"].startswith("/account/login/")
    anna = User.objects.get(pk=anna.pk)
    assert (anna.role, anna.is_staff, anna.has_perm("accounts.manage_users")) == (Role.ADMINISTRATOR, True, True)
    change(office, anna, role="Manager")
    anna = User.objects.get(pk=anna.pk)
    assert (anna.role, anna.is_staff, anna.is_superuser, anna.has_perm("accounts.manage_users")) == (Role.MANAGER, False, False, False)


@pytest.mark.parametrize(("field", "value", "said"), [("email", "boris@kestrel.example", "e-mail"), ("username", "BORIS", "username")])
def test_what_somebody_has_nobody_else_gets(office: Client, anna: User, boris: User, field: str, value: str, said: str) -> None:
    assert f"Somebody has this {said} already." in change(office, anna, **{field: value}).content.decode()


def test_a_username_can_not_pass_for_an_email(office: Client, anna: User) -> None:
    assert "a username is not an e-mail" in change(office, anna, username="boris@kestrel.example").content.decode()


@pytest.mark.parametrize("role", ["root", "", "Administrator'--", "\0"])
def test_an_unknown_role_is_refused(office: Client, anna: User, role: str) -> None:
    assert change(office, anna, role=role).status_code == 200
    assert User.objects.get(pk=anna.pk).role is Role.MANAGER


def test_nobody_grants_or_touches_a_role_above_the_own(anna: User, dmitri: User, admin: User) -> None:
    """Even if the permission were given to a lower role one day."""
    from accounts import roles

    roles.grant(Role.MANAGEMENT, "accounts.manage_users")
    try:
        roles.sync()
        with pytest.raises(PermissionDenied):
            people.invite_user(by=dmitri, full_name="X", email="x@kestrel.example", role=Role.ADMINISTRATOR)
        with pytest.raises(PermissionDenied):
            people.change_user(
                by=dmitri, user_id=anna.pk, full_name="A", username="a", email="a@b.example", role=Role.ADMINISTRATOR, team=None
            )
        for act in (people.deactivate_user, people.sign_out_user, people.remove_second_factor, people.reactivate_user, people.invite_again):
            with pytest.raises(PermissionDenied):
                act(by=dmitri, user_id=admin.pk)
        people.change_user(by=dmitri, user_id=anna.pk, full_name="A", username="a", email="a@b.example", role=Role.MANAGEMENT, team=None)
    finally:
        roles._granted[Role.MANAGEMENT].discard("accounts.manage_users")
        roles.sync()


@pytest.mark.parametrize("who", ["anna", "dmitri", "eve"])
def test_the_services_refuse_whoever_may_not(who: str, boris: User, request: pytest.FixtureRequest) -> None:
    by = request.getfixturevalue(who)
    for act in (people.deactivate_user, people.sign_out_user, people.remove_second_factor, people.reactivate_user, people.invite_again):
        with pytest.raises(PermissionDenied):
            act(by=by, user_id=boris.pk)
    with pytest.raises(PermissionDenied):
        people.invite_user(by=by, full_name="X", email="x@kestrel.example", role=Role.MANAGER)


# --- they go --------------------------------------------------------------------------------------


@pytest.fixture
def held() -> Any:
    """A kind of thing that users hold: counts are kept in a dict, handing over moves them."""
    things: dict[int, int] = {}

    def hand_over(*, by: User, leaver: User, successor: User) -> int:
        number = things.pop(leaver.pk, 0)
        things[successor.pk] = things.get(successor.pk, 0) + number
        return number

    known = dict(deactivation._holdings)
    deactivation._holdings.clear()
    deactivation.register(
        key="things", say=lambda number: f"{number} things", count=lambda user: things.get(user.pk, 0), hand_over=hand_over
    )
    yield things
    deactivation._holdings.clear()
    deactivation._holdings.update(known)


def test_deactivating_shuts_every_door_at_once(office: Client, anna: User) -> None:
    theirs = Client()
    theirs.force_login(anna)
    _token, key = create_api_token(user=anna, name="Script", scope=ApiToken.Scope.WRITE)
    secret = make_sign_in_link(anna).rstrip("/").rpartition("/")[2]
    assert office.post(f"/users/{anna.pk}/deactivate/", {"successor": ""}).status_code == 302
    assert User.objects.get(pk=anna.pk).state is State.DEACTIVATED
    assert theirs.get("/settings/")["Location"].startswith("/account/login/")
    assert find_api_token(key) is None
    assert use_one_time_token(secret=secret, purpose=OneTimeToken.Purpose.SIGN_IN) is None
    assert Client().post("/account/login/", {"login": "anna", "password": "correct horse 42"})["Location"] == "/account/inactive/"


def test_what_the_leaver_holds_is_handed_over_in_the_same_step(office: Client, anna: User, boris: User, held: dict[int, int]) -> None:
    held[anna.pk] = 23
    page = office.get(f"/users/{anna.pk}/deactivate/").content.decode()
    assert "23 things" in page
    assert "Boris Lind" in page
    office.post(f"/users/{anna.pk}/deactivate/", {"successor": boris.pk})
    assert held == {boris.pk: 23}
    assert User.objects.get(pk=anna.pk).state is State.DEACTIVATED


def test_a_failed_handing_over_leaves_the_user_in_place(anna: User, boris: User, admin: User, held: dict[int, int]) -> None:
    def fail(*, by: User, leaver: User, successor: User) -> int:
        raise RuntimeError("half-way")

    deactivation.register(key="more", say=str, count=lambda user: 1, hand_over=fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        people.deactivate_user(by=admin, user_id=anna.pk, successor=boris)
    assert User.objects.get(pk=anna.pk).state is State.ACTIVE


def test_the_clients_of_the_leaver_are_among_it(anna: User, boris: User, admin: User) -> None:
    from clients.models import Client as Counterparty

    Counterparty.objects.create(full_name="Ateliers Morel", is_customer=True, manager=anna)
    assert deactivation.held_by(anna) == ["1 client"]
    departure = people.deactivate_user(by=admin, user_id=anna.pk, successor=boris)
    assert departure.handed_over["clients"] == 1
    assert Counterparty.objects.get().manager == boris


def test_nothing_is_handed_over_to_somebody_who_is_not_there(
    office: Client, anna: User, eve: User, held: dict[int, int], admin: User
) -> None:
    held[anna.pk] = 1
    gone = make_user("gone", "Gone", Role.MANAGER)
    people.deactivate_user(by=admin, user_id=gone.pk)
    for successor in (gone, eve, anna):
        assert office.post(f"/users/{anna.pk}/deactivate/", {"successor": successor.pk}).status_code == 200
        with pytest.raises(ValidationError):
            people.deactivate_user(by=admin, user_id=anna.pk, successor=successor)
    assert User.objects.get(pk=anna.pk).state is State.ACTIVE


def test_whoever_left_may_come_back_but_old_tokens_stay_dead(office: Client, anna: User) -> None:
    _token, key = create_api_token(user=anna, name="Script", scope=ApiToken.Scope.WRITE)
    office.post(f"/users/{anna.pk}/deactivate/", {"successor": ""})
    office.post(f"/users/{anna.pk}/reactivate/")
    assert User.objects.get(pk=anna.pk).state is State.ACTIVE
    assert find_api_token(key) is None
    assert Client().post("/account/login/", {"login": "anna", "password": "correct horse 42"})["Location"] == "/"


def test_an_invitation_can_be_taken_back_and_sent_again(office: Client) -> None:
    invite(office)
    first, gleb = invitation(), User.objects.get(username="gleb.orlov")
    office.post(f"/users/{gleb.pk}/deactivate/", {"successor": ""})
    assert accept(first).status_code == 410
    office.post(f"/users/{gleb.pk}/reactivate/")
    assert User.objects.get(pk=gleb.pk).state is State.INVITED
    assert accept(first).status_code == 410
    assert accept(invitation()).status_code == 302


def test_nobody_deactivates_oneself(office: Client, admin: User) -> None:
    make_user("second", "Second", Role.ADMINISTRATOR)
    assert "You can’t deactivate yourself" in office.post(f"/users/{admin.pk}/deactivate/", {"successor": ""}).content.decode()
    assert User.objects.get(pk=admin.pk).is_active


def test_the_last_administrator_stays_one(office: Client, admin: User) -> None:
    assert "This is the only administrator" in change(office, admin, role="Manager").content.decode()
    second = make_user("second", "Second", Role.ADMINISTRATOR)
    User.objects.filter(pk=second.pk).update(is_active=False)  # one who can't come in does not count
    assert "This is the only administrator" in change(office, admin, role="Manager").content.decode()
    assert User.objects.get(pk=admin.pk).role is Role.ADMINISTRATOR


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_demote_each_other_at_once_do_not_both_go(admin: User) -> None:
    second = make_user("second", "Second", Role.ADMINISTRATOR)

    def demote(by: User, user: User) -> User:
        return people.change_user(
            by=by, user_id=user.pk, full_name="X", username=user.username, email=user.email, role=Role.MANAGER, team=None
        )

    came = at_once(lambda: demote(admin, second), lambda: demote(second, admin))
    assert [isinstance(one, ValidationError | PermissionDenied) for one in came].count(True) == 1, came
    assert User.objects.active().having_role(Role.ADMINISTRATOR).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_person_invited_twice_at_once_is_one_user(admin: User) -> None:

    def invite_once() -> Any:
        return people.invite_user(by=admin, full_name="Gleb Orlov", email="gleb@kestrel.example", role=Role.MANAGER)

    came = at_once(*[invite_once] * 4)
    refusals = [one for one in came if isinstance(one, ValidationError)]
    assert [[*one.message_dict] for one in refusals] == [["email"]] * 3, came
    assert User.objects.filter(email="gleb@kestrel.example").count() == 1


def test_somebody_who_lost_the_phone_is_let_in_again(office: Client, anna: User) -> None:
    from tests.accounts.test_second_factor import with_app

    with_app(anna)
    office.post(f"/users/{anna.pk}/second-factor/remove/")
    assert Client().post("/account/login/", {"login": "anna", "password": "correct horse 42"})["Location"] == "/"


@pytest.mark.parametrize("act", ["devices/sign-out", "second-factor/remove"])
def test_whoever_is_signed_out_everywhere_does_not_come_back_by_an_open_link(office: Client, anna: User, act: str) -> None:
    secret = make_sign_in_link(anna).rstrip("/").rpartition("/")[2]
    office.post(f"/users/{anna.pk}/{act}/")
    assert use_one_time_token(secret=secret, purpose=OneTimeToken.Purpose.SIGN_IN) is None


def test_the_server_lets_the_last_administrator_in_again(admin: User, capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import call_command

    from tests.accounts.test_second_factor import with_app

    with_app(admin)
    call_command("remove_second_factor", "admin")
    assert "admin" in capsys.readouterr().out
    assert Client().post("/account/login/", {"login": "admin", "password": "correct horse 42"})["Location"] == "/"


def test_tokens_of_others_are_stopped_by_the_administrator(office: Client, anna: User, boris: User) -> None:
    token, key = create_api_token(user=anna, name="Script", scope=ApiToken.Scope.WRITE)
    office.post(f"/users/{boris.pk}/tokens/{token.pk}/revoke/")  # not Boris's
    assert find_api_token(key) is not None
    office.post(f"/users/{anna.pk}/tokens/{token.pk}/revoke/")
    assert find_api_token(key) is None


# --- the pages ------------------------------------------------------------------------------------


def test_the_list_shows_one_state_and_finds_by_name(office: Client, anna: User, boris: User) -> None:
    invite(office)
    office.get("/users/")  # says that the invitation is written
    page = office.get("/users/").content.decode()
    assert "Anna Petrova" in page
    assert "Gleb Orlov" not in page
    assert "Gleb Orlov" in office.get("/users/?state=invited").content.decode()
    found = office.get("/users/?q=LIND", headers={"HX-Request": "true"}).content.decode()
    assert "Boris Lind" in found
    assert "Anna Petrova" not in found
    assert "<html" not in found


@pytest.mark.parametrize("query", ["state=x'--", "q=%00", "q=" + "x" * 50_000, "q=%ED%A0%80", "state=invited&q=%"])
def test_a_strange_question_gets_a_plain_answer(office: Client, query: str) -> None:
    assert office.get(f"/users/?{query}").status_code == 200


def test_the_list_asks_the_same_for_one_user_and_for_many(office: Client, north: Team, django_assert_max_num_queries: Any) -> None:
    from django.test.utils import CaptureQueriesContext

    office.get("/users/")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            office.get("/users/")
        return len(queries)

    one = asked()
    for number in range(4):
        make_user(f"user{number}", f"User {number}", Role.MANAGER, north)
    assert asked() == one
    assert one <= 8


def test_names_are_shown_as_text(office: Client, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(full_name='<script>alert(1)</script>"><img src=x>')
    for path in ("/users/", f"/users/{anna.pk}/", f"/users/{anna.pk}/deactivate/", "/teams/"):
        page = office.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_createsuperuser_makes_an_administrator_like_any_other(company: Company) -> None:
    user = User.objects.create_superuser("root", "Root@Kestrel.example", NEW, full_name="Root")
    assert (user.role, user.is_superuser, user.is_staff, user.email) == (Role.ADMINISTRATOR, False, True, "root@kestrel.example")
