"""What administrators see above every page when the nightly check found the figures out of step."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from sales.models import LedgerCheck


def checked_part(request: HttpRequest) -> dict[str, Any] | None:
    """Return what the banner says, or None while the last check found nothing (ui.shell_parts)."""
    last = LedgerCheck.objects.filter(pk=1).first()
    if last is None or not last.differences:
        return None
    return {"number": last.differences, "month": last.first_month, "at": last.checked_at}
