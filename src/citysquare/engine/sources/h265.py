"""H.265 parameter sets: what a sequence parameter set says, and `hvcC`.

Sources: ITU-T H.265 sections 7.3.2.2.1 (SPS), 7.3.3 (profile, tier and level), 7.4.3.2.1 (cropping); ISO/IEC 14496-15 section 8.3.3.1
(hvcC) and Annex E.3 (codec string). Only `Garbled` is raised, whatever the bytes are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citysquare.engine.errors import Garbled
from citysquare.engine.model import Codec, VideoParameters
from citysquare.engine.sources.bits import BitReader, unescape
from citysquare.engine.sources.h264 import MAX_SIDE

NAL_VPS = 32
NAL_SPS = 33
NAL_PPS = 34
FIRST_IRAP = 16
LAST_IRAP = 23
_MAX_DPB_PICTURES = 16


@dataclass(frozen=True, slots=True)
class ProfileTierLevel:
    """The twelve bytes of general_profile_space ... general_level_idc, taken apart."""

    space: int
    tier: int
    profile: int
    compatibility: int
    constraints: bytes
    """Six bytes."""
    level: int


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """What an SPS tells."""

    set_id: int
    general: ProfileTierLevel
    temporal_layers: int
    temporal_nesting: bool
    chroma_format: int
    bit_depth_luma: int
    bit_depth_chroma: int
    width: int
    """Pixels, after cropping."""
    height: int
    reorder_depth: int


def unit_type(nal: bytes) -> int:
    """Return nal_unit_type."""
    return nal[0] >> 1 & 0x3F


def _payload(nal: bytes, kind: int, name: str) -> BitReader:
    if len(nal) < 3 or unit_type(nal) != kind:
        raise Garbled(f"What should be an H.265 {name} parameter set is none.")
    return BitReader(unescape(nal)[2:])


def parse_sps(nal: bytes) -> SequenceParameters:
    """Read a sequence parameter set (with its NAL header). Raises Garbled."""
    reader = _payload(nal, NAL_SPS, "sequence")
    reader.bits(4)  # sps_video_parameter_set_id
    sub_layers = reader.bits(3)
    if sub_layers > 6:
        raise Garbled("An H.265 sequence parameter set has too many layers.")
    nesting = reader.flag()
    general = _profile_tier_level(reader, sub_layers)
    set_id = reader.ue(15)
    chroma_format = reader.ue(3)
    separate = chroma_format == 3 and reader.flag()
    width, height = _size(reader, 0 if separate else chroma_format)
    luma, chroma = 8 + reader.ue(8), 8 + reader.ue(8)
    reader.ue(12)  # log2_max_pic_order_cnt_lsb_minus4
    reorder = 0
    for _ in range(sub_layers + 1 if reader.flag() else 1):
        reader.ue(_MAX_DPB_PICTURES)
        reorder = reader.ue(_MAX_DPB_PICTURES)
        reader.ue()
    return SequenceParameters(
        set_id=set_id,
        general=general,
        temporal_layers=sub_layers + 1,
        temporal_nesting=nesting,
        chroma_format=chroma_format,
        bit_depth_luma=luma,
        bit_depth_chroma=chroma,
        width=width,
        height=height,
        reorder_depth=reorder,
    )


def _profile_tier_level(reader: BitReader, sub_layers: int) -> ProfileTierLevel:
    space, tier, profile = reader.bits(2), reader.bits(1), reader.bits(5)
    compatibility = reader.bits(32)
    constraints = reader.bits(48).to_bytes(6, "big")
    level = reader.bits(8)
    present = [(reader.flag(), reader.flag()) for _ in range(sub_layers)]
    if sub_layers:
        reader.bits(2 * (8 - sub_layers))
    for has_profile, has_level in present:
        reader.bits(88 * has_profile + 8 * has_level)
    return ProfileTierLevel(space, tier, profile, compatibility, constraints, level)


def _size(reader: BitReader, chroma_array: int) -> tuple[int, int]:
    width, height = reader.ue(MAX_SIDE), reader.ue(MAX_SIDE)
    if reader.flag():
        across = 2 if chroma_array in (1, 2) else 1
        down = 2 if chroma_array == 1 else 1
        left, right, top, bottom = (reader.ue(MAX_SIDE) for _ in range(4))
        width -= (left + right) * across
        height -= (top + bottom) * down
    if width <= 0 or height <= 0:
        raise Garbled(f"The camera announces a picture of {width} x {height} pixels.")
    return width, height


def vps_id(nal: bytes) -> int:
    """Return the number of a video parameter set. Raises Garbled."""
    return _payload(nal[:16], NAL_VPS, "video").bits(4)


def pps_id(nal: bytes) -> int:
    """Return the number of a picture parameter set. Raises Garbled."""
    return _payload(nal[:16], NAL_PPS, "picture").ue(63)


def codec_string(general: ProfileTierLevel) -> str:
    """Return the RFC 6381 name, such as `hvc1.1.6.L93.B0`."""
    reversed_flags = int(f"{general.compatibility:032b}"[::-1], 2)
    parts = [
        "hvc1",
        f"{('', 'A', 'B', 'C')[general.space]}{general.profile}",
        f"{reversed_flags:X}",
        f"{'LH'[general.tier]}{general.level}",
        *(f"{byte:X}" for byte in general.constraints.rstrip(b"\0")),
    ]
    return ".".join(parts)


def build_configuration(vps: Sequence[bytes], sps: Sequence[bytes], pps: Sequence[bytes]) -> bytes:
    """Return an HEVCDecoderConfigurationRecord. The first SPS decides. Raises Garbled."""
    if not (1 <= len(vps) <= 16 and 1 <= len(sps) <= 16 and 1 <= len(pps) <= 64):
        raise Garbled("The camera sends no H.265 parameter sets, or far too many.")
    first = parse_sps(sps[0])
    general = first.general
    out = bytearray((1, general.space << 6 | general.tier << 5 | general.profile))
    out += general.compatibility.to_bytes(4, "big") + general.constraints
    out += bytes((general.level, 0xF0, 0, 0xFC))  # no spatial segmentation, no parallelism announced
    out += bytes((0xFC | first.chroma_format, 0xF8 | first.bit_depth_luma - 8, 0xF8 | first.bit_depth_chroma - 8, 0, 0))
    out += bytes((first.temporal_layers << 3 | first.temporal_nesting << 2 | 3, 3))
    for kind, units in ((NAL_VPS, vps), (NAL_SPS, sps), (NAL_PPS, pps)):
        out.append(0x80 | kind)
        out += len(units).to_bytes(2, "big")
        for unit in units:
            out += len(unit).to_bytes(2, "big") + unit
    return bytes(out)


def parse_configuration(record: bytes) -> tuple[dict[int, list[bytes]], int]:
    """Return the units of an HEVCDecoderConfigurationRecord by NAL type and the number of length bytes. Raises Garbled."""
    if len(record) < 23 or record[0] != 1:
        raise Garbled("What should be an hvcC record is none.")
    found: dict[int, list[bytes]] = {}
    position = 23
    for _ in range(record[22]):
        head = record[position : position + 3]
        if len(head) < 3:
            raise Garbled("An hvcC record ends too early.")
        position += 3
        for _ in range(int.from_bytes(head[1:], "big")):
            body = position + 2
            end = body + int.from_bytes(record[position:body], "big")
            if end > len(record) or end == body:
                raise Garbled("An hvcC record ends too early.")
            found.setdefault(head[0] & 0x3F, []).append(record[body:end])
            position = end
    return found, (record[21] & 3) + 1


def video_parameters(vps: Sequence[bytes], sps: Sequence[bytes], pps: Sequence[bytes]) -> VideoParameters:
    """Return what a decoder must know, from the parameter sets (first SPS first). Raises Garbled."""
    configuration = build_configuration(vps, sps, pps)
    first = parse_sps(sps[0])
    return VideoParameters(
        codec=Codec.H265,
        width=first.width,
        height=first.height,
        configuration=configuration,
        codec_string=codec_string(first.general),
        reorder_depth=first.reorder_depth,
    )
