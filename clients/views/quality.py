"""Data quality by manager."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import requires
from accounts.models import Team
from accounts.roles import Role
from clients.forms.quality import QualitySettingsForm
from clients.models import QualitySettings, StandingPass
from clients.quality import sheet, words
from clients.quality.measures import BY_KEY, FIRST, MEASURES
from clients.quality.report import Report
from clients.services.quality import ask_for_snapshot, change_quality_settings
from ui.lists import export
from ui.lists.page import entitle
from ui.models import ExportLog
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

FORMATS = (("csv", "CSV"), ("xlsx", "XLSX"))
PERIODS = (8, 13, 26, 52)
"""Weeks that the lines may show."""
entitle("quality", gettext_lazy("Data quality"))


def _report(request: SignedInRequest) -> Report:
    """Return the report that the address asks for; what makes no sense there is left out."""
    asked = {**request.GET.dict(), **request.POST.dict()}
    team = str(asked.get("team", ""))
    weeks = str(asked.get("weeks", ""))
    return Report(
        request.user,
        measure=BY_KEY.get(str(asked.get("measure", "")), FIRST),
        weeks=int(weeks) if weeks in map(str, PERIODS) else PERIODS[0],
        team=Team.objects.filter(pk=team).first() if team.isascii() and team.isdigit() and len(team) < 19 else None,
    )


@require_GET
@requires("clients.view_client")
def page(request: SignedInRequest) -> HttpResponse:
    """How well each manager's clients are kept; for a manager the own ones, compared with the team and the company."""
    report = _report(request)
    context = {"report": report, "run": report.run, "measures": MEASURES, "periods": PERIODS, "export_formats": FORMATS}
    if report.run.waits:
        context["standing"] = StandingPass.objects.filter(pk=1, finished_at=None).first()
    if report.run.taken_at is not None:
        context |= {"answer": words.answer(report), "teams": Team.objects.all() if report.sees_all else []}
    return render(request, "clients/quality/page.html#report" if request.htmx else "clients/quality/page.html", context)


@require_POST
@requires("clients.see_quality")
def count(request: SignedInRequest) -> HttpResponse:
    """Take the snapshot of today now, in the background."""
    ask_for_snapshot(user=request.user)
    return redirect("quality:page")


@require_POST
@requires("clients.see_quality", "clients.export_client")
def export_figures(request: SignedInRequest) -> HttpResponseBase:
    """The figures by manager as CSV or XLSX; who took them is noted."""
    report = _report(request)
    file_format = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
    head, rows = sheet.heading(), list(sheet.lines(report))
    ExportLog.objects.create(
        page="quality", user=request.user, file_format=file_format, query=request.GET.urlencode(), words="", columns=head, rows=len(rows)
    )
    name = f"quality-{report.today.isoformat()}.{file_format}"
    if file_format == "csv":
        answer = StreamingHttpResponse(export.csv_lines(head, iter(rows)), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    book = BytesIO()
    export.write_xlsx(book, head, iter(rows))
    book.seek(0)
    return FileResponse(book, as_attachment=True, filename=name)


@require_http_methods(["GET", "POST"])
@requires("clients.set_quality")
def settings(request: SignedInRequest) -> HttpResponse:
    """What counts as late and as quiet, the standard, and the weekly mail."""
    kept = QualitySettings.current()
    declined = QualitySettings.objects.filter(declined=request.user).exists()
    form = QualitySettingsForm(
        request.POST or None, instance=kept, gets_digest=request.user.role is Role.MANAGEMENT, wants_digest=not declined
    )
    if request.method == "POST" and form.is_valid():
        wants = form.cleaned_data.get("wants_digest", not declined)
        change_quality_settings(user=request.user, values=form.values(), wants_digest=wants)
        say(request, _("Settings of data quality saved"))
        return redirect("quality:page")
    return render(request, "clients/quality/settings.html", {"form": form}, status=422 if form.errors else 200)
