"""Footage that is dated ahead of time: the machine's clock was wrong and has been corrected.

A recorder that starts and finds its stream's footage in the future would have to wait until then, date everything wrongly for as long,
or write footage that overlaps. Instead what lies ahead is put aside, whole and unaltered, as a stream of its own: its files, rows and
ledger move to `<camera>_ahead_<its last time>`, and the camera's own stream goes on at the right time (docs/design/time.md).
"""

from __future__ import annotations

import logging
from datetime import UTC

from citysquare.engine.footage.files import day_of, segment_path, volume
from citysquare.engine.footage.index import NO_LINK, Index, Old, chain_link
from citysquare.engine.footage.store import Store
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey, datetime_from_ticks, iso_from_ticks

_log = logging.getLogger(__name__)

AHEAD_LIMIT = 60 * TICKS_PER_SECOND
"""Less is let be: new footage is dated right behind what is stored until time has come up with it."""
CODE = "footage.clock_was_ahead"
_LONGEST = 3600 * TICKS_PER_SECOND
_BATCH = 256
_LONGEST_NAME = 70


def put_aside(store: Store, key: StreamKey, now: int) -> StreamKey | None:
    """Move a stream's footage and ledger that lie more than a minute ahead of `now` into a stream of their own, and return its key.

    Does nothing, and returns None, where there is none. What was interrupted goes on with the next call. Raises StoreError.
    """
    last = store.index.last_captured(key)
    if last is None or last.end <= now + AHEAD_LIMIT:
        return None
    ended = datetime_from_ticks(last.end).astimezone(UTC)
    aside = StreamKey(f"{key.camera[:_LONGEST_NAME]}_ahead_{ended:%Y%m%dT%H%M%SZ}", key.kind)
    begin = max(0, now - _LONGEST)
    while batch := store.index.oldest_of(key, begin, _BATCH):
        begin = batch[-1].start + 1
        for old in batch:
            if old.end > now:
                _move(store, old, aside)
    _move_ledger(store.index, key, aside, now)
    store.index.count_anew()
    _log.warning(
        "%s has footage dated up to %s, which is ahead of the clock. It is kept as %s; recording goes on at the right time.",
        *(key.folder, iso_from_ticks(last.end), aside.folder),
        extra={"camera": key.camera, "code": CODE},
    )
    return aside


def _move(store: Store, old: Old, aside: StreamKey) -> None:
    """Give a segment's file its new name, then its row. A file that has it already was moved before the row could be."""
    found = store.volumes.find(old.path)
    if found is None:
        return
    place, file = found
    relative = segment_path(aside, old.start)
    target = place.root / relative
    with volume(place.root):
        if file.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            store.files.rename(file, target)
            store.files.sync_folder(target.parent)
            store.files.sync_folder(file.parent)
    index, path, day = store.index, place.path_of(relative), day_of(old.start)
    with index.writing() as db:
        if db.execute("SELECT 1 FROM segment WHERE path = ?", (path,)).fetchone():
            db.execute("DELETE FROM segment WHERE id = ?", (old.id,))
        else:
            stream = index.number(aside)
            head = "SELECT link, segments FROM day_head WHERE stream = ? AND day = ?"
            previous, count = db.execute(head, (stream, day)).fetchone() or (NO_LINK, 0)
            (sha256,) = db.execute("SELECT sha256 FROM segment WHERE id = ?", (old.id,)).fetchone()
            db.execute("UPDATE segment SET stream = ?, path = ?, previous = ? WHERE id = ?", (stream, path, previous, old.id))
            link = chain_link(previous, old.start, old.end, path, sha256)
            db.execute("INSERT OR REPLACE INTO day_head (stream, day, link, segments) VALUES (?, ?, ?, ?)", (stream, day, link, count + 1))


def _move_ledger(index: Index, key: StreamKey, aside: StreamKey, now: int) -> None:
    with index.writing() as db:
        old, new = index.number(key), index.number(aside)
        db.execute(
            "INSERT INTO captured (stream, start, end, cause)"
            " SELECT ?, max(start, ?), end, cause FROM captured WHERE stream = ? AND end > ?",
            (new, now, old, now),
        )
        db.execute("DELETE FROM captured WHERE stream = ? AND start >= ?", (old, now))
        db.execute("UPDATE captured SET end = ? WHERE stream = ? AND end > ?", (now, old, now))
