"""What the supervisor tells about its processes: a small file in the data folder that pages and metrics read."""

from __future__ import annotations

import contextlib
import json
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

FILE = "processes.json"
NOTE_SECONDS = 5.0
_SAMPLES = 12
STALE_SECONDS = 20.0
"""An older note means that no supervisor runs."""
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProcessNote:
    """One process."""

    name: str
    running: bool
    since: float
    """Seconds since 1970 when it was last started."""
    restarts: int
    cpu_seconds: float
    """User plus system, with its children and over its restarts."""
    cores: float
    """Processor it took over the last minute, in cores."""
    memory: int
    """Bytes: PSS of the process and its children where the system tells it, else RSS."""


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """All processes at one moment."""

    at: float
    """Seconds since 1970."""
    processes: tuple[ProcessNote, ...]


class Pace:
    """How much processor each process took of late, from its seconds so far at each note."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._samples: deque[tuple[float, dict[str, float]]] = deque(maxlen=_SAMPLES)

    def add(self, at: float, cpu_seconds: dict[str, float]) -> dict[str, float]:
        """Take the seconds at a monotonic time and return the cores over the time that is remembered, about a minute."""
        self._samples.append((at, cpu_seconds))
        before, then = self._samples[0]
        span = at - before
        return {name: max(0.0, now - then.get(name, now)) / span if span > 0 else 0.0 for name, now in cpu_seconds.items()}


def write_process_report(folder: Path, report: ProcessReport) -> None:
    """Replace the file in one step. Raises OSError."""
    place = folder / FILE
    new = place.with_suffix(".new")
    new.write_text(json.dumps({"version": 1, **asdict(report)}), encoding="utf-8")
    new.replace(place)


def read_process_report(folder: Path) -> ProcessReport | None:
    """Return the last note; None when there is none, or none that can be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        with (folder / FILE).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
        notes = tuple(
            ProcessNote(
                name=str(row["name"]),
                running=bool(row["running"]),
                since=float(row["since"]),
                restarts=int(row["restarts"]),
                cpu_seconds=float(row["cpu_seconds"]),
                cores=float(row["cores"]),
                memory=int(row["memory"]),
            )
            for row in found["processes"]
        )
        return ProcessReport(float(found["at"]), notes)
    return None


def memory_bytes(pid: int) -> int:
    """Return the memory of a process and its children; shared pages count in part (PSS). 0 when it is gone."""
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)] if pid != psutil.Process().pid else [process]:
            with contextlib.suppress(psutil.Error):
                total += _own_memory(each)
    return total


def _own_memory(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    return int(getattr(full, "pss", 0) or full.rss)
