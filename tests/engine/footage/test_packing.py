"""The packed list of a file's fragments in the index."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.errors import StoreDamaged
from citysquare.engine.footage.packing import Span, pack_spans, unpack_spans


@st.composite
def files(draw: st.DrawFn) -> list[Span]:
    offset, before = draw(st.integers(0, 5000)), draw(st.integers(10_000, 2**53))
    out = []
    for length in draw(st.lists(st.integers(1, 2**26), max_size=200)):
        start = before + draw(st.integers(-5000, 2**32))
        end = start + draw(st.integers(0, 2**32))
        out.append(Span(offset, length, start, end, draw(st.booleans())))
        offset, before = offset + length, end
    return out


@given(files())
def test_fragments_come_back_from_the_index(spans: list[Span]) -> None:
    assert unpack_spans(pack_spans(spans)) == spans


@given(st.binary(max_size=200))
def test_any_bytes_in_the_index_are_read_or_refused(data: bytes) -> None:
    try:
        unpack_spans(data)
    except StoreDamaged:
        return


def test_a_minute_takes_about_a_kilobyte() -> None:
    spans = [Span(800 + n * 250_000, 250_000, 10**14 + n * 45_000, 10**14 + (n + 1) * 45_000, n % 4 == 0) for n in range(120)]
    assert len(pack_spans(spans)) < 1100


def test_a_number_without_an_end_is_refused() -> None:
    with pytest.raises(StoreDamaged):
        unpack_spans(b"\xff" * 20)
