"""The first page of a new Seraph."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import first_run
from accounts.access import public
from accounts.forms.company import SetUpForm
from accounts.models import Company
from accounts.services.company import AlreadySetUp, set_up_company
from accounts.views.links import sign_in


@public
@never_cache
@sensitive_post_parameters("password")
def set_up(request: HttpRequest) -> HttpResponseBase:
    """Make the company and its administrator. Not there any more once there is a user."""
    if first_run.is_over():
        raise Http404
    company = Company()
    initial = {name: getattr(company, name) for name in ("currency", "time_zone", "region")} | {"language": get_language()}
    form = SetUpForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        admin = {name: form.cleaned_data[name] for name in ("full_name", "email", "username", "password")}
        try:
            user = set_up_company(company=form.company(), begin=form.begin_with(), **admin)
        except AlreadySetUp:
            raise Http404 from None
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return sign_in(request, user, method="first_run")
    return render(request, "accounts/set_up.html", {"form": form})
