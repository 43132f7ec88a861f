"""Time-stamps of an authority (RFC 3161): what the platform and the rooms ask for, and the composition root fetches.

Whoever asks goes on without one where none comes, says so, and asks again later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Stamped:
    """An authority's answer, checked, and the time that it names."""

    token: bytes
    at: datetime


Stamper = Callable[[bytes], Stamped | None]
"""Asks for a stamp over these bytes; None when the authority does not answer as it should."""

_registered: list[Stamper] = []


def use(stamper: Stamper) -> None:
    """Make known who asks the authority; another one takes the place of the one before."""
    _registered[:] = [stamper]


def is_wanted() -> bool:
    """Say whether an authority is set up."""
    return bool(settings.CITYSQUARE.tsa_url)


def stamp(message: bytes) -> Stamped | None:
    """Return a time-stamp over `message`; None where no authority is set up or it does not answer as it should. Blocks for seconds."""
    if not is_wanted():
        return None
    return next((found for stamper in _registered if (found := stamper(message)) is not None), None)
