"""Reading bits of parameter sets, and the ways NAL units are strung together.

Sources: ITU-T H.264 and H.265, sections 7.3.1 (NAL unit), 9.1/9.2 (exp-Golomb) and Annex B (byte stream). Whatever the bytes are,
only `Garbled` is raised.
"""

from __future__ import annotations

from collections.abc import Iterable

from citysquare.engine.errors import Garbled

MAX_PARAMETER_SET = 4096
"""Bytes; real ones have 20 to 200."""
LENGTH_BYTES = 4
"""How many bytes tell a NAL unit's length in a CodedPicture."""


def unescape(nal: bytes) -> bytes:
    """Return a NAL unit without its emulation prevention bytes (00 00 03 -> 00 00)."""
    if b"\0\0\3" not in nal:
        return nal
    out = bytearray()
    zeros = 0
    for byte in nal:
        if zeros >= 2 and byte == 3:
            zeros = 0
            continue
        zeros = zeros + 1 if byte == 0 else 0
        out.append(byte)
    return bytes(out)


class BitReader:
    """Reads an unescaped parameter set bit by bit; every read past the end is Garbled."""

    def __init__(self, data: bytes) -> None:
        """Start at the first bit of `data`."""
        if len(data) > MAX_PARAMETER_SET:
            raise Garbled(f"A parameter set has {len(data)} bytes; none needs so many.")
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def bits(self, number: int) -> int:
        """Return the next `number` bits as an unsigned number."""
        if number > self._left:
            raise Garbled("A parameter set ends too early.")
        self._left -= number
        return (self._value >> self._left) & ((1 << number) - 1)

    def flag(self) -> bool:
        """Return the next bit."""
        return self.bits(1) == 1

    def ue(self, most: int = 0xFFFF_FFFE) -> int:
        """Return an unsigned exp-Golomb number of at most `most`."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > 31:
                raise Garbled("A parameter set holds a number that is too long.")
        value = (1 << zeros) - 1 + self.bits(zeros)
        if value > most:
            raise Garbled(f"A parameter set holds {value} where at most {most} makes sense.")
        return value

    def se(self) -> int:
        """Return a signed exp-Golomb number."""
        value = self.ue()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def split_annexb(data: bytes) -> list[bytes]:
    """Return the NAL units of an Annex B byte stream, without start codes, trailing zeros and empty units."""
    units = []
    start = data.find(b"\0\0\1")
    while start >= 0:
        following = data.find(b"\0\0\1", start + 3)
        unit = data[start + 3 : following if following >= 0 else len(data)].rstrip(b"\0")
        if unit:
            units.append(unit)
        start = following
    return units


def join_lengths(units: Iterable[bytes]) -> bytes:
    """Return NAL units each behind its length in four bytes, as a CodedPicture holds them."""
    return b"".join(len(unit).to_bytes(LENGTH_BYTES, "big") + unit for unit in units)


def annexb_to_lengths(data: bytes) -> bytes:
    """Return an Annex B access unit as NAL units behind lengths."""
    return join_lengths(split_annexb(data))


def split_lengths(data: bytes, length_bytes: int = LENGTH_BYTES) -> list[bytes]:
    """Return the NAL units of a length-prefixed access unit. Raises Garbled when lengths and bytes disagree."""
    units = []
    position = 0
    while position < len(data):
        body = position + length_bytes
        end = body + int.from_bytes(data[position:body], "big")
        if body > len(data) or end > len(data):
            raise Garbled("The lengths of NAL units do not fit the picture they are in.")
        if end > body:
            units.append(data[body:end])
        position = end
    return units
