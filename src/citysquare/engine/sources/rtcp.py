"""RTCP: what a camera's sender reports say, and the receiver reports we owe it (RFC 3550, section 6)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from citysquare.engine.sources.rtp import Counters

REPORT_INTERVAL = 5.0
"""Seconds between receiver reports (RFC 3550, section 6.2: the usual minimum)."""
_NTP_TO_UNIX = 2_208_988_800
_SENDER_REPORT = 200
_RECEIVER_REPORT = 201
_DESCRIPTION = 202
_GOODBYE = 203


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What the camera says about its clock."""

    ssrc: int
    ntp: int
    """NTP time, 32.32 fixed point."""
    rtp_time: int

    @property
    def unix(self) -> float:
        """Camera time in seconds since 1970 (times below 2^31 belong to the era that starts in 2036, RFC 4330 section 3)."""
        seconds = self.ntp / (1 << 32)
        return seconds - _NTP_TO_UNIX + (1 << 32) * (self.ntp < 1 << 63)


def parse(data: bytes) -> tuple[SenderReport | None, bool]:
    """Return the sender report of a compound packet, and whether it says goodbye. Nonsense gives (None, False)."""
    report = None
    goodbye = False
    position = 0
    while position + 4 <= len(data) and data[position] >> 6 == 2:
        kind = data[position + 1]
        end = position + 4 + 4 * int.from_bytes(data[position + 2 : position + 4], "big")
        if end > len(data):
            break
        if kind == _SENDER_REPORT and end - position >= 28:
            ssrc, ntp, rtp_time = struct.unpack_from(">IQI", data, position + 4)
            report = SenderReport(ssrc, ntp, rtp_time) if ntp else report
        goodbye = goodbye or kind == _GOODBYE
        position = end
    return report, goodbye


class Reporter:
    """Writes the receiver reports of one stream."""

    def __init__(self, ssrc: int) -> None:
        """`ssrc` is ours: any number, chosen at random."""
        self._ssrc = ssrc
        self._received = 0
        self._lost = 0
        self._ntp = 0
        self._heard = 0.0

    def hear(self, report: SenderReport, now: float) -> None:
        """Remember a sender report that came at monotonic time `now`."""
        self._ntp = report.ntp
        self._heard = now

    def report(self, counters: Counters, now: float) -> bytes:
        """Return a compound packet (report and canonical name), to be sent at monotonic time `now`."""
        lost = counters.lost - self._lost
        expected = counters.received - self._received + lost
        self._lost, self._received = counters.lost, counters.received
        fraction = min(255, 256 * lost // expected) if expected else 0
        delay = min(0xFFFF_FFFF, round((now - self._heard) * 65536)) if self._ntp else 0
        highest = (counters.highest - 1) & 0xFFFF
        cycles = counters.cycles - (not counters.highest)
        block = struct.pack(
            ">IIIIII",
            counters.ssrc,
            fraction << 24 | min(counters.lost, 0x7F_FFFF),
            (max(0, cycles) & 0xFFFF) << 16 | highest,
            0,  # jitter: over TCP it says nothing about the network
            self._ntp >> 16 & 0xFFFF_FFFF,
            delay,
        )
        name = b"citysquare"
        chunk = struct.pack(">IBB", self._ssrc, 1, len(name)) + name + b"\0\0\0\0"
        chunk = chunk[: len(chunk) // 4 * 4]
        described = struct.pack(">BBH", 0x81, _DESCRIPTION, len(chunk) // 4) + chunk
        return struct.pack(">BBHI", 0x81, _RECEIVER_REPORT, 7, self._ssrc) + block + described
