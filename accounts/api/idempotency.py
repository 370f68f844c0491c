"""A POST with an `Idempotency-Key` happens once; a repeat gets the first answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.core.exceptions import SuspiciousOperation
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext_lazy as _
from ninja.operation import Operation

from accounts.api.auth import token_of
from accounts.api.problems import FieldProblem, problem
from accounts.models import IdempotentAnswer, User

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
_KEPT = frozenset({200, 201, 202, 204, 404, 409, 422})  # what a repeat can't change; a refusal for want of rights or time is asked anew

type Run = Callable[..., HttpResponse]


def replay_repeats(run: Run) -> Run:
    """Wrap the running of an endpoint: the first answer is kept in the very transaction of what it wrote.

    A crash in between leaves neither. Of two at once the second waits at the unique key for the first to commit,
    then answers from what was kept; if the first is rolled back, the second goes ahead.
    """

    @wraps(run)
    def once(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        token = token_of(request) if key is not None and request.method == "POST" else None
        if key is None or token is None:
            return run(request, **kwargs)
        if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            return _refused("idempotency_key", str(_("Give a key of 1 to 255 printable ASCII characters.")))
        try:
            fingerprint = _fingerprint(request)
        except (SuspiciousOperation, MultiPartParserError):  # too large or broken: the endpoint itself says so
            return run(request, **kwargs)
        with transaction.atomic():
            kept, new = _claim(token.user, key, fingerprint)
            if not new:
                return _door(run, request) or _replay(kept, fingerprint)
            response = run(request, **kwargs)
            if response.status_code in _KEPT:
                kept.status, kept.content_type = response.status_code, response.get("Content-Type", "")
                kept.body = response.content.decode()
                kept.save(update_fields=["status", "content_type", "body"])
            else:
                transaction.set_rollback(True)
            return response

    return once


def _door(run: Run, request: HttpRequest) -> HttpResponse | None:
    """Return why the endpoint would not let the request in, if so: a repeat is a request like any other. The token may
    read only, the user's role may have changed since, and repeats count against the limits too."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]  # ninja hands over the bound `Operation.run`
    return operation._run_checks(request)


def _claim(user: User, key: str, fingerprint: str) -> tuple[IdempotentAnswer, bool]:
    if known := IdempotentAnswer.objects.filter(user=user, key=key).first():
        return known, False
    try:
        with transaction.atomic():
            return IdempotentAnswer.objects.create(user=user, key=key, fingerprint=fingerprint), True
    except IntegrityError:
        return IdempotentAnswer.objects.get(user=user, key=key), False


def _replay(kept: IdempotentAnswer, fingerprint: str) -> HttpResponse:
    if kept.fingerprint != fingerprint:
        return _refused("idempotency_key_reused", str(_("This key came with another request; give each request a key of its own.")))
    response = HttpResponse(kept.body, status=kept.status, content_type=kept.content_type)
    response["Idempotent-Replayed"] = "true"
    return response


def _refused(code: str, message: str) -> HttpResponse:
    return problem(422, name=code.replace("_", "-"), errors=[FieldProblem(field=HEADER, code=code, message=message)])


def _fingerprint(request: HttpRequest) -> str:
    """Tell one request from another: its address and its body, uploaded files by their content."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode("utf-8", "surrogatepass"))
    if not (request.content_type or "").startswith("multipart/"):
        digest.update(request.body)
        return digest.hexdigest()
    for name, values in sorted(request.POST.lists()):
        digest.update(repr((name, values)).encode("utf-8", "surrogatepass"))
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(repr((name, file.name)).encode("utf-8", "surrogatepass"))
            for chunk in file.chunks():
                digest.update(cast(bytes, chunk))
            file.seek(0)
    return digest.hexdigest()
