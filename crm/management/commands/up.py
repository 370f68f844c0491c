"""`manage.py up`: everything that Seraph needs, under one supervisor. What `make run` runs."""

import http.client
import json
import os
import socket
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from crm import embedded
from crm.errors import StartError
from crm.reservation import PID_FILE, reserved
from crm.supervisor import Child, Supervisor

_READY_SECONDS = 60
_GIVE_UP_AFTER = 4
_SERVERS_EVERY = 5.0


class Command(BaseCommand):
    """Start web, workers and beat, and keep them until Ctrl-C."""

    help = "Starts Seraph (web, worker, beat) on PORT, with its own PostgreSQL and Valkey unless DATABASE_URL and REDIS_URL are set."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, start, wait for health, say where Seraph is, supervise."""
        # Set before the first import of prometheus_client, which reads it then.
        import crm.gunicorn  # noqa: F401

        with reserved(settings.DATA_DIR) as listeners:
            self._prepare()
            children = self._children(listeners)
            rounds = Rounds(children, self._say, self._say_where)
            Supervisor(children, settings.DATA_DIR / PID_FILE, settings.SITE_URL, self._say, rounds.each).run()
            self._say("Seraph has stopped.")

    def _prepare(self) -> None:
        from django.urls import get_resolver

        from crm import preparation
        from crm.celery import app

        try:
            preparation.prepare(self._say)
        except OSError as problem:
            raise StartError(f"The data folder {settings.DATA_DIR} can't be written ({problem.strerror or problem}).") from problem
        # Loaded once, here: the children are forks.
        import crm.wsgi  # noqa: F401

        get_resolver().url_patterns  # noqa: B018
        app.loader.import_default_modules()
        app.connection_for_write()  # nothing is connected yet, but what it takes is loaded
        assert app.Worker
        assert app.Beat
        close_connections()

    def _children(self, listeners: list[socket.socket]) -> list[Child]:
        from crm import processes

        def without_listeners(main: Callable[[], None]) -> Callable[[], None]:
            def closing() -> None:
                for listener in listeners:
                    listener.close()  # or this child would keep the port when web and supervisor are gone
                main()

            return closing

        return [
            Child("web", lambda: processes.web(listeners)),
            Child("worker", without_listeners(processes.worker)),
            Child("reminders", without_listeners(processes.reminders)),
            Child("beat", without_listeners(processes.beat)),
        ]

    def _say(self, text: str) -> None:
        try:
            self.stdout.write(text)
            self.stdout.flush()
        except OSError:  # the terminal is gone; the work isn't
            pass

    def _say_where(self) -> None:
        from crm import preparation

        lines = ["", f"  Seraph runs at {settings.SITE_URL}", ""]
        if preparation.demo_wanted() and (links := demo_links()):
            width = max(len(role) for role, _name, _link in links)
            lines.append("  Sign in to the demo company with one of these links (each works once, within 15 minutes):")
            lines += [f"    {role:<{width}}  {link}" for role, _name, link in links]
            lines += [f"  More of them: manage.py signin_link {links[0][1]}", ""]
        self._say("\n".join([*lines, "  Ctrl-C stops it."]))
        close_connections()


class Rounds:
    """What the supervisor does beside watching its children: wait for health once, look after the embedded servers."""

    def __init__(self, children: list[Child], say: Callable[[str], None], when_ready: Callable[[], None]) -> None:
        self._children = children
        self._say = say
        self._when_ready = when_ready
        self._waiting = True
        self._deadline = time.monotonic() + _READY_SECONDS
        self._servers_due = time.monotonic() + _SERVERS_EVERY
        self._last_problem = ""

    def each(self) -> None:
        """Do what is due."""
        if self._waiting:
            problems = not_ready()
            if problems == "":
                self._waiting = False
                self._when_ready()
            elif failing := next((child for child in self._children if child.failures >= _GIVE_UP_AFTER), None):
                raise StartError(f"Seraph can't start: {failing.name} ended {failing.failures} times before it was ready (see above).")
            elif time.monotonic() > self._deadline:
                self._waiting = False
                self._say(
                    f"Seraph is not ready after {_READY_SECONDS} seconds ({problems}). It goes on trying: see {settings.SITE_URL}/readyz."
                )
        if time.monotonic() > self._servers_due:
            self._servers_due = time.monotonic() + _SERVERS_EVERY
            self._keep_servers()

    def _keep_servers(self) -> None:
        """Start an embedded server that was killed; it comes back on its port, so the children find it again."""
        own_postgres, own_valkey = not os.environ.get("DATABASE_URL"), not os.environ.get("REDIS_URL")
        try:
            embedded.ensure(settings.DATA_DIR, with_postgres=own_postgres, with_valkey=own_valkey)
            self._last_problem = ""
        except StartError as problem:
            if str(problem) != self._last_problem:
                self._say(str(problem))
            self._last_problem = str(problem)


def not_ready() -> str:
    """Return what isn't ready yet, as the running Seraph tells it; an empty string when all is."""
    connection = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return "web: no answer"
    finally:
        connection.close()
    return (
        "" if answer["ready"] else ", ".join(f"{part}: {said}" for part, said in answer.items() if said != "ok" and isinstance(said, str))
    )


def demo_links() -> list[tuple[str, str, str]]:
    """Return role, user name and sign-in link of one demo user of each role.

    Demo users are told by their mail addresses under `.example`, a domain that can't exist (RFC 2606): links of real
    people are never printed.
    """
    from accounts.models import User
    from accounts.roles import Role
    from accounts.tokens import make_sign_in_link

    links = []
    for role in Role:
        user = User.objects.filter(groups__name=role.value, is_active=True, email__endswith=".example").order_by("pk").first()
        if user:
            links.append((str(role.label), user.username, make_sign_in_link(user)))
    return links


def close_connections() -> None:
    """Leave no connection and no thread of a pool behind: the process is about to fork."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if getattr(connection, "pool", None):
            connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own
