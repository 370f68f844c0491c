"""Makes the virtual environment that `make` works in, from nothing but a Python 3.9 or newer.

    python3 tools/environment.py main      what `make run` needs
    python3 tools/environment.py dev       what `make test` and the checks need
    python3 tools/environment.py uv ARG…   uv itself (for `make lock`)
    python3 tools/environment.py browser   a Chromium for the browser tests

uv is taken from PATH, or put into `.cache/uv`. It brings the Python of `.python-version` where it can. A stamp keeps the
digest of what was installed, so that nothing is done twice.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OWN_UV = ROOT / ".cache" / "uv"
OLDEST = (3, 12)
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main(arguments: list[str]) -> None:
    """Run one of the commands above."""
    if sys.version_info < (3, 9):
        sys.exit("Python 3.9 or newer is needed to begin: it fetches the rest by itself.")
    _settle_surroundings()
    if arguments[:1] == ["uv"]:
        sys.exit(subprocess.run([uv(), *arguments[1:]], cwd=ROOT, check=False).returncode)
    elif arguments in (["main"], ["dev"]):
        make_environment(arguments[0])
    elif arguments == ["browser"]:
        find_browser()
    else:
        sys.exit(__doc__)


def _settle_surroundings() -> None:
    """Trust the system's certificates (a company's proxy has its own), and keep caches here when there is no home to keep them in."""
    os.environ.setdefault("UV_SYSTEM_CERTS", "1")
    os.environ.setdefault("UV_NATIVE_TLS", "1")  # the same, for versions before it got that name
    os.environ.pop("VIRTUAL_ENV", None)
    os.environ.pop("PYENV_VERSION", None)  # pyenv's shim sets it to the Python that runs this, and so hides the others from uv
    home = Path(os.environ.get("HOME") or "/nonexistent")
    if not os.access(home, os.W_OK):
        os.environ.setdefault("UV_CACHE_DIR", str(ROOT / ".cache" / "uv-downloads"))
        os.environ.setdefault("UV_PYTHON_INSTALL_DIR", str(ROOT / ".cache" / "python"))
        os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(ROOT / ".cache" / "browsers"))


# --- the environment ---------------------------------------------------------------------------


def make_environment(which: str) -> None:
    """Bring `.venv` to what `requirements/<which>.txt` says. The one for development holds the other, and stays."""
    if which == "main" and _stamp("dev").exists():
        which = "dev"
    requirements = ROOT / "requirements" / f"{which}.txt"
    wanted = hashlib.sha256(requirements.read_bytes() + _version().encode() + str(ROOT).encode()).hexdigest()
    stamp = _stamp(which)
    if not (stamp.exists() and stamp.read_text() == wanted and _works()):
        tool = uv()
        if not _works():
            _make_venv(tool)
        _say(f"Installing the packages of requirements/{which}.txt…")
        _run([tool, "pip", "sync", "-q", "--require-hashes", "-p", str(PYTHON), str(requirements)], "Installing the packages failed.")
        stamp.write_text(wanted)


def _stamp(which: str) -> Path:
    return VENV / f".installed-{which}"


def _version() -> str:
    return (ROOT / ".python-version").read_text().strip()


def _works() -> bool:
    """Tell whether `.venv` has a Python that runs and is new enough: a copied or moved folder has one that doesn't."""
    script = f"import sys; sys.exit(sys.version_info < {OLDEST!r} or sys.prefix != {str(VENV)!r})"
    try:
        return subprocess.run([str(PYTHON), "-c", script], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_venv(tool: str) -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    wished, any_new_enough = _version(), ">=" + ".".join(map(str, OLDEST))
    told = ""
    for version in (wished, any_new_enough):
        made = subprocess.run([tool, "venv", "-q", "--python", version, str(VENV)], cwd=ROOT, capture_output=True, text=True, check=False)
        if made.returncode == 0 and _works():
            if version != wished:
                _say(f"Python {wished} could not be had; using another that is new enough. Seraph is tested with {wished}.")
            return
        told = told or made.stderr.strip()
        shutil.rmtree(VENV, ignore_errors=True)
    oldest = ".".join(map(str, OLDEST))
    sys.exit(
        f"{told}\nSeraph needs Python {wished} (or any from {oldest} on), and it could not be fetched: install it, then run this again."
    )


# --- uv ----------------------------------------------------------------------------------------


def uv() -> str:
    """Return a uv that runs: from PATH, or our own, fetched now if need be."""
    own = OWN_UV / "bin" / "uv"
    for candidate in (shutil.which("uv"), str(own)):
        if candidate and _runs([candidate, "--version"]):
            return candidate
    _say("Fetching uv…")
    requirements = str(ROOT / "requirements" / "uv.txt")
    for python in _pythons():
        shutil.rmtree(OWN_UV, ignore_errors=True)
        if _runs([python, "-m", "venv", str(OWN_UV)]):
            pip = [str(OWN_UV / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            _run([*pip, "--require-hashes", "-r", requirements], "Fetching uv failed.")
            return str(own)
    if _install_package("python3-venv"):
        return uv()
    sys.exit("This Python can't make virtual environments: install its venv module (on Debian and Ubuntu the package python3-venv), or uv.")


def _pythons() -> list[str]:
    """Return this Python and the others on PATH: one of them may have a venv module where the system's lacks it."""
    names = ["python3", *(f"python3.{minor}" for minor in range(15, 8, -1))]
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = [path for folder in folders for name in names if (path := shutil.which(name, path=folder))]
    return list(dict.fromkeys([sys.executable, *found]))


# --- Chromium ----------------------------------------------------------------------------------


def find_browser() -> None:
    """See to it that there is a Chromium: on PATH, else playwright's, else the system's package."""
    if any(map(shutil.which, CHROMIUMS)) or _has_playwrights():
        return
    _say("Fetching Chromium for the browser tests…")
    if _runs([str(PYTHON), "-m", "playwright", "install", "chromium"]) and _has_playwrights():
        return
    if _install_package("chromium") and any(map(shutil.which, CHROMIUMS)):
        return
    sys.exit(
        "The browser tests need Chromium, and it could not be installed: install the package chromium (or Google Chrome) "
        "so that it is on PATH, or run `.venv/bin/playwright install --with-deps chromium`."
    )


def _has_playwrights() -> bool:
    """Tell whether playwright's own Chromium starts: it may be there and lack libraries of the system."""
    script = (
        "from playwright.sync_api import sync_playwright\n"
        "import os\n"
        "with sync_playwright() as p: p.chromium.launch(args=['--no-sandbox'] if os.geteuid() == 0 else []).close()"
    )
    return _runs([str(PYTHON), "-c", script])


# --- commands ----------------------------------------------------------------------------------


def _install_package(name: str) -> bool:
    """Install a package of Debian's or Ubuntu's, where we may."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    _say(f"Installing the system's package {name}…")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", name]
    return _runs(install) or (_runs(["apt-get", "update", "-q"]) and _runs(install))


def _runs(command: list[str]) -> bool:
    try:
        # From the root folder: tools that switch Pythons by folder (pyenv) would read .python-version here.
        return subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _run(command: list[str], otherwise: str) -> None:
    if subprocess.run(command, cwd="/", check=False).returncode:
        sys.exit(otherwise)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
