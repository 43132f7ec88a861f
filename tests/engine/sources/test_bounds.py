"""How long a fault may cost footage, in seconds of an injected clock: noticed within 3 s, over within 3 s of the trouble's end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from citysquare.engine.model import TICKS_PER_SECOND, Break, CodedPicture, GapCause
from citysquare.engine.sources import RtspSource
from citysquare.engine.sources.rtsp.source import LOGIN_BACKOFF_SECONDS
from tests.engine.sources.camera import Camera, Viewer
from tests.engine.sources.clips import make_clip, packets_of
from tests.engine.sources.watching import RULE, Eager, moving

SLACK = 0.3
"""Seconds of the injected clock that pass while sockets hand over what was sent: they have no injected clock."""
GROUP = 10 / 25
CLIP = make_clip("h264")
STEP = TICKS_PER_SECOND // 25


@dataclass
class Outage:
    """A camera that plays for ever in the time of a clock, and its trouble, which begins and ends at moments of that clock."""

    camera: Camera
    clock: Eager
    silent: bool = False
    begun: float = 0.0
    ended: float = 0.0
    viewers: list[Viewer] = field(default_factory=list)
    number: int = 0

    async def play(self, viewer: Viewer) -> None:
        groups = packets_of(CLIP)
        sequence = 0
        self.viewers.append(viewer)
        try:
            while True:
                group = groups[self.number % len(groups)]
                at = self.number * STEP & 0xFFFF_FFFF
                for packet in () if self.silent else group:
                    sequence += 1
                    stamped = packet[:2] + (sequence & 0xFFFF).to_bytes(2, "big") + at.to_bytes(4, "big") + packet[8:]
                    await viewer.send([stamped])
                self.number += 1
                await self.clock.sleep(1 / 25)
        finally:
            self.viewers.remove(viewer)

    def cut(self) -> None:
        for viewer in self.viewers:
            viewer.writer.transport.abort()


def silence(outage: Outage, *, on: bool) -> None:
    outage.silent = on


def mute(outage: Outage, *, on: bool) -> None:
    outage.silent = on
    outage.camera.mute = "OPTIONS" if on else ""


def refuse(outage: Outage, *, on: bool) -> None:
    outage.camera.refuse = {"DESCRIBE": 453} if on else {}
    if on:
        outage.cut()


def forbid(outage: Outage, *, on: bool) -> None:
    outage.camera.refuse = {"DESCRIBE": 401} if on else {}
    if on:
        outage.cut()


def garble(outage: Outage, *, on: bool) -> None:
    outage.camera.sdp = "nonsense" if on else None
    for viewer in outage.viewers if on else ():
        viewer.writer.write(b"\x00garbage")


def cut(outage: Outage, *, on: bool) -> None:
    outage.camera.noise = b"HTTP/1.0 500 no\r\n\r\n" if on else b""
    if on:
        outage.cut()


class Fault(Protocol):
    __name__: str

    def __call__(self, outage: Outage, *, on: bool) -> None: ...


FAULTS: list[tuple[Fault, GapCause]] = [
    (silence, GapCause.STALLED),
    (mute, GapCause.STALLED),
    (refuse, GapCause.REFUSED),
    (forbid, GapCause.REFUSED),
    (garble, GapCause.GARBLED),
    (cut, GapCause.UNREACHABLE),
]


@asynccontextmanager
async def playing() -> AsyncIterator[tuple[Outage, RtspSource]]:
    clock = Eager()
    camera = Camera(CLIP, clock=clock)
    outage = Outage(camera, clock)
    camera.stream = outage.play
    async with camera.running():
        yield outage, RtspSource(camera.url(), clock=clock, rule=RULE)


@pytest.mark.parametrize(("fault", "cause"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
@pytest.mark.parametrize("lasting", [1.3, 6.1])
async def test_a_fault_is_noticed_within_3_s_and_costs_at_most_3_s_and_a_group_of_pictures_more_than_it_lasts(
    fault: Fault, cause: GapCause, lasting: float
) -> None:
    async with playing() as (outage, source), moving(outage.clock), aclosing(source.events()) as stream:
        last = await anext(stream)
        for _ in range(19):
            last = await anext(stream)
        now = outage.clock.monotonic
        trouble = asyncio.create_task(_lasts(outage, fault, lasting))
        told: list[tuple[float, Break]] = []
        async for event in stream:
            if isinstance(event, Break):
                told.append((now(), event))
            elif outage.ended:
                break
            elif not told:
                last = event
        over = now()
        await trouble
    assert isinstance(last, CodedPicture)
    lenient = fault is forbid and lasting > 5  # cameras lock accounts: after five refused logins the next attempt comes half a minute later
    assert over - outage.ended <= (LOGIN_BACKOFF_SECONDS * 1.2 if lenient else 3.0) + GROUP + SLACK
    assert told or lasting < 3
    for when, event in told[:1]:
        assert event.cause in (cause, GapCause.UNREACHABLE)
        assert when - outage.begun <= 3.0 + SLACK
        assert 0 < event.at - last.pts <= STEP + SLACK * TICKS_PER_SECOND
    assert cause in {event.cause for _, event in told} or not told


async def _lasts(outage: Outage, fault: Fault, lasting: float) -> None:
    outage.begun = outage.clock.monotonic()
    fault(outage, on=True)
    await outage.clock.sleep(lasting)
    fault(outage, on=False)
    outage.ended = outage.clock.monotonic()
