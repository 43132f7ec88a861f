"""Cutting a range out of the footage: all of it, untouched, and next to nothing more."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citysquare.engine.errors import StoreDamaged
from citysquare.engine.footage import FootageReader, samples
from citysquare.engine.footage.boxes import parse_head, parse_init
from citysquare.engine.footage.cutting import Copied, Copying, Cut, Piece, chains, cut
from citysquare.engine.footage.index import NO_LINK
from citysquare.engine.model import TICKS_PER_SECOND, CodedPicture, GapCause, StreamKey
from tests.engine.footage.filmed import film, footage
from tests.engine.footage.scripted import START, STEP, pictures

KEY = StreamKey("gate")
SECOND = TICKS_PER_SECOND


def copied(piece: Piece) -> tuple[bytes, Copied]:
    copying = Copying(piece)
    data = b"".join(copying)
    assert copying.copied is not None
    return data, copying.copied


def pictures_of(data: bytes) -> list[CodedPicture]:
    at, out = parse_init(data).length, []
    while at < len(data):
        head = parse_head(data, at)
        assert head is not None
        out += samples(data, data[at : at + head.length])
        at += head.length
    return out


def of_cut(found: Cut) -> list[CodedPicture]:
    return [each for piece in found.pieces for each in pictures_of(copied(piece)[0])]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 s in files of 4 s, with a key picture each second and a gap from 20 s to 24 s."""
    root = tmp_path_factory.mktemp("footage") / "store"
    shown = pictures(500) + pictures(400, start=START + 24 * SECOND)
    film(root, KEY, shown)
    return root


@pytest.fixture(scope="module")
def plaited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real pictures that are shown in another order than they are sent."""
    root = tmp_path_factory.mktemp("plaited") / "store"
    film(root, KEY, footage(300, start=START, gop=25, b_frames=3))
    return root


def test_segments_inside_the_range_are_the_stored_files_bit_for_bit(store: Path) -> None:
    found = cut(FootageReader(store), KEY, START + 2 * SECOND, START + 18 * SECOND)
    whole = [piece for piece in found.pieces if piece.whole]
    assert len(whole) >= 2
    for piece in whole:
        data, facts = copied(piece)
        assert data == piece.segment.path.read_bytes()
        assert facts.sha256 == piece.segment.sha256 == hashlib.sha256(data).digest()
        assert facts.size == piece.size == len(data)
    assert not found.pieces[0].whole
    assert not found.pieces[-1].whole


@given(st.integers(0, 45 * 90_000), st.integers(1, 45 * 90_000))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_range_is_there_whole_and_not_more_than_a_group_of_pictures_beside_it(store: Path, offset: int, length: int) -> None:
    start, end = START + offset, START + offset + length
    wanted = {p.dts for p in pictures(500) + pictures(400, start=START + 24 * SECOND) if start <= p.dts < end}
    got = of_cut(cut(FootageReader(store), KEY, start, end))
    times = [p.dts for p in got]
    assert wanted <= set(times)
    assert times == sorted(set(times))
    assert all(start - SECOND < time < end + SECOND for time in times)
    assert not got or got[0].key


@given(st.integers(0, 12 * 90_000), st.integers(1, 5 * 90_000))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pictures_shown_in_another_order_than_sent_are_not_lost_at_the_edges(plaited: Path, offset: int, length: int) -> None:
    start, end = START + offset, START + offset + length
    got = of_cut(cut(FootageReader(plaited), KEY, start, end))
    wanted = {p.pts for p in footage(300, start=START, gop=25, b_frames=3) if start <= p.pts < end}
    assert wanted <= {p.pts for p in got}
    assert all(start - 1.2 * SECOND <= p.pts for p in got)


def test_every_piece_plays_in_an_ordinary_player(plaited: Path) -> None:
    found = cut(FootageReader(plaited), KEY, START + 2 * SECOND + 777, START + 7 * SECOND)
    assert len(found.pieces) >= 2
    shown: list[int] = []
    for piece in found.pieces:
        with av.open(io.BytesIO(copied(piece)[0]), "r", options={"err_detect": "explode"}) as file:
            frames = list(file.decode(video=0))
        assert not any(frame.is_corrupt for frame in frames)
        shown += [frame.pts for frame in frames if frame.pts is not None]
    assert shown == sorted(shown)
    assert {b - a for a, b in pairwise(shown)} == {STEP}
    assert shown[0] <= START + 2 * SECOND + 777
    assert shown[-1] + STEP >= START + 7 * SECOND


def test_the_digests_of_a_cut_piece_are_those_of_its_fragments_and_its_source(store: Path) -> None:
    (piece,) = cut(FootageReader(store), KEY, START + SECOND, START + 2 * SECOND).pieces
    data, facts = copied(piece)
    assert facts.sha256 == hashlib.sha256(data).digest()
    assert len(facts.fragments) == piece.last - piece.first
    assert facts.fragments == tuple(
        hashlib.sha256(piece.segment.path.read_bytes()[span.offset : span.offset + span.length]).digest() for span in piece.spans
    )


def test_a_gap_in_the_range_is_told_with_its_cause(store: Path) -> None:
    found = cut(FootageReader(store), KEY, START + 18 * SECOND, START + 30 * SECOND)
    (gap,) = [each for each in found.captured if each.cause is not None]
    assert (gap.start, gap.end, gap.cause) == (START + 20 * SECOND, START + 24 * SECOND, GapCause.UNREACHABLE)


def test_a_range_in_a_gap_has_no_pieces(store: Path) -> None:
    found = cut(FootageReader(store), KEY, START + 21 * SECOND, START + 22 * SECOND)
    assert found.pieces == ()
    assert found.size == 0
    assert [each.cause for each in found.captured] == [GapCause.UNREACHABLE]


def test_a_camera_that_was_never_recorded_has_no_pieces(store: Path) -> None:
    found = cut(FootageReader(store), StreamKey("other"), START, START + SECOND)
    assert (found.pieces, found.captured, found.deleted) == ((), (), ())


def test_an_empty_range_is_a_mistake(store: Path) -> None:
    with pytest.raises(ValueError, match="empty"):
        cut(FootageReader(store), KEY, START, START)


def test_the_chain_leads_from_the_first_exported_segment_to_the_day_s_head(store: Path) -> None:
    reader = FootageReader(store)
    (day,) = chains(reader, cut(reader, KEY, START + 9 * SECOND, START + 10 * SECOND))
    assert day.day == "2026-05-01"
    assert 0 < len(day.entries) < day.segments
    assert all(before.link == after.previous for before, after in pairwise(day.entries))
    assert day.entries[-1].link == day.head
    (whole,) = chains(reader, cut(reader, KEY, START, START + 10 * SECOND))
    assert whole.entries[0].previous == NO_LINK
    assert len(whole.entries) == whole.segments


@pytest.mark.parametrize("harm", ["a byte", "a byte outside of the cut", "the end", "more", "gone", "another file"])
def test_footage_that_is_not_what_was_stored_never_becomes_a_copy(tmp_path: Path, harm: str) -> None:
    root = tmp_path / "store"
    film(root, KEY, pictures(250))
    reader = FootageReader(root)
    (piece,) = cut(reader, KEY, START + 5 * SECOND, START + 6 * SECOND).pieces
    path, data = piece.segment.path, bytearray(piece.segment.path.read_bytes())
    if harm == "a byte":
        data[piece.spans[0].offset + 2000] ^= 1
    elif harm == "a byte outside of the cut":
        data[-3] ^= 1
    elif harm == "the end":
        del data[-1]
    elif harm == "more":
        data += b"\0"
    elif harm == "another file":
        data = bytearray(reader.segments(KEY, START, START + SECOND)[0].path.read_bytes())
    path.write_bytes(data)
    if harm == "gone":
        path.unlink()
    with pytest.raises(StoreDamaged):
        copied(piece)


def test_a_file_that_still_grows_is_told(store: Path) -> None:
    found = cut(FootageReader(store), KEY, START, START + SECOND)
    assert not found.open
    growing = replace(found, pieces=tuple(replace(p, segment=replace(p.segment, sha256=None)) for p in found.pieces))
    assert growing.open
    assert not growing.pieces[0].whole
