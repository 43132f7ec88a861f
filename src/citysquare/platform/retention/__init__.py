"""Retention: what is over its time is deleted by itself, what is held is not, and a tombstone in the log proves it.

A room calls `register(Held(...))` in its `ready()`. The job is `run`, and `purge` deletes things at once whatever their age, both with a
tombstone. How it goes, and what is proven: docs/design/retention.md.
"""

from citysquare.platform.retention.clock import RetentionBegan, settled, spares
from citysquare.platform.retention.held import (
    Expired,
    Held,
    Mentioned,
    all_held,
    all_mentioned,
    chunks,
    held_of,
    mention,
    nothing_is_held,
    register,
    unregister,
)
from citysquare.platform.retention.job import Purged, UnknownDataClassError, finish, purge, run, take_holds_turn
from citysquare.platform.retention.rows import expired_rows, held_rows, present_rows
from citysquare.platform.retention.terms import bounded
from citysquare.platform.retention.tombstones import Elsewhere, note_elsewhere

__all__ = [
    "Elsewhere",
    "Expired",
    "Held",
    "Mentioned",
    "Purged",
    "RetentionBegan",
    "UnknownDataClassError",
    "all_held",
    "all_mentioned",
    "bounded",
    "chunks",
    "expired_rows",
    "finish",
    "held_of",
    "held_rows",
    "mention",
    "note_elsewhere",
    "nothing_is_held",
    "present_rows",
    "purge",
    "register",
    "run",
    "settled",
    "spares",
    "take_holds_turn",
    "unregister",
]
