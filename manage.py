#!/usr/bin/env python3
"""Django's command line for Seraph. Starts the embedded servers for the command when nobody has yet."""

import os
import signal
import sys

AS_OWNER = {"migrate", "flush", "sqlflush", "dbshell", "demo", "pgtrigger", "test", "testserver"}
"""What changes tables, dates back the history of the demo company, or is asked for by whoever runs the server."""

WITHOUT_SERVERS = {
    "help",
    "--help",
    "-h",
    "version",
    "--version",
    "collectstatic",
    "diffsettings",
    "makemessages",
    "compilemessages",
}


def main(arguments: list[str]) -> None:
    """Run one command; what the person at the terminal can mend is said in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that servers are stopped as on any other end

    if arguments[1:2] and arguments[1] in AS_OWNER:
        os.environ["SERAPH_AS_OWNER"] = "1"

    from django.core.exceptions import ImproperlyConfigured

    from crm import embedded, reservation
    from crm.errors import StartError
    from crm.servers import check_servers

    needed = len(arguments) > 1 and arguments[1] not in WITHOUT_SERVERS
    own = needed and os.environ.get("SERAPH_ENV") != "production"  # production has servers of its own, or says what is missing
    database, broker = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    try:
        if arguments[1:2] == ["up"]:
            reservation.check(embedded.data_dir())
        # Settings are read inside the block: only now is it known on which ports the servers listen.
        with embedded.running(embedded.data_dir(), postgres=own and not database, valkey=own and not broker):
            from django.conf import settings
            from django.core.management import execute_from_command_line

            if needed:
                check_servers(settings.DATABASES["default"] if database else None, settings.REDIS_URL if broker else None)
            execute_from_command_line(arguments)
    except (StartError, ImproperlyConfigured) as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main(sys.argv)
