"""The log: one line a request and a task, with ids and figures, without personal data."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory, override_settings

from accounts.models import User
from crm import logging as seraph_logging
from crm import middleware
from crm.celery import app

type Lines = list[dict[str, Any]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Return what was logged, as production writes it."""
    root = logging.getLogger()
    formatter = seraph_logging.configure(json=True, level="INFO")["formatters"]["line"]
    handler = logging.StreamHandler(stream := _Stream())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"])
    )
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.lines]
    root.removeHandler(handler)


class _Stream:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, text: str) -> None:
        self.lines += [line for line in text.splitlines() if line]

    def flush(self) -> None:
        pass


@pytest.mark.django_db
def test_a_request_leaves_one_line_with_ids_and_figures(client: Browser, anna: User, lines: Any) -> None:
    client.force_login(anna)
    response = client.get("/account/login/?next=/secret-word/")
    [line] = [line for line in lines() if line["event"] == "request"]
    assert line["request"] == response["X-Request-ID"]
    assert (line["method"], line["route"], line["status"], line["user"]) == ("GET", "account_login", response.status_code, anna.pk)
    assert line["ms"] > 0
    assert line["level"] == "info"
    text = json.dumps(lines())
    assert "secret-word" not in text
    assert "Anna" not in text
    assert "127.0.0.1" not in text


@pytest.mark.django_db
def test_a_path_that_leads_nowhere_is_not_repeated_in_the_log(client: Browser, anna: User, lines: Any) -> None:
    client.get("/ann@example.org/")
    assert "ann@example.org" not in json.dumps(lines())


@pytest.mark.parametrize("path", ["/sign-in/s3cret/", "/invitation/s3cret/?x=1", "/account/password/reset/key/1-s3cret/"])
def test_the_secret_of_a_link_is_not_told_when_its_page_fails(lines: Any, path: str) -> None:
    try:
        raise RuntimeError(f"at {path}")
    except RuntimeError:
        logging.getLogger("django.request").error("Internal Server Error: %s", path, exc_info=True)
    [line] = lines()
    assert "s3cret" not in json.dumps(line)
    assert path.split("/")[1] in line["event"]


@pytest.mark.django_db(transaction=True)
def test_a_traceback_tells_no_values_of_the_database(anna: User, lines: Any) -> None:
    same = {"username": "other", "email": anna.email, "full_name": "Other"}
    try:
        with transaction.atomic():
            User.objects.create(**same)
    except IntegrityError:
        structlog.get_logger("seraph.test").exception("it failed")
    [line] = lines()
    assert "IntegrityError" in line["exception"]
    assert anna.email not in line["exception"]


@pytest.mark.django_db
def test_a_task_leaves_a_line_with_the_id_of_the_request_that_asked_for_it(lines: Any) -> None:
    @app.task(name="tests.asked", bind=True)
    def asked(self: Any) -> None:
        structlog.get_logger("seraph.test").info("inside")

    with structlog.contextvars.bound_contextvars(request="abc"):
        asked.apply(headers={"seraph_request": "abc"})
    inside, done = [line for line in lines() if line.get("task") == "tests.asked"]
    assert (inside["event"], inside["request"]) == ("inside", "abc")
    assert (done["event"], done["state"], done["request"]) == ("task", "SUCCESS", "abc")
    assert done["ms"] >= 0


def seen_address(proxies: int, forwarded: str | None) -> str:
    """Return the address that the rest of Seraph sees."""
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    with override_settings(TRUSTED_PROXIES=proxies):
        middleware.ClientAddressMiddleware(view)(RequestFactory().get("/", headers=headers, REMOTE_ADDR="10.0.0.2"))
    return seen[0]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "10.0.0.2"),  # nobody of ours wrote it
        (1, None, "10.0.0.2"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the first was sent by the visitor
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.9", "198.51.100.1"),
        (2, "198.51.100.1", "10.0.0.2"),  # not through both
        (1, "198.51.100.1:4711", "198.51.100.1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "nonsense", "10.0.0.2"),
    ],
)
def test_the_visitors_address_is_what_our_own_proxies_wrote(proxies: int, forwarded: str | None, address: str) -> None:
    assert seen_address(proxies, forwarded) == address
