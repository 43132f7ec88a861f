"""One follower per watched stream, feeding all who watch it.

A channel polls its stream's tail every 50 ms while somebody watches, and ends with the last listener. It keeps the fragments since the
newest key fragment, so that a new listener starts at once. It says `no_picture` when nothing arrived for `SILENCE` seconds and `live` when
pictures come again. Polls touch the disk, so they run in threads: a slow volume delays its own streams, never the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol

from citysquare.engine.errors import EngineError
from citysquare.engine.footage import TailFragment
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey
from citysquare.engine.ports import Clock
from citysquare.site.live.wire import StateChange, TileState

POLL_SECONDS = 0.05
SILENCE = 2.5
"""Seconds without a fragment after which we say so. Fragments come each half second; two lost ones are no news."""
FRESH_TICKS = 5 * TICKS_PER_SECOND
"""A first fragment older than this is history until a second one follows it."""
MAX_RECENT_BYTES = 16 * 1024 * 1024
"""Bound of what is kept for newcomers. A longer group of pictures is not kept: newcomers then wait for the next keyframe."""
RETRY_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Follower(Protocol):
    """What the hub needs of `engine.footage.Tail`."""

    def poll(self) -> list[TailFragment]:
        """Return whole new fragments since the last call."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What the recorder says of a stream: when its last picture was taken (ticks) and why there is none now ("" while recording)."""

    at: int | None = None
    cause: str = ""


class Listener(Protocol):
    """Who watches a stream. Both calls return at once."""

    def on_fragment(self, key: StreamKey, fragment: TailFragment, group: list[TailFragment], /) -> None:
        """Take a fragment; `group` is everything since the newest key fragment, this one included."""
        ...

    def on_state(self, key: StreamKey, change: StateChange, /) -> None:
        """Take a change of state."""
        ...


@dataclass(frozen=True, slots=True)
class Footage:
    """Where the hub reads: how to follow a stream, and what the recorder says of it. Both may block."""

    follow: Callable[[StreamKey], Follower]
    last_seen: Callable[[StreamKey], LastSeen]


@dataclass(slots=True)
class Channel:
    """One watched stream."""

    key: StreamKey
    footage: Footage
    clock: Clock
    pool: Executor
    listeners: set[Listener] = field(default_factory=set)
    group: list[TailFragment] = field(default_factory=list)
    state: StateChange | None = None
    last_end: int | None = None
    _quiet_since: float = 0.0
    _heard: int = 0

    def greet(self, listener: Listener) -> None:
        """Tell a new listener the state and give it the group of pictures that is running."""
        if self.state is not None:
            listener.on_state(self.key, self.state)
        if self.group and (self.state is None or self.state.state is TileState.LIVE):
            listener.on_fragment(self.key, self.group[-1], self.group)

    async def run(self) -> None:
        """Follow the stream until cancelled."""
        while True:
            self._quiet_since = self.clock.monotonic()
            self._heard = 0
            try:
                await self._follow()
            except (EngineError, OSError) as error:
                _log.warning(
                    "live: %s cannot be followed: %s",
                    self.key.folder,
                    error,
                    extra={"camera": self.key.camera, "code": getattr(error, "code", "")},
                )
                self._say(StateChange(TileState.ERROR, self.last_end, "live.store", "The recording cannot be read."))
            await self.clock.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        tail = await loop.run_in_executor(self.pool, self.footage.follow, self.key)
        try:
            while True:
                fragments = await loop.run_in_executor(self.pool, tail.poll)
                if fragments:
                    self._take(fragments)
                else:
                    await self._listen_for_silence()
                await self.clock.sleep(POLL_SECONDS)
        finally:
            tail.close()

    def _take(self, fragments: list[TailFragment]) -> None:
        self._quiet_since = self.clock.monotonic()
        self._heard += 1
        self.last_end = fragments[-1].end
        if self._heard > 1 or self.last_end > self.clock.wall() - FRESH_TICKS:
            self._say(StateChange(TileState.LIVE))
        for fragment in fragments:
            self._keep(fragment)
            for listener in self.listeners:
                listener.on_fragment(self.key, fragment, self.group)

    def _keep(self, fragment: TailFragment) -> None:
        if fragment.key:
            self.group = [fragment]
        elif self.group and sum(len(kept.data) for kept in self.group) + len(fragment.data) <= MAX_RECENT_BYTES:
            self.group.append(fragment)
        else:
            self.group = []

    async def _listen_for_silence(self) -> None:
        """Say `no_picture` after a while; at once when nothing came yet and the recorder already knows of a gap."""
        silent = self.clock.monotonic() - self._quiet_since
        saying_so = self.state is not None and self.state.state is TileState.NO_PICTURE
        if saying_so or (silent < SILENCE and (self._heard > 0 or silent > POLL_SECONDS)):
            return
        seen = await asyncio.get_running_loop().run_in_executor(self.pool, self.footage.last_seen, self.key)
        if silent >= SILENCE or seen.cause:
            self.group = []
            self._heard = 0
            self._say(StateChange(TileState.NO_PICTURE, self.last_end if self.last_end is not None else seen.at, seen.cause))

    def _say(self, change: StateChange) -> None:
        if change == self.state:
            return
        self.state = change
        for listener in self.listeners:
            listener.on_state(self.key, change)


class Hub:
    """All watched streams of this process."""

    def __init__(self, footage: Footage, clock: Clock, pool: Executor) -> None:
        """Begin with nobody watching."""
        self._footage = footage
        self._clock = clock
        self._pool = pool
        self._channels: dict[StreamKey, tuple[Channel, asyncio.Task[None]]] = {}

    @property
    def watched(self) -> frozenset[StreamKey]:
        """The streams that are followed now."""
        return frozenset(self._channels)

    def listeners(self, key: StreamKey) -> frozenset[Listener]:
        """Return who watches a stream."""
        return frozenset(self._channels[key][0].listeners) if key in self._channels else frozenset()

    def listen(self, key: StreamKey, listener: Listener) -> None:
        """Give `listener` the stream's pictures from now on."""
        if key not in self._channels:
            channel = Channel(key, self._footage, self._clock, self._pool)
            task = asyncio.get_running_loop().create_task(channel.run(), name=f"live {key.folder}")
            self._channels[key] = (channel, task)
        channel, _ = self._channels[key]
        channel.greet(listener)
        channel.listeners.add(listener)

    def greet(self, key: StreamKey, listener: Listener) -> None:
        """Give a listener, for a further tile of it, the state and the running group of pictures again."""
        if key in self._channels:
            self._channels[key][0].greet(listener)

    def leave(self, key: StreamKey, listener: Listener) -> None:
        """Stop. The last one to leave ends the follower."""
        channel, task = self._channels.get(key, (None, None))
        if channel is None or task is None:
            return
        channel.listeners.discard(listener)
        if not channel.listeners:
            task.cancel()
            del self._channels[key]
