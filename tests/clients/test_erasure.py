"""The right to be forgotten: after it, no word of a client stands anywhere, and what must stay stays."""

import csv
import io
import json
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone
from openpyxl import Workbook

from accounts.models import IdempotentAnswer, StoredMail, User
from clients.errors import Refused, StaleVersion
from clients.forgetting import Traces, traces_of
from clients.models import Client, Contact, CustomField, ImportRun, Touch
from clients.models.imports import ImportedRow
from clients.services import (
    add_contact,
    archive_client,
    change_client,
    change_contact,
    correct_touch,
    erase_client,
    grant_waiver,
    log_touch,
    plan_next_step,
    remove_contact,
    restore_client,
)
from sales.periods import company_today
from tests.clients.browsing import as_user, text_of, url
from tests.clients.registry import fresh, register
from ui.models import ExportLog, ListWork, SavedView

pytestmark = pytest.mark.django_db

WORDS = ["Zyxwolf", "Кракозябр", "quibblemouth", "199007777", "FR61954506077", "Plonkstreet", "Vworpheim", "whispered"]
"""Words that stand nowhere but in the client that is erased (and that no fixture holds)."""


@pytest.fixture
def full_life(anna: User, dmitri: User) -> Client:
    """A client whose words went everywhere that words go."""
    CustomField.objects.create(key="pet", label="Pet", kind="text")
    client = register(
        anna,
        {
            "full_name": "Кракозябр Quibblemouth",
            "phones": "+33199007777",
            "emails": "k@zyxwolf.example",
            "note": "whispered",
            "position": "Zyxwolf",
        },
        full_name="Zyxwolf et Кракозябр",
        short_name="Zyxwolf SARL",
        former_names="Quibblemouth & fils",
        tax_number="FR61954506077",
        external_id="Zyxwolf-1",
        phones="+33199007777",
        emails="info@zyxwolf.example",
        website="zyxwolf.example",
        address="1 Plonkstreet",
        city="Vworpheim",
        region="Vworpheim",
        postal_code="Zyxwolf",
        country="FR",
        went_well="whispered",
        went_wrong="whispered",
        stands_now="whispered",
        custom={"pet": "Zyxwolf"},
    )
    of = client.pk
    touch = log_touch(
        user=anna, client_id=of, note="whispered once", next_step="whispered", next_step_at=timezone.now() + timedelta(days=3)
    )
    correct_touch(user=anna, touch_id=touch.pk, changes={"note": "whispered twice"})
    log_touch(user=anna, client_id=of, no_next_step_because="whispered")
    plan_next_step(user=anna, client_id=of, next_step="whispered", next_step_at=timezone.now() + timedelta(days=2))
    contact = client.contacts.get()
    change_contact(user=anna, contact_id=contact.pk, version=1, changes={"full_name": "Quibblemouth"})
    second = add_contact(user=anna, client_id=of, data={"full_name": "Zyxwolf the younger"})
    remove_contact(user=anna, contact_id=second.pk, version=second.version)
    change_client(user=anna, client_id=of, version=1, changes={"full_name": "Zyxwolf (new)", "stands_now": "whispered again"})
    archived = archive_client(user=anna, client_id=of, version=2, reason="whispered")
    restore_client(user=anna, client_id=of, version=archived.version)
    grant_waiver(user=dmitri, client_id=of, fact="industry", reason="whispered", until=company_today() + timedelta(days=9))
    _leave_traces(client, dmitri)
    return fresh(client)


def _leave_traces(client: Client, user: User) -> None:
    rows = io.StringIO()
    csv.writer(rows).writerows([["Name", "Phone"], ["Zyxwolf et Кракозябр", "01 99 00 77 77"]])
    run = ImportRun(created_by=user, state=ImportRun.State.DONE, file_name="zyxwolf sarl.csv", header=["Zyxwolf SARL"])
    run.reasons = [["full_name", "same", "Looks like Zyxwolf et Кракозябр", 1]]
    run.file.save("x", ContentFile(rows.getvalue().encode("cp1251")), save=False)
    run.error_file.save("y", ContentFile(_workbook("Quibblemouth & fils")), save=False)
    run.save()
    ImportedRow.objects.create(
        run=run, row=2, object_id=client.pk, version=1, before={"full_name": "Zyxwolf"}, parts=[{"name": "whispered"}]
    )
    ListWork.objects.create(
        page="clients", action="export", user=user, state="done", query="q=zyxwolf+sarl&sort=name", before=[["1 Plonkstreet", [1]]]
    )
    work = ListWork(page="clients", action="export", user=user, state="done")
    work.file.save("z.xlsx", ContentFile(_workbook("+33199007777")))
    ExportLog.objects.create(
        page="clients", user=user, file_format="csv", query="q=info%40zyxwolf.example", words="Search: info@zyxwolf.example"
    )
    SavedView.objects.create(page="clients", name="Mine", owner=user, query="q=Zyxwolf+SARL&city=Paris")
    body = json.dumps({"id": client.pk, "full_name": "Zyxwolf et Кракозябр"})
    IdempotentAnswer.objects.create(user=user, key="k", fingerprint="f", status=201, body=body)
    StoredMail.objects.create(recipients=["a@b.example"], subject="Call Zyxwolf SARL", body="whispered")


def _workbook(text: str) -> bytes:
    book, made = Workbook(write_only=True), io.BytesIO()
    book.create_sheet("Rows").append(["Name", text])
    book.save(made)
    return made.getvalue()


def all_text() -> str:
    """Return every value of every column that can hold text, of every table, in one lower-case text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, string_agg(quote_ident(column_name) || '::text', ', ') FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'character', 'jsonb', 'json', 'ARRAY', 'bytea')"
            " GROUP BY table_name"
        )
        found = []
        for table, columns in cursor.fetchall():
            cursor.execute(f'SELECT concat_ws(chr(10), {columns}) FROM "{table}"')
            found += [f"{table}: {text}" for (text,) in cursor.fetchall()]
    return "\n".join(found).lower()


def stored_files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_no_word_of_an_erased_client_stands_anywhere(
    full_life: Client, admin: User, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    before = all_text()
    assert [word for word in WORDS if word.lower() not in before] == [], "each word was there"
    assert len(stored_files(tmp_path)) == 3
    with django_capture_on_commit_callbacks(execute=True):
        erase_client(user=admin, client_id=full_life.pk, version=full_life.version)
    after = all_text()
    assert [line[:300] for line in after.splitlines() for word in WORDS if word.lower() in line] == []
    assert "\\u041a\\u0440\\u0430\\u043a" not in after, "nor as JSON writes it"
    assert stored_files(tmp_path) == []


@pytest.fixture
def known_by_name_alone(anna: User) -> Client:
    return register(anna, full_name='ИП "Ёжиков" Пётр', former_names="Old Umbrella, Red Parasol")


@pytest.mark.parametrize(
    "content",
    [
        '"ИП ""Ёжиков"" Пётр";Псков\n'.encode("cp1251"),
        "Фамилия;Имя\nИП Ёжиков;Пётр\n".encode("utf-16"),
        unicodedata.normalize("NFD", "ИП «Ёжиков» Пётр").encode(),
        b"Name\nred parasol\n",
        ("x" * ((1 << 20) - 9) + ' "ИП ""Ёжиков"" Пётр"').encode("cp1251"),  # across the pieces in which files are read
    ],
)
def test_a_file_that_names_it_otherwise_than_the_registry_goes_too(
    known_by_name_alone: Client, admin: User, tmp_path: Path, django_capture_on_commit_callbacks: Any, content: bytes
) -> None:
    run = ImportRun(created_by=admin, state=ImportRun.State.TRIED, file_name="x.csv", header=["Name"])
    run.file.save("x", ContentFile(content), save=True)
    with django_capture_on_commit_callbacks(execute=True):
        erase_client(user=admin, client_id=known_by_name_alone.pk, version=known_by_name_alone.version)
    assert stored_files(tmp_path) == []


def test_the_file_that_brought_a_client_goes_whatever_it_calls_it(
    known_by_name_alone: Client, admin: User, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    run = ImportRun(created_by=admin, state=ImportRun.State.DONE, file_name="x.csv", header=["Name"])
    run.file.save("x", ContentFile(b"Nobody knows how\n"), save=True)
    ImportedRow.objects.create(run=run, row=2, object_id=known_by_name_alone.pk, version=1)
    with django_capture_on_commit_callbacks(execute=True):
        erase_client(user=admin, client_id=known_by_name_alone.pk, version=known_by_name_alone.version)
    assert stored_files(tmp_path) == []


def test_labels_that_hint_at_a_person_lose_their_words(admin: User, anna: User) -> None:
    person = register(anna, kind="person", full_name="Пётр Ёжиков")
    ImportRun.objects.create(created_by=admin, state=ImportRun.State.TRIED, file_name="от_Ёжикова и ёжиков.csv", header=["Name"])
    SavedView.objects.create(page="clients", name="Все вокруг Ёжиков", owner=anna, query="city=Paris")
    SavedView.objects.create(page="clients", name="Ежедневно", owner=anna, query="city=Paris")
    erase_client(user=admin, client_id=person.pk, version=person.version)
    assert ImportRun.objects.get().file_name == "–"
    first, other = SavedView.objects.order_by("pk")
    assert (first.name, other.name) == (str(first.pk), "Ежедневно")


def test_a_quoted_name_is_found_in_what_is_kept_as_json(known_by_name_alone: Client, admin: User) -> None:
    body = json.dumps({"full_name": known_by_name_alone.full_name}, ensure_ascii=False)
    IdempotentAnswer.objects.create(user=admin, key="k", fingerprint="f", status=201, body=body)
    erase_client(user=admin, client_id=known_by_name_alone.pk, version=known_by_name_alone.version)
    assert IdempotentAnswer.objects.get().body == "{}"


def test_the_shell_and_the_figures_stay(full_life: Client, admin: User, anna: User) -> None:
    touches = list(Touch.objects.order_by("pk").values_list("kind", "outcome", "user", "at"))
    erased = erase_client(user=admin, client_id=full_life.pk, version=full_life.version)
    erased = fresh(erased)
    assert (erased.manager, erased.source, erased.created_at, erased.kind) == (anna, full_life.source, full_life.created_at, full_life.kind)
    assert erased.erased_at is not None
    assert erased.archived_at is not None
    assert erased.version == full_life.version + 1
    assert list(Touch.objects.order_by("pk").values_list("kind", "outcome", "user", "at")) == touches
    assert not Contact.objects.exists()
    view = SavedView.objects.get()
    assert (view.name, view.query) == ("Mine", "city=Paris")
    assert ListWork.objects.exclude(query="").get().query == "sort=name"
    assert IdempotentAnswer.objects.get().status == 201


def test_what_belongs_to_others_stays(
    full_life: Client, admin: User, anna: User, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    other = register(anna, {"full_name": "Mme Zebra", "phones": "+33199001111"}, full_name="Zebra Bakery", stands_now="Fine")
    log_touch(user=anna, client_id=other.pk, note="Long talk")
    change_client(user=anna, client_id=other.pk, version=1, changes={"stands_now": "Better"})
    run = ImportRun(created_by=anna, state=ImportRun.State.DONE, file_name="zebra.csv", header=["Name"])
    run.file.save("x", ContentFile(b"Name\nZebra Bakery\n"), save=True)
    SavedView.objects.create(page="clients", name="Bakers", owner=anna, query="q=bakery")
    with django_capture_on_commit_callbacks(execute=True):
        erase_client(user=admin, client_id=full_life.pk, version=full_life.version)
    text = all_text()
    for words in ("zebra bakery", "mme zebra", "long talk", "better", "zebra.csv", "q=bakery"):
        assert words in text
    assert stored_files(tmp_path) == [b"Name\nZebra Bakery\n"]


def test_only_the_administrator_erases_and_only_once(full_life: Client, admin: User, dmitri: User, anna: User) -> None:
    for user in (dmitri, anna):
        with pytest.raises(PermissionDenied):
            erase_client(user=user, client_id=full_life.pk, version=full_life.version)
    with pytest.raises(StaleVersion):
        erase_client(user=admin, client_id=full_life.pk, version=1)
    erased = erase_client(user=admin, client_id=full_life.pk, version=full_life.version)
    with pytest.raises(PermissionDenied):
        erase_client(user=admin, client_id=erased.pk, version=erased.version)
    for write in (
        lambda: change_client(user=admin, client_id=erased.pk, version=erased.version, changes={"full_name": "Back"}),
        lambda: restore_client(user=admin, client_id=erased.pk, version=erased.version),
        lambda: log_touch(user=admin, client_id=erased.pk),
    ):
        with pytest.raises((PermissionDenied, Refused)):
            write()


def test_the_name_must_be_typed_and_an_empty_card_stays(full_life: Client, admin: User, anna: User) -> None:
    browser = as_user(admin)
    page = browser.get(url("erase", full_life.pk))
    assert "This can't be undone." in text_of(page)
    refused = browser.post(url("erase", full_life.pk), {"version": full_life.version, "typed_name": "zyxwolf"})
    assert refused.status_code == 422
    assert "Type the name exactly as it stands above." in text_of(refused)
    assert fresh(full_life).erased_at is None
    gone = browser.post(url("erase", full_life.pk), {"version": full_life.version, "typed_name": " Zyxwolf  SARL "})
    assert gone.headers["Location"] == url("card", full_life.pk)
    for reader in (admin, anna):
        card = as_user(reader).get(url("card", full_life.pk))
        assert "The personal data of this client were erased" in text_of(card)
        assert "Anna Petrova" in text_of(card)
        assert "zyxwolf" not in card.content.decode().lower()
    assert browser.get(url("history", full_life.pk)).headers["Location"] == url("card", full_life.pk)
    assert browser.get(url("erase", full_life.pk)).status_code == 403


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("иван кузнецов", True),
        ("Кузнецов", True),
        ("ivan@k.example", True),
        ("+7 (916) 123-45-67", True),
        ("8 916 123 45 67", True),
        ("Иванов", False),
        ("", False),
        ("123", False),
    ],
)
def test_a_search_for_a_person_is_known_by_any_part_of_the_name(anna: User, typed: str, meant: bool) -> None:
    client = register(anna, kind="person", full_name="Иван Сергеевич Кузнецов", phones="+79161234567", emails="ivan@k.example")
    assert traces_of(client).sought_by(typed) is meant


def test_a_search_for_one_word_of_a_firms_name_may_mean_others(anna: User) -> None:
    traces = Traces(client_id=1, words=frozenset({"zebra bakery ltd"}), digits=frozenset(), is_person=False)
    assert traces.sought_by("Bakery Zebra")
    assert not traces.sought_by("Bakery")
