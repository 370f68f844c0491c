"""The frame of every page in a real browser: keys, theme, dialogs, what a request brings back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.conftest import every_look

pytestmark = pytest.mark.usefixtures("parts")
SignIn = Callable[[User], User]


@pytest.fixture
def desk(page: Page, signed_in: SignIn, anna: User) -> Page:
    """Anna at the page of all parts."""
    signed_in(anna)
    page.goto("/parts/")
    return page


@every_look
def test_every_part_stands_in_every_look(desk: Page, axe: Callable[[], None], shot: Callable[..., None]) -> None:
    expect(desk.locator("h1")).to_have_text("Parts")
    axe()
    shot("parts", full_page=True)
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")


@every_look
def test_the_form_stands_in_every_look(
    page: Page, signed_in: SignIn, anna: User, axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    signed_in(anna)
    page.goto("/parts/form/")
    expect(page.locator(".ts-wrapper")).to_have_count(2)
    axe()
    shot("form", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
