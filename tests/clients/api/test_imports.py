"""Imports through the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User
from clients.imports import running
from clients.models import Client, DuplicatePair, ImportRun, Source
from tests.api import Answer, Caller, assert_problem

ROWS = "Company;City;Phone\nNovapli;Lyon;04 65 71 00 12\nCoopérative des Deux Rives;Grenoble;12\n"
SETTINGS = {
    "mapping": json.dumps({"full_name": "Company", "city": ["City"], "phones": ["Phone"]}),
    "defaults": json.dumps({"source": "Trade fair", "kind": "organisation", "roles": "customer"}),
}


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any, fair: Source) -> None:
    settings.MEDIA_ROOT = tmp_path


def bring(caller: Caller, rows: bytes | str = ROWS, name: str = "clients.csv", **fields: str) -> Answer:
    content = rows if isinstance(rows, bytes) else rows.encode()
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile(name, content), **fields})
    return caller.call("POST", "/imports", body, Content_Type=MULTIPART_CONTENT)


def test_a_file_is_brought_followed_and_its_refused_rows_fetched(dmitri: User) -> None:
    caller = Caller(dmitri)
    queued = bring(caller, **SETTINGS)
    assert queued.status == 202, queued.body
    assert (queued.body["state"], queued.body["working"], queued.body["delimiter"]) == ("writing", True, ";")
    running.work_on(queued.body["id"])
    done = caller.get(f"/imports/{queued.body['id']}").body
    assert (done["state"], done["share"], done["rows"], done["added"], done["refused"]) == ("done", 100, 2, 1, 1)
    assert [(reason["field"], reason["code"], reason["rows"]) for reason in done["reasons"]] == [("Phones", "phone", 1)]
    assert Client.objects.get().full_name == "Novapli"
    errors = caller.get(f"/imports/{queued.body['id']}/error-file")
    assert errors.status == 200
    assert errors.headers["Content-Disposition"].startswith("attachment")
    assert "Coopérative" in errors.content.decode("utf-8-sig")
    assert caller.get("/imports").body["items"][0] == done


def test_a_trial_writes_nothing_until_it_is_told_to(dmitri: User) -> None:
    caller = Caller(dmitri)
    tried = bring(caller, **SETTINGS, dry_run="true").body
    assert tried["state"] == "trying"
    assert_problem(caller.post(f"/imports/{tried['id']}/write"), 409, "not-now")
    running.work_on(tried["id"])
    assert not Client.objects.exists()
    assert caller.post(f"/imports/{tried['id']}/write").status == 202
    running.work_on(tried["id"])
    assert Client.objects.count() == 1
    assert caller.post(f"/imports/{tried['id']}/undo").body["state"] == "undoing"


def test_rows_that_look_like_a_client_are_added_for_a_reason(dmitri: User, lachenal: Client) -> None:
    rows = "Company;Phone\nBoulangerie Lachenal;04 65 71 00 12\n"
    caller, settings = Caller(dmitri), {**SETTINGS, "mapping": json.dumps({"full_name": "Company", "phones": "Phone"})}
    for reason, added in (("", 0), ("Their shop in Annecy", 1)):
        queued = bring(caller, rows, **settings, allow_duplicates=reason).body
        assert queued["allow_duplicates"] == reason
        running.work_on(queued["id"])
        assert caller.get(f"/imports/{queued['id']}").body["added"] == added
    assert DuplicatePair.objects.get().reason == "Their shop in Annecy"


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"allow_duplicates": "x" * 301}, {"allow_duplicates": "too_long"}),
        ({"mapping": "{"}, {"mapping": "object"}),
        ({"mapping": "[]"}, {"mapping": "object"}),
        ({"mapping": '{"full_name": 3}'}, {"mapping.full_name": "list"}),
        ({"defaults": "[" * 100_000}, {"defaults": "object"}),
        ({"defaults": '{"country": "\\ud800"}'}, {"defaults": "object"}),
        ({"defaults": '{"country": "\\u0000"}'}, {"defaults": "object"}),
        ({"kind": "planets"}, {"kind": "choice"}),
        ({"profile": "none such"}, {"profile": "choice"}),
        ({"sheet": "x" * 101}, {"sheet": "too_long"}),
    ],
)
def test_settings_that_make_no_sense_are_refused(dmitri: User, fields: dict[str, str], codes: dict[str, str]) -> None:
    answer = bring(Caller(dmitri), **fields)
    assert_problem(answer, 422)
    assert answer.codes == codes
    assert not ImportRun.objects.exists()


def test_a_file_that_is_none_is_refused(dmitri: User, settings: Any) -> None:
    caller = Caller(dmitri)
    for content in (b"", b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200), b"PK\x03\x04nonsense"):
        answer = bring(caller, content)
        assert_problem(answer, 422)
        assert "file" in answer.codes
    assert caller.call("POST", "/imports", b"", Content_Type=MULTIPART_CONTENT).status in (400, 415, 422)
    assert_problem(caller.post("/imports", {"file": "x"}), 415, "media-type")
    settings.IMPORT_MAX_BYTES = 100
    assert_problem(bring(caller, "Company\n" + "x" * 300_000), 413, "too-large")


def test_a_repeat_of_an_upload_is_one_import(dmitri: User) -> None:
    caller = Caller(dmitri)
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("a.csv", ROWS.encode()), **SETTINGS})
    answers = [caller.call("POST", "/imports", body, Content_Type=MULTIPART_CONTENT, Idempotency_Key="one") for _ in range(2)]
    assert [answer.status for answer in answers] == [202, 202]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert ImportRun.objects.count() == 1


def test_imports_are_paged_from_the_latest_on(dmitri: User) -> None:
    runs = [ImportRun.objects.create(file_name=f"{number}.csv", created_by=dmitri) for number in range(5)]
    caller, seen, cursor = Caller(dmitri), [], ""
    for _ in range(3):
        page = caller.get("/imports?limit=2" + (f"&cursor={cursor}" if cursor else "")).body
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert seen == [run.pk for run in reversed(runs)]
