"""What really was to be seen in a loop, as JSON lines."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from citysquare.simulator.loops import FPS, LoopSpec
from citysquare.simulator.sprites import Drawn
from citysquare.simulator.traffic import Mover


class Truth:
    """Ground truth as JSON lines: a `loop` line, a `frame` line per picture, a `thing` line per thing."""

    def __init__(self, spec: LoopSpec, movers: list[Mover]) -> None:
        """Begin with nothing seen."""
        self._spec, self._movers = spec, movers
        self._frames: list[dict[str, Any]] = []
        self._seen: dict[int, list[int]] = {}

    def note(self, number: int, drawn: list[tuple[Mover, Drawn]]) -> None:
        """Write down what can be seen in a picture."""
        for mover, _ in drawn:
            self._seen.setdefault(mover.track, []).append(number)
        things = [{"track": mover.track, "class": mover.kind, **what.as_truth(mover)} for mover, what in drawn]
        self._frames.append({"type": "frame", "n": number, "t": round(number / FPS, 4), "things": things})

    def lines(self) -> bytes:
        """Give the whole truth."""
        spec = self._spec
        counts = Counter(mover.kind for mover in self._movers if mover.track in self._seen)
        head = {
            "type": "loop",
            "scene": spec.scene,
            "variant": spec.variant,
            "seed": spec.seed,
            "width": spec.width,
            "height": spec.height,
            "fps": FPS,
            "hour": spec.hour,
            "weather": spec.weather,
            "split": spec.split,
            "frames": spec.frames,
            "things": dict(sorted(counts.items())),
        }
        things = [
            {
                "type": "thing",
                "track": mover.track,
                "class": mover.kind,
                "enter": round(self._seen[mover.track][0] / FPS, 4),
                "leave": round(self._seen[mover.track][-1] / FPS, 4),
                "plate": mover.plate.plain if mover.plate else None,
                "country": mover.plate.country if mover.plate else None,
            }
            for mover in self._movers
            if mover.track in self._seen
        ]
        return "".join(json.dumps(line) + "\n" for line in (head, *self._frames, *things)).encode()
