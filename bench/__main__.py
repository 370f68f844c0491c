"""`python -m bench [CLIENTS …] [import] [febrl]`: measure the search for duplicates, completeness over the base, the rules and the
engine of reminders and the pages of the registry at 10,000, 100,000 and 1,000,000 clients (or at the sizes given), imports of
clients and of sales, and how right the search for duplicates is on lists with known ones. `duplicates:CLIENTS`, `quality:CLIENTS`,
`reminder_rules:CLIENTS` `reminders:CLIENTS` and `ledger:CLIENTS` measure one of them alone.

Each size has a database of its own on the embedded server, filled once and kept (`SERAPH_DATA`, by default the
project's data folder).
"""

import os
import subprocess
import sys

SIZES = ("10000", "100000", "1000000")
MODULES = {"import": ["bench.importing", "bench.ledger_import"], "febrl": ["bench.febrl"]}
OF_A_BASE = {
    "duplicates": "bench.duplicates",
    "quality": "bench.quality",
    "reminder_rules": "bench.reminder_rules",
    "reminders": "bench.reminders",
    "ledger": "bench.ledger",
    "walk": "bench.walk",
}
"""In this order: the list of clients that may be there twice is short before the search has found any."""


def main(parts: list[str]) -> None:
    """Measure each part in a process of its own: Django reads the address of its database once."""
    from crm import embedded

    folder = embedded.data_dir()
    with embedded.running(folder):
        server = embedded.owner_url(folder).rpartition("/")[0]
        for part in parts:
            alone, _colon, size = part.rpartition(":")
            address = {"DATABASE_URL": f"{server}/bench_{size}", "DJANGO_SETTINGS_MODULE": "crm.settings", "SERAPH_ENV": "test"}
            modules = [MODULES[part]] if part in MODULES else [[OF_A_BASE[one], size] for one in ([alone] if alone else OF_A_BASE)]
            for module in modules:
                subprocess.run([sys.executable, "-m", *module], env=os.environ | address, check=True)  # noqa: S603  ourselves


if __name__ == "__main__":
    main(sys.argv[1:] or [*SIZES, *MODULES])
