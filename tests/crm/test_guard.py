"""What the application's role can't do: touch history. And what it still can: everything that the application does."""

from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone
from psycopg.types.json import Json

from accounts.audit import closed
from accounts.models import AuditEntry, User
from accounts.services.audit import forget_addresses, note
from clients.custom_indexes import keep_indexes
from clients.imports import running, starting
from clients.models import Client, Criterion, CustomField
from clients.services import (
    add_contact,
    archive_client,
    change_client,
    change_contact,
    correct_touch,
    erase_client,
    log_touch,
    plan_next_step,
    remove_contact,
)
from clients.services.duplicates import merge_clients, undo_merge
from crm import guard
from reminders import services as reminding
from reminders.engine.delivering import deliver_waiting
from reminders.engine.firing import fire_due_reminders
from reminders.models import Reminder, ReminderKind, ReminderPreferences, ReminderRule
from sales import rollup
from sales import services as posting
from sales.periods import company_today
from sales.services.checking import do_nights_work
from tests.clients.browsing import as_user, text_of
from tests.clients.registry import fair, fresh, register
from ui.models import ExportLog

APP = "seraph_app"
HISTORY = [
    "accounts_auditentry",
    "clients_clientevent",
    "clients_contactevent",
    "clients_customfieldevent",
    "clients_rulechange",
    "clients_touchevent",
    "reminders_reminderact",
    "sales_complaintevent",
    "sales_costevent",
    "sales_documentevent",
    "sales_paymentevent",
    "sales_poolweightevent",
    "ui_exportlog",
]


@pytest.fixture
def as_app(db: None) -> Iterator[None]:
    """Let the session have the rights of the application's role, no more."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {APP}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def refused(statement: str, *arguments: Any) -> str:
    """Return why the database refuses a statement."""
    with pytest.raises(ProgrammingError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)
    return str(caught.value)


def test_history_is_what_carries_the_trigger() -> None:
    assert set(HISTORY) <= set(closed.history())
    assert "clients_client" in closed.never_deleted()


@pytest.mark.parametrize("table", [*HISTORY, "pghistory_context", "django_migrations"])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "TRUNCATE {table} CASCADE",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "ALTER TABLE {table} RENAME TO gone",
        "DROP TABLE {table}",
        "CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE RULE mine AS ON INSERT TO {table} DO INSTEAD NOTHING",
    ],
)
def test_history_is_neither_taken_away_nor_its_guard(as_app: None, table: str, statement: str) -> None:
    assert any(word in refused(statement.format(table=table)) for word in ("permission denied", "must be owner"))


@pytest.mark.parametrize("table", [*HISTORY, "pghistory_context"])
def test_no_column_of_history_is_changed(as_app: None, table: str) -> None:
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    assert {f"permission denied for table {table}"} == {
        refused(f'UPDATE {table} SET "{column}" = "{column}"').splitlines()[0] for column in columns
    }


def test_a_client_is_not_deleted(as_app: None) -> None:
    assert "permission denied" in refused("DELETE FROM clients_client")


def test_the_librarys_switch_is_no_key(anna: User, as_app: None) -> None:
    """django-pgtrigger switches triggers off by a setting; a session of the application may set it, and nothing comes of it."""
    client = register(anna)
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(tgname)::text FROM pg_trigger WHERE NOT tgisinternal")
        [names] = cursor.fetchone()
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [names])
    assert "permission denied" in refused("UPDATE clients_clientevent SET full_name = 'Forged'")
    assert "permission denied" in refused("DELETE FROM clients_client")
    Client.objects.filter(pk=client.pk).update(full_name="Changed past the services")
    assert client.events.get().full_name == "Ateliers Lefèvre"  # type: ignore[attr-defined]  # history has it all the same
    published = Criterion.objects.filter(state="published").first()
    assert published is not None
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Criterion.objects.filter(pk=published.pk).update(fact="address")


def test_who_did_it_is_not_told_otherwise_later(anna: User, boris: User) -> None:
    client = register(anna)
    change_client(user=anna, client_id=client.pk, version=1, changes={"full_name": "New"})
    context = client.events.get().pgh_context  # type: ignore[attr-defined]
    assert context.metadata == {"user": anna.pk}
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {APP}")
        cursor.execute("SELECT set_config('pghistory.context_id', %s, true)", [str(context.pk)])
        cursor.execute(
            "SELECT set_config('pghistory.context_metadata', %s, true)", [f'{{"user": {boris.pk}, "more": 1, "ip": "10.0.0.1"}}']
        )
        cursor.execute("UPDATE clients_client SET full_name = 'Newer' WHERE id = %s", [client.pk])
        cursor.execute("RESET ROLE")
    context.refresh_from_db()
    assert context.metadata == {"user": anna.pk, "more": 1}


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("SELECT seraph_blank_events(ARRAY[%s])", "permission denied for table clients_clientevent"),
        ("SELECT seraph_forget_client(%s, 1)", "has not been erased"),
        ("SELECT seraph_remove_imported(ARRAY[%s], 1)", "is not being undone"),
        ("SELECT seraph_forget_undone_merge(1, %s)", "has not been erased"),
        ("SELECT seraph_forget_reminder_acts(%s)", "has not been erased"),
    ],
)
def test_the_doors_open_for_what_they_are_made_for_only(anna: User, as_app: None, call: str, why: str) -> None:
    client = register(anna)
    with pytest.raises(Exception, match=why), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(call, [client.pk])


def test_an_erased_client_opens_no_history_but_its_own(anna: User, admin: User, as_app: None) -> None:
    """Rows that the application may write (a touch that is moved, a merge, a contact in a forged event) lead no further."""
    erased = register(anna, {"full_name": "Zyx"}, full_name="Erased")
    client = register(anna, {"full_name": "Juste"}, full_name="Kept")
    [contact] = client.contacts.all()
    change_contact(user=anna, contact_id=contact.pk, version=1, changes={"full_name": "Juste Roy"})
    touch = log_touch(user=anna, client_id=client.pk, note="Said")
    correct_touch(user=anna, touch_id=touch.pk, changes={"note": "Said otherwise"})
    change_client(user=anna, client_id=client.pk, version=fresh(client).version, changes={"full_name": "Renamed"})
    erase_client(user=admin, client_id=erased.pk, version=erased.version)
    before = _history_of(client)
    with connection.cursor() as cursor:
        columns = ", ".join(
            f'"{column.name}"'
            for column in connection.introspection.get_table_description(cursor, "clients_contactevent")
            if column.name not in ("pgh_id", "client_id")
        )
        cursor.execute(
            f"INSERT INTO clients_contactevent ({columns}, client_id) SELECT {columns}, %s FROM clients_contactevent WHERE client_id = %s",
            [erased.pk, client.pk],
        )
        cursor.execute("UPDATE clients_touch SET client_id = %s WHERE client_id = %s", [erased.pk, client.pk])
        cursor.execute("SELECT seraph_forget_client(%s, %s)", [erased.pk, admin.pk])
        cursor.execute("UPDATE clients_touch SET client_id = %s WHERE client_id = %s", [client.pk, erased.pk])
    assert before <= _history_of(client)


def test_a_forged_merge_leaves_a_line_or_opens_nothing(anna: User, admin: User, as_app: None) -> None:
    victim, one, erased = (register(anna, full_name=name) for name in ("Victim", "One", "Erased"))
    change_client(user=anna, client_id=victim.pk, version=1, changes={"full_name": "Renamed"})
    merge = merge_clients(user=anna, survivor_id=one.pk, other_id=erased.pk)
    undo_merge(user=anna, merge_id=merge.pk)
    erase_client(user=admin, client_id=erased.pk, version=fresh(erased).version)
    forged: dict[str, Any] = {"moved": Json({"history": [0, 2**62]}), "after": Json({"full_name": "x"}), "survivor_id": victim.pk}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clients_clientmerge SET moved = %(moved)s, after = %(after)s, survivor_id = %(survivor_id)s", forged)
    for client in (erased, victim):
        with pytest.raises(Exception, match="had no part in it"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT seraph_forget_undone_merge(%s, %s)", [merge.pk, client.pk])
    assert victim.events.get().full_name == "Victim"  # type: ignore[attr-defined]


def _history_of(client: Client) -> set[str]:
    with connection.cursor() as cursor:
        found: set[str] = set()
        for table, column in (("clientevent", "pgh_obj_id"), ("contactevent", "client_id"), ("touchevent", "client_id")):
            cursor.execute(f"SELECT t::text FROM clients_{table} t WHERE {column} = %s", [client.pk])
            found.update(row for (row,) in cursor.fetchall())
    assert found
    return found


def test_somebody_else_finds_the_doors_shut(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE prosecdef AND has_function_privilege('public', oid, 'EXECUTE')")
        assert [name for (name,) in cursor.fetchall()] == ["_pgh_attach_context"]


def test_erasure_still_works_and_stands_in_the_audit(anna: User, admin: User, as_app: None) -> None:
    client = register(anna, {"full_name": "Zyx Contact"}, full_name="Zyxwolf")
    change_client(user=anna, client_id=client.pk, version=1, changes={"full_name": "Zyxwolf SARL"})
    touch = log_touch(user=anna, client_id=client.pk, note="Zyxwolf")
    correct_touch(user=anna, touch_id=touch.pk, changes={"note": "Zyxwolf again"})
    ExportLog.objects.create(page="clients", user=anna, file_format="csv", query="q=Zyxwolf", words="Search: Zyxwolf")
    erase_client(user=admin, client_id=client.pk, version=fresh(client).version)
    with connection.cursor() as cursor:
        for table in ("clients_clientevent", "clients_contactevent", "clients_touchevent", "ui_exportlog", "accounts_auditentry"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            assert "Zyx" not in (cursor.fetchone()[0] or "")
    line = AuditEntry.objects.for_audit_page().latest("pk")
    assert (line.action, line.by, line.about_words) == ("erased", admin, f"client {client.pk}")


def test_the_days_work_is_done_without_any_right_to_history(anna: User, dmitri: User, admin: User, as_app: None) -> None:
    browser = as_user(anna)
    client = register(anna, {"full_name": "Юлия Щербакова"})
    second = add_contact(user=anna, client_id=client.pk, data={"full_name": "Zyx"})
    remove_contact(user=anna, contact_id=second.pk, version=second.version)
    archive_client(user=anna, client_id=client.pk, version=fresh(client).version, reason="closed")
    assert browser.get(f"/clients/{client.pk}/").status_code == 200
    asked = {"all": "1", "go": "1", "file_format": "csv", "which": "shown"}
    assert browser.post("/clients/list/export/", asked).status_code == 200
    assert as_user(admin).get("/audit/").status_code == 200
    note("signed_in", by=anna, about=anna)
    forget_addresses(months=12)


def test_reminders_are_planned_told_of_and_done_without_any_right_to_history(
    anna: User, boris: User, dmitri: User, admin: User, as_app: None, mailoutbox: list[Any]
) -> None:
    client, other = register(anna, manager=anna.pk), register(anna, full_name="Other", manager=anna.pk)
    ReminderPreferences.objects.create(user=anna, mail="at_once", quiet_from=None, quiet_until=None)
    tomorrow = company_today() + timedelta(days=1)

    def plan(**given: Any) -> Reminder:
        return reminding.plan_reminder(user=anna, client_id=client.pk, kind="other", on_day=tomorrow, **given)

    due = plan(subject="Zyx due")
    Reminder.objects.filter(pk=due.pk).update(due_at=timezone.now(), fires_at=timezone.now())
    assert fire_due_reminders().told == 1
    assert deliver_waiting().sent == len(mailoutbox) == 1
    later = timezone.now() + timedelta(days=10)
    fire_due_reminders(now=later)  # the head hears of it, and of the others
    reminding.complete_reminder(user=anna, reminder_id=due.pk)
    reminding.reopen_reminder(user=anna, reminder_id=due.pk)
    series = plan(repeats="FREQ=WEEKLY")
    reminding.complete_reminder(user=anna, reminder_id=series.pk)
    reminding.reopen_reminder(user=anna, reminder_id=series.pk)  # the next of its repeat goes
    assert Reminder.objects.open().filter(series=series.pk).count() == 1
    reminding.snooze_reminder(user=anna, reminder_id=plan().pk, on_day=tomorrow, at_time=time(16), reason="Zyx")
    reminding.cancel_reminder(user=anna, reminder_id=plan().pk, because="Zyx")
    reminding.hand_over_reminders(user=anna, owner_id=anna.pk, to_id=boris.pk, first=tomorrow, last=tomorrow)
    log_touch(user=anna, client_id=client.pk, next_step="Zyx", next_step_at=later)
    plan_next_step(user=anna, client_id=client.pk, next_step="", next_step_at=None)
    merge = merge_clients(user=anna, survivor_id=other.pk, other_id=client.pk)
    undo_merge(user=anna, merge_id=merge.pk)
    erase_client(user=admin, client_id=client.pk, version=fresh(client).version)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM reminders_reminderact t")
        assert "Zyx" not in cursor.fetchone()[0]


def test_money_is_posted_worked_out_and_checked_without_any_right_to_history(dmitri: User, admin: User, as_app: None) -> None:
    client, other = register(dmitri), register(dmitri, full_name="Other")
    given = {"client": client.pk, "day": "2026-03-10", "due_on": "2026-04-10", "note": "Zyx"}
    document = posting.post_document(user=dmitri, data=given, lines=[{"product": "Chair", "amount": 100}, {"amount": 20}])
    posting.change_document(user=dmitri, document_id=document.pk, version=1, changes={"note": "Zyx two"}, lines=[{"amount": 110}])
    posting.record_payment(user=dmitri, document_id=document.pk, amount=50, day="2026-03-12")
    posting.reverse_document(user=dmitri, document_id=document.pk, amount=10, day="2026-03-12")
    spent = {"client": client.pk, "category": "delivery", "day": "2026-03-10", "amount": 5, "note": "Zyx"}
    cost = posting.enter_cost(user=dmitri, data=spent)
    posting.restore_cost(user=dmitri, event_id=posting.remove_cost(user=dmitri, cost_id=cost.pk))
    complaint = posting.log_complaint(user=dmitri, data={"client": client.pk, "what": "Zyx"})
    posting.resolve_complaint(user=dmitri, complaint_id=complaint.pk, version=1, resolution="Zyx")
    pool = {"name": "Warehouse", "month": "2026-03", "amount": 90, "driver": "by_hand"}
    posting.set_pool(user=dmitri, data=pool, weights={client.pk: 1, other.pk: 2})
    posting.change_ledger_settings(user=dmitri, values={"locked_before": "2026-03-01"})
    rollup.refresh_all()
    assert do_nights_work(now=timezone.now())
    assert rollup.check() == []
    assert fresh(client).lifecycle == "current"
    merge = merge_clients(user=dmitri, survivor_id=other.pk, other_id=client.pk)
    undo_merge(user=dmitri, merge_id=merge.pk)
    rollup.rebuild()
    posting.enter_cost(user=dmitri, data={**spent, "client": other.pk, "note": ""})
    rollup.refresh_all()  # into the tables that the rebuild has made
    assert rollup.check() == []
    erase_client(user=admin, client_id=client.pk, version=fresh(client).version)
    with connection.cursor() as cursor:
        for table in ("document", "cost", "complaint"):
            for rows in (f"sales_{table}", f"sales_{table}event"):
                cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {rows} t")
                assert "Zyx" not in (cursor.fetchone()[0] or "")


def test_an_import_is_written_and_undone(dmitri: User, as_app: None, settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(starting, "wake", lambda run_id: None)
    defaults = {"kind": "organisation", "roles": "customer", "source": fair().pk}
    file = ContentFile(b"Id,Name,Contact\n1,Zyx,Zyx Contact\n2,Zyx two,\n", "a.csv")
    run = starting.start_import(user=dmitri, file=file, file_name="a.csv", queue=False, defaults=defaults)
    running.work_on(run.pk)
    assert Client.objects.count() == 2
    rule = ReminderRule.objects.create(name="Facts", source="created", kind=ReminderKind.objects.get(key="other"))
    due: dict[str, Any] = {"on_day": company_today(), "due_at": timezone.now(), "fires_at": timezone.now(), "time_zone": "UTC"}
    Reminder.objects.create(client=Client.objects.all()[0], kind=rule.kind, rule=rule, rule_key="x", owner=dmitri, **due)
    fire_due_reminders()
    fire_due_reminders(now=timezone.now() + timedelta(days=10))  # escalated: an act of the system stands there
    starting.undo(user=dmitri, run_id=run.pk)
    running.work_on(run.pk)
    assert not Client.objects.exists()
    said = [(line.action, line.by, line.details_words) for line in AuditEntry.objects.for_audit_page().order_by("pk")]
    assert said == [("imported", dmitri, "2 added"), ("import_undone", dmitri, "2 taken back")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM clients_clientevent t")
        assert "Zyx" not in cursor.fetchone()[0]


def test_custom_fields_get_their_indexes_and_lose_them(as_app: None) -> None:
    size = CustomField.objects.create(key="size", label="Size", kind="number")
    since = CustomField.objects.create(key="since", label="Since", kind="date")
    word = CustomField.objects.create(key="it's", label="Word", kind="text")
    names = [f"client_custom_field_{field.pk}" for field in (size, since, word)]
    assert sorted(keep_indexes()) == sorted(names)
    assert _indexes() == set(names)
    CustomField.objects.update(retired=True)
    assert keep_indexes() == []
    assert _indexes() == set()


def _indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'client_custom_field_%%'")
        return {name for (name,) in cursor.fetchall()}


def test_the_health_page_says_whether_privileges_or_triggers_alone_close_history(transactional_db: None) -> None:
    config = connection.settings_dict
    with psycopg.connect(
        host=config["HOST"], port=config["PORT"], user=config["USER"], password=config["PASSWORD"], dbname=config["NAME"]
    ) as database:
        assert not closed.is_closed(database.cursor())
        database.execute(f"SET ROLE {APP}")
        assert closed.is_closed(database.cursor())


def test_with_one_role_for_both_nothing_is_granted_and_the_audit_says_so(settings: Any, admin: User) -> None:
    settings.DATABASE_APP = settings.DATABASE_OWNER
    assert guard.app_role() == ""
    with connection.cursor() as cursor:
        assert guard.is_granted(cursor)
    assert "guarded by triggers only" in text_of(as_user(admin).get("/audit/?view=all"))


def test_with_two_roles_the_audit_has_nothing_to_say_of_it(admin: User, as_app: None) -> None:
    assert "guarded by triggers only" not in text_of(as_user(admin).get("/audit/?view=all"))


def test_a_restored_database_gets_its_rights_again(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APP}")
        cursor.execute("GRANT EXECUTE ON FUNCTION seraph_forget_client TO PUBLIC")
        assert not guard.is_granted(cursor)
        guard.apply()
        assert guard.is_granted(cursor)
        cursor.execute("SELECT has_function_privilege('public', 'seraph_forget_client(bigint, bigint)', 'EXECUTE')")
        assert cursor.fetchone() == (False,)
