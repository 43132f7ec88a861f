"""What parameter sets say, held against what a real coder made and a real decoder sees."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.errors import Garbled
from citysquare.engine.model import Codec
from citysquare.engine.sources import ParameterSets, annexb_to_lengths, h264, h265, sets_of_configuration, split_annexb, split_lengths
from citysquare.engine.sources.bits import BitReader, join_lengths, unescape
from tests.engine.sources.clips import Clip, make_clip, nals_of

SIZES = [(320, 192), (1920, 1080), (640, 360), (322, 182), (130, 98)]
H264_KINDS = [
    {"profile": "baseline"},
    {"profile": "main"},
    {"profile": "high"},
    {"profile": "main", "b_frames": 2},
    {"profile": "high", "b_frames": 3, "extra": "b-pyramid=normal"},
    {"profile": "high10", "pixels": "yuv420p10le"},
    {"profile": "high422", "pixels": "yuv422p"},
    {"profile": "high444", "pixels": "yuv444p"},
    {"profile": "high", "extra": "interlaced=1"},
    {"profile": "high", "extra": "nal-hrd=vbr:vbv-maxrate=900:vbv-bufsize=900:aud=1"},
    {"profile": "high", "extra": "cqm=jvt"},
    {"profile": "high", "extra": "sar=4/3:range=pc:colorprim=bt709:transfer=bt709:colormatrix=bt709:chromaloc=1:overscan=show"},
]
H265_KINDS = [
    {},
    {"b_frames": 4, "extra": "b-pyramid=1"},
    {"pixels": "yuv420p10le"},
    {"pixels": "yuv422p"},
    {"pixels": "yuv444p"},
    {"extra": "temporal-layers=2"},
    {"extra": "level-idc=5.1:high-tier=1"},
    {"extra": "hrd=1:vbv-maxrate=900:vbv-bufsize=900:aud=1"},
]


def made(clip: Clip) -> ParameterSets:
    sets = ParameterSets(Codec(clip.codec))
    for nal in clip.sets:
        sets.offer(nal)
    return sets


def decoded_sizes(clip: Clip, configuration: bytes) -> set[tuple[int, int]]:
    decoder = av.CodecContext.create("h264" if clip.codec == "h264" else "hevc", "r")
    decoder.extradata = configuration
    frames = []
    for picture in clip.pictures:
        frames += decoder.decode(av.Packet(picture.stored))
    frames += decoder.decode(None)
    assert len(frames) == len(clip.pictures)
    return {(frame.width, frame.height) for frame in frames}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_the_size_is_what_the_decoder_sees(codec: str, size: tuple[int, int]) -> None:
    clip = make_clip(codec, width=size[0], height=size[1], frames=3)
    parameters = made(clip).parameters()
    assert parameters is not None
    assert {(parameters.width, parameters.height)} == decoded_sizes(clip, parameters.configuration) == {size}


@pytest.mark.parametrize("kind", H264_KINDS, ids=str)
def test_every_kind_of_h264_is_understood(kind: dict[str, Any]) -> None:
    clip = make_clip("h264", frames=12, **kind)
    parameters = made(clip).parameters()
    assert parameters is not None
    assert decoded_sizes(clip, parameters.configuration) == {(parameters.width, parameters.height)} == {(320, 192)}
    sps = h264.parse_sps(next(nal for nal in clip.sets if h264.unit_type(nal) == 7))
    assert sps.frames_per_second == pytest.approx(25)
    needed = max(sum(1 for b in clip.pictures[:n] if b.pts > a.pts) for n, a in enumerate(clip.pictures))
    assert parameters.reorder_depth >= needed


@pytest.mark.parametrize("kind", H265_KINDS, ids=str)
def test_every_kind_of_h265_is_understood(kind: dict[str, Any]) -> None:
    clip = make_clip("h265", frames=12, **kind)
    parameters = made(clip).parameters()
    assert parameters is not None
    assert decoded_sizes(clip, parameters.configuration) == {(parameters.width, parameters.height)} == {(320, 192)}
    needed = max(sum(1 for b in clip.pictures[:n] if b.pts > a.pts) for n, a in enumerate(clip.pictures))
    assert parameters.reorder_depth >= needed


def exp_golomb(value: int) -> str:
    text = f"{value + 1:b}"
    return "0" * (len(text) - 1) + text


def packed(bits: str) -> bytes:
    length = -(-len(bits) // 8)
    return int(bits.ljust(length * 8, "0"), 2).to_bytes(length, "big")


def test_the_configuration_agrees_with_a_muxers(tmp_path: Path) -> None:
    for codec, name in (("h264", "libx264"), ("h265", "libx265")):
        path = f"{tmp_path}/{codec}.mp4"
        with av.open(path, "w") as out:
            stream = cast("av.VideoStream", out.add_stream(name, rate=25))
            stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
            if codec == "h265":
                stream.codec_context.options = {"x265-params": "log-level=error:pools=none:frame-threads=1"}
            stream.time_base = Fraction(1, 25)
            for n in range(3):
                frame = av.VideoFrame(320, 180, "yuv420p")
                frame.pts = n
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        with av.open(path) as back:
            theirs = bytes(back.streams.video[0].codec_context.extradata or b"")
        sets, length_bytes = sets_of_configuration(Codec(codec), theirs)
        ours = sets.parameters()
        assert ours is not None
        assert length_bytes == 4
        assert (ours.width, ours.height) == (320, 180)
        if codec == "h264":
            assert ours.configuration == theirs
            assert ours.codec_string == f"avc1.{theirs[1:4].hex()}"
        else:
            # Profile, tier, level, chroma and depth; theirs may hold an SEI unit and mark arrays as incomplete.
            assert ours.configuration[1:13] == theirs[1:13]
            assert ours.configuration[16:19] == theirs[16:19]
            assert ours.codec_string == "hvc1.1.6.L60.90"


@pytest.mark.parametrize(
    ("space", "tier", "profile", "flags", "constraints", "level", "expected"),
    [
        (0, 0, 1, 0x60000000, "b00000000000", 93, "hvc1.1.6.L93.B0"),
        (1, 1, 2, 0x20000000, "900000000000", 120, "hvc1.A2.4.H120.90"),
        (0, 0, 4, 0x08000000, "9d0800000000", 150, "hvc1.4.10.L150.9D.8"),
        (0, 0, 1, 0x60000000, "000000000000", 30, "hvc1.1.6.L30"),
    ],
)
def test_codec_strings_follow_annex_e(space: int, tier: int, profile: int, flags: int, constraints: str, level: int, expected: str) -> None:
    assert h265.codec_string(h265.ProfileTierLevel(space, tier, profile, flags, bytes.fromhex(constraints), level)) == expected


def test_new_parameters_replace_those_of_the_same_number_and_count_first() -> None:
    small, large = make_clip("h264", frames=3), make_clip("h264", width=640, height=360, frames=3)
    sets = made(small)
    before = sets.parameters()
    assert sets.parameters() is before
    for nal in small.sets:
        sets.offer(nal)
    assert sets.parameters() is before
    for nal in large.sets:
        sets.offer(nal)
    after = sets.parameters()
    assert after is not None
    assert (after.width, after.height) == (640, 360)


def test_parameter_sets_without_end_are_refused() -> None:
    sets = ParameterSets(Codec.H264)
    units = [b"\x68" + packed(exp_golomb(number) + "1") for number in range(256)]
    with pytest.raises(Garbled):  # noqa: PT012 - which one is too many is not said
        for unit in units:
            sets.offer(unit)


REAL = [nal for codec in ("h264", "h265") for nal in make_clip(codec, frames=3).sets]


@st.composite
def damaged_sets(draw: st.DrawFn) -> bytes:
    nal = bytearray(draw(st.sampled_from(REAL)))
    for _ in range(draw(st.integers(0, 6))):
        nal[draw(st.integers(0, len(nal) - 1))] = draw(st.integers(0, 255))
    return bytes(nal[: draw(st.integers(0, len(nal)))]) + draw(st.binary(max_size=8))


@given(st.one_of(damaged_sets(), st.binary(max_size=200)))
def test_nonsense_is_garbled_and_nothing_else(nal: bytes) -> None:
    for codec in Codec:
        sets = ParameterSets(codec)
        with contextlib.suppress(Garbled):
            for unit in (*REAL, nal):
                sets.offer(unit)
            sets.parameters()
    for parse in (h264.parse_sps, h265.parse_sps, h264.pps_id, h265.pps_id, h265.vps_id):
        with contextlib.suppress(Garbled):
            parse(nal)


CONFIGURATIONS = [made(make_clip(codec, frames=3)).parameters() for codec in ("h264", "h265")]


@given(st.sampled_from(CONFIGURATIONS), st.integers(0, 200), st.binary(max_size=12))
def test_damaged_configurations_are_garbled_and_nothing_else(parameters: object, at: int, damage: bytes) -> None:
    record = bytearray(getattr(parameters, "configuration"))  # noqa: B009 - the table's entries may be None for a type checker
    record[at : at + len(damage)] = damage
    for codec in Codec:
        with contextlib.suppress(Garbled):
            sets_of_configuration(codec, bytes(record))[0].parameters()


@given(st.binary(max_size=400).map(lambda data: data.replace(b"\7", b"\0").replace(b"\5", b"\1")))
def test_annex_b_is_split_as_a_state_machine_does_it(data: bytes) -> None:
    assert tuple(split_annexb(data)) == nals_of(data)
    assert annexb_to_lengths(data) == join_lengths(nals_of(data))


@given(st.lists(st.binary(min_size=1, max_size=50)), st.binary(max_size=3))
def test_lengths_are_believed_only_where_they_fit(units: list[bytes], rest: bytes) -> None:
    assert split_lengths(join_lengths(units)) == units
    if rest:
        with pytest.raises(Garbled):
            split_lengths(join_lengths(units) + rest)


@given(st.binary(max_size=200))
def test_emulation_prevention_is_undone(payload: bytes) -> None:
    escaped = bytearray()
    zeros = 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            escaped.append(3)
            zeros = 0
        escaped.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    assert unescape(bytes(escaped)) == payload


@given(st.lists(st.integers(0, 2**32 - 2), max_size=20), st.lists(st.integers(-(2**30), 2**30), max_size=20))
def test_exp_golomb_numbers_come_back(unsigned: list[int], signed: list[int]) -> None:
    bits = "".join(map(exp_golomb, unsigned)) + "".join(exp_golomb(2 * v - 1 if v > 0 else -2 * v) for v in signed)
    reader = BitReader(packed("1" + bits))
    assert reader.flag()
    assert [reader.ue() for _ in unsigned] == unsigned
    assert [reader.se() for _ in signed] == signed
