"""The audit on screens of all sizes, and the audit taken out as a file."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import AuditEntry, Team, User
from accounts.services.audit import note
from clients.models import ClientMerge, RuleChange
from tests.browser.conftest import Look, every_look
from tests.clients.registry import register
from ui.models import ExportLog


@pytest.fixture
def a_month(anna: User, boris: User, dmitri: User, admin: User, south: Team) -> None:
    """What a month of a company leaves: long names, no names, several alphabets."""
    now = timezone.now()
    long = register(anna, full_name="Société générale d’approvisionnement et de distribution du Sud-Ouest méditerranéen")
    other = register(anna, full_name="ООО «Научно-производственное объединение “Кракозябр”»")
    for back, user, how in [(30, anna, ["password", "totp"]), (12, boris, ["sign_in_link"]), (1, dmitri, ["webauthn"])]:
        with _at(now - timedelta(days=back)):
            line = note("signed_in", by=user, about=user, how=how)
            assert line.ip is None
    AuditEntry.objects.create(action="sign_in_failed", about="", ip="2001:db8:85a3::8a2e:370:7334", details={"how": ["password"]})
    AuditEntry.objects.create(
        action="signed_in", by=admin, about="user", object_id=admin.pk, ip="203.0.113.9", details={"how": ["password"]}
    )
    note("role_changed", by=admin, about=boris, role=["Manager", "Management"])
    note("team_changed", by=admin, about=anna, team=["North", "Отдел продаж по работе с ключевыми клиентами"])
    note("company_changed", by=admin, about=None, changes=[["time_zone", "Europe/Paris", "Asia/Tbilisi"], ["team_may_edit", False, True]])
    ClientMerge.objects.create(survivor=long, other=other, by=dmitri)
    RuleChange.objects.create(by=admin, action="published", kind="criterion", name="phone")
    words = "Manager: Anna Petrova; Lifecycle: current; City: Saint-Rémy-lès-Chevreuse; Registered: 1 January 2024 to 30 June 2026"
    ExportLog.objects.create(page="clients", user=anna, file_format="xlsx", rows=12_345, words=words)


def _at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


@every_look
def test_the_audit_is_read_at_every_size(
    page: Page,
    signed_in: Callable[[User], User],
    admin: User,
    a_month: None,
    look: Look,
    axe: Callable[[], None],
    shot: Callable[..., None],
) -> None:
    signed_in(admin)
    page.goto("/audit/")
    expect(page.get_by_role("heading", name="Audit", exact=True)).to_be_visible()
    expect(page.get_by_text("Changed the role")).to_be_visible()
    expect(page.get_by_text("History is guarded by triggers only")).to_be_visible()  # the tests come as the owner
    axe()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot("audit", full_page=True)


def test_it_is_narrowed_in_words_and_taken_out(page: Page, signed_in: Callable[[User], User], admin: User, a_month: None) -> None:
    signed_in(admin)
    page.goto("/audit/")
    page.get_by_role("button", name="Add filter").click()
    page.get_by_role("button", name="What", exact=True).click()
    page.get_by_label("Exports").check()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Changed the role")).to_be_hidden()
    expect(page.get_by_role("rowheader", name="Exported")).to_be_visible()
    page.get_by_role("button", name="Export", exact=True).first.click()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("button", name="Export").click()
    assert download.value.suggested_filename.startswith("audit-")
    page.reload()
    expect(page.get_by_role("rowheader", name="Exported")).to_have_count(2)  # this one, too
