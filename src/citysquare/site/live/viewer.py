"""One page that watches: its tiles, its permissions, and the log lines of each look.

A look at a camera is recorded when its first tile opens, and its end when no tile has shown the camera for a while: scrolling a tile out of
sight and back is one look, not ten. Rights are asked again every `RECHECK_SECONDS`, so that whoever loses them loses the picture.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from citysquare.engine.footage import TailFragment
from citysquare.engine.model import StreamKey
from citysquare.engine.ports import Clock
from citysquare.platform.looks import HEARTBEAT, Why
from citysquare.site.live.hub import Hub
from citysquare.site.live.outbox import Outbox
from citysquare.site.live.wire import StateChange, TileState, Wish

RECHECK_SECONDS = HEARTBEAT.total_seconds()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a person may look at a camera now, else why not."""

    allowed: bool
    code: str = ""
    message: str = ""


class Gate(Protocol):
    """Who may look: one person's session at the door."""

    async def still_signed_in(self) -> bool:
        """Say whether the session and the person behind it still hold."""
        ...

    async def open(self, camera: str) -> Verdict:
        """Decide on a look at a camera and record it."""
        ...

    async def check(self, camera: str) -> Verdict:
        """Decide again on a look that is recorded already."""
        ...

    async def beat(self) -> None:
        """Say that the page still looks, each `RECHECK_SECONDS`."""
        ...

    async def ended(self, camera: str, seconds: int, why: Why) -> None:
        """Record that a look has ended after `seconds`, and why."""
        ...


@dataclass(slots=True)
class Look:
    """One look of this page at a camera."""

    began: float
    unwatched_since: float | None = None


class Viewer:
    """One page."""

    def __init__(self, hub: Hub, gate: Gate, clock: Clock) -> None:
        """Begin with nothing watched."""
        self.outbox = Outbox()
        self._hub = hub
        self._gate = gate
        self._clock = clock
        self._tiles: dict[int, StreamKey] = {}
        self._looks: dict[str, Look] = {}
        self._refused: dict[str, Verdict] = {}
        self._one_at_a_time = asyncio.Lock()

    async def watch(self, wishes: tuple[Wish, ...]) -> None:
        """Make the wanted set what is watched."""
        async with self._one_at_a_time:
            await self._watch(wishes)

    async def recheck(self) -> bool:
        """Ask for all rights again and end the looks nobody looks any more. False when the session has ended."""
        async with self._one_at_a_time:
            return await self._recheck()

    async def close(self, why: Why = Why.LEFT) -> None:
        """Stop watching and record that all looks have ended."""
        async with self._one_at_a_time:
            for tile in list(self._tiles):
                self._close_tile(tile)
            for camera in list(self._looks):
                await self._end_look(camera, why)

    async def _watch(self, wishes: tuple[Wish, ...]) -> None:
        wanted = {wish.tile: wish.key for wish in wishes}
        for tile in [tile for tile, key in self._tiles.items() if wanted.get(tile) != key]:
            self._close_tile(tile)
        self.outbox.keep(wanted)
        for tile, key in wanted.items():
            if tile not in self._tiles:
                await self._open_tile(tile, key)
        self._mark_unwatched()

    async def _recheck(self) -> bool:
        if not await self._gate.still_signed_in():
            return False
        self._refused.clear()
        for camera in list(self._looks):
            verdict = await self._gate.check(camera)
            if not verdict.allowed:
                await self._refuse_camera(camera, verdict)
        self._mark_unwatched()
        now = self._clock.monotonic()
        for camera, look in list(self._looks.items()):
            if look.unwatched_since is not None and now - look.unwatched_since >= RECHECK_SECONDS / 2:
                await self._end_look(camera, Why.LEFT)
        await self._gate.beat()
        return True

    def on_fragment(self, key: StreamKey, fragment: TailFragment, group: list[TailFragment]) -> None:
        """Pass a fragment on to the tiles that show the stream."""
        for tile, watched in self._tiles.items():
            if watched == key:
                self.outbox.fragment(tile, fragment, group)

    def on_state(self, key: StreamKey, change: StateChange) -> None:
        """Pass a change of state on to the tiles that show the stream."""
        for tile, watched in self._tiles.items():
            if watched == key:
                self.outbox.state(tile, change)

    async def _open_tile(self, tile: int, key: StreamKey) -> None:
        verdict = await self._verdict(key.camera)
        if not verdict.allowed:
            self.outbox.state(tile, StateChange(TileState.REFUSED, None, verdict.code, verdict.message))
            return
        self.outbox.open(tile)
        newcomer = key not in self._tiles.values()
        self._tiles[tile] = key
        if newcomer:
            self._hub.listen(key, self)
        else:
            self._hub.greet(key, self)

    async def _verdict(self, camera: str) -> Verdict:
        look = self._looks.get(camera)
        if look is not None:
            look.unwatched_since = None
            return Verdict(allowed=True)
        if camera in self._refused:
            return self._refused[camera]
        verdict = await self._gate.open(camera)
        if verdict.allowed:
            self._looks[camera] = Look(self._clock.monotonic())
        else:
            self._refused[camera] = verdict
        return verdict

    def _close_tile(self, tile: int) -> None:
        key = self._tiles.pop(tile)
        self.outbox.close(tile)
        if key not in self._tiles.values():
            self._hub.leave(key, self)

    async def _refuse_camera(self, camera: str, verdict: Verdict) -> None:
        """End the look at once: as long as it stood, a page that asks again would be let in by it."""
        self._refused[camera] = verdict
        for tile in [tile for tile, key in self._tiles.items() if key.camera == camera]:
            self._close_tile(tile)
            self.outbox.state(tile, StateChange(TileState.REFUSED, None, verdict.code, verdict.message))
        await self._end_look(camera, Why.RIGHT_ENDED)

    def _mark_unwatched(self) -> None:
        shown = {key.camera for key in self._tiles.values()}
        for camera, look in self._looks.items():
            if camera in shown:
                look.unwatched_since = None
            elif look.unwatched_since is None:
                look.unwatched_since = self._clock.monotonic()

    async def _end_look(self, camera: str, why: Why) -> None:
        look = self._looks.pop(camera)
        until = look.unwatched_since if look.unwatched_since is not None else self._clock.monotonic()
        await self._gate.ended(camera, max(0, round(until - look.began)), why)
