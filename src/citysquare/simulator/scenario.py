"""Scenarios: a versioned programme for many cameras over the hours of a day, for benchmarks that shall be comparable.

`python -m citysquare.simulator.scenario verify bench-day` computes from the plans alone, without drawing a picture, how much moves in it,
and prints the figures and the hash. The hash is over the scenario's canonical JSON (sorted keys, no spaces, UTF-8) and the renderer's
sources: figures measured under one hash may be compared with each other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.loops import LoopSpec, renderer_version
from citysquare.simulator.schedule import Programme

LEAST_MOVEMENT = 0.30
LEAST_VEHICLES = 400.0
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class Scenario:
    """A programme read from `scenarios/NAME-VERSION.json`. `cameras` are scenes in the cameras' order; `parts` come again and again."""

    name: str
    version: int
    text: str

    @classmethod
    def named(cls, name: str) -> Scenario:
        """Read the newest version. Raises SimulatorError when there is none of that name."""
        folder = files("citysquare.simulator").joinpath("scenarios")
        kept = sorted(place.name for place in folder.iterdir() if place.name.endswith(".json"))
        versions = {int(one[len(name) + 1 : -5]): one for one in kept if re.fullmatch(rf"{re.escape(name)}-\d+\.json", one)}
        if not _NAME.fullmatch(name) or not versions:
            there = ", ".join(sorted({re.sub(r"-\d+\.json$", "", one) for one in kept}))
            raise SimulatorError(f"There is no scenario {name[:60]!r}; there is {there}.")
        newest = max(versions)
        return cls(name, newest, folder.joinpath(versions[newest]).read_text(encoding="utf-8"))

    @cached_property
    def content(self) -> dict[str, Any]:
        """What the file says."""
        loaded: dict[str, Any] = json.loads(self.text)
        return loaded

    @property
    def cameras(self) -> tuple[str, ...]:
        """Scenes in the cameras' order."""
        return tuple(self.content["cameras"])

    @property
    def hash(self) -> str:
        """SHA-256 over the canonical JSON and the renderer."""
        canonical = json.dumps(self.content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode() + b"\0" + renderer_version().encode()).hexdigest()

    def programme(self, number: int) -> Programme:
        """Give the part shown as the `number`-th, counted on over the days."""
        content = self.content
        parts = content["parts"]
        part = parts[number % len(parts)]
        loops = tuple(
            tuple(
                LoopSpec(scene, variant, content["seed"], seconds, hour=part["hour"], weather=part["weather"], split=content["split"])
                for variant, seconds in part["loops"]
            )
            for scene in content["cameras"]
        )
        return Programme(loops, float(part["lasts"]))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a scenario holds over a day: share of camera-seconds with movement, and vehicles an hour for each camera on a main road."""

    movement: float
    vehicles: float
    camera_seconds: float
    main_roads: int
    by_part: tuple[tuple[str, float, float], ...]

    @property
    def holds(self) -> bool:
        """Whether it is as busy as promised."""
        return self.movement >= LEAST_MOVEMENT and self.vehicles >= LEAST_VEHICLES


def measure(scenario: Scenario, cameras: int | None = None) -> Figures:
    """Compute the figures from the plans; `cameras` takes only the first ones."""
    from citysquare.simulator.movement import Sight  # noqa: PLC0415  # only who measures loads the drawing libraries

    names = scenario.cameras[:cameras]
    sights = {name: Sight.of(name, scenario.content["split"]) for name in dict.fromkeys(names)}
    parts, moving, total, vehicles, hours = [], 0.0, 0.0, 0.0, 0.0
    for number, part in enumerate(scenario.content["parts"]):
        programme = scenario.programme(number)
        lasts = float(part["lasts"])
        shares, counts = [], []
        for name, loops in zip(names, programme.loops, strict=False):
            busy = [sights[name].busy(spec) for spec in loops]
            seconds = sum(spec.seconds for spec in loops)
            shares.append(sum(each.moving_seconds for each in busy) / seconds)
            if sights[name].main_road:
                counts.append(sum(each.vehicles for each in busy) / seconds * 3600)
        moving += sum(shares) * lasts
        total += len(shares) * lasts
        vehicles += sum(counts) * lasts
        hours += len(counts) * lasts
        label = f"{part['hour']:g} h {part['weather']}"
        parts.append((label, sum(shares) / len(shares), sum(counts) / max(len(counts), 1)))
    roads = sum(sights[name].main_road for name in names)
    return Figures(moving / total, vehicles / max(hours, 1e-9), total, roads, tuple(parts))


def main(given: Sequence[str] | None = None) -> int:
    """Run `verify NAME`; returns 0 when the scenario is as busy as promised, 1 when not, 2 when there is none."""
    parser = argparse.ArgumentParser(prog="python -m citysquare.simulator.scenario", description="Verify a scenario from its plans.")
    parser.add_argument("act", choices=("verify",))
    parser.add_argument("name")
    parser.add_argument("--cameras", type=int, default=None, help="only the first N cameras")
    options = parser.parse_args(given)
    try:
        scenario = Scenario.named(options.name)
    except SimulatorError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    figures = measure(scenario, options.cameras)
    for label, share, count in figures.by_part:
        sys.stdout.write(f"  {label:<14} movement {share:6.1%}   vehicles {count:6.0f} an hour on a main road\n")
    sys.stdout.write(
        f"{scenario.name}-{scenario.version}: movement in {figures.movement:.1%} of {figures.camera_seconds:.0f} camera-seconds "
        f"(at least {LEAST_MOVEMENT:.0%}), {figures.vehicles:.0f} vehicles an hour on each of {figures.main_roads} main roads "
        f"(at least {LEAST_VEHICLES:.0f})\nhash {scenario.hash}\n"
    )
    return 0 if figures.holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
