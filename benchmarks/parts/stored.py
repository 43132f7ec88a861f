"""What a recording holds: the same ruler for every recorder.

Where the clip's pictures are known, their order in the files is compared with their order in the clip, so that no recorder's own times or
own ledger is believed. Otherwise the steps of time between pictures are looked at.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
from av.error import FFmpegError

from .clip import fingerprint

_SUFFIXES = (".mp4", ".mkv", ".part")


@dataclass(frozen=True, slots=True)
class Kept:
    """One camera's recording."""

    pictures: int
    missing: int
    """Pictures that are not there between the first and the last one that are."""
    strange: int
    """Pictures that are none of the clip's: altered, or cut."""


def kept(folder: Path, order: dict[bytes, int] | None) -> Kept:
    """Look at one camera's files."""
    places: list[int] = []
    times: list[float] = []
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES):
        try:
            with av.open(str(path), format="matroska" if path.suffix == ".mkv" else "mp4") as source:
                stream = source.streams.video[0]
                for packet in source.demux(stream):
                    if not packet.size:
                        continue
                    place = order.get(fingerprint(bytes(packet)), -1) if order is not None else len(places)
                    places.append(place)
                    times.append(float((packet.dts or 0) * packet.time_base))
        except (FFmpegError, IndexError):
            continue  # begun and still empty, or cut off: what it lacks shows in the count
    if places and places[-1] < 0:
        places.pop()  # cut off where the recorder was told to end
    strange = sum(place < 0 for place in places)
    missing = _missing_places([place for place in places if place >= 0], len(order)) if order else _missing_steps(times)
    return Kept(len(places) - strange, missing, strange)


def _missing_places(places: list[int], loop: int) -> int:
    """Count the pictures left out; one that comes twice counts as a whole loop, which nobody can overlook."""
    return sum((after - before - 1) % loop for before, after in pairwise(places))


def _missing_steps(times: list[float]) -> int:
    steps = [after - before for before, after in pairwise(times)]
    if not steps:
        return 0
    usual = statistics.median(steps) or 1.0
    return sum(round(step / usual) - 1 for step in steps if step > 1.5 * usual)
