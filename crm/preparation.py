"""What `manage.py up` does before the processes start, and skips when nothing has changed since the last time."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.recorder import MigrationRecorder

from crm import guard

_LOCK = 0x5E7A9  # of the database, so that of two hosts that start at once only one migrates


def prepare(say: Callable[[str], None]) -> None:
    """Bring database and static files up to date, and make the demo company in an empty registry."""
    # compressing takes one core, the database the other
    with _beside(collect_static_if_needed), guard.as_owner():
        migrate_if_needed(say)
        if demo_wanted() and registry_is_empty():
            say("Making the demo company…")
            call_command("demo", verbosity=0)


@contextmanager
def _beside(work: Callable[[], None]) -> Iterator[None]:
    """Do `work` in a thread during the block, and end with its failure if it has one. It must not use the database."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        done = executor.submit(work)
        yield
        done.result()


def migrate_if_needed(say: Callable[[str], None]) -> None:
    """Run the migrations and what hangs on them (roles, permissions), unless this very code did so on this very database."""
    code = _digest([settings.BASE_DIR], "*.py", depth=4)
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            if _stamp("migrated") == f"{code} {_applied()}" and guard.is_granted(cursor):
                return
            say("Preparing the database…")
            call_command("migrate", interactive=False, verbosity=0)
            _set_stamp("migrated", f"{code} {_applied()}")
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _applied() -> str:
    """Return a digest of the migrations that the database says it has: a restored copy may be older than the code's stamp."""
    applied = MigrationRecorder(connections[DEFAULT_DB_ALIAS]).applied_migrations()
    database = connections[DEFAULT_DB_ALIAS].settings_dict
    return hashlib.sha256(
        repr((sorted(applied), database["HOST"], database["PORT"], database["NAME"], guard.app_role())).encode()
    ).hexdigest()


def collect_static_if_needed() -> None:
    """Collect and compress the static files, unless they are the ones that were collected last."""
    from django.contrib.staticfiles.finders import get_finders

    roots = [Path(storage.location) for finder in get_finders() for storage in getattr(finder, "storages", {}).values()]
    files = _digest(roots, "*")
    if (Path(settings.STATIC_ROOT) / "staticfiles.json").exists() and _stamp("static") == files:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    _set_stamp("static", files)


def demo_wanted() -> bool:
    """Tell whether an empty registry is to be filled: not in production, not with SERAPH_DEMO=0."""
    return not settings.PRODUCTION and os.environ.get("SERAPH_DEMO", "1") != "0" and "demo" in get_commands()


def registry_is_empty() -> bool:
    """Tell whether nobody has begun to use this Seraph."""
    from accounts.models import Company, User
    from clients.models import Client

    return not (Company.objects.exists() or User.objects.exists() or Client.objects.exists())


def _digest(roots: Iterable[Path], pattern: str, *, depth: int = 99) -> str:
    """Return a digest of names, sizes and times of the files: cheap, and any change of the code changes it."""
    digest = hashlib.sha256()
    for root in roots:
        for folder, folders, files in os.walk(root):
            here = Path(folder)
            folders[:] = (
                sorted(name for name in folders if not name.startswith((".", "__"))) if len(here.relative_to(root).parts) < depth else []
            )
            for path in sorted(here / name for name in files):
                if path.match(pattern):
                    facts = path.stat()
                    digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _stamp(name: str) -> str:
    try:
        return (settings.DATA_DIR / "stamps" / name).read_text()
    except OSError:
        return ""


def _set_stamp(name: str, value: str) -> None:
    path: Path = settings.DATA_DIR / "stamps" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(value)
