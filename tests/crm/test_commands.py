"""Processes at the terminal."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

ASK = """
import atexit  # the first to register is the last to be called
atexit.register(lambda: print("pools that are open:", len(DatabaseWrapper._connection_pools)))
import django
django.setup()
from django.db.backends.postgresql.base import DatabaseWrapper
from accounts.models import User
print("users:", User.objects.count(), "pools that are open:", len(DatabaseWrapper._connection_pools))
"""


@pytest.mark.django_db
def test_a_process_gives_its_connections_back_before_the_interpreter_goes() -> None:
    """A pool that goes down with the interpreter may crash it, which whoever called the command takes for a failure."""
    held = connection.settings_dict
    url = f"postgres://{held['USER']}:{held['PASSWORD']}@{held['HOST']}:{held['PORT']}/{held['NAME']}"
    ended = subprocess.run(
        [sys.executable, "-c", ASK],
        env=os.environ | {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL, "DJANGO_SETTINGS_MODULE": "crm.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    said = ["users: 0 pools that are open: 1", "pools that are open: 0"]
    assert (ended.returncode, ended.stdout.splitlines(), ended.stderr) == (0, said, "")
