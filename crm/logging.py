"""Structured logs: JSON lines in production, readable lines at a terminal.

A line says what happened, to which request or task, for which user's id, and how long it took. It holds no
personal data: no query strings, no names, no addresses, and no key values from the database's error details.
"""

import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# PostgreSQL's DETAIL says `Key (email)=(ann@example.org) already exists`; CONTEXT may hold a whole row.
_DETAILS = re.compile(r"^(?:DETAIL|CONTEXT|HINT|QUERY):.*(?:\n|\Z)", re.MULTILINE)


# Django names the path of a request that failed inside; these paths carry a secret that may still be good.
_SECRET_PATHS = re.compile(r"/(sign-in|invitation|calendar/feed|account/password/reset/key)/[^\s\"']+")


def without_secrets(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Cut the secrets of one-time links out of the event and its traceback."""
    for key in ("event", "exception"):
        if isinstance(event.get(key), str):
            event[key] = _SECRET_PATHS.sub(r"/\1/…", event[key])
    return event


def without_details(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Drop the database's error details from the event and its traceback."""
    for key in ("event", "exception"):
        if isinstance(event.get(key), str):
            event[key] = _DETAILS.sub("", event[key])
    return event


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(allow=["status_code"]),
]


def configure(*, json: bool, level: str) -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING, so that both kinds of loggers write the same lines."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Processor] = [
        structlog.processors.TimeStamper(fmt="iso" if json else "%H:%M:%S", utc=json),
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        without_details,
        without_secrets,
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0),
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": structlog.stdlib.ProcessorFormatter, "foreign_pre_chain": _SHARED, "processors": last}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would write the same lines again, and mail tracebacks to ADMINS.
            "django": {"handlers": [], "level": "INFO"},
            # Each request has its line from crm.middleware; here only what failed inside.
            "django.request": {"level": "ERROR"},
            "gunicorn.error": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
        },
    }
