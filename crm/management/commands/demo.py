"""Make the demo company, or more of it."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients.errors import Refused
from crm.demo.making import AnotherCompany, make_demo

MOST = 5_000_000


class Command(BaseCommand):
    help = (
        "Make the demo company Kestrel Trading with its people and clients, dated relative to today. The same seed makes the same "
        "clients: a second run adds those that are missing, and nothing if none is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clients", type=int, default=2_000, help="how many clients there are to be (default 2000)")
        parser.add_argument("--seed", type=int, default=1, help="another number makes other clients (default 1)")
        parser.add_argument("--anyway", action="store_true", help="add demo clients to a registry that belongs to another company")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted, seed = options["clients"], options["seed"]
        if not 0 < wanted <= MOST:
            raise CommandError(f"Ask for 1 to {MOST:,} clients.")
        if not 0 <= seed < 10**9:
            raise CommandError("Give a seed from 0 to 999999999.")
        if settings.PRODUCTION and not options["anyway"]:
            raise CommandError("This is a production installation; demo clients don't belong in it. Say --anyway to add them.")
        begun = time.monotonic()

        def progress(number: int) -> None:
            if options["verbosity"] > 1:
                self.stdout.write(f"{number} of {wanted}, {time.monotonic() - begun:.1f} s")

        try:
            made = make_demo(clients=wanted, seed=seed, anyway=options["anyway"], progress=progress)
        except AnotherCompany as company:
            raise CommandError(f"The registry belongs to “{company}”, not to the demo company. Say --anyway to add demo clients.") from None
        except Refused as refused:
            said = " ".join(dict.fromkeys(str(error.message) for error in refused.errors))
            raise CommandError(f"The rules of this registry ask for what demo clients lack: {said}") from None
        if options["verbosity"]:
            seconds = time.monotonic() - begun
            done = f"Added {made} clients in {seconds:.1f} s." if made else "Nothing to add: these clients are there already."
            self.stdout.write(self.style.SUCCESS(done))
