"""Footage that is not to be deleted: holds, and the footage of kept tracks; and what the recorder says it has of each hold.

A *hold* keeps a camera's footage of some stretch of time, both streams, until it is lifted or its own end comes; nothing deletes it
meanwhile, not even a full volume. A *kept track* keeps its stretch of the main stream beyond the ordinary retention; where room is short
its footage goes after all other that is not held. A hold counts once the recorder has acknowledged it in `STORE/holds.json`.
"""

from __future__ import annotations

import contextlib
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citysquare.engine.footage.files import replace_file
from citysquare.engine.ports import FileSystem

HOLDS = "holds.json"
MOST_HOLDS = 10_000
MOST_KEPT_TRACKS = 200_000
MOST_MISSING = 100
"""Missing stretches named for one hold; more are joined with their neighbours."""
_MOST_BYTES = 64 * 1024 * 1024
_LATEST = 2**53
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Hold:
    """Footage of one camera that nothing may delete. Times are ticks."""

    id: str
    camera: str
    start: int
    end: int
    until: int | None = None
    """When the hold itself ends; None: not before it is lifted."""


@dataclass(frozen=True, slots=True)
class KeptTrack:
    """Footage of a track (or of several, joined) that is kept longer than other footage. Times are ticks."""

    camera: str
    start: int
    end: int
    until: int
    """When it becomes ordinary footage again."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the recorder has of a hold, whose footage it keeps from now on."""

    id: str
    start: int
    """The hold's range as the recorder knows it; so is the next."""
    end: int
    since: int
    """Ticks of the first acknowledgement of this hold with this range."""
    complete: bool
    """The whole range lies in the past and is there, all of it."""
    bytes: int
    """Size of the files that are held for it; files of several holds count for each."""
    missing: tuple[tuple[int, int], ...]
    """Stretches of the past that are not there: never captured, or deleted before the hold came. The two axes say which."""


@dataclass(frozen=True, slots=True)
class Acknowledgements:
    """The content of `holds.json`."""

    at: int
    """Ticks. A recorder that runs writes it anew each minute, and within seconds after a change."""
    holds: tuple[Acknowledgement, ...]


def read_acknowledgements(root: Path) -> Acknowledgements | None:
    """Return what the recorder last said of the holds of a store; None when it has said nothing, or nothing that can be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        with (root / HOLDS).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
        return Acknowledgements(int(found["at"]), tuple(_acknowledgement(row) for row in found["holds"]))
    return None


def _acknowledgement(row: Mapping[str, Any]) -> Acknowledgement:
    missing = tuple((int(start), int(end)) for start, end in row["missing"])
    facts = (int(row["start"]), int(row["end"]), int(row["since"]))
    return Acknowledgement(str(row["id"]), *facts, row["complete"] is True, int(row["bytes"]), missing)


def write_acknowledgements(files: FileSystem, root: Path, found: Acknowledgements) -> None:
    """Replace `holds.json` in one step and bring it onto the disk. Blocks; raises StoreError."""
    rows = [
        {"id": a.id, "start": a.start, "end": a.end, "since": a.since, "complete": a.complete, "bytes": a.bytes, "missing": a.missing}
        for a in found.holds
    ]
    replace_file(files, root, HOLDS, json.dumps({"version": 1, "at": found.at, "holds": rows}).encode())


def holds_to_json(holds: Iterable[Hold]) -> list[dict[str, object]]:
    """Return holds as the node file has them."""
    return [{"id": h.id, "camera": h.camera, "start": h.start, "end": h.end, "until": h.until} for h in holds]


def holds_from_json(rows: object) -> tuple[Hold, ...]:
    """Return the holds of a node file. Raises ValueError, KeyError or TypeError for what is none, or too many."""
    if not isinstance(rows, list) or len(rows) > MOST_HOLDS:
        raise ValueError("too many holds")
    holds = tuple(Hold(_name(row["id"]), _name(row["camera"]), *_range(row), _time_or_none(row.get("until"))) for row in rows)
    if len({hold.id for hold in holds}) != len(holds):
        raise ValueError("a hold named twice")
    return holds


def kept_tracks_to_json(tracks: Iterable[KeptTrack]) -> list[dict[str, object]]:
    """Return kept tracks as the node file has them."""
    return [{"camera": t.camera, "start": t.start, "end": t.end, "until": t.until} for t in tracks]


def kept_tracks_from_json(rows: object) -> tuple[KeptTrack, ...]:
    """Return the kept tracks of a node file. Raises ValueError, KeyError or TypeError for what is none, or too many."""
    if not isinstance(rows, list) or len(rows) > MOST_KEPT_TRACKS:
        raise ValueError("too many kept tracks")
    return tuple(KeptTrack(_name(row["camera"]), *_range(row), _time(row["until"])) for row in rows)


def _name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError("a name that is none")
    return value


def _time(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LATEST:
        raise ValueError("a time that is none")
    return value


def _time_or_none(value: object) -> int | None:
    return None if value is None else _time(value)


def _range(row: Mapping[str, Any]) -> tuple[int, int]:
    start, end = _time(row["start"]), _time(row["end"])
    if end <= start:
        raise ValueError("a stretch without length")
    return start, end


class Protected:
    """Stretches of time of each camera within which nothing is deleted: joined and in order, so that a look-up is cheap."""

    def __init__(self, stretches: Iterable[tuple[str, int, int]] = ()) -> None:
        """Take (camera, start, end) in any order."""
        self._stretches: dict[str, list[tuple[int, int]]] = {}
        for camera, start, end in sorted(stretches):
            known = self._stretches.setdefault(camera, [])
            if known and start <= known[-1][1]:
                known[-1] = (known[-1][0], max(known[-1][1], end))
            else:
                known.append((start, end))
        self._starts = {camera: [start for start, _ in known] for camera, known in self._stretches.items()}

    def of(self, camera: str) -> list[tuple[int, int]]:
        """Return a camera's stretches, joined and in order."""
        return self._stretches.get(camera, [])

    def end_of(self, camera: str, start: int, end: int) -> int | None:
        """Return the end of the last stretch that meets [start, end); None when none does, and what lies there may be deleted."""
        starts = self._starts.get(camera, [])
        at = bisect_right(starts, end - 1) - 1
        if at < 0:
            return None
        last = self._stretches[camera][at][1]
        return last if last > start else None


def protection(holds: Iterable[Hold], tracks: Iterable[KeptTrack], now: int) -> tuple[Protected, Protected]:
    """Return what nothing may delete at `now` (holds), and what retention may not delete (holds and kept tracks)."""
    held = [(hold.camera, hold.start, hold.end) for hold in holds if hold.until is None or hold.until > now]
    kept = [(track.camera, track.start, track.end) for track in tracks if track.until > now]
    return Protected(held), Protected([*held, *kept])
