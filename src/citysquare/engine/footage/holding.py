"""What the store has of each hold, told in `holds.json`."""

from __future__ import annotations

from collections.abc import Sequence

from citysquare.engine.footage.ahead import Asides
from citysquare.engine.footage.holds import (
    MOST_MISSING,
    Acknowledgement,
    Acknowledgements,
    Hold,
    read_acknowledgements,
    write_acknowledgements,
)
from citysquare.engine.footage.ledger import subtracted
from citysquare.engine.footage.reader import FootageReader
from citysquare.engine.footage.store import Store
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey, StreamKind

_SETTLED = 120 * TICKS_PER_SECOND
"""So long after its end nothing of a held stretch changes any more: all its files have their rows."""
_LATE = 10 * TICKS_PER_SECOND
"""The ledger reaches to a second or two ago; beyond this it knows of a camera no more."""


class HoldBook:
    """Keeps `holds.json` true. Blocks; for the recorder's index thread."""

    def __init__(self, store: Store, asides: Asides) -> None:
        """Go on with what was acknowledged before."""
        self._store = store
        self._asides = asides
        self._reader = FootageReader(store.root)
        before = read_acknowledgements(store.root)
        self._known = {found.id: found for found in before.holds} if before else {}
        self._settled: set[Hold] = set()
        self._written = before is not None

    def acknowledge(self, holds: Sequence[Hold], now: int) -> None:
        """Say what there is of each hold that counts at `now`; nothing is written where there never was one. Raises StoreError."""
        live = [hold for hold in holds if hold.until is None or hold.until > now]
        if not live and not self._written:
            return
        found = {hold.id: self._known[hold.id] if hold in self._settled else self._found(hold, now) for hold in live}
        write_acknowledgements(self._store.files, self._store.root, Acknowledgements(now, tuple(found.values())))
        self._known, self._written = found, True
        self._settled = {hold for hold in live if hold.end + _SETTLED < now}

    def _found(self, hold: Hold, now: int) -> Acknowledgement:
        before = self._known.get(hold.id)
        same = before is not None and (before.start, before.end) == (hold.start, hold.end)
        missing = self._missing(hold, now)
        return Acknowledgement(
            id=hold.id,
            start=hold.start,
            end=hold.end,
            since=before.since if before is not None and same else now,
            complete=not missing and hold.end <= now,
            bytes=sum(self._store.index.total_within(key, [(hold.start, hold.end)]).bytes for key in self._keys(hold.camera)),
            missing=tuple(missing),
        )

    def _missing(self, hold: Hold, now: int) -> list[tuple[int, int]]:
        """Return the stretches of the past that are not there, of the main stream."""
        key = StreamKey(hold.camera)
        end = min(hold.end, now)
        captured = self._reader.captured(key, hold.start, end)
        last = captured[-1] if captured else None
        if last is not None and last.cause is None and 0 < end - last.end < _LATE:
            end = last.end  # what comes after is being recorded and not yet known
        gone = [(each.start, each.end) for each in self._reader.deleted(key, hold.start, end)]
        there = subtracted([(each.start, each.end) for each in captured if each.cause is None], gone)
        missing = subtracted([(hold.start, end)], there)
        for aside in self._asides.keys_of(hold.camera, StreamKind.MAIN):
            gone = [(each.start, each.end) for each in self._reader.deleted(aside, hold.start, end)]
            there = [(each.start, each.end) for each in self._reader.captured(aside, hold.start, end) if each.cause is None]
            missing = subtracted(missing, subtracted(there, gone))
        return _shortened(missing)

    def _keys(self, camera: str) -> list[StreamKey]:
        """Return the streams a hold keeps: the camera's, and what of it was put aside for a clock that was wrong."""
        return [key for kind in StreamKind for key in (StreamKey(camera, kind), *self._asides.keys_of(camera, kind))]


def _shortened(missing: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join the stretches that lie nearest to each other until few enough are left."""
    while len(missing) > MOST_MISSING:
        at = min(range(len(missing) - 1), key=lambda n: missing[n + 1][0] - missing[n][1])
        missing[at : at + 2] = [(missing[at][0], missing[at + 1][1])]
    return missing
