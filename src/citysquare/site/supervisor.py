"""Starts the platform's processes on one machine, restarts what ends, stops them in order.

Each process fails alone: the recorder goes on when analysis or web are down, and the other way round. A supervisor that is killed ends
nothing: a `lasting` program runs on, and the next supervisor takes it over without a pause; the others it starts anew. What a process
prints goes to its own file in the log folder.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import BinaryIO

import psutil

from citysquare.site import children
from citysquare.site.processes import NOTE_SECONDS, Pace, ProcessNote, ProcessReport, memory_bytes, write_process_report

LOG_LIMIT_BYTES = 10_000_000
"""A log file larger than this at a start is put aside as `.1`."""

FIRST_RESTART_SECONDS = 0.5
LAST_RESTART_SECONDS = 30.0
STEADY_SECONDS = 30.0
"""A process that ran this long starts with the first delay again."""

STOP_SECONDS = children.STOP_SECONDS

TICK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Program:
    """One process to keep running."""

    name: str
    argv: tuple[str, ...]
    lasting: bool = False
    """Goes on when its supervisor is killed, until the next one takes it over. Its command line names the installation."""


@dataclass(slots=True)
class _Child:
    program: Program
    process: children.Process | None = None
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
        """End what an earlier run left behind, but for what can be kept; then start every other program."""
        with suppress(OSError):  # a folder that takes no file is no reason not to record
            (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        kept = {p.name: found for p in self.programs if p.lasting and (found := children.adopted(self.folder, p.name, p.argv))}
        pids = [process.pid for process in kept.values()]
        children.end_leftovers(self.folder, sparing=pids)
        for program in self.programs:
            if program.lasting:
                children.end_strays(program.argv, sparing=pids)
            self._take_in(_Child(program), kept.get(program.name))

    def add(self, programs: Sequence[Program]) -> None:
        """Start more programs, behind those that run."""
        for program in programs:
            self._take_in(_Child(program), None)

    def _take_in(self, child: _Child, kept: children.Adopted | None) -> None:
        self._children.append(child)
        if kept is None:
            self._launch(child)
            return
        child.process, child.started, child.started_at = kept, time.monotonic(), kept.created
        self.say(f"{child.program.name} has run on without a supervisor and goes on.")
        self._note_children()

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
                process.send_signal(signal.SIGTERM)
                process.send_signal(signal.SIGCONT)  # what is stopped cannot end
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.say(f"{child.program.name} did not end within {STOP_SECONDS:.0f} s and was killed.")
                process.send_signal(signal.SIGKILL)
                process.wait()
        with suppress(OSError):
            (self.folder / children.FILE).unlink()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stop_asked = True

    def _launch(self, child: _Child) -> None:
        """Start a program. A system that has no room for it just now is asked again later."""
        try:
            with self._log_of(child) as out:
                child.process = subprocess.Popen(  # noqa: S603 - the argument lists are our own
                    child.program.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=dict(self.environment)
                )
        except OSError as error:
            self.say(f"{child.program.name} cannot be started: {error.strerror}; it is tried again in {child.delay:.1f} s.")
            self._put_off(child)
            return
        child.started, child.started_at = time.monotonic(), time.time()
        child.due = 0.0
        child.cpu_last = 0.0
        self._note_children()

    def _log_of(self, child: _Child) -> BinaryIO:
        """Open a program's log; a folder that takes no file is no reason not to start it. Raises OSError."""
        log = self.folder / "logs" / f"{child.program.name}.log"
        try:
            with suppress(FileNotFoundError):
                if log.stat().st_size > LOG_LIMIT_BYTES:
                    log.replace(log.with_suffix(".log.1"))
            return log.open("ab")
        except OSError as error:
            self.say(f"{log} cannot be written: {error.strerror}. {child.program.name} runs without a log.")
            return Path(os.devnull).open("ab")

    def _put_off(self, child: _Child) -> None:
        child.process = None
        child.due = time.monotonic() + child.delay
        child.delay = min(LAST_RESTART_SECONDS, child.delay * 2)

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
            log = self.folder / "logs" / f"{child.program.name}.log"
            how = "" if status == children.UNKNOWN_STATUS else f" with status {status}"
            self.say(f"{child.program.name} ended{how}; it starts again in {child.delay:.1f} s. See {log}.")
            self._put_off(child)

    def _note_children(self) -> None:
        """Remember the processes, so that a next run can take them over or end them should this one be killed."""
        running = [child for child in self._children if child.process is not None]
        rows = [children.row(c.program.name, c.program.argv, c.process.pid) for c in running if c.process is not None]
        try:
            children.write_note(self.folder, [row for row in rows if row is not None])
        except OSError as error:
            self.say(f"The list of processes cannot be written to {self.folder}: {error.strerror}.")
