"""`manage.py import clients FILE …`: the importer without a browser. Exits with 0 when the file was worked through, refused
rows or not (their number and file are printed); with 1 and one sentence when it was not."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from accounts.models import User
from clients.errors import Refused
from clients.imports import running, starting
from clients.imports.kinds import all_kinds
from clients.imports.reading import Choice, Unreadable
from clients.models import ImportRun


class Command(BaseCommand):
    help = "Import rows of a CSV or XLSX file: clients with their contacts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=[kind.name for kind in all_kinds()], help="what the rows are")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--map", action="append", default=[], metavar="FIELD=COLUMN", help="may be repeated; without it columns are guessed"
        )
        parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="for rows that don't say")
        parser.add_argument("--match", metavar="FIELD", help="change clients that are there, known by this field; none: only add")
        parser.add_argument("--add-missing", action="append", default=[], metavar="FIELD", help="add names that this reference list lacks")
        parser.add_argument(
            "--allow-duplicates",
            default="",
            metavar="REASON",
            help="add rows that look like a client already here, or like an earlier row, and keep the reason; without it they are refused",
        )
        parser.add_argument("--as", dest="username", required=True, metavar="USERNAME", help="who imports")
        parser.add_argument("--profile", default="", metavar="NAME", help="map as remembered by this name")
        parser.add_argument("--dry-run", action="store_true", help="read and judge every row, write nothing")
        parser.add_argument("--encoding", default="", help="for example utf-8, cp1251")
        parser.add_argument("--delimiter", default="", help="one character, or tab")
        parser.add_argument("--sheet", default="")
        parser.add_argument("--header-row", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username__iexact=options["username"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['username']}.")
        with translation.override(user.language):
            run = self._start(user, options)
            running.work_on(run.pk)
        run.refresh_from_db()
        if run.state not in (ImportRun.State.TRIED, ImportRun.State.DONE):
            raise CommandError(run.failure or f"The import ended as: {run.state}.")
        self._say(run)

    def _start(self, user: User, options: dict[str, Any]) -> ImportRun:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        mapping: dict[str, list[str]] = {}
        for name, column in map(_pair, options["map"]):
            mapping.setdefault(name, []).append(column)
        match = options["match"]
        try:
            with path.open("rb") as file:
                return starting.start_import(
                    user=user,
                    file=File(file, path.name),
                    file_name=path.name,
                    kind=options["kind"],
                    mapping=mapping or None,
                    defaults=dict(map(_pair, options["set"])),
                    match="" if match == "none" else match,
                    add_missing=options["add_missing"],
                    allow_duplicates=options["allow_duplicates"],
                    choice=Choice(options["encoding"], options["delimiter"], options["sheet"], options["header_row"]),
                    profile=options["profile"],
                    dry_run=options["dry_run"],
                    queue=False,
                )
        except Unreadable as unreadable:
            raise CommandError(str(unreadable.message)) from None
        except Refused as refused:
            raise CommandError(" ".join(f"{error.field}: {error.message}" for error in refused.errors)) from None
        except PermissionDenied:
            raise CommandError(f"{user.username} may not import.") from None

    def _say(self, run: ImportRun) -> None:
        self.stdout.write(f"rows {run.rows}  new {run.added}  changed {run.changed}  unchanged {run.unchanged}  refused {run.refused}")
        for field, _code, message, rows in run.reasons:
            self.stdout.write(f"  {rows}  {field}: {message}" if field else f"  {rows}  {message}")
        if run.error_file:
            self.stdout.write(f"refused rows: {run.error_file.path}")
        if run.state == ImportRun.State.TRIED:
            self.stdout.write("dry run: nothing was written")


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise CommandError(f"Write {given} as FIELD=VALUE.")
    return name.strip(), value.strip()
