"""Metrics in Prometheus' form: requests by route, and facts of queue and database asked at each scrape.

Several processes count requests; with PROMETHEUS_MULTIPROC_DIR set (see `crm.gunicorn`) a scrape adds them up,
whichever process answers it.
"""

import os
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from crm import health

CONTENT_TYPE = CONTENT_TYPE_LATEST
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped; when each series began: twice the page for nothing that is asked
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_requests = Counter("seraph_http_requests", "Requests answered.", ["method", "route", "status"])
_seconds = Histogram(
    "seraph_http_request_seconds",
    "Time to answer a request.",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def known_method(method: str | None) -> str:
    """Return the method, or "other": a client may send any word, and each would be a new series."""
    return method if method in _METHODS else "other"


def count_request(*, method: str | None, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    _requests.labels(known_method(method), route, str(status)).inc()
    _seconds.labels(route).observe(seconds)


class _Facts(Collector):
    """What the servers say now. A server that doesn't answer shows as `seraph_up 0`, the rest is still told."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("seraph_up", "1 when the part answers.", labels=["part"])
        state = health.examine()
        for part, problem in state.problems.items():
            up.add_metric([part], 0 if problem else 1)
        yield up
        if state.tick_age is not None:
            yield GaugeMetricFamily("seraph_tick_age_seconds", "Time since the last tick.", value=state.tick_age)
        if state.reminders_age is not None:
            yield GaugeMetricFamily(
                "seraph_reminders_tick_age_seconds", "Time since the engine looked at what is due.", value=state.reminders_age
            )
        if (word := health.reminder_facts()) is not None:
            yield GaugeMetricFamily("seraph_reminders_due", "Reminders that are due and not told of.", value=word.due)
            yield GaugeMetricFamily("seraph_reminders_set_aside", "Reminders that could not be told of.", value=word.set_aside)
            deliveries = GaugeMetricFamily("seraph_reminder_deliveries", "Word of reminders by mail and push.", labels=["state"])
            deliveries.add_metric(["waiting"], word.waiting)
            deliveries.add_metric(["dead"], word.dead)
            yield deliveries
        if (ledger := health.ledger_facts()) is not None:
            yield GaugeMetricFamily("seraph_ledger_marks", "Months of clients that wait to be worked out.", value=ledger.marks)
            if ledger.check_age is not None:
                yield GaugeMetricFamily("seraph_ledger_check_age_seconds", "Time since the last check.", value=ledger.check_age)
                found = "Figures that the last check found different from the documents."
                yield GaugeMetricFamily("seraph_ledger_differences", found, value=ledger.differences or 0)
        if (waiting := health.waiting_tasks()) is not None:
            queue = GaugeMetricFamily("seraph_queue_tasks", "Tasks that wait for a worker.", labels=["queue"])
            for name, length in waiting.items():
                queue.add_metric([name], length)
            yield queue
        if (facts := health.database_facts()) is not None:
            yield GaugeMetricFamily("seraph_database_bytes", "Size of the database.", value=facts.size)
            connections = GaugeMetricFamily("seraph_database_connections", "Connections to the database.", labels=["state"])
            for name, number in facts.connections.items():
                connections.add_metric([name], number)
            yield connections
            yield GaugeMetricFamily(
                "seraph_database_oldest_transaction_seconds", "Age of the oldest open transaction.", value=facts.oldest_transaction
            )


def render() -> bytes:
    """Return everything measured, in Prometheus' text form."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    else:
        registry.register(_requests)
        registry.register(_seconds)
    registry.register(_Facts())
    return generate_latest(registry)
