"""The audit: what is noted, who reads it, how it is filtered and taken out, and that nobody rewrites it."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import ApiToken, AuditEntry, Team, User
from accounts.roles import Role
from accounts.services import company as companies
from accounts.services import people
from accounts.services.audit import forget_addresses, note
from accounts.tokens import create_api_token, find_api_token, make_sign_in_link, revoke_api_token
from tests.clients.browsing import as_user, text_of
from ui.models import ExportLog, ListWork

pytestmark = pytest.mark.django_db


def noted(*actions: str) -> list[tuple[str, User | None, int | None, Any]]:
    """The lines, oldest first; only those of `actions`, if any are named."""
    lines = AuditEntry.objects.order_by("pk")
    if actions:
        lines = lines.filter(action__in=actions)
    return [(line.action, line.by, line.object_id, line.details) for line in lines]


# --- what is noted --------------------------------------------------------------------------------


def test_signing_in_is_noted_with_the_way_and_the_address(anna: User) -> None:
    Browser(REMOTE_ADDR="203.0.113.9").post("/account/login/", {"login": "anna", "password": "correct horse 42"})
    line = AuditEntry.objects.get()
    assert (line.action, line.by, line.about, line.object_id, line.details) == ("signed_in", anna, "user", anna.pk, {"how": ["password"]})
    assert line.ip == "203.0.113.9"
    assert line.details_words == "password"


def test_a_sign_in_link_is_another_way(anna: User) -> None:
    Browser().post(make_sign_in_link(anna).replace("http://localhost:8000", ""))
    assert noted() == [("signed_in", anna, anna.pk, {"how": ["sign_in_link"]})]


def test_a_wrong_password_is_noted_with_the_account_and_an_unknown_name_is_not_kept(anna: User) -> None:
    browser = Browser()
    browser.post("/account/login/", {"login": "anna@kestrel.example", "password": "wrong"})
    browser.post("/account/login/", {"login": "correct horse 42", "password": "wrong"})
    assert noted() == [
        ("sign_in_failed", None, anna.pk, {"how": ["password"]}),
        ("sign_in_failed", None, None, {"how": ["password"]}),
    ]


def test_a_new_role_a_new_team_and_new_names_are_a_line_each(anna: User, admin: User, south: Team) -> None:
    people.change_user(by=admin, user_id=anna.pk, full_name="Anna P.", username="anna", email=anna.email, role=Role.MANAGEMENT, team=south)
    assert noted() == [
        ("role_changed", admin, anna.pk, {"role": ["Manager", "Management"]}),
        ("team_changed", admin, anna.pk, {"team": ["North", "South"]}),
        ("user_changed", admin, anna.pk, {"fields": ["full_name"]}),
    ]
    assert [line.details_words for line in AuditEntry.objects.order_by("pk")] == ["Manager → Management", "North → South", "full name"]


def test_what_changes_nothing_is_not_noted(anna: User, admin: User, north: Team) -> None:
    role = Role.MANAGER
    people.change_user(by=admin, user_id=anna.pk, full_name=anna.full_name, username="anna", email=anna.email, role=role, team=north)
    companies.change_company(by=admin, changes={"name": "Kestrel Trading"})
    companies.save_team(by=admin, team_id=north.pk, name="North")
    assert noted() == []


def test_users_go_and_come_back(anna: User, boris: User, admin: User) -> None:
    people.deactivate_user(by=admin, user_id=anna.pk, successor=boris)
    people.reactivate_user(by=admin, user_id=anna.pk)
    people.sign_out_user(by=admin, user_id=anna.pk)
    people.remove_second_factor(by=None, user_id=anna.pk)
    assert [(action, by) for action, by, *_ in noted()] == [
        ("deactivated", admin),
        ("reactivated", admin),
        ("signed_out_everywhere", admin),
        ("second_factor_removed", None),
    ]


def test_a_refused_change_leaves_no_line(admin: User) -> None:
    with pytest.raises(Exception, match="only administrator"):
        people.change_user(by=admin, user_id=admin.pk, full_name="A", username="admin", email=admin.email, role=Role.MANAGER, team=None)
    assert noted() == []


def test_teams_and_the_company_are_noted_with_the_values_before(admin: User, north: Team) -> None:
    companies.save_team(by=admin, team_id=north.pk, name="Nord")
    companies.remove_team(by=admin, team_id=north.pk)
    companies.change_company(by=admin, changes={"currency": "USD", "team_may_edit": True})
    assert noted() == [
        ("team_renamed", admin, north.pk, {"name": ["North", "Nord"]}),
        ("team_removed", admin, north.pk, {"name": ["Nord", ""]}),
        ("company_changed", admin, 1, {"changes": [["currency", "EUR", "USD"], ["team_may_edit", False, True]]}),
    ]
    said = [line.details_words for line in AuditEntry.objects.order_by("pk")]
    assert said == ["North → Nord", "Nord → –", "currency: EUR → USD; managers may change the clients of their team: no → yes"]


def test_a_token_is_noted_when_it_is_made_on_each_day_of_its_use_and_when_it_goes(anna: User) -> None:
    scope = {"token": "Script", "scope": "read"}
    with time_machine.travel("2026-11-24T09:00:00Z", tick=False) as clock:
        token, key = create_api_token(by=anna, user=anna, name="Script", scope=ApiToken.Scope.READ)
        for _ in range(3):
            find_api_token(key)
            clock.shift(timedelta(minutes=2))
        clock.shift(timedelta(days=1))
        find_api_token(key)
        revoke_api_token(by=anna, user=anna, token_id=token.pk)
        find_api_token(key)
    assert noted() == [
        ("token_made", anna, anna.pk, scope),
        ("token_used", anna, anna.pk, scope),
        ("token_used", anna, anna.pk, scope),
        ("token_revoked", anna, anna.pk, {"token": "Script"}),
    ]


def test_a_change_of_many_rows_is_noted_by_its_own_row(anna: User) -> None:
    work = ListWork.objects.create(page="clients", action="hand_over", user=anna)
    work.state, work.changed = ListWork.State.DONE, 12
    work.save()
    work.undone_at = timezone.now()
    work.save()
    details = {"page": "clients", "action": "hand_over", "changed": 12}
    assert noted() == [("bulk_changed", anna, work.pk, details), ("bulk_undone", anna, work.pk, details)]
    assert AuditEntry.objects.for_audit_page()[0].about_words == "Clients"


def test_a_second_factor_is_noted_when_it_comes_and_goes(anna: User) -> None:
    from allauth.mfa.signals import authenticator_added, authenticator_removed

    app = Authenticator.objects.create(user=anna, type=Authenticator.Type.TOTP, data={})
    for signal in (authenticator_added, authenticator_removed):
        signal.send(sender=Authenticator, request=None, user=anna, authenticator=app)
    assert [(action, details) for action, _by, _id, details in noted()] == [
        ("second_factor_added", {"how": ["totp"]}),
        ("second_factor_removed", {"how": ["totp"]}),
    ]


# --- who reads it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["anna", "dmitri", "eve"])
def test_the_audit_is_the_administrators_alone(who: str, request: Any) -> None:
    browser = as_user(request.getfixturevalue(who))
    assert browser.get("/audit/").status_code == 403
    assert browser.post("/audit/list/export/", {"all": "1", "go": "1", "file_format": "csv", "which": "shown"}).status_code == 403
    assert not ExportLog.objects.exists()


def test_the_page_says_who_did_what_to_whom(admin: User, anna: User) -> None:
    with time_machine.travel("2026-11-26T09:30:00Z", tick=False):
        note("role_changed", by=admin, about=anna, role=["Manager", "Management"])
        said = text_of(as_user(admin).get("/audit/?view=all"))
    assert "Changed the role Anna Petrova Manager → Management" in said
    assert "today 10:30" in said


def test_it_is_filtered_by_who_what_when_and_about(admin: User, anna: User, boris: User) -> None:
    with time_machine.travel("2026-11-02T09:00:00Z", tick=False):
        note("signed_in", by=anna, about=anna, how=["password"])
    with time_machine.travel("2026-11-20T09:00:00Z", tick=False):
        note("role_changed", by=admin, about=boris, role=["Manager", "Management"])
        note("signed_in", by=boris, about=boris, how=["password"])
    browser = as_user(admin)

    def shown(query: str) -> set[str]:
        found = text_of(browser.get(f"/audit/?{query}&at_until=2026-11-21"))
        return {name for name in ("Anna Petrova", "Boris Lind", "Changed the role") if name in found.partition("From address")[2]}

    assert shown("what=people") == {"Boris Lind", "Changed the role"}
    assert shown(f"by={anna.pk}") == {"Anna Petrova"}
    assert shown("at_from=2026-11-10") == {"Boris Lind", "Changed the role"}
    assert shown("about=petrov") == {"Anna Petrova"}
    assert shown("about=nobody+at+all") == set()


def test_a_page_costs_the_same_at_one_line_and_at_three(admin: User, anna: User, boris: User) -> None:
    browser = as_user(admin)
    browser.get("/audit/?view=all")
    counts = []
    for user in (anna, boris, admin):
        note("role_changed", by=admin, about=user, role=["Manager", "Management"])
        with CaptureQueriesContext(connection) as queries:
            browser.get("/audit/?view=all")
        counts.append(len(queries))
    assert counts[0] == counts[2]


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_of_the_audit_is_noted_itself_and_holds_no_formula(file_format: str, admin: User, north: Team) -> None:
    companies.save_team(by=admin, team_id=north.pk, name="=1+1")
    browser = as_user(admin)
    asked = {"all": "1", "state": "what=people", "go": "1", "file_format": file_format, "which": "shown"}
    answer = browser.post("/audit/list/export/", asked, REMOTE_ADDR="203.0.113.9")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    if file_format == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert rows[1][:3] == ["Renamed a team", "'=1+1", "North → =1+1"]
    else:
        cell = load_workbook(io.BytesIO(content)).active["B2"]  # type: ignore[index]
        assert (cell.value, cell.data_type) == ("=1+1", "s")
    line = AuditEntry.objects.for_audit_page().order_by("-pk")[0]
    assert (line.what_words, line.about_words, line.by, line.ip) == ("Exported", "Audit", admin, "203.0.113.9")
    assert line.details_words == f"1 row, {file_format.upper()}; What: Users and roles"


# --- nobody rewrites it -----------------------------------------------------------------------------


def test_no_line_is_changed_or_taken_away(admin: User) -> None:
    note("set_up", by=admin)
    for change in (lambda: AuditEntry.objects.update(action="signed_in"), AuditEntry.objects.all().delete):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            change()
    assert noted() == [("set_up", admin, None, {})]


def test_addresses_are_forgotten_after_their_months_and_never_sooner_than_one(admin: User) -> None:
    now = timezone.now()
    for days in (400, 40, 20):
        with time_machine.travel(now - timedelta(days=days), tick=False):
            AuditEntry.objects.create(action="signed_in", by=admin, ip="203.0.113.9")
    forget_addresses(months=12)
    assert list(AuditEntry.objects.order_by("at").values_list("ip", flat=True)) == [None, "203.0.113.9", "203.0.113.9"]
    forget_addresses(months=0)
    assert list(AuditEntry.objects.order_by("at").values_list("ip", flat=True)) == [None, None, "203.0.113.9"]
