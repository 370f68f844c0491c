"""The Celery application. The broker only wakes workers; what must not be lost is in PostgreSQL."""

import os
import socket
import time
from typing import Any

import structlog
from celery import Celery, Task, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
app = Celery("seraph")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
log = structlog.get_logger("seraph.task")
_started: dict[str, float] = {}  # by task id
_EVERY_FEW_SECONDS = {"crm.tick", "reminders.fire", "reminders.deliver", "sales.refresh", "scoring.refresh"}


@signals.setup_logging.connect
def keep_logging(**kwargs: Any) -> None:
    """Leave logging as Django's settings have it: Celery sets up none of its own when somebody listens here."""


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **kwargs: Any) -> None:
    """Let a task's lines in the log carry the id of the request that asked for it."""
    if request_id := structlog.contextvars.get_contextvars().get("request"):
        headers["seraph_request"] = request_id


@signals.task_prerun.connect
def begin_task(task_id: str, task: Task[Any, Any], **kwargs: Any) -> None:
    """Bind the task's name and ids to every line it logs. Its arguments stay out: they may be personal data."""
    structlog.contextvars.clear_contextvars()
    request_id = getattr(task.request, "seraph_request", None) or (task.request.headers or {}).get("seraph_request")
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id, **({"request": request_id} if request_id else {}))
    _started[task_id] = time.perf_counter()


@signals.task_postrun.connect
def end_task(task_id: str, task: Task[Any, Any], state: str | None = None, **kwargs: Any) -> None:
    """Log one line about the task. Those that recur every few seconds are told at debug level."""
    started = _started.pop(task_id, None)
    milliseconds = round((time.perf_counter() - started) * 1000, 1) if started else None
    write = log.error if state == "FAILURE" else log.debug if task.name in _EVERY_FEW_SECONDS else log.info
    write("task", state=state, ms=milliseconds)
    structlog.contextvars.clear_contextvars()


@signals.worker_ready.connect
@signals.heartbeat_sent.connect
def show_worker(sender: Any = None, **kwargs: Any) -> None:
    """Tell the health page that a worker lives (a worker's heart beats every two seconds).

    The worker of reminders shows itself as another: the age of the engine's last tick tells how it is.
    """
    import redis

    from crm import health

    name = str(getattr(sender, "hostname", None) or getattr(getattr(sender, "eventer", None), "hostname", ""))
    which = f"{health.WORKER_KEY}:reminders" if name.startswith("reminders@") else health.WORKER_KEY
    try:
        for key in (which, f"{which}:{socket.gethostname()}"):
            health.broker().set(key, 1, ex=health.WORKER_SECONDS)
    except redis.RedisError:
        log.warning("the broker does not answer")


@signals.worker_ready.connect
def tick_at_once(**kwargs: Any) -> None:
    """Tick when the worker is ready, and follow the zone data that it brought: the health page need not wait for beat's first round."""
    app.send_task("crm.tick")
    app.send_task("reminders.zones")
