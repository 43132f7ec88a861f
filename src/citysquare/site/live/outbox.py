"""What waits to be sent to one page: bounded, fair between tiles, and a slow page jumps to the newest picture instead of falling behind."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

from citysquare.engine.footage import TailFragment
from citysquare.site.live.wire import StateChange, fragment_message, init_message, state_message

MAX_WAITING_FRAGMENTS = 8
"""About four seconds: beyond it a viewer is better served by the newest keyframe."""
MAX_WAITING_BYTES = 8 * 1024 * 1024
MAX_MESSAGE = 4 * 1024 * 1024
"""Bytes of joined fragments in one message. A single larger fragment still goes out whole."""


@dataclass(slots=True)
class TileQueue:
    """Fragments waiting for one tile."""

    tile: int
    waiting: deque[TailFragment] = field(default_factory=deque)
    size: int = 0
    jumps: int = 0
    """How often the tile was moved to the newest keyframe because the page was too slow."""
    _init: bytes = b""
    _needs_key: bool = True
    _room: int = MAX_WAITING_FRAGMENTS
    _room_bytes: int = MAX_WAITING_BYTES

    def put(self, fragment: TailFragment, group: list[TailFragment]) -> None:
        """Queue `fragment`. A tile that begins, or has fallen behind, continues with `group`, the newest key fragment and what follows it.

        A group too long to catch up with is left out: the tile then waits for the next keyframe.
        """
        if len(self.waiting) >= self._room or self.size + len(fragment.data) > self._room_bytes:
            self.jumps += 1
            self.waiting.clear()
            self.size = 0
            self._needs_key = True
        if not self._needs_key:
            self._append(fragment)
        elif group and (self.jumps == 0 or len(group) < MAX_WAITING_FRAGMENTS):
            self._begin(group)

    def _begin(self, group: list[TailFragment]) -> None:
        self._needs_key = False
        for fragment in group:
            self._append(fragment)
        self._room = max(MAX_WAITING_FRAGMENTS, 2 * len(group))
        self._room_bytes = max(MAX_WAITING_BYTES, 2 * self.size)

    def take(self) -> list[bytes]:
        """Return the next messages: an init segment where that is new, and what waits with it, joined. Empty when nothing waits.

        Joining lets a page place its first picture near the live edge at once, instead of chasing a burst of single fragments.
        """
        if not self.waiting:
            return []
        first = last = self.waiting.popleft()
        pieces = [first.data]
        size = len(first.data)
        while self.waiting and self.waiting[0].init == first.init and size + len(self.waiting[0].data) <= MAX_MESSAGE:
            last = self.waiting.popleft()
            pieces.append(last.data)
            size += len(last.data)
        self.size -= size
        messages = []
        if first.init != self._init:
            self._init = first.init
            messages.append(init_message(self.tile, first.codec_string, first.init))
        messages.append(fragment_message(self.tile, first.start, last.end, b"".join(pieces)))
        return messages

    def _append(self, fragment: TailFragment) -> None:
        self.waiting.append(fragment)
        self.size += len(fragment.data)


class Outbox:
    """All that waits for one page. States go first, then one fragment of each tile in turn."""

    def __init__(self) -> None:
        """Begin empty."""
        self._tiles: dict[int, TileQueue] = {}
        self._states: dict[int, StateChange] = {}
        self._turn: deque[int] = deque()
        self._something = asyncio.Event()

    def open(self, tile: int) -> None:
        """Make room for a tile."""
        self._tiles[tile] = TileQueue(tile)
        self._turn.append(tile)

    def keep(self, wanted: Collection[int]) -> None:
        """Forget what waits to be said of tiles that are not wanted any more, else a page that never reads could fill our memory."""
        for tile in [tile for tile in self._states if tile not in wanted]:
            del self._states[tile]

    def close(self, tile: int) -> None:
        """Forget a tile and what waits for it."""
        self._tiles.pop(tile, None)
        self._states.pop(tile, None)
        if tile in self._turn:
            self._turn.remove(tile)

    def fragment(self, tile: int, fragment: TailFragment, group: list[TailFragment]) -> None:
        """Queue a fragment for a tile that is open."""
        queue = self._tiles.get(tile)
        if queue is not None:
            queue.put(fragment, group)
            self._something.set()

    def state(self, tile: int, change: StateChange) -> None:
        """Queue a change of state; only the newest of a tile is sent."""
        self._states[tile] = change
        self._something.set()

    async def next(self) -> list[str | bytes]:
        """Return the next messages, waiting until there are any."""
        while True:
            messages = self._take()
            if messages:
                return messages
            self._something.clear()
            await self._something.wait()

    def _take(self) -> list[str | bytes]:
        if self._states:
            states = [state_message(tile, change) for tile, change in self._states.items()]
            self._states.clear()
            return [*states]
        for _ in range(len(self._turn)):
            self._turn.rotate(-1)
            messages = self._tiles[self._turn[-1]].take()
            if messages:
                return [*messages]
        return []
