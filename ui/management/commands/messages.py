"""`manage.py messages`: bring the catalogues of translations up to date with the sources, and compile them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from ui import catalogue


class Command(BaseCommand):
    help = "Extract the texts of the sources, merge them into locale/*/LC_MESSAGES/django.po, compile the .mo files."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail if a file is not up to date or a text is not translated"
        )
        parser.add_argument("--missing", metavar="LANGUAGE", help="print the texts that LANGUAGE still lacks")

    def handle(self, *args: Any, **options: Any) -> None:
        current = catalogue.current()
        if options["missing"]:
            state = catalogue.state_of(options["missing"], current[options["missing"]])
            self.stdout.write("\n".join([*state.untranslated, *state.fuzzy, *state.misfits]))
            return
        stale = []
        complete = True
        for language, content in current.items():
            path = catalogue.path_of(language)
            binary = path.with_suffix(".mo")
            state = catalogue.state_of(language, content)
            complete &= state.complete
            counts = f"{len(state.untranslated)} untranslated, {len(state.fuzzy)} fuzzy, {len(state.misfits)} with other placeholders"
            self.stdout.write(f"{language}: {state.total} texts, {counts}")
            if options["check"]:
                if catalogue.is_stale(language, content):
                    stale.append(language)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            content.save(str(path))
            binary.write_bytes(catalogue.compiled(content))
        if stale:
            raise CommandError(f"Not up to date: {', '.join(stale)}. Run manage.py messages.")
        if options["check"] and not complete:
            raise CommandError("Some texts are not translated. manage.py messages --missing LANGUAGE lists them.")
