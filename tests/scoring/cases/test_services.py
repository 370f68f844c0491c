"""Turnaround cases: opened from a demon, decided, acted on, measured again, ended; who may, and what reminds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from clients.criteria.days import add_months
from clients.errors import Refused, StaleVersion
from clients.models import Client
from clients.models.clients import Lifecycle
from clients.services import change_client
from clients.services.duplicates import merge_clients, undo_merge
from clients.services.lifecycle import erase_client
from reminders.models import Reminder
from sales import rollup
from sales.models import LedgerSettings
from sales.periods import company_today
from scoring.case_board import turned_this_year
from scoring.case_page import CasePage
from scoring.diagnosis import Diagnosis
from scoring.models import CaseReminder, TurnaroundCase
from scoring.services import cases
from tests.clients.registry import register
from tests.sales.ledger import complaint, cost, sale


def codes(refusal: pytest.ExceptionInfo[Refused]) -> dict[str, str]:
    return {error.field: error.code for error in refusal.value.errors}


def reminders_of(case: TurnaroundCase) -> list[tuple[str, str, date, User | None]]:
    rows = CaseReminder.objects.filter(case=case).select_related("reminder__owner").order_by("pk")
    return [(row.what, row.reminder.state, row.reminder.on_day, row.reminder.owner) for row in rows]


def decided(case: TurnaroundCase, user: User, **more: Any) -> TurnaroundCase:
    return cases.change_case(user=user, case_id=case.pk, changes={"cause": "logistics", "action": "mend"} | more)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


# --- opening ------------------------------------------------------------------------------------------


def test_a_case_keeps_what_the_client_cost_and_what_stood_out(case: TurnaroundCase, anna: User) -> None:
    diagnosis = Diagnosis.read(case.diagnosis)
    delivery = next(line for line in diagnosis.lines if line.key.startswith("category-"))

    assert (case.revenue, case.profit, case.verdict, case.state) == (1000, -40, "demon", "diagnosis")
    assert (delivery.own, delivery.median, delivery.excess) == (Decimal(30), Decimal("4.25"), Decimal("257.50"))
    assert delivery.stands_out
    assert (diagnosis.level, diagnosis.peers, diagnosis.sampled) == ("near", 6, False)
    assert case.owner == anna
    assert reminders_of(case) == [("deadline", "open", company_today() + timedelta(days=30), anna)]


def test_the_largest_cost_above_the_median_suggests_the_cause(dmitri: User, demon: Client, month: date) -> None:
    last = add_months(month, -1)
    cost(demon, 400, last, category="service")
    rollup.refresh_all()

    case = cases.open_case(user=dmitri, client_id=demon.pk)

    assert case.diagnosis["suggested"] == "process"
    assert CasePage(dmitri, case.pk).finding == "Service hours 40\xa0% of revenue, median 0\xa0%"


def test_complaints_point_to_whose_fault_they_were(dmitri: User, demon: Client, month: date) -> None:
    complaint(demon, 500, add_months(month, -1), fault="client")
    rollup.refresh_all()

    assert cases.open_case(user=dmitri, client_id=demon.pk).diagnosis["suggested"] == "complaints"


def test_who_loses_nothing_has_no_case(dmitri: User, demon: Client) -> None:
    with pytest.raises(Refused) as refusal:
        cases.open_case(user=dmitri, client_id=Client.objects.exclude(pk=demon.pk)[0].pk)
    assert codes(refusal) == {"client": "no_demon"}


def test_one_case_of_a_client_is_open(case: TurnaroundCase, dmitri: User) -> None:
    with pytest.raises(Refused) as refusal:
        cases.open_case(user=dmitri, client_id=case.client_id)
    assert codes(refusal) == {"client": "taken"}


@pytest.mark.parametrize(
    ("first", "end"), [(date(2026, 3, 2), date(2026, 3, 2)), (date(9998, 1, 1), date(9999, 12, 31)), (date(1, 1, 1), date(2026, 1, 1))]
)
def test_a_case_is_of_days_that_reports_know(demon: Client, dmitri: User, first: date, end: date) -> None:
    with pytest.raises(Refused) as refusal:
        cases.open_case(user=dmitri, client_id=demon.pk, first=first, end=end)
    assert codes(refusal) == {"last": "order"}


def test_a_manager_opens_the_case_of_an_own_client_where_managers_see_profit(demon: Client, anna: User, clara: User, eve: User) -> None:
    for user in (anna, clara):
        with pytest.raises(PermissionDenied):
            cases.open_case(user=user, client_id=demon.pk)
    with pytest.raises(Client.DoesNotExist):
        cases.open_case(user=eve, client_id=demon.pk)
    LedgerSettings.objects.create(managers_see_profit=True)
    with pytest.raises(PermissionDenied):
        cases.open_case(user=clara, client_id=demon.pk)

    assert cases.open_case(user=anna, client_id=demon.pk).opened_by == anna


# --- deciding -----------------------------------------------------------------------------------------


def test_a_case_with_an_action_is_agreed_and_its_reminder_moves_with_it(case: TurnaroundCase, dmitri: User, boris: User) -> None:
    day = company_today() + timedelta(days=10)

    changed = decided(case, dmitri, owner=boris.pk, deadline=day.isoformat(), expected_gain="1 200", note="Round trips")

    assert (changed.state, changed.expected_gain, changed.version) == ("agreed", 1200, 2)
    assert reminders_of(case) == [("deadline", "open", day, boris)]


def test_an_action_needs_a_cause_and_a_deadline_is_to_come(case: TurnaroundCase, dmitri: User) -> None:
    with pytest.raises(Refused) as refusal:
        cases.change_case(user=dmitri, case_id=case.pk, changes={"action": "mend", "deadline": "2020-01-01", "owner": 0, "x": 1})
    assert codes(refusal) == {"x": "unknown", "owner": "choice", "cause": "required", "deadline": "past"}


def test_an_old_version_is_told(case: TurnaroundCase, dmitri: User) -> None:
    decided(case, dmitri)
    with pytest.raises(StaleVersion):
        cases.change_case(user=dmitri, case_id=case.pk, version=1, changes={"note": "x"})


def test_managers_work_on_cases_of_their_own_clients_without_the_figures(
    case: TurnaroundCase, anna: User, clara: User, boris: User
) -> None:
    decided(case, anna)
    with pytest.raises(PermissionDenied):
        cases.change_case(user=anna, case_id=case.pk, changes={"expected_gain": 5})
    assert not CasePage(anna, case.pk).shows_figures
    for user in (clara, boris):
        with pytest.raises(TurnaroundCase.DoesNotExist):
            cases.change_case(user=user, case_id=case.pk, changes={"note": "x"})


def test_agreed_terms_are_recorded_with_their_date_and_may_be_taken_back(case: TurnaroundCase, anna: User) -> None:
    term = cases.agree_terms(user=anna, case_id=case.pk, what="payment_days", was="60", becomes="30")
    assert (str(term), term.agreed_on, term.noted_by) == ("days to pay: 60 → 30", company_today(), anna)

    cases.drop_terms(user=anna, case_id=case.pk, term_id=term.pk)
    assert not case.terms.exists()

    with pytest.raises(Refused) as refusal:
        cases.agree_terms(user=anna, case_id=case.pk, what="nonsense", becomes="", agreed_on="never")
    assert codes(refusal) == {"what": "choice", "agreed_on": "date"}


# --- acting and measuring -----------------------------------------------------------------------------


def test_acting_ends_the_deadline_and_plans_the_measuring(case: TurnaroundCase, dmitri: User, anna: User, month: date) -> None:
    decided(case, dmitri)

    acted = cases.act(user=dmitri, case_id=case.pk, acted_on=month)

    assert (acted.state, acted.months, acted.measure_on) == ("acting", 3, add_months(month, 3))
    assert [one[:3] for one in reminders_of(case)][1:] == [("measure", "open", add_months(month, 3))]
    assert reminders_of(case)[0][1] == "done"

    back = cases.not_acting_yet(user=anna, case_id=case.pk)
    assert (back.state, back.measure_on) == ("agreed", None)


def test_the_month_of_the_action_is_neither_before_nor_after() -> None:
    from scoring.services.cases.measuring import windows

    found = windows(date(2026, 3, 15), 3)
    assert (found.before, found.after) == ((date(2025, 12, 1), date(2026, 3, 1)), (date(2026, 4, 1), date(2026, 7, 1)))
    assert windows(date(2026, 3, 1), 1).after == (date(2026, 3, 1), date(2026, 4, 1))


def measured(case: TurnaroundCase, user: User, month: date, **after: Any) -> TurnaroundCase:
    """Act on the first of this month, let three months pass, with a sale in the first of them, and measure."""
    decided(case, user)
    cases.act(user=user, case_id=case.pk, acted_on=month)
    if after:
        sale(case.client, 1000, month, **after)
        rollup.refresh_all()
    assert cases.measure_due(now=at(add_months(month, 3) - timedelta(days=1))) == 0
    assert cases.measure_due(now=at(add_months(month, 3))) == 1
    assert cases.measure_due(now=at(add_months(month, 3))) == 0
    case.refresh_from_db()
    return case


def test_a_demon_that_earns_is_turned_round_and_counts_as_money(case: TurnaroundCase, dmitri: User, anna: User, month: date) -> None:
    measured(case, dmitri, month, direct_cost=800)

    assert (case.state, case.result, case.before_verdict, case.after_verdict) == ("measured", "turned", "demon", "angel")
    assert (case.before_profit, case.after_profit, case.gained) == (Decimal(-40), Decimal(200), Decimal(240))
    told = [(one[0], one[1], one[3]) for one in reminders_of(case) if one[0] != "deadline"]
    assert told[0] == ("measure", "done", anna)
    assert {one[2] for one in told[1:]} == {anna, dmitri}
    assert [one[:2] for one in told[1:]] == [("result", "open")] * 2
    year = turned_this_year(dmitri, now=at(add_months(month, 3)))
    assert (year.measured, year.turned, year.money) == (1, 1, Decimal(240))
    assert turned_this_year(anna, now=at(add_months(month, 3))).money == 0
    steps = {step.label: [float(step.before), float(step.after)] for step in CasePage(dmitri, case.pk).steps}
    assert steps == {"Revenue": [1000, 1000], "Direct cost": [-740, -800], "Delivery": [-300, 0], "Profit": [-40, 200]}


@pytest.mark.parametrize(("direct_cost", "result"), [(1010, "unchanged"), (1500, "worse")])
def test_one_that_still_loses_is_unchanged_or_worse(case: TurnaroundCase, dmitri: User, month: date, direct_cost: int, result: str) -> None:
    assert measured(case, dmitri, month, direct_cost=direct_cost).result == result


def test_who_ordered_nothing_since_is_no_success(case: TurnaroundCase, dmitri: User, month: date) -> None:
    assert measured(case, dmitri, month).result == "gone"


def test_one_case_that_fails_does_not_keep_the_others(
    case: TurnaroundCase, dmitri: User, month: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scoring.services.cases import measuring

    decided(case, dmitri)
    cases.act(user=dmitri, case_id=case.pk, acted_on=month)
    monkeypatch.setattr(measuring, "tell_result", lambda case, now: 1 / 0)

    assert cases.measure_due(now=at(add_months(month, 3))) == 0
    case.refresh_from_db()
    assert case.state == "acting"


# --- ending -------------------------------------------------------------------------------------------


def test_stopping_is_managements_word(case: TurnaroundCase, anna: User, dmitri: User) -> None:
    with pytest.raises(PermissionDenied):
        cases.stop_working(user=anna, case_id=case.pk, reason="Too dear")

    stopped = cases.stop_working(user=dmitri, case_id=case.pk, reason="Too dear")

    client = Client.objects.get(pk=case.client_id)
    assert (stopped.state, stopped.is_stopped, stopped.closed_by) == ("closed", True, dmitri)
    assert (client.lifecycle, client.archived_reason) == (Lifecycle.FORMER, "Too dear")
    assert client.archived_at is not None
    assert not Reminder.objects.filter(client=client, state="open").exists()


def test_a_stop_is_taken_back_by_management_alone(case: TurnaroundCase, anna: User, dmitri: User) -> None:
    before = Client.objects.get(pk=case.client_id).lifecycle
    cases.stop_working(user=dmitri, case_id=case.pk, reason="Too dear")
    with pytest.raises(PermissionDenied):
        cases.reopen_case(user=anna, case_id=case.pk)

    again = cases.reopen_case(user=dmitri, case_id=case.pk)

    client = Client.objects.get(pk=case.client_id)
    assert (again.is_open, client.lifecycle, client.archived_at) == (True, before, None)
    assert [one[1] for one in reminders_of(case)] == ["done", "open"]


def test_closing_before_measuring_needs_a_reason(case: TurnaroundCase, anna: User) -> None:
    with pytest.raises(Refused) as refusal:
        cases.close_case(user=anna, case_id=case.pk)
    assert codes(refusal) == {"because": "required"}

    closed = cases.close_case(user=anna, case_id=case.pk, because="They pay for delivery now")

    assert (closed.state, closed.closed_because) == ("closed", "They pay for delivery now")
    assert [one[1] for one in reminders_of(case)] == ["done"]
    with pytest.raises(Refused) as refusal:
        cases.change_case(user=anna, case_id=case.pk, changes={"note": "x"})
    assert codes(refusal) == {"case": "closed"}


# --- merging and forgetting ---------------------------------------------------------------------------


def test_a_merge_moves_cases_and_gives_them_back(case: TurnaroundCase, dmitri: User, anna: User) -> None:
    survivor = register(anna, full_name="Survivor")

    merge = merge_clients(user=dmitri, survivor_id=survivor.pk, other_id=case.client_id)
    assert TurnaroundCase.objects.get(pk=case.pk).client == survivor

    undo_merge(user=dmitri, merge_id=merge.pk)
    assert TurnaroundCase.objects.get(pk=case.pk).client_id == case.client_id


def test_of_two_open_cases_a_merge_closes_that_of_the_other(case: TurnaroundCase, dmitri: User, anna: User, month: date) -> None:
    survivor = register(anna, full_name="Survivor")
    sale(survivor, 100, add_months(month, -1), direct_cost=200)
    rollup.refresh_all()
    own = cases.open_case(user=dmitri, client_id=survivor.pk)

    merge = merge_clients(user=dmitri, survivor_id=survivor.pk, other_id=case.client_id)
    moved = TurnaroundCase.objects.get(pk=case.pk)
    assert (moved.client, moved.state, moved.closed_because) == (survivor, "closed", "merged")
    assert [one[1] for one in reminders_of(case)] == ["cancelled"]
    assert TurnaroundCase.objects.get(pk=own.pk).is_open

    undo_merge(user=dmitri, merge_id=merge.pk)
    back = TurnaroundCase.objects.get(pk=case.pk)
    assert (back.client_id, back.state) == (case.client_id, "diagnosis")
    assert [one[1] for one in reminders_of(case)] == ["open"]


def test_an_undone_merge_opens_no_second_case(case: TurnaroundCase, dmitri: User, anna: User, month: date) -> None:
    cases.close_case(user=dmitri, case_id=case.pk, because="Done")
    second = cases.open_case(user=dmitri, client_id=case.client_id)
    survivor = register(anna, full_name="Survivor")
    sale(survivor, 100, add_months(month, -1), direct_cost=200)
    rollup.refresh_all()
    own = cases.open_case(user=dmitri, client_id=survivor.pk)
    merge = merge_clients(user=dmitri, survivor_id=survivor.pk, other_id=case.client_id)
    cases.close_case(user=dmitri, case_id=own.pk, because="Done")
    cases.reopen_case(user=dmitri, case_id=case.pk)

    undo_merge(user=dmitri, merge_id=merge.pk)

    assert set(TurnaroundCase.objects.open().values_list("pk", "client")) == {(case.pk, case.client_id)}
    assert not TurnaroundCase.objects.get(pk=second.pk).is_open


def test_reminders_of_a_case_follow_it_whoever_works_on_it(
    case: TurnaroundCase, dmitri: User, anna: User, clara: User, boris: User
) -> None:
    """Clara owns the case of Anna's client; its reminder is Anna's, who was given it by hand."""
    cases.change_case(user=dmitri, case_id=case.pk, changes={"owner": clara.pk})
    Reminder.objects.filter(pk__in=CaseReminder.objects.filter(case=case).values("reminder")).update(owner=anna)

    cases.change_case(user=clara, case_id=case.pk, changes={"deadline": (company_today() + timedelta(days=3)).isoformat()})
    assert reminders_of(case) == [("deadline", "open", company_today() + timedelta(days=3), clara)]

    Reminder.objects.filter(pk__in=CaseReminder.objects.filter(case=case).values("reminder")).update(owner=anna)
    cases.close_case(user=clara, case_id=case.pk, because="Done")
    assert [one[1] for one in reminders_of(case)] == ["done"]


def test_erasure_takes_the_words_and_leaves_the_figures(case: TurnaroundCase, dmitri: User, admin: User) -> None:
    decided(case, dmitri, note="Mr Demon is rude")
    cases.agree_terms(user=dmitri, case_id=case.pk, what="other", becomes="Mr Demon calls first")
    client = Client.objects.get(pk=case.client_id)

    erase_client(user=admin, client_id=client.pk, version=client.version)

    left = TurnaroundCase.objects.get(pk=case.pk)
    assert (left.note, left.profit, left.is_open) == ("", -40, False)
    assert [term.becomes for term in left.terms.all()] == ["–"]


def test_history_says_who_did_what(case: TurnaroundCase, dmitri: User, anna: User) -> None:
    decided(case, anna)
    cases.change_case(user=dmitri, case_id=case.pk, changes={"expected_gain": 900})

    def told(user: User) -> set[tuple[str, str]]:
        return {(one.who, ", ".join(name for name, _before, _after in one.changes)) for one in CasePage(user, case.pk).happened}

    assert told(dmitri) == {(str(dmitri), ""), (str(anna), "Cause, Action"), (str(dmitri), "Expected gain a year")}
    assert told(anna) == {(str(dmitri), ""), (str(anna), "Cause, Action")}


def test_the_owner_of_a_case_may_write_what_was_agreed(case: TurnaroundCase, dmitri: User, clara: User) -> None:
    cases.change_case(user=dmitri, case_id=case.pk, changes={"owner": clara.pk})
    assert Client.objects.touchable_by(clara).filter(pk=case.client_id).exists()
    assert decided(case, clara).state == "agreed"
    client = Client.objects.get(pk=case.client_id)
    with pytest.raises(PermissionDenied):
        change_client(user=clara, client_id=client.pk, version=client.version, changes={"city": "Lyon"})
