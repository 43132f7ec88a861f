"""The files we write: other programs play them, and we get back exactly what went in, whatever a file holds."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.clock import ManualClock
from citysquare.engine.errors import StoreDamaged
from citysquare.engine.footage.boxes import (
    HEAD_BYTES,
    MAX_INIT,
    init_length,
    moof_length,
    parse_head,
    parse_init,
    samples,
    write_fragment,
    write_init,
)
from citysquare.engine.footage.fragments import FragmentBuilder
from citysquare.engine.model import Codec, CodedPicture, VideoParameters
from citysquare.engine.sources import FileSource
from tests.engine.footage.scripted import PARAMETERS, START, STEP, pictures

parameters = st.builds(
    VideoParameters,
    codec=st.just(Codec.H264),
    width=st.integers(1, 65535),
    height=st.integers(1, 65535),
    configuration=st.binary(min_size=1, max_size=300),
    codec_string=st.sampled_from(["avc1.64001f", "avc3.42e01e", "avc1.4d0028"]),
    reorder_depth=st.integers(0, 16),
) | st.builds(
    VideoParameters,
    codec=st.just(Codec.H265),
    width=st.integers(1, 65535),
    height=st.integers(1, 65535),
    configuration=st.binary(min_size=1, max_size=300),
    codec_string=st.sampled_from(["hvc1.1.6.L93.B0", "hev1.2.4.H153"]),
    reorder_depth=st.integers(0, 16),
)


@st.composite
def groups(draw: st.DrawFn) -> list[CodedPicture]:
    known = draw(parameters)
    dts = draw(st.integers(0, 2**53))
    out = []
    for size in draw(st.lists(st.integers(1, 300), min_size=1, max_size=40)):
        out.append(CodedPicture(bytes([size % 256]) * size, dts + draw(st.integers(0, 2**31 - 1)), dts, draw(st.booleans()), known))
        dts += draw(st.integers(1, 2**32 - 1))
    return out


@given(parameters)
def test_a_file_s_beginning_gives_its_parameters_back(known: VideoParameters) -> None:
    data = write_init(known)
    assert parse_init(data + b"what follows").parameters == known
    assert init_length(data) == len(data)
    assert init_length(data[:-1]) is None


@given(groups(), st.integers(1, 2**32 - 1), st.integers(0, 2**32))
def test_a_fragment_gives_its_pictures_back(group: list[CodedPicture], duration: int, sequence: int) -> None:
    data = write_fragment(sequence, group, duration)
    assert samples(write_init(group[0].parameters), data) == group
    head = parse_head(data)
    assert head is not None
    assert (head.length, head.start, head.end, head.key) == (len(data), group[0].dts, group[-1].dts + duration, group[0].key)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (parse_init, parse_head, lambda given: samples(given, given)):
        try:
            read(data)
        except StoreDamaged as error:
            assert error.code == "store.damaged"  # noqa: PT017 - no error is right too


@given(st.data())
def test_altered_files_are_read_or_refused(data: st.DataObject) -> None:
    init = bytearray(write_init(PARAMETERS))
    fragment = bytearray(write_fragment(1, pictures(10, size=20), STEP))
    for target in (init, fragment):
        for _ in range(data.draw(st.integers(1, 4))):
            target[data.draw(st.integers(0, len(target) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = samples(bytes(init), bytes(fragment))
    except StoreDamaged:
        return
    assert len(found) == 10


@given(st.integers(0, 600))
def test_a_fragment_cut_short_is_not_whole(length: int) -> None:
    data = write_fragment(1, pictures(5, size=50), STEP)
    head = parse_head(data[:length])
    assert head is None or head.length == len(data)


def test_a_length_in_a_file_is_never_trusted() -> None:
    with pytest.raises(StoreDamaged):
        moof_length(struct.pack(">I4s", 2**31, b"moof"))
    with pytest.raises(StoreDamaged):
        init_length(struct.pack(">I4s", MAX_INIT + 1, b"ftyp"))
    data = bytearray(write_fragment(1, pictures(5), STEP))
    struct.pack_into(">I", data, HEAD_BYTES + 4, 2**32 - 1)
    with pytest.raises(StoreDamaged):
        parse_head(bytes(data))


@pytest.mark.parametrize(
    "wrong",
    [replace(PARAMETERS, width=0), replace(PARAMETERS, height=70_000), replace(PARAMETERS, configuration=b"\0" * MAX_INIT)],
)
def test_parameters_that_do_not_fit_are_refused(wrong: VideoParameters) -> None:
    with pytest.raises(ValueError, match=r"pixels|long"):
        write_init(wrong)


def test_pictures_that_do_not_fit_are_refused() -> None:
    first, second = pictures(2)
    for wrong in ([], [second, first], [replace(first, data=b"")], [replace(first, dts=-1)], [replace(first, pts=first.dts + 2**31)]):
        with pytest.raises(ValueError, match=r"fragment|picture"):
            write_fragment(1, wrong, STEP)


def encoded(path: Path, codec: str, options: dict[str, str]) -> None:
    """A second and a half of a moving picture, coded by another hand."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        stream.time_base = Fraction(1, 25)
        for n in range(60):
            image = np.full((192, 320, 3), 80, np.uint8)
            image[40:90, 4 * n : 4 * n + 40] = (200, 60, 30)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = n
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


CODERS = {
    "H.264": ("libx264", {"g": "20", "bf": "0"}),
    "H.264 with B-frames": ("libx264", {"g": "20", "bf": "3"}),
    "H.265": ("libx265", {"x265-params": "keyint=20:bframes=0:log-level=none"}),
    "H.265 with B-frames": ("libx265", {"x265-params": "keyint=20:bframes=3:log-level=none"}),
}


@pytest.mark.parametrize("coder", CODERS)
async def test_other_programs_play_what_we_write_and_see_the_same_bytes(tmp_path: Path, coder: str) -> None:
    encoded(tmp_path / "in.mp4", *CODERS[coder])
    builder = FragmentBuilder(STEP * 12, START)
    sent = []
    data = b""
    async for event in FileSource(tmp_path / "in.mp4", clock=ManualClock()).events():
        assert isinstance(event, CodedPicture)
        sent.append(event)
    pieces = [piece for event in sent for piece in builder.push(event)] + builder.flush()
    data = write_init(sent[0].parameters)
    for number, piece in enumerate(pieces):
        assert not hasattr(piece, "cause")
        data += piece.encode(number + 1)
    with av.open(io.BytesIO(data), "r") as file:
        stream = file.streams.video[0]
        assert (stream.width, stream.height) == (320, 192)
        assert stream.time_base == Fraction(1, 90_000)
        packets = [packet for packet in file.demux(stream) if packet.size]
        assert [bytes(packet) for packet in packets] == [picture.data for picture in sent]
        assert [(p.pts, p.dts) for p in packets] == [(s.pts + START - sent[0].dts, s.dts + START - sent[0].dts) for s in sent]
        assert [packet.is_keyframe for packet in packets] == [picture.key for picture in sent]
    with av.open(io.BytesIO(data), "r", options={"err_detect": "explode"}) as file:
        decoded = list(file.decode(video=0))
    assert len(decoded) == 60
    times = [frame.pts for frame in decoded if frame.pts is not None]
    assert len(times) == 60
    assert times == sorted(times)
    assert not any(frame.is_corrupt for frame in decoded)
