"""`python -m bench [CLIENTS …]`: measure the registry at 10,000, 100,000 and 1,000,000 clients (or at the sizes given).

Each size has a database of its own on the embedded server, filled once and kept (`SERAPH_DATA`, by default the
project's data folder).
"""

import os
import subprocess
import sys

SIZES = (10_000, 100_000, 1_000_000)


def main(sizes: list[int]) -> None:
    """Walk each size in a process of its own: Django reads the address of its database once."""
    from crm import embedded

    folder = embedded.data_dir()
    with embedded.running(folder):
        server = embedded.database_url(folder).rpartition("/")[0]
        for size in sizes:
            address = {"DATABASE_URL": f"{server}/bench_{size}", "DJANGO_SETTINGS_MODULE": "crm.settings", "SERAPH_ENV": "test"}
            subprocess.run([sys.executable, "-m", "bench.walk", str(size)], env=os.environ | address, check=True)  # noqa: S603  ourselves


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(SIZES))
