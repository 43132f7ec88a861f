"""The job: lists what is over its time, tells the log, deletes, checks, and closes; each step is durable before the next begins.

The table of steps, and what a crash behind each leads to, stands in docs/design/retention.md.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from citysquare.platform.models import Tombstone, TombstoneState
from citysquare.platform.retention import clock, tombstones
from citysquare.platform.retention.held import Expired, Held, all_held, chunks, held_of
from citysquare.platform.retention.terms import Term, term_of
from citysquare.platform.retention.tombstones import Batch
from citysquare.platform.turns import take_turn

MOST_IN_BATCH = 2_000
"""A second of writing at most, in which others who write wait (on SQLite)."""
MOST_BATCHES = 10
"""Of one class and round; the next round goes on. Nearly three million things a day."""
TURN = "platform.retention"
"""Who lists or deletes holds it, and who places a hold: of the two one is first."""

_log = logging.getLogger(__name__)


class NotOverItsTimeError(RuntimeError):
    """A room listed something younger than its time: a mistake in the program. Nothing of the batch is deleted."""


class UnknownDataClassError(LookupError):
    """No room registers this data class: a mistake in the program."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge did."""

    deleted: int
    spared: frozenset[str]
    """What is held, and stays."""


def take_holds_turn() -> None:
    """Keep deletions away until the transaction of the caller, who is about to hold something, has ended."""
    take_turn(TURN)


def run(*, at: datetime) -> int:
    """Do one round and return how many things were deleted. Outside of a transaction.

    This is one of the program's named supervisors: one class's failure is logged and ends no other's deletion.
    """
    deleted = 0
    for row in _open_rows():
        deleted += _supervised(row.data_class, _Finish(row.pk, at))
    now = clock.tick(at=at)
    if now.doubted:
        _log.warning("nothing ages: the machine's clock leapt to %s from %s", at.isoformat(), now.believed.isoformat())
        return deleted
    begins = clock.begins()
    if begins is not None and now.believed >= begins:
        clock.begin(at=at)
        begins = None
    for held in all_held():
        waits = held.had_no_end and begins is not None
        if held.by_age and not waits:
            deleted += _supervised(held.data_class, _Age(held, now.believed, at))
    return deleted


def purge(*, kind: str, ids: Sequence[str], rule: str, at: datetime, law: str = "") -> Purged:
    """Delete these things of the data class `kind` now, whatever their age, with tombstones; what is held stays and is returned.

    Outside of a transaction. Asking again for what is gone already does nothing. Raises AuditUnavailable (nothing more is deleted), and
    UnknownDataClassError.
    """
    held = held_of(kind)
    if held is None:
        raise UnknownDataClassError(kind)
    deleted, spared = 0, frozenset[str]()
    for portion in chunks(sorted(set(ids)), MOST_IN_BATCH):
        kept = held.held(portion, clock.held_time(at))
        spared |= kept
        there = _remaining(held, [one for one in portion if one not in kept])
        if there:
            term = term_of(held)
            batch = Batch(kind, rule, term.pack, term.version, None, law or term.law, tuple(there), None, None)
            deleted += _done_with(batch, at)
    return Purged(deleted, spared)


def _done_with(batch: Batch, at: datetime) -> int:
    with transaction.atomic():
        take_turn(TURN)
        row = tombstones.listed(batch, at=at)
        row.save(force_insert=True)
    return finish(row.pk, at=at)


@dataclass(frozen=True, slots=True)
class _Finish:
    """Going on with a batch that was begun."""

    pk: str
    at: datetime

    def __call__(self) -> int:
        return finish(self.pk, at=self.at)


@dataclass(frozen=True, slots=True)
class _Age:
    """One class's round."""

    held: Held
    now: datetime
    at: datetime

    def __call__(self) -> int:
        deleted = 0
        for _batch in range(MOST_BATCHES):
            pk, full = self._list()
            if pk is None:
                break
            deleted += finish(pk, at=self.at)
            if not full:
                break
        return deleted

    def _list(self) -> tuple[str | None, bool]:
        """Step 1. While a batch of the class is open none is listed: the same things would have two tombstones."""
        with transaction.atomic():
            take_turn(TURN)
            if Tombstone.objects.filter(closed_at__isnull=True, data_class=self.held.data_class).exists():
                return None, False
            term = term_of(self.held)
            found = self.held.find_expired(self.now - term.kept_for, self.now, MOST_IN_BATCH)[:MOST_IN_BATCH]
            if not found:
                return None, False
            row = tombstones.listed(_batch(term, found, self.now), at=self.at)
            row.save(force_insert=True)
        return row.pk, len(found) == MOST_IN_BATCH


def _batch(term: Term, found: Sequence[Expired], now: datetime) -> Batch:
    """Compare each thing's time once more. Raises NotOverItsTimeError."""
    for one in found:
        if one.at > now - term.kept_for:
            raise NotOverItsTimeError(f"{term.data_class}: {one.at.isoformat()} is not over its time at {now.isoformat()}")
    times = [one.at for one in found]
    ids = tuple({one.id: None for one in found})
    return Batch(term.data_class, term.rule, term.pack, term.version, term.hours, term.law, ids, min(times), max(times))


def finish(pk: str, *, at: datetime) -> int:
    """Take a batch from where it stands to its end, and return how many things were deleted now. Outside of a transaction.

    Raises AuditUnavailable, with nothing deleted, or with the deletion done and its proof to come.
    """
    row = Tombstone.objects.get(pk=pk)
    held = held_of(row.data_class)
    if row.closed_at is not None or held is None:
        return 0  # a class whose room is not installed any more waits
    deleted = 0
    if row.state == TombstoneState.LISTED:
        tombstones.tell(row, tombstones.BEGUN, at=at)
        _move(row, TombstoneState.TOLD)
    if row.state == TombstoneState.TOLD:
        deleted = _delete(row, held, at)
    if row.state == TombstoneState.WITHDRAWN:
        tombstones.tell(row, tombstones.WITHDRAWN, at=at)
        _close(row, at)
    elif row.state == TombstoneState.DELETED:
        deleted += _check(row, held, at)
    return deleted


def _delete(row: Tombstone, held: Held, at: datetime) -> int:
    """Step 3, in one transaction: all of it or, where something came to be held, nothing."""
    now = clock.held_time(at)
    with transaction.atomic():
        take_turn(TURN)
        if any(held.held(portion, now) for portion in chunks(row.ids)):
            row.state = TombstoneState.WITHDRAWN
        else:
            row.deleted = sum(held.delete(portion) for portion in chunks(row.ids))
            row.state = TombstoneState.DELETED
        row.save(update_fields=("state", "deleted"))
    return row.deleted or 0


def _check(row: Tombstone, held: Held, at: datetime) -> int:
    """Do steps 4 and 5. What is still there is deleted again, and looked for in the next round."""
    left = _remaining(held, row.ids)
    if not left:
        tombstones.tell(row, tombstones.DONE, at=at)
        row.state = TombstoneState.PROVEN
        _close(row, at)
        return 0
    _log.error("%s of %s deleted things of %s are still there; they are deleted again", len(left), row.count, row.data_class)
    now = clock.held_time(at)
    with transaction.atomic():
        take_turn(TURN)
        return sum(held.delete([one for one in portion if one not in held.held(portion, now)]) for portion in chunks(left))


def _remaining(held: Held, ids: Sequence[str]) -> list[str]:
    return sorted(one for portion in chunks(ids) for one in held.remaining(portion))


def _move(row: Tombstone, state: TombstoneState) -> None:
    row.state = state
    row.save(update_fields=("state",))


def _close(row: Tombstone, at: datetime) -> None:
    row.closed_at, row.ids = at, []
    row.save(update_fields=("state", "closed_at", "ids"))


def _open_rows() -> list[Tombstone]:
    return list(Tombstone.objects.filter(closed_at__isnull=True).defer("ids", "body").order_by("listed_at", "pk"))


def _supervised(data_class: str, work: _Finish | _Age) -> int:
    try:
        return work()
    except Exception:  # noqa: BLE001 -- the supervisor of classes, see run
        _log.exception("the retention of %s failed and is tried again", data_class)
        return 0
