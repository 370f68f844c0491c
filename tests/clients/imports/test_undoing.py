"""A finished import is taken back while its rows are untouched."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps

from accounts.models import User
from clients.freshness import Confirmation
from clients.imports import running, starting
from clients.imports.starting import NotNow
from clients.models import Client, Contact, ImportedRow, ImportRun
from clients.services import add_contact, change_client, confirm_facts, log_touch
from tests.clients.imports.conftest import Importing
from tests.clients.registry import LONG_AGO, aged, fresh, register

pytestmark = pytest.mark.django_db
HEAD = ["Id", "Name", "City", "Contact", "Contact phone"]
ROWS = [HEAD, ["1", "A", "Lyon", "Anna", "+33199001742"], ["2", "B", "Nice", "Boris", ""], ["3", "C", "Metz", "", ""]]


def undo(run: ImportRun, user: User) -> ImportRun:
    starting.undo(user=user, run_id=run.pk)
    running.work_on(run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "wake", lambda run_id: None)


def test_what_was_added_goes_and_history_says_so(importing: Importing, dmitri: User) -> None:
    run = undo(importing(ROWS), dmitri)
    assert (run.state, run.undone, run.kept, run.undone_by) == ("undone", 3, 0, dmitri)
    assert not Client.objects.exists()
    assert not Contact.objects.exists()
    assert not ImportedRow.objects.exists()
    events = apps.get_model("clients", "ClientEvent").objects.order_by("pgh_obj_id")
    assert [event.pgh_label for event in events] == ["removed"] * 3
    assert {event.pgh_context.metadata["user"] for event in events} == {dmitri.pk}
    assert {(event.full_name, event.city, event.external_id) for event in events} == {("", "", "")}
    assert not apps.get_model("clients", "ContactEvent").objects.exists()


def test_the_same_file_can_be_imported_again_afterwards(importing: Importing, dmitri: User) -> None:
    undo(importing(ROWS), dmitri)
    assert importing(ROWS).added == 3


def test_what_was_changed_gets_its_values_back(importing: Importing, dmitri: User) -> None:
    client = register(
        dmitri, {"full_name": "Anna", "position": "buyer"}, full_name="Before", external_id="1", city="Lille", birth_date="1980-02-03"
    )
    held = {name: value for name, value in client.__dict__.items() if not name.startswith("_")}
    run = importing(
        [
            ["Id", "Name", "City", "Birthday", "Contact", "Contact position"],
            ["1", "After", "Lyon", "1990-01-01", "Anna", "head"],
            ["1b", "New", "", "", "", ""],
        ],
        match="external_id",
    )
    assert (run.changed, run.added) == (1, 1)
    importing([["Id", "Contact"], ["1", "Boris"]], match="external_id", mapping={"external_id": ["Id"], "contact.full_name": ["Contact"]})
    undo(run, dmitri)
    now = fresh(client)
    for name in ("full_name", "city", "birth_date", "phones", "fact_dates"):
        assert getattr(now, name) == held[name], name
    assert now.version == 3
    assert dict(Contact.objects.values_list("full_name", "position")) == {"Anna": "buyer", "Boris": ""}
    assert now.standing.completeness > 0


def test_what_gets_its_values_back_is_as_old_as_it_was(importing: Importing, dmitri: User, anna: User) -> None:
    client = aged(anna, full_name="Before", external_id="1", city="Lille", address="1 rue Neuve")
    run = importing([["Id", "City"], ["1", "Lyon"]], match="external_id")
    assert fresh(client).confirmation("city").by == dmitri.pk
    confirm_facts(user=anna, client_id=client.pk)  # confirms Lyon
    undo(run, dmitri)
    client = fresh(client)
    assert (client.city, client.confirmation("city")) == ("Lille", Confirmation(LONG_AGO, anna.pk))
    assert client.facts_confirmed_at is not None
    assert client.confirmation("address") == Confirmation(client.facts_confirmed_at, anna.pk)


def test_touched_rows_stay_and_are_named(importing: Importing, dmitri: User) -> None:
    run = importing(ROWS)
    first, second, _third = Client.objects.order_by("external_id")
    change_client(user=dmitri, client_id=first.pk, version=1, changes={"city": "Paris"})
    add_contact(user=dmitri, client_id=second.pk, data={"full_name": "Eve"})
    from clients.imports.kinds import kind_named

    kind: Any = kind_named("clients")
    assert {(one.object_id, one.label) for one in kind.touched(run.pk)} == {(first.pk, "A"), (second.pk, "B")}
    undo(run, dmitri)
    assert (run.undone, run.kept) == (1, 2)
    assert list(Client.objects.order_by("id").values_list("full_name", flat=True)) == ["A", "B"]


def test_a_client_that_something_points_at_stays(importing: Importing, dmitri: User) -> None:
    run = importing(ROWS)
    first, second, third = Client.objects.order_by("external_id")
    log_touch(user=dmitri, client_id=first.pk, kind="call", outcome="reached", no_next_step_because="no need")
    register(dmitri, full_name="Friend", external_id="9", referrer=second.pk)
    undo(run, dmitri)
    assert (run.undone, run.kept) == (1, 2)
    assert not Client.objects.filter(pk=third.pk).exists()


def test_a_later_import_touches_what_an_earlier_one_wrote(importing: Importing, dmitri: User) -> None:
    first = importing(ROWS)
    second = importing([HEAD, ["1", "A2", "Lyon", "", ""]], match="external_id")
    undo(first, dmitri)
    assert (first.undone, first.kept) == (2, 1)
    undo(second, dmitri)
    assert Client.objects.get().full_name == "A"


def test_it_is_undone_once_and_only_when_it_is_done(importing: Importing, dmitri: User) -> None:
    trial = importing(ROWS, dry_run=True)
    with pytest.raises(NotNow):
        starting.undo(user=dmitri, run_id=trial.pk)
    run = undo(importing(ROWS), dmitri)
    with pytest.raises(NotNow):
        starting.undo(user=dmitri, run_id=run.pk)


def test_nothing_else_may_delete_a_client(importing: Importing, dmitri: User) -> None:
    from django.db import Error, transaction

    importing(ROWS)
    with pytest.raises(Error), transaction.atomic():
        Client.objects.all()._raw_delete("default")
    assert Client.objects.count() == 3
