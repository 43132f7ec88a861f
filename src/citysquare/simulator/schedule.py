"""What each camera is to show and for how long: one programme for good, the phases of the day, or a scenario's parts in turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.hours import PHASES, hour_of, phase_at, seconds_to_next
from citysquare.simulator.loops import LoopSpec
from citysquare.simulator.moods import WEATHERS

VARIANT_SECONDS = (24, 30)
EVENT_VARIANT = 2
"""Number of the loop that shows what was ordered; it is shown first and then every second time."""

EVENT_SECONDS = 48
_AFTERNOON = 8
"""So many cameras stay with the hour and weather asked for, when there is to be variety."""

SPLITS = ("show", "train", "test")
_ROOM = {"wrong_way": "road", "stopped_vehicle": "road", "crowd": "walk", "left_object": "walk", "flood": "walk"}
"""Events of the same room stand in each other's way: no camera shows two of them. A flood drowns where people walk."""

_WHERE = re.compile(r"@cam(\d{1,3})(?=@|$)")


@dataclass(frozen=True, slots=True)
class Wish:
    """How the town is to be: hour of the day (0 to 24), weather, split of looks, and events by number of the camera, from 0."""

    hour: float = 14.0
    weather: str = "clear"
    split: str = "show"
    events: tuple[tuple[int, str], ...] = ()
    variety: bool = False

    def checked(self) -> Wish:
        """Give itself. Raises SimulatorError with a sentence for what is not possible."""
        if not 0.0 <= self.hour <= 24.0:
            raise SimulatorError(f"The hour must be between 0 and 24, not {self.hour:g}.")
        if self.weather not in WEATHERS:
            raise SimulatorError(f"The weather must be one of {', '.join(WEATHERS)}, not {self.weather[:40]!r}.")
        if self.split not in SPLITS:
            raise SimulatorError(f"The split must be one of {', '.join(SPLITS)}, not {self.split[:40]!r}.")
        return self


VARIETY = ((19.25, "clear"), (22.5, "clear"), (14.0, "rain"), (10.0, "fog"), (21.5, "rain"), (12.0, "snow"), (8.0, "clear"), (6.0, "clear"))
"""Hours and weathers of the cameras from the ninth on, when the town shall show what it can."""


@dataclass(frozen=True, slots=True)
class Programme:
    """Loops by camera, in the cameras' order, and for how many seconds they are shown; None for good."""

    loops: tuple[tuple[LoopSpec, ...], ...]
    lasts: float | None = None

    def wanted(self) -> list[LoopSpec]:
        """List each loop once, the first of every camera before the second of any: a camera can be seen as soon as it has one."""
        longest = max((len(loops) for loops in self.loops), default=0)
        ordered = (loops[turn] for turn in range(longest) for loops in self.loops if turn < len(loops))
        return list(dict.fromkeys(ordered))


class Schedule(Protocol):
    """Programmes one after the other."""

    def programme(self, number: int) -> Programme:
        """Give the programme that is shown as number 0, 1, 2 and so on."""
        ...


def loops_for(scene: str, seed: int, wish: Wish, events: Sequence[str] = ()) -> tuple[LoopSpec, ...]:
    """List a camera's loops; one with events comes first."""
    plain = [
        LoopSpec(scene, variant, seed, seconds, hour=wish.hour, weather=wish.weather, split=wish.split)
        for variant, seconds in enumerate(VARIANT_SECONDS)
    ]
    if not events:
        return tuple(plain)
    eventful = replace(plain[0], variant=EVENT_VARIANT, seconds=EVENT_SECONDS, events=tuple(events))
    return (eventful, *plain)


def town(scenes: Sequence[str], seed: int, wish: Wish, lasts: float | None = None) -> Programme:
    """Make the programme of all cameras."""
    listed = []
    for index, scene in enumerate(scenes):
        own = wish
        if wish.variety and index >= _AFTERNOON:
            hour, weather = VARIETY[(index - _AFTERNOON) % len(VARIETY)]
            own = replace(wish, hour=hour, weather=weather)
        listed.append(loops_for(scene, seed, own, [text for number, text in wish.events if number == index]))
    return Programme(tuple(listed), lasts)


@dataclass(frozen=True, slots=True)
class Always:
    """One programme for good."""

    shown: Programme

    def programme(self, number: int) -> Programme:
        """Give the one there is."""
        del number
        return self.shown


@dataclass(frozen=True, slots=True)
class Clock:
    """The programme of the present phase of the day, by a clock that tells local time; the first lasts until that phase ends."""

    scenes: tuple[str, ...]
    seed: int
    wish: Wish
    began: datetime

    def programme(self, number: int) -> Programme:
        """Give the programme of the phase that is the `number`-th after the one it began in."""
        hour = hour_of(self.began)
        phase = PHASES[(phase_at(hour) + number) % len(PHASES)]
        lasts = seconds_to_next(hour if number == 0 else phase.begins)
        return town(self.scenes, self.seed, replace(self.wish, hour=phase.hour), lasts)


def placed_events(orders: Iterable[str], scenes: Sequence[str], possible: Callable[[str, str], bool]) -> tuple[tuple[int, str], ...]:
    """Read orders `KIND[=METRES][@camN][@SECOND]`; one without a camera goes to the first that can show it.

    A camera that already shows what it would stand in the way of is passed over, or refused when it was named.
    `possible(scene, order)` says whether it can, and raises SimulatorError for an order that is none.
    """
    placed: list[tuple[int, str]] = []
    for order in orders:
        named = _WHERE.search(order)
        text = _WHERE.sub("", order, count=1)
        able = [index for index, scene in enumerate(scenes) if possible(scene, text)]
        if named:
            index = int(named[1]) - 1
            if not 0 <= index < len(scenes):
                raise SimulatorError(f"There is no camera cam{named[1]} for the event {text}: there are cam1 to cam{len(scenes)}.")
            if index not in able:
                first = f"; cam{able[0] + 1} can" if able else ""
                raise SimulatorError(f"The camera cam{named[1]} cannot show the event {text}{first}.")
            able = [index]
        free = [index for index in able if all(_room(text) != _room(other) for at, other in placed if at == index)]
        if able and not free:
            raise SimulatorError(f"The event {text} would stand in the way of another at cam{able[0] + 1}; give it to another camera.")
        if not able:
            raise SimulatorError(f"None of the {len(scenes)} cameras can show the event {text}; ask for more cameras.")
        placed.append((free[0], text))
    return tuple(placed)


def _room(order: str) -> str:
    kind = re.split("[=@]", order, maxsplit=1)[0]
    return _ROOM.get(kind, kind)
