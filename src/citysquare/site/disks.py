"""`citysquare disks`: how much disk so many cameras need, and how much is written to it. docs/how-to/plan-the-disks.md has the formula."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from citysquare.site.running import say

CONTAINER_BYTES_PER_SECOND = 605
"""What the files hold beside the coded pictures: 604 bytes a second measured at 25 pictures and 2 fragments a second."""
INDEX_BYTES_PER_MINUTE = 1000
"""A segment's row in the index: 983 bytes measured."""
WRITES_PER_SECOND = 2.0
"""A fragment every half second for each stream."""
RESERVE = 0.10
"""Of the volume, kept free: file systems slow down when full, and cameras send more on rainy nights."""

_DAY = 86_400
_MOST_CAMERAS, _MOST_MBIT, _MOST_DAYS = 100_000, 1000.0, 3660.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be recorded. Rates in Mbit/s (10^6), as cameras count them."""

    cameras: int
    mbit: float
    days: float
    sub_mbit: float = 0.5
    ring_minutes: float = 10.0


@dataclass(frozen=True, slots=True)
class Need:
    """What it takes: bytes (disks count in powers of ten), and bytes and operations a second."""

    main: int
    sub: int
    index: int
    written_per_second: float
    writes_per_second: float

    @property
    def kept(self) -> int:
        """Footage and index: the value for `store_budget_bytes`."""
        return self.main + self.sub + self.index

    @property
    def volume(self) -> int:
        """The smallest volume that leaves the reserve free."""
        return math.ceil(self.kept / (1 - RESERVE))


def need(plan: Plan) -> Need:
    """Compute it."""
    seconds, streams = plan.days * _DAY, 2 if plan.sub_mbit else 1
    main, sub = _rate(plan.mbit), _rate(plan.sub_mbit) if plan.sub_mbit else 0.0
    ring = min(plan.ring_minutes * 60, seconds)
    return Need(
        main=math.ceil(plan.cameras * seconds * main),
        sub=math.ceil(plan.cameras * ring * sub),
        index=math.ceil(plan.cameras * (seconds + (ring if sub else 0)) / 60 * INDEX_BYTES_PER_MINUTE),
        written_per_second=plan.cameras * (main + sub),
        writes_per_second=plan.cameras * streams * WRITES_PER_SECOND,
    )


def _rate(mbit: float) -> float:
    return mbit * 1_000_000 / 8 + CONTAINER_BYTES_PER_SECOND


def main(arguments: Sequence[str]) -> int:
    """Print what is needed; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="./do disks", description="Say how much disk so many cameras need, and how much is written to it."
    )
    parser.add_argument("--cameras", type=_number(_MOST_CAMERAS), required=True, metavar="N", help="how many")
    parser.add_argument(
        "--mbit", type=_number(_MOST_MBIT), required=True, metavar="X", help="Mbit/s of each main stream, as set in the camera"
    )
    parser.add_argument("--days", type=_number(_MOST_DAYS), default=3.0, metavar="D", help="days to keep (3, the default of 72 hours)")
    parser.add_argument(
        "--sub-mbit", type=_number(_MOST_MBIT, 0), default=0.5, metavar="X", help="Mbit/s of each small stream (0.5); 0: none"
    )
    parser.add_argument("--ring-minutes", type=_number(1440), default=10.0, metavar="M", help="minutes small streams are kept (10)")
    options = parser.parse_args(list(arguments))
    plan = Plan(math.ceil(options.cameras), options.mbit, options.days, options.sub_mbit, options.ring_minutes)
    for line in report(plan):
        say(line)
    return 0


def _number(most: float, least: float = 1e-9) -> Callable[[str], float]:
    """Return a reader of numbers within bounds, for argparse."""

    def number(text: str) -> float:
        value = float(text)
        if not least <= value <= most:  # also refuses what is no number at all
            raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and {most:g}")
        return value

    return number


def report(plan: Plan) -> list[str]:
    """Return the lines to print."""
    found = need(plan)
    hours = math.floor(plan.days * 24)
    return [
        f"{plan.cameras} cameras with {plan.mbit:g} Mbit/s, kept {plan.days:g} days:",
        f"  footage        {_size(found.main):>10}",
        f"  small streams  {_size(found.sub):>10}   (a ring of {plan.ring_minutes:g} minutes)",
        f"  index          {_size(found.index):>10}",
        f"  volume         {_size(found.volume):>10}   with a tenth kept free",
        f"  written        {found.written_per_second / 1e6:>7.1f} MB/s   in {found.writes_per_second:.0f} writes a second, day and night",
        f"  in a year      {_size(found.written_per_second * 365 * _DAY):>10}   for the endurance (TBW) of solid-state disks",
        "In citysquare.toml:",
        f"  store_budget_bytes = {found.kept:_}",
        f"  footage_retention_hours = {max(1, hours)}",
        f"  sub_retention_minutes = {max(1, round(plan.ring_minutes))}",
    ]


def _size(count: float) -> str:
    for unit, size in (("TB", 1e12), ("GB", 1e9)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e6:.1f} MB"
