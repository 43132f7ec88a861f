"""Starts the platform's processes on one machine, restarts what ends, stops them in order.

Each process fails alone: the recorder goes on when analysis or web are down, and the other way round. What a process prints goes to
its own file in the log folder.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from citysquare.site.processes import NOTE_SECONDS, Pace, ProcessNote, ProcessReport, memory_bytes, write_process_report

LOG_LIMIT_BYTES = 10_000_000
"""A log file larger than this at a start is put aside as `.1`."""

FIRST_RESTART_SECONDS = 0.5
LAST_RESTART_SECONDS = 30.0
STEADY_SECONDS = 30.0
"""A process that ran this long starts with the first delay again."""

STOP_SECONDS = 10.0
"""How long a process may take to end after it was asked to."""

TICK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Program:
    """One process to keep running."""

    name: str
    argv: tuple[str, ...]


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    started_at: float = 0.0
    """Wall time, for people; everything else goes by the monotonic clock."""
    due: float = 0.0
    delay: float = FIRST_RESTART_SECONDS
    restarts: int = 0
    cpu_of_ended: float = 0.0
    cpu_last: float = 0.0


def _cpu_seconds(pid: int) -> float:
    """Return user plus system seconds of a process and its children, living and reaped; 0 when it is gone."""
    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        own = times.user + times.system + times.children_user + times.children_system
        for child in process.children(recursive=True):
            with suppress(psutil.Error):
                t = child.cpu_times()
                own += t.user + t.system
    except psutil.Error:
        return 0.0
    return float(own)


@dataclass(slots=True)
class Supervisor:
    """Keeps `programs` running from `start` to `stop`; they stop in the reverse order of their start."""

    programs: Sequence[Program]
    environment: Mapping[str, str]
    folder: Path
    """Holds `logs/` and `children.json`."""
    say: Callable[[str], None]
    _children: list[_Child] = field(default_factory=list)
    _stop_asked: bool = False
    _began: float = field(default_factory=time.time)
    _pace: Pace = field(default_factory=Pace)

    def start(self) -> None:
        """End what an earlier run left behind, then start every program."""
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        end_leftovers(self.folder)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        for program in self.programs:
            child = _Child(program)
            self._children.append(child)
            self._launch(child)

    def run(self, until: Callable[[], bool], every_second: Callable[[], None] = lambda: None) -> None:
        """Restart what ends, until `until` says so or a signal asks for the end."""
        next_second = next_note = time.monotonic()
        while not self._stop_asked and not until():
            self._restart_ended()
            if time.monotonic() >= next_second:
                next_second = time.monotonic() + 1.0
                every_second()
            if time.monotonic() >= next_note:
                next_note = time.monotonic() + NOTE_SECONDS
                self.note_processes()
            time.sleep(TICK_SECONDS)

    @property
    def stop_asked(self) -> bool:
        """Whether a signal asked for the end."""
        return self._stop_asked

    def cpu_seconds(self) -> dict[str, float]:
        """Return CPU seconds so far by program, over its restarts."""
        totals: dict[str, float] = {}
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                child.cpu_last = _cpu_seconds(child.process.pid)
            totals[child.program.name] = child.cpu_of_ended + child.cpu_last
        return totals

    def note_processes(self) -> None:
        """Leave for the pages what runs and what it takes. A folder that takes no file must not end the supervisor."""
        cpu = self.cpu_seconds() | {"supervisor": sum(psutil.Process().cpu_times()[:2])}
        cores = self._pace.add(time.monotonic(), cpu)
        own = memory_bytes(os.getpid())
        notes = [
            ProcessNote(
                "supervisor",
                running=True,
                since=self._began,
                restarts=0,
                cpu_seconds=cpu["supervisor"],
                cores=cores["supervisor"],
                memory=own,
            )
        ]
        for child in self._children:
            alive = child.process is not None and child.process.poll() is None
            memory = memory_bytes(child.process.pid) if child.process is not None and alive else 0
            name = child.program.name
            notes.append(ProcessNote(name, alive, child.started_at, child.restarts, cpu[name], cores[name], memory))
        try:
            write_process_report(self.folder, ProcessReport(time.time(), tuple(notes)))
        except OSError as error:
            self.say(f"The list of processes cannot be written to {self.folder}: {error.strerror}.")

    def restarts(self) -> dict[str, int]:
        """Return how often each program had to be started again."""
        return {child.program.name: child.restarts for child in self._children}

    def stop(self) -> None:
        """Ask every process to end, last started first, and wait; kill what does not end."""
        for child in reversed(self._children):
            process = child.process
            if process is None or process.poll() is not None:
                continue
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.say(f"{child.program.name} did not end within {STOP_SECONDS:.0f} s and was killed.")
                process.kill()
                process.wait()
        with suppress(FileNotFoundError):
            (self.folder / "children.json").unlink()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stop_asked = True

    def _launch(self, child: _Child) -> None:
        log = self.folder / "logs" / f"{child.program.name}.log"
        with suppress(FileNotFoundError):
            if log.stat().st_size > LOG_LIMIT_BYTES:
                log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as out:
            child.process = subprocess.Popen(  # noqa: S603 - the argument lists are our own
                child.program.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=dict(self.environment)
            )
        child.started, child.started_at = time.monotonic(), time.time()
        child.due = 0.0
        child.cpu_last = 0.0
        self._note_children()

    def _restart_ended(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.due:
                    child.restarts += 1
                    self._launch(child)
                continue
            status = child.process.poll()
            if status is None:
                if now - child.started > STEADY_SECONDS:
                    child.delay = FIRST_RESTART_SECONDS
                continue
            child.cpu_of_ended += child.cpu_last
            child.process = None
            child.due = now + child.delay
            log = self.folder / "logs" / f"{child.program.name}.log"
            self.say(f"{child.program.name} ended with status {status}; it starts again in {child.delay:.1f} s. See {log}.")
            child.delay = min(LAST_RESTART_SECONDS, child.delay * 2)

    def _note_children(self) -> None:
        """Remember the processes, so that a next run can end them should this one be killed."""
        rows = []
        for child in self._children:
            if child.process is None:
                continue
            with suppress(psutil.Error):
                rows.append({"pid": child.process.pid, "created": psutil.Process(child.process.pid).create_time()})
        path = self.folder / "children.json"
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps({"supervisor": os.getpid(), "children": rows}), encoding="utf-8")
        temporary.replace(path)


def supervisor_running(folder: Path) -> bool:
    """Tell whether the supervisor that wrote `folder/children.json` still lives."""
    noted = _read_note(folder)
    if noted is None:
        return False
    pid = noted.get("supervisor")
    if not isinstance(pid, int) or pid == os.getpid():
        return False
    try:
        return any("citysquare" in part for part in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def end_leftovers(folder: Path) -> None:
    """End processes that a killed supervisor left behind. A process id that now belongs to another process is left alone."""
    noted = _read_note(folder)
    rows = noted.get("children") if noted is not None else None
    if not isinstance(rows, list):
        return
    left: list[psutil.Process] = []
    for row in rows:
        try:
            process = psutil.Process(int(row["pid"]))
            if abs(process.create_time() - float(row["created"])) < 1.0:
                process.terminate()
                left.append(process)
        except (psutil.Error, KeyError, TypeError, ValueError):
            continue
    _, alive = psutil.wait_procs(left, timeout=STOP_SECONDS)
    for process in alive:
        with suppress(psutil.Error):
            process.kill()


def _read_note(folder: Path) -> dict[str, object] | None:
    try:
        noted = json.loads((folder / "children.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return noted if isinstance(noted, dict) else None
