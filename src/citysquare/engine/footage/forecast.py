"""What a store has room for, and when it will have to delete footage that retention would still keep: the `space` part of `status.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

NEAR_HOURS = 24.0
"""A deletion for want of room nearer than this is warned of."""

VolumeState = Literal["ok", "full", "failed", "missing"]
SpaceWarning = Literal["space.deletion_near", "space.deleting", "space.only_held"]
_STATES: tuple[VolumeState, ...] = ("ok", "full", "failed", "missing")
_WARNINGS: tuple[SpaceWarning, ...] = ("space.deletion_near", "space.deleting", "space.only_held")


@dataclass(frozen=True, slots=True)
class VolumeReport:
    """One volume of a store."""

    id: str
    """Empty for the store's own folder, which holds the index too."""
    folder: str
    state: VolumeState
    free: int
    """Bytes an unprivileged writer may still use; 0 where it is missing."""
    used: int
    """Bytes of closed footage files on it."""


@dataclass(frozen=True, slots=True)
class SpaceReport:
    """Room and footage of a store at one moment. Sizes in bytes."""

    free: int
    """Of all volumes together."""
    budget: int | None
    used: int
    """Closed and open footage files."""
    held_bytes: int
    """Files that a hold keeps."""
    kept_track_bytes: int
    """Files that only a kept track keeps."""
    kept_span_seconds: float | None
    """Footage of the camera that has least of it, held footage apart; None without any."""
    bytes_per_second: int
    """What is being written."""
    hours_left_until_deletion: float | None
    """Until footage goes that retention would still keep; 0 while it does, None where room suffices for the retention."""
    warning: SpaceWarning | None
    """`space.deletion_near`: within a day. `space.deleting`: for want of room, now. `space.only_held`: nothing is left that may go."""
    volumes: tuple[VolumeReport, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return it as the status file has it."""
        return asdict(self)


def space_from_json(found: Mapping[str, Any] | None) -> SpaceReport | None:
    """Return the space part of a status file; None where there is none. Raises ValueError, KeyError or TypeError for something else."""
    if found is None:
        return None
    warning, hours, span, budget = found["warning"], found["hours_left_until_deletion"], found["kept_span_seconds"], found["budget"]
    if warning is not None and warning not in _WARNINGS:
        raise ValueError("a warning that is none")
    return SpaceReport(
        free=int(found["free"]),
        budget=None if budget is None else int(budget),
        used=int(found["used"]),
        held_bytes=int(found["held_bytes"]),
        kept_track_bytes=int(found["kept_track_bytes"]),
        kept_span_seconds=None if span is None else float(span),
        bytes_per_second=int(found["bytes_per_second"]),
        hours_left_until_deletion=None if hours is None else float(hours),
        warning=warning,
        volumes=tuple(_volume(row) for row in found["volumes"]),
    )


def _volume(row: Mapping[str, Any]) -> VolumeReport:
    if row["state"] not in _STATES:
        raise ValueError("a state that is none")
    return VolumeReport(str(row["id"]), str(row["folder"]), row["state"], int(row["free"]), int(row["used"]))


def hours_until_deletion(*, room: int, bytes_per_second: float, oldest_age: float, retention: float | None) -> float | None:
    """Return the hours until want of room deletes footage that retention would keep; None where it never does at this rate.

    `room` is what may still be written (0 or less: it deletes already), `oldest_age` the seconds of the oldest footage that is not held.
    Once that is as old as the retention, as much is deleted as is written, and nothing grows any more.
    """
    if room <= 0:
        return 0.0
    if bytes_per_second <= 0:
        return None
    seconds = room / bytes_per_second
    if retention is not None and seconds >= retention - oldest_age:
        return None
    return seconds / 3600
