"""Cutting pictures into fragments."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.footage.boxes import MAX_PICTURE
from citysquare.engine.footage.fragments import Fragment, FragmentBuilder, Piece
from citysquare.engine.model import TICKS_PER_SECOND, Break, CodedPicture, GapCause
from tests.engine.footage.scripted import OTHER, START, STEP, picture, pictures

HALF = TICKS_PER_SECOND // 2


def cut(sent: list[CodedPicture | Break], floor: int = START) -> list[Piece]:
    builder = FragmentBuilder(HALF, floor)
    pieces: list[Piece] = []
    for event in sent:
        pieces += builder.lost(event) if isinstance(event, Break) else builder.push(event)
    return pieces + builder.flush()


def counts(pieces: list[Piece]) -> list[int]:
    return [len(piece.pictures) for piece in pieces if isinstance(piece, Fragment)]


def test_a_fragment_lasts_half_a_second_and_a_key_picture_begins_one() -> None:
    assert counts(cut([*pictures(100, gop=50)])) == [13, 13, 13, 11] * 2


def test_a_fragment_leaves_on_its_last_picture_without_waiting_for_the_next() -> None:
    builder = FragmentBuilder(HALF, START)
    left = [bool(builder.push(each)) for each in pictures(13)]
    assert left == [False] * 12 + [True]


def test_a_slow_camera_has_a_fragment_for_each_picture() -> None:
    assert counts(cut([picture(START + n * TICKS_PER_SECOND, key=True) for n in range(10)]))[1:] == [1] * 9


def test_key_pictures_close_together_share_a_fragment() -> None:
    assert counts(cut([*pictures(100, gop=1)])) == [7] * 14 + [2]
    fragments = [piece for piece in cut([*pictures(100, gop=5)]) if isinstance(piece, Fragment)]
    assert all(fragment.key for fragment in fragments)


def test_a_step_in_time_is_not_inside_a_fragment() -> None:
    sent = [*pictures(5), *pictures(5, start=START + 3 * TICKS_PER_SECOND)]
    fragments = [piece for piece in cut([*sent]) if isinstance(piece, Fragment)]
    assert [fragment.end - fragment.start for fragment in fragments] == [5 * STEP] * 2


def test_other_parameters_without_a_key_picture_wait_for_one() -> None:
    odd = [replace(each, parameters=OTHER) for each in pictures(10)[5:]]
    good = pictures(5, start=START + 10 * STEP, parameters=OTHER)
    pieces = cut([*pictures(5), *odd, *good])
    assert counts(pieces) == [5, 5]
    assert [piece.cause for piece in pieces if isinstance(piece, Break)] == [GapCause.NO_KEYFRAME]


def test_a_camera_that_changes_its_parameters_all_the_time_is_garbled() -> None:
    sent = [replace(each, parameters=OTHER if n % 2 else each.parameters) for n, each in enumerate(pictures(50, gop=1))]
    pieces = cut([*sent])
    assert counts(pieces)[:2] == [1, 1]
    assert GapCause.GARBLED in [piece.cause for piece in pieces if isinstance(piece, Break)]


def test_an_impossible_picture_is_garbled_and_the_next_key_picture_goes_on() -> None:
    for wrong in (b"", b"\0" * (MAX_PICTURE + 1)):
        pieces = cut([*pictures(5), replace(pictures(6)[5], data=wrong), *pictures(5, start=START + 6 * STEP)])
        assert counts(pieces) == [5, 5]
        assert [piece.cause for piece in pieces if isinstance(piece, Break)] == [GapCause.GARBLED]


def test_a_source_s_time_that_lies_before_the_store_s_end_is_moved_behind_it() -> None:
    pieces = cut([*pictures(10, start=0)], floor=START)
    (fragment,) = [piece for piece in pieces if isinstance(piece, Fragment)]
    assert [each.dts for each in fragment.pictures] == [START + n * STEP for n in range(10)]


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(-5000, 5000), st.booleans()), max_size=60))
def test_times_rise_whatever_the_source_says(script: list[tuple[int, int, bool]]) -> None:
    at = START
    sent: list[CodedPicture | Break] = []
    for step, shift, key in script:
        at += step
        sent.append(CodedPicture(b"x", at + shift, at, key, OTHER))
    out = [each for piece in cut(sent) if isinstance(piece, Fragment) for each in piece.pictures]
    assert all(a.dts < b.dts for a, b in pairwise(out))
    assert all(each.pts >= each.dts >= START for each in out)
    for a, b in pairwise([piece for piece in cut(sent) if isinstance(piece, Fragment)]):
        assert a.pictures[-1].dts < b.start
        a.encode(1)
