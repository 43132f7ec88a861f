"""How much footage a store keeps, and deleting what is beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from citysquare.engine.errors import StoreError
from citysquare.engine.footage.files import volume
from citysquare.engine.footage.index import Old
from citysquare.engine.footage.ledger import Deletion
from citysquare.engine.footage.store import Store
from citysquare.engine.model import StreamKind, ticks_from_seconds

SpacePolicy = Literal["evenly", "oldest"]
SPACE_POLICIES: tuple[SpacePolicy, ...] = ("evenly", "oldest")
_BATCH = 64


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """What the recorder keeps to. None where there is no limit."""

    budget_bytes: int | None = None
    """The most bytes of footage in the store."""
    retention_seconds: float | None = 72 * 3600
    """How long main streams are kept; the strict default of the house."""
    sub_retention_seconds: float | None = 600
    """How long sub streams are kept: a ring for analysis."""
    least_free_bytes: int = 1024**3
    """Free space of the volume below which the oldest footage goes."""
    segment_seconds: float = 60
    fragment_seconds: float = 0.5
    sync_seconds: float = 10
    """How often an open file is brought onto the disk: the most that a loss of power costs."""
    space_policy: SpacePolicy = "evenly"
    """Whose footage goes where room is short: of the camera that keeps the longest time, or the oldest of all."""


def enforce(store: Store, limits: StoreLimits, now: int, open_bytes: int) -> None:
    """Delete what is over its time, then the oldest segments until budget and free space are kept. Blocks; raises StoreError."""
    store.hold_reserve()
    for kind, seconds in ((StreamKind.SUB, limits.sub_retention_seconds), (StreamKind.MAIN, limits.retention_seconds)):
        if seconds is not None:
            _delete_older(store, kind, now - ticks_from_seconds(seconds), now)
    excess = _excess(store, limits, open_bytes)
    while excess > 0:  # not asked again: volumes that free space late would have us delete everything
        batch: list[Old] = []
        for old in store.index.oldest(_BATCH):
            batch.append(old)
            excess -= old.size
            if excess <= 0:
                break
        if not batch:
            return
        store.delete(batch, Deletion.SPACE, now)


def _delete_older(store: Store, kind: StreamKind, than: int, now: int) -> None:
    while batch := store.index.ended_before(kind, than, _BATCH):
        store.delete(batch, Deletion.RETENTION, now)


def _excess(store: Store, limits: StoreLimits, open_bytes: int) -> int:
    """Return how many bytes must go."""
    over = store.index.total_bytes + open_bytes - limits.budget_bytes if limits.budget_bytes is not None else 0
    with volume(store.root):
        missing = limits.least_free_bytes - store.files.free_bytes(store.root)
    return max(over, missing)


def make_room(store: Store, now: int) -> bool:
    """Delete the oldest segment because the volume is full; say whether there was one. Blocks; raises StoreError."""
    oldest = store.index.oldest(1)
    if oldest:
        try:
            store.delete(oldest, Deletion.SPACE, now)
        except StoreError:
            return False
    return bool(oldest)
