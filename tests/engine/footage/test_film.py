"""A range of footage as one film: a player plays it from zero, and any part of it can be asked for."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.errors import StoreDamaged
from citysquare.engine.footage import FootageReader
from citysquare.engine.footage.boxes import MAX_TICKS, redated, write_segment_index
from citysquare.engine.footage.cutting import cut
from citysquare.engine.footage.film import Film, byte_range
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey
from tests.engine.footage.filmed import film, footage
from tests.engine.footage.scripted import OTHER, START, STEP, pictures

KEY = StreamKey("gate")
SECOND = TICKS_PER_SECOND


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("film") / "store"
    film(root, KEY, footage(300, start=START, gop=25, b_frames=3))
    return root


@pytest.fixture(scope="module")
def made(store: Path) -> Film:
    return Film(cut(FootageReader(store), KEY, START + 2 * SECOND, START + 10 * SECOND))


def test_a_player_plays_it_from_zero_with_its_length_known(made: Film) -> None:
    data = b"".join(made.read(0, made.size))
    assert len(data) == made.size
    with av.open(io.BytesIO(data), "r", options={"err_detect": "explode"}) as file:
        assert file.duration is not None
        assert file.duration / 1e6 == pytest.approx((made.end - made.start) / SECOND, abs=0.2)
        frames = list(file.decode(video=0))
    assert not any(frame.is_corrupt for frame in frames)
    times = [frame.pts for frame in frames if frame.pts is not None]
    assert 0 <= times[0] <= 3 * STEP
    assert {b - a for a, b in pairwise(times)} == {STEP}
    assert len(times) >= 8 * 25


def test_a_player_seeks_in_it(made: Film) -> None:
    with av.open(io.BytesIO(b"".join(made.read(0, made.size))), "r") as file:
        file.seek(5 * SECOND, stream=file.streams.video[0])
        frame = next(file.decode(video=0))
    assert frame.pts is not None
    assert 3.5 * SECOND <= frame.pts <= 5 * SECOND + 3 * STEP


@given(st.integers(0, 60_000), st.integers(0, 60_000))
def test_any_part_of_it_is_the_same_bytes(made: Film, one: int, other: int) -> None:
    first, last = min(one, other) * made.size // 60_000, max(one, other) * made.size // 60_000
    assert b"".join(made.read(first, last)) == b"".join(made.read(0, made.size))[first:last]


def test_it_ends_where_the_camera_changes_its_picture(tmp_path: Path) -> None:
    film(tmp_path / "store", KEY, pictures(100) + pictures(100, start=START + 4 * SECOND, parameters=OTHER))
    found = Film(cut(FootageReader(tmp_path / "store"), KEY, START, START + 8 * SECOND))
    assert not found.whole
    assert found.end == START + 4 * SECOND


def test_a_range_without_footage_is_no_film(store: Path) -> None:
    with pytest.raises(ValueError, match="no footage"):
        Film(cut(FootageReader(store), KEY, START - 9 * SECOND, START - 8 * SECOND))


def test_a_file_that_is_deleted_meanwhile_ends_it(tmp_path: Path) -> None:
    film(tmp_path / "store", KEY, pictures(100))
    found = Film(cut(FootageReader(tmp_path / "store"), KEY, START, START + 8 * SECOND))
    for path in (tmp_path / "store").rglob("*.mp4"):
        path.unlink()
    with pytest.raises(StoreDamaged):
        list(found.read(0, found.size))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-", (0, 1000)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=900-5000", (900, 1000)),
        ("bytes=-1", (999, 1000)),
        ("bytes=-5000", (0, 1000)),
        ("Bytes = 5-6", (5, 7)),
        ("", None),
        ("bytes", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=²-3", None),
        ("bytes=-0-5", None),
        ("bytes=" + "9" * 100 + "-", None),
    ],
)
def test_a_range_header_is_read_or_ignored(header: str, expected: tuple[int, int] | None) -> None:
    assert byte_range(header, 1000) == expected


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_behind_the_end_is_told(header: str) -> None:
    with pytest.raises(IndexError):
        byte_range(header, 1000)


@given(st.text(max_size=40))
def test_any_range_header_is_read_or_refused(text: str) -> None:
    try:
        found = byte_range("bytes=" + text, 1000)
    except IndexError:
        return
    assert found is None or 0 <= found[0] < found[1] <= 1000


def test_what_does_not_fit_is_refused() -> None:
    for start in (-1, MAX_TICKS):
        with pytest.raises(ValueError, match="time"):
            redated(bytes(200), start)
    for wrong in ([(0, 1, True)], [(1, 0, True)], [(2**31, 1, False)], [(1, 1, True)] * 65_536):
        with pytest.raises(ValueError, match="index"):
            write_segment_index(wrong)
