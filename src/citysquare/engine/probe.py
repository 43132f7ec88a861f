"""A short look at a camera: can it be reached, what does it send, and what does it show? For "test with picture" in the pages."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

from citysquare.engine.decode import PictureDecoder, jpeg
from citysquare.engine.errors import DecodeError, Stalled
from citysquare.engine.model import TICKS_PER_SECOND, CodedPicture, VideoParameters
from citysquare.engine.ports import Clock
from citysquare.engine.sources import AddressRule, open_once, redact

_LOOK_SECONDS = 1.5
"""How much footage is enough to state a picture rate."""
_MOST_PICTURES = 120


@dataclass(frozen=True, slots=True)
class Probe:
    """What a camera showed."""

    parameters: VideoParameters
    jpeg: bytes | None
    """Its first picture in colour; None when it could not be decoded."""
    fps: float | None
    """Pictures a second; None when too few came."""


@dataclass(slots=True)
class _Seen:
    first: CodedPicture | None = None
    times: list[int] = field(default_factory=list)

    def take(self, picture: CodedPicture) -> bool:
        """Keep it; return whether enough was seen."""
        if self.first is None:
            if not picture.key:
                return False
            self.first = picture
        self.times.append(picture.dts)
        spanned = self.times[-1] - self.times[0]
        return spanned >= _LOOK_SECONDS * TICKS_PER_SECOND or len(self.times) >= _MOST_PICTURES

    def rate(self) -> float | None:
        """Return pictures a second, by the median step: a lost picture does not change it."""
        steps = [later - earlier for earlier, later in zip(self.times, self.times[1:], strict=False)]
        middle = statistics.median(steps) if len(steps) >= 3 else 0
        return round(TICKS_PER_SECOND / middle, 1) if middle > 0 else None


async def probe(url: str, *, rule: AddressRule, clock: Clock, timeout: float = 8.0) -> Probe:  # noqa: ASYNC109 - counted by the clock passed in
    """Look at the camera at `url` for at most `timeout` seconds.

    Raises SourceError (BadAddress, Unreachable, Refused, NoVideo, Garbled, Stalled) with a sentence for a person.
    """
    seen = _Seen()
    looking = asyncio.ensure_future(_look(open_once(url, clock=clock, rule=rule), seen))
    timer = asyncio.ensure_future(clock.sleep(timeout))
    try:
        await asyncio.wait({looking, timer}, return_when=asyncio.FIRST_COMPLETED)
        if looking.done() and seen.first is None:
            looking.result()  # raises what went wrong
    finally:
        for task in (looking, timer):
            task.cancel()
        await asyncio.gather(looking, timer, return_exceptions=True)
    if seen.first is None:
        raise Stalled(f"{redact(url)} was reached, but sent no picture at which decoding could start within {timeout:.0f} s.")
    shown = await asyncio.to_thread(_first_picture, seen.first)
    return Probe(seen.first.parameters, shown, seen.rate())


async def _look(pictures: AsyncIterator[CodedPicture], seen: _Seen) -> None:
    # Closing at once takes the session down; many cameras allow few.
    async with aclosing(cast("AsyncGenerator[CodedPicture]", pictures)) as looking:
        async for picture in looking:
            if seen.take(picture):
                return


def _first_picture(picture: CodedPicture) -> bytes | None:
    try:
        decoder = PictureDecoder(picture.parameters, luma_only=False, keyframes_only=True)
        decoded = decoder.decode(picture)
        return jpeg(decoded[0]) if decoded else None
    except DecodeError:
        return None
