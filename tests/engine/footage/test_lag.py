"""Our own standstill is noticed, whether it comes at once or in small pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from citysquare.engine.clock import ManualClock
from citysquare.engine.footage.lag import LagWatch
from tests.engine.footage.at_work import SECOND
from tests.engine.footage.scripted import START


@asynccontextmanager
async def watching() -> AsyncIterator[tuple[ManualClock, LagWatch]]:
    clock = ManualClock(START)
    lag = LagWatch(clock)
    task = asyncio.create_task(lag.run())
    await clock.run_for(1)
    yield clock, lag
    task.cancel()
    await asyncio.wait((task,))


async def late(clock: ManualClock, seconds: float) -> None:
    clock.advance(seconds)
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_loop_that_stood_still_for_more_than_half_a_second_is_to_blame() -> None:
    async with watching() as (clock, lag):
        assert not lag.blames_us(clock.wall())
        await late(clock, 5)
        await clock.run_for(3)
        assert lag.blames_us(START + 4 * SECOND)
        assert lag.blames_us(START + 1 * SECOND)
        assert not lag.blames_us(clock.wall())


async def test_a_loop_that_gets_too_little_of_the_processor_is_to_blame() -> None:
    async with watching() as (clock, lag):
        for _ in range(20):
            await late(clock, 0.3)
        assert lag.worst < 0.5
        assert lag.blames_us(clock.wall())
        assert lag.blames_us(START + 3 * SECOND)


async def test_usual_lateness_is_nobodys_fault() -> None:
    async with watching() as (clock, lag):
        for _ in range(100):
            await late(clock, 0.115)
        assert not lag.blames_us(clock.wall())
        await late(clock, 0.4)
        await clock.run_for(1)
        assert not lag.blames_us(clock.wall())
