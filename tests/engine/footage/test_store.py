"""Opening a store, whatever state its folder is in."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from citysquare.engine.errors import StoreDamaged, StoreError, StoreFull, StoreReadOnly
from citysquare.engine.footage import FootageReader, Hold, Store, StoreLimits, recovery
from citysquare.engine.footage.files import RealFileSystem, check_key, key_of_folder, segment_path, start_of
from citysquare.engine.footage.fragments import Fragment
from citysquare.engine.footage.housekeeping import Housekeeping
from citysquare.engine.footage.index import Index
from citysquare.engine.footage.ledger import Deletion, joined_stretches
from citysquare.engine.footage.segments import OpenSegment
from citysquare.engine.footage.volumes import Volume
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval, StreamKey, StreamKind
from tests.engine.footage.at_work import recording
from tests.engine.footage.scripted import START, STEP, FaultyVolume, Scripted, pictures

KEY = StreamKey("gate")


def left_open(root: Path, start: int = START, fragments: int = 2) -> Path:
    """Write what a killed recorder leaves."""
    group = [Fragment(tuple(pictures(10, start=start + n * 10 * STEP)), STEP) for n in range(fragments)]
    segment = OpenSegment(RealFileSystem(), Volume("", root), KEY, group[0])
    for fragment in group:
        segment.append(fragment)
    segment.abandon()
    return root / (segment.path + ".part")


@pytest.mark.parametrize("lost", [(2,), (2, 3), (0,), (1, 5)])
async def test_footage_that_a_failing_disk_never_gave_back_is_a_gap_from_the_next_start_on(tmp_path: Path, lost: tuple[int, ...]) -> None:
    root = tmp_path / "store"
    async with recording(root, limits=StoreLimits(least_free_bytes=0, segment_seconds=2)) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(350)))
        await running.passes(16)
    reader = FootageReader(root)
    segments = reader.segments(KEY, 0, 2**53)
    before = reader.captured(KEY, 0, 2**53)
    Store.open(root).close()
    assert reader.captured(KEY, 0, 2**53) == before
    with closing(sqlite3.connect(root / "index.sqlite3")) as db, db:
        for number in lost:
            segments[number].path.unlink()
            db.execute("DELETE FROM segment WHERE start = ?", (segments[number].start,))
    store = Store.open(root)
    assert len(store.findings) == 1
    store.close()
    captured = reader.captured(KEY, 0, 2**53)
    assert all(a.end == b.start for a, b in pairwise(captured))
    assert captured[0].start == before[0].start
    assert captured[-1].end == before[-1].end
    gaps = [(each.start, each.end) for each in captured if each.cause is GapCause.STORAGE_ERROR]
    assert gaps == joined_stretches([(segments[number].start, segments[number].end) for number in lost], 0)
    store = Store.open(root)
    assert store.findings == []
    store.close()


def test_a_store_is_made_in_an_empty_or_missing_folder(tmp_path: Path) -> None:
    Store.open(tmp_path / "new" / "store").close()
    assert (tmp_path / "new" / "store" / ".citysquare-store").is_file()
    Store.open(tmp_path / "new" / "store").close()


def test_a_folder_with_other_things_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(StoreDamaged, match="holds other things") as refused:
        Store.open(tmp_path)
    assert refused.value.code == "store.damaged"
    with pytest.raises(StoreDamaged, match="is a file"):
        Store.open(tmp_path / "letter.txt")


@pytest.mark.parametrize(
    ("code", "kind"), [(errno.EROFS, StoreReadOnly), (errno.EACCES, StoreReadOnly), (errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull)]
)
def test_a_volume_that_takes_no_writes_is_refused_with_a_sentence(tmp_path: Path, code: int, kind: type[StoreError]) -> None:
    Store.open(tmp_path / "store").close()
    volume = FaultyVolume()
    volume.fail(code)
    with pytest.raises(kind, match=r"The .*store .*\."):
        Store.open(tmp_path / "store", files=volume)
    with pytest.raises(kind):
        Store.open(tmp_path / "other", files=volume)
    Store.open(tmp_path / "store").close()


def test_a_full_volume_is_accepted_when_old_footage_can_make_room(tmp_path: Path) -> None:
    root = tmp_path / "store"
    volume = FaultyVolume()
    Store.open(root).close()
    volume.free = 1000
    with pytest.raises(StoreFull):
        Store.open(root, files=volume)
    left_open(root)
    Store.open(root).close()
    Store.open(root, files=volume).close()


def test_an_index_that_is_none_is_refused(tmp_path: Path) -> None:
    Store.open(tmp_path / "store").close()
    for path in (tmp_path / "store").glob("index*"):
        path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreDamaged, match="index"):
        Store.open(tmp_path / "store")


def test_an_index_of_a_later_program_is_refused(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    store.index._db.execute("PRAGMA user_version = 99")  # noqa: SLF001 - a later version, made by hand
    store.close()
    with pytest.raises(StoreDamaged, match="version 99"):
        Store.open(tmp_path / "store")


def test_a_file_left_open_is_cut_to_its_last_whole_fragment_and_entered(tmp_path: Path) -> None:
    root = tmp_path / "store"
    Store.open(root).close()
    part = left_open(root)
    whole = part.stat().st_size
    with part.open("ab") as file:
        file.write(part.read_bytes()[-500:])
    Store.open(root).close()
    (segment,) = FootageReader(root).segments(KEY, 0, 2**53)
    assert segment.path.stat().st_size == segment.size == whole
    assert (segment.start, segment.end, segment.pictures) == (START, START + 20 * STEP, 20)
    assert [(i.start, i.end, i.cause) for i in FootageReader(root).captured(KEY, 0, 2**53)] == [(START, START + 20 * STEP, None)]


def test_a_ledger_that_claims_more_than_is_on_the_disk_is_corrected(tmp_path: Path) -> None:
    root = tmp_path / "store"
    store = Store.open(root)
    rows = [
        Interval(START, START + 50 * STEP),
        Interval(START + 50 * STEP, START + 60 * STEP, GapCause.GARBLED),
        Interval(START + 60 * STEP, START + 90 * STEP),
    ]
    store.index.write_captured([(KEY, rows)])
    store.close()
    left_open(root)
    Store.open(root).close()
    assert FootageReader(root).captured(KEY, 0, 2**53) == [
        Interval(START, START + 20 * STEP),
        Interval(START + 20 * STEP, START + 50 * STEP, GapCause.RESTART),
        Interval(START + 50 * STEP, START + 60 * STEP, GapCause.GARBLED),
        Interval(START + 60 * STEP, START + 90 * STEP, GapCause.RESTART),
    ]


def test_a_file_left_open_without_a_whole_fragment_goes(tmp_path: Path) -> None:
    root = tmp_path / "store"
    Store.open(root).close()
    part = left_open(root)
    part.write_bytes(part.read_bytes()[:1000])
    other = part.with_name("20260501T130000.000Z.mp4.part")
    other.write_bytes(b"")
    Store.open(root).close()
    assert not list(root.rglob("*.part"))
    assert not list(root.rglob("*.mp4"))


def test_a_file_closed_just_before_the_end_without_its_row_is_entered(tmp_path: Path) -> None:
    root = tmp_path / "store"
    Store.open(root).close()
    part = left_open(root)
    part.rename(part.with_suffix(""))
    Store.open(root).close()
    assert len(FootageReader(root).segments(KEY, 0, 2**53)) == 1


def test_what_does_not_fit_is_reported_and_left_alone(tmp_path: Path) -> None:
    root = tmp_path / "store"
    Store.open(root).close()
    left_open(root)
    Store.open(root).close()
    (missing,) = root.rglob("*.mp4")
    missing.unlink()
    older = left_open(root, START - 60 * 90_000)
    older.rename(older.with_suffix(""))
    strange = older.with_name("20260501T235959.000Z.mp4")
    strange.write_bytes(b"x" * 5000)
    store = Store.open(root)
    findings = " ".join(store.findings)
    store.close()
    assert "is missing" in findings
    assert "has no place in the index" in findings
    assert "is damaged" in findings
    assert sorted(path.name for path in (root / ".found").iterdir()) == [f"gate_{older.stem}", f"gate_{strange.name}"]
    assert not strange.exists()
    again = Store.open(root)
    assert len(again.findings) == 1  # the missing one
    again.close()


def test_what_finds_no_room_aside_goes_when_its_time_is_over_and_not_while_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "MOST_FOUND_BYTES", 0)
    root = tmp_path / "store"
    Store.open(root).close()
    strange = root / "gate" / "2026-05-01" / "20260501T120000.000Z.mp4"
    strange.parent.mkdir(parents=True)
    strange.write_bytes(b"x" * 5000)
    start = start_of(strange.name)
    assert start is not None
    hour = 3600 * TICKS_PER_SECOND
    store = Store.open(root)
    assert "stays where it is" in " ".join(store.findings)
    keeping = Housekeeping(store, StoreLimits(least_free_bytes=0, budget_bytes=None, retention_seconds=72 * 3600.0))
    keeping.enforce(start + 71 * hour, 0)
    assert strange.exists()
    keeping.protect([Hold("h", "gate", start, start + hour, until=start + 100 * hour)], [])
    keeping.enforce(start + 80 * hour, 0)
    assert strange.exists()
    keeping.enforce(start + 101 * hour, 0)
    assert not strange.exists()
    store.close()


def test_a_deletion_that_was_interrupted_is_finished_at_the_next_start(tmp_path: Path) -> None:
    root = tmp_path / "store"
    Store.open(root).close()
    left_open(root)
    volume = FaultyVolume()
    store = Store.open(root, files=volume)
    volume.fail(errno.EIO, "unlink")
    with pytest.raises(StoreError):
        store.delete(store.index.oldest(5), Deletion.ORDER, START)
    assert len(list(root.rglob("*.mp4"))) == 1
    assert store.index.garbage() != []
    store.close()
    store = Store.open(root)
    assert store.index.garbage() == []
    store.close()
    assert list(root.rglob("*.mp4")) == []
    assert [d.reason for d in FootageReader(root).deleted(KEY, 0, 2**53)] == [Deletion.ORDER]


def test_the_index_undoes_what_fails_half_way(tmp_path: Path) -> None:
    root = tmp_path / "store"
    Store.open(root).close()
    left_open(root)
    store = Store.open(root)
    index: Index = store.index
    (old,) = index.oldest(1)
    before = index.total_bytes
    with pytest.raises(AttributeError):
        index.delete([old, None], Deletion.ORDER, START)  # type: ignore[list-item]
    assert index.oldest(5) == [old]
    assert index.total_bytes == before
    store.close()


def test_a_stream_s_folder_says_whose_it_is() -> None:
    sub = StreamKey("gate-2", StreamKind.SUB)
    assert key_of_folder(sub.folder) == sub
    assert key_of_folder(KEY.folder) == KEY
    assert key_of_folder("gate.main") is None
    assert key_of_folder("lost+found") is None
    assert segment_path(sub, START + 90) == "gate-2.sub/2026-05-01/20260501T120000.001Z.mp4"
    for name in ("", "..", "a/b", "a.sub", "x" * 101, "a\0"):
        with pytest.raises(ValueError, match="name"):
            check_key(StreamKey(name))
