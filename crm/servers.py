"""Servers of the operator's own: what their addresses mean, and whether they answer."""

from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import environ
import psycopg
from django.core.exceptions import ImproperlyConfigured

from crm.errors import StartError

_ANSWER_SECONDS = 5


def database_config(url: str, *, variable: str = "DATABASE_URL") -> dict[str, Any]:
    """Return Django's settings for the database at `url`, which `variable` holds."""
    parts = _split(url)
    if parts is None or parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{variable} must look like postgres://user:password@host:5432/name (PostgreSQL only).")
    config: dict[str, Any] = environ.Env.db_url_config(url)
    return {**config, "ENGINE": "django.db.backends.postgresql", "OPTIONS": config.get("OPTIONS", {})}


def mailer_config(url: str) -> dict[str, Any]:
    """Return Django's mailer for the mail server at `url`.

    `smtp://` speaks in the clear (a relay on the same host), `smtp+tls://` starts TLS (port 587), `smtps://` is TLS from the
    first byte (port 465).
    """
    parts = _split(url)
    schemes = {"smtp": {}, "smtp+tls": {"use_tls": True}, "smtps": {"use_ssl": True}}
    if parts is None or parts.scheme not in schemes or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@host:587 (or smtps://… or smtp://…).")
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": parts.port,
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "timeout": 20,
            **schemes[parts.scheme],
        },
    }


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _port = parts.port  # read for its check: it raises when it is no number
    except ValueError:
        return None
    return parts


def check_servers(database: dict[str, Any] | None, redis_url: str | None) -> None:
    """Raise `StartError` unless the servers answer; None stands for one that needn't be asked.

    Asked before the work begins: the connection pool would wait its time out and then hide the reason.
    """
    if database is not None:
        _check_database(database)
    if redis_url is not None:
        _check_broker(redis_url)


def connect(config: dict[str, Any], *, seconds: int = _ANSWER_SECONDS) -> psycopg.Connection[Any]:
    """Connect to the database of Django's `config` outside its pool, giving up after `seconds`."""
    options = {name: value for name, value in config.get("OPTIONS", {}).items() if name not in {"pool", "server_side_binding"}}
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    address = {name: config[key] for name, key in names.items() if config.get(key)}
    return psycopg.connect(**{**options, **address, "connect_timeout": seconds}, autocommit=True)


def _check_database(config: dict[str, Any]) -> None:
    try:
        connect(config).close()
    except psycopg.OperationalError as problem:
        place = f"{config['HOST'] or 'localhost'}:{config['PORT'] or 5432}"
        reason = str(problem).strip().splitlines()[0].rpartition("failed: ")[2].removeprefix("FATAL:").strip()
        raise StartError(f"PostgreSQL at {place} can't be used: {reason}. Check DATABASE_URL.") from problem


def _check_broker(url: str) -> None:
    import redis

    place = "?"
    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=_ANSWER_SECONDS, socket_timeout=_ANSWER_SECONDS)
        place = f"{client.connection_pool.connection_kwargs.get('host', '')}:{client.connection_pool.connection_kwargs.get('port', '')}"
        client.ping()
    except ValueError as problem:
        raise StartError("REDIS_URL must look like redis://:password@host:6379/0 (rediss:// for TLS).") from problem
    except redis.RedisError as problem:
        raise StartError(f"Redis at {place} can't be used: {str(problem).rstrip('.')}. Check REDIS_URL.") from problem
