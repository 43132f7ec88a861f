"""Making index, ledger and files agree when a store is opened, whatever a crash, a loss of power or a restored copy left.

Nothing is silently removed: a file the ledger has a place for is entered, any other goes to `.found` on its volume, within a bound, and is
reported; so are rows without files.
"""

from __future__ import annotations

import itertools
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from citysquare.engine.errors import StoreDamaged, StoreError
from citysquare.engine.footage.files import PART, day_names, key_of_folder, segment_names, start_of, volume
from citysquare.engine.footage.holds import Protected
from citysquare.engine.footage.index import Segment, overlap
from citysquare.engine.footage.ledger import Ledger, cut_short, joined_stretches, without
from citysquare.engine.footage.scan import Scanned, scan_file
from citysquare.engine.footage.segments import described, finish_part
from citysquare.engine.footage.volumes import Volume
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval, StreamKey

if TYPE_CHECKING:
    from citysquare.engine.footage.store import Store

FOUND = ".found"
"""Folder of each volume for files that have no place in the index."""
MOST_FOUND_BYTES = 1024**3
_LONGEST = 3600 * TICKS_PER_SECOND
_TOLERANCE = TICKS_PER_SECOND

_log = logging.getLogger(__name__)


def recover(store: Store) -> None:
    """Finish what the last recorder left open, on all volumes that are there. Raises StoreError."""
    try:
        store.remove_garbage()
    except StoreError as error:  # a file that cannot be deleted is no reason not to record
        store.findings.append(f"Deleted footage could not be removed. {error.message}")
    known, deleted = store.index.paths(), set(store.index.garbage())
    seen: set[str] = set()
    left: list[tuple[StreamKey, Path, Volume]] = []
    present = store.volumes.present()
    for place in present:
        for key, path in _files(place):
            named = place.path_of(str(path.relative_to(place.root)))
            seen.add(named)
            if named not in known and named not in deleted:
                left.append((key, path, place))
    for key in store.index.streams():
        _catch_up(store, key)
    for key, path, place in sorted(left, key=lambda each: (each[0], each[1].name)):  # by time, wherever it lies
        _adopt(store, key, path, place)
    there = {place.id for place in present}
    store.findings += [f"The file {path} is missing." for path in sorted(known - seen) if _place_of(store, path) in there]
    if len(present) == len(store.volumes.all()):  # what a missing volume holds is not known: the ledger's word stands
        for key in store.index.streams():
            _correct_ledger(store, key)


def _place_of(store: Store, path: str) -> str | None:
    found = store.volumes.find(path)
    return found[0].id if found else None


def _files(place: Volume) -> list[tuple[StreamKey, Path]]:
    """Return all files of footage of a volume. Raises StoreError."""
    with volume(place.root):
        folders = sorted(entry for entry in place.root.iterdir() if entry.is_dir())
    keys = [(key, folder) for folder in folders if (key := key_of_folder(folder.name)) is not None]
    return [(key, folder / day / name) for key, folder in keys for day in day_names(folder) for name in segment_names(folder / day)]


def _correct_ledger(store: Store, key: StreamKey) -> None:
    """Let the ledger claim nothing that no file holds or held.

    Beyond the last file's end: a loss of power takes what the disk had not been told to keep yet. Before it: a file that a failing volume
    left open, and never gave back whole.
    """
    end = store.index.last_end(key)
    rows = store.index.captured_from(key, end)
    if any(row.cause is None and row.end > end for row in rows):
        store.index.write_captured([(key, cut_short(rows, end))])
    claimed = store.index.captured_from(key, 0)
    true = without(claimed, joined_stretches(_covered(store, key), _TOLERANCE), _TOLERANCE)
    if true != claimed:
        store.findings.append(f"Footage of {key.folder} that was written is lost: its ledger now says so.")
        store.index.write_captured([(key, true)])


def _covered(store: Store, key: StreamKey) -> list[tuple[int, int]]:
    """Return from and to when a stream's files reach, also those that were deleted."""
    where = "JOIN stream ON stream.id = stream WHERE camera = ?1 AND kind = ?2"
    query = f"SELECT start, end FROM segment {where} UNION ALL SELECT start, end FROM kept {where}"  # noqa: S608 - a constant
    with store.index.reading() as db:
        return db.execute(query, (key.camera, key.kind.value)).fetchall()


def _adopt(store: Store, key: StreamKey, path: Path, place: Volume) -> None:
    """Enter a file the index does not know: an open segment of a recorder that ended, or one whose row did not come to be."""
    try:
        finished = _whole(store, key, path, place)
    except StoreDamaged:
        _set_aside(store, key, path, place, "is damaged")
        return
    except StoreError as error:  # one file that cannot be read or named holds up nothing else
        store.findings.append(f"The file {path} could not be finished. {error.message}")
        return
    if finished is not None and not _enter(store, *finished):
        _set_aside(store, key, path.with_name(path.name.removesuffix(PART)), place, "has no place in the index, whose time is taken")


def _whole(store: Store, key: StreamKey, path: Path, place: Volume) -> tuple[Segment, Scanned] | None:
    if path.name.endswith(PART):
        return finish_part(store.files, place, key, path)
    with volume(place.root):
        scanned = scan_file(path)
    if scanned is None:
        raise StoreDamaged(f"The footage file {path} is damaged.")
    return described(place, key, path, scanned), scanned


def _enter(store: Store, segment: Segment, scanned: Scanned) -> bool:
    """Enter a file where the ledger has a place for it; say whether it has."""
    if segment.start < store.index.last_end(segment.key) - overlap(segment):
        if not store.index.lacks(segment):  # given up for a failing volume, and never finished; or its row was lost
            return False
        store.index.add_segment(segment)
        return True
    store.index.add_segment(segment)
    _cover(store, segment.key, scanned)
    return True


def _cover(store: Store, key: StreamKey, scanned: Scanned) -> None:
    """Enter the pictures of a file that lie behind the ledger's end."""
    last = store.index.last_captured(key)
    ledger = Ledger.resumed(last, blame=_unknown) if last else Ledger(scanned.pictures[0], GapCause.RESTART, blame=_unknown)
    known = 0 if last is None else last.end if last.cause is None else last.start  # an open gap gives way
    new = [time for time in scanned.pictures if time >= known]
    if not new:
        return
    is_apart = new[0] == scanned.pictures[0] and last is not None and 2 * (new[0] - last.end) > _usual_step(new)
    if last is not None and last.cause is None and is_apart:
        ledger.lost(GapCause.RESTART, last.end)
    ledger.pictures(new)
    store.index.write_captured([(key, ledger.changes())])


def _usual_step(times: list[int]) -> int:
    steps = sorted(after - before for before, after in itertools.pairwise(times))
    return steps[len(steps) // 2] if steps else 0


def _catch_up(store: Store, key: StreamKey) -> None:
    """Let the ledger cover files that have their row: a row is written before the ledger, and a crash may come between."""
    last = store.index.last_captured(key)
    known = -1 if last is None else last.end if last.cause is None else last.start
    for old in store.index.ending_after(key, known):
        found = store.volumes.find(old.path)
        if found is None or not found[1].is_file():
            continue
        try:
            with volume(found[0].root):
                scanned = scan_file(found[1])
        except StoreError as error:
            store.findings.append(f"The file {old.path} cannot be read. {error.message}")
            continue
        if scanned is not None:
            _cover(store, key, scanned)


def _unknown(_gap: Interval) -> GapCause:
    """Blame the restart for time of which neither index nor files know anything."""
    return GapCause.RESTART


def _set_aside(store: Store, key: StreamKey, path: Path, place: Volume, why: str) -> None:
    """Move a file out of the readers' way, or leave it where `.found` is full, and report it."""
    folder = place.root / FOUND
    named = path.relative_to(place.root)
    try:
        with volume(place.root):
            size = path.stat().st_size
            held = sum(entry.stat().st_size for entry in folder.iterdir()) if folder.is_dir() else 0
            if held + size > MOST_FOUND_BYTES:
                store.findings.append(f"The file {named} {why}; {folder} is full, so it stays where it is until its time is over.")
                store.left_lying.append((key, path, place))
                return
            if not folder.is_dir():
                folder.mkdir()
            store.files.rename(path, folder / f"{key.folder}_{path.name}")
            store.files.sync_folder(folder)
            store.files.sync_folder(path.parent)
    except StoreError as error:
        store.findings.append(f"The file {named} {why}, and could not be moved to {folder}. {error.message}")
        return
    store.findings.append(f"The file {named} {why}; it is now in {folder}, and goes when its time is over.")


def remove_found(store: Store, now: int, age: int, held: Protected) -> None:
    """Delete what was set aside and is older than `age`, and not held. Raises StoreError.

    A file that is dated ahead of `now` is as old as its last change, which was its being set aside: its clock was wrong.
    """
    for place in store.volumes.present():
        folder = place.root / FOUND
        with volume(place.root):
            names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
        for name in names:
            camera, _, file = name.rpartition("_")
            _remove_over(store, (key_of_folder(camera), folder / name, place), start_of(file), now=now, age=age, held=held)
    there = store.volumes.present()
    for each in [each for each in store.left_lying if each[2] in there]:
        if _remove_over(store, each, start_of(each[1].name.removesuffix(PART)), now=now, age=age, held=held):
            store.left_lying.remove(each)


def _remove_over(
    store: Store, found: tuple[StreamKey | None, Path, Volume], start: int | None, *, now: int, age: int, held: Protected
) -> bool:
    """Delete a file that is in no index where its time is over; say whether it is gone. Raises StoreError."""
    key, path, place = found
    if key is None or start is None or held.end_of(key.camera, start, start + _LONGEST) is not None:
        return False
    with volume(place.root):
        if not path.is_file():
            return True
        since = start if start <= now else min(start, round(path.stat().st_ctime * TICKS_PER_SECOND))
        if since >= now - age:
            return False
        store.files.unlink(path)
    _log.warning("%s was over its time and is deleted.", path, extra={"camera": key.camera})
    return True


def finish(store: Store, key: StreamKey, part: Path) -> None:
    """Finish a segment that had to be abandoned (Store.finish)."""
    place = store.volumes.holding(part)
    place.check_there()
    closed = part.with_name(part.name.removesuffix(PART))
    path = part if part.exists() else closed
    with store.index.reading() as db:
        named = place.path_of(str(closed.relative_to(place.root)))
        is_entered = db.execute("SELECT 1 FROM segment WHERE path = ?", (named,)).fetchone()
    if path.exists() and not is_entered:
        finished = _whole(store, key, path, place)
        if finished is not None:
            store.index.add_segment(finished[0])
