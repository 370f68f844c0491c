"""Short ways to act on reminders through the front door."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from tests.reminders.conftest import PARIS

DAY = (datetime.now(PARIS).date() + timedelta(days=3)).isoformat()
FORM = {"kind": "call_back", "subject": "Answer on the slots", "on_day": DAY, "at_time": "10:30", "assignee": "manager"}


def url(name: str, *args: Any) -> str:
    return reverse(f"reminders:{name}", args=args)


def toast(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][0]
    return found
