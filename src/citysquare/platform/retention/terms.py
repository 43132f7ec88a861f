"""How long each data class is kept, and on what ground: what the pack says, bounded by its limit; a setting may say less."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from citysquare.platform.retention.held import Held


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
        return -(-self.kept_for // timedelta(hours=1))


_HOUR = 1
_DAY = 24
_YEAR = 366 * _DAY
_STORAGE = "LED Art. 4(1)(e), 5; GDPR Art. 5(1)(e)"

STRICT: dict[str, tuple[int, str]] = {
    "observations": (30 * _DAY, _STORAGE),
    "counts": (5 * _YEAR, "GDPR Art. 5(1)(e), 89(1)"),
    "health_events": (_YEAR, "LED Art. 29(2)(i)"),
    "sign_in_attempts": (_HOUR, "GDPR Art. 5(1)(e), 32"),
    "sessions": (0, "GDPR Art. 5(1)(e)"),
    "links": (7 * _DAY, "GDPR Art. 5(1)(e), 32"),
}
"""Hours and ground of each class where the pack in force does not name it: the strict ones."""
_UNNAMED = (30 * _DAY, _STORAGE)


def term_of(held: Held) -> Term:
    """Return how long a data class is kept now."""
    hours, law = STRICT.get(held.data_class, _UNNAMED)
    limit, own = timedelta(hours=hours), held.kept_for()
    return Term(held.data_class, limit if own is None else min(own, limit), law, "eu-strict", 1)
