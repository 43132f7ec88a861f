"""The recorder's state as a small file, so that other processes can show it without asking the recorder."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from citysquare.engine.footage.files import replace_file
from citysquare.engine.footage.forecast import SpaceReport, space_from_json
from citysquare.engine.model import GapCause, StreamKey, StreamKind
from citysquare.engine.ports import FileSystem

STATUS = "status.json"
_MOST_BYTES = 4 * 1024 * 1024
ClockSource = Literal["rtcp"]
"""The recorder hears cameras' clocks in their sender reports only: it never asks over ONVIF; the site does, and keeps the answer itself."""
_CLOCK_SOURCES: dict[str | None, ClockSource] = {"rtcp": "rtcp"}


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """What one stream is doing."""

    key: StreamKey
    state: Literal["recording", "gap"]
    cause: GapCause | None
    """Why there is a gap; None while recording."""
    since: int
    """Ticks from which this has been so."""
    last_picture: int | None
    """Ticks of the last picture that arrived since the recorder started."""
    width: int | None
    height: int | None
    codec_string: str | None
    fps: float
    """Pictures a second over the last 5 s; so is the next."""
    bits_per_second: int
    dropped_by_us_seconds: float
    """Footage lost through our own fault since the recorder started."""
    silent_since: int | None = None
    """Ticks of the last picture (of the switch-on where there was none yet), once 10 s have passed without one; else None."""
    camera_clock_error: float | None = None
    """The camera's clock minus ours, in seconds; None where the camera does not tell the time."""
    camera_clock_source: ClockSource | None = None
    """Where that is known from."""
    camera_clock_at: int | None = None
    """Ticks at which the camera last told the time."""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The state of all streams at one moment."""

    at: int
    """Ticks. A recorder that runs writes each second: an old report says that it does not."""
    streams: tuple[StreamStatus, ...]
    space: SpaceReport | None = None
    """Room and its forecast; None until the recorder has looked for the first time."""
    clock_error: float = 0.0
    """The machine's clock minus the recorder's wall time, in seconds: what is taken in slowly after a step (docs/design/time.md)."""


def write_status(files: FileSystem, root: Path, report: StatusReport) -> None:
    """Replace the status file in one step. Raises StoreError."""
    rows = [
        {"camera": s.key.camera, "kind": s.key.kind, "state": s.state, "cause": s.cause, "since": s.since, "last_picture": s.last_picture}
        | {"width": s.width, "height": s.height, "codec_string": s.codec_string, "fps": s.fps, "bits_per_second": s.bits_per_second}
        | {"dropped_by_us_seconds": s.dropped_by_us_seconds, "silent_since": s.silent_since}
        | {"camera_clock_error": s.camera_clock_error, "camera_clock_source": s.camera_clock_source, "camera_clock_at": s.camera_clock_at}
        for s in report.streams
    ]
    space = report.space.as_json() if report.space else None
    content = {"version": 1, "at": report.at, "clock_error": report.clock_error, "streams": rows, "space": space}
    replace_file(files, root, STATUS, json.dumps(content).encode(), sync=False)


def read_report(root: Path) -> StatusReport | None:
    """Return the last written state; None when there is none, or none that can be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        with (root / STATUS).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
        streams = tuple(_stream(row) for row in found["streams"])
        return StatusReport(int(found["at"]), streams, space_from_json(found.get("space")), float(found.get("clock_error", 0.0)))
    return None


def read_status(root: Path) -> list[StreamStatus]:
    """Return the streams of the last written state; empty when there is none."""
    report = read_report(root)
    return list(report.streams) if report else []


def _stream(row: dict[str, Any]) -> StreamStatus:
    return StreamStatus(
        key=StreamKey(str(row["camera"]), StreamKind(row["kind"])),
        state="recording" if row["cause"] is None else "gap",
        cause=None if row["cause"] is None else GapCause(row["cause"]),
        since=int(row["since"]),
        last_picture=_maybe(row["last_picture"]),
        width=_maybe(row["width"]),
        height=_maybe(row["height"]),
        codec_string=None if row["codec_string"] is None else str(row["codec_string"]),
        fps=float(row["fps"]),
        bits_per_second=int(row["bits_per_second"]),
        dropped_by_us_seconds=float(row["dropped_by_us_seconds"]),
        silent_since=_maybe(row.get("silent_since")),
        camera_clock_error=None if row.get("camera_clock_error") is None else float(row["camera_clock_error"]),
        camera_clock_source=_CLOCK_SOURCES.get(row.get("camera_clock_source")),
        camera_clock_at=_maybe(row.get("camera_clock_at")),
    )


def _maybe(number: Any) -> int | None:  # noqa: ANN401 - whatever the file holds
    return None if number is None else int(number)
