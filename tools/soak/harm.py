"""What a soak does to its node: to its processes by signals, to its disk by what a process of the same user may do to another."""

from __future__ import annotations

import contextlib
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from tests.faults.processes import Node, note, until
from tools.soak.plan import Event

_RUBBISH = b'{"store": [' * 1000


class Harm:
    """Does the events of a plan to a node."""

    def __init__(self, node: Node, stopping: Callable[[], bool]) -> None:
        """Know the node, and ask `stopping` whether an event is to be over before its time."""
        self._node = node
        self._stopping = stopping

    def do(self, event: Event) -> None:
        """Do it, wait, undo it. What is gone just now (a process between its end and its next start) is left alone."""
        what, _, whom = event.kind.partition(" ")
        if whom == "supervisor" or event.kind == "kill all":
            self._supervisor(what, event)
        elif what in {"kill", "stop"}:
            self._signal(what, whom, event.seconds)
        else:
            with self._disk(event.kind):
                self._wait(event.seconds)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._stopping():
            time.sleep(0.1)

    def _signal(self, what: str, name: str, seconds: float) -> None:
        pid = note(self._node.folder).get(name)
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if what == "kill":
                self._node.send(signal.SIGKILL, pid)
                return
            with contextlib.suppress(psutil.NoSuchProcess):
                self._node.send(signal.SIGSTOP, pid)
            self._wait(seconds)
            self._node.send(signal.SIGCONT, pid)

    def _supervisor(self, what: str, event: Event) -> None:
        if what == "stop":
            self._node.send(signal.SIGSTOP, self._node.supervisor.pid)
            self._wait(event.seconds)
            self._node.send(signal.SIGCONT, self._node.supervisor.pid)
            return
        names = note(self._node.folder)
        self._node.supervisor.kill()
        self._node.supervisor.wait()
        for pid in names.values() if event.kind == "kill all" else ():
            with contextlib.suppress(ProcessLookupError):
                self._node.send(signal.SIGKILL, pid)
        self._wait(event.seconds)
        self._node.supervise()

    def _disk(self, kind: str) -> contextlib.AbstractContextManager[None]:
        ways = {
            "lock index": self._locked_index,
            "refuse writes": lambda: self._limited(resource.RLIMIT_FSIZE, 0),
            "refuse files": lambda: self._limited(resource.RLIMIT_NOFILE, 3),
            "hide store": self._hidden_store,
            "damage node file": self._damaged_node_file,
        }
        return ways[kind]()

    @contextmanager
    def _locked_index(self) -> Iterator[None]:
        """Hold the write lock of the index, as a stranger with a database tool would."""
        try:
            db = sqlite3.connect(self._node.store / "index.sqlite3", timeout=5, isolation_level=None)
        except sqlite3.Error:
            yield
            return
        try:
            with contextlib.suppress(sqlite3.Error):
                db.execute("BEGIN IMMEDIATE")
            yield
        finally:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            db.close()

    @contextmanager
    def _limited(self, which: int, most: int) -> Iterator[None]:
        """Let the recorder write no file, or open none, by a limit of its process; recovery of a new process is not in its way."""
        pid = note(self._node.folder).get("recorder")
        before = None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            before = resource.prlimit(pid or 0, which) if pid else None
            if pid and before:
                resource.prlimit(pid, which, (most, before[1]))
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if pid and before:
                    resource.prlimit(pid, which, before)

    @contextmanager
    def _hidden_store(self) -> Iterator[None]:
        """Put an empty folder where the store was, as an unmounted disk does."""
        away = self._node.store.with_name("store.away")
        self._node.store.rename(away)
        self._node.store.mkdir()
        try:
            yield
        finally:
            odd = self._node.store.with_name(f"store.odd-{time.time_ns()}")
            self._node.store.rename(odd)
            away.rename(self._node.store)
            with contextlib.suppress(OSError):
                odd.rmdir()  # stays, to be looked at, where something was written into it

    @contextmanager
    def _damaged_node_file(self) -> Iterator[None]:
        place = self._node.folder / "node.json"
        good = place.read_bytes()
        place.write_bytes(_RUBBISH)
        try:
            yield
        finally:
            place.write_bytes(good)


def end_process(process: subprocess.Popen[str]) -> None:
    """Ask a process to end and wait for it."""
    process.terminate()
    until(lambda: process.poll() is not None, "the end of the cameras")
