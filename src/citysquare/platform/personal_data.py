"""What each room holds on a person: registered by the rooms, so that nobody has to know them all.

A room registers one Holding in its `ready()`. The answer to a request for access is the sum of all exports; erasing keeps
what a law or an open case demands, and says so in its result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

Record = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class Holding:
    """One room's personal data."""

    name: str
    """Room and kind, such as `accounts.person`."""
    title: str | Promise
    legal_basis: str | Promise
    retention: str | Promise
    export: Callable[[str], Sequence[Record]]
    """Return all records on the person with this identifier."""
    erase: Callable[[str, datetime], int]
    """Erase what may be erased and return the number of records."""


_holdings: dict[str, Holding] = {}


def register(holding: Holding) -> None:
    """Make a holding known; the same name again replaces it."""
    _holdings[holding.name] = holding


def holdings() -> list[Holding]:
    """Return all holdings by name."""
    return [_holdings[name] for name in sorted(_holdings)]


def export(person: str) -> dict[str, list[Record]]:
    """Return everything held on a person, by holding."""
    return {holding.name: list(holding.export(person)) for holding in holdings()}


def erase(person: str, *, at: datetime) -> dict[str, int]:
    """Erase what may be erased, and return the number of records by holding."""
    return {holding.name: holding.erase(person, at) for holding in holdings()}
