"""The probes: alive, ready with reasons, metrics for an administrator's token or this host."""

import json
from typing import Any

import pytest
import redis
from django.db import connection
from django.test import Client as Browser
from django.test import override_settings

from accounts.models import ApiToken, User
from accounts.tokens import create_api_token
from crm import health
from crm.models import Heartbeat
from crm.tasks import tick

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker() -> Any:
    health.broker().set(health.WORKER_KEY, 1, ex=60)
    yield
    health.broker().delete(health.WORKER_KEY)


@pytest.fixture
def elsewhere() -> Browser:
    """A browser on another host."""
    return Browser(REMOTE_ADDR="203.0.113.9")


def ready(browser: Browser) -> tuple[int, dict[str, Any]]:
    response = browser.get("/readyz")
    return response.status_code, json.loads(response.content)


def key_of(user: User) -> dict[str, str]:
    _token, key = create_api_token(user=user, name="metrics", scope=ApiToken.Scope.READ)
    return {"Authorization": f"Bearer {key}"}


def test_alive_says_so_by_any_host_name_and_without_tls(client: Browser) -> None:
    with override_settings(ALLOWED_HOSTS=["crm.example.com"], SECURE_SSL_REDIRECT=True):
        assert client.get("/healthz", headers={"host": "10.0.0.7:8000"}).content == b"alive\n"


def test_ready_when_every_part_answers_and_the_tick_is_fresh(client: Browser, worker: None) -> None:
    tick()
    status, said = ready(client)
    assert status == 200
    assert said.pop("tick_age_seconds") < 5
    assert not said.pop("history_closed")  # the tests themselves come as the owner
    assert (said.pop("reminders"), said.pop("reminders_tick_age_seconds")) == ("none yet", None)
    assert said == {"ready": True, "database": "ok", "tick": "ok", "broker": "ok", "worker": "ok"}


def test_not_ready_without_a_worker_or_a_tick(client: Browser) -> None:
    health.broker().delete(health.WORKER_KEY)
    status, said = ready(client)
    assert status == 503
    assert (said["ready"], said["worker"], said["tick"], said["tick_age_seconds"]) == (False, "none alive", "none yet", None)


def test_not_ready_when_the_tick_is_late(client: Browser, worker: None) -> None:
    tick()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE crm_heartbeat SET at = now() - interval '2 minutes'")
    status, said = ready(client)
    assert (status, said["tick"]) == (503, "late")
    assert 119 < said["tick_age_seconds"] < 130


def test_not_ready_without_database_or_broker_and_no_address_is_told(client: Browser, worker: None) -> None:
    with pytest.MonkeyPatch.context() as broken:
        broken.setitem(connection.settings_dict, "PORT", 1)
        broken.setattr(health, "broker", lambda: redis.Redis(port=1, socket_connect_timeout=1))
        response = client.get("/readyz")
    said = json.loads(response.content)
    assert response.status_code == 503
    assert (said["database"], said["broker"], said["worker"], said["tick"]) == ("no answer", "no answer", "unknown", "unknown")
    assert b"127.0.0.1" not in response.content


def test_a_tick_keeps_one_row(client: Browser) -> None:
    tick()
    first = Heartbeat.objects.get()
    tick()
    assert Heartbeat.objects.get().at > first.at


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Proto", "Via"])
def test_metrics_are_for_this_host_not_for_what_a_proxy_on_it_hands_on(client: Browser, header: str) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403


@override_settings(TRUSTED_PROXIES=1)
def test_metrics_do_not_believe_a_forwarded_loopback_address(elsewhere: Browser) -> None:
    assert elsewhere.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403


def test_metrics_open_to_the_token_of_an_administrator_only(elsewhere: Browser, admin: User, dmitri: User, anna: User) -> None:
    assert elsewhere.get("/metrics").status_code == 403
    assert elsewhere.get("/metrics", headers={"Authorization": "Bearer seraph_wrong"}).status_code == 403
    assert elsewhere.get("/metrics", headers=key_of(anna)).status_code == 403
    assert elsewhere.get("/metrics", headers=key_of(dmitri)).status_code == 403
    assert elsewhere.get("/metrics", headers=key_of(admin)).status_code == 200


def test_metrics_count_requests_by_route_and_tell_of_queue_and_database(client: Browser, anna: User) -> None:
    client.get("/account/login/?next=/clients/4711/")
    client.get("/invented/4711/")
    client.generic("BREW", "/invented/4712/")
    said = client.get("/metrics").content.decode()
    assert 'seraph_http_requests_total{method="GET",route="account_login",status="200"}' in said
    assert 'seraph_http_request_seconds_count{route="account_login"}' in said
    assert 'seraph_http_requests_total{method="GET",route="unknown",status="404"}' in said
    assert 'method="other"' in said
    assert 'seraph_queue_tasks{queue="celery"}' in said
    assert "seraph_database_bytes" in said
    assert 'seraph_up{part="database"} 1.0' in said
    assert "/4711" not in said


def test_only_reading_is_answered(client: Browser, company: Any) -> None:
    assert client.post("/healthz").status_code in {403, 404, 405}
