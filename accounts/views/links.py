"""Pages that a one-time link opens. GET shows a button and spends nothing; POST acts."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import public
from accounts.models import OneTimeToken
from accounts.tokens import peek_one_time_token, use_one_time_token


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Sign the user of a one-time link in. A second factor is still asked for."""
    purpose = OneTimeToken.Purpose.SIGN_IN
    if request.method != "POST":
        user = peek_one_time_token(secret=secret, purpose=purpose)
        return render(request, "accounts/sign_in_link.html", {"person": user}, status=200 if user else 410)
    user = use_one_time_token(secret=secret, purpose=purpose)
    if user is None:
        return render(request, "accounts/sign_in_link.html", {"person": None}, status=410)
    record_authentication(request, user, method="sign_in_link")
    return perform_login(request, Login(user=user))  # type: ignore[no-any-return]  # allauth is not typed
