"""What a first page weighs on the wire, as a production server sends it."""

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response

from accounts.models import User

LIMIT = 150_000


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("path", ["/parts/", "/parts/form/", "/parts/gate/"])
def test_a_first_page_stays_under_150_kb(page: Page, signed_in: Callable[[User], User], anna: User, path: str) -> None:
    signed_in(anna)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  (Playwright marks what it is given)
    page.goto(path, wait_until="networkidle")
    sizes = {answer.url.split("/", 3)[3]: weight(answer) for answer in answers if answer.ok}
    assert any(name.endswith(".woff2") for name in sizes), "the fonts belong to the first page"
    assert sum(sizes.values()) < LIMIT, sorted(sizes.items(), key=lambda item: -item[1])


def weight(answer: Response) -> int:
    """Bytes on the wire: text goes gzipped (whitenoise and the proxy see to it), fonts and pictures as they are."""
    content = answer.body()
    packed = answer.url.endswith((".woff2", ".png"))
    return len(content if packed else gzip.compress(content, 6))
