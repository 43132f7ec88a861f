"""Whose footage goes where room is short: never what is held, never more than needed, and from all cameras alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citysquare.engine.footage import Hold, KeptTrack, StoreLimits
from citysquare.engine.footage.boxes import parse_init, write_init
from citysquare.engine.footage.forecast import hours_until_deletion
from citysquare.engine.footage.holds import Protected
from citysquare.engine.footage.housekeeping import Housekeeping
from citysquare.engine.footage.index import Old, Segment
from citysquare.engine.footage.space import Pile, SpacePolicy, choose
from citysquare.engine.footage.store import Store
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey, StreamKind
from tests.engine.footage.scripted import PARAMETERS

MINUTE = 60 * TICKS_PER_SECOND
HOUR = 60 * MINUTE


@dataclass(frozen=True)
class Piece:
    """A segment as the choice sees it."""

    stream: int
    start: int
    end: int
    size: int


@st.composite
def streams(draw: st.DrawFn) -> list[list[Piece]]:
    """Up to six streams of up to twelve segments, of any lengths, sizes and beginnings."""
    out = []
    for number in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, 500))
        pieces = []
        for length, size, pause in draw(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 100), st.integers(0, 30)), max_size=12)):
            pieces.append(Piece(number, at, at + length, size))
            at += length + pause
        out.append(pieces)
    return out


def span(pieces: list[Piece]) -> int:
    return sum(piece.end - piece.start for piece in pieces)


@given(streams(), st.integers(-10, 2000), st.sampled_from(["evenly", "oldest"]))
def test_no_more_goes_than_needed_and_no_less_where_there_is_enough(kept: list[list[Piece]], need: int, policy: SpacePolicy) -> None:
    gone = list(choose([Pile(span(pieces), iter(pieces)) for pieces in kept], need, policy))
    sizes = [piece.size for piece in gone]
    if gone:
        assert sum(sizes[:-1]) < need
    if sum(sizes) < need:
        assert len(gone) == sum(len(pieces) for pieces in kept)
    for number, pieces in enumerate(kept):  # of each stream the oldest go, in order
        own = [piece for piece in gone if piece.stream == number]
        assert own == pieces[: len(own)]


@given(streams(), st.integers(0, 2000))
def test_evenly_leaves_all_that_gave_something_within_one_segment_of_each_other(kept: list[list[Piece]], need: int) -> None:
    gone = list(choose([Pile(span(pieces), iter(pieces)) for pieces in kept], need, "evenly"))
    left = [span([piece for piece in pieces if piece not in gone]) for pieces in kept]
    for number, after in enumerate(left):
        own = [piece for piece in gone if piece.stream == number]
        if own:  # it kept longest when its last segment went, and others have only lost since
            assert after + own[-1].end - own[-1].start >= max(left)


@given(streams(), st.integers(0, 2000))
def test_oldest_takes_the_oldest_of_all(kept: list[list[Piece]], need: int) -> None:
    gone = list(choose([Pile(span(pieces), iter(pieces)) for pieces in kept], need, "oldest"))
    assert [piece.start for piece in gone] == sorted(piece.start for piece in gone)
    rest = [piece.start for pieces in kept for piece in pieces if piece not in gone]
    assert not gone or not rest or gone[-1].start <= min(rest)


def test_a_camera_with_much_to_write_does_not_push_out_one_that_keeps_little() -> None:
    quiet = [Piece(0, n, n + 1, 1) for n in range(10)]  # its footage is old
    chatty = [Piece(1, 100 + n, 101 + n, 50) for n in range(40)]
    gone = list(choose([Pile(span(quiet), iter(quiet)), Pile(span(chatty), iter(chatty))], 1000, "evenly"))
    assert {piece.stream for piece in gone} == {1}


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 200), st.integers(1, 40)), max_size=12),
    st.integers(0, 220),
    st.integers(1, 40),
)
def test_what_meets_a_protected_stretch_is_protected(stretches: list[tuple[str, int, int]], start: int, length: int) -> None:
    protected = Protected([(camera, at, at + long) for camera, at, long in stretches])
    meets = any(camera == "a" and at < start + length and at + long > start for camera, at, long in stretches)
    found = protected.end_of("a", start, start + length)
    assert (found is not None) == meets
    if found is not None:
        assert found > start


def segment(key: StreamKey, start: int, end: int, size: int, volume: str = "") -> Segment:
    """A row without a file: deletion takes a file that is gone for deleted."""
    init = write_init(PARAMETERS)
    at = f"@{volume}/" if volume else ""
    return Segment(key, f"{at}{key.folder}/{start}.mp4", start, end, size, 1, bytes(32), init, parse_init(init), ())


def rows(store: Store) -> list[Old]:
    return store.index.oldest(10_000)


@st.composite
def situations(draw: st.DrawFn) -> tuple[dict[StreamKey, list[int]], list[Hold], list[KeptTrack], int, SpacePolicy]:
    """Cameras with segments of a minute, holds and kept tracks anywhere among them, a budget and a policy."""
    cameras = [f"c{n}" for n in range(draw(st.integers(1, 4)))]
    kinds = st.sampled_from([StreamKind.MAIN, StreamKind.MAIN, StreamKind.SUB])
    sizes = {StreamKey(camera, draw(kinds)): draw(st.lists(st.integers(1, 1000), min_size=1, max_size=15)) for camera in cameras}
    where = st.tuples(st.sampled_from(cameras), st.integers(0, 16 * MINUTE), st.integers(1, 4 * MINUTE))
    holds = [Hold(f"h{n}", camera, at, at + long) for n, (camera, at, long) in enumerate(draw(st.lists(where, max_size=4)))]
    tracks = [KeptTrack(camera, at, at + long, 10**15) for camera, at, long in draw(st.lists(where, max_size=4))]
    return sizes, holds, tracks, draw(st.integers(0, 20_000)), draw(st.sampled_from(["evenly", "oldest"]))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("stores")
    return (root / str(n) for n in accumulate(iter(lambda: 1, 0)))


def held(old: Old, holds: list[Hold]) -> bool:
    return any(hold.camera == old.key.camera and old.start < hold.end and old.end > hold.start for hold in holds)


def tracked(old: Old, tracks: list[KeptTrack]) -> bool:
    return old.key.kind is StreamKind.MAIN and any(t.camera == old.key.camera and old.start < t.end and old.end > t.start for t in tracks)


@settings(max_examples=40)
@given(situation=situations())
def test_a_store_keeps_what_is_held_deletes_no_more_than_needed_and_tracks_footage_last(
    folders: Iterator[Path], situation: tuple[dict[StreamKey, list[int]], list[Hold], list[KeptTrack], int, SpacePolicy]
) -> None:
    sizes, holds, tracks, budget, policy = situation
    store = Store.open(next(folders))
    try:
        for key, each in sizes.items():
            for number, size in enumerate(each):
                store.index.add_segment(segment(key, number * MINUTE, (number + 1) * MINUTE, size))
        before = rows(store)
        limits = StoreLimits(budget, retention_seconds=None, sub_retention_seconds=None, least_free_bytes=0, space_policy=policy)
        keeping = Housekeeping(store, limits)
        keeping.protect(holds, tracks)
        keeping.enforce(HOUR, 0)
        after = rows(store)
        gone = [old for old in before if old not in after]
        assert not any(held(old, holds) for old in gone)
        need = sum(old.size for old in before) - budget
        if gone:
            assert sum(old.size for old in gone) - need < max(old.size for old in gone)
        else:
            assert need <= 0 or all(held(old, holds) for old in before)
        if sum(old.size for old in gone) < need:
            assert all(held(old, holds) for old in after)
        kept_only = sum(old.size for old in before if tracked(old, tracks) and not held(old, holds))
        if any(tracked(old, tracks) for old in gone) and 2 * kept_only <= sum(old.size for old in before):
            assert all(tracked(old, tracks) or held(old, holds) for old in after)
        assert store.volumes.closed == (sum(old.size for old in after) > budget and any(held(old, holds) for old in after))
    finally:
        store.close()


@settings(max_examples=25)
@given(situation=situations(), retention=st.integers(1, 20))
def test_retention_deletes_all_that_is_over_its_time_and_nothing_that_is_kept(
    folders: Iterator[Path], situation: tuple[dict[StreamKey, list[int]], list[Hold], list[KeptTrack], int, SpacePolicy], retention: int
) -> None:
    sizes, holds, tracks, _, _ = situation
    store = Store.open(next(folders))
    try:
        for key, each in sizes.items():
            for number, size in enumerate(each):
                store.index.add_segment(segment(key, number * MINUTE, (number + 1) * MINUTE, size))
        before = rows(store)
        limits = StoreLimits(retention_seconds=retention * 60, sub_retention_seconds=retention * 60, least_free_bytes=0)
        keeping = Housekeeping(store, limits)
        keeping.protect(holds, tracks)
        keeping.enforce(20 * MINUTE, 0)
        kept = [old for old in before if old.end >= (20 - retention) * MINUTE or held(old, holds) or tracked(old, tracks)]
        assert rows(store) == kept
    finally:
        store.close()


def test_the_forecast_says_when_room_ends_before_the_retention_does() -> None:
    day = 86_400.0
    assert hours_until_deletion(room=3600 * 1000, bytes_per_second=1000, oldest_age=0, retention=3 * day) == 1.0
    assert hours_until_deletion(room=int(3 * day) * 1000, bytes_per_second=1000, oldest_age=0, retention=3 * day) is None
    assert hours_until_deletion(room=3600 * 1000, bytes_per_second=1000, oldest_age=3 * day - 60, retention=3 * day) is None
    assert hours_until_deletion(room=0, bytes_per_second=0, oldest_age=0, retention=None) == 0.0
    assert hours_until_deletion(room=1, bytes_per_second=0, oldest_age=0, retention=None) is None
    assert hours_until_deletion(room=7200, bytes_per_second=1, oldest_age=0, retention=None) == 2.0
