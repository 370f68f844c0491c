"""Every request has room for its frames."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from crm.frames import ASKED_FOR, room_for_frames


def test_the_room_is_made_before_anything_else_runs() -> None:
    assert settings.MIDDLEWARE[0] == "crm.frames.room_for_frames"


def test_a_request_passes_through_as_deep_as_python_lets_it() -> None:
    def deep(request: HttpRequest, below: int = 500) -> HttpResponse:
        return deep(request, below - 1) if below else HttpResponse(request.path)

    request = HttpRequest()
    request.path = "/today/"
    around = room_for_frames(deep)

    assert around(request).status_code == 200
    assert around.__code__.co_stacksize == ASKED_FOR
