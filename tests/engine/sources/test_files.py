"""Video files are read as cameras are: untouched pictures in rising time, or one clear sentence."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from citysquare.engine.clock import ManualClock
from citysquare.engine.errors import NotMedia, NoVideo, SourceError
from citysquare.engine.model import CodedPicture
from citysquare.engine.sources import AddressRule, FileSource, RtspSource, open_source
from tests.engine.sources.clips import Clip, make_clip


async def read(path: Path) -> list[CodedPicture]:
    return [event async for event in FileSource(path, clock=ManualClock()).events() if isinstance(event, CodedPicture)]


def write(clip: Clip, path: Path, *, start: int = 0) -> None:
    """Put a clip into the container that the path's ending names."""
    with av.open(str(path), "w") as out:
        name = "libx264" if clip.codec == "h264" else "libx265"
        stream = out.add_stream(name, rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, "yuv420p"
        stream.time_base = Fraction(1, 90_000)
        stream.codec_context.extradata = b"".join(b"\0\0\0\1" + nal for nal in clip.sets)
        for picture in clip.pictures:
            packet = av.Packet(b"".join(b"\0\0\0\1" + nal for nal in picture.nals))
            packet.pts, packet.dts, packet.duration = picture.pts + start, picture.dts + start, 3600
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 90_000), stream, picture.key
            out.mux(packet)


def vcl(clip: Clip, data: bytes) -> list[bytes]:
    """Return the slices alone: containers may move parameter sets and delimiters."""
    out = []
    while data:
        end = 4 + int.from_bytes(data[:4], "big")
        nal, data = data[4:end], data[end:]
        kind = nal[0] & 31 if clip.codec == "h264" else nal[0] >> 1 & 63
        if kind < (6 if clip.codec == "h264" else 32):
            out.append(nal)
    return out


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize(
    ("codec", "ending"),
    [("h264", "mp4"), ("h264", "mkv"), ("h264", "ts"), ("h264", "h264"), ("h265", "mp4"), ("h265", "mkv"), ("h265", "ts")],
)
async def test_every_picture_of_a_file_comes_untouched_and_in_time(tmp_path: Path, codec: str, ending: str, b_frames: int) -> None:
    clip = make_clip(codec, b_frames=b_frames, frames=30)
    path = tmp_path / f"film.{ending}"
    if ending == "h264":
        path.write_bytes(b"".join(b"\0\0\0\1" + nal for picture in clip.pictures for nal in picture.nals))
    else:
        write(clip, path, start=126_000 if ending == "ts" else 0)
    got = await read(path)
    assert [vcl(clip, picture.data) for picture in got] == [vcl(clip, picture.stored) for picture in clip.pictures]
    assert [picture.key for picture in got] == [picture.key for picture in clip.pictures]
    assert all(a.dts < b.dts for a, b in pairwise(got))
    assert all(picture.pts >= picture.dts >= 0 for picture in got)
    if ending != "h264":  # a bare stream has no times
        assert all(abs(ours.pts - theirs.pts) <= 90 for ours, theirs in zip(got, clip.pictures, strict=True))
    parameters = got[0].parameters
    assert (parameters.codec, parameters.width, parameters.height) == (codec, 320, 192)
    decoder = av.CodecContext.create("h264" if codec == "h264" else "hevc", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = parameters.configuration
    frames = [frame for picture in got for frame in decoder.decode(av.Packet(picture.data))] + decoder.decode(None)
    assert len(frames) == 30


def sound(path: Path) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=48_000)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48_000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def other_coding(path: Path) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        out.mux(stream.encode(av.VideoFrame(320, 192, "yuv420p")))
        out.mux(stream.encode(None))


async def trouble(path: Path) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await read(path)
    assert path.name in caught.value.message
    return caught.value


async def test_what_is_no_video_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("this is no film\n" * 100)
    (tmp_path / "noise.bin").write_bytes(np.random.default_rng(1).bytes(100_000))
    for name in ("empty.mp4", "text.mp4", "noise.bin", "missing.mp4"):
        assert isinstance(await trouble(tmp_path / name), NotMedia)
    sound(tmp_path / "sound.mp4")
    assert isinstance(await trouble(tmp_path / "sound.mp4"), NoVideo)
    other_coding(tmp_path / "old.mp4")
    told = await trouble(tmp_path / "old.mp4")
    assert isinstance(told, NoVideo)
    assert "mpeg4" in told.message


async def test_a_damaged_file_raises_only_our_errors(tmp_path: Path) -> None:
    clip = make_clip("h264", frames=30)
    whole = tmp_path / "whole.mkv"
    write(clip, whole)
    data = whole.read_bytes()
    chance = np.random.default_rng(2)
    for number in range(20):
        harmed = bytearray(data)
        for at in chance.integers(0, len(data), 30):
            harmed[at] = chance.integers(0, 256)
        path = tmp_path / f"harmed{number}.mkv"
        path.write_bytes(harmed[: int(chance.integers(100, len(data)))])
        try:
            got = await read(path)
        except SourceError:
            continue
        assert all(a.dts < b.dts for a, b in pairwise(got))


def test_an_address_and_a_path_are_told_apart() -> None:
    clock = ManualClock()
    assert isinstance(open_source("rtsp://camera/1", clock=clock, rule=AddressRule()), RtspSource)
    assert isinstance(open_source("film.mp4", clock=clock, rule=AddressRule()), FileSource)
