"""Pages that a one-time link opens. GET shows a button and spends nothing; POST acts."""

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.access import public
from accounts.forms.people import InvitationForm
from accounts.models import Company, OneTimeToken, User
from accounts.services import people
from accounts.tokens import peek_one_time_token, use_one_time_token

GONE = 410


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Sign the user of a one-time link in. A second factor is still asked for."""
    purpose = OneTimeToken.Purpose.SIGN_IN
    if request.method != "POST":
        user = peek_one_time_token(secret=secret, purpose=purpose)
        return render(request, "accounts/sign_in_link.html", {"person": user}) if user else _gone(request)
    user = use_one_time_token(secret=secret, purpose=purpose)
    return sign_in(request, user, method="sign_in_link") if user else _gone(request)


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Let an invited user set name, password and language, and come in."""
    user = peek_one_time_token(secret=secret, purpose=OneTimeToken.Purpose.INVITATION)
    if user is None:
        return _gone(request)
    initial = {"full_name": user.full_name, "language": user.language, "time_zone": user.time_zone}
    form = InvitationForm(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        accepted = people.accept_invitation(secret=secret, **_accepted(form))
        return sign_in(request, accepted, method="invitation") if accepted else _gone(request)
    return render(request, "accounts/invitation.html", {"form": form, "person": user, "company": Company.current()})


def sign_in(request: HttpRequest, user: User, *, method: str) -> HttpResponseBase:
    """Sign `user` in as allauth does: a second factor is asked for, the session gets a new key."""
    record_authentication(request, user, method=method)
    return perform_login(request, Login(user=user))  # type: ignore[no-any-return]  # allauth is not typed


def _accepted(form: InvitationForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("full_name", "password", "language", "time_zone")}


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/link_gone.html", status=GONE)
