"""Small coded films for the tests, made with PyAV, and their packets by RFC 6184 and RFC 7798 (written apart from what is tested)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

import av
import numpy as np

RATE = 25
STEP = 90_000 // RATE


@dataclass(frozen=True)
class Picture:
    nals: tuple[bytes, ...]
    pts: int
    dts: int
    key: bool

    @property
    def stored(self) -> bytes:
        """As a recorder must keep it: each NAL unit behind its length in four bytes."""
        return b"".join(struct.pack(">I", len(nal)) + nal for nal in self.nals)


@dataclass(frozen=True)
class Clip:
    codec: str
    width: int
    height: int
    pictures: tuple[Picture, ...]
    sets: tuple[bytes, ...] = field(repr=False)

    @property
    def stored(self) -> list[bytes]:
        return [picture.stored for picture in self.pictures]


def nals_of(annexb: bytes) -> tuple[bytes, ...]:
    """Split by the rule of Annex B, with a state machine instead of searching."""
    found: list[bytes] = []
    current: bytearray | None = None
    zeros = 0
    for byte in annexb:
        if byte == 1 and zeros >= 2:
            if current is not None:
                found.append(bytes(current).rstrip(b"\0"))
            current = bytearray()
        elif current is not None:
            current.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    if current is not None:
        found.append(bytes(current).rstrip(b"\0"))
    return tuple(nal for nal in found if nal)


def nal_type(codec: str, nal: bytes) -> int:
    return nal[0] & 31 if codec == "h264" else nal[0] >> 1 & 63


SET_TYPES = {"h264": (7, 8), "h265": (32, 33, 34)}
KEY_TYPES = {"h264": (5,), "h265": tuple(range(16, 24))}


@cache
def make_clip(
    codec: str = "h264",
    *,
    width: int = 320,
    height: int = 192,
    frames: int = 50,
    gop: int = 10,
    b_frames: int = 0,
    profile: str | None = None,
    pixels: str = "yuv420p",
    extra: str = "",
) -> Clip:
    coder = av.CodecContext.create("libx264" if codec == "h264" else "libx265", "w")
    assert isinstance(coder, av.VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt = width, height, pixels
    coder.time_base, coder.framerate = Fraction(1, 90_000), Fraction(RATE)
    coder.gop_size, coder.max_b_frames, coder.thread_count = gop, b_frames, 1
    name = "x264-params" if codec == "h264" else "x265-params"
    quiet = "" if codec == "h264" else ":log-level=error:pools=none:frame-threads=1"
    common = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={b_frames}:open-gop=0:repeat-headers=1{quiet}"
    if codec == "h264":
        common += f":force-cfr=1:fps={RATE}/1"
    coder.options = {"preset": "ultrafast", name: common + (f":{extra}" if extra else "")} | ({"profile": profile} if profile else {})
    pictures = []
    x = np.arange(width)[None, :]
    y = np.arange(height)[:, None]
    packets: list[av.Packet[av.VideoStream]] = []
    for n in range(frames):
        grey = ((x * 3 + y * 2 + n * 7) % 256).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(np.dstack([grey, grey.T[:1, :1] + grey, 255 - grey]), format="rgb24").reformat(format=pixels)
        frame.pts, frame.time_base = n * STEP, Fraction(1, 90_000)
        packets += coder.encode(frame)
    packets += coder.encode(None)
    sets: dict[bytes, None] = {}
    for packet in packets:
        nals = nals_of(bytes(packet))
        sets |= dict.fromkeys(nal for nal in nals if nal_type(codec, nal) in SET_TYPES[codec])
        key = any(nal_type(codec, nal) in KEY_TYPES[codec] for nal in nals)
        assert packet.pts is not None
        assert packet.dts is not None
        pictures.append(Picture(nals, packet.pts, packet.dts, key))
    return Clip(codec, width, height, tuple(pictures), tuple(sets))


def payloads(codec: str, nals: tuple[bytes, ...], *, size: int = 1200, aggregate: bool = True) -> Iterator[bytes]:
    """Yield the RTP payloads of one access unit: small NAL units together, large ones in fragments."""
    header = 1 if codec == "h264" else 2
    together: list[bytes] = []
    for nal in nals:
        if aggregate and len(nal) < 200:
            together.append(nal)
            continue
        yield from _aggregated(codec, together)
        together = []
        if len(nal) <= size:
            yield nal
            continue
        rest = nal[header:]
        parts = [rest[at : at + size] for at in range(0, len(rest), size)]
        for number, part in enumerate(parts):
            flags = (0x80 if number == 0 else 0) | (0x40 if number == len(parts) - 1 else 0)
            if codec == "h264":
                yield bytes((nal[0] & 0xE0 | 28, flags | nal[0] & 31)) + part
            else:
                yield bytes((nal[0] & 0x81 | 49 << 1, nal[1], flags | nal[0] >> 1 & 63)) + part
    yield from _aggregated(codec, together)


def _aggregated(codec: str, nals: list[bytes]) -> Iterator[bytes]:
    if len(nals) == 1:
        yield nals[0]
    elif nals:
        head = bytes((nals[0][0] & 0xE0 | 24,)) if codec == "h264" else bytes((48 << 1, nals[0][1]))
        yield head + b"".join(struct.pack(">H", len(nal)) + nal for nal in nals)


def rtp_packet(payload: bytes, *, sequence: int, rtp_time: int, marker: bool, ssrc: int = 7, payload_type: int = 96) -> bytes:
    second = (0x80 if marker else 0) | payload_type
    return struct.pack(">BBHII", 0x80, second, sequence & 0xFFFF, rtp_time & 0xFFFF_FFFF, ssrc) + payload


def packets_of(clip: Clip, *, sequence: int = 65_500, rtp_time: int = 2**32 - 30_000, aggregate: bool = True) -> list[list[bytes]]:
    """Return the RTP packets of each picture; numbers and times wrap on the way."""
    out = []
    for picture in clip.pictures:
        parts = list(payloads(clip.codec, picture.nals, aggregate=aggregate))
        at = rtp_time + picture.pts
        out.append(
            [
                rtp_packet(part, sequence=sequence + number, rtp_time=at, marker=number == len(parts) - 1)
                for number, part in enumerate(parts)
            ]
        )
        sequence += len(parts)
    return out
