"""Which roles go together, and who may hand out which."""

from __future__ import annotations

from collections.abc import Iterable

from citysquare.platform.policy import OVERSIGHT, Role

GROUP_ROLES = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.INVESTIGATOR, Role.APPROVER, Role.PLANNER})
"""What a group can give. Who administers or oversees does so everywhere and by name."""

UNWISE = (
    frozenset({Role.INVESTIGATOR, Role.APPROVER}),
    frozenset({Role.ADMINISTRATOR, Role.OPERATOR}),
    frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR}),
    frozenset({Role.ADMINISTRATOR, Role.INVESTIGATOR}),
    frozenset({Role.ADMINISTRATOR, Role.APPROVER}),
)
"""Pairs that are allowed, because a small town has few people, and warned of. Nobody asks and approves the same act in any case."""


def conflict(roles: Iterable[Role]) -> bool:
    """Whether nobody may have all of these: who oversees does nothing that is overseen (GDPR Art. 38(6), LED Art. 32 and 34)."""
    held = frozenset(roles)
    return bool(held & OVERSIGHT) and bool(held - OVERSIGHT)


def unwise(roles: Iterable[Role]) -> frozenset[Role]:
    """Return the roles that should better not be with one person, none when all is well."""
    held = frozenset(roles)
    return frozenset().union(*(pair for pair in UNWISE if pair <= held))
