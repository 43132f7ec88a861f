"""RTP for H.264 over an RTSP connection: packets are made once and only addressed anew for each client.

RFC 3550 (RTP, sender reports), RFC 6184 (H.264: single NAL units and FU-A fragments, packetization-mode 1) and RFC 2326 10.12
(interleaved binary data: `$`, channel, 16-bit length).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

PAYLOAD_TYPE = 96
CLOCK_RATE = 90_000
PACKET_BYTES = 1400
_FU_A = 28
_NTP_EPOCH = 2_208_988_800  # seconds from 1900-01-01 to 1970-01-01
_address = struct.Struct(">HII")


def split_nal_units(access_unit: bytes) -> list[bytes]:
    """Cut an Annex B access unit at its start codes; supplemental information (type 6) and delimiters (9) are left out."""
    found = []
    start = access_unit.find(b"\0\0\1")
    while start >= 0:
        start += 3
        end = access_unit.find(b"\0\0\1", start)
        nal = (access_unit[start:] if end < 0 else access_unit[start:end]).rstrip(b"\0")
        if nal and nal[0] & 31 not in {6, 9}:
            found.append(nal)
        start = end
    return found


@dataclass(frozen=True, slots=True)
class PacketRun:
    """All packets of one picture as one piece of bytes, with sequence number, time and source left blank."""

    template: bytes
    offsets: tuple[int, ...]
    key: bool

    def addressed(self, channel: int, sequence: int, time: int, source: int) -> bytearray:
        """Copy the packets for one client. `sequence` is the first packet's; `time` counts at 90 kHz; both wrap as RTP does."""
        run = bytearray(self.template)
        for offset in self.offsets:
            run[offset + 1] = channel
            _address.pack_into(run, offset + 6, sequence & 0xFFFF, time & 0xFFFFFFFF, source)
            sequence += 1
        return run

    def coded(self) -> bytes:
        """Put the picture together again as a recorder keeps it: each NAL unit behind its length in four bytes."""
        units: list[bytearray] = []
        for offset in self.offsets:
            body = offset + 16
            end = offset + 4 + int.from_bytes(self.template[offset + 2 : offset + 4], "big")
            if self.template[body] & 31 != _FU_A:
                units.append(bytearray(self.template[body:end]))
                continue
            if self.template[body + 1] & 0x80:
                units.append(bytearray((self.template[body] & 0xE0 | self.template[body + 1] & 31,)))
            units[-1] += self.template[body + 2 : end]
        return b"".join(struct.pack(">I", len(unit)) + unit for unit in units)

    @property
    def sha256(self) -> str:
        """Return the hash of `coded()`: what a recorder must have stored."""
        return hashlib.sha256(self.coded()).hexdigest()

    def behind(self, other: PacketRun) -> PacketRun:
        """Return `other` and this run as the packets of one picture; `other` must not end it."""
        shift = len(other.template)
        return PacketRun(other.template + self.template, other.offsets + tuple(shift + offset for offset in self.offsets), self.key)


def packetise(nal_units: Sequence[bytes], *, key: bool, ends: bool = True) -> PacketRun:
    """Make the packets of one picture; the last one carries the marker bit, unless the picture does not end with it."""
    payloads: list[bytes] = []
    for nal in nal_units:
        if len(nal) <= PACKET_BYTES:
            payloads.append(nal)
            continue
        indicator, kind = nal[0] & 0xE0 | _FU_A, nal[0] & 31
        step = PACKET_BYTES - 2
        for at in range(1, len(nal), step):
            flags = (0x80 if at == 1 else 0) | (0x40 if at + step >= len(nal) else 0)
            payloads.append(bytes((indicator, flags | kind)) + nal[at : at + step])
    run, offsets = bytearray(), []
    for number, payload in enumerate(payloads, 1):
        offsets.append(len(run))
        marker = 0x80 if ends and number == len(payloads) else 0
        run += struct.pack(">cBHBBHII", b"$", 0, len(payload) + 12, 0x80, marker | PAYLOAD_TYPE, 0, 0, 0) + payload
    return PacketRun(bytes(run), tuple(offsets), key)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sender report counts: packets and payload bytes since the stream began."""

    packets: int
    octets: int


def sender_report(channel: int, source: int, unix_time: float, time: int, sent: Sent) -> bytes:
    """Make an interleaved sender report with an empty-named SDES, as RFC 3550 6.1 asks for compound packets."""
    whole = int(unix_time)
    fraction = int((unix_time - whole) * 2**32) & 0xFFFFFFFF
    report = struct.pack(
        ">BBHIIIIII",
        0x80,
        200,
        6,
        source,
        (whole + _NTP_EPOCH) & 0xFFFFFFFF,
        fraction,
        time & 0xFFFFFFFF,
        sent.packets & 0xFFFFFFFF,
        sent.octets & 0xFFFFFFFF,
    )
    name = b"citysquare"
    chunk = struct.pack(">IBB", source, 1, len(name)) + name
    chunk += b"\0" * (4 - len(chunk) % 4)
    description = struct.pack(">BBH", 0x81, 202, len(chunk) // 4) + chunk
    compound = report + description
    return struct.pack(">cBH", b"$", channel, len(compound)) + compound
