"""How the platform learns who a token belongs to: the room of accounts registers its reader, so that nothing here knows that room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from citysquare.platform import audit
from citysquare.platform.errors import DomainError
from citysquare.platform.pace import Limit
from citysquare.platform.policy import Action, Actor, Subject

REQUESTS_PER_MINUTE = 300
REQUESTS_AT_ONCE = 60
"""What one caller may ask for: so much a minute on average, and so much in one go."""

REFUSALS_LOGGED = 20
REFUSALS_WINDOW = timedelta(minutes=10)
"""The log takes so many entries of refused tokens from one address within the window: nobody may fill it."""


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
