"""Putting off, handing over, cancelling, opening again, and taking back what one did."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Team, User
from clients.errors import Refused, StaleVersion
from clients.history import last_change_id
from clients.models import Client, Touch
from clients.services import hand_over_clients, plan_next_step, undo_touch
from reminders import services
from reminders.engine.firing import fire_due_reminders
from reminders.models import Notice, Reminder, State
from reminders.services.acts import last_act
from reminders.services.planning import MANAGER
from sales.periods import company_today
from tests.reminders.conftest import PARIS, Plan, due_now

TOMORROW: Any = datetime.now(PARIS).date() + timedelta(days=1)


def act_of(reminder: Reminder) -> int:
    act = last_act(reminder)
    assert act is not None
    return act.pk


def told() -> list[int]:
    """Return whose bells show something."""
    return sorted(Notice.objects.filter(withdrawn_at=None).values_list("recipient", flat=True))


def call(name: str, user: User, pk: int, **more: Any) -> Any:
    """Call a service on a reminder with what it needs."""
    needs: dict[str, dict[str, Any]] = {
        "snooze_reminder": {"on_day": TOMORROW, "at_time": time(10)},
        "hand_over_reminder": {"assignee": user.pk},
        "change_reminder": {"changes": {"subject": "Mine"}},
    }
    return getattr(services, name)(user=user, reminder_id=pk, **needs.get(name, {}), **more)


EACH = ["complete_reminder", "cancel_reminder", "snooze_reminder", "hand_over_reminder", "change_reminder"]


@pytest.mark.parametrize("name", [*EACH, "reopen_reminder"])
def test_another_manager_may_do_nothing_with_it(clara: User, plan: Plan, name: str) -> None:
    reminder = plan()
    with pytest.raises(PermissionDenied):
        call(name, clara, reminder.pk)
    assert Reminder.objects.get().version == 1


@pytest.mark.parametrize("name", [*EACH, "reopen_reminder"])
def test_to_a_stranger_it_is_not_there(eve: User, plan: Plan, name: str) -> None:
    with pytest.raises(Reminder.DoesNotExist):
        call(name, eve, plan().pk)


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize("who", ["anna", "dmitri", "admin"])
def test_its_owner_and_management_may_do_each(who: str, plan: Plan, name: str, request: Any) -> None:
    call(name, request.getfixturevalue(who), plan().pk)


def test_a_colleague_of_the_team_may_not_unless_the_company_says_so(boris: User, plan: Plan, company: Any) -> None:
    reminder = plan()
    with pytest.raises(PermissionDenied):
        call("cancel_reminder", boris, reminder.pk)
    company.team_may_edit = True
    company.save()
    call("cancel_reminder", User.objects.get(pk=boris.pk), reminder.pk)


@pytest.mark.parametrize("name", EACH)
def test_what_was_read_before_a_change_is_stale(anna: User, plan: Plan, name: str) -> None:
    reminder = plan()
    services.change_reminder(user=anna, reminder_id=reminder.pk, changes={"note": "more"})
    with pytest.raises(StaleVersion):
        call(name, anna, reminder.pk, version=1)


@pytest.mark.parametrize("name", EACH)
def test_what_is_closed_says_who_closed_it(anna: User, plan: Plan, name: str) -> None:
    reminder = plan()
    services.complete_reminder(user=anna, reminder_id=reminder.pk)
    with pytest.raises(Refused) as refusal:
        call(name, anna, reminder.pk)
    assert "Anna Petrova" in str(refusal.value.errors[0].message)


def test_a_contact_is_not_closed_without_its_touch(anna: User, plan: Plan) -> None:
    with pytest.raises(Refused) as refusal:
        services.complete_reminder(user=anna, reminder_id=plan(kind="call_back").pk)
    assert refusal.value.errors[0].field == "outcome"


# --- put off -------------------------------------------------------------------------------------


def test_put_off_it_is_told_of_anew(anna: User, plan: Plan) -> None:
    reminder = due_now(plan())
    fire_due_reminders()
    assert told() == [anna.pk]

    put_off = services.snooze_reminder(user=anna, reminder_id=reminder.pk, on_day=TOMORROW, at_time=time(10), reason="ill")
    assert (told(), put_off.occurrence, put_off.fires_at) == ([], 2, put_off.due_at)


def test_it_cannot_be_put_off_into_the_past(anna: User, plan: Plan) -> None:
    with pytest.raises(Refused) as refusal:
        services.snooze_reminder(user=anna, reminder_id=plan().pk, on_day=TOMORROW - timedelta(days=9), at_time=None)
    assert refusal.value.errors[0].code == "past"


def test_taken_back_it_stands_where_it_stood(anna: User, plan: Plan) -> None:
    reminder = plan()
    before = (reminder.due_at, reminder.on_day, reminder.at_time)
    put_off = services.snooze_reminder(user=anna, reminder_id=reminder.pk, on_day=TOMORROW + timedelta(days=3), at_time=None)

    back = services.undo_act(user=anna, reminder_id=reminder.pk, act_id=act_of(put_off))
    assert (back.due_at, back.on_day, back.at_time) == before
    assert back.fires_at == back.due_at


def test_late_and_taken_back_it_rings_no_more_but_the_head_hears_of_it(anna: User, plan: Plan) -> None:
    reminder = due_now(plan(), timedelta(hours=3))
    put_off = services.snooze_reminder(user=anna, reminder_id=reminder.pk, on_day=TOMORROW, at_time=None)

    back = services.undo_act(user=anna, reminder_id=reminder.pk, act_id=act_of(put_off))
    assert (back.stage, back.fired_at is not None) == ("escalation", True)
    assert back.fires_at is not None
    assert back.fires_at > timezone.now()


def test_opened_again_when_late_the_head_hears_of_it_too(anna: User, plan: Plan) -> None:
    reminder = due_now(plan(), timedelta(hours=3))
    services.cancel_reminder(user=anna, reminder_id=reminder.pk)
    assert services.reopen_reminder(user=anna, reminder_id=reminder.pk).stage == "escalation"


# --- handed over ---------------------------------------------------------------------------------


def test_given_to_and_fro_whoever_has_it_hears_of_it_each_time(anna: User, boris: User, plan: Plan) -> None:
    reminder = due_now(plan())
    fire_due_reminders()
    services.hand_over_reminder(user=anna, reminder_id=reminder.pk, assignee=boris.pk)
    fire_due_reminders()
    assert told() == [boris.pk]

    services.hand_over_reminder(user=boris, reminder_id=reminder.pk, assignee=anna.pk)
    fire_due_reminders()
    assert told() == [anna.pk]


def test_so_does_a_manager_who_gets_the_client_back(anna: User, boris: User, dmitri: User, lefevre: Client, plan: Plan) -> None:
    due_now(plan(assignee=MANAGER))
    fire_due_reminders()
    for manager in (boris, anna):
        hand_over_clients(user=dmitri, client_ids=[lefevre.pk], manager_id=manager.pk)
        fire_due_reminders()
        assert told() == [manager.pk]


def test_whoever_gave_it_away_may_take_it_back(anna: User, clara: User, dmitri: User, plan: Plan, lefevre: Client) -> None:
    reminder = plan()
    given = services.hand_over_reminder(user=anna, reminder_id=reminder.pk, assignee=clara.pk)
    hand_over_clients(user=dmitri, client_ids=[lefevre.pk], manager_id=dmitri.pk)
    with pytest.raises(PermissionDenied):  # nothing here is Anna's any more
        services.cancel_reminder(user=anna, reminder_id=reminder.pk)
    back = services.undo_act(user=anna, reminder_id=reminder.pk, act_id=act_of(given))
    assert back.owner == anna


def test_nobody_takes_back_what_another_did(anna: User, clara: User, dmitri: User, plan: Plan) -> None:
    reminder = plan()
    given = services.hand_over_reminder(user=dmitri, reminder_id=reminder.pk, assignee=dmitri.pk)
    with pytest.raises(StaleVersion):
        services.undo_act(user=anna, reminder_id=reminder.pk, act_id=act_of(given))
    with pytest.raises(PermissionDenied):
        services.undo_act(user=clara, reminder_id=reminder.pk, act_id=act_of(given))


def test_nor_what_more_has_happened_to_since(anna: User, boris: User, plan: Plan) -> None:
    reminder = plan()
    given = act_of(services.hand_over_reminder(user=anna, reminder_id=reminder.pk, assignee=boris.pk))
    services.change_reminder(user=boris, reminder_id=reminder.pk, changes={"note": "His"})
    with pytest.raises(StaleVersion):
        services.undo_act(user=anna, reminder_id=reminder.pk, act_id=given)


@pytest.mark.parametrize("name", ["complete_reminder", "cancel_reminder"])
def test_closed_and_taken_back_it_is_open_and_the_next_of_its_repeat_goes(anna: User, plan: Plan, name: str) -> None:
    reminder = plan(repeats="FREQ=WEEKLY")
    call(name, anna, reminder.pk)
    assert Reminder.objects.count() == 2
    services.undo_act(user=anna, reminder_id=reminder.pk, act_id=act_of(reminder))
    assert [(one.pk, one.state) for one in Reminder.objects.all()] == [(reminder.pk, State.OPEN)]


def test_planned_and_taken_back_nobody_hears_of_it(anna: User, plan: Plan) -> None:
    reminder = plan()
    undone = services.undo_act(user=anna, reminder_id=reminder.pk, act_id=act_of(reminder))
    assert (undone.state, undone.fires_at) == (State.CANCELLED, None)


# --- a holiday -----------------------------------------------------------------------------------


def holiday(user: User, owner: User, to: User, days: int = 7, **more: Any) -> int:
    return services.hand_over_reminders(
        user=user, owner_id=owner.pk, to_id=to.pk, first=TOMORROW, last=TOMORROW + timedelta(days=days), **more
    )


def test_what_falls_into_a_holiday_goes_to_a_colleague_and_comes_back(anna: User, boris: User, lefevre: Client, plan: Plan) -> None:
    promised = timezone.now() + timedelta(days=2)
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Call", next_step_at=promised)
    own = plan(promised)
    later = plan(promised + timedelta(days=30))

    assert holiday(anna, anna, boris) == 2
    assert {one.pk: (one.owner, one.stands_in_for) for one in Reminder.objects.exclude(pk=later.pk)}.items() >= {
        own.pk: (boris, anna)
    }.items()
    assert Reminder.objects.get(pk=later.pk).owner == anna

    assert services.hand_back_reminders(user=anna, owner_id=anna.pk) == 2
    promise = Reminder.objects.get(is_promise=True)
    assert (promise.owner, promise.follows_manager, promise.stands_in_for) == (anna, True, None)
    own.refresh_from_db()
    assert (own.owner, own.follows_manager) == (anna, False)


def test_what_was_done_meanwhile_stays_done(anna: User, boris: User, plan: Plan) -> None:
    reminder = plan(timezone.now() + timedelta(days=2))
    holiday(anna, anna, boris)
    services.complete_reminder(user=boris, reminder_id=reminder.pk)
    assert services.hand_back_reminders(user=anna, owner_id=anna.pk) == 0


def test_the_promise_of_a_client_that_got_another_manager_comes_back_to_that_one(
    anna: User, boris: User, dmitri: User, lefevre: Client
) -> None:
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Call", next_step_at=timezone.now() + timedelta(days=2))
    holiday(anna, anna, boris)
    hand_over_clients(user=dmitri, client_ids=[lefevre.pk], manager_id=dmitri.pk)
    services.hand_back_reminders(user=anna, owner_id=anna.pk)
    assert Reminder.objects.get().owner == dmitri


def test_one_hand_over_is_taken_back_and_the_other_stays(anna: User, boris: User, clara: User, plan: Plan) -> None:
    first, second = plan(timezone.now() + timedelta(days=1, hours=1)), plan(timezone.now() + timedelta(days=10))
    at: datetime = timezone.now()
    holiday(anna, anna, boris, days=3, now=at)
    holiday(anna, anna, clara, days=20, now=at + timedelta(minutes=1))
    assert services.hand_back_reminders(user=anna, owner_id=anna.pk, given_at=at) == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.owner, second.owner) == (anna, clara)


def test_nobody_gives_away_what_is_anothers(anna: User, boris: User, clara: User, dmitri: User, plan: Plan) -> None:
    plan(timezone.now() + timedelta(days=2))
    with pytest.raises(PermissionDenied):
        holiday(clara, anna, clara)
    with pytest.raises(PermissionDenied):
        services.hand_back_reminders(user=clara, owner_id=anna.pk)
    assert holiday(dmitri, anna, boris) == 1


@pytest.mark.parametrize("wrong", ["self", "stranger", "nobody"])
def test_a_holiday_wants_a_colleague_who_works_here(anna: User, eve: User, wrong: str) -> None:
    to = {"self": anna.pk, "stranger": eve.pk, "nobody": 0}[wrong]
    with pytest.raises(Refused) as refusal:
        services.hand_over_reminders(user=anna, owner_id=anna.pk, to_id=to, first=TOMORROW, last=TOMORROW - timedelta(days=1))
    assert [error.field for error in refusal.value.errors] == ["to", "last"]


# --- many at once --------------------------------------------------------------------------------


def test_many_are_put_off_each_at_its_own_time_and_put_back(anna: User, clara: User, plan: Plan, south: Team) -> None:
    from tests.clients.registry import register

    foreign = plan(user=clara, client=register(clara))
    reminders = [plan(subject=str(number)) for number in range(3)]
    ids = [foreign.pk, *(one.pk for one in reminders)]
    day = TOMORROW + timedelta(days=3)
    done = services.snooze_each(user=anna, reminder_ids=ids, on_day=day)
    assert (set(done.acts), done.not_editable) == ({one.pk for one in reminders}, 1)
    assert {(one.on_day, one.at_time) for one in Reminder.objects.exclude(pk=foreign.pk)} == {(day, reminders[0].at_time)} | {
        (day, one.at_time) for one in reminders
    }
    assert len(services.undo_each(user=anna, act_ids=done.acts).acts) == 3
    assert {one.due_at for one in Reminder.objects.exclude(pk=foreign.pk)} == {one.due_at for one in reminders}


def test_many_are_cancelled_and_opened_again(anna: User, plan: Plan) -> None:
    reminders = [plan(), plan()]
    services.cancel_reminder(user=anna, reminder_id=reminders[0].pk)
    done = services.cancel_each(user=anna, reminder_ids=[one.pk for one in reminders], because="sold")
    assert (list(done.acts), done.closed) == ([reminders[1].pk], 1)
    services.undo_each(user=anna, act_ids=done.acts)
    assert Reminder.objects.get(pk=reminders[1].pk).state == State.OPEN


# --- work finished -------------------------------------------------------------------------------


def test_they_will_work_with_us_again_in_march(anna: User, lefevre: Client) -> None:
    march = (company_today() + timedelta(days=120)).replace(day=1)
    done = services.finish_work(user=anna, client_id=lefevre.pk, again="yes", on_day=march, note="A new hall")
    assert done.reminder is not None
    assert (done.reminder.kind.key, done.reminder.owner, done.reminder.follows_manager) == ("work_again", anna, True)
    assert done.reminder.on_day >= march
    assert done.reminder.on_day.isoweekday() in anna.work_days
    assert "They will work with us again" in Touch.objects.get().note
    assert "A new hall" in Touch.objects.get().note


def test_perhaps_they_will_and_we_ask_how_things_are(anna: User, lefevre: Client) -> None:
    done = services.finish_work(user=anna, client_id=lefevre.pk, again="perhaps")
    assert done.reminder is not None
    assert done.reminder.kind.key == "how_are_things"


def test_they_will_not_because(anna: User, lefevre: Client) -> None:
    done = services.finish_work(user=anna, client_id=lefevre.pk, again="no", because="too dear")
    assert done.reminder is None
    assert Touch.objects.get().no_next_step_because == "too dear"
    assert not Reminder.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [({"again": ""}, "again"), ({"again": "yes"}, "on_day"), ({"again": "no"}, "because"), ({"again": "no", "because": " "}, "because")],
)
def test_an_answer_that_is_none_is_refused(anna: User, lefevre: Client, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        services.finish_work(user=anna, client_id=lefevre.pk, **given)
    assert refusal.value.errors[0].field == field
    assert not Touch.objects.exists()


@pytest.mark.parametrize("who", ["clara", "boris"])
def test_another_managers_work_is_not_theirs_to_close(who: str, lefevre: Client, request: Any) -> None:
    with pytest.raises(PermissionDenied):
        services.finish_work(user=request.getfixturevalue(who), client_id=lefevre.pk, again="perhaps")


def test_taken_back_the_work_goes_on(anna: User, lefevre: Client) -> None:
    done = services.finish_work(user=anna, client_id=lefevre.pk, again="perhaps")
    services.undo_finish(user=anna, client_id=lefevre.pk, touch_id=done.touch.pk, event_id=done.event_id)
    assert not Touch.objects.exists()
    assert list(Reminder.objects.values_list("state", flat=True)) == [State.CANCELLED]


def test_what_is_lent_on_comes_back_to_whom_it_is(anna: User, boris: User, clara: User, lefevre: Client, plan: Plan) -> None:
    reminder = plan(assignee="manager")
    day: dict[str, Any] = {"first": reminder.on_day, "last": reminder.on_day}
    services.hand_over_reminders(user=anna, owner_id=anna.pk, to_id=boris.pk, **day)
    services.hand_over_reminders(user=boris, owner_id=boris.pk, to_id=clara.pk, **day)
    reminder.refresh_from_db()
    assert (reminder.owner, reminder.stands_in_for) == (clara, anna)

    assert services.hand_back_reminders(user=boris, owner_id=boris.pk) == 0
    assert services.hand_back_reminders(user=anna, owner_id=anna.pk) == 1

    reminder.refresh_from_db()
    assert (reminder.owner, reminder.stands_in_for, reminder.follows_manager) == (anna, None, True)


def test_whoever_stood_in_may_take_back_what_was_logged_and_no_more_a_day_later(anna: User, boris: User, lefevre: Client) -> None:
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Call", next_step_at=timezone.now() + timedelta(days=1))
    holiday(anna, anna, boris)
    promise = Reminder.objects.get()
    then = {"next_step_at": timezone.now() + timedelta(days=9)}
    done = services.complete_reminder(user=boris, reminder_id=promise.pk, touch=then)
    assert done.touch is not None
    assert lefevre in Client.objects.touchable_by(boris)

    undo_touch(user=boris, touch_id=done.touch.pk, event_id=last_change_id(lefevre))

    promise.refresh_from_db()
    assert (promise.state, promise.owner, promise.stands_in_for) == ("open", boris, anna)
    services.complete_reminder(user=boris, reminder_id=promise.pk, touch=then)
    Reminder.objects.filter(pk=promise.pk).update(closed_at=timezone.now() - timedelta(days=2))
    assert lefevre not in Client.objects.touchable_by(boris)
