"""Where allauth's own pages need something of ours."""

from typing import Any

import qrcode
from allauth.account import views as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from accounts.access import public, requires


class ActivateApp(ActivateTOTPView):
    """An authenticator app, with the QR code as a path: the CSP refuses the data address that allauth would use."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        code = qrcode.QRCode(border=4)
        code.add_data(context["totp_url"])
        modules = code.get_matrix()
        squares = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules) for x, dark in enumerate(row) if dark)
        return {**context, "qr_size": len(modules), "qr_path": "".join(squares)}


class RemovePasskey(RemoveWebAuthnView):
    """A passkey goes, unless it is the last second factor of somebody who must have one: allauth asks only of apps."""

    def form_valid(self, form: Any) -> HttpResponse:
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
            return HttpResponseRedirect(self.get_success_url())
        response: HttpResponse = super().form_valid(form)
        return response


activate_app = ActivateApp.as_view()
deactivate_app = DeactivateTOTPView.as_view()
remove_passkey = RemovePasskey.as_view()


@public
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, and let the browser forget the pages that it kept: the next person at this computer may press Back."""
    response: HttpResponse = account.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache"'
    return response


@public
def no_sign_up(request: HttpRequest) -> HttpResponse:
    """Nobody signs up: users are invited. allauth wants the address to have a name."""
    raise Http404


@requires()
def no_email_page(request: HttpRequest) -> HttpResponse:
    """One's own e-mail is changed by the administrator; it stands in the settings."""
    return redirect("accounts:settings")


@requires()
def no_sessions_page(request: HttpRequest) -> HttpResponse:
    """The devices stand in the settings."""
    return redirect("accounts:settings")
