"""How much goes on at which hour, and into which phases a simulated day is cut.

The curves say how many things there are against 14 h of the same place. They are made up after the form that counts on working days
have in towns of this size - two peaks, of which the evening's is the broader, a night that is nearly empty, people on foot with a
third peak at noon - and not taken from any one count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

VEHICLES = (
    *(0.12, 0.07, 0.05, 0.05, 0.08, 0.20, 0.55, 1.25, 1.50, 1.10, 0.95, 0.95),
    *(1.00, 1.00, 1.00, 1.15, 1.40, 1.55, 1.25, 0.90, 0.60, 0.42, 0.30, 0.20),
)
PEOPLE = (
    *(0.06, 0.03, 0.02, 0.02, 0.03, 0.10, 0.35, 0.95, 1.20, 0.95, 1.00, 1.10),
    *(1.25, 1.10, 1.00, 1.10, 1.25, 1.40, 1.30, 1.00, 0.75, 0.50, 0.28, 0.14),
)
"""Share of 14 h at each full hour; between them straight lines, and 24 h is 0 h again."""

ON_FOOT = {"clear": 1.0, "rain": 0.6, "fog": 0.9, "snow": 0.5}
ON_TWO_WHEELS = {"clear": 1.0, "rain": 0.4, "fog": 0.8, "snow": 0.0}
"""Who stays at home in bad weather; those in cars do not."""


def busy(hour: float, kind: str) -> float:
    """How many things of a class there are at an hour of the day (0 to 24), against 14 h."""
    curve = PEOPLE if kind == "person" else VEHICLES
    at = hour % 24.0
    low = int(at) % 24
    return curve[low] + (curve[(low + 1) % 24] - curve[low]) * (at - int(at))


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the day that is shown with loops of one hour."""

    name: str
    begins: float
    hour: float


PHASES = (
    Phase("dawn", 5.0, 5.75),
    Phase("morning", 6.5, 7.75),
    Phase("forenoon", 9.0, 10.5),
    Phase("noon", 12.0, 13.0),
    Phase("afternoon", 15.0, 16.75),
    Phase("dusk", 18.0, 19.25),
    Phase("evening", 20.5, 21.5),
    Phase("night", 23.0, 2.0),
)


def phase_at(hour: float) -> int:
    """Which of `PHASES` an hour of the day (0 to 24) belongs to; before dawn it is still night."""
    begun = [number for number, phase in enumerate(PHASES) if phase.begins <= hour % 24.0]
    return begun[-1] if begun else len(PHASES) - 1


def hour_of(moment: datetime) -> float:
    """Give a moment's hour of the day in its own time zone, with minutes and seconds as its fraction."""
    return moment.hour + moment.minute / 60 + moment.second / 3600


def seconds_to_next(hour: float) -> float:
    """Count the seconds until the phase after this hour's begins."""
    following = PHASES[(phase_at(hour) + 1) % len(PHASES)]
    return ((following.begins - hour) % 24.0 or 24.0) * 3600.0
