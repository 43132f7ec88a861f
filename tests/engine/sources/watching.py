"""Helpers of the RTSP tests: a source is watched while time moves by itself, some fifty times faster than real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from citysquare.engine.clock import ManualClock
from citysquare.engine.errors import SourceError
from citysquare.engine.model import Break, CodedPicture, SourceEvent
from citysquare.engine.sources import AddressRule, RtspSource, open_once
from tests.engine.sources.camera import Camera

RULE = AddressRule(allow_loopback=True)
SECRET = "admin:p%C3%A4ss%3Aw%2Frd"
PATIENCE = 20.0
"""Seconds of real time after which a test gives up; none waits for it."""


class Eager(ManualClock):
    """Time that moves by itself, so that no silence and no reconnect is waited for."""

    async def ticking(self) -> None:
        while True:
            self.advance(0.02)
            await asyncio.sleep(0.001)


@asynccontextmanager
async def moving(clock: Eager) -> AsyncIterator[None]:
    task = asyncio.create_task(clock.ticking())
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def collect(camera: Camera, number: int, *, user: str = "") -> tuple[list[SourceEvent], RtspSource]:
    """Return the first `number` events of a source."""
    clock = Eager()
    source = RtspSource(camera.url(user=user), clock=clock, rule=RULE)
    events: list[SourceEvent] = []
    async with moving(clock), aclosing(source.events()) as stream:
        async for event in stream:
            events.append(event)
            if len(events) >= number:
                break
    return events, source


def pictures(events: list[SourceEvent]) -> list[CodedPicture]:
    return [event for event in events if isinstance(event, CodedPicture)]


def breaks(events: list[SourceEvent]) -> list[Break]:
    return [event for event in events if isinstance(event, Break)]


async def first_trouble(camera: Camera, user: str = "") -> SourceError:
    """Return what opening it once raises."""
    clock = Eager()
    try:
        async with moving(clock), aclosing(open_once(camera.url(user=user), clock=clock, rule=RULE)) as once:
            async for _ in once:
                pass
    except SourceError as trouble:
        return trouble
    message = "nothing went wrong"
    raise AssertionError(message)
