"""`manage.py duplicates [--again]`: search the base for clients that are entered twice, in the foreground."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from clients.duplicates import scan
from clients.models import DuplicatePair, DuplicateScan


class Command(BaseCommand):
    help = "Search the base for clients that are entered twice: whatever is not done yet, and all that changed since."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true", help="compare all clients anew; what was decided of pairs stands")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            scan.forget_search()
        self._said = -1
        run = scan.search(progress=self._say)
        waiting = DuplicatePair.objects.filter(state=DuplicatePair.State.OPEN).count()
        if run.finished_at is None:
            self.stdout.write("another process searches already")
        else:
            self.stdout.write(f"compared {run.done // 2} clients; pairs to look at: {waiting}")

    def _say(self, run: DuplicateScan) -> None:
        if run.percent != self._said and run.finished_at is None:
            self._said = run.percent
            self.stdout.write(f"{run.percent} %  {run.stage}  {run.done // 2} of {run.total // 2} clients  {run.found} pairs")
