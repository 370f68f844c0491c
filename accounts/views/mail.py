"""The mail that could not be sent, for the administrator to read."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from accounts.access import requires
from accounts.models import StoredMail

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

PAGE_SIZE = 50


@requires("accounts.read_mail")
def mail(request: "SignedInRequest") -> HttpResponseBase:
    """List the stored mail, the newest first."""
    page = Paginator(StoredMail.objects.defer("body", "calendar"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/mail.html", {"page": page, "is_sent": bool(settings.EMAIL_URL)})


@requires("accounts.read_mail")
def stored_mail(request: "SignedInRequest", pk: int) -> HttpResponseBase:
    """Show one mail."""
    return render(request, "accounts/stored_mail.html", {"mail": get_object_or_404(StoredMail, pk=pk)})
