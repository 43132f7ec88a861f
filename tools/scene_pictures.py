"""Takes the pictures of the twin town that the docs show: `./do run python tools/scene_pictures.py [scene ...]`.

One picture per layout: by day, below it by night and in rain, at a moment with much traffic, as the cameras film it (with the sensor's
noise, before coding). One more shows the further places of the same layouts. Written to docs/pictures/scenes/.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from citysquare.simulator.loops import FPS, LoopSpec
from citysquare.simulator.moods import mood_of
from citysquare.simulator.plans import plan_loop
from citysquare.simulator.scenes import SCENES, scene_named
from citysquare.simulator.scenes.further import FURTHER
from citysquare.simulator.staging import staged
from citysquare.simulator.strip import Strip

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "scenes"
FURTHER_NAMES = [scene.name for scene in FURTHER]
NAMES = [name for name in SCENES if name not in FURTHER_NAMES]
DRAWN = (1440, 810)
MOODS = ((14.0, "clear"), (21.0, "clear"), (16.0, "rain"))
LARGEST_BYTES = 120_000
Picture = npt.NDArray[Any]


def shot(name: str, hour: float, weather: str) -> Picture:
    """Film one picture of a scene, at the fullest of some moments of its first loop."""
    width, height = DRAWN
    spec = LoopSpec(name, 0, 1, seconds=24, width=width, height=height, hour=hour, weather=weather)
    scene, stage, air = staged(scene_named(name).sized(width, height), mood_of(hour, weather))
    movers = plan_loop(scene, spec).movers
    strip = Strip(stage, spec, mood_of(hour, weather), air)
    moments = range(3 * FPS, 21 * FPS, 10)
    best = max(moments, key=lambda number: sum(mover.metres(number / FPS) is not None for mover in movers))
    strip.draw(scene, movers, best)
    planes = np.concatenate([plane.reshape(-1) for plane in strip.planes()]).reshape(height * 3 // 2, width)
    return cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)


def shrunk(picture: Picture, width: int) -> Picture:
    """Give a picture at a width."""
    return cv2.resize(picture, (width, width * 9 // 16), interpolation=cv2.INTER_AREA)


def keep(name: str, picture: Picture) -> None:
    """Write a picture as well as `LARGEST_BYTES` allow."""
    coded = np.zeros(0, np.uint8)
    for quality in range(84, 40, -4):
        _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1])
        if coded.size <= LARGEST_BYTES:
            break
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.jpg").write_bytes(coded.tobytes())
    print(f"{name}.jpg: {coded.size} bytes at quality {quality}", flush=True)


def main(wanted: list[str]) -> None:
    """Take the pictures of the named scenes, or of all; `further` is the sheet of further places."""
    for name in [name for name in NAMES if not wanted or name in wanted]:
        day, night, rain = (shot(name, *mood) for mood in MOODS)
        keep(name, np.vstack([shrunk(day, 960), np.hstack([shrunk(night, 480), shrunk(rain, 480)])]))
    if not wanted or "further" in wanted:
        small = [shrunk(shot(name, *MOODS[0]), 320) for name in FURTHER_NAMES]
        keep("further", np.vstack([np.hstack(small[row : row + 3]) for row in range(0, len(small), 3)]))


if __name__ == "__main__":
    main(sys.argv[1:])
