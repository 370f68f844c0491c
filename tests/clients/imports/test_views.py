"""The pages of the importer, and who may open them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from clients.imports import running, starting
from clients.models import Client, ImportProfile, ImportRun, Source
from clients.services import change_client
from tests.clients.imports.conftest import Importing
from tests.clients.imports.files import csv_bytes
from tests.clients.registry import register

pytestmark = pytest.mark.django_db
ROWS = [["Id", "Name", "E-mail"], ["1", "A", "a@x.example"], ["2", "B", "not a mail"]]


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    told: list[int] = []
    monkeypatch.setattr(starting, "wake", told.append)
    return told


@pytest.fixture
def signed_in() -> Callable[[User], Browser]:
    def sign_in(user: User) -> Browser:
        browser = Browser()
        browser.force_login(user)
        return browser

    return sign_in


def upload(browser: Browser, content: bytes, name: str = "clients.csv") -> Any:
    return browser.post(reverse("imports:upload"), {"file": SimpleUploadedFile(name, content)})


def url(name: str, run: ImportRun) -> str:
    return reverse(f"imports:{name}", args=[run.pk])


def test_a_file_goes_all_the_way(
    signed_in: Callable[[User], Browser], dmitri: User, source: Source, woken: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    browser = signed_in(dmitri)
    answer: Any = upload(browser, csv_bytes(ROWS))
    run = ImportRun.objects.get()
    assert answer.url == url("columns", run)
    page = browser.get(answer.url).content.decode()
    assert "a@x.example" in page
    assert "3 of 3 recognised" in page

    given = {
        "column_0": "external_id", "column_1": "full_name", "column_2": "emails", "match": "external_id",
        "set_kind": "organisation", "set_roles": "customer", "set_source": source.pk, "save_as": "mine",
    }  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(url("columns", run), given)["Location"] == url("show", run)
    assert woken == [run.pk]
    assert "Trying it out" in browser.get(url("show", run)).content.decode()
    running.work_on(run.pk)
    page = browser.get(url("show", run)).content.decode()
    assert "nothing is written yet" in page
    assert "Write 1 row" in page
    assert not Client.objects.exists()

    browser.post(url("write", run))
    running.work_on(run.pk)
    assert "Imported" in browser.get(url("show", run)).content.decode()
    assert Client.objects.get().emails == ["a@x.example"]
    assert ImportProfile.objects.get().name == "mine"

    answer = browser.get(url("refused", run))
    assert answer["Content-Disposition"] == 'attachment; filename="clients refused.csv"'
    assert "not a mail" in b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "not a mail" in browser.get(url("refused_rows", run) + "?reason=0").content.decode()

    assert "1 row can be taken back" in browser.get(url("undo", run)).content.decode()
    browser.post(url("undo", run))
    running.work_on(run.pk)
    assert not Client.objects.exists()
    assert "took back 1 row" in browser.get(url("show", run)).content.decode()


def test_a_rerun_that_leaves_only_refused_rows_does_not_call_all_rows_refused(
    signed_in: Callable[[User], Browser], dmitri: User, importing: Importing
) -> None:
    importing(ROWS, match="external_id")
    run = importing(ROWS, match="external_id", dry_run=True)
    assert (run.unchanged, run.refused) == (1, 1)
    page = signed_in(dmitri).get(url("show", run)).content.decode()
    assert "the rows that are not refused are there already" in page
    assert "Every row is refused" not in page


def test_what_is_wrong_with_the_columns_stands_beside_them(signed_in: Callable[[User], Browser], dmitri: User, source: Source) -> None:
    browser = signed_in(dmitri)
    upload(browser, csv_bytes(ROWS))
    run = ImportRun.objects.get()
    answer = browser.post(url("columns", run), {"column_0": "external_id", "column_1": "external_id", "match": "emails"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Only one column can go into" in page
    assert "say which column holds it" in page


def test_rows_that_look_like_a_client_are_added_anyway_for_a_reason_only(
    signed_in: Callable[[User], Browser], dmitri: User, source: Source
) -> None:
    register(dmitri, full_name="Guérin", emails=["a@x.example"])
    browser = signed_in(dmitri)
    upload(browser, csv_bytes(ROWS))
    run = ImportRun.objects.get()
    settings = {"column_1": "full_name", "column_2": "emails", "set_kind": "organisation", "set_roles": "customer", "set_source": source.pk}
    answer = browser.post(url("columns", run), {**settings, "alike": "add", "allow_duplicates": " "})
    assert answer.status_code == 422
    assert "Say in a few words why they are other clients." in answer.content.decode()
    browser.post(url("columns", run), {**settings, "alike": "refuse", "allow_duplicates": "One mailbox"})
    assert ImportRun.objects.get().allow_duplicates == ""
    running.work_on(run.pk)
    browser.post(url("columns", run), {**settings, "alike": "add", "allow_duplicates": "One mailbox"})
    running.work_on(run.pk)
    page = browser.get(url("show", run)).content.decode()
    assert "Rows that look like a client already here are added: One mailbox" in page
    assert 'value="One mailbox"' in browser.get(url("columns", run)).content.decode()
    browser.post(url("add_missing", run), {"field": []})
    assert (ImportRun.objects.get().allow_duplicates, ImportRun.objects.get().added) == ("One mailbox", 0)


def test_the_file_can_be_read_in_another_way(signed_in: Callable[[User], Browser], dmitri: User, source: Source) -> None:
    browser = signed_in(dmitri)
    upload(browser, csv_bytes([["Имя", "Город"], ["Щука", "Тверь"]], encoding="cp1251"))
    run = ImportRun.objects.get()
    assert run.encoding == "cp1251"
    browser.post(url("read_again", run), {"encoding": "koi8_r", "delimiter": ",", "header_row": "1"})
    run.refresh_from_db()
    assert run.encoding == "koi8_r"
    assert run.header != ["Имя", "Город"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("virus.csv", b"MZ\x90\x00" + bytes(range(256)) * 4, "This is not a table"),
        ("empty.csv", b"", "empty"),
        ("no rows.csv", b"Name,City\n", "headings but no rows"),
        ("../../etc/<script>alert(1)</script>.csv", b"a@x.example,b\n", "headings"),
        ("wide.csv", b",".join(b"c%d" % number for number in range(10_000)), "500 columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_not_kept(
    signed_in: Callable[[User], Browser], dmitri: User, settings: Any, name: str, content: bytes, said: str
) -> None:
    answer = upload(signed_in(dmitri), content, name)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ImportRun.objects.exists()
    folder = Path(settings.MEDIA_ROOT) / "imports"
    assert not folder.exists() or not list(folder.iterdir())


def test_an_upload_that_is_too_large_is_refused_while_it_comes(signed_in: Callable[[User], Browser], dmitri: User, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 100_000
    answer = upload(signed_in(dmitri), b"Name\n" + b"x" * 400_000)
    assert answer.status_code == 413
    assert "larger than" in answer.content.decode()

    class Endless(io.RawIOBase):
        """A body that tells when somebody reads on after the refusal."""

        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            assert self.taken < 2_000_000
            return b"x" * size

    boundary = "seraph"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\nContent-Type: text/csv\r\n\r\n'.encode()
    body = Endless()
    first = [head]
    endless_read = body.read
    body.read = lambda size=-1: first.pop() if first else endless_read(size)  # type: ignore[method-assign]
    environment: Any = {"wsgi.input": body, "CONTENT_LENGTH": "2000000000", "CONTENT_TYPE": f"multipart/form-data; boundary={boundary}"}
    answer = signed_in(dmitri).generic("POST", reverse("imports:upload"), b"", **environment)
    assert answer.status_code == 413
    assert not ImportRun.objects.exists()


def test_the_name_of_a_file_is_text_and_no_path(signed_in: Callable[[User], Browser], dmitri: User, source: Source, settings: Any) -> None:
    browser = signed_in(dmitri)
    run = starting.upload(
        user=dmitri, file=SimpleUploadedFile("x.csv", csv_bytes(ROWS)), file_name="..\\..\\etc/<img src=x onerror=alert(1)>\x07.csv"
    )
    assert run.file_name == "<img src=x onerror=alert(1)>.csv"
    assert Path(run.file.path).parent == Path(settings.MEDIA_ROOT) / "imports"
    for page in ("columns", "show"):
        assert "<img src=x" not in browser.get(url(page, run), follow=True).content.decode()


def test_cells_and_headings_are_shown_as_text(importing: Importing, signed_in: Callable[[User], Browser], dmitri: User) -> None:
    script = "<script>alert(1)</script>"
    run = importing([["Name", script, "E-mail"], [script, script, script]], dry_run=True)
    browser = signed_in(dmitri)
    for page in ("show", "columns", "refused_rows"):
        assert script not in browser.get(url(page, run)).content.decode(), page


def test_the_progress_comes_as_a_fragment_that_stops_asking_when_it_is_done(
    importing: Importing, signed_in: Callable[[User], Browser], dmitri: User
) -> None:
    run = importing(ROWS, dry_run=True)
    browser = signed_in(dmitri)
    ImportRun.objects.update(state="writing", share=40, read=10)
    fragment = browser.get(url("show", run), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert 'hx-trigger="every 1s"' in fragment
    ImportRun.objects.update(state="done")
    answer = browser.get(url("show", run), headers={"HX-Request": "true"})
    assert "every 1s" not in answer.content.decode()
    assert "is imported" in answer["HX-Trigger"]


def test_a_finished_import_is_marked_until_its_owner_looks(
    importing: Importing, signed_in: Callable[[User], Browser], dmitri: User
) -> None:
    run = importing(ROWS)
    browser = signed_in(dmitri)
    from clients.imports.progress import ended_unseen

    assert ended_unseen(dmitri) == 1
    browser.get(url("show", run))
    assert ended_unseen(dmitri) is None


def test_touched_rows_are_named_before_the_undo(importing: Importing, signed_in: Callable[[User], Browser], dmitri: User) -> None:
    run = importing([["Id", "Name"], ["1", "Ромашка"], ["2", "B"]])
    client = Client.objects.get(external_id="1")
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Paris"})
    page = signed_in(dmitri).get(url("undo", run)).content.decode()
    assert "1 row can be taken back" in page
    assert "1 row was touched since" in page
    assert "Ромашка" in page


GETS = ("show", "columns", "undo", "refused", "refused_rows")
POSTS = ("columns", "read_again", "add_missing", "try", "write", "stop", "undo", "discard")


def test_only_those_who_may_import_find_an_import(
    importing: Importing, signed_in: Callable[[User], Browser], anna: User, eve: User, admin: User
) -> None:
    run = importing(ROWS)
    states = ImportRun.objects.values_list("state", flat=True)
    for user in (anna, eve, None):
        browser = signed_in(user) if user else Browser()
        expected = 403 if user else 302
        for name in GETS:
            assert browser.get(url(name, run)).status_code == expected, name
        for name in POSTS:
            assert browser.post(url(name, run)).status_code == expected, name
        assert browser.get(reverse("imports:list")).status_code == expected
        assert upload(browser, csv_bytes(ROWS)).status_code == expected
    assert list(states) == ["done"]
    assert signed_in(admin).get(url("show", run)).status_code == 200  # a colleague's import is everybody's who may import


def test_an_import_that_is_not_there_is_not_found(signed_in: Callable[[User], Browser], dmitri: User) -> None:
    browser = signed_in(dmitri)
    for name in GETS:
        assert browser.get(reverse(f"imports:{name}", args=[999])).status_code == 404, name
    for name in POSTS:
        assert browser.post(reverse(f"imports:{name}", args=[999])).status_code == 404, name


def test_reading_changes_nothing(importing: Importing, signed_in: Callable[[User], Browser], dmitri: User) -> None:
    run = importing(ROWS)
    browser = signed_in(dmitri)
    for name in ("write", "stop", "discard", "try", "add_missing", "read_again"):
        assert browser.get(url(name, run)).status_code == 405, name


def test_what_comes_too_late_leads_to_how_it_stands(importing: Importing, signed_in: Callable[[User], Browser], dmitri: User) -> None:
    run = importing(ROWS)
    browser = signed_in(dmitri)
    for name in ("write", "try", "discard", "stop", "columns"):
        assert browser.post(url(name, run))["Location"] == url("show", run), name
    assert ImportRun.objects.get().state == "done"


def test_the_list_asks_as_much_for_many_imports_as_for_one(
    importing: Importing, signed_in: Callable[[User], Browser], dmitri: User, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(dmitri)
    for _time in range(3):
        importing(ROWS, dry_run=True)
    browser.get(reverse("imports:list"))  # the navigation's figures are counted once a minute
    with django_assert_max_num_queries(12):
        browser.get(reverse("imports:list"))
