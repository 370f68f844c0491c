"""The frame of every page: navigation by permission, theme and language of the user, toasts and notices."""

from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest
from django.shortcuts import render
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.models import User


def page_for(user: User, template: str = "base.html") -> str:
    return render(request_of(user), template).text


def request_of(user: User) -> HttpRequest:
    request = RequestFactory().get("/clients/")
    request.user = user
    request.session = {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return request


def test_the_shell_shows_the_user_and_signs_out_by_post(anna: User) -> None:
    page = page_for(anna)
    assert "Anna Petrova" in page
    assert '<form method="post" action="/account/logout/"' in page


def test_the_theme_of_the_user_is_in_the_first_byte_so_nothing_flashes(anna: User) -> None:
    anna.theme = "dark"
    assert 'data-theme="dark"' in page_for(anna)


def test_letter_keys_can_be_switched_off(anna: User) -> None:
    anna.letter_keys = False
    assert 'data-letter-keys="off"' in page_for(anna)


def test_a_success_is_a_toast_and_a_failure_stays_on_the_page(anna: User) -> None:
    request = request_of(anna)
    messages.success(request, "Client saved")
    messages.error(request, "The file was empty")
    page = render_to_string("base.html", request=request)
    assert '<div class="toast"><span>Client saved</span>' in page
    assert '<div class="notice bad" role="alert">' in page
    assert page.count("The file was empty") == 1


def test_the_gate_is_drawn_for_somebody_signed_out(company: object) -> None:
    from django.contrib.auth.models import AnonymousUser

    page = page_for(AnonymousUser(), "gate.html")  # type: ignore[arg-type]
    assert "Kestrel Trading" in page
