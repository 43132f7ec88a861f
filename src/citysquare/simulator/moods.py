"""What the light and the weather are: a mood decides how a scene is lit, how far one sees, and how much the sensor suffers.

The bounds of dusk and night are those of the town at the equinoxes, so a loop's mood follows from its hour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

DayLight = Literal["day", "dusk", "night"]
Weather = Literal["clear", "rain", "fog", "snow"]
WEATHERS: tuple[Weather, ...] = get_args(Weather)
LIGHTS: tuple[DayLight, ...] = get_args(DayLight)
_NIGHT_ENDS, _DAY_BEGINS, _DUSK_BEGINS, _NIGHT_BEGINS = 5.0, 6.5, 18.0, 20.5


@dataclass(frozen=True, slots=True)
class Mood:
    """Light and weather of a loop; neither changes within it."""

    light: DayLight = "day"
    weather: Weather = "clear"

    @property
    def plain(self) -> bool:
        """Whether it is a clear day, for which nothing special has to be drawn."""
        return self.light == "day" and self.weather == "clear"

    @property
    def falling(self) -> bool:
        """Whether rain or snow falls, so that every part of every picture changes."""
        return self.weather in {"rain", "snow"}

    @property
    def lamps(self) -> bool:
        """Whether lamps are lit: from dusk to dawn, and by day when it is hard to see."""
        return self.light != "day" or self.weather != "clear"


CLEAR_DAY = Mood()


def mood_of(hour: float, weather: str) -> Mood:
    """Give the mood at an hour of the day (0 to 24, local time) in a weather. Raises ValueError for an hour or a weather that is none."""
    if not 0.0 <= hour <= 24.0:
        raise ValueError(f"The hour {hour} is not one of a day: give a number from 0 to 24.")
    if weather not in WEATHERS:
        raise ValueError(f"The weather {weather!r} is not known: give one of {', '.join(WEATHERS)}.")
    if hour < _NIGHT_ENDS or hour >= _NIGHT_BEGINS:
        return Mood("night", weather)
    if hour < _DAY_BEGINS or hour >= _DUSK_BEGINS:
        return Mood("dusk", weather)
    return Mood("day", weather)
