"""Asking for pages of the registry as one of the cast."""

import json
import re
from html import unescape
from typing import Any

from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from clients.models import Client
from clients.services import (
    fingerprints,
)

HTMX = {"HX-Request": "true"}


def as_user(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def url(name: str, *args: Any) -> str:
    return reverse(f"clients:{name}", args=args)


def text_of(response: Any) -> str:
    """Return what a reader sees: without tags, with single spaces."""
    body = re.sub(r"<(script|style|template).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ").split())


def post_fact(browser: Browser, client: Client, key: str, values: dict[str, Any], **more: Any) -> Any:
    """Save one fact in place, as the form of that line does."""
    was = json.dumps(fingerprints(client, values))
    return browser.post(url("fact", client.pk, key), {"version": client.version, "was": was, **values}, headers=HTMX, **more)
