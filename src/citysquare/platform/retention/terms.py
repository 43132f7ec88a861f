"""How long each data class is kept, and on what ground: what the pack in force says. A setting may say other, up to the pack's limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from citysquare.platform import packs
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import BadPack, Pack, strict
from citysquare.platform.policy.pack import Keeping
from citysquare.platform.retention.held import Held

_HOUR = timedelta(hours=1)
_UNNAMED = Keeping(hours=720, most_hours=720, least_hours=0, grounds=frozenset({"LED Art. 4(1)(e), 5; GDPR Art. 5(1)(e)"}))
"""What no pack names: thirty days, and no longer."""


@dataclass(frozen=True, slots=True)
class Term:
    """How long a data class is kept."""

    data_class: str
    kept_for: timedelta
    law: str
    """The articles it rests on."""
    pack: str
    version: int

    @property
    def rule(self) -> str:
        """Name of the rule, as it stands in tombstones."""
        return f"retention.{self.data_class}"

    @property
    def hours(self) -> int:
        """Whole hours, rounded up."""
        return -(-self.kept_for // _HOUR)


def term_of(held: Held) -> Term:
    """Return how long a data class is kept now. Raises BadPack."""
    return term(held.data_class, held.kept_for())


def term(data_class: str, wanted: timedelta | None = None) -> Term:
    """Return how long a data class is kept where the city wants `wanted`; None: as the pack says. Raises BadPack."""
    pack, keeping = _keeping(data_class)
    hours = keeping.kept(None if wanted is None else -(-wanted // _HOUR))
    kept_for = timedelta(hours=hours)
    if wanted is not None and wanted < kept_for and keeping.least_hours * _HOUR <= wanted:
        kept_for = wanted
    return Term(data_class, kept_for, "; ".join(sorted(keeping.grounds)), pack.id, pack.version)


def bounded(data_class: str, wanted: timedelta) -> timedelta:
    """Return how long something is kept where the city wants `wanted`, for what others delete: also while the rules cannot be read."""
    try:
        return term(data_class, wanted).kept_for
    except (BadPack, DomainError):
        keeping = strict().keeping(data_class) or _UNNAMED
        return min(wanted, timedelta(hours=keeping.most_hours))


def _keeping(data_class: str) -> tuple[Pack, Keeping]:
    """Return what the pack in force says of a class, else the strict one. Raises PackBroken."""
    pack = packs.in_force()
    found = pack.keeping(data_class)
    if found is not None:
        return pack, found
    return strict(), strict().keeping(data_class) or _UNNAMED
