"""Opening media files and decoding pictures, also hostile ones."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from citysquare.engine.decode import MAX_SIDE, PictureDecoder, demux, jpeg
from citysquare.engine.errors import DecodeError, NotMedia, NoVideo
from tests.engine.twins import Scene, coded, crossing, film


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return film(Scene((crossing(0.5, 0.5, seconds=2.0),), seconds=3.0), tmp_path / "clip.mp4", keyframe_every=1.0, b_frames=2)


def sound(path: Path) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=8000)
        for index in range(8):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 8000, index * 1024, Fraction(1, 8000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_a_file_gives_its_coded_pictures_untouched_and_in_order(clip: Path) -> None:
    with demux(clip) as opened:
        packets = list(opened.packets)
        assert (opened.codec_name, opened.width, opened.height) == ("h264", 640, 360)
    assert len(packets) == 36
    assert [packet.key for packet in packets[:13]] == [True] + [False] * 11 + [True]
    decoding = [packet.dts for packet in packets if packet.dts is not None]
    assert decoding == sorted(set(decoding))


@pytest.mark.parametrize("content", [b"", b"Minutes of the meeting of 3 May\n" * 50, bytes(range(256)) * 20])
def test_what_is_no_video_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.mp4"
    path.write_bytes(content)
    with pytest.raises(NotMedia, match=r"^notes\.mp4 is (empty|not a video we can read)\.$"):
        demux(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.mp4", "rtsp://camera/1", "no\0name"):
        with pytest.raises(NotMedia):
            demux(path)


def test_sound_only_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NoVideo, match="holds sound only"):
        demux(sound(tmp_path / "voice.m4a"))


@pytest.mark.parametrize(
    "text",
    ["#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{clip}\n#EXT-X-ENDLIST\n", "ffconcat version 1.0\nfile '{clip}'\n"],
    ids=["HLS", "concat"],
)
def test_a_playlist_opens_no_other_file(tmp_path: Path, clip: Path, text: str) -> None:
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(text.format(clip=clip))
    with pytest.raises(NotMedia):
        demux(playlist)


def test_a_file_that_breaks_off_is_read_up_to_there(clip: Path, tmp_path: Path) -> None:
    fragmented = tmp_path / "cut.mkv"
    with av.open(str(clip)) as source, av.open(str(fragmented), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    fragmented.write_bytes(fragmented.read_bytes()[: fragmented.stat().st_size * 2 // 3])
    with demux(fragmented) as opened:
        assert 0 < len(list(opened.packets)) < 36


def test_every_picture_comes_out_once_in_the_order_it_was_taken(clip: Path) -> None:
    pictures = coded(clip, start=10**14)
    decoder = PictureDecoder(pictures[0].parameters)
    out = [decoded for picture in pictures for decoded in decoder.decode(picture)] + decoder.flush()
    assert [decoded.at for decoded in out] == sorted(picture.pts for picture in pictures)
    assert out[0].luma.shape == (360, 640)
    assert not any(decoded.suspect for decoded in out)


def test_brightness_is_the_decoders_own_memory_and_cannot_be_written(clip: Path) -> None:
    pictures = coded(clip)
    decoder = PictureDecoder(pictures[0].parameters)
    (picture,) = decoder.decode(pictures[0]) + decoder.flush()
    assert not picture.luma.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        picture.luma[0, 0] = 1


def test_keyframes_only_answers_each_keyframe_at_once(clip: Path) -> None:
    pictures = coded(clip)
    decoder = PictureDecoder(pictures[0].parameters, keyframes_only=True)
    for picture in pictures:
        assert [decoded.at for decoded in decoder.decode(picture)] == ([picture.pts] if picture.key else [])


def test_after_a_damaged_picture_decoding_goes_on(clip: Path) -> None:
    pictures = coded(clip)
    decoder = PictureDecoder(pictures[0].parameters)
    with pytest.raises(DecodeError):
        decoder.decode(dataclasses.replace(pictures[0], data=b"\x00\xff\xff\xff\x65"))
    out = [decoded for picture in pictures for decoded in decoder.decode(picture)] + decoder.flush()
    assert len(out) == len(pictures)


def test_absurd_sizes_and_parameters_are_refused(clip: Path) -> None:
    parameters = coded(clip)[0].parameters
    for wrong in (
        dataclasses.replace(parameters, width=MAX_SIDE + 1),
        dataclasses.replace(parameters, height=0),
    ):
        with pytest.raises(DecodeError):
            PictureDecoder(wrong)


def test_a_picture_becomes_a_jpeg_in_colour(clip: Path) -> None:
    pictures = coded(clip)
    decoder = PictureDecoder(pictures[0].parameters)
    (picture,) = decoder.decode(pictures[0]) + decoder.flush()
    assert picture.bgr().shape == (360, 640, 3)
    decoded = cv2.imdecode(np.frombuffer(jpeg(picture), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (360, 640, 3)
