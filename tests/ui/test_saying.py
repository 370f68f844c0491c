"""What happened is said once: on the next page, or in the answer to htmx."""

import json

import pytest
from django.contrib import messages
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from ui.saying import SayingMiddleware, say


def answered(view: object, *, htmx: bool = True) -> tuple[HttpRequest, HttpResponse]:
    request = RequestFactory().post("/", headers={"HX-Request": "true"} if htmx else {})
    request.session = {}  # type: ignore[assignment]  # a stand-in for the session that no message needs here
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]  # as MessageMiddleware sets it
    return request, SayingMiddleware(view)(request)  # type: ignore[arg-type]  # a view of one argument


def test_an_answer_to_htmx_carries_what_happened_with_its_undo() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        say(request, "Ромашка handed over", undo_url="/clients/1/undo/")
        messages.error(request, "One was not")
        return HttpResponse("")

    _request, response = answered(view)
    assert response["HX-Trigger"].isascii()  # a header
    assert json.loads(response["HX-Trigger"])["seraph:say"]["says"] == [
        {"text": "Ромашка handed over", "action": "Undo", "url": "/clients/1/undo/"},
        {"text": "One was not", "bad": True},
    ]


def test_what_the_view_triggers_itself_stays() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        say(request, "Saved")
        return HttpResponse("", headers={"HX-Trigger": "seraph:close"})

    _request, response = answered(view)
    assert set(json.loads(response["HX-Trigger"])) == {"seraph:close", "seraph:say"}


@pytest.mark.parametrize("header", ["HX-Redirect", "HX-Refresh", "HX-Location"])
def test_a_page_that_follows_says_it_itself(header: str) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        say(request, "Saved")
        return HttpResponse("", headers={header: "/clients/"})

    request, response = answered(view)
    assert "HX-Trigger" not in response
    assert [str(message) for message in get_messages(request)] == ["Saved"]


def test_a_whole_page_says_it_itself() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        say(request, "Saved")
        return HttpResponse("")

    _request, response = answered(view, htmx=False)
    assert "HX-Trigger" not in response


def test_nothing_is_said_twice_when_the_fragment_showed_it() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        say(request, "Saved")
        return HttpResponse("".join(str(message) for message in get_messages(request)))

    _request, response = answered(view)
    assert "HX-Trigger" not in response
