"""Pictures on their way from a source to its analysis: bounded, so that slow analysis never slows a camera."""

from __future__ import annotations

import asyncio
from collections import deque

from citysquare.engine.model import CodedPicture

MOST_PICTURES = 300
MOST_BYTES = 32 * 1024 * 1024


class Backlog:
    """A queue of one source. A file waits for room; of a camera whole groups of pictures are left out instead."""

    def __init__(self, *, most_pictures: int = MOST_PICTURES, most_bytes: int = MOST_BYTES) -> None:
        """Hold at most so much."""
        self._most_pictures = most_pictures
        self._most_bytes = most_bytes
        self._pictures: deque[CodedPicture] = deque()
        self._bytes = 0
        self._closed = False
        self._changed = asyncio.Condition()
        self._skipping = False
        self.left_out = 0
        """Pictures that were never analysed."""

    def _full(self) -> bool:
        return len(self._pictures) >= self._most_pictures or self._bytes >= self._most_bytes

    async def put(self, picture: CodedPicture, *, wait: bool) -> None:
        """Add a picture. With `wait` this waits for room; else a full backlog leaves pictures out up to a keyframe that finds room."""
        async with self._changed:
            if wait:
                await self._changed.wait_for(lambda: not self._full() or self._closed)
            elif self._full() or (self._skipping and not picture.key):
                self._skipping = True
                self.left_out += 1
                return
            self._skipping = False
            self._pictures.append(picture)
            self._bytes += len(picture.data)
            self._changed.notify_all()

    async def close(self) -> None:
        """Say that no more will come."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    async def take(self, most: int = 32) -> list[CodedPicture]:
        """Return the next pictures, waiting for some; empty when all is done."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._pictures or self._closed)
            taken = [self._pictures.popleft() for _ in range(min(most, len(self._pictures)))]
            self._bytes -= sum(len(picture.data) for picture in taken)
            self._changed.notify_all()
            return taken
