"""Work on a list that was noted (`ListWork`): finding its list and action again, and doing it."""

from __future__ import annotations

from typing import Any

from django.core.files.base import ContentFile, File
from django.db import models
from django.http import QueryDict
from django.utils import timezone

from ui import formats
from ui.lists import bulk, export
from ui.lists.bulk import BulkAction, Selection
from ui.lists.page import page_of
from ui.lists.state import ListState
from ui.lists.tables import Column
from ui.models import ExportLog, ListWork

EXPORT = "export"
BIG_XLSX = 20_000
"""More rows than this become a workbook in the background; a CSV streams whatever its size."""


def selection_of(work: ListWork) -> Selection:
    """Return the rows that the work is about, as its user sees them now."""
    return Selection(ListState(page_of(work.page), work.user, QueryDict(work.query)), work.ids)


def action_of(work: ListWork) -> BulkAction | None:
    """Return the action of the work, or None for an export."""
    return page_of(work.page).action_names.get(work.action)


def carry_out(work: ListWork) -> None:
    """Do it."""
    action = action_of(work)
    if action is not None:
        bulk.carry_out(work, action, selection_of(work))
    elif work.action == EXPORT:
        _write_file(work)


def exported_columns(state: ListState, which: str) -> dict[str, Column]:
    """Return the columns of an export: those shown, or all."""
    return state.offered if which == "all" else state.columns


def rows_to_export(selection: Selection) -> models.QuerySet[Any]:
    return selection.rows


def log_export(selection: Selection, *, user: Any, file_format: str, which: str, rows: int) -> ExportLog:
    """Note who takes which rows out."""
    state = selection.state
    return ExportLog.objects.create(
        page=state.page.key,
        user=user,
        file_format=file_format,
        query=state.query(),
        words="; ".join(formats.named(chip.label, chip.words) for chip in state.filters.chips),
        columns=export.headings(exported_columns(state, which)),
        rows=rows,
    )


def _write_file(work: ListWork) -> None:
    selection = selection_of(work)
    columns = exported_columns(selection.state, work.data.get("which", ["shown"])[0])
    work.state = ListWork.State.RUNNING
    work.file.save(f"{work.page}-{work.pk}.xlsx", ContentFile(b""), save=False)
    work.save(update_fields=["state", "file"])

    def progress(done: int) -> None:
        ListWork.objects.filter(pk=work.pk).update(done=done)

    with work.file.storage.open(str(work.file.name), "wb") as file:
        _to_xlsx(file, selection, columns, progress)
    work.state, work.done, work.finished_at = ListWork.State.DONE, work.total, timezone.now()
    work.save(update_fields=["state", "done", "finished_at"])


def _to_xlsx(file: File[bytes], selection: Selection, columns: dict[str, Column], progress: Any) -> None:
    rows = export.rows_of(selection.state, rows_to_export(selection), columns)
    export.write_xlsx(file.file, export.headings(columns), rows, progress)  # type: ignore[arg-type]  # a binary file
