"""Imports: bring a file, follow how far it is, fetch what was refused, have it written, take it back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePath
from typing import Annotated, Any, Self

from django.http import FileResponse, Http404
from django.utils.translation import gettext_lazy as _
from ninja import File, Form, Query, Router, UploadedFile
from ninja.responses import Status
from pydantic import BaseModel, Field

from accounts.api import ApiRequest, Named, Problem, ProblemError, TokenAuth
from accounts.api.text import unkeepable
from clients.api.outputs import named
from clients.api.paging import moment_cursor, read_moment_cursor
from clients.errors import FieldError
from clients.imports import starting
from clients.imports.reading import Choice
from clients.models import ImportRun
from clients.models.imports import ImportState
from clients.services.entering import LONGEST_REASON

router = Router(tags=["imports"])
IMPORT = TokenAuth("clients.import_client")
_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_TEXT = {"schema": {"type": "string"}}
_ERROR_FILE = {
    "responses": {
        200: {
            "description": "The refused rows in the columns of the file, with the reason as the last column.",
            "content": {media_type.partition(";")[0]: _TEXT for media_type in _TYPES.values()},
        }
    }
}


class ReasonOut(BaseModel):
    """Why rows were refused, and how many."""

    field: str = Field(description="The field in words, as the page shows it.")
    code: str
    message: str
    rows: int


class ImportOut(BaseModel):
    """One file and what became of it."""

    id: int
    kind: str
    file_name: str
    state: ImportState
    working: bool = Field(description="Whether a worker is, or should be, at it: ask again in some seconds.")
    share: int = Field(description="Percent of the work in hand.")
    encoding: str
    delimiter: str
    sheet: str
    header: list[str]
    mapping: dict[str, list[str]] = Field(description="Field -> headings of the columns that go into it.")
    defaults: dict[str, Any]
    match: str = Field(description="The field by which a row finds the client that it updates; empty adds only.")
    allow_duplicates: str = Field(description="Why rows that look like a client already here are added; empty: they are refused.")
    profile: str
    rows: int | None
    read: int
    added: int
    changed: int
    unchanged: int
    refused: int
    reasons: list[ReasonOut] = Field(description="The most frequent first.")
    has_error_file: bool
    failure: str
    created_by: Named | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    undone_at: datetime | None

    @classmethod
    def of(cls, run: ImportRun) -> Self:
        """Tell of `run`, which was read with its owner."""
        plain = set(cls.model_fields) - {"state", "reasons", "has_error_file", "created_by"}
        return cls(
            **{name: getattr(run, name) for name in plain},
            state=ImportState(run.state),
            reasons=[ReasonOut(field=field, code=code, message=message, rows=rows) for field, code, message, rows in run.reasons],
            has_error_file=_error_file(run) is not None,
            created_by=named(run.created_by),
        )


class ImportPage(BaseModel):
    """A page of imports, the latest first."""

    items: list[ImportOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")


def _error_file(run: ImportRun) -> Path | None:
    if not run.error_file or not (path := Path(run.error_file.path)).exists():
        return None
    return path


def _shown(request: ApiRequest, import_id: int) -> ImportOut:
    return ImportOut.of(ImportRun.objects.visible_to(request.user).select_related("created_by").get(pk=import_id))


@router.get("/imports", response=ImportPage, auth=IMPORT, operation_id="list_imports")
def list_imports(
    request: ApiRequest,
    cursor: Annotated[str, Query(max_length=200, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ImportPage:
    """The imports of everybody, the latest first."""
    runs = ImportRun.objects.visible_to(request.user).select_related("created_by").order_by("-created_at", "-id")
    if cursor:
        at, pk = read_moment_cursor(cursor)
        runs = runs.filter(created_at__lte=at).exclude(created_at=at, pk__gte=pk)
    rows = list(runs[: limit + 1])
    page = rows[:limit]
    after = moment_cursor(page[-1].created_at, page[-1].pk) if len(rows) > limit else None
    return ImportPage(items=[ImportOut.of(run) for run in page], next=after)


@router.post("/imports", response={202: ImportOut}, auth=IMPORT, operation_id="create_import")
def create_import(  # noqa: PLR0917  (ninja reads each argument as a field of the form)
    request: ApiRequest,
    file: Annotated[UploadedFile, File(..., description="CSV or XLSX.")],
    kind: Annotated[
        str, Form(max_length=20, description="What the rows are: clients, sales (or purchases), payments, costs, complaints.")
    ] = "clients",
    mapping: Annotated[str, Form(description='JSON: {"full_name": "Company", "phones": ["Phone", "Mobile"]}; guessed if empty.')] = "",
    defaults: Annotated[str, Form(description='JSON: {"source": "Bought list"}, for rows without a value.')] = "",
    match: Annotated[str | None, Form(max_length=20, description="external_id, tax_number, emails; empty adds only.")] = None,
    profile: Annotated[str, Form(max_length=100, description="The name of a profile that maps the columns.")] = "",
    add_missing: Annotated[str, Form(max_length=300, description="Fields whose lists take in new names, parted by commas.")] = "",
    allow_duplicates: Annotated[
        str,
        Form(
            max_length=LONGEST_REASON,
            description="Why rows that look like a client already here, or like an earlier row, are added; empty: they are refused.",
        ),
    ] = "",
    dry_run: Annotated[bool, Form(description="Try every row and write nothing.")] = False,
    encoding: Annotated[str, Form(max_length=20)] = "",
    delimiter: Annotated[str, Form(max_length=3)] = "",
    sheet: Annotated[str, Form(max_length=100)] = "",
) -> ImportOut:
    """Bring a file and have it written (or tried). The answer comes at once; follow `state` and `share` by get_import."""
    run = starting.start_import(
        user=request.user,
        file=file,
        file_name=file.name or "",
        kind=kind,
        mapping=_mapping(mapping),
        defaults=_object("defaults", defaults),
        match=match,
        add_missing=[name.strip() for name in add_missing.split(",") if name.strip()],
        allow_duplicates=allow_duplicates,
        choice=Choice(encoding, delimiter, sheet),
        profile=profile,
        dry_run=dry_run,
    )
    return _shown(request, run.pk)


@router.get("/imports/{int:import_id}", response=ImportOut, auth=IMPORT, operation_id="get_import")
def get_import(request: ApiRequest, import_id: int) -> ImportOut:
    """How an import stands."""
    return _shown(request, import_id)


@router.get("/imports/{int:import_id}/error-file", auth=IMPORT, operation_id="get_error_file", openapi_extra=_ERROR_FILE)
def get_error_file(request: ApiRequest, import_id: int) -> FileResponse:
    """The rows that were refused, to be mended and brought again."""
    run = ImportRun.objects.visible_to(request.user).get(pk=import_id)
    path = _error_file(run)
    if path is None:
        raise Http404
    name = f"{PurePath(run.file_name).stem[:150]} refused.{run.format}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=_TYPES[run.format])


@router.post("/imports/{int:import_id}/write", response={202: ImportOut, 409: Problem}, auth=IMPORT, operation_id="write_import")
def write_import(request: ApiRequest, import_id: int) -> Status[ImportOut]:
    """Have a tried import written."""
    starting.write(user=request.user, run_id=import_id)
    return Status(202, _shown(request, import_id))


@router.post("/imports/{int:import_id}/undo", response={202: ImportOut, 409: Problem}, auth=IMPORT, operation_id="undo_import")
def undo_import(request: ApiRequest, import_id: int) -> Status[ImportOut]:
    """Have the untouched rows of a finished import taken back."""
    starting.undo(user=request.user, run_id=import_id)
    return Status(202, _shown(request, import_id))


def _mapping(given: str) -> dict[str, list[str]] | None:
    found = _object("mapping", given)
    if not given:
        return None
    mapping: dict[str, list[str]] = {}
    for name, headings in found.items():
        columns = [headings] if isinstance(headings, str) else headings
        if not isinstance(columns, list) or not all(isinstance(heading, str) for heading in columns):
            raise ProblemError(422, errors=[FieldError(f"mapping.{name[:60]}", "list", _("Give the heading, or a list of headings."))])
        mapping[name] = columns
    return mapping


def _object(field: str, given: str) -> Mapping[str, Any]:
    if not given:
        return {}
    try:
        found = json.loads(given)
        if not isinstance(found, dict) or unkeepable(found):
            raise ValueError
    except (ValueError, RecursionError):
        raise ProblemError(422, errors=[FieldError(field, "object", _("Give this as a JSON object."))]) from None
    return found
