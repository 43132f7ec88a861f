"""Searches through the API: the log is told how much each of them found, nothing too (LED Art. 25)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from django.utils import timezone

from citysquare.platform import audit
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Actor, Subject

Answer = TypeVar("Answer")

SEARCHES = frozenset({Action.OBSERVATIONS_LIST, Action.OBSERVATIONS_COUNT, Action.HOLD_LIST})
"""Questions about what happened before cameras, and about cases."""
_NOT_THERE = 404


def counted(answer: Callable[[], Answer], *, actor: Actor, action: Action, asked: audit.Details) -> Answer:
    """Return the answer to a question that was allowed, once the log has how much was found.

    Raises what it raises, and AuditUnavailable.
    """
    if action not in SEARCHES:
        return answer()
    try:
        found = answer()
    except DomainError as error:
        if error.status == _NOT_THERE:
            _note(actor, action, asked, 0)
        raise
    _note(actor, action, asked, results_of(found))
    return found


def results_of(answer: object) -> int:
    """Return how many things an answer holds: those of a list, or the one."""
    items = answer.get("items") if isinstance(answer, Mapping) else getattr(answer, "items", None)
    return len(items) if isinstance(items, Sequence) else 1


def _note(actor: Actor, action: Action, asked: audit.Details, results: int) -> None:
    subject = Subject("organisation", actor.organisation, actor.organisation)
    details = {**asked, "results": results}
    audit.record(actor=actor, action=action, subject=subject, outcome="found", at=timezone.now(), details=details)
