"""The analysis' state as a small file beside the node file, so that other processes can show how far it is and what it costs."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "analysis.json"
_MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CameraCost:
    """What the analysis of one camera did since the process began."""

    camera: str
    through: int | None
    """Ticks up to which pictures were looked at."""
    pictures: int
    """Coded pictures that arrived."""
    decoded: int
    suspects: int
    """Pictures that the decoder refused or found damaged."""
    tracks: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class AnalysisReport:
    """The state of the analysis at one moment."""

    at: int
    """Ticks. An analysis that runs writes every few seconds: an old report says that it does not."""
    waiting: int
    """Batches of tracks that the sink has not taken yet."""
    lost: int
    """Tracks that were refused for too long and are gone."""
    cameras: tuple[CameraCost, ...]


def write_analysis_report(folder: Path, report: AnalysisReport) -> None:
    """Replace the file in one step. Raises OSError."""
    place = folder / FILE
    new = place.with_suffix(".new")
    new.write_text(json.dumps({"version": 1, **asdict(report)}), encoding="utf-8")
    new.replace(place)


def read_analysis_report(folder: Path) -> AnalysisReport | None:
    """Return the last written state; None when there is none, or none that can be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        with (folder / FILE).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
        cameras = tuple(
            CameraCost(
                camera=str(row["camera"]),
                through=None if row["through"] is None else int(row["through"]),
                pictures=int(row["pictures"]),
                decoded=int(row["decoded"]),
                suspects=int(row["suspects"]),
                tracks=int(row["tracks"]),
                cpu_seconds=float(row["cpu_seconds"]),
            )
            for row in found["cameras"]
        )
        return AnalysisReport(at=int(found["at"]), waiting=int(found["waiting"]), lost=int(found["lost"]), cameras=cameras)
    return None
