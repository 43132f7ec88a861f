"""H.264 parameter sets: what a sequence parameter set says, and `avcC`.

Sources: ITU-T H.264 sections 7.3.2.1.1 (SPS), 7.4.2.1.1 (cropping), E.1.1 (VUI); ISO/IEC 14496-15 section 5.3.3.1 (avcC) and Annex E
(codec string, RFC 6381). Only `Garbled` is raised, whatever the bytes are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citysquare.engine.errors import Garbled
from citysquare.engine.model import Codec, VideoParameters
from citysquare.engine.sources.bits import BitReader, unescape

NAL_IDR = 5
NAL_SPS = 7
NAL_PPS = 8
MAX_SIDE = 16_384
"""Pixels; level 6.2 allows 16 864 along one side, cameras stay far below."""
_HIGH_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 144, 244})
_AVCC_HIGH_PROFILES = frozenset({100, 110, 122, 144, 244})
_PROFILES_WITHOUT_REORDER = frozenset({44, 66})
_INTRA_PROFILES = frozenset({86, 100, 110, 122, 244})
_MAX_DPB_PICTURES = 16
_EXTENDED_ASPECT = 255


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """What an SPS tells."""

    set_id: int
    profile: int
    compatibility: int
    level: int
    chroma_format: int
    bit_depth_luma: int
    bit_depth_chroma: int
    width: int
    """Pixels, after cropping."""
    height: int
    poc_type: int
    reorder_depth: int | None
    """Pictures that may come earlier in coding order than in time; None where the stream does not say."""
    frames_per_second: float | None


@dataclass(frozen=True, slots=True)
class _Colour:
    chroma_format: int = 1
    separate: bool = False
    luma_depth: int = 8
    chroma_depth: int = 8


def unit_type(nal: bytes) -> int:
    """Return nal_unit_type."""
    return nal[0] & 0x1F


def parse_sps(nal: bytes) -> SequenceParameters:
    """Read a sequence parameter set (with its NAL header). Raises Garbled."""
    if len(nal) < 4 or unit_type(nal) != NAL_SPS:
        raise Garbled("What should be an H.264 sequence parameter set is none.")
    reader = BitReader(unescape(nal)[1:])
    profile, compatibility, level = reader.bits(8), reader.bits(8), reader.bits(8)
    set_id = reader.ue(31)
    colour = _colour(reader) if profile in _HIGH_PROFILES else _Colour()
    reader.ue(12)  # log2_max_frame_num_minus4
    poc_type = _skip_picture_order(reader)
    reader.ue(_MAX_DPB_PICTURES)  # max_num_ref_frames
    reader.bits(1)  # gaps_in_frame_num_value_allowed_flag
    width, height = _size(reader, colour)
    reorder, rate = _usability(reader) if reader.flag() else (None, None)
    intra_only = profile in _INTRA_PROFILES and bool(compatibility & 0x10)
    if reorder is None and (poc_type == 2 or profile in _PROFILES_WITHOUT_REORDER or intra_only):
        reorder = 0
    return SequenceParameters(
        set_id=set_id,
        profile=profile,
        compatibility=compatibility,
        level=level,
        chroma_format=colour.chroma_format,
        bit_depth_luma=colour.luma_depth,
        bit_depth_chroma=colour.chroma_depth,
        width=width,
        height=height,
        poc_type=poc_type,
        reorder_depth=reorder,
        frames_per_second=rate,
    )


def pps_id(nal: bytes) -> int:
    """Return the number of a picture parameter set. Raises Garbled."""
    if len(nal) < 2 or unit_type(nal) != NAL_PPS:
        raise Garbled("What should be an H.264 picture parameter set is none.")
    return BitReader(unescape(nal[:16])[1:]).ue(255)


def _colour(reader: BitReader) -> _Colour:
    chroma_format = reader.ue(3)
    separate = chroma_format == 3 and reader.flag()
    luma, chroma = 8 + reader.ue(6), 8 + reader.ue(6)
    reader.bits(1)  # qpprime_y_zero_transform_bypass_flag
    if reader.flag():  # seq_scaling_matrix_present_flag
        for number in range(8 if chroma_format != 3 else 12):
            if reader.flag():
                _skip_scaling_list(reader, 16 if number < 6 else 64)
    return _Colour(chroma_format, separate, luma, chroma)


def _skip_scaling_list(reader: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + reader.se()) % 256
        last = following or last


def _skip_picture_order(reader: BitReader) -> int:
    poc_type = reader.ue(2)
    if poc_type == 0:
        reader.ue(12)
    elif poc_type == 1:
        reader.bits(1)
        reader.se()
        reader.se()
        for _ in range(reader.ue(255)):
            reader.se()
    return poc_type


def _size(reader: BitReader, colour: _Colour) -> tuple[int, int]:
    width = (reader.ue(MAX_SIDE // 16) + 1) * 16
    map_units = reader.ue(MAX_SIDE // 16) + 1
    frames_only = reader.flag()
    height = map_units * 16 * (1 if frames_only else 2)
    if not frames_only:
        reader.bits(1)  # mb_adaptive_frame_field_flag
    reader.bits(1)  # direct_8x8_inference_flag
    if reader.flag():
        samples = 0 if colour.separate else colour.chroma_format  # ChromaArrayType
        across = 2 if samples in (1, 2) else 1
        down = (2 if samples == 1 else 1) * (1 if frames_only else 2)
        left, right, top, bottom = (reader.ue(MAX_SIDE) for _ in range(4))
        width -= (left + right) * across
        height -= (top + bottom) * down
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise Garbled(f"The camera announces a picture of {width} x {height} pixels.")
    return width, height


def _usability(reader: BitReader) -> tuple[int | None, float | None]:
    """Read the VUI (E.1.1) for max_num_reorder_frames and the frame rate."""
    _skip_appearance(reader)
    rate = None
    if reader.flag():  # timing_info_present_flag
        units, scale = reader.bits(32), reader.bits(32)
        reader.bits(1)
        rate = scale / (2 * units) if units and 0.02 <= scale / units <= 2000 else None
    nal_hrd = reader.flag()
    if nal_hrd:
        _skip_hrd(reader)
    vcl_hrd = reader.flag()
    if vcl_hrd:
        _skip_hrd(reader)
    if nal_hrd or vcl_hrd:
        reader.bits(1)
    reader.bits(1)  # pic_struct_present_flag
    if not reader.flag():  # bitstream_restriction_flag
        return None, rate
    reader.bits(1)
    for _ in range(4):
        reader.ue(0xFFFF)
    return reader.ue(_MAX_DPB_PICTURES), rate


def _skip_appearance(reader: BitReader) -> None:
    """Read over aspect ratio, overscan, colours and chroma position."""
    if reader.flag() and reader.bits(8) == _EXTENDED_ASPECT:
        reader.bits(32)
    if reader.flag():  # overscan_info_present_flag
        reader.bits(1)
    if reader.flag():  # video_signal_type_present_flag
        reader.bits(4)
        if reader.flag():
            reader.bits(24)
    if reader.flag():  # chroma_loc_info_present_flag
        reader.ue(5)
        reader.ue(5)


def _skip_hrd(reader: BitReader) -> None:
    schedules = reader.ue(31) + 1
    reader.bits(8)
    for _ in range(schedules):
        reader.ue()
        reader.ue()
        reader.bits(1)
    reader.bits(20)


def build_configuration(sps: Sequence[bytes], pps: Sequence[bytes]) -> bytes:
    """Return an AVCDecoderConfigurationRecord. The first SPS decides profile and level. Raises Garbled."""
    if not 1 <= len(sps) <= 31 or not 1 <= len(pps) <= 255:
        raise Garbled("The camera sends no H.264 parameter sets, or far too many.")
    first = parse_sps(sps[0])
    out = bytearray((1, first.profile, first.compatibility, first.level, 0xFF, 0xE0 | len(sps)))
    for unit in sps:
        out += len(unit).to_bytes(2, "big") + unit
    out.append(len(pps))
    for unit in pps:
        out += len(unit).to_bytes(2, "big") + unit
    if first.profile in _AVCC_HIGH_PROFILES:
        out += bytes((0xFC | first.chroma_format, 0xF8 | first.bit_depth_luma - 8, 0xF8 | first.bit_depth_chroma - 8, 0))
    return bytes(out)


def parse_configuration(record: bytes) -> tuple[list[bytes], list[bytes], int]:
    """Return the SPS, the PPS and the number of length bytes of an AVCDecoderConfigurationRecord. Raises Garbled."""
    if len(record) < 7 or record[0] != 1:
        raise Garbled("What should be an avcC record is none.")
    sps, position = _units(record, 6, record[5] & 31)
    if position >= len(record):
        raise Garbled("An avcC record ends too early.")
    pps, _ = _units(record, position + 1, record[position])
    return sps, pps, (record[4] & 3) + 1


def _units(record: bytes, position: int, number: int) -> tuple[list[bytes], int]:
    units = []
    for _ in range(number):
        body = position + 2
        end = body + int.from_bytes(record[position:body], "big")
        if end > len(record) or end == body:
            raise Garbled("An avcC record ends too early.")
        units.append(record[body:end])
        position = end
    return units, position


def video_parameters(sps: Sequence[bytes], pps: Sequence[bytes]) -> VideoParameters:
    """Return what a decoder must know, from the parameter sets (first SPS first). Raises Garbled."""
    configuration = build_configuration(sps, pps)
    first = parse_sps(sps[0])
    return VideoParameters(
        codec=Codec.H264,
        width=first.width,
        height=first.height,
        configuration=configuration,
        codec_string=f"avc1.{first.profile:02x}{first.compatibility:02x}{first.level:02x}",
        reorder_depth=first.reorder_depth or 0,
    )
