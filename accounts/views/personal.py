"""One's own settings."""

from typing import TYPE_CHECKING

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import IntegrityError
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.devices import describe, is_handheld, unknown_device
from accounts.forms.personal import ApiTokenForm, PersonalForm
from accounts.models import ApiToken
from accounts.personal_pages import pages_for
from accounts.services import people
from accounts.tokens import create_api_token, revoke_api_token

if TYPE_CHECKING:
    from accounts.access import SignedInRequest
    from accounts.models import User


@requires()
def settings(request: "SignedInRequest") -> HttpResponseBase:
    """Show and change one's own settings. The new language and theme stand from the next page on."""
    form = PersonalForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save_changes()
        with translation.override(request.user.language):
            messages.success(request, _("Settings saved"))
        return redirect("accounts:settings")
    request.user.refresh_from_db()  # a refused form has put its values on the user, whom the page's frame shows
    return _settings_page(request, form=form)


@requires()
@never_cache
@require_POST
def create_token(request: "SignedInRequest") -> HttpResponseBase:
    """Make an API token and show its key, this once. Asks for the password again if it was long ago."""
    raise_if_reauthentication_required(request, app="allauth.mfa")
    form = ApiTokenForm(request.POST, user=request.user)
    if not form.is_valid():
        return _settings_page(request, token_form=form, status=422)
    try:
        scope = ApiToken.Scope(form.cleaned_data["scope"])
        token, key = create_api_token(by=request.user, user=request.user, name=form.cleaned_data["name"], scope=scope)
    except IntegrityError:  # pressed twice at once: the form of the second saw no token of this name yet
        return redirect("accounts:settings")
    return render(request, "accounts/token.html", {"token": token, "key": key})


@requires()
@require_POST
def revoke_token(request: "SignedInRequest", pk: int) -> HttpResponseBase:
    """Stop one of one's own tokens."""
    if not revoke_api_token(by=request.user, user=request.user, token_id=pk):
        raise Http404
    messages.success(request, _("Token revoked"))
    return redirect("accounts:settings")


@requires()
@require_POST
def end_device(request: "SignedInRequest", pk: int) -> HttpResponseBase:
    """Sign out on one device."""
    get_object_or_404(UserSession, pk=pk, user=request.user).end()
    messages.success(request, _("Signed out on that device"))
    return redirect("accounts:settings")


@requires()
@require_POST
def end_other_devices(request: "SignedInRequest") -> HttpResponseBase:
    """Sign out everywhere but here."""
    people.sign_out_everywhere(user=request.user)
    update_session_auth_hash(request, request.user)
    UserSession.objects.purge_and_list(request.user)
    UserSession.objects.create_from_request(request)
    messages.success(request, _("Signed out on all other devices"))
    return redirect("accounts:settings")


def _settings_page(
    request: "SignedInRequest", *, form: PersonalForm | None = None, token_form: ApiTokenForm | None = None, status: int = 200
) -> HttpResponseBase:
    context = {
        "form": form or PersonalForm(instance=request.user),
        "token_form": token_form or ApiTokenForm(user=request.user),
        "tokens": ApiToken.objects.filter(user=request.user, revoked_at=None),
        "factors": {factor.type: factor for factor in Authenticator.objects.filter(user=request.user)},
        "passkeys": Authenticator.objects.filter(user=request.user, type=Authenticator.Type.WEBAUTHN).order_by("created_at"),
        "devices": _devices(request, request.user),
        "pages": pages_for(request.user),
    }
    return render(request, "accounts/settings.html", context, status=status)


def _devices(request: "SignedInRequest", user: "User") -> list[dict[str, object]]:
    """Return where the user has signed in, this device first, then the last seen. Ended sessions are swept away."""
    here = request.session.session_key
    sessions = sorted(UserSession.objects.purge_and_list(user), key=lambda session: session.last_seen_at, reverse=True)
    return [
        {
            "pk": session.pk,
            "name": describe(session.user_agent) or unknown_device(),
            "handheld": is_handheld(session.user_agent),
            "ip": session.ip,
            "seen": session.last_seen_at,
            "here": session.session_key == here,
        }
        for session in sorted(sessions, key=lambda session: session.session_key != here)
    ]
