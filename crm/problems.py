"""Whatever goes wrong under /api/ before or after an endpoint is told as a problem too, not as a page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.api.problems import MEDIA_TYPE, as_problem

PREFIX = "/api/"


class ProblemMiddleware:
    """Turns pages of errors under /api/ (no such route, a wrong host, a method that is not known, a crash) into problems.

    It stands outermost, so that it also sees what other middleware answers; headers such as Allow stay.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(PREFIX) or response.status_code < 400 or response.get("Content-Type") == MEDIA_TYPE:
            return response
        if not isinstance(response, HttpResponse):
            return response
        del response["Content-Length"]
        return as_problem(response)
