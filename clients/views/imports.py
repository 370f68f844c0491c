"""Importing: a file is brought, mapped, tried, written, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from clients.errors import Refused
from clients.forms.imports import ColumnsForm, ReadingForm, UploadForm
from clients.imports import progress, starting
from clients.imports.kinds import ImportKind, all_kinds, kind_named, kinds_for
from clients.imports.reading import Limits, Table, Unreadable, open_table, too_large
from clients.imports.starting import NotNow
from clients.models import ImportProfile, ImportRun
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.access import SignedInRequest

_LISTED = 50
_SHOWN_TOUCHED = 100
_SHOWN_REFUSED = 100
_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def _unless_too_late[**P](view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """An import that has gone on meanwhile is shown as it stands."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(*args, **kwargs)
        except NotNow as late:
            return redirect("imports:show", late.run.pk)
        except ImportRun.DoesNotExist:
            raise Http404 from None

    return guarded


def _run(request: SignedInRequest, pk: int) -> ImportRun:
    run: ImportRun = get_object_or_404(ImportRun.objects.visible_to(request.user).select_related("created_by", "undone_by"), pk=pk)
    return run


def _kind(run: ImportRun) -> ImportKind:
    kind = kind_named(run.kind)
    if kind is None:
        raise Http404
    return kind


def _profiles(request: SignedInRequest) -> QuerySet[ImportProfile]:
    return ImportProfile.objects.filter(kind__in=[kind.name for kind in kinds_for(request.user)])


def _list(request: SignedInRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    runs = ImportRun.objects.visible_to(request.user).select_related("created_by")[:_LISTED]
    labels = {kind.name: kind.label for kind in all_kinds()}
    limits = Limits.current()
    context = {
        "form": form,
        "runs": [(run, labels.get(run.kind, "")) for run in runs],
        "profiles": _profiles(request),
        "limits": limits,
        "megabytes": limits.file_bytes // 1_000_000,
    }
    return render(request, "clients/imports/list.html", context, status=status)


@requires("clients.import_client")
@require_GET
def imports(request: SignedInRequest) -> HttpResponseBase:
    """Show what was imported, and take a file."""
    return _list(request, UploadForm(kinds=kinds_for(request.user)))


@requires("clients.import_client")
@require_POST
def upload(request: SignedInRequest) -> HttpResponseBase:
    """Keep a file and lead on to its columns."""
    kinds = kinds_for(request.user)
    form = UploadForm(request.POST, request.FILES, kinds=kinds)
    if request.META.get("upload_too_large"):
        form.errors.clear()
        form.add_error("file", str(too_large(Limits.current()).message))
        return _list(request, form, 413)
    if not form.is_valid():
        return _list(request, form, 422)
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    try:
        kind = form.cleaned_data.get("kind") or kinds[0].name
        run = starting.upload(user=request.user, file=file, file_name=file.name or "", kind=kind)
    except Unreadable as unreadable:
        form.add_error("file", str(unreadable.message))
        return _list(request, form, 422)
    return redirect("imports:columns", run.pk)


@requires("clients.import_client")
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show how an import stands; the page asks for itself again while a worker is at it."""
    run = _run(request, pk)
    if run.state == ImportRun.State.UPLOADED:
        return redirect("imports:columns", run.pk)
    if run.finished_at and run.seen_at is None and run.created_by == request.user:
        run.seen_at = timezone.now()
        run.save(update_fields=["seen_at"])
    kind = _kind(run)
    lacking = progress.missing(run, kind, request.user)
    others = ImportRun.objects.visible_to(request.user).exclude(pk=pk).select_related("created_by")[:6]
    context = {
        "run": run,
        "steps": progress.steps(run),
        "left": progress.time_left(run),
        "silent": progress.is_silent(run),
        "missing": lacking,
        "can_add": any(one.allowed and not one.added for one in lacking),
        "kind": kind,
        "list_url": kind.list_url,
        "others": others,
    }
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        if not run.working:
            say(request, progress.ended(run))
        return render(request, "clients/imports/run.html#work", context)
    return render(request, "clients/imports/run.html", context)


def _table(run: ImportRun) -> tuple[Table | None, list[list[str]], str]:
    try:
        table = starting.open_run(run)
        return table, [row.cells for row in table.first_rows(20)], ""
    except Unreadable as unreadable:
        return None, [], str(unreadable.message)


@requires("clients.import_client")
@_unless_too_late
def columns(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Say which column goes where; then it is tried out."""
    run = _run(request, pk)
    if run.state not in starting.OPEN:
        raise NotNow(run)
    kind = _kind(run)
    table, sample, unreadable = _table(run)
    form = ColumnsForm(request.POST or None, run=run, kind=kind, user=request.user, sample=sample)
    if request.method == "POST" and form.is_valid():
        try:
            starting.map_columns(
                user=request.user, run_id=pk, mapping=form.mapping(), defaults=form.defaults(), match=form.cleaned_data["match"],
                allow_duplicates=form.cleaned_data["allow_duplicates"], save_as=form.cleaned_data["save_as"],
            )  # fmt: skip
            starting.try_out(user=request.user, run_id=pk)
            return redirect("imports:show", pk)
        except Refused as refused:
            form.refuse(refused.errors)
    context = {
        "run": run, "kind": kind, "form": form, "reading": ReadingForm(run=run, table=table), "unreadable": unreadable,
        "steps": progress.steps(run), "mapped": sum(map(len, run.mapping.values())),
    }  # fmt: skip
    return render(request, "clients/imports/columns.html", context, status=422 if form.errors else 200)


@requires("clients.import_client")
@require_POST
@_unless_too_late
def read_again(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Read the file in another way."""
    run = _run(request, pk)
    form = ReadingForm(request.POST, run=run, table=_table(run)[0])
    if form.is_valid():
        try:
            starting.read_again(user=request.user, run_id=pk, choice=form.choice())
        except Unreadable as unreadable:
            messages.error(request, str(unreadable.message))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("imports:columns", pk)


@requires("clients.import_client")
@require_POST
@_unless_too_late
def add_missing(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Let names that the reference lists lack be added, and try again."""
    run = _run(request, pk)
    try:
        starting.map_columns(
            user=request.user, run_id=pk, mapping=run.mapping, defaults=run.defaults, match=run.match,
            allow_duplicates=run.allow_duplicates, add_missing={*run.add_missing, *request.POST.getlist("field")},
        )  # fmt: skip
        starting.try_out(user=request.user, run_id=pk)
    except Refused as refused:
        messages.error(request, " ".join(str(error.message) for error in refused.errors))
    return redirect("imports:show", pk)


def _act(request: SignedInRequest, pk: int, act: Callable[..., Any]) -> HttpResponseBase:
    try:
        act(user=request.user, run_id=pk)
    except Refused as refused:
        messages.error(request, " ".join(str(error.message) for error in refused.errors))
        return redirect("imports:columns", pk)
    return redirect("imports:show", pk)


@requires("clients.import_client")
@require_POST
@_unless_too_late
def try_out(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Try the import again as it was mapped."""
    return _act(request, pk, starting.try_out)


@requires("clients.import_client")
@require_POST
@_unless_too_late
def write(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Write the rows."""
    return _act(request, pk, starting.write)


@requires("clients.import_client")
@require_POST
@_unless_too_late
def stop(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Stop the work in hand; nothing of it stays."""
    return _act(request, pk, starting.stop)


@requires("clients.import_client")
@_unless_too_late
def undo(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show what an undo would take back and what somebody has touched since; then take it back."""
    run = _run(request, pk)
    if run.state != ImportRun.State.DONE or run.tidied_at is not None:
        raise NotNow(run)
    if request.method == "POST":
        return _act(request, pk, starting.undo)
    kind = _kind(run)
    touched = kind.touched(run.pk)
    touched_rows = sum(one.rows for one in touched)
    context = {
        "run": run,
        "kind": kind,
        "touched": touched[:_SHOWN_TOUCHED],
        "touched_count": touched_rows,
        "more": max(0, len(touched) - _SHOWN_TOUCHED),
        "free": kind.rows_in(run.trail.all()) - touched_rows,
        "steps": progress.steps(run),
    }
    return render(request, "clients/imports/undo.html", context)


@requires("clients.import_client")
@require_POST
@_unless_too_late
def discard(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Forget a file that was not written."""
    run = _run(request, pk)
    starting.discard(user=request.user, run_id=pk)
    say(request, _("%(file)s was discarded.") % {"file": run.file_name})
    return redirect("imports:list")


def _error_file(run: ImportRun) -> Path:
    if not run.error_file or not Path(run.error_file.path).exists():
        raise Http404
    return Path(run.error_file.path)


@requires("clients.import_client")
@require_GET
def refused(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Hand out the file of refused rows."""
    run = _run(request, pk)
    path = _error_file(run)
    name = f"{PurePath(run.file_name).stem[:150]} {_('refused')}.{run.format}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=_TYPES[run.format])


@requires("clients.import_client")
@require_GET
def refused_rows(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show the refused rows of one reason, or of all."""
    run = _run(request, pk)
    reason = _reason(run, request.GET.get("reason", ""))
    try:
        table = open_table(_error_file(run))
        rows = (row for row in table.rows() if not reason or reason[2] in row.cells[-1])
        found = list(islice(rows, _SHOWN_REFUSED))
    except Unreadable as unreadable:  # the limits have been narrowed since
        messages.error(request, str(unreadable.message))
        return redirect("imports:show", pk)
    count = reason[3] if reason else run.refused
    context = {
        "run": run,
        "header": table.header[:-1],
        "rows": [(row.cells[-1], row.cells[:-1]) for row in found],
        "reason": reason,
        "title": ngettext("%(count)s refused row", "%(count)s refused rows", count) % {"count": formats.number(count)},
        "cut": len(found) == _SHOWN_REFUSED,
    }
    return render(request, "clients/imports/refused.html", context)


def _reason(run: ImportRun, number: str) -> list[Any] | None:
    if number.isascii() and number.isdigit() and len(number) < 4 and int(number) < len(run.reasons):
        found: list[Any] = run.reasons[int(number)]
        return found
    return None


@requires("clients.import_client")
@require_POST
def forget_profile(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Forget how a kind of file was mapped."""
    profile = get_object_or_404(_profiles(request), pk=pk)
    profile.delete()
    say(request, _("“%(name)s” is forgotten.") % {"name": profile.name})
    return redirect("imports:list")
