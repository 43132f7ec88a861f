"""Reading many cameras in step, so that the loop wakes fifty times a second and not once for every write of every camera.

Cameras send a picture in many small writes; with a transport's own reading each one wakes the loop. A connection that plays is therefore
read on a common beat: one question to the system which sockets have something, one read for each. It costs up to `BEAT_SECONDS` of delay,
half of a picture interval, and halves the cost of receiving. The transport stays in charge of writing and closing; encrypted connections
keep its reading too.
"""

from __future__ import annotations

import asyncio
import os
import selectors
from typing import Protocol
from weakref import WeakKeyDictionary

BEAT_SECONDS = 0.02


class Reader(Protocol):
    """A connection, as the pacer needs it (the reading half of asyncio.BufferedProtocol)."""

    def get_buffer(self, sizehint: int) -> memoryview:
        """Lend the free end of the buffer."""
        ...

    def buffer_updated(self, nbytes: int) -> None:
        """Take what has arrived."""
        ...

    def eof_received(self) -> object:
        """Take note that the other end sends no more."""
        ...

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection broke."""
        ...


class Pacer:
    """The beat of one event loop; it stands still while there is nothing to read from."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start standing still."""
        self._loop = loop
        self._selector: selectors.BaseSelector | None = None
        self._beating: asyncio.TimerHandle | None = None

    def join(self, descriptor: int, reader: Reader) -> None:
        """Read from `descriptor` on every beat, for `reader`."""
        if self._selector is None:
            self._selector = selectors.DefaultSelector()
        self._selector.register(descriptor, selectors.EVENT_READ, reader)
        if self._beating is None:
            self._beating = self._loop.call_later(BEAT_SECONDS, self._beat)

    def leave(self, descriptor: int) -> None:
        """Stop reading from `descriptor`; it must not have been closed yet."""
        if self._selector is None:
            return
        self._selector.unregister(descriptor)
        if not self._selector.get_map():
            self._selector.close()
            self._selector = None
            if self._beating is not None:
                self._beating.cancel()
                self._beating = None

    def _beat(self) -> None:
        selector = self._selector
        if selector is None:
            return
        self._beating = self._loop.call_later(BEAT_SECONDS, self._beat)
        for key, _ in selector.select(0):
            reader: Reader = key.data
            try:
                number = os.readv(key.fd, (reader.get_buffer(-1),))
            except (BlockingIOError, InterruptedError):
                continue
            except OSError as error:
                reader.connection_lost(error)
                continue
            if number:
                reader.buffer_updated(number)
            else:
                reader.eof_received()


_pacers: WeakKeyDictionary[asyncio.AbstractEventLoop, Pacer] = WeakKeyDictionary()


def pacer() -> Pacer:
    """Return the running loop's pacer."""
    loop = asyncio.get_running_loop()
    found = _pacers.get(loop)
    if found is None:
        found = _pacers[loop] = Pacer(loop)
    return found
