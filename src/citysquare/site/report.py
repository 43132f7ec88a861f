"""What a span of the demo recorded, saw and cost, as figures."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

import psutil

from citysquare import __version__
from citysquare.apps.observations import queries as observations
from citysquare.engine.footage import FootageReader
from citysquare.engine.model import GapCause, StreamKind, ticks_from_datetime
from citysquare.site.supervisor import Supervisor


class Report(TypedDict):
    """The JSON file of `./do demo --report FILE`."""

    version: str
    start: str
    end: str
    cameras: int
    stored_seconds: float
    gaps: dict[str, float]
    dropped_by_us: float
    tracks: int
    cpu_seconds: float
    cpu_seconds_by_process: dict[str, float]
    simulator_cpu_seconds: float
    restarts: dict[str, int]
    wall_seconds: float
    bytes: int


@dataclass(slots=True)
class Measurement:
    """Counts from `begin` to `close`."""

    store: Path
    cameras: Mapping[str, str]
    started: datetime
    started_monotonic: float
    cpu_before: dict[str, float]
    own_cpu_before: float
    ended: datetime = field(init=False)
    wall_seconds: float = field(init=False, default=0.0)
    cpu_after: dict[str, float] = field(init=False, default_factory=dict)
    own_cpu_after: float = field(init=False, default=0.0)

    @classmethod
    def begin(cls, store: Path, cameras: Mapping[str, str], supervisor: Supervisor) -> Measurement:
        """Start counting now."""
        return cls(store, cameras, datetime.now(UTC), time.monotonic(), supervisor.cpu_seconds(), _own_cpu_seconds())

    def tick(self, supervisor: Supervisor) -> None:
        """Note the processes' CPU seconds, so that those of one that ends are not lost."""
        supervisor.cpu_seconds()

    def close(self, supervisor: Supervisor) -> None:
        """Stop counting now."""
        self.ended = datetime.now(UTC)
        self.wall_seconds = time.monotonic() - self.started_monotonic
        self.cpu_after = supervisor.cpu_seconds()
        self.own_cpu_after = _own_cpu_seconds()

    def report(self, supervisor: Supervisor) -> Report:
        """Return the figures; to be asked after the processes have stopped, when everything they knew is on disk."""
        start, end = ticks_from_datetime(self.started), ticks_from_datetime(self.ended)
        totals = [
            figures
            for key, figures in FootageReader(self.store).totals(start, end).items()
            if key.kind is StreamKind.MAIN and key.camera in self.cameras
        ]
        gaps: dict[str, float] = {}
        for figures in totals:
            for cause, seconds in figures.gaps.items():
                gaps[cause.value] = gaps.get(cause.value, 0.0) + seconds
        cpu = {name: after - self.cpu_before.get(name, 0.0) for name, after in self.cpu_after.items()}
        simulator = cpu.pop("simulator", 0.0)
        cpu["supervisor"] = self.own_cpu_after - self.own_cpu_before
        return Report(
            version=__version__,
            start=_iso(self.started),
            end=_iso(self.ended),
            cameras=len(self.cameras),
            stored_seconds=round(sum(figures.stored_seconds for figures in totals), 2),
            gaps={cause: round(seconds, 2) for cause, seconds in sorted(gaps.items())},
            dropped_by_us=round(gaps.get(GapCause.DROPPED_BY_US.value, 0.0), 2),
            tracks=observations.count_finished(since=self.started, until=self.ended, cameras=tuple(self.cameras)),
            cpu_seconds=round(sum(cpu.values()), 2),
            cpu_seconds_by_process={name: round(seconds, 2) for name, seconds in sorted(cpu.items())},
            simulator_cpu_seconds=round(simulator, 2),
            restarts=supervisor.restarts(),
            wall_seconds=round(self.wall_seconds, 2),
            bytes=sum(figures.bytes for figures in totals),
        )


def _own_cpu_seconds() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
