"""`python -m tests.faults [--short] [--json] [NUMBER …]`: run the lines of the table, and print what was seen."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path


def main() -> int:
    """Run the lines asked for; return 1 if one does not hold."""
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="seconds instead of minutes, as in make test")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each")
    parser.add_argument("numbers", nargs="*", type=int, help="lines of the table; all without")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="seraph-faults-"))
    folder.chmod(0o711)  # the servers' own user passes through when this runs as root
    from crm import embedded

    port = embedded.free_port()
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ |= {
        "SERAPH_DATA": str(folder),
        "SERAPH_ENV": "test",
        "SERAPH_AS_OWNER": "1",
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "crm.settings",
        "LOG_LEVEL": "WARNING",
    }
    (folder / "static").mkdir()
    failed = 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers stop, and the folder goes
    try:
        # Flushed to the disk as in production: a server that is stopped at once may lose nothing.
        with embedded.running(folder):
            failed = _run(asked, port)
    finally:
        if failed:
            print(f"The logs are in {folder}.", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


def _run(asked: argparse.Namespace, port: int) -> int:
    import django

    django.setup()
    from django.db import connections

    from tests.faults.ground import Ground
    from tests.faults.lines import FULL, LINES, SHORT, Seen
    from tests.faults.sink import Sink

    sink = Sink(port)
    sink.start()
    ground = Ground(sink)
    failed = 0
    try:
        ground.prepare()
        size = SHORT if asked.short else FULL
        ground.nursery.common = dict(size.common)
        if not asked.json:
            print("| test | must hold | seen | ok | s |\n|---|---|---|---|--:|", flush=True)
        for number, line in enumerate(LINES, start=1):
            if asked.numbers and number not in asked.numbers:
                continue
            began = time.monotonic()
            try:
                ground.begin_anew()
                seen = line.run(ground, size)
            except Exception as problem:
                traceback.print_exc()
                seen = Seen(False, [f"{type(problem).__name__}: {problem}"])
            connections.close_all()
            took = time.monotonic() - began
            failed += not seen.ok
            if asked.json:
                print(
                    json.dumps({"number": number, "name": line.name, "ok": seen.ok, "said": seen.said, "seconds": round(took)}), flush=True
                )
            else:
                said = ". ".join(seen.said)
                print(f"| {number}. {line.name} | {line.must_hold} | {said} | {'yes' if seen.ok else '**NO**'} | {took:.0f} |", flush=True)
    finally:
        ground.nursery.close()
        sink.stop()
    return failed


if __name__ == "__main__":
    sys.exit(main())
