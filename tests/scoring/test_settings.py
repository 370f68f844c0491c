"""What makes an angel or a demon is set by management; reports follow, and the audit tells of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client as Browser

from accounts.models import AuditEntry, User
from clients.errors import Refused
from clients.models import Client
from sales import rollup
from sales.periods import company_today
from scoring.models import ProfitReport, ProfitRow, ProfitSettings
from scoring.periods import Period
from scoring.reports import at_hand, holds
from scoring.services import change_profit_settings, undo_profit_settings
from tests.clients.registry import register
from tests.sales.ledger import sale

pytestmark = pytest.mark.django_db
PAGE = "/profit-settings/"


@pytest.fixture
def client_of(anna: User) -> Client:
    """Earns 50.00 of 1,000.00 this month: between."""
    made = register(anna)
    sale(made, 1000, company_today(), direct_cost=950)
    rollup.refresh_all()
    return made


def refusal(act: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        act()
    return {error.field: error.code for error in refused.value.errors}


def this_month() -> ProfitReport:
    month = Period.month(company_today().replace(day=1))
    found = at_hand(month.first, month.end).report
    assert found is not None
    return found


def verdict() -> str:
    return ProfitRow.objects.get(report=this_month(), client__isnull=False).verdict


def test_verdicts_follow_the_thresholds(client_of: Client, dmitri: User) -> None:
    assert verdict() == "between"
    report = this_month()

    change_profit_settings(user=dmitri, values={"angel_margin": "5"})
    assert not holds(report)
    assert verdict() == "angel"

    change_profit_settings(user=dmitri, values={"demon_below": "50.01"})
    assert verdict() == "demon"

    change_profit_settings(user=dmitri, values={"demon_below": "-10", "angel_margin": "5.01 %"})
    assert verdict() == "between"
    assert ProfitSettings.current().revision == 4


def test_months_of_cases_leave_reports_alone(client_of: Client, dmitri: User) -> None:
    report = this_month()
    change_profit_settings(user=dmitri, values={"case_months": 6})
    assert holds(report)
    assert (ProfitSettings.current().case_months, ProfitSettings.current().revision) == (6, 1)


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"angel_margin": "100.01"}, {"angel_margin": "percent"}),
        ({"angel_margin": "-1"}, {"angel_margin": "percent"}),
        ({"angel_margin": "1.005"}, {"angel_margin": "percent"}),
        ({"angel_margin": "NaN"}, {"angel_margin": "percent"}),
        ({"angel_margin": "a lot"}, {"angel_margin": "percent"}),
        ({"angel_margin": " ", "case_months": ""}, {"angel_margin": "required", "case_months": "required"}),
        ({"demon_below": "0.001"}, {"demon_below": "money"}),
        ({"demon_below": "1" + "0" * 14}, {"demon_below": "money"}),
        ({"demon_below": ""}, {"demon_below": "required"}),
        ({"case_months": "0"}, {"case_months": "number"}),
        ({"case_months": "25"}, {"case_months": "number"}),
        ({"case_months": "1.5"}, {"case_months": "number"}),
        ({"revision": 9}, {"revision": "unknown"}),
    ],
)
def test_odd_settings_are_refused(given: dict[str, Any], errors: dict[str, str], dmitri: User) -> None:
    assert refusal(lambda: change_profit_settings(user=dmitri, values=given)) == errors
    assert not ProfitSettings.objects.exists()


@pytest.mark.parametrize("margin", ["0", "100", "12,5", "12.50%"])
def test_what_people_write_is_understood(margin: str, dmitri: User) -> None:
    kept, _entry = change_profit_settings(user=dmitri, values={"angel_margin": margin})
    assert kept.angel_margin == Decimal(margin.replace(",", ".").removesuffix("%"))


def test_the_audit_tells_old_and_new(dmitri: User) -> None:
    change_profit_settings(user=dmitri, values={"angel_margin": "12.5", "demon_below": "-100", "case_months": "6"})

    line = AuditEntry.objects.for_audit_page().get(action="profit_settings_changed")
    assert line.by == dmitri
    assert line.details["changes"] == [["angel_margin", "10.00", "12.50"], ["demon_below", "0.00", "-100.00"], ["case_months", 3, 6]]
    assert line.details_words == (
        "An angel earns at least: 10\xa0% → 12.5\xa0%; A demon earns less than: €0.00 → −€100.00; "
        "A turnaround case is measured again after: 3 → 6"
    )


def test_setting_what_is_set_says_nothing(dmitri: User) -> None:
    _kept, entry = change_profit_settings(user=dmitri, values={"angel_margin": "10.0", "demon_below": 0, "case_months": 3})
    assert entry is None
    assert not AuditEntry.objects.filter(action="profit_settings_changed").exists()
    assert ProfitSettings.current().revision == 1


def test_undo_puts_back_what_nobody_changed_since(dmitri: User, admin: User) -> None:
    _kept, entry = change_profit_settings(user=dmitri, values={"angel_margin": "20", "demon_below": "5"})
    assert entry is not None
    change_profit_settings(user=admin, values={"demon_below": "7"})

    assert undo_profit_settings(user=dmitri, entry_id=entry.pk) == ["angel_margin"]
    kept = ProfitSettings.current()
    assert (kept.angel_margin, kept.demon_below) == (Decimal(10), Decimal(7))
    assert kept.revision == 4
    assert undo_profit_settings(user=dmitri, entry_id=entry.pk) == []
    assert ProfitSettings.current().revision == 4


@pytest.mark.parametrize(("who", "may"), [("anna", False), ("boris", False), ("eve", False), ("dmitri", True), ("admin", True)])
def test_thresholds_are_managements(client: Browser, who: str, may: bool, admin: User, request: Any) -> None:
    user: User = request.getfixturevalue(who)
    _kept, entry = change_profit_settings(user=admin, values={"case_months": 4})
    assert entry is not None
    client.force_login(user)

    assert client.get(PAGE).status_code == (200 if may else 403)
    answer = client.post(PAGE, {"angel_margin": "20", "demon_below": "0", "case_months": "4"})
    assert answer.status_code == (302 if may else 403)
    assert ProfitSettings.current().angel_margin == (20 if may else 10)
    assert client.post(f"{PAGE}undo/{entry.pk}/").status_code == (302 if may else 403)
    assert ProfitSettings.current().case_months == (3 if may else 4)
    if not may:
        for act in (lambda: change_profit_settings(user=user, values={}), lambda: undo_profit_settings(user=user, entry_id=entry.pk)):
            with pytest.raises(PermissionDenied):
                act()


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(client: Browser, dmitri: User) -> None:
    client.force_login(dmitri)
    answer = client.post(PAGE, {"angel_margin": "120", "demon_below": "-3.5", "case_months": "6"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Give a percentage from 0 to 100" in page
    assert 'value="120"' in page
    assert 'value="-3.5"' in page
    assert not ProfitSettings.objects.exists()


def test_the_page_saves_and_its_toast_undoes(client: Browser, dmitri: User, client_of: Client) -> None:
    month = company_today().replace(day=1)
    period = Period.rolling(month)
    at_hand(period.first, period.end)
    client.force_login(dmitri)
    assert "1 between" in client.get(PAGE).content.decode()

    page = client.post(PAGE, {"angel_margin": "12.5", "demon_below": "0", "case_months": "3"}, follow=True).content.decode()

    entry = AuditEntry.objects.get(action="profit_settings_changed")
    assert f"{PAGE}undo/{entry.pk}/" in page
    assert "Keeps 12.5\xa0% of its revenue or more" in page
    assert "Counted by the thresholds as they were before" in page
    client.post(f"{PAGE}undo/{entry.pk}/")
    assert ProfitSettings.current().angel_margin == 10


def test_undoing_another_line_of_the_audit_is_not_there(client: Browser, dmitri: User) -> None:
    other = AuditEntry.objects.create(action="ledger_settings_changed", by=dmitri, details={"changes": [["case_months", 1, 3]]})
    client.force_login(dmitri)
    assert client.post(f"{PAGE}undo/{other.pk}/").status_code == 404
