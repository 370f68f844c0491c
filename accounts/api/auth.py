"""Who asks: personal tokens. Sessions are not read here, so a page of another site can't use them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.security import HttpBearer

from accounts.access import Access
from accounts.api.problems import ProblemError
from accounts.api.throttling import count_failure, count_request
from accounts.models import ApiToken, User
from accounts.tokens import find_api_token

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ApiRequest(HttpRequest):
    """The request of an endpoint behind `TokenAuth`."""

    user: User
    auth: ApiToken
    changes: dict[str, Any]
    """What a patch wants; a 409 tells it beside what stands."""


def token_of(request: HttpRequest) -> ApiToken | None:
    """Return the living token that came with the request, looking it up once."""
    if not hasattr(request, "_api_token"):
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        request._api_token = find_api_token(key.strip()) if scheme.lower() == "bearer" else None  # type: ignore[attr-defined]  # ours
    token: ApiToken | None = request._api_token  # type: ignore[attr-defined]  # likewise
    return token


class TokenAuth(HttpBearer):
    """Lets a request in by its token, if the token may write what the method writes and the user holds `permissions`.

    Checked before anything of the request is read, in this order: 401, 429, 403. Setting `request.user` also tells
    the history who is at work (pghistory's request watches that attribute).
    """

    def __init__(self, *permissions: str) -> None:
        super().__init__()
        self.permissions = permissions
        self.access = Access(permissions=permissions)

    def __call__(self, request: HttpRequest) -> Any:
        token = token_of(request)
        if token is None:
            count_failure(request)
            return None
        count_request(token)
        request.user = token.user
        if token.scope == ApiToken.Scope.READ and request.method not in READING:
            raise ProblemError(403, _("This token may only read."), name="read-only-token")
        if not token.user.has_perms(self.permissions):
            raise PermissionDenied
        return token

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Not used: `__call__` does it all."""
        raise NotImplementedError
