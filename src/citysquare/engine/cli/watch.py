"""`watch`: what moves in each source, a JSON line per finished track."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import cast

from citysquare.engine.analysis import CameraAnalysis
from citysquare.engine.cli.backlog import Backlog
from citysquare.engine.cli.ending import ending
from citysquare.engine.cli.inputs import Input, open_inputs
from citysquare.engine.cli.lines import Lines
from citysquare.engine.errors import SourceError
from citysquare.engine.model import TICKS_PER_SECOND, CodedPicture, SourceEvent, Track, iso_from_ticks
from citysquare.engine.ports import Clock


async def watch(texts: Sequence[str], *, seconds: float | None, clock: Clock, lines: Lines) -> int:
    """Watch all sources at once until they end, `seconds` are over or the process is asked to end; return the exit status."""
    inputs = open_inputs(texts, clock=clock, lines=lines)
    async with ending(clock, seconds) as stop:
        await asyncio.gather(*(_Watched(each, lines).run(stop) for each in inputs))
    return lines.status


class _Watched:
    """One source being watched."""

    def __init__(self, named: Input, lines: Lines) -> None:
        self._input = named
        self._lines = lines
        self._analysis = CameraAnalysis(named.shown)
        self._backlog = Backlog()
        self._counts: Counter[str] = Counter()
        self._failed = False

    async def run(self, stop: asyncio.Event) -> None:
        reading = asyncio.ensure_future(self._read())
        analysing = asyncio.ensure_future(self._analyse())
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reading.cancel()
            stopping.cancel()
            await asyncio.gather(reading, stopping, return_exceptions=True)
            await self._backlog.close()
        await analysing
        # A camera that never showed a picture has been complained about; there is nothing to sum up.
        if self._analysis.frames_seen or not (self._failed or self._input.live):
            self._summarise()

    async def _read(self) -> None:
        events = cast("AsyncGenerator[SourceEvent]", self._input.source.events())
        async with aclosing(events):
            try:
                async for event in events:
                    if isinstance(event, CodedPicture):
                        await self._backlog.put(event, wait=not self._input.live)
            except SourceError as error:
                self._failed = True
                if not self._input.live:  # a live source has complained itself
                    self._lines.complain(error, self._input.shown)

    async def _analyse(self) -> None:
        while pictures := await self._backlog.take():
            for track in await asyncio.to_thread(self._feed, pictures):
                self._tell(track)
        for track in await asyncio.to_thread(self._analysis.finish):
            self._tell(track)

    def _feed(self, pictures: list[CodedPicture]) -> list[Track]:
        return [track for picture in pictures for track in self._analysis.feed(picture)]

    def _tell(self, track: Track) -> None:
        self._counts[track.object_class.value] += 1
        times: dict[str, object] = (
            {"first": iso_from_ticks(track.first), "last": iso_from_ticks(track.last)}
            if self._input.live
            else {"t0": round(track.first / TICKS_PER_SECOND, 3), "t1": round(track.last / TICKS_PER_SECOND, 3)}
        )
        head = {"type": "track", "camera": self._input.shown, "track": track.id, "class": track.object_class.value}
        self._lines.say(head | times | {"path": [list(point) for point in track.path]})

    def _summarise(self) -> None:
        self._lines.say(
            {
                "type": "summary",
                "camera": self._input.shown,
                "frames_seen": self._analysis.frames_seen + self._backlog.left_out,
                "frames_decoded": self._analysis.frames_decoded,
                "tracks": dict(sorted(self._counts.items())),
            }
        )
