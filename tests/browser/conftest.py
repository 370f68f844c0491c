"""Browser tests: a real Chromium against the real server, and nothing tolerated on the way.

Every test fails on a report of the content security policy, an error in the console, or a request that failed, unless
it said beforehand what it expects (`watch.allow("500")`).
"""

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from clients.imports import running, starting
from ui import navigation

# Playwright's synchronous API runs an event loop in this thread; the ORM is used here as in any other test
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (  # no request of the browser's own
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--disable-features=OptimizationHints,MediaRouter,AutofillServerCommunication,Translate",
)
SHOTS = Path(settings.BASE_DIR) / "test-results"


@dataclass(frozen=True)
class Look:
    """The screen that a test looks at."""

    width: int = 1440
    theme: str = "light"

    @property
    def phone(self) -> bool:
        return self.width < 768

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}"


DESK, PHONE = Look(), Look(390)
EVERY_LOOK = [Look(width, theme) for width in (1440, 390) for theme in ("light", "dark")]
every_look = pytest.mark.parametrize("look", EVERY_LOOK, indirect=True, ids=str)
on_a_phone = pytest.mark.parametrize("look", [PHONE], indirect=True, ids=str)


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Look:
    """The screen of this test: 1440 px and light, unless parametrised by `every_look` or `on_a_phone`."""
    chosen: Look = getattr(request, "param", DESK)
    return chosen


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium from PATH, else the one that Playwright installed."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "args": [*QUIET, *sandbox], **({"executable_path": found} if found else {})}


@dataclass
class Watch:
    """What went wrong in the browser while a test ran."""

    seen: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def allow(self, *patterns: str) -> None:
        """Expect messages that match one of `patterns`."""
        self.allowed += patterns

    def listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"exception: {error}"))
        page.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _failed(self, request: Request) -> None:
        # a request that a later one replaced, or that a navigation cut off, has not failed
        if request.failure != "net::ERR_ABORTED":
            self.seen.append(f"request: {request.url} {request.failure}")

    @property
    def unexpected(self) -> list[str]:
        return [line for line in self.seen if not any(re.search(pattern, line) for pattern in self.allowed)]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fail the test on whatever went wrong in the browser and was not expected."""
    watching = Watch()
    yield watching
    assert not watching.unexpected, "\n".join(watching.unexpected)


@pytest.fixture
def context(new_context: Callable[..., BrowserContext], live_server: LiveServer, look: Look, watch: Watch) -> BrowserContext:
    """A browser of its own for this test; `page.goto("/clients/")` goes to the live server."""
    made = new_context(
        base_url=live_server.url,
        viewport={"width": look.width, "height": 844 if look.phone else 900},
        color_scheme=look.theme,
        is_mobile=look.phone,
        has_touch=look.phone,
        locale="en-GB",
        timezone_id="Europe/Paris",
        reduced_motion="reduce",
    )
    made.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`));"
    )
    made.on("page", watch.listen)
    return made


@pytest.fixture
def signed_in(context: BrowserContext, live_server: LiveServer) -> Callable[[User], User]:
    """Sign `user` in to this test's browser, without the sign-in page."""

    def sign_in(user: User) -> User:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": str(session.session_key), "url": live_server.url}])
        return user

    return sign_in


@pytest.fixture
def shot(page: Page, look: Look) -> Callable[..., None]:
    """Write what the page shows to test-results/NAME-WIDTH-THEME.png."""

    def take(name: str, *, full_page: bool = False) -> None:
        SHOTS.mkdir(exist_ok=True)
        # The caret stays: to hide it Playwright leaves style attributes on the fields, which htmx would carry over to the
        # ones that take their place, and the page's policy forbids.
        page.screenshot(path=SHOTS / f"{name}-{look}.png", full_page=full_page, caret="initial")

    return take


@pytest.fixture
def axe(page: Page) -> Callable[[], None]:
    """Assert that axe-core finds nothing serious on the page as it stands."""

    def check() -> None:
        violations = Axe().run(page).response["violations"]
        serious = [
            f"{violation['id']}: {violation['help']} at {', '.join(node['target'][0] for node in violation['nodes'][:5])}"
            for violation in violations
            if violation["impact"] in {"serious", "critical"}
        ]
        assert not serious, "\n".join(serious)

    return check


@pytest.fixture
def parts(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve the pages of tests/browser/parts.py beside the real ones, and let the navigation lead to them."""
    from tests.browser.parts import ENTRIES

    monkeypatch.setattr(navigation, "_entries", {entry.url_name: entry for entry in ENTRIES})
    settings.ROOT_URLCONF = "tests.browser.parts"
    templates = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**templates, "DIRS": [*templates["DIRS"], Path(__file__).parent / "templates"]}]


@pytest.fixture
def import_worker(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker of imports in a thread of its own, as near to the real one as a test comes."""
    settings.MEDIA_ROOT = tmp_path / "files"
    threads: list[threading.Thread] = []

    def work(run_id: int) -> None:
        try:
            running.work_on(run_id)
        finally:
            connections.close_all()

    def wake(run_id: int) -> None:
        threads.append(threading.Thread(target=work, args=(run_id,)))
        threads[-1].start()

    monkeypatch.setattr(starting, "wake", wake)
    yield
    for thread in threads:
        thread.join()
