"""How the platform learns who a token belongs to: the room of accounts registers its reader, so that nothing here knows that room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from citysquare.platform import audit
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Actor, Subject

REQUESTS_PER_MINUTE = 300
REQUESTS_AT_ONCE = 60
"""What one caller may ask for: so much a minute on average, and so much in one go."""

REFUSALS_LOGGED = 20
REFUSALS_WINDOW = timedelta(minutes=10)
"""The log takes so many entries of refused tokens from one address within the window: nobody may fill it."""

_MOST_CALLERS = 10_000


class BadToken(DomainError):
    """A token that opens nothing. `subject` names it where it is known."""

    code = "api.bad_token"
    status = 401
    subject = Subject("token", "")


TokenReader = Callable[[str, datetime], Actor]
"""Takes a token and the time; returns whose it is, or raises a BadToken."""

_readers: list[TokenReader] = []


def register_reader(reader: TokenReader) -> None:
    """Let `reader` say whose a token is."""
    _readers[:] = [reader]


def actor_of_token(token: str, *, at: datetime) -> Actor:
    """Return whose a token is.

    Raises BadToken, also while nobody knows tokens.
    """
    if not _readers:
        raise BadToken("No tokens are known here.")
    return _readers[0](token, at)


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


requests = Limit(REQUESTS_AT_ONCE, REQUESTS_PER_MINUTE / 60)
_refusals = Limit(REFUSALS_LOGGED, REFUSALS_LOGGED / REFUSALS_WINDOW.total_seconds())


def forget_limits() -> None:
    """Let everybody begin anew."""
    requests.forget()
    _refusals.forget()


def note_refusal(error: BadToken, *, address: str, route: str, at: datetime) -> None:
    """Log that a token was refused; the token itself never stands in the log.

    Raises AuditUnavailable.
    """
    if _refusals.wait(address, at=at):
        return
    who = Actor.anonymous() if not error.subject.id else Actor.token(error.subject.id, error.subject.owner, frozenset())
    details = {"code": error.code, "route": route}
    audit.record(actor=who, action=Action.TOKEN_USE, subject=error.subject, outcome="refuse", at=at, details=details)
