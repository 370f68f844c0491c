"""Production settings: nothing is guessed, nothing is open, and `check --deploy` has nothing to say."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from crm import embedded

ROOT = Path(__file__).parents[2]


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command under production settings, on the servers of the tests; an empty variable is left out."""
    data = embedded.data_dir()
    wanted = {
        "SERAPH_ENV": "production",
        "SERAPH_DATA": str(data),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": embedded.database_url(data),
        "REDIS_URL": embedded.redis_url(data),
        "SITE_URL": "https://crm.example.com",
        **variables,
    }
    environment = {"PATH": os.environ["PATH"], **{name: value for name, value in wanted.items() if value}}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def settings_of(*names: str, **variables: str) -> list[str]:
    script = "from django.conf import settings; " + "; ".join(f"print(repr(settings.{name}))" for name in names)
    shown = manage("shell", "--no-imports", "-c", script, **variables)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout.splitlines()


def test_djangos_own_check_of_a_deployment_is_clean() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "no issues" in checked.stdout + checked.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "SITE_URL"])
def test_a_missing_variable_is_named_in_one_sentence(name: str) -> None:
    tried = manage("check", **{name: ""})
    assert tried.returncode == 1
    assert tried.stderr.strip() == f"Set {name}: production does not start without it (see .env.example)."


def test_an_address_without_tls_is_refused() -> None:
    tried = manage("check", SITE_URL="http://crm.example.com")
    assert tried.returncode == 1
    assert "SITE_URL must be the address that people open" in tried.stderr


def test_hosts_cookies_and_proxies_follow_the_address() -> None:
    shown = settings_of(
        "ALLOWED_HOSTS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "DEBUG", "TRUSTED_PROXIES", "SECURE_PROXY_SSL_HEADER"
    )
    assert shown == ["['crm.example.com']", "True", "True", "False", "1", "('HTTP_X_FORWARDED_PROTO', 'https')"]


def test_without_a_proxy_of_ours_no_header_says_that_tls_was_spoken() -> None:
    assert settings_of("SECURE_PROXY_SSL_HEADER", TRUSTED_PROXIES="0") == ["None"]
