"""Gathers what else counts in a decision: time, shift, authorisations and pack. The policy itself reads nothing.

A room below says once who is on duty (`register_duty`). What a page knows beside (a justification, seals) it passes in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from citysquare.platform import audit, authorisations, packs
from citysquare.platform.policy import FLOOR, RULES, Action, Actor, Facts, Justification, SealFact, Subject

Duty = Callable[[Actor, datetime], bool]

_IN_A_SHIFT = frozenset(action for rule in RULES if rule.duty is not None for action in rule.actions)
"""The acts for which it matters whether somebody is on duty."""

_duty: list[Duty] = []


def register_duty(source: Duty) -> None:
    """Let `source` say whether somebody is on duty at a time; another one replaces it. Without one, whoever has a role is."""
    _duty[:] = [source]


def gather(
    *,
    actor: Actor,
    action: Action,
    subject: Subject,
    at: datetime,
    justification: Justification | None = None,
    seals: tuple[SealFact, ...] = (),
) -> Facts:
    """Return the facts of a case. What cannot matter is not asked for: a routine act in one's own house costs no question."""
    demanding = action.act_class in FLOOR or (bool(subject.owner) and subject.owner != actor.organisation)
    if not demanding and action not in _IN_A_SHIFT:
        return Facts(at=at, justification=justification, seals=seals)
    time = audit.now_at_least(at)
    return Facts(
        at=time,
        on_duty=all(source(actor, time) for source in _duty) if action in _IN_A_SHIFT else True,
        justification=justification,
        authorisations=authorisations.in_force(permits=actor.organisation, action=action, at=time) if demanding else (),
        seals=seals,
        pack=packs.in_force(),
        clock_set_back=audit.clock_set_back(at),
    )
