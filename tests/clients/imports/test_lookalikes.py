"""Rows that look like a client already here, or like an earlier row, and are added for a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import User
from clients.errors import Refused
from clients.history import Rank, read_page
from clients.imports import running, starting
from clients.models import Client, DuplicatePair, ImportProfile, ImportRun
from clients.services import change_client
from tests.clients.imports.conftest import Importing, figures, reasons
from tests.clients.imports.files import csv_file
from tests.clients.registry import PHONE, fair, register

pytestmark = pytest.mark.django_db
BRANCHES = "Branches with one mailbox"


@pytest.mark.parametrize(
    ("head", "row", "score", "codes"),
    [
        (["ИНН", "Name"], ["7707083893", "Other"], 99, ["tax_number"]),
        (["Name", "E-mail"], ["Other", "INFO@romashka.example"], 99, ["email"]),
        (["Name", "Phone"], ["Ромашка", "+74951004500"], 97, ["phone", "name"]),
        (["Name", "City"], ["Ромашка", "Москва"], 90, ["name", "city"]),
        (["Name", "E-mail", "Phone"], ["Ромашка", "info@romashka.example", "+74951004500"], 99, ["email", "phone", "name"]),
    ],
)
def test_a_row_that_looks_like_a_client_is_added_for_a_reason(
    importing: Importing, dmitri: User, head: list[str], row: list[str], score: int, codes: list[str]
) -> None:
    there = register(
        dmitri, full_name="ООО «Ромашка»", tax_number="7707083893", emails=["info@romashka.example"], phones=["+74951004500"], city="Москва"
    )
    run = importing([head, row], match="", allow_duplicates=BRANCHES)
    assert figures(run) == {"added": 1}
    pair = DuplicatePair.objects.get()
    assert (pair.first, pair.second) == (there, Client.objects.latest("pk"))
    assert (pair.state, pair.score, sorted(code for code, _detail in pair.reasons)) == ("two_clients", score, sorted(codes))
    assert (pair.reason, pair.decided_by) == (BRANCHES, dmitri)
    [entry] = read_page(pair.second, ranks=[Rank.REGISTERED]).entries
    assert entry.changes[0].after == (f"ООО «Ромашка»: {BRANCHES}",)


def test_without_a_reason_it_is_refused_as_ever(importing: Importing, dmitri: User) -> None:
    register(dmitri, emails=["info@lefevre.example"])
    run = importing([["Name", "E-mail"], ["Other", "info@lefevre.example"]], match="", allow_duplicates=" ")
    assert (figures(run), run.allow_duplicates) == ({"refused": 1}, "")
    assert not DuplicatePair.objects.exists()


def test_rows_that_look_like_earlier_ones_are_added_beside_them(importing: Importing) -> None:
    rows = [["Name", "E-mail"], ["North", "info@chain.example"], ["South", "info@chain.example"], ["West", "x@chain.example"]]
    trial = importing(rows, match="", allow_duplicates=BRANCHES, dry_run=True)
    assert (figures(trial), DuplicatePair.objects.count()) == ({"added": 3}, 0)
    run = importing(rows, match="", allow_duplicates=BRANCHES)
    assert figures(run) == {"added": 3}
    pair = DuplicatePair.objects.get()
    assert (pair.first.full_name, pair.second.full_name) == ("North", "South")


def test_rows_of_later_batches_know_the_earlier_ones(importing: Importing) -> None:
    rows = [["Name", "E-mail"], *([f"Client {number}", f"c{number % 1_050}@x.example"] for number in range(1_100))]
    assert figures(importing(rows, match="", allow_duplicates=BRANCHES)) == {"added": 1_100}
    pairs = DuplicatePair.objects.select_related("first", "second").order_by("pk")
    assert [(one.first.full_name, one.second.full_name) for one in pairs] == [(f"Client {n}", f"Client {n + 1_050}") for n in range(50)]


def test_an_own_id_stays_with_one_client_whatever_the_reason(importing: Importing, dmitri: User) -> None:
    register(dmitri, external_id="1")
    run = importing([["Id", "Name"], ["1", "Other"], ["2", "B"], ["2", "C"]], match="", allow_duplicates=BRANCHES)
    assert (figures(run), reasons(run)) == ({"added": 1, "refused": 2}, [("Own id", "looks_like", 1), ("Own id", "same_row", 1)])


def test_a_matched_row_still_may_not_take_what_another_client_is_known_by(importing: Importing, dmitri: User) -> None:
    register(dmitri, full_name="A", external_id="1")
    register(dmitri, full_name="B", emails=["b@x.example"])
    run = importing([["Id", "Name", "E-mail"], ["1", "A", "b@x.example"]], match="external_id", allow_duplicates=BRANCHES)
    assert (figures(run), reasons(run)[0][1]) == ({"refused": 1}, "looks_like")


def test_undoing_the_import_takes_the_pairs_back_with_the_clients(importing: Importing, dmitri: User) -> None:
    there = register(dmitri, full_name="Other", emails=["info@lefevre.example"])
    run = importing([["Name", "E-mail"], ["A", "info@lefevre.example"]], match="", allow_duplicates=BRANCHES)
    starting.undo(user=dmitri, run_id=run.pk)
    running.work_on(run.pk)
    run.refresh_from_db()
    assert (run.state, list(Client.objects.all()), DuplicatePair.objects.count()) == ("undone", [there], 0)
    assert change_client(user=dmitri, client_id=there.pk, version=1, changes={"city": "Lyon"}).version == 2


def test_each_file_has_a_reason_of_its_own(importing: Importing, dmitri: User) -> None:
    run = importing([["Name", "Id"], ["A", "1"]], allow_duplicates=BRANCHES, dry_run=True)
    settings = {"mapping": run.mapping, "defaults": run.defaults, "match": run.match}
    starting.map_columns(user=dmitri, run_id=run.pk, allow_duplicates=BRANCHES, save_as="Shop", **settings)
    assert ImportProfile.objects.get().name == "Shop"
    assert importing([["Name", "Id"], ["B", "2"]], dry_run=True).allow_duplicates == ""


def test_a_reason_that_is_too_long_is_refused(importing: Importing) -> None:
    with pytest.raises(Refused) as refusal:
        importing([["Name", "Id"], ["A", "1"]], allow_duplicates="x" * 301)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("allow_duplicates", "too_long")]


def test_the_command_takes_a_reason(tmp_path: Path, dmitri: User, capsys: pytest.CaptureFixture[str]) -> None:
    register(dmitri, full_name="Guérin", phones=PHONE)
    path = csv_file(tmp_path, [["Name", "Phone"], ["Guérin", PHONE]])
    given = ["--set", "kind=organisation", "--set", "roles=customer", "--set", f"source={fair().name}", "--as", "dmitri"]
    call_command("import", "clients", str(path), *given)
    assert "new 0  changed 0  unchanged 0  refused 1" in capsys.readouterr().out
    call_command("import", "clients", str(path), *given, "--allow-duplicates", "A branch")
    assert "new 1  changed 0  unchanged 0  refused 0" in capsys.readouterr().out
    assert ImportRun.objects.latest("pk").allow_duplicates == DuplicatePair.objects.get().reason == "A branch"
