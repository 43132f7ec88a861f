"""Deleting what is over its time or beyond the room there is, and saying what is held, kept and left (docs/design/footage.md, Space).

Nothing here deletes footage of a hold. Everything blocks and runs in the recorder's index thread, but for `protect`.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator

from citysquare.engine.errors import StoreError
from citysquare.engine.footage.ahead import Asides
from citysquare.engine.footage.files import volume
from citysquare.engine.footage.forecast import NEAR_HOURS, SpaceReport, SpaceWarning, VolumeReport, VolumeState, hours_until_deletion
from citysquare.engine.footage.holding import HoldBook
from citysquare.engine.footage.holds import Hold, KeptTrack, Protected, protection
from citysquare.engine.footage.index import Old
from citysquare.engine.footage.ledger import Deletion
from citysquare.engine.footage.limits import StoreLimits
from citysquare.engine.footage.recovery import remove_found
from citysquare.engine.footage.space import Pile, choose
from citysquare.engine.footage.store import LEAST_ROOM, Store
from citysquare.engine.footage.volumes import Volume
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey, StreamKind, ticks_from_seconds

_log = logging.getLogger(__name__)

_BATCH = 64
_TRACKS_SHARE = 0.5
"""Footage that only kept tracks keep may take this share of all; beyond it, it gives way like any other."""
_RECENT = 3600 * TICKS_PER_SECOND
_SENTENCES: dict[SpaceWarning, str] = {
    "space.deletion_near": "Room for footage runs out before its retention ends. Give it more room, or shorten the retention.",
    "space.deleting": "Footage is deleted before its retention ends, for want of room. Give it more room, or shorten the retention.",
    "space.only_held": "Only held footage is left and the room is used up: nothing is recorded. Lift holds, or add a volume.",
}
_COUNT_EACH = 60 * TICKS_PER_SECOND
_FAR = 86_400 * TICKS_PER_SECOND
"""A start so long after all that is known: the machine was off for more than a day, or its clock is wrong."""
_PATIENCE = 900 * TICKS_PER_SECOND
"""So long nothing is deleted by age after such a start: time services need minutes, and what is deleted does not come back."""


class Housekeeping:
    """Keeps one store within its limits."""

    def __init__(self, store: Store, limits: StoreLimits) -> None:
        """Nothing is protected until protect() says so."""
        self._store = store
        self._limits = limits
        self.asides = Asides(store)
        self._book = HoldBook(store, self.asides)
        self._wanted: tuple[tuple[Hold, ...], tuple[KeptTrack, ...]] = ((), ())
        self._counted_for: object = None
        self._counted_at = 0
        self._held = self._kept = Protected()
        self._held_spans: dict[StreamKey, int] = {}
        self._kept_spans: dict[StreamKey, int] = {}
        self._held_bytes = self._kept_bytes = 0
        self._deleted_at: int | None = None
        self._only_held = False
        self._warned: SpaceWarning | None = None
        self._begun: int | None = None
        self._far = False

    def protect(self, holds: Iterable[Hold], tracks: Iterable[KeptTrack]) -> None:
        """Take the holds and kept tracks that count from now on, in place of those before. May be called from any thread."""
        self._wanted = (tuple(holds), tuple(tracks))

    def enforce(self, now: int, open_bytes: int) -> None:
        """Delete what is over its time, then what the space policy says until budget and free space are kept. Raises StoreError."""
        self._look_at_protection(now)
        self._store.hold_reserve()
        if self._doubts(now):
            self._free(now, open_bytes)
            return
        self.asides.count(now)
        for kind, seconds in ((StreamKind.SUB, self._limits.sub_retention_seconds), (StreamKind.MAIN, self._limits.retention_seconds)):
            if seconds is not None:
                self._delete_older(kind, ticks_from_seconds(seconds), now)
        if self._limits.retention_seconds is not None:
            remove_found(self._store, now, ticks_from_seconds(self._limits.retention_seconds), self._held)
        self._free(now, open_bytes)

    def _doubts(self, now: int) -> bool:
        """Say whether age may not decide yet: the clock is far beyond all that is known, and may still be corrected."""
        if self._begun is None:
            self._begun = now
            self._far = 0 < self._store.known_until < now - _FAR
        return self._far and 0 <= now - self._begun < _PATIENCE

    def _free(self, now: int, open_bytes: int) -> None:
        missing = self._make_space(now, open_bytes)
        if missing:
            self._count_protected()
        self._only_held = self._store.volumes.closed = missing and self._held_bytes > 0

    def _look_at_protection(self, now: int) -> None:
        wanted = self._wanted
        if wanted is self._counted_for and 0 <= now - self._counted_at < _COUNT_EACH:
            return
        self._held, self._kept = protection(*wanted, now)
        self._count_protected()
        self._store.volumes.weigh(self._store.files)
        self._book.acknowledge(wanted[0], now)
        self._counted_for, self._counted_at = wanted, now

    def _count_protected(self) -> None:
        self._held_bytes, self._held_spans = self._counted(self._store.index.streams(), self._held)
        kept, self._kept_spans = self._counted(self._mains(), self._kept)
        self._kept_bytes = max(0, kept - self._counted(self._mains(), self._held)[0])

    def _mains(self) -> list[StreamKey]:
        return [key for key in self._store.index.streams() if key.kind is StreamKind.MAIN]

    def _counted(self, keys: Iterable[StreamKey], protected: Protected) -> tuple[int, dict[StreamKey, int]]:
        """Return the bytes of all protected segments, and the ticks of each stream's."""
        totals = {key: self._store.index.total_within(key, protected.of(self.asides.camera_of(key))) for key in keys}
        return sum(total.bytes for total in totals.values()), {key: total.span for key, total in totals.items()}

    def _free_to_go(self, key: StreamKey, protected: Protected, at: str | None = None) -> Iterator[Old]:
        """Yield a stream's segments that are not protected, oldest first, of one volume or all."""
        cursor, camera = 0, self.asides.camera_of(key)
        while batch := self._store.index.oldest_of(key, cursor, _BATCH, at):
            for old in batch:
                if old.start < cursor:
                    continue
                cursor = old.start + 1
                kept_to = protected.end_of(camera, old.start, old.end)
                if kept_to is not None:
                    cursor = max(cursor, kept_to)
                else:
                    yield old

    def _delete_older(self, kind: StreamKind, age: int, now: int) -> None:
        protected = self._kept if kind is StreamKind.MAIN else self._held
        for key in self._store.index.streams():
            if key.kind is kind:
                over = itertools.takewhile(_older(self.asides.time_of(key, now) - age), self._free_to_go(key, protected))
                while batch := list(itertools.islice(over, _BATCH)):
                    self._store.delete(batch, Deletion.RETENTION, now)

    def _make_space(self, now: int, open_bytes: int) -> bool:
        """Delete for want of room; say whether room is missing all the same, on each volume or by the budget.

        The volumes are not asked again within one look: one that frees space late would have us delete everything.
        """
        for place in self._store.volumes.present():
            with volume(place.root):
                least = self._limits.least_free_bytes if place.id else max(self._limits.least_free_bytes, LEAST_ROOM)
                need = least - self._store.files.free_bytes(place.root)
            place.short = self._delete_for_space(need, now, at=place.id) < need
        short = all(place.short for place in self._store.volumes.present() if place.takes)
        if self._limits.budget_bytes is not None:
            need = self._store.index.total_bytes + open_bytes - self._limits.budget_bytes
            short = self._delete_for_space(need, now) < need or short
        return short

    def _delete_for_space(self, need: int, now: int, at: str | None = None) -> int:
        """Delete as much as is needed, on one volume or all, footage of kept tracks last. Return the bytes deleted."""
        done = 0
        too_many = self._kept_bytes > _TRACKS_SHARE * self._store.index.total_bytes
        for protected, spans in (
            ((self._held, self._held_spans),) if too_many else ((self._kept, self._kept_spans), (self._held, self._held_spans))
        ):
            if done < need:
                done += self._delete_of_piles([pile for _, pile in self._piles_by_key(protected, spans, at)], need - done, now)
        return done

    def _piles_by_key(self, protected: Protected, spans: dict[StreamKey, int], at: str | None) -> list[tuple[StreamKey, Pile[Old]]]:
        whole: dict[StreamKey, int] = {}
        for (key, _), total in self._store.index.totals().items():
            whole[key] = whole.get(key, 0) + total.span
        rules = {key: protected if key.kind is StreamKind.MAIN else self._held for key in whole}
        return [(key, Pile(whole[key] - spans.get(key, 0), self._free_to_go(key, rules[key], at))) for key in whole if whole[key]]

    def _delete_of_piles(self, piles: list[Pile[Old]], need: int, now: int) -> int:
        done = 0
        chosen = choose(piles, need, self._limits.space_policy)
        while batch := list(itertools.islice(chosen, _BATCH)):
            self._store.delete(batch, Deletion.SPACE, now)
            done += sum(old.size for old in batch)
            self._deleted_at = now
        return done

    def report(self, now: int, open_bytes: int, bytes_per_second: float) -> SpaceReport:
        """Say what there is room for, after enforce(). A volume that is missing counts as having none."""
        volumes = [self._volume_report(place) for place in self._store.volumes.all()]
        used = self._store.index.total_bytes + open_bytes
        room = sum(each.free - self._limits.least_free_bytes for each in volumes if each.free)
        if self._limits.budget_bytes is not None:
            room = min(room, self._limits.budget_bytes - used)
        spans = [pile.span for pile in self._main_piles()]
        hours = self._hours(room, bytes_per_second, now)
        report = SpaceReport(
            free=sum(each.free for each in volumes),
            budget=self._limits.budget_bytes,
            used=used,
            held_bytes=self._held_bytes,
            kept_track_bytes=self._kept_bytes,
            kept_span_seconds=max(0, min(spans)) / TICKS_PER_SECOND if spans else None,
            bytes_per_second=round(bytes_per_second),
            hours_left_until_deletion=hours,
            warning=self._warning(hours),
            volumes=tuple(volumes),
        )
        self._warn(report)
        return report

    def _main_piles(self) -> list[Pile[Old]]:
        piles = self._piles_by_key(self._held, self._held_spans, None)
        return [pile for key, pile in piles if key.kind is StreamKind.MAIN and key not in self.asides.all()]

    def _volume_report(self, place: Volume) -> VolumeReport:
        there = place.answers and place.is_there()
        used = sum(total.bytes for (_, at), total in self._store.index.totals().items() if at == place.id)
        free = self._store.files.free_bytes(place.root) if there else 0
        state: VolumeState = place.state if there else "missing" if place.answers else "failed"
        return VolumeReport(place.id, str(place.root), state, free, used)

    def _hours(self, room: int, bytes_per_second: float, now: int) -> float | None:
        if self._deleted_at is not None and now - self._deleted_at < _RECENT:
            return 0.0
        firsts = [next(self._free_to_go(key, self._held), None) for key in self._mains() if key not in self.asides.all()]
        oldest = min((first.start for first in firsts if first), default=now)
        return hours_until_deletion(
            room=room,
            bytes_per_second=bytes_per_second,
            oldest_age=(now - oldest) / TICKS_PER_SECOND,
            retention=self._limits.retention_seconds,
        )

    def _warning(self, hours: float | None) -> SpaceWarning | None:
        if self._only_held:
            return "space.only_held"
        if hours is None or hours > NEAR_HOURS:
            return None
        return "space.deletion_near" if hours > 0 else "space.deleting"

    def _warn(self, report: SpaceReport) -> None:
        """Log a warning when it changes."""
        if report.warning is not None and report.warning != self._warned:
            _log.warning(
                "%s (%.1f hours left.)", _SENTENCES[report.warning], report.hours_left_until_deletion or 0, extra={"code": report.warning}
            )
        self._warned = report.warning

    def make_room(self, now: int) -> bool:
        """Delete a segment on each volume that was found full; say whether there was one."""
        self._look_at_protection(now)
        done = 0
        for place in self._store.volumes.present():
            if place.full:
                try:
                    done += self._delete_for_space(1, now, at=place.id)
                except StoreError:
                    continue
        return done > 0


def _older(than: int) -> Callable[[Old], bool]:
    return lambda old: old.end < than
