"""How a camera's key pictures begin: what tells, right behind lost packets, that the next picture has come from its very first NAL unit.

Cameras that cannot send fast enough drop pictures up to the next key picture, so that the first packet behind a hole is most often that
one's. No bit says so, but a camera makes all its key pictures alike: parameter sets, maybe a delimiter and messages, then the first slice.
A picture that begins as whole ones did, and as no end of a longer beginning would look, has lost nothing (H.264 and H.265, 7.4.1.2.3 and
7.4.2.4.4: these units stand before the first slice only).
"""

from __future__ import annotations

from citysquare.engine.sources.bits import LENGTH_BYTES

_MOST = 8
"""Kinds of beginnings kept of one camera."""
_LONGEST = 16
_LEAST_BYTES = 8


class Beginnings:
    """What is known of one stream's key pictures."""

    def __init__(self, *, h265: bool, pictures: frozenset[int], keys: frozenset[int]) -> None:
        """`pictures` and `keys` are the types of NAL units that hold slices, and slices of key pictures."""
        self._h265 = h265
        self._pictures = pictures
        self._keys = keys
        self._known: set[tuple[int, ...]] = set()

    def may_begin(self, buffer: bytearray, body: int, end: int) -> bool:
        """Say whether the RTP payload in `buffer[body:end]` may be the first of a key picture."""
        if not self._known or end - body < _LEAST_BYTES:
            return False
        kind, is_first_slice = self._first_unit(buffer, body)
        return any(kind == each[0] if each else kind in self._keys and is_first_slice for each in self._known)

    def _first_unit(self, buffer: bytearray, body: int) -> tuple[int, bool]:
        """Return the type of the NAL unit that begins a payload, and whether it would be a picture's first slice; -1 where none begins."""
        if self._h265:
            kind = buffer[body] >> 1 & 0x3F
            if kind == 49:
                return (buffer[body + 2] & 0x3F if buffer[body + 2] & 0x80 else -1, buffer[body + 3] >= 0x80)
            at = body + 4 if kind == 48 else body
            return buffer[at] >> 1 & 0x3F, buffer[at + 2] >= 0x80
        kind = buffer[body] & 0x1F
        if kind == 28:
            return (buffer[body + 1] & 0x1F if buffer[body + 1] & 0x80 else -1, buffer[body + 2] >= 0x80)
        at = body + 3 if kind == 24 else body
        return buffer[at] & 0x1F, buffer[at + 1] >= 0x80

    def learn(self, unit: bytearray) -> None:
        """Take note of a key picture that came whole: NAL units behind their lengths."""
        found = self._beginning(unit)
        if found is not None and found not in self._known:
            if len(self._known) == _MOST:
                self._known.clear()
            self._known.add(found)

    def proves(self, unit: bytearray) -> bool:
        """Say whether a picture, of which something may have been lost in front, is whole."""
        found = self._beginning(unit)
        if found not in self._known:
            return False
        return not any(each != found and each[len(each) - len(found) :] == found for each in self._known if len(each) > len(found))

    def _beginning(self, unit: bytearray) -> tuple[int, ...] | None:
        """Return the types of the units before the first slice."""
        out: list[int] = []
        at = 0
        while at + LENGTH_BYTES < len(unit) and len(out) < _LONGEST:
            first = unit[at + LENGTH_BYTES]
            kind = first >> 1 & 0x3F if self._h265 else first & 0x1F
            if kind in self._pictures:
                return tuple(out)
            out.append(kind)
            at += LENGTH_BYTES + int.from_bytes(unit[at : at + LENGTH_BYTES], "big")
        return None
