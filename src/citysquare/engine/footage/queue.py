"""What of one stream waits for the disk: fragments and breaks in order, bounded in bytes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from citysquare.engine.footage.fragments import Fragment, Piece
from citysquare.engine.model import Break, GapCause

LEAST_BYTES = 8 * 1024 * 1024
SECONDS = 8


class PieceQueue:
    """One stream's way to the disk. When it is full the oldest whole group of pictures is given up, and a break takes its place."""

    def __init__(self, blame: Callable[[Fragment], GapCause]) -> None:
        """`blame` names the cause when `fragment` is the first one given up."""
        self._blame = blame
        self._pieces: deque[Piece] = deque()
        self._arrived = asyncio.Event()
        self._left = asyncio.Event()
        self._held = False
        self._needs_key = False
        self._closed = False
        self.bytes = 0
        self.limit = LEAST_BYTES

    def follow(self, bytes_per_second: float) -> None:
        """Set the bound for a stream of this rate."""
        self.limit = max(LEAST_BYTES, round(SECONDS * bytes_per_second))

    def put(self, piece: Piece) -> None:
        """Take a piece at the end."""
        if isinstance(piece, Fragment):
            while self.bytes + piece.size > self.limit and self._give_up():
                pass
            if self._needs_key and not piece.key:
                return
            self._needs_key = False
            self.bytes += piece.size
        self._pieces.append(piece)
        self._arrived.set()

    def close(self) -> None:
        """Let head() answer None once all is taken out."""
        self._closed = True
        self._arrived.set()

    async def head(self) -> Piece | None:
        """Wait for and return the oldest piece, which stays; None when the queue is closed and empty."""
        while not self._pieces:
            if self._closed:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return self._pieces[0]

    def hold(self) -> None:
        """Keep the oldest piece from being given up: it is being written."""
        self._held = True

    def release(self, *, done: bool) -> None:
        """End the hold; `done` takes the piece out."""
        self._held = False
        if done:
            self.pop()

    def pop(self) -> None:
        """Take out the oldest piece."""
        piece = self._pieces.popleft()
        if isinstance(piece, Fragment):
            self.bytes -= piece.size
        self._left.set()

    def drop(self) -> Piece | None:
        """Take out and return the oldest piece, if there is one."""
        piece = self._pieces[0] if self._pieces else None
        if piece is not None:
            self.pop()
        return piece

    async def room(self) -> None:
        """Wait until half of the bound is free: for sources that can wait, which cameras cannot."""
        while 2 * self.bytes > self.limit:
            self._left.clear()
            await self._left.wait()

    def _give_up(self) -> bool:
        """Drop fragments from the oldest on, up to a break or the next one that decoding can start with; say whether there were any."""
        head = [self._pieces.popleft()] if self._held else []
        while self._pieces and isinstance(self._pieces[0], Break):
            head.append(self._pieces.popleft())
        first: Fragment | None = None
        while self._pieces:
            piece = self._pieces[0]
            if isinstance(piece, Break) or (first is not None and piece.key):
                break
            first = first or piece
            self.bytes -= piece.size
            self._pieces.popleft()
        if first is not None:
            self._needs_key = not self._pieces
            event = Break(self._blame(first), first.start, "The disk does not keep up with the camera.")
            if not (head and isinstance(head[-1], Break) and head[-1].cause is event.cause):
                head.append(event)
        self._pieces.extendleft(reversed(head))
        return first is not None
