"""The guided first visit: a few pages, one after the other, each with a sentence on what it is for.

Each room registers its own steps; a person walks through those whose pages the policy opens to them. Where they are in the tour is kept in
the session; that they have seen or skipped it is kept with the person (`accounts`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

from citysquare.platform.policy import Action, Actor, Facts, Subject, offered

SESSION_KEY = "tour"

FindPage = Callable[[Actor], str | None]
"""Returns the address of a step's page for a person; None when there is nothing to show yet."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stop. `target` is a CSS selector of the part of the page it speaks of."""

    key: str
    order: int
    action: Action
    title: str | Promise
    text: str | Promise
    find: FindPage
    target: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A step as a page shows it."""

    key: str
    title: str
    text: str
    url: str
    target: str
    number: int
    count: int

    @property
    def is_first(self) -> bool:
        """Whether nothing lies before it."""
        return self.number == 1

    @property
    def is_last(self) -> bool:
        """Whether nothing follows."""
        return self.number == self.count


_steps: dict[str, Step] = {}


def register(step: Step) -> None:
    """Make a step known; the same key again replaces it."""
    _steps[step.key] = step


def stops(actor: Actor) -> list[Stop]:
    """Return the stops of a person's tour, in order."""
    found: list[tuple[Step, str]] = []
    for step in sorted(_steps.values(), key=lambda step: step.order):
        if not offered(actor, step.action, Subject("page", step.key, actor.organisation), Facts()).allowed:
            continue
        url = step.find(actor)
        if url is not None:
            found.append((step, url))
    return [
        Stop(step.key, str(step.title), str(step.text), url, step.target, number, len(found)) for number, (step, url) in enumerate(found, 1)
    ]


def current(request: HttpRequest, actor: Actor) -> Stop | None:
    """Return the stop at which the person is; None outside of the tour."""
    session = getattr(request, "session", None)
    key = session.get(SESSION_KEY) if session is not None and actor.is_known else None
    return next((stop for stop in stops(actor) if stop.key == key), None) if key else None


def go(request: HttpRequest, actor: Actor, way: str) -> Stop | None:
    """Move to the `first`, `next` or `back` stop and return it; None when the tour is over."""
    listed = stops(actor)
    here = current(request, actor)
    place = {"first": 0, "next": here.number if here else 0, "back": here.number - 2 if here else 0}.get(way, -1)
    if not 0 <= place < len(listed):
        request.session.pop(SESSION_KEY, None)
        return None
    request.session[SESSION_KEY] = listed[place].key
    return listed[place]
