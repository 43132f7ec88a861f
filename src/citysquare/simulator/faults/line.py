"""Between a camera's listener and its connection: where packets are lost, altered, held back or cut off.

A line sees whole pictures as their interleaved packets (RFC 2326 10.12) and sends what a faulty camera or network would leave of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from citysquare.simulator.broadcast import Listener, Wire
from citysquare.simulator.faults.script import Fault
from citysquare.simulator.loops import FPS

_HEAD = 4  # `$`, channel, length
_RTP_HEAD = 12


def split_frames(data: bytes | bytearray) -> list[bytearray]:
    """Cut interleaved frames apart."""
    frames, at = [], 0
    while at < len(data):
        end = at + _HEAD + int.from_bytes(data[at + 2 : at + 4], "big")
        frames.append(bytearray(data[at:end]))
        at = end
    return frames


class Line:
    """One listener's way out. `hit` is set by the camera before each picture: the faults that strike this one."""

    def __init__(self, listener: Listener, wire: Wire) -> None:
        """Step between the listener and its connection."""
        self.wire = wire
        self.hit: Sequence[Fault] = ()
        self.random = Random(0)  # noqa: S311  # what is harmed must repeat with the script
        self.resets = False
        """Whether the next picture is cut off in its middle, and the connection with it."""
        self.silent = False
        self.rate: float | None = None
        """Bytes a second that get through, while not all do."""
        self._control = listener.channels[1]
        self._write, self._waiting = listener.write, listener.waiting
        self._held = bytearray()
        listener.write = self.write
        listener.waiting = lambda: self._waiting() + len(self._held)

    def write(self, data: bytes | bytearray) -> None:
        """Send what is left of a picture or report."""
        if data[1] == self._control:
            self._send(data)
            return
        for fault in self.hit:
            data = _HARMS[fault.kind](data, fault, self.random)
        if self.resets:
            self._write(data[: max(_HEAD + _RTP_HEAD + 1, len(data) * 2 // 3)])
            self.wire.reset()
            return
        self._send(data)

    def drip(self) -> None:
        """Let through what gets through in the time of one picture."""
        count = len(self._held) if self.rate is None else max(1, int(self.rate / FPS))
        if count and self._held:
            self._write(bytes(self._held[:count]))
            del self._held[:count]

    def _send(self, data: bytes | bytearray) -> None:
        if self.rate is None and not self._held:
            self._write(data)
        else:
            self._held += data


def _lose(data: bytes | bytearray, fault: Fault, random: Random) -> bytes | bytearray:
    del fault
    frames = split_frames(data)
    frames.pop(random.randrange(len(frames)))
    return b"".join(frames)


def _reorder(data: bytes | bytearray, fault: Fault, random: Random) -> bytes | bytearray:
    del fault
    frames = split_frames(data)
    if len(frames) > 1:
        at = random.randrange(len(frames) - 1)
        frames[at], frames[at + 1] = frames[at + 1], frames[at]
    return b"".join(frames)


def _duplicate(data: bytes | bytearray, fault: Fault, random: Random) -> bytes | bytearray:
    del fault
    frames = split_frames(data)
    at = random.randrange(len(frames))
    frames.insert(at, frames[at])
    return b"".join(frames)


def _garble(data: bytes | bytearray, fault: Fault, random: Random) -> bytes | bytearray:
    where = fault.word("where")
    if where == "payload":
        return data  # altered before the hash of what is sent was taken, see camera.damaged
    frames = split_frames(data)
    frame = random.choice(frames)
    if where == "rtp":
        frame[_HEAD] ^= random.choice((0x40, 0x80, 0xC0))  # the version
    else:
        frame[0] = random.choice([byte for byte in range(256) if byte != frame[0]])
    return b"".join(frames)


def _rubbish(data: bytes | bytearray, fault: Fault, random: Random) -> bytes | bytearray:
    """Put before a picture what a client must take no offence at: another channel's frame, a request of the camera's, empty lines."""
    del fault
    foreign = random.randbytes(random.randrange(1, 200))
    request = b"OPTIONS * RTSP/1.0\r\nCSeq: %d\r\n\r\n" % random.randrange(1, 9999)
    return b"$\x09" + len(foreign).to_bytes(2, "big") + foreign + request + b"\r\n" + data


_HARMS: dict[str, Callable[[bytes | bytearray, Fault, Random], bytes | bytearray]] = {
    "lose_rtp": _lose,
    "reorder_rtp": _reorder,
    "duplicate_rtp": _duplicate,
    "garble": _garble,
    "rubbish": _rubbish,
}
"""What strikes single pictures."""
HARMS = frozenset(_HARMS)
