"""What makes an angel or a demon, and when a turnaround case is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from accounts.models import AuditEntry
from clients.errors import Refused
from clients.views.card import posted
from sales.periods import company_today, first_of_month
from sales.querysets import may_see_profit
from scoring.figures import Figures
from scoring.forms.settings import ProfitSettingsForm
from scoring.models import ProfitSettings
from scoring.periods import Period
from scoring.reports import find_report
from scoring.services import change_profit_settings, undo_profit_settings
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SET = "sales.set_ledger"


@requires(SET)
@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest) -> HttpResponseBase:
    """The thresholds, and what they made of the clients in the last twelve months."""
    form = ProfitSettingsForm(posted(request))
    if request.method == "POST":
        try:
            _kept, entry = change_profit_settings(user=request.user, values=form.typed())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        else:
            say(request, _("Settings saved"), undo_url=reverse("scoring:settings_undo", args=[entry.pk]) if entry else "")
            return redirect("scoring:settings")
    period = Period.rolling(first_of_month(company_today()))
    report = find_report(period.first, period.end) if may_see_profit(request.user) else None
    kept = ProfitSettings.current()
    context = {
        "form": form,
        "kept": kept,
        "period": period,
        "counts": _counts(Figures.read(report.figures)) if report else [],
        "older": report is not None and report.settings_revision != kept.revision,
    }
    return render(request, "scoring/settings/page.html", context, status=422 if form.errors else 200)


def _counts(figures: Figures) -> list[tuple[str, str]]:
    """How many clients are what, in words."""
    words = (
        ("angel", ngettext("{count} angel", "{count} angels", figures.angels), figures.angels),
        ("between", ngettext("{count} between", "{count} between", figures.between), figures.between),
        ("demon", ngettext("{count} demon", "{count} demons", figures.demons), figures.demons),
    )
    return [(name, text.format(count=formats.number(count))) for name, text, count in words]


@requires(SET)
@require_POST
def undo(request: SignedInRequest, entry_id: int) -> HttpResponseBase:
    """Undo of a change, but for what was changed again since."""
    try:
        back = undo_profit_settings(user=request.user, entry_id=entry_id)
    except AuditEntry.DoesNotExist:
        raise Http404 from None
    say(request, _("The settings are as they were before") if back else _("Nothing was undone: the settings were changed again since"))
    return redirect("scoring:settings")
