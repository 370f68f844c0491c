"""`manage.py reminders_loop`: the engine without a broker."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reminders.engine import loop


class Command(BaseCommand):
    help = "Tell of reminders when they are due, without Celery. Stop it with Ctrl-C; any number may run beside workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=loop.SECONDS, help="between two looks at what is due")

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        ended: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: ended.append(number))
        self.stdout.write("Looking at what is due. Ctrl-C ends it.")
        loop.run_forever(seconds=seconds, goes_on=lambda: not ended)
