"""What the card lacks is asked while one talks."""

import pytest
from django.test import Client as Browser

from accounts.models import User
from clients.models import Client, Touch
from clients.services import change_client
from tests.clients.registry import PHONE, fresh, register
from tests.reminders.conftest import Plan, due_now
from tests.reminders.today.conftest import NEXT_WEEK, close, undo_address

pytestmark = pytest.mark.django_db


def test_what_was_learned_goes_to_the_card(desk: Browser, plan: Plan, asks_for_mail: Client) -> None:
    reminder = due_now(plan(kind="call_back"))
    pane = desk.get(f"/today/{reminder.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "Ask while you talk" in pane
    assert 'type="email" name="ask_main_contact_email"' in pane

    close(desk, reminder, ask_main_contact_email="ngomo@lefevre.example", ask_city="Besançon")

    assert (asks_for_mail.contacts.get().emails, fresh(asks_for_mail).city) == (["ngomo@lefevre.example"], "Besançon")


def test_an_answer_that_is_none_keeps_all_and_says_where(desk: Browser, plan: Plan, asks_for_mail: Client) -> None:
    reminder = due_now(plan(kind="call_back"))

    answer = close(desk, reminder, ask_main_contact_email="no at sign", ask_city="Besançon")

    reminder.refresh_from_db()
    assert (answer.status_code, reminder.state, Touch.objects.count(), fresh(asks_for_mail).city) == (422, "open", 0, "")
    html = answer.content.decode()
    assert "no at sign" in html
    assert "Wants Thursday slots" in html


def test_a_fact_that_another_filled_in_meanwhile_stays(desk: Browser, plan: Plan, asks_for_mail: Client, dmitri: User) -> None:
    reminder = due_now(plan(kind="call_back"))
    change_client(user=dmitri, client_id=asks_for_mail.pk, version=fresh(asks_for_mail).version, changes={"city": "Dole"})

    answer = close(desk, reminder, ask_city="Besançon")

    assert (answer.status_code, fresh(asks_for_mail).city) == (422, "Dole")
    assert "filled in meanwhile" in answer.content.decode()


def test_only_who_may_change_the_client_is_asked(boris: User, client: Browser, plan: Plan, asks_for_mail: Client) -> None:
    reminder = due_now(plan(kind="call_back", assignee=boris.pk))
    client.force_login(boris)
    pane = client.get(f"/today/{reminder.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "How did it go?" in pane
    assert "Ask while you talk" not in pane

    answer = close(client, reminder, ask_city="Besançon")
    assert (answer.status_code, fresh(asks_for_mail).city) == (403, "")
    assert close(client, reminder).status_code == 200


def test_a_client_that_went_quiet_is_called_from_here(desk: Browser, lefevre: Client) -> None:
    pane = desk.get(f"/today/clients/{lefevre.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert f"/today/clients/{lefevre.pk}/log/" in pane

    answer = desk.post(f"/today/clients/{lefevre.pk}/log/", NEXT_WEEK | {"view": "quiet"}, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert fresh(lefevre).next_step == "Confirm the slot"
    desk.post(undo_address(answer))
    assert (fresh(lefevre).next_step_at, Touch.objects.count()) == (None, 0)


@pytest.mark.parametrize(("answer", "phones", "emails"), [("01 99 00 17 42", [PHONE], []), ("a@b.example", [], ["a@b.example"])])
def test_a_phone_or_an_e_mail_may_be_either(
    desk: Browser, anna: User, plan: Plan, answer: str, phones: list[str], emails: list[str]
) -> None:
    bare = register(anna, full_name="Bare")
    close(desk, due_now(plan(client=bare, kind="call_back")), ask_phone_or_email=answer)
    assert (fresh(bare).phones, fresh(bare).emails) == (phones, emails)
