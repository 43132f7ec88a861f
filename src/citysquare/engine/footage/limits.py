"""How much footage a store keeps."""

from __future__ import annotations

from dataclasses import dataclass

from citysquare.engine.footage.space import SPACE_POLICIES, SpacePolicy

__all__ = ["SPACE_POLICIES", "SpacePolicy", "StoreLimits"]


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """What the recorder keeps to. None where there is no limit."""

    budget_bytes: int | None = None
    """The most bytes of footage in the store, all its volumes together."""
    retention_seconds: float | None = 72 * 3600
    """How long main streams are kept; the strict default of the house."""
    sub_retention_seconds: float | None = 600
    """How long sub streams are kept: a ring for analysis."""
    least_free_bytes: int = 1024**3
    """Free space of each volume below which footage goes."""
    segment_seconds: float = 60
    fragment_seconds: float = 0.5
    sync_seconds: float = 10
    """How often an open file is brought onto the disk: the most that a loss of power costs."""
    space_policy: SpacePolicy = "evenly"
    """Whose footage goes where room is short: of the camera that keeps the longest time, or the oldest of all."""
