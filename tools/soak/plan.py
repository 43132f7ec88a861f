"""What goes wrong when: a pure function of the seed, so that a run can be repeated and one that was cut short goes on as it would have."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from citysquare.simulator.faults import Fault, FaultScript
from citysquare.simulator.faults.script import KINDS, MOST_FAULTS

CALM_SECONDS = 15.0
"""At either end nothing is done to cameras or processes: recording begins, and comes back."""

EVENTS: dict[str, tuple[float, float]] = {
    "kill recorder": (0, 0),
    "stop recorder": (0.5, 8),
    "kill supervisor": (0.5, 5),
    "stop supervisor": (1, 10),
    "kill analysis": (0, 0),
    "stop analysis": (1, 20),
    "lock index": (1, 15),
    "refuse writes": (1, 12),
    "refuse files": (1, 12),
    "hide store": (1, 10),
    "damage node file": (1, 10),
    "kill all": (0.5, 5),
}
"""What can happen to processes and disk, and for how many seconds at least and at most."""

_CAMERA_PAUSES = (5.0, 30.0)
_CAMERA_FAULTS = (0.5, 10.0)
_EVENT_PAUSES = (4.0, 20.0)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing done to the node, `at` seconds after its start and for so many `seconds`."""

    at: float
    kind: str
    seconds: float


def events(seed: int, seconds: float) -> list[Event]:
    """Return what is done to processes and disk. Each kind comes once before any comes again."""
    random = Random(f"{seed}:events")  # noqa: S311  # must repeat with the seed
    made: list[Event] = []
    bag: list[str] = []
    at = CALM_SECONDS
    while True:
        if not bag:
            bag = random.sample(list(EVENTS), len(EVENTS))
        kind = bag.pop()
        lasts = round(random.uniform(*EVENTS[kind]), 2)
        if at + lasts > seconds - CALM_SECONDS:
            return made
        made.append(Event(round(at, 2), kind, lasts))
        at += lasts + random.uniform(*_EVENT_PAUSES)


def script(seed: int, camera: str, seconds: float) -> FaultScript:
    """Return what is wrong with a camera. A long run spreads the most faults a script may have over its time."""
    random = Random(f"{seed}:{camera}")  # noqa: S311  # as above
    usual = (sum(_CAMERA_PAUSES) + sum(_CAMERA_FAULTS)) / 2
    slower = max(1.0, seconds / usual / (MOST_FAULTS - 50))
    made: list[Fault] = []
    bag: list[str] = []
    at = CALM_SECONDS + slower * random.uniform(*_CAMERA_PAUSES)
    while len(made) < MOST_FAULTS:
        if not bag:
            bag = random.sample(list(KINDS), len(KINDS))
        kind = bag.pop()
        lasts = random.uniform(*_CAMERA_FAULTS)
        if at + lasts > seconds - CALM_SECONDS:
            break
        settings = {name: random.choice(choice.words) if choice.words else choice.default for name, choice in KINDS[kind].items()}
        made.append(Fault(kind, round(at, 2), round(lasts, 2), settings))
        at += lasts + slower * random.uniform(*_CAMERA_PAUSES)
    return FaultScript(tuple(made))


def rest_of(faults: FaultScript, done: float, first: float) -> FaultScript:
    """Return what is left of a script after `done` seconds, for a camera that counts its pictures' time from `first` seconds on."""
    left = [f for f in faults.faults if f.at >= done]
    return FaultScript(tuple(Fault(f.kind, f.at - done + first, f.seconds, f.settings) for f in left))
