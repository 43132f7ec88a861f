"""How long somebody stays signed in, and what a sign-in is worth: pure rules (ASVS 5.0 V6.3, V6.8, V7.3, V7.5).

A session of ours carries a `Kept`: how the person came in and when, when they last did something, and when they last proved who they are.
A session without one, made by an earlier version or by nobody we know, is worth one factor and opens nothing that needs two.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from citysquare.platform.policy import Role

KEY: Final = "citysquare_sitting"
"""Under which a session keeps it."""

NEED_SECOND_FACTOR: Final = frozenset(
    {Role.SUPERVISOR, Role.INVESTIGATOR, Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER}
)
"""Whoever decides about others, looks back, administers or oversees: a stolen password alone must not do."""

IDLE: Final = timedelta(minutes=30)
"""Without doing anything (NIST SP 800-63B AAL2). Not for those who only watch: their desk is staffed, and a dark wall misses something."""
LONGEST: Final = timedelta(hours=8)
"""From the sign-in on, for those with a limit for idleness: a shift."""
_MAY_SIT_STILL: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.PLANNER})
FRESH: Final = timedelta(minutes=10)
"""For so long after proving who they are, a person may change keys and rights."""
NOTED_EVERY: Final = timedelta(minutes=1)
"""How exactly it is noted when somebody last did something."""


class By(StrEnum):
    """How somebody came in. The values stand in the audit log and never change."""

    LINK = "link"
    PASSWORD = "password"  # noqa: S105 -- a word, no password
    CODE = "password+code"
    RECOVERY = "password+recovery"
    PASSWORD_AND_PASSKEY = "password+passkey"  # noqa: S105 -- as above
    PASSKEY = "passkey"
    PROVIDER = "provider"


STRONG: Final = frozenset({By.CODE, By.RECOVERY, By.PASSWORD_AND_PASSKEY, By.PASSKEY, By.PROVIDER})
"""Two factors. A provider's own sign-in counts as such: the city that names it answers for how it is done."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a session knows of its sign-in."""

    id: str
    by: By
    begun: datetime
    seen: datetime
    fresh: datetime
    """When the person last proved who they are."""
    strong: bool

    def saved(self) -> dict[str, Any]:
        """Return it as a session keeps it."""
        times = {"begun": self.begun.timestamp(), "seen": self.seen.timestamp(), "fresh": self.fresh.timestamp()}
        return {"id": self.id, "by": str(self.by), "strong": self.strong, **times}

    def touched(self, at: datetime) -> Kept:
        """Return it after the person did something."""
        return replace(self, seen=at)


def read(session: Mapping[str, Any]) -> Kept | None:
    """Return what a session knows; None when it knows nothing that can be used."""
    found: Any = session.get(KEY)
    try:
        begun, seen, fresh = (datetime.fromtimestamp(found[name], UTC) for name in ("begun", "seen", "fresh"))
        return Kept(str(found["id"]), By(found["by"]), begun, seen, fresh, found["strong"] is True)
    except (TypeError, KeyError, ValueError, OverflowError, OSError):
        return None


def over(kept: Kept, roles: Collection[Role], at: datetime, longest: timedelta) -> str:
    """Return why the session is over ("idle" or "absolute"), or "" while it is not. `longest` is the operator's own limit for everybody.

    A clock that was set back ends nothing, and prolongs nothing beyond its own step.
    """
    watches_only = set(roles) <= _MAY_SIT_STILL
    if at - kept.begun >= (longest if watches_only else min(longest, LONGEST)):
        return "absolute"
    return "idle" if not watches_only and at - kept.seen >= IDLE else ""


def lacks_second_factor(kept: Kept | None, roles: Collection[Role], *, required: bool) -> bool:
    """Whether a person with these roles has to prove more before any door opens."""
    return required and bool(NEED_SECOND_FACTOR & set(roles)) and (kept is None or not kept.strong)


def is_fresh(kept: Kept | None, at: datetime) -> bool:
    """Whether the person has just proved who they are."""
    return kept is not None and timedelta(0) <= at - kept.fresh < FRESH
