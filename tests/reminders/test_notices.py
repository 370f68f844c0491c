"""The bell: what is new, seen once, cheap to ask, and for nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from reminders import notices, services
from reminders.engine.firing import fire_due_reminders
from reminders.models import Notice, ReminderPreferences, ReminderPulse
from tests.clients.browsing import HTMX, as_user
from tests.clients.registry import register
from tests.reminders.conftest import Plan, due_now

pytestmark = pytest.mark.django_db


def rung(plan: Plan, **given: Any) -> Notice:
    """Plan one, let it be due, and let the engine tell of it."""
    reminder = due_now(plan(**given))
    fire_due_reminders()
    return Notice.objects.get(reminder=reminder, stage="due")


def ask(browser: Browser, known: str = "") -> Any:
    return browser.get("/notices/bell/", {"known": known})


def test_what_is_due_is_counted_and_rings_with_who_and_why(plan: Plan, anna: User) -> None:
    notice = rung(plan, kind="call_back", subject="answer on the spring price list")

    said = ask(as_user(anna)).json()

    assert (said["figure"], said["label"]) == ("1", "Notices: 1 new")
    assert said["rings"] == [
        {
            "id": notice.pk,
            "client": "Ateliers Lefèvre",
            "text": "Call back: answer on the spring price list, due now",
            "url": f"/clients/{notice.reminder.client_id}/",
            "desktop": False,
        }
    ]


@pytest.mark.parametrize(("without", "shown"), [([], True), (["birthday"], True), (["call_back"], False)])
def test_the_desktop_shows_the_kinds_that_were_not_taken_off_it(plan: Plan, anna: User, without: list[str], shown: bool) -> None:
    ReminderPreferences.objects.create(user=anna, desktop=True, desktop_without=without)
    rung(plan, kind="call_back")
    (ring,) = ask(as_user(anna)).json()["rings"]
    assert ring["desktop"] is shown


def test_who_knows_it_all_is_answered_with_nothing(plan: Plan, anna: User) -> None:
    rung(plan)
    browser = as_user(anna)
    known = ask(browser).json()["tag"]

    answer = ask(browser, known)

    assert (answer.status_code, answer.content) == (204, b"")


def test_another_one_is_news_again(plan: Plan, anna: User) -> None:
    rung(plan)
    browser = as_user(anna)
    known = ask(browser).json()["tag"]
    rung(plan)

    assert ask(browser, known).json()["figure"] == "2"


def test_opening_the_list_shows_it_and_then_it_is_seen(plan: Plan, anna: User) -> None:
    notice = rung(plan, subject="<script>alert(1)</script>")
    browser = as_user(anna)

    panel = browser.get("/notices/", headers=HTMX).content.decode()
    assert "&lt;script&gt;" in panel
    assert "<script>" not in panel
    assert f'name="id" value="{notice.pk}"' in panel
    assert Notice.objects.get().seen_at is None, "looking changes nothing"

    answer = browser.post("/notices/seen/", {"id": [notice.pk]}, headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "seraph:heard")
    assert ask(browser).json()["figure"] == ""


def test_what_was_not_shown_is_not_seen(plan: Plan, anna: User) -> None:
    first = rung(plan)
    rung(plan)

    as_user(anna).post("/notices/seen/", {"id": [first.pk, "x", "9" * 40]})

    assert notices.news_of(anna).count == 1


def test_another_marks_nothing_of_hers(plan: Plan, clara: User, anna: User) -> None:
    notice = rung(plan)

    as_user(clara).post("/notices/seen/", {"id": [notice.pk]})
    as_user(clara).post("/notices/seen/", {"all": "1"})

    assert notices.news_of(anna).count == 1
    assert ask(as_user(clara)).json()["rings"] == []
    assert "Ateliers" not in as_user(clara).get("/notices/").content.decode()


def test_whoever_lost_the_role_hears_nothing(plan: Plan, anna: User) -> None:
    rung(plan)
    anna.groups.clear()

    assert ask(as_user(anna)).status_code == 403


def test_a_closed_reminder_leaves_the_bell(plan: Plan, anna: User) -> None:
    notice = rung(plan)
    services.cancel_reminder(user=anna, reminder_id=notice.reminder_id)

    assert notices.news_of(anna).count == 0


def test_what_is_old_is_counted_and_does_not_ring(plan: Plan, anna: User) -> None:
    rung(plan)
    Notice.objects.update(at=timezone.now() - timedelta(hours=1))

    said = ask(as_user(anna)).json()

    assert (said["figure"], said["rings"]) == ("1", [])


def test_late_and_passed_on_are_marked(plan: Plan, anna: User, dmitri: User) -> None:
    due_now(plan(), ago=timedelta(hours=6))
    fire_due_reminders()
    due_now(plan())
    from reminders.models import Reminder

    newest = Reminder.objects.latest("pk")
    Reminder.objects.filter(pk=newest.pk).update(stage="escalation")
    fire_due_reminders()

    assert "told late" in as_user(anna).get("/notices/").content.decode()
    his = as_user(dmitri).get("/notices/").content.decode()
    assert "left lying" in his
    assert "Anna Petrova has not acted" in his


def test_the_bell_asks_little_and_writes_nothing(plan: Plan, anna: User) -> None:
    rung(plan)
    browser = as_user(anna)
    known = ask(browser).json()["tag"]
    with CaptureQueriesContext(connection) as queries:
        ask(browser, known)

    said = [query["sql"] for query in queries]
    assert not [sql for sql in said if not sql.startswith("SELECT")]
    assert len(said) <= 5, "\n".join(said)


def test_asking_is_no_sign_that_somebody_is_there(plan: Plan, anna: User) -> None:
    browser = as_user(anna)
    ask(browser)
    assert "seen_at" not in browser.session
    browser.get("/notices/")
    assert "seen_at" in browser.session


def test_the_list_asks_the_same_for_one_and_for_many(plan: Plan, anna: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_user(anna).get("/notices/")
        return len(queries)

    rung(plan)
    asked()
    one = asked()
    for number in range(3):
        rung(plan, client=register(anna, full_name=f"Client {number}", phones=[f"+3319900180{number}"], manager=anna.pk))
    assert asked() == one


def test_the_count_stops_at_a_hundred(plan: Plan, anna: User, lefevre: Client) -> None:
    reminder = plan()
    rows = [Notice(reminder=reminder, occurrence=n, stage="due", recipient=anna, at=timezone.now()) for n in range(130)]
    Notice.objects.bulk_create(rows)

    assert ask(as_user(anna)).json()["figure"] == "99+"
    panel = as_user(anna).get("/notices/", headers=HTMX).content.decode()
    assert panel.count('name="id"') == notices.SHOWN
    assert "Mark the other 50 as seen" in panel


def test_every_page_has_the_bell(anna: User, eve: User) -> None:
    assert "data-bell" in as_user(anna).get("/settings/").content.decode()
    assert "data-bell" not in as_user(eve).get("/settings/").content.decode()


# --- the engine is late ------------------------------------------------------------------------


def long_here(user: User) -> Browser:
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(days=9))
    return as_user(User.objects.get(pk=user.pk))


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "has never run"), (70, "last ran 1 minute ago"), (600, "last ran 10 minutes ago"), (30, "")]
)
def test_an_administrator_is_told_that_nobody_is_told(plan: Plan, admin: User, seconds: int | None, words: str) -> None:
    due_now(plan())
    if seconds is not None:
        ReminderPulse.objects.create(name="reminders.tick", at=timezone.now() - timedelta(seconds=seconds))

    page = long_here(admin).get("/settings/").content.decode()

    assert ("data-engine-late" in page) is bool(words)
    assert words in page
    assert ("1 reminder is due and waits" in page) is bool(words)


def test_others_are_not_bothered_with_it(anna: User, dmitri: User) -> None:
    for user in (anna, dmitri):
        assert "data-engine-late" not in long_here(user).get("/settings/").content.decode()


def test_on_the_first_minute_nobody_is_alarmed(admin: User) -> None:
    assert "data-engine-late" not in as_user(admin).get("/settings/").content.decode()


def test_the_loop_tells_that_it_runs(plan: Plan, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from reminders.engine import loop

    monkeypatch.setattr(loop, "deliver_waiting", lambda **given: 1 / 0)  # mail hangs: the tick is not late for it
    with pytest.raises(ZeroDivisionError):
        loop.tick()

    age = ReminderPulse.tick_age()
    assert age is not None
    assert age < 5
