"""How one hears of reminders, and who sets when a head does."""

from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, Team, User
from clients.models import Client
from reminders import services
from reminders.lying import LeftLying
from reminders.models import Reminder, ReminderKind, ReminderPreferences, ReminderSettings
from tests.clients.browsing import as_user
from tests.clients.registry import register
from tests.reminders.conftest import Plan, due_now

pytestmark = pytest.mark.django_db

GIVEN: dict[str, Any] = {"mail": "digest", "digest_at": "07:30", "quiet_from": "20:00", "quiet_until": "07:00"}


def test_what_is_chosen_is_kept_for_oneself_alone(anna: User, clara: User) -> None:
    answer = as_user(anna).post(
        "/settings/reminders/",
        GIVEN | {"mail": "at_once", "kind_birthday": "never", "kind_other": "", "desktop": "on", "digest_at": "08:15", "user": clara.pk},
    )

    assert answer.status_code == 302
    kept = ReminderPreferences.objects.get()
    assert (kept.user, kept.mail, kept.mail_by_kind, kept.digest_at) == (anna, "at_once", {"birthday": "never"}, time(8, 15))
    assert (kept.desktop, kept.push, kept.quiet_from) == (True, False, time(20))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"quiet_from": ""}, "Give both times, or neither."),
        ({"quiet_until": "25:00"}, "Write a time, for example 10:30"),
        ({"mail": "pigeon"}, "is not in the list"),
        ({"kind_other": "pigeon"}, "is not in the list"),
        ({"digest_at": ""}, "Fill this in"),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_is_kept(anna: User, wrong: dict[str, str], said: str) -> None:
    answer = as_user(anna).post("/settings/reminders/", GIVEN | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ReminderPreferences.objects.exists()


def test_desktop_and_phone_are_told_of_all_kinds_but_those_whose_box_is_empty(anna: User) -> None:
    kinds = list(ReminderKind.objects.values_list("key", flat=True))
    ticked = {f"{way}_{key}": "on" for way in ("desktop", "push") for key in kinds} | {f"kind_{key}": "" for key in kinds}
    as_user(anna).post("/settings/reminders/", GIVEN | ticked)
    kept = ReminderPreferences.objects.get()
    assert (kept.desktop_without, kept.push_without, kept.differing) == ([], [], set())

    without = {name: value for name, value in ticked.items() if name not in {"desktop_birthday", "push_other"}}
    as_user(anna).post("/settings/reminders/", GIVEN | without)
    kept.refresh_from_db()
    assert (kept.desktop_without, kept.push_without) == (["birthday"], ["other"])
    page = as_user(anna).get("/settings/reminders/")
    assert page.context["differs"]
    assert page.context["form"]["desktop_birthday"].value() is False


def test_a_kind_that_came_while_the_page_was_open_is_told_of(anna: User) -> None:
    as_user(anna).post("/settings/reminders/", GIVEN | {"kind_birthday": ""})
    kept = ReminderPreferences.objects.get()
    assert (kept.desktop_without, kept.push_without) == (["birthday"], ["birthday"])  # the others were not asked about


def test_without_quiet_hours_there_are_none(anna: User) -> None:
    as_user(anna).post("/settings/reminders/", GIVEN | {"quiet_from": "", "quiet_until": ""})
    kept = ReminderPreferences.objects.get()
    assert (kept.quiet_from, kept.quiet_until) == (None, None)


def test_the_page_says_the_working_days_and_my_settings_lead_to_it(anna: User) -> None:
    page = as_user(anna).get("/settings/reminders/").content.decode()
    assert "You work on Monday, Tuesday, Wednesday, Thursday, Friday, from 09:00 until 18:00" in page
    assert 'href="/settings/reminders/"' in as_user(anna).get("/settings/").content.decode()


@pytest.mark.parametrize(
    ("language", "said"),
    [("ru", "понедельник, вторник, среда, четверг, пятница, с"), ("fr", "lundi, mardi, mercredi, jeudi, vendredi, de")],
)
def test_weekdays_begin_small_where_the_language_wants_it(anna: User, language: str, said: str) -> None:
    User.objects.filter(pk=anna.pk).update(language=language)
    assert said in as_user(anna).get("/settings/reminders/").content.decode()


def test_a_retired_kind_is_offered_to_those_who_chose_for_it(anna: User) -> None:
    ReminderKind.objects.filter(key="birthday").update(retired=True)
    assert "kind_birthday" not in as_user(anna).get("/settings/reminders/").content.decode()
    ReminderPreferences.objects.create(user=anna, mail_by_kind={"birthday": "never"})
    assert "kind_birthday" in as_user(anna).get("/settings/reminders/").content.decode()


# --- escalation --------------------------------------------------------------------------------


def test_management_sets_after_how_long_a_head_hears_of_it_and_the_audit_says_so(dmitri: User, admin: User) -> None:
    as_user(dmitri).post("/reminder-settings/", {"escalates": "on", "escalate_hours": "4"})

    assert ReminderSettings.current().escalate_hours == 4
    entry = AuditEntry.objects.get(action="reminder_settings_changed")
    assert (entry.by, entry.details_words) == (dmitri, "Working hours until the head hears of it: 8 → 4")
    assert "Changed when heads hear of reminders" in as_user(admin).get("/audit/").content.decode()


@pytest.mark.parametrize("hours", ["0", "401", "-1", "x", ""])
def test_hours_that_make_no_sense_are_refused(dmitri: User, hours: str) -> None:
    assert as_user(dmitri).post("/reminder-settings/", {"escalates": "on", "escalate_hours": hours}).status_code == 422
    assert ReminderSettings.current().escalate_hours == 8


def test_a_manager_sets_nothing_for_others(anna: User) -> None:
    assert as_user(anna).post("/reminder-settings/", {"escalate_hours": "4"}).status_code == 403


def test_the_head_is_chosen_with_the_team(admin: User, anna: User, boris: User) -> None:
    as_user(admin).post(f"/teams/{anna.team_id}/", {"name": "North", "head": boris.pk})

    assert Team.objects.get(members=anna).head == boris
    entry = AuditEntry.objects.get(action="team_head_changed")
    assert entry.details_words == "– → Boris Lind"
    assert "Head: Boris Lind" in as_user(admin).get("/teams/").content.decode()


def test_whoever_left_can_not_become_head_and_stays_if_head_already(admin: User, anna: User, boris: User) -> None:
    User.objects.filter(pk=boris.pk).update(is_active=False)
    page = as_user(admin).post(f"/teams/{anna.team_id}/", {"name": "North", "head": boris.pk})
    assert "Choose one from the list" in page.content.decode()

    Team.objects.filter(members=anna).update(head=boris)
    as_user(admin).post(f"/teams/{anna.team_id}/", {"name": "Far North", "head": boris.pk})
    assert Team.objects.get(members=anna).head == boris


# --- left lying --------------------------------------------------------------------------------


@pytest.fixture
def lying(plan: Plan, anna: User) -> Reminder:
    reminder = due_now(plan(subject="Contract"))
    Reminder.objects.filter(pk=reminder.pk).update(escalated_at=reminder.due_at, fires_at=None, stage="")
    return reminder


def test_head_and_management_see_it_by_owner(lying: Reminder, anna: User, boris: User, dmitri: User) -> None:
    Team.objects.filter(members=anna).update(head=boris)
    for user in (boris, dmitri):
        page = as_user(user).get("/left-lying/").content.decode()
        assert "Anna Petrova" in page
        assert "Ateliers Lefèvre" in page
        assert 'href="/left-lying/"' in as_user(user).get("/clients/").content.decode(), "the navigation leads there"
    assert 'href="/left-lying/"' not in as_user(anna).get("/clients/").content.decode()


def test_nobody_else_does(lying: Reminder, anna: User, boris: User, clara: User, south: Team) -> None:
    for user in (anna, boris, clara):
        assert as_user(user).get("/left-lying/").status_code == 403
    Team.objects.filter(pk=south.pk).update(head=clara)
    page = as_user(clara).get("/left-lying/")
    assert page.status_code == 200
    assert "Ateliers" not in page.content.decode(), "a head of another team"
    assert as_user(clara).post(f"/left-lying/{lying.pk}/take-over/").status_code == 404


def test_the_head_takes_it_over_and_calls(lying: Reminder, anna: User, boris: User) -> None:
    Team.objects.filter(members=anna).update(head=boris)

    answer = as_user(boris).post(f"/left-lying/{lying.pk}/take-over/")

    assert answer["Location"] == f"/clients/{lying.client_id}/#log"
    lying.refresh_from_db()
    assert lying.owner == boris
    assert LeftLying.count_for(boris) == 0


def test_what_was_done_meanwhile_is_told(lying: Reminder, dmitri: User, anna: User) -> None:
    services.complete_reminder(user=anna, reminder_id=lying.pk)
    page = as_user(dmitri).post(f"/left-lying/{lying.pk}/take-over/", follow=True).content.decode()
    assert "Anna Petrova has done this already." in page


def test_a_head_may_hand_over_what_the_team_has_and_no_one_elses(lying: Reminder, anna: User, boris: User, clara: User) -> None:
    assert not Reminder.objects.editable_by(boris).exists()
    Team.objects.filter(members=anna).update(head=boris)
    assert Reminder.objects.editable_by(boris).get() == lying
    assert not Reminder.objects.editable_by(clara).exists()


def test_the_page_asks_the_same_for_one_and_for_many(lying: Reminder, plan: Plan, dmitri: User, anna: User, boris: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_user(dmitri).get("/left-lying/")
        return len(queries)

    asked()
    one = asked()
    for owner in (anna, boris, boris):
        client: Client = register(owner, full_name="Rassvet", manager=owner.pk, phones=[f"+3319900190{Client.objects.count()}"])
        other = plan(user=owner, client=client)
        Reminder.objects.filter(pk=other.pk).update(escalated_at=other.due_at)
    assert asked() == one
