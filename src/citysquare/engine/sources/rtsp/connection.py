"""One TCP connection to a camera: RTSP messages and `$` frames told apart (RFC 2326, section 10.12).

A BufferedProtocol: the loop reads straight into our buffer, and frames are taken from it in place, so that nothing is awaited or
allocated per packet.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import cache
from pathlib import Path
from socket import SO_RCVBUF, SOL_SOCKET
from typing import Protocol

from citysquare.engine.errors import Garbled, SourceError, Unreachable
from citysquare.engine.ports import Clock
from citysquare.engine.sources.rtsp import messages
from citysquare.engine.sources.rtsp.pacing import pacer

BUFFER_BYTES = 1 << 18
"""One read of the loop. The largest `$` frame (65 539 bytes) and the largest message fit."""
LEAST_HELD = 64 << 10
"""Bytes asked for where a second of the stream is less."""
_FRAME_MARK = 0x24


@cache
def _most_held() -> int:
    """Return the largest receive buffer a program may ask for on this machine; 0 where that is not known."""
    try:
        return int(Path("/proc/sys/net/core/rmem_max").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


class FrameHandler(Protocol):
    """Who takes what arrives."""

    def frame(self, channel: int, buffer: bytearray, view: memoryview, start: int, end: int) -> None:
        """Take a `$` frame that lies in `buffer[start:end]`."""
        ...

    def run(self, buffer: bytearray, view: memoryview, position: int, filled: int) -> int:
        """Take as many whole `$` frames from `position` on as can be taken in one go; return where the rest starts, maybe at `position`."""
        ...

    def batch_ended(self) -> None:
        """All that had arrived has been handed over."""
        ...

    def lost(self, trouble: SourceError) -> None:
        """Take note that the connection is gone or unusable."""
        ...


class Connection(asyncio.BufferedProtocol):
    """The camera's end of the line."""

    def __init__(self, camera: str, clock: Clock) -> None:
        """`camera` is its name in sentences."""
        self._camera = camera
        self._clock = clock
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._transport: asyncio.Transport | None = None
        self._replies: dict[str, asyncio.Future[messages.Message]] = {}
        self._sequence = 0
        self._can_pace = False
        self._paced = -1
        self._pacer = pacer()
        self._trouble: SourceError | None = None
        self.handler: FrameHandler | None = None
        self.heard = clock.monotonic()
        """When bytes last came, in monotonic seconds."""
        self.bytes = 0
        self._held = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport if isinstance(transport, asyncio.Transport) else None

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Lend the free end of the buffer."""
        return self._view[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Take what has arrived."""
        if self._trouble is not None:
            return
        self.heard = self._clock.monotonic()
        self.bytes += nbytes
        self._filled += nbytes
        try:
            used = self._take()
        except SourceError as trouble:
            if self.handler is not None:
                self.handler.batch_ended()  # what came whole before it counts
            self.fail(trouble)
            return
        if used:
            left = self._filled - used
            if left:
                self._view[:left] = self._view[used : self._filled]
            self._filled = left
        elif self._filled == BUFFER_BYTES:
            self.fail(Garbled(f"{self._camera} sends a message without end."))
        if self.handler is not None:
            self.handler.batch_ended()

    def _take(self) -> int:
        """Hand over everything whole in the buffer; return how many bytes that was."""
        buffer, view, filled = self._buffer, self._view, self._filled
        handler = self.handler
        position = 0
        while position < filled:
            if buffer[position] == _FRAME_MARK:
                body = position + 4
                if body > filled:
                    break
                end = body + (buffer[position + 2] << 8 | buffer[position + 3])
                if end > filled:
                    break
                if handler is None:
                    position = end
                    continue
                handler.frame(buffer[position + 1], buffer, view, body, end)
                position = handler.run(buffer, view, end, filled)
            else:
                end = self._message(position)
                if not end:
                    break
                position = end
        return position

    def _message(self, start: int) -> int:
        """Read the message at `start`; return where it ends, or 0 while it is incomplete."""
        buffer = self._buffer
        while start < self._filled and buffer[start] in b"\r\n":  # empty lines between messages mean nothing
            start += 1
            if start == self._filled or buffer[start] == _FRAME_MARK:
                return start
        first = bytes(self._view[start : min(start + 5, self._filled)])
        if not first.isascii() or not first.replace(b"/", b"A").replace(b"_", b"A").replace(b" ", b"A").isalpha():
            raise Garbled(f"What {self._camera} sends breaks the framing of RTSP.")
        end = buffer.find(b"\r\n\r\n", start, self._filled)
        if end < 0:
            if self._filled - start > messages.MAX_HEAD:
                raise Garbled(f"{self._camera} sends a message without end.")
            return 0
        message, length = messages.parse_head(bytes(self._view[start:end]))
        body = end + 4
        if body + length > self._filled:
            return 0
        if length:
            content = bytes(self._view[body : body + length])
            message = messages.Message(message.status, message.method, message.headers, content)
        self._dispatch(message)
        return body + length

    def _dispatch(self, message: messages.Message) -> None:
        sequence = message.header("cseq")
        if message.method:
            known = message.method in ("OPTIONS", "GET_PARAMETER", "SET_PARAMETER")
            self.send(messages.write_reply(200, "OK", sequence) if known else messages.write_reply(501, "Not Implemented", sequence))
            return
        waiting = self._replies.pop(sequence, None)
        if waiting is None and not sequence and self._replies:  # some cameras forget the number; requests are answered in order
            waiting = self._replies.pop(next(iter(self._replies)))
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def next_sequence(self) -> str:
        """Return the CSeq of the next request."""
        self._sequence += 1
        return str(self._sequence)

    def request(self, sequence: str, data: bytes) -> asyncio.Future[messages.Message]:
        """Send a request; the future gets its reply, or the SourceError that ended the connection."""
        waiting: asyncio.Future[messages.Message] = asyncio.get_running_loop().create_future()
        if self._trouble is not None:
            waiting.set_exception(self._trouble)
        else:
            self._replies[sequence] = waiting
            self.send(data)
        return waiting

    def forget(self, sequence: str) -> None:
        """No longer wait for a reply."""
        self._replies.pop(sequence, None)

    def send(self, data: bytes) -> None:
        """Send, unless the connection is gone or takes nothing any more."""
        transport = self._transport
        if transport is not None and not transport.is_closing() and transport.get_write_buffer_size() < messages.MAX_BODY:
            transport.write(data)

    def send_frame(self, channel: int, data: bytes) -> None:
        """Send a `$` frame."""
        self.send(bytes((_FRAME_MARK, channel)) + len(data).to_bytes(2, "big") + data)

    def reading(self, *, on: bool) -> None:
        """Stop or resume reading: what the consumer cannot take must wait in the network."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._can_pace:
            if on:
                self.pace()
            else:
                self._unpace()
        elif on:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def hold(self, bytes_per_second: float) -> None:
        """Let the system keep about one second of the stream while we do not read, and little more: the rest is the camera's to drop.

        Linux counts twice what is asked for (tcp(7)) and keeps its own ways where the machine's bound is lower.
        """
        wanted = max(LEAST_HELD, round(bytes_per_second / 2))
        transport = self._transport
        if transport is None or transport.is_closing() or 3 * self._held < 4 * wanted < 5 * self._held:
            return
        socket = transport.get_extra_info("socket")
        if socket is not None and wanted <= _most_held():
            with contextlib.suppress(OSError):
                socket.setsockopt(SOL_SOCKET, SO_RCVBUF, wanted)
        self._held = wanted

    def pace(self) -> None:
        """From now on read on the common beat (see `pacing`), where the connection is not encrypted."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._trouble is not None or self._paced >= 0:
            return
        socket = transport.get_extra_info("socket")
        if socket is None or transport.get_extra_info("ssl_object") is not None:
            return
        transport.pause_reading()
        self._can_pace = True
        self._paced = socket.fileno()
        self._pacer.join(self._paced, self)

    def _unpace(self) -> None:
        if self._paced >= 0:
            self._pacer.leave(self._paced)
            self._paced = -1

    def fail(self, trouble: SourceError) -> None:
        """End the connection for `trouble` and tell everybody who waits."""
        if self._trouble is not None:
            return
        self._trouble = trouble
        self._unpace()
        for waiting in self._replies.values():
            if not waiting.done():
                waiting.set_exception(trouble)
                waiting.exception()  # whoever still waits gets it; nobody waiting is no fault
        self._replies.clear()
        if self._transport is not None:
            self._transport.abort()
        if self.handler is not None:
            self.handler.lost(trouble)

    def close(self) -> None:
        """Close in good order: what was written still leaves."""
        self._trouble = self._trouble or Unreachable(f"The connection to {self._camera} was closed.")
        self.handler = None
        self._unpace()
        if self._transport is not None:
            self._transport.close()

    def eof_received(self) -> bool:
        """Treat the end of the camera's sending as the end."""
        self.fail(Unreachable(f"{self._camera} closed the connection."))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody."""
        self.fail(Unreachable(f"The connection to {self._camera} broke." if exc else f"{self._camera} closed the connection."))
