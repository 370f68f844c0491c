"""The page of profitability as a file, as its reader has it on the screen."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.models import Company
from clients.models import Client
from scoring.page import ProfitPage
from scoring.paper.contents import contents
from scoring.paper.press import NotPrintedError, print_pdf
from scoring.periods import Period
from scoring.services import keep_in_view
from scoring.workbook import sheets_of
from ui import formats
from ui.lists.page import entitle
from ui.lists.sheets import write_sheets
from ui.models import ExportLog

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

PAGE = "profitability"
"""What the log of exports calls it."""
entitle(PAGE, gettext_lazy("Profitability"))


@require_POST
@requires("sales.see_profit", "clients.export_client")
def export(request: SignedInRequest) -> HttpResponseBase:
    """The page that the address asks for as PDF or XLSX (`format`), with the way of `client`. Who took it is noted.

    While the report is worked out there is nothing to take: back to the page, which shows how far that is.
    """
    shown = ProfitPage(request.user, request.GET)
    keep_in_view(shown.shown)
    if shown.report is None:
        messages.warning(request, _("The profit of this period is being worked out; try again in a minute."))
        return redirect(shown.url)
    client = _client(request) or shown.first_client
    file_format = "xlsx" if request.POST.get("format") == "xlsx" else "pdf"
    try:
        file = _pdf(shown, client) if file_format == "pdf" else _xlsx(shown, client)
    except NotPrintedError:
        messages.error(request, _("The page could not be set as PDF. Try again, or take it as XLSX."))
        return redirect(shown.url)
    _note(request, shown, client, file_format)
    return FileResponse(file, as_attachment=True, filename=file_name(shown.period, file_format))


def _client(request: SignedInRequest) -> Client | None:
    asked = request.POST.get("client", "")
    if not asked:
        return None
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
    return get_object_or_404(Client.objects.visible_to(request.user), pk=number)


def _pdf(shown: ProfitPage, client: Client | None) -> BytesIO:
    return BytesIO(print_pdf(contents(shown, client)))


def _xlsx(shown: ProfitPage, client: Client | None) -> BytesIO:
    book = BytesIO()
    write_sheets(book, sheets_of(shown, client))
    book.seek(0)
    return book


def _note(request: SignedInRequest, shown: ProfitPage, client: Client | None, file_format: str) -> None:
    """Note what goes out; `rows` are the clients that are told of by name."""
    told = {one.client.pk for one in (*shown.demons, *shown.angels)} | {one.client.pk for _heading, moves in shown.moves for one in moves}
    if client:
        told.add(client.pk)
    if file_format == "xlsx":  # the curve names each of its points
        told |= set(shown.on_curve)
    chosen = [formats.named(chip.label, chip.words) for chip in shown.audience.chips] if shown.chosen else []
    ExportLog.objects.create(
        page=PAGE,
        user=request.user,
        file_format=file_format,
        query=f"{shown.address}&by={shown.by}",
        words="; ".join([shown.period.label, *chosen]),
        rows=len(told),
    )


def file_name(period: Period, file_format: str) -> str:
    """Return "Kestrel-Trading-Profitability-2026-10.pdf": the company, the page in the reader's language, the period."""
    said = f"{Company.current().name[:60]} {_('Profitability')}"
    return f"{re.sub(r'[^\w]+', '-', said).strip('-')}-{_days(period)}.{file_format}"


def _days(period: Period) -> str:
    match period.what:
        case "month":
            return f"{period.first:%Y-%m}"
        case "quarter":
            return f"{period.first:%Y}-Q{(period.first.month + 2) // 3}"
        case "year":
            return f"{period.first:%Y}"
        case "rolling":
            return f"{period.first:%Y-%m}_{period.last:%Y-%m}"
    return f"{period.first}_{period.last}"
