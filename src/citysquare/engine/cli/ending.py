"""When a command ends: after so many seconds, or when a person or the system asks for it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from citysquare.engine.ports import Clock


@asynccontextmanager
async def ending(clock: Clock, seconds: float | None) -> AsyncIterator[asyncio.Event]:
    """Give an event that is set after `seconds` (if given), at Ctrl-C, and when the process is asked to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    timer = asyncio.ensure_future(_after(clock, seconds, stop)) if seconds is not None else None
    try:
        yield stop
    finally:
        if timer is not None:
            timer.cancel()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _after(clock: Clock, seconds: float, stop: asyncio.Event) -> None:
    await clock.sleep(seconds)
    stop.set()
