"""What really was to be seen in a loop, as JSON lines; `truth.schema.json` describes every one of them.

A `loop` line comes first and lists what stands parked or moored throughout; then a `frame` line for each picture, a `thing` line for
everybody who was seen, a `crossing` line for each pass over one of the scene's lines, and an `event` line for each event. Boxes and
corners are pixels of the main stream, the middle of the top left pixel being (0, 0); ground points are metres in the scene's own
coordinates (x to the right, y ahead, z up); speeds metres per second along the way; headings degrees clockwise from the scene's y
axis; seconds count from the loop's first picture.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from math import degrees
from typing import Any

from citysquare.simulator.events import Happening
from citysquare.simulator.loops import FPS, LoopSpec
from citysquare.simulator.parked import Parked
from citysquare.simulator.plans import Crossing, LoopPlan, crossings
from citysquare.simulator.sprites import Drawn
from citysquare.simulator.traffic import Mover, Scripted

VERSION = 1


def schema() -> dict[str, Any]:
    """Give the JSON Schema of a line."""
    loaded: dict[str, Any] = json.loads(files("citysquare.simulator").joinpath("truth.schema.json").read_bytes())
    return loaded


class Truth:
    """Collects what was drawn, picture by picture, and says all of it at the end."""

    def __init__(self, spec: LoopSpec, loop: LoopPlan, standing: Sequence[Parked] = ()) -> None:
        """Begin with nothing seen."""
        self._spec, self._loop, self._standing = spec, loop, standing
        self._frames: list[dict[str, Any]] = []
        self._seen: dict[int, dict[int, float]] = {}

    def note(self, number: int, drawn: list[tuple[Mover, Drawn]]) -> None:
        """Write down what can be seen in a picture."""
        second = number / FPS
        things = []
        for mover, what in drawn:
            if isinstance(mover, Scripted) and not mover.prop.reported:
                continue
            self._seen.setdefault(mover.track, {})[number] = what.hidden
            things.append({"track": mover.track, "class": mover.kind, **what.as_truth(mover), **_state(mover, second)})
        frame: dict[str, Any] = {"type": "frame", "n": number, "t": round(second, 4), "things": things}
        levels = [happening.level(second) for happening in self._loop.happenings if happening.level]
        if levels:
            frame["level"] = round(max(levels), 3)
        self._frames.append(frame)

    def lines(self) -> bytes:
        """Give the whole truth."""
        seen = [mover for mover in self._loop.movers if mover.track in self._seen]
        said = [
            self._head(Counter(mover.kind for mover in seen)),
            *self._frames,
            *(self._thing(mover) for mover in seen),
            *(self._crossing(crossing) for crossing in crossings(self._loop)),
            *(self._event(happening) for happening in self._loop.happenings),
        ]
        return "".join(json.dumps(line) + "\n" for line in said).encode()

    def _head(self, counts: Counter[str]) -> dict[str, Any]:
        spec, scene = self._spec, self._loop.scene
        view = scene.view
        return {
            "type": "loop",
            "version": VERSION,
            "scene": spec.scene,
            "variant": spec.variant,
            "seed": spec.seed,
            "width": spec.width,
            "height": spec.height,
            "fps": FPS,
            "frames": spec.frames,
            "hour": spec.hour,
            "weather": spec.weather,
            "split": spec.split,
            "events": list(spec.events),
            "view": {"position": list(view.position), "yaw": view.yaw, "pitch": view.pitch, "fov": view.fov},
            "lines": [{"name": line.name, "a": list(line.a), "b": list(line.b)} for line in scene.lines],
            "main_road": scene.main_road,
            "things": dict(sorted(counts.items())),
            "standing": [_parked(one) for one in self._standing],
        }

    def _thing(self, mover: Mover) -> dict[str, Any]:
        numbers = self._seen[mover.track]
        said: dict[str, Any] = {
            "type": "thing",
            "track": mover.track,
            "class": mover.kind,
            "enter": round(min(numbers) / FPS, 4),
            "leave": round(max(numbers) / FPS, 4),
            "plate": mover.plate.plain if mover.plate else None,
            "country": mover.plate.country if mover.plate else None,
        }
        if mover.person and mover.person.stroller:
            said["with"] = "stroller"
        return said

    def _crossing(self, crossing: Crossing) -> dict[str, Any]:
        hidden = self._seen.get(crossing.mover.track, {}).get(round(crossing.second * FPS), 1.0)
        return {
            "type": "crossing",
            "t": round(crossing.second, 4),
            "track": crossing.mover.track,
            "class": crossing.mover.kind,
            "line": crossing.line,
            "direction": crossing.direction,
            "speed": round(crossing.speed, 3),
            "hidden": round(hidden, 3),
        }

    def _event(self, happening: Happening) -> dict[str, Any]:
        start, end = happening.start, happening.end
        numbers = [number for track in happening.tracks for number in self._seen.get(track, ())]
        if happening.while_seen and numbers:
            start, end = min(numbers) / FPS, max(numbers) / FPS
        said: dict[str, Any] = {
            "type": "event",
            "kind": happening.kind,
            "start": round(start, 4),
            "end": round(end, 4),
            "place": [round(value, 2) for value in happening.place],
            "tracks": list(happening.tracks),
        }
        if happening.level:
            said["peak"] = round(max(happening.level(number / FPS) for number in range(self._spec.frames)), 3)
        return said


def _parked(one: Parked) -> dict[str, Any]:
    """Say what stands parked."""
    return {
        "class": one.kind,
        "box": list(one.box),
        "hidden": round(one.hidden, 3),
        "ground": [round(value, 3) for value in one.ground],
        "heading": round(one.heading, 1) % 360.0,
    }


def _state(mover: Mover, second: float) -> dict[str, Any]:
    """Where a thing is and how it moves."""
    metres = mover.metres(second) or 0.0
    (x, y), heading = mover.pose(metres)
    state: dict[str, Any] = {
        "ground": [round(x, 3), round(y, 3)],
        "speed": round(mover.speed_at(second), 3),
        "heading": round((90.0 - degrees(heading)) % 360.0, 1) % 360.0,
    }
    if isinstance(mover, Scripted):
        state["height"] = round(mover.where(metres)[2], 3)
    if mover.person and mover.person.stroller:
        state["with"] = "stroller"
    return state
