"""New against repeat: what winning a client costs, what keeping one costs, and when the cost of winning comes back."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from scoring.new_page import NewAndRepeatPage
from ui import formats
from ui.lists.export import csv_lines, write_xlsx
from ui.lists.page import entitle
from ui.models import ExportLog

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SEE = "sales.see_profit"
PAGE = "new-and-repeat"
entitle(PAGE, gettext_lazy("New against repeat"))


@require_GET
@requires(SEE)
def page(request: SignedInRequest) -> HttpResponseBase:
    """The clients won in a period beside those who bought before; while that is worked out, that it is."""
    template = "scoring/new_and_repeat/page.html"
    return render(request, f"{template}#report" if request.htmx else template, {"page": NewAndRepeatPage(request.user, request.GET)})


@require_POST
@requires(SEE, "clients.export_client")
def export(request: SignedInRequest) -> HttpResponseBase:
    """The table of sources as CSV or XLSX (`format`). Who took it is noted. While it is worked out there is nothing to take."""
    shown = NewAndRepeatPage(request.user, request.GET)
    if shown.found is None:
        messages.warning(request, _("This is still being worked out. Export it once it is on the page."))
        return redirect(shown.url)
    file_format = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
    file = BytesIO()
    if file_format == "xlsx":
        write_xlsx(file, shown.file_head, shown.file_rows())
    else:
        file.writelines(csv_lines(shown.file_head, shown.file_rows()))
    file.seek(0)
    chosen = [formats.named(chip.label, chip.words) for chip in shown.audience.chips] if shown.chosen else []
    ExportLog.objects.create(
        page=PAGE,
        user=request.user,
        file_format=file_format,
        query=shown.address,
        words="; ".join([shown.period.label, *chosen]),
        rows=len(shown.sources),
    )
    return FileResponse(file, as_attachment=True, filename=f"new-and-repeat-{shown.period.key}.{file_format}")
