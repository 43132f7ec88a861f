"""Both axes of many streams at once are what each of them says alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.footage import FootageReader
from citysquare.engine.footage.files import INDEX
from citysquare.engine.footage.index import Index
from citysquare.engine.model import GapCause, Interval, StreamKey

CAUSES = [None, GapCause.STALLED, GapCause.SWITCHED_OFF]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    base = tmp_path_factory.mktemp("axes")
    return (base / str(number) for number in range(10**6))


@st.composite
def stores(draw: st.DrawFn) -> dict[str, tuple[list[Interval], list[tuple[int, int]]]]:
    """A ledger and deletions for each of some cameras."""
    found = {}
    for camera in draw(st.sets(st.sampled_from(["a", "b", "c"]), max_size=3)):
        edges = sorted(draw(st.sets(st.integers(0, 50), min_size=2, max_size=8)))
        axis = [Interval(start, end, draw(st.sampled_from(CAUSES))) for start, end in pairwise(edges)]
        cuts = sorted(draw(st.sets(st.integers(0, 50), max_size=6)))
        found[camera] = (axis, [(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)])
    return found


def told(axis: list[Interval], start: int, end: int) -> list[Interval]:
    """What a ledger says of a range, put plainly: cut to it, and switched off to its end once that was the last word."""
    last = axis[-1]
    if last.cause is GapCause.SWITCHED_OFF and last.end < end:
        axis = [*axis[:-1], Interval(last.start, end, last.cause)]
    return [Interval(max(start, one.start), min(end, one.end), one.cause) for one in axis if one.end > start and one.start < end]


@given(stores(), st.integers(0, 55), st.integers(1, 30))
def test_many_streams_read_at_once_are_what_each_says_alone(
    folders: Iterator[Path], known: dict[str, tuple[list[Interval], list[tuple[int, int]]]], start: int, long: int
) -> None:
    root = next(folders)
    root.mkdir()
    index = Index(root / INDEX)
    index.write_captured([(StreamKey(camera), axis) for camera, (axis, _) in known.items()])
    index.close()
    with closing(sqlite3.connect(root / INDEX)) as db, db:
        for camera, (_, deleted) in known.items():
            rows = [(camera, begin, end) for begin, end in deleted]
            db.executemany("INSERT INTO kept SELECT id, ?2, ?3, 'retention', 99 FROM stream WHERE camera = ?1", rows)
    reader, keys = FootageReader(root), [StreamKey(camera) for camera in "abc"]
    found = reader.axes(keys, start, start + long)
    assert set(found) == {StreamKey(camera) for camera in known}
    spans = {key: (start + number, start + number + long) for number, key in enumerate(keys)}
    assert reader.captured_of(spans) == {key: told(known[key.camera][0], *span) for key, span in spans.items() if key.camera in known}
    for key, axes in found.items():
        assert axes.since == reader.since(key)
        assert axes.captured == reader.captured(key, start, start + long) == told(known[key.camera][0], start, start + long)
        assert axes.deleted == reader.deleted(key, start, start + long)


def test_a_store_that_is_not_there_yet_has_no_axes(tmp_path: Path) -> None:
    assert FootageReader(tmp_path / "store").axes([StreamKey("a")], 0, 9) == {}
