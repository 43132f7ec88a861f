"""What the rooms hold: each registers its data classes, so that nobody has to know them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.utils.functional import Promise

CHUNK = 500
"""Identifiers in one question to the database."""


@dataclass(frozen=True, slots=True)
class Expired:
    """One thing that is over its time, and the time it ages by."""

    id: str
    at: datetime


def nothing_is_held(_ids: Sequence[str], _at: datetime) -> frozenset[str]:
    """Answer for a class that no hold can speak about."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class Held:
    """One data class of a room. None of the functions may leave a transaction open."""

    data_class: str
    """As the packs call it; it stands in the log and never changes."""
    title: str | Promise
    """What is kept, in the words of a page."""
    purpose: str | Promise
    """What for."""
    find_expired: Callable[[datetime, datetime, int], Sequence[Expired]]
    """Given a time, now, and a number: return up to so many things whose time is not later, oldest first; none that is held now."""
    delete: Callable[[Sequence[str]], int]
    """Delete these within the caller's transaction and return how many there were; those that are gone already are no error."""
    remaining: Callable[[Sequence[str]], frozenset[str]]
    """Return which of these are still there."""
    count: Callable[[], int]
    """Return how many there are in all."""
    held: Callable[[Sequence[str], datetime], frozenset[str]] = nothing_is_held
    """Return which of these are held now. Asked again inside the transaction that deletes."""
    kept_for: Callable[[], timedelta | None] = lambda: None
    """The city's own time, where a setting has one; the pack's limit bounds it."""
    by_age: bool = True
    """False: goes only by `purge`, or has an end of its own."""
    had_no_end: bool = False
    """Earlier versions kept it for ever: on their installations it ages only from `clock.begins` on."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A data class that others delete by rules of their own, or that is not shortened: the page names it all the same."""

    data_class: str
    title: str | Promise
    purpose: str | Promise
    how: str | Promise
    """Who deletes it, and how, in one sentence."""
    kept_for: Callable[[], timedelta | None] = lambda: None


_held: dict[str, Held] = {}
_mentioned: dict[str, Mentioned] = {}


def register(held: Held) -> None:
    """Make a data class known; the same one again replaces it."""
    _held[held.data_class] = held


def mention(mentioned: Mentioned) -> None:
    """Let the page name a data class; the same one again replaces it."""
    _mentioned[mentioned.data_class] = mentioned


def all_mentioned() -> list[Mentioned]:
    """Return what is only named, by name."""
    return [_mentioned[name] for name in sorted(_mentioned)]


def unregister(data_class: str) -> None:
    """Forget a data class."""
    _held.pop(data_class, None)


def all_held() -> list[Held]:
    """Return all data classes by name."""
    return [_held[name] for name in sorted(_held)]


def held_of(data_class: str) -> Held | None:
    """Return a data class; None for one that no room registers."""
    return _held.get(data_class)


def chunks(ids: Iterable[str], size: int = CHUNK) -> Iterator[list[str]]:
    """Yield identifiers in portions that every database takes in one question."""
    left = iter(ids)
    while portion := list(islice(left, size)):
        yield portion
