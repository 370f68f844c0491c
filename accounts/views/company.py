"""The company's settings."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import requires
from accounts.forms.company import CompanyForm
from accounts.models import Company
from accounts.services.company import change_company

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("accounts.manage_company")
def company(request: "SignedInRequest") -> HttpResponseBase:
    """Show and change the company's settings."""
    form = CompanyForm(request.POST or None, instance=Company.current())
    if request.method == "POST" and form.is_valid():
        change_company(by=request.user, changes=form.changes())
        messages.success(request, _("Company saved"))
        return redirect("accounts:company")
    return render(request, "accounts/company.html", {"form": form})
