"""What tests of the API share: a caller with a token, and the shape of every problem."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client as Browser

from accounts.models import ApiToken, User
from accounts.tokens import create_api_token

ROOT = "/api/v1"


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Any
    content: bytes

    @property
    def codes(self) -> dict[str, str]:
        """The code of each field that has to be mended."""
        return {error["field"]: error["code"] for error in self.body["errors"]}


@dataclass
class Caller:
    """Somebody's programme, with a token of theirs (or with none)."""

    user: User | None = None
    scope: ApiToken.Scope = ApiToken.Scope.WRITE
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.browser = Browser(raise_request_exception=False)
        if self.user is not None and "Authorization" not in self.headers:
            number = self.user.api_tokens.count() + 1
            self.token, self.key = create_api_token(user=self.user, name=f"programme {number}", scope=self.scope)
            self.headers["Authorization"] = f"Bearer {self.key}"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request; `path` is below /api/v1; `body` becomes JSON unless it is bytes."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        media_type = named.pop("Content-Type", "application/json")
        response: Any = self.browser.generic(method, f"{ROOT}{path}", data, media_type, headers={**self.headers, **named})
        content: bytes = response.getvalue()
        is_json = "json" in response.get("Content-Type", "") and content
        return Answer(response.status_code, json.loads(content) if is_json else None, response.headers, content)

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body if body is not None else {}, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.call("DELETE", path, **headers)


def assert_problem(answer: Answer, status: int, name: str = "") -> None:
    """Assert that the answer is a problem as RFC 9457 has it, and tells nothing of the inside."""
    assert answer.status == status, (answer.status, answer.body)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["status"] == status
    assert answer.body["type"].startswith("urn:seraph:problem:")
    assert answer.body["title"]
    assert isinstance(answer.body["errors"], list)
    assert "Traceback" not in json.dumps(answer.body)
    if name:
        assert answer.body["type"] == f"urn:seraph:problem:{name}"
