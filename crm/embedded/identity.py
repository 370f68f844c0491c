"""As whom the embedded servers run.

PostgreSQL refuses to run as root, so root's servers run as a system user of their own. That user must be able to
reach the programs (in the virtual environment) and the data folder, and both may lie under a folder that is closed
to others, such as /root or a temporary one. Ways that were weighed:

- opening such folders to everybody (what the wheel's own helper does, reading included): far too much;
- keeping the cluster elsewhere: then the data folder is no longer the data;
- a capability that steps over permissions: then a server can read every file of the machine;
- an access list (ACL) entry "may pass, not look" for just this one user, on just the folders that stop it.

The last is what `_let_pass` does, and it says so once. Where the filesystem has no ACLs, "others may pass, not
look" (o+x) has to do.
"""

import errno
import os
import pwd
import shutil
import stat
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from crm.errors import StartError

SYSTEM_USER = "embedded_postgres"
_ADVICE = "start Seraph as an ordinary user, or set DATABASE_URL and REDIS_URL to servers of your own"

# POSIX ACL in its kernel form: a version, then (tag, permissions, id) sorted by tag and id.
_ACL, _ACL_VERSION, _NO_ID = "system.posix_acl_access", 2, 0xFFFFFFFF
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20


def options(cluster: Path) -> dict[str, Any]:
    """Return the options of `subprocess.Popen` that start a server as the right user; empty when that is who we are."""
    if os.geteuid() != 0:
        return {}
    owner = cluster.stat().st_uid if cluster.exists() else 0
    # A folder that an ordinary user made stays that user's: `sudo make run` must not lock them out.
    entry = pwd.getpwuid(owner) if owner else _system_user()
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _system_user() -> pwd.struct_passwd:
    for _attempt in range(20):
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            command = shutil.which("useradd", path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")
        if command is None:
            raise StartError(f"PostgreSQL refuses to run as root, and there is no useradd here to make a user for it: {_ADVICE}.")
        made = subprocess.run(  # noqa: S603 - the command is ours
            [command, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            time.sleep(0.1)  # somebody else is making it, or holds the lock of /etc/passwd
    raise StartError(f"PostgreSQL refuses to run as root, and making a user for it failed ({made.stderr.strip()}): {_ADVICE}.")


def give(path: Path, options: dict[str, Any]) -> None:
    """Make the servers' user the owner of `path`."""
    if options:
        os.chown(path, options["user"], options["group"])


def open_way(folder: Path, programs: list[Path], options: dict[str, Any]) -> None:
    """See to it that the servers' user reaches the data folder and can read the folders of programs."""
    if not options:
        return
    ways = [way for end in [folder / "inside", *programs] for way in reversed(end.parents)]
    opened: set[Path] = set()
    while closed := _first_closed(ways, options):
        if closed in opened:
            raise StartError(f"PostgreSQL's user {SYSTEM_USER} can't pass through {closed}: {_ADVICE}.")
        _let_pass(closed, options["user"])
        opened.add(closed)
    for root in programs:
        files = [path for path in [root, *root.rglob("*")] if not path.is_symlink()]
        if not all(path.stat().st_mode & stat.S_IROTH for path in files):  # unpacked under a strict umask
            for path in files:
                mode = path.stat().st_mode
                path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _first_closed(ways: list[Path], options: dict[str, Any]) -> Path | None:
    """Return the first of `ways` that the servers' user can't pass. What lies behind it can't be told before it is open."""
    script = 'for way; do test -x "$way" || { printf %s "$way"; exit; }; done'
    try:
        tried = subprocess.run(  # noqa: S603 - the command is ours
            ["/bin/sh", "-c", script, "sh", *ways], capture_output=True, text=True, check=True, cwd="/", **options
        )
    except (OSError, subprocess.SubprocessError) as problem:
        raise StartError(f"PostgreSQL refuses to run as root, and root may not become another user here: {_ADVICE}.") from problem
    return Path(tried.stdout) if tried.stdout else None


def _let_pass(folder: Path, uid: int) -> None:
    """Let the user `uid` pass through `folder`, without a look inside where that can be told apart."""
    try:
        _add_acl_entry(folder, uid)
        undo = f"setfacl -x u:{uid} {folder}"
    except (OSError, AttributeError) as problem:  # no ACLs on this filesystem, or on this system
        if isinstance(problem, OSError) and problem.errno not in {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EPERM, errno.EINVAL}:
            raise StartError(f"PostgreSQL's user {SYSTEM_USER} can't pass through {folder}: {_ADVICE}.") from problem
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
        undo = f"chmod o-x {folder}"
    sys.stderr.write(f"Let PostgreSQL's user {SYSTEM_USER} pass through {folder} (to take it back: {undo}).\n")


def _add_acl_entry(folder: Path, uid: int) -> None:
    mode = folder.stat().st_mode
    try:
        raw = os.getxattr(folder, _ACL)
        entries = {(tag, who): allowed for tag, allowed, who in struct.iter_unpack("<HHI", raw[4:])}
    except OSError as problem:
        if problem.errno != errno.ENODATA:
            raise
        entries = {(_USER_OBJ, _NO_ID): mode >> 6 & 7, (_GROUP_OBJ, _NO_ID): mode >> 3 & 7, (_OTHER, _NO_ID): mode & 7}
    entries[_USER, uid] = entries.get((_USER, uid), 0) | 1
    entries[_MASK, _NO_ID] = entries.get((_MASK, _NO_ID), entries[_GROUP_OBJ, _NO_ID]) | 1
    packed = b"".join(struct.pack("<HHI", tag, allowed, who) for (tag, who), allowed in sorted(entries.items()))
    os.setxattr(folder, _ACL, struct.pack("<I", _ACL_VERSION) + packed)
