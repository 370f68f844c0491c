"""What rows of a file become in the registry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.models import User
from clients.errors import Refused
from clients.freshness import Confirmation
from clients.imports.reading import open_table
from clients.models import Client, Contact, CustomField, ImportRun, Industry, Source
from clients.services import archive_client, change_client
from tests.clients.browsing import as_user
from tests.clients.imports.conftest import Importing, figures, reasons, refused_rows
from tests.clients.imports.files import csv_bytes, xlsx_file
from tests.clients.registry import fresh, register

pytestmark = pytest.mark.django_db
HEAD = ["Id", "Company", "E-mail", "Phone", "City", "Contact", "Contact phone", "Position"]
ROMASHKA = ["7", "ООО Ромашка", "info@romashka.example", "+7 495 100-45-00", "Москва", "Анна Иванова", "+7 916 111 22 33", "директор"]
LEFEVRE = ["8", "Ateliers Lefèvre", "bonjour@lefevre.example", "03 81 55 01 42", "Besançon", "Paul Noël", "", "achats"]
ROWS = [HEAD, ROMASHKA, LEFEVRE]


def test_rows_become_clients_with_contacts(importing: Importing, dmitri: User, source: Source) -> None:
    run = importing(ROWS)
    assert (run.state, figures(run)) == ("done", {"added": 2})
    client = Client.objects.get(external_id="8")
    assert (client.full_name, client.phones, client.emails, client.city) == (
        "Ateliers Lefèvre",
        ["+33381550142"],
        ["bonjour@lefevre.example"],
        "Besançon",
    )
    assert (client.kind, client.is_customer, client.is_supplier, client.source, client.lifecycle) == (
        "organisation",
        True,
        False,
        source,
        "potential",
    )
    assert (client.version, client.created_by, client.confirmation("city")) == (1, dmitri, Confirmation(client.created_at, dmitri.pk))
    contact = Contact.objects.get(client__external_id="7")
    assert (contact.full_name, contact.position, contact.phones, contact.is_main) == ("Анна Иванова", "директор", ["+79161112233"], True)
    assert client.standing.required_missing == 0


def test_a_trial_counts_as_the_writing_does_and_writes_nothing(importing: Importing) -> None:
    rows = [*ROWS, ["9", "", "no mail", "1", "", "", "", ""], ["8", "Twice", "", "", "", "", "", ""]]
    trial = importing(rows, dry_run=True)
    assert trial.state == "tried"
    assert not Client.objects.exists()
    real = importing(rows)
    assert figures(trial) == figures(real) == {"added": 2, "refused": 2}
    assert reasons(trial) == reasons(real)
    assert [row.cells for row in refused_rows(trial)] == [row.cells for row in refused_rows(real)]


def test_a_rerun_changes_nothing(importing: Importing) -> None:
    importing(ROWS)
    before = list(Client.objects.order_by("id").values())
    run = importing(ROWS, match="external_id")
    assert figures(run) == {"unchanged": 2}
    assert list(Client.objects.order_by("id").values()) == before
    from django.apps import apps

    assert not apps.get_model("clients", "ClientEvent").objects.exists()
    assert not apps.get_model("clients", "ContactEvent").objects.exists()


@pytest.mark.parametrize("match", ["external_id", "tax_number", "emails"])
def test_a_matched_row_changes_its_client(importing: Importing, match: str) -> None:
    head = ["Id", "INN", "Company", "E-mail", "City"]
    head[1] = "ИНН"
    importing([head, ["7", "7707083893", "Ромашка", "a@r.example", "Москва"]])
    run = importing([head, ["7", "7707083893", "Ромашка", "a@r.example", "Тверь"]], match=match)
    assert figures(run) == {"changed": 1}
    client = Client.objects.get()
    assert (client.city, client.version) == ("Тверь", 2)
    from django.apps import apps

    event = apps.get_model("clients", "ClientEvent").objects.get()
    assert (event.city, event.pgh_context.metadata["imported"]) == ("Москва", run.pk)


def test_an_empty_cell_never_wipes_a_value_and_phones_are_added(importing: Importing) -> None:
    importing([["Id", "Name", "Phone", "City"], ["1", "A", "+33199001742", "Lyon"]])
    importing([["Id", "Name", "Phone", "City"], ["1", "", "+33199001701", ""]], match="external_id")
    client = Client.objects.get()
    assert (client.full_name, client.city, client.phones) == ("A", "Lyon", ["+33199001701", "+33199001742"])
    run = importing([["Id", "Name", "Phone", "City"], ["1", "", "+33199001742", "-"]], match="external_id")
    assert figures(run) == {"unchanged": 1}


def test_what_is_set_for_all_rows_is_for_new_clients_only(importing: Importing, source: Source) -> None:
    other = Source.objects.create(name="Other")
    importing([["Id", "Name"], ["1", "A"]])
    importing(
        [["Id", "Name"], ["1", "A2"], ["2", "B"]], match="external_id", defaults={"kind": "person", "roles": "supplier", "source": other.pk}
    )
    first, second = Client.objects.order_by("external_id")
    assert (first.full_name, first.source, first.kind, first.is_supplier) == ("A2", source, "organisation", False)
    assert (second.source, second.kind, second.is_supplier) == (other, "person", True)


def test_contacts_of_a_matched_client_are_met_by_mail_or_name(importing: Importing) -> None:
    head = ["Id", "Name", "Contact", "Contact e-mail", "Contact position"]
    importing([head, ["1", "A", "Anna Petrova", "anna@a.example", "buyer"]])
    run = importing([head, ["1", "A", "Anna Sokolova", "Anna@a.example", ""]], match="external_id")
    assert figures(run) == {"changed": 1}
    anna = Contact.objects.get()
    assert (anna.full_name, anna.position, anna.is_main) == ("Anna Sokolova", "buyer", True)
    importing([head, ["1", "A", "Boris Lind", "", "driver"]], match="external_id")
    assert list(Contact.objects.order_by("id").values_list("full_name", "is_main")) == [("Anna Sokolova", True), ("Boris Lind", False)]
    assert figures(importing([head, ["1", "A", "boris lind", "", "driver"]], match="external_id")) == {"changed": 1}


def test_the_mark_of_the_main_contact_moves(importing: Importing) -> None:
    head = ["Id", "Name", "Contact", "Main contact"]
    mapping = {"external_id": ["Id"], "full_name": ["Name"], "contact.full_name": ["Contact"], "contact.is_main": ["Main contact"]}
    importing([head, ["1", "A", "Anna", ""]], mapping=mapping)
    importing([head, ["1", "A", "Boris", "yes"]], mapping=mapping, match="external_id")
    assert dict(Contact.objects.values_list("full_name", "is_main")) == {"Anna": False, "Boris": True}
    importing([head, ["1", "A", "Anna", "yes"]], mapping=mapping, match="external_id")
    assert dict(Contact.objects.values_list("full_name", "is_main")) == {"Anna": True, "Boris": False}


def test_several_columns_go_into_one_field(importing: Importing) -> None:
    importing(
        [
            ["First name", "Last name", "Phone 1", "Phone 2", "Address 1", "Address 2"],
            ["Anna", "Petrova", "+33199001742", "+33199001701", "1 rue X", "Bât. B"],
        ]
    )
    client = Client.objects.get()
    assert (client.full_name, client.phones, client.address) == ("Anna Petrova", ["+33199001742", "+33199001701"], "1 rue X, Bât. B")


def test_custom_fields_are_imported(importing: Importing, company: Any) -> None:
    CustomField.objects.create(key="size", label="Shop size", kind="number")
    importing([["Name", "Id", "Shop size"], ["A", "1", "12,5"]])
    assert Client.objects.get().custom == {"size": 12.5}
    assert reasons(importing([["Name", "Id", "Shop size"], ["B", "2", "big"]])) == [("Shop size", "number", 1)]


@pytest.mark.parametrize(
    ("head", "row", "field"),
    [
        (["Id", "Name"], ["1", "Other"], "Own id"),
        (["ИНН", "Name"], ["7707083893", "Other"], "Tax number"),
        (["Name", "E-mail"], ["Other", "INFO@romashka.example"], "E-mails"),
        (["Name", "Phone"], ["Ромашка", "+74951004500"], "Phones"),
    ],
)
def test_a_row_that_looks_like_a_client_is_refused(importing: Importing, dmitri: User, head: list[str], row: list[str], field: str) -> None:
    there = register(
        dmitri,
        full_name="ООО «Ромашка»",
        external_id="1",
        tax_number="7707083893",
        emails=["info@romashka.example"],
        phones=["+74951004500"],
    )
    run = importing([head, row], match="")
    assert (figures(run), reasons(run)) == ({"refused": 1}, [(field, "looks_like", 1)])
    assert f"№ {there.pk}, ООО «Ромашка»" in refused_rows(run)[0].cells[-1]


def test_the_same_phone_with_another_name_is_welcome(importing: Importing, dmitri: User) -> None:
    register(dmitri, full_name="Ромашка", phones=["+74951004500"])
    assert figures(importing([["Name", "Phone"], ["Василёк", "+74951004500"]])) == {"added": 1}


def test_rows_known_by_nothing_but_their_name_are_compared_by_name_and_city(importing: Importing) -> None:
    rows = [["Name", "City"], ["Ромашка", "Москва"], ["Ромашка", "Тверь"], ["ООО Ромашка", "москва"]]
    assert figures(importing(rows)) == {"added": 2, "refused": 1}
    assert figures(importing(rows)) == {"refused": 3}


def test_rows_of_the_file_are_compared_with_each_other_across_batches(importing: Importing) -> None:
    rows = [
        ["Name", "E-mail"],
        *([f"Client {number}", f"c{number}@x.example"] for number in range(600)),
        ["Again", "c3@x.example"],
        ["Last", "C599@X.example"],
    ]
    run = importing(rows)
    assert (figures(run), reasons(run)) == ({"added": 600, "refused": 2}, [("E-mails", "same_row", 2)])
    assert "row 5" in refused_rows(run)[0].cells[-1]


def test_a_refused_row_stands_in_nobodys_way(importing: Importing) -> None:
    run = importing([["Name", "E-mail", "Website"], ["A", "a@x.example", "not a site"], ["B", "a@x.example", ""]])
    assert figures(run) == {"added": 1, "refused": 1}


def test_two_rows_about_one_client(importing: Importing) -> None:
    importing([["Id", "Name"], ["1", "A"]])
    run = importing([["Id", "Name"], ["1", "B"], ["1", "C"]], match="external_id")
    assert (figures(run), reasons(run)[0][1]) == ({"changed": 1, "refused": 1}, "same_row")


def test_a_key_of_several_clients_matches_none(importing: Importing, dmitri: User) -> None:
    register(dmitri, full_name="A", emails=["x@x.example"])
    register(dmitri, full_name="B", emails=["x@x.example"])
    assert reasons(importing([["Name", "E-mail"], ["A", "x@x.example"]], match="emails")) == [("E-mails", "ambiguous", 1)]


def test_a_change_may_not_take_what_another_client_is_known_by(importing: Importing, dmitri: User) -> None:
    register(dmitri, full_name="A", external_id="1")
    register(dmitri, full_name="B", emails=["b@x.example"])
    run = importing([["Id", "Name", "E-mail"], ["1", "A", "b@x.example"]], match="external_id")
    assert (figures(run), reasons(run)[0][:2]) == ({"refused": 1}, ("E-mails", "looks_like"))


def test_an_archived_client_is_not_changed(importing: Importing, dmitri: User) -> None:
    client = register(dmitri, full_name="A", external_id="1")
    archive_client(user=dmitri, client_id=client.pk, version=1, reason="closed")
    assert reasons(importing([["Id", "Name"], ["1", "B"]], match="external_id")) == [("archived", "archived", 1)]
    assert fresh(client).full_name == "A"


def test_rows_that_break_criteria_are_refused_with_a_reason_for_each_field(importing: Importing) -> None:
    run = importing([["Name", "E-mail"], ["", "x"]], defaults={})
    assert {(field, code) for field, code, _rows in reasons(run)} >= {
        ("Full name", "required"),
        ("Source", "required"),
        ("E-mails", "email"),
    }
    assert run.state == "done"
    assert figures(run) == {"refused": 1}


def test_a_row_with_more_cells_than_headings_is_refused(importing: Importing) -> None:
    run = importing(b"Name,City\nA,Lyon\nB, Inc,Lyon\n")
    assert (figures(run), reasons(run)) == ({"added": 1, "refused": 1}, [("", "cells", 1)])


def test_the_mended_error_file_is_taken(importing: Importing) -> None:
    head = ["Name", "E-mail", "Phone"]
    run = importing([head, ["=A", "not a mail", "+33199001742"], ["B", "b@x.example", "1"], ["C", "c@x.example", ""]])
    assert figures(run) == {"added": 1, "refused": 2}
    path = Path(run.error_file.path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    text = path.read_text("utf-8-sig")
    assert "'=A" in text
    assert "'+33" in text
    mended = text.replace("not a mail", "a@x.example").replace(",1,", ",+33199001701,")
    again = importing(mended.encode("utf-8-sig"), name="clients refused.csv")
    assert again.mapping == run.mapping
    assert figures(again) == {"added": 2}
    assert Client.objects.filter(full_name="=A", phones=["+33199001742"]).exists()


def test_the_error_file_of_a_workbook_is_a_workbook(importing: Importing, tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, [["Name", "E-mail", "Phone"], ["A", "none", "+33 1 99 00 17 42"], ["=B", "x", ""]])
    run = importing(path.read_bytes(), name="clients.xlsx")
    table = open_table(Path(run.error_file.path))
    assert table.format == "xlsx"
    assert table.header == ["Name", "E-mail", "Phone", "Why refused"]
    assert [row.cells[:3] for row in table.rows()] == [["A", "none", "+33 1 99 00 17 42"], ["=B", "x", ""]]


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_refused_rows_of_a_file_at_its_limits_can_be_shown_and_brought_again(
    importing: Importing, dmitri: User, tmp_path: Path, settings: Any, file_format: str
) -> None:
    settings.IMPORT_MAX_COLUMNS = 3
    rows = [["Name", "Phone", "Remark"], ["Novapli", "12", "=" + "x" * 32_766]]  # as many columns and characters as may be
    if file_format == "xlsx":
        rows[1][2] = "x" * 32_767  # openpyxl would make a formula of the other
    run = importing(csv_bytes(rows) if file_format == "csv" else xlsx_file(tmp_path, rows).read_bytes())
    assert figures(run) == {"refused": 1}
    assert len(refused_rows(run)[0].cells) == 4
    page = as_user(dmitri).get(f"/imports/{run.pk}/refused/rows/")
    assert (page.status_code, "Novapli" in page.content.decode()) == (200, True)
    assert figures(importing(Path(run.error_file.path).read_bytes())) == {"refused": 1}
    settings.IMPORT_MAX_COLUMNS = 2
    assert as_user(dmitri).get(f"/imports/{run.pk}/refused/rows/")["Location"] == f"/imports/{run.pk}/"


def test_names_that_a_list_lacks_are_refused_unless_they_are_to_be_added(importing: Importing, admin: User, dmitri: User) -> None:
    rows = [["Name", "Id", "Industry"], ["A", "1", "Bikes"], ["B", "2", "bikes"], ["C", "3", "Shoes"]]
    run = importing(rows, dry_run=True)
    assert (figures(run), run.missing) == ({"refused": 3}, {"industry": {"Bikes": 1, "bikes": 1, "Shoes": 1}})
    with pytest.raises(Refused):
        importing(rows, add_missing=["industry"])
    trial = importing(rows, user=admin, add_missing=["industry"], dry_run=True)
    assert figures(trial) == {"added": 3}
    assert not Industry.objects.exists()
    importing(rows, user=admin, add_missing=["industry"])
    assert sorted(Industry.objects.values_list("name", flat=True)) == ["Bikes", "Shoes"]
    assert Client.objects.filter(industry__name="Bikes").count() == 2


def test_a_name_that_was_retired_is_not_added_again(importing: Importing, admin: User) -> None:
    Industry.objects.create(name="Bikes", retired=True)
    run = importing([["Name", "Id", "Industry"], ["A", "1", "bikes"]], user=admin, add_missing=["industry"])
    assert figures(run) == {"refused": 1}


def test_a_manager_is_found_by_name_username_or_mail(importing: Importing, anna: User, boris: User) -> None:
    importing([["Name", "Id", "Manager"], ["A", "1", "anna petrova"], ["B", "2", "boris"], ["C", "3", "anna@kestrel.example"]])
    assert list(Client.objects.order_by("external_id").values_list("manager__username", flat=True)) == ["anna", "boris", "anna"]


def test_kinds_roles_and_lifecycles_are_understood_in_three_languages(importing: Importing) -> None:
    importing(
        [
            ["Name", "Id", "Type", "Role", "Status"],
            ["A", "1", "юр. лицо", "поставщик", "Действующий"],
            ["B", "2", "Particulier", "client; fournisseur", "prospect"],
        ],
        defaults={"source": Source.objects.get().pk},
    )
    assert list(Client.objects.order_by("external_id").values_list("kind", "is_customer", "is_supplier", "lifecycle")) == [
        ("organisation", False, True, "current"),
        ("person", True, True, "potential"),
    ]


def test_a_role_set_for_the_rest_is_not_added_to_rows_that_name_theirs(importing: Importing) -> None:
    importing([["Name", "Id", "Role"], ["A", "1", "supplier"], ["B", "2", ""]])
    importing([["Name", "Id", "Is customer", "Is supplier"], ["C", "3", "no", "oui"], ["D", "4", "", ""], ["E", "5", "1", "да"]])
    roles = Client.objects.order_by("external_id").values_list("is_customer", "is_supplier")
    assert list(roles) == [(False, True), (True, False), (False, True), (True, False), (True, True)]


def test_managers_and_strangers_may_not_import(importing: Importing, anna: User, eve: User) -> None:
    for user in (anna, eve):
        with pytest.raises(PermissionDenied):
            importing(ROWS, user=user)
    assert not ImportRun.objects.exists()


def test_a_right_that_was_taken_away_meanwhile_stops_the_run(dmitri: User, importing: Importing) -> None:
    from django.core.files.base import ContentFile

    from clients.imports import running, starting
    from tests.clients.imports.files import csv_bytes

    run = starting.start_import(
        user=dmitri,
        file=ContentFile(csv_bytes(ROWS), "x.csv"),
        file_name="x.csv",
        defaults={"kind": "organisation", "roles": "customer", "source": Source.objects.get().pk},
        queue=False,
    )
    dmitri.groups.clear()
    running.work_on(run.pk)
    run.refresh_from_db()
    assert (run.state, Client.objects.count()) == ("failed", 0)


def test_the_form_and_the_import_keep_the_same_values(importing: Importing, dmitri: User) -> None:
    register(
        dmitri,
        full_name=" Ateliers   Lefèvre ",
        external_id="f",
        phones="03 81 55 01 42",
        website="lefevre.example",
        country="France",
        tax_number="FR 61954506077",
    )
    importing(
        [
            ["Name", "Id", "Phone", "Site", "Country", "VAT"],
            [" Ateliers   Lefèvre ", "i", "03 81 55 01 43", "lefevre.example", "France", "FR 40303265045"],
        ]
    )
    by_form, by_import = Client.objects.get(external_id="f"), Client.objects.get(external_id="i")
    for name in ("full_name", "website", "country", "sort_name", "fact_dates", "in_target", "lifecycle"):
        assert getattr(by_form, name) == getattr(by_import, name) or name == "fact_dates", name


def test_a_change_by_import_raises_the_version_that_an_open_form_read(importing: Importing, dmitri: User) -> None:
    client = register(dmitri, full_name="A", external_id="1")
    importing([["Id", "Name"], ["1", "B"]], match="external_id")
    from clients.errors import StaleVersion

    with pytest.raises(StaleVersion):
        change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Lyon"})


def test_what_an_import_filled_is_counted_before_it_ends(importing: Importing) -> None:
    """A table that was empty when it was last counted would be taken for empty, until autovacuum comes round."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_clear_relation_stats('public', 'clients_client')")
        run = importing([["Name"], *([f"Counted {number} SARL"] for number in range(1_050))])
        assert figures(run) == {"added": 1_050}
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'clients_client'::regclass")
        assert cursor.fetchone()[0] >= 1_050
