"""The API as its schema tells it, tried with what nobody would think of (schemathesis, bounded and seeded)."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import User
from clients.models import Client, CustomField, Industry, Source
from clients.services import add_contact, log_touch, register_client
from reminders.services import plan_reminder
from sales.periods import company_today
from tests.api import Caller

CONFIG = Path(__file__).with_name("schemathesis.toml")
SECONDS = int(os.environ.get("FUZZ_SECONDS", "30"))
SEED = os.environ.get("FUZZ_SEED", "1")


@pytest.mark.django_db(transaction=True)
def test_the_api_keeps_what_its_schema_promises(live_server: Any, admin: User, settings: Any, tmp_path: Path) -> None:
    settings.API_REQUESTS_PER_MINUTE = settings.API_FAILURES_PER_MINUTE = 1_000_000
    cache.clear()
    source = Source.objects.create(name="Trade fair", targeted=True)
    Industry.objects.create(name="Baking")
    CustomField.objects.create(key="price_list", label="Price list", kind="choice", choices=["Standard", "Partner"])
    data = {"kind": "organisation", "is_customer": True, "source": source.pk, "manager": admin.pk}
    for number in range(3):
        client: Client = register_client(user=admin, data={**data, "full_name": f"Lachenal {number}"})
        add_contact(user=admin, client_id=client.pk, data={"full_name": "Solène Rivoire"})
        log_touch(user=admin, client_id=client.pk, note="Rang.")
        plan_reminder(user=admin, client_id=client.pk, kind="other", on_day=company_today() + timedelta(days=2))
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"),
            f"{live_server.url}/api/v1/openapi.json",
            *("--header", f"Authorization: Bearer {Caller(admin).key}"),
            *("--seed", SEED, "--max-time", str(SECONDS), "--no-color"),
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS * 4,
        cwd=tmp_path,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-5_000:]
