"""A node of real processes for the tests: a supervisor in a process of its own, the recorder and the analysis below it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil

from citysquare.engine.footage import FootageReader, StoreLimits
from citysquare.engine.local import NodeCamera, NodeFile, write_node_file
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
"""Seconds after which a thing that does not come is given up. No measure of speed: a machine may be as busy as it likes."""

_SUPERVISE = """
import os, pathlib, sys
from citysquare.site.supervisor import Program, Supervisor
folder = pathlib.Path(sys.argv[1])
node = (sys.executable, "-m", "citysquare.engine", "node", str(folder / "node.json"))
programs = [Program("recorder", node, lasting=True), Program("analysis", (sys.executable, sys.argv[2], str(folder)))]
supervisor = Supervisor(programs, dict(os.environ), folder, lambda sentence: print(sentence, flush=True))
supervisor.start()
print("started", flush=True)
try:
    supervisor.run(until=lambda: False)
finally:
    supervisor.stop()
"""

_ANALYSE = """
import pathlib, signal, sys, threading
from citysquare.engine.local.analysing import analyse_node
class Sink:
    def accept(self, batch):
        with (folder / "batches").open("a") as out:
            out.write(f"{batch.camera} {batch.through}\\n")
folder, stop = pathlib.Path(sys.argv[1]), threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
analyse_node(folder / "node.json", Sink(), stop)
"""


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.05)


def note(folder: Path) -> dict[str, int]:
    """Return the supervisor's processes by name."""
    with contextlib.suppress(OSError, ValueError):
        return {row["name"]: row["pid"] for row in json.loads((folder / "children.json").read_text())["children"]}
    return {}


class Filmed(Protocol):
    """Cameras that are served somewhere."""

    port: int

    def url(self, name: str) -> str:
        """Return a camera's address."""
        ...


@dataclass
class Node:
    """A node at work, and what a test does to it."""

    folder: Path
    cameras: Filmed
    said: Path
    segment_seconds: int = 4
    supervisors: list[subprocess.Popen[bytes]] = field(default_factory=list)
    stopped: set[int] = field(default_factory=set)

    @property
    def store(self) -> Path:
        """Where the footage lies."""
        return self.folder / "store"

    def write(self, *names: str) -> None:
        """Write the node file for these cameras."""
        nodes = tuple(NodeCamera(name, self.cameras.url(name)) for name in names)
        limits = StoreLimits(least_free_bytes=0, segment_seconds=self.segment_seconds)
        write_node_file(self.folder / "node.json", NodeFile(self.store, nodes, limits, frozenset({self.cameras.port})))

    def supervise(self) -> None:
        """Start a supervisor, the first or the next one."""
        script = self.folder / "analyse.py"
        script.write_text(_ANALYSE)
        before = self.said.read_text().count("started\n") if self.said.exists() else 0
        with self.said.open("ab") as out:
            command = [sys.executable, "-c", _SUPERVISE, str(self.folder), str(script)]
            self.supervisors.append(subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT, env=_environment()))
        until(lambda: self.said.read_text().count("started\n") > before, "a supervisor")

    @property
    def supervisor(self) -> subprocess.Popen[bytes]:
        """The supervisor of now."""
        return self.supervisors[-1]

    def pid(self, name: str) -> int:
        """The number of the process of now."""
        return note(self.folder)[name]

    def send(self, number: int, pid: int) -> None:
        """Send a signal; what is stopped goes on at the end at the latest."""
        os.kill(pid, number)
        if number == signal.SIGSTOP:
            self.stopped.add(pid)
            until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED, "a process that stands still")
        elif number == signal.SIGCONT:
            self.stopped.discard(pid)

    def another(self, name: str, old: int) -> None:
        """Wait until a process was started anew."""
        until(lambda: note(self.folder).get(name, old) != old, f"another {name}")

    def records(self, *names: str) -> None:
        """Wait until each camera has pictures in the ledger that were taken from now on."""
        now = int(time.time() * TICKS_PER_SECOND)
        until(lambda: all(_recorded_after(self.store, name, now) for name in names), f"pictures of {', '.join(names)}")

    def end(self) -> None:
        """End all of it in order."""
        for pid in list(self.stopped):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        if self.supervisors and self.supervisor.poll() is None:
            self.supervisor.terminate()
            assert self.supervisor.wait(PATIENCE) == 0, self.said.read_text()

    def sweep(self) -> None:
        """Leave nothing running, whatever was done."""
        for supervisor in self.supervisors:
            supervisor.kill()
            supervisor.wait(PATIENCE)
        for pid in note(self.folder).values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in psutil.process_iter():
            if process.pid != os.getpid() and f"{self.folder}/" in _words(process):
                with contextlib.suppress(psutil.Error):
                    process.kill()


def _recorded_after(store: Path, name: str, after: int) -> bool:
    intervals = FootageReader(store).captured(StreamKey(name), 0, 2**53)
    return bool(intervals) and intervals[-1].cause is None and intervals[-1].end > after


def _environment() -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CITYSQUARE_", "DJANGO_"))}
    return clean | {"PYTHONPATH": str(ROOT / "src")}


@contextlib.contextmanager
def node(folder: Path, cameras: Filmed, names: Iterable[str], *, segment_seconds: int = 4) -> Iterator[Node]:
    """Run a node until the end of the block; whatever the test did to it, nothing is left running."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Node(folder, cameras, folder / "said", segment_seconds)
    wanted = tuple(names)
    try:
        made.write(*wanted)
        made.supervise()
        made.records(*wanted)
        yield made
        made.end()
    finally:
        made.sweep()


def _words(process: psutil.Process) -> str:
    """Return a process' command line if it is a Python of ours; others may name the folder for reasons of their own."""
    with contextlib.suppress(psutil.Error):
        words = process.cmdline()
        return " ".join(f"{word}/" for word in words) if words[:1] == [sys.executable] else ""
    return ""
