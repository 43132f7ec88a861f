"""How often somebody may ask: buckets by person, address or token, and the middleware that counts each page that is opened.

A refused page is answered with 429, `Retry-After` and a sentence. That somebody was refused stands in the audit log, up to a bound:
nobody may fill it. What is counted lives in the web process's memory; after a restart everybody begins anew. Programs with a token
have a limit of their own (`platform.api`), failed sign-ins one in the database (`accounts`), a search for cameras one in its room.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from citysquare.platform import audit
from citysquare.platform.doors import actor_of, door_of
from citysquare.platform.pages import refusal
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.platform.problems import API_PATH

CODE = "http.too_many_requests"

_MOST_CALLERS = 10_000


@dataclass(slots=True)
class _Bucket:
    level: float
    at: datetime


@dataclass(slots=True)
class Limit:
    """A bucket for each key that holds `size` and fills by `per_second`; who asks takes one out. In this process's memory alone."""

    size: float
    per_second: float
    _buckets: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, key: str, *, at: datetime) -> float:
        """Take one and return 0, or return the seconds after which there will be one again."""
        with self._lock:
            bucket = self._buckets.setdefault(key, _Bucket(self.size, at))
            passed = max((at - bucket.at).total_seconds(), 0.0)
            bucket.level = min(self.size, bucket.level + passed * self.per_second)
            bucket.at = at
            self._buckets.move_to_end(key)
            while len(self._buckets) > _MOST_CALLERS:
                self._buckets.popitem(last=False)
            if bucket.level < 1:
                return (1 - bucket.level) / self.per_second
            bucket.level -= 1
            return 0.0

    def forget(self) -> None:
        """Let everybody begin anew."""
        with self._lock:
            self._buckets.clear()


LIMITS = {
    "address": Limit(size=300, per_second=10),
    "pages": Limit(size=300, per_second=10),
    "searches": Limit(size=60, per_second=1),
    "exports": Limit(size=20, per_second=1 / 30),
}
"""So many at once, then so many a second. `address` counts for who is not signed in, the others for each person. A wall with its fragments
asks once a second; who reads what they find does not search twice a second; a file of everything is made twice a minute at most."""

_SEARCHES = (Action.OBSERVATIONS_COUNT, Action.OBSERVATIONS_LIST, Action.AUDIT_READ, Action.AUDIT_NAMES, Action.EXHIBIT_LIST)
_EXPORTS = (Action.OBSERVATIONS_EXPORT, Action.AUDIT_EXPORT, Action.EXHIBIT_ASK, Action.EXHIBIT_FETCH)
_KINDS = {**dict.fromkeys(_SEARCHES, "searches"), **dict.fromkeys(_EXPORTS, "exports")}

_noted = Limit(size=5, per_second=1 / 600)
"""So many refusals of one person stand in the log at once, then one each ten minutes."""


def forget_limits() -> None:
    """Let everybody begin anew."""
    for limit in (*LIMITS.values(), _noted):
        limit.forget()


class PaceMiddleware:
    """Counts each page before it is opened; the API counts by token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase], *, clock: Callable[[], datetime] = timezone.now) -> None:
        """Remember the rest of the chain."""
        self.get_response = get_response
        self._clock = clock

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], _args: tuple[object, ...], _kwargs: dict[str, object]
    ) -> HttpResponseBase | None:
        """Answer who asks too often; let everybody else in."""
        at = self._clock()
        actor = actor_of(request)
        if not actor.is_known:
            by_program = request.path.startswith(API_PATH) and "Authorization" in request.headers
            wait = 0.0 if by_program else LIMITS["address"].wait(str(request.META.get("REMOTE_ADDR", "")), at=at)
            return _too_often(request, wait) if wait else None
        door = door_of(view)
        for kind in {"pages", _KINDS.get(door.action, "pages") if door is not None and door.action is not None else "pages"}:
            wait = LIMITS[kind].wait(actor.id, at=at)
            if wait:
                _note(actor, door.action if door is not None else None, kind, at)
                return _too_often(request, wait)
        return None


def _too_often(request: HttpRequest, wait: float) -> HttpResponseBase:
    seconds = math.ceil(wait)
    message = _("You have asked for much in a short time. Wait %(seconds)d s and try again.") % {"seconds": seconds}
    response = refusal(request, status=429, code=CODE, message=message)
    response.headers["Retry-After"] = str(seconds)
    return response


def _note(actor: Actor, action: Action | None, kind: str, at: datetime) -> None:
    """Log a refused act. Raises AuditUnavailable."""
    if action is None or _noted.wait(actor.id, at=at):
        return
    subject = Subject("organisation", actor.organisation, actor.organisation)
    audit.record(actor=actor, action=action, subject=subject, outcome="refuse", at=at, details={"rule": f"pace.{kind}"})
