"""The processes a supervisor started, noted in `children.json`: the next supervisor takes over or ends what a killed one left behind."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import psutil

import citysquare
from citysquare import engine

FILE = "children.json"
STOP_SECONDS = 10.0
"""How long a process may take to end after it was asked to."""

UNKNOWN_STATUS = -1
"""Only the parent of a process learns how it ended."""
_MOST_BYTES = 1024 * 1024
_SAME_SECONDS = 2.5


class Process(Protocol):
    """What a supervisor does with a process; `subprocess.Popen` has this shape."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    def poll(self) -> int | None:
        """Return how it ended, or None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        ...

    def send_signal(self, sig: int) -> None:
        """Send a signal; to one that has ended, nothing."""
        ...


class Adopted:
    """A process that another supervisor started: whether it runs can be seen, how it ended cannot."""

    def __init__(self, process: psutil.Process) -> None:
        """Take over `process`."""
        self._process = process
        self.created = process.create_time()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def poll(self) -> int | None:
        """Return UNKNOWN_STATUS once it has ended. One whose end nobody collects has ended all the same."""
        with suppress(psutil.NoSuchProcess):
            if self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE:
                return None
        return UNKNOWN_STATUS

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        _, alive = psutil.wait_procs([self._process], timeout=timeout)
        if alive and self.poll() is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return UNKNOWN_STATUS

    def send_signal(self, sig: int) -> None:
        """Send a signal; to one that has ended, nothing."""
        with suppress(psutil.NoSuchProcess):
            self._process.send_signal(sig)


@dataclass(frozen=True, slots=True)
class Row:
    """One noted process."""

    name: str
    pid: int
    created: float
    """Seconds since 1970, as the system says: a number given to another process later has another one."""
    likeness: str
    """See likeness()."""

    def process(self) -> psutil.Process | None:
        """Return the process, if it is still the same one."""
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            if _began_at(process, self.created) and process.status() != psutil.STATUS_ZOMBIE and _is_ours(process):
                return process
        return None


@dataclass(frozen=True, slots=True)
class Note:
    """Who started what."""

    supervisor: int
    created: float | None
    """When the supervisor was created; None in a note that does not say it."""
    rows: tuple[Row, ...]


def likeness(argv: Sequence[str]) -> str:
    """Return what a running process must share with a new one to be kept in its place: version, code and command line."""
    return hashlib.sha256(json.dumps([citysquare.__version__, _code(), *argv]).encode()).hexdigest()


@cache
def _code() -> list[int]:
    """Return what changes with the engine's code also where the version does not."""
    stats = [path.stat() for path in Path(engine.__file__).parent.rglob("*.py")]
    return [len(stats), sum(stat.st_size for stat in stats), max(stat.st_mtime_ns for stat in stats)]


def row(name: str, argv: Sequence[str], pid: int) -> Row | None:
    """Return what is to be noted of a process; None when it is gone."""
    with suppress(psutil.Error):
        return Row(name, pid, psutil.Process(pid).create_time(), likeness(argv))
    return None


def write_note(folder: Path, rows: Iterable[Row]) -> None:
    """Note the processes of this supervisor in one step. Raises OSError."""
    content = {
        "supervisor": os.getpid(),
        "created": psutil.Process().create_time(),
        "boot": _boot_id(),
        "booted": psutil.boot_time(),
        "children": [{"name": row.name, "pid": row.pid, "created": row.created, "likeness": row.likeness} for row in rows],
    }
    path = folder / FILE
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content), encoding="utf-8")
    temporary.replace(path)


def read_note(folder: Path) -> Note | None:
    """Return the last note; None when there is none, or none that can be read. A row that cannot be read is left out."""
    try:
        with (folder / FILE).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
        children = found["children"]
        if not isinstance(children, list):
            return None
        step = _clock_step(found)
        rows = [replace(made, created=made.created + step) for each in children if (made := _row(each)) is not None]
        created = found.get("created")
        return Note(int(found["supervisor"]), None if created is None else float(created) + step, tuple(rows))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _row(found: object) -> Row | None:
    if not isinstance(found, dict):
        return None
    try:
        made = Row(str(found.get("name", "")), int(found["pid"]), float(found["created"]), str(found.get("likeness", "")))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return made if 0 < made.pid < 2**31 else None


def _clock_step(found: dict[str, Any]) -> float:
    """Return by how much the system's clock was set since a note was written: the system tells beginnings by its clock of today."""
    boot = found.get("boot")
    return psutil.boot_time() - float(found["booted"]) if boot and boot == _boot_id() else 0.0


def _boot_id() -> str:
    """Return what is another with each start of the machine; nothing where the system does not say it."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def _began_at(process: psutil.Process, created: float) -> bool:
    """Say whether a process is the one that was noted, and not a later one of its number. The system's whole seconds may differ by one."""
    return abs(process.create_time() - created) < _SAME_SECONDS


def supervisor_running(folder: Path) -> bool:
    """Tell whether the supervisor that wrote the note in `folder` still lives."""
    noted = read_note(folder)
    if noted is None or noted.supervisor == os.getpid() or not 0 < noted.supervisor < 2**31:
        return False
    try:
        process = psutil.Process(noted.supervisor)
        if noted.created is not None and not _began_at(process, noted.created):
            return False
        return process.status() != psutil.STATUS_ZOMBIE and _is_ours(process) and any("citysquare" in part for part in process.cmdline())
    except psutil.Error:
        return False


def adopted(folder: Path, name: str, argv: Sequence[str]) -> Adopted | None:
    """Return the process a killed supervisor left running, when it is just what we would start; else None."""
    noted = read_note(folder)
    for each in noted.rows if noted is not None else ():
        if each.name == name and each.likeness == likeness(argv):
            process = each.process()
            if process is not None:
                with suppress(psutil.Error):
                    return Adopted(process)
    return None


def end_leftovers(folder: Path, *, sparing: Iterable[int] = ()) -> None:
    """End processes that a killed supervisor left behind. A process id that now belongs to another process is left alone."""
    noted, spared = read_note(folder), set(sparing)
    left = [process for each in (noted.rows if noted is not None else ()) if (process := each.process()) and process.pid not in spared]
    _end(left)


def end_strays(argv: Sequence[str], *, sparing: Iterable[int] = ()) -> None:
    """End processes of ours with this very command line that nobody noted: the supervisor was killed just as it had started them.

    Only for command lines that name the installation, such as the recorder's with its node file.
    """
    spared = {os.getpid(), *sparing}
    strays = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid not in spared and _is_ours(process) and process.cmdline() == list(argv):
                strays.append(process)
    _end(strays)


def _is_ours(process: psutil.Process) -> bool:
    """Say whether a process runs as our user: what others call their processes, and which numbers those got, is nothing to us."""
    return bool(process.uids().real == _me())


def _me() -> int:
    return os.getuid()


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.terminate()
            process.resume()  # what is stopped cannot end
    _, alive = psutil.wait_procs(processes, timeout=STOP_SECONDS)
    for process in alive:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=STOP_SECONDS)
