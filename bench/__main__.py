"""`python -m bench [CLIENTS …] [import]`: measure the pages of the registry at 10,000, 100,000 and 1,000,000 clients (or at
the sizes given), and an import.

Each size has a database of its own on the embedded server, filled once and kept (`SERAPH_DATA`, by default the
project's data folder).
"""

import os
import subprocess
import sys

SIZES = ("10000", "100000", "1000000")
IMPORT = "import"


def main(parts: list[str]) -> None:
    """Measure each part in a process of its own: Django reads the address of its database once."""
    from crm import embedded

    folder = embedded.data_dir()
    with embedded.running(folder):
        server = embedded.owner_url(folder).rpartition("/")[0]
        for part in parts:
            address = {"DATABASE_URL": f"{server}/bench_{part}", "DJANGO_SETTINGS_MODULE": "crm.settings", "SERAPH_ENV": "test"}
            module = ["bench.importing"] if part == IMPORT else ["bench.walk", part]
            subprocess.run([sys.executable, "-m", *module], env=os.environ | address, check=True)  # noqa: S603  ourselves


if __name__ == "__main__":
    main(sys.argv[1:] or [*SIZES, IMPORT])
