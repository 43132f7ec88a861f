"""`record`: only record, and say at the end what was stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from citysquare.engine.cli.ending import ending
from citysquare.engine.cli.inputs import Input, open_inputs
from citysquare.engine.cli.lines import Lines
from citysquare.engine.errors import StoreFull
from citysquare.engine.footage import Deletion, FootageReader, Recorder, Store, StoreLimits, StreamTotals
from citysquare.engine.model import StreamKey
from citysquare.engine.ports import Clock

_FOR_EVER = 2**62
# Who records by hand keeps what was recorded until it is deleted by hand; only the volume's free space is watched.
_LIMITS = StoreLimits(retention_seconds=None, sub_retention_seconds=None, least_free_bytes=64 * 1024 * 1024)


async def record(texts: Sequence[str], *, store: Path, seconds: float | None, clock: Clock, lines: Lines) -> int:
    """Record all sources at once until they end, `seconds` are over or the process is asked to end; return the exit status.

    Raises StoreError when the store cannot be used at all.
    """
    inputs = open_inputs(texts, clock=clock, lines=lines)
    opened = await asyncio.to_thread(Store.open, store)
    try:
        since = clock.wall()
        recorder = Recorder(opened, clock=clock, limits=_LIMITS)
        for each in inputs:
            recorder.add(StreamKey(each.folder), each.source)
        async with ending(clock, seconds) as stop:
            await _until_done(recorder, stop)
        failures, unwritten, now = recorder.failures(), recorder.storage_failures(), clock.wall()
    finally:
        await asyncio.to_thread(opened.close)
    for each in inputs:
        failure = failures.get(StreamKey(each.folder))
        if failure is not None and not each.live:  # a live source has complained itself
            lines.complain(failure, each.shown)
        if StreamKey(each.folder) in unwritten:
            lines.complain(unwritten[StreamKey(each.folder)], each.shown)
        _summarise(store, each, since, now, lines)
    if _was_short(FootageReader(store), since):
        lines.complain(StoreFull(f"The volume of the footage store {store} was short of room: its oldest footage was deleted."), str(store))
    return lines.status


def _was_short(reader: FootageReader, since: int) -> bool:
    """Say whether footage was deleted for want of space from `since` on."""
    return any(d.reason is Deletion.SPACE and d.at >= since for key in reader.streams() for d in reader.deleted(key, 0, _FOR_EVER))


async def _until_done(recorder: Recorder, stop: asyncio.Event) -> None:
    recording = asyncio.ensure_future(recorder.run(stop))
    await asyncio.sleep(0)  # run() begins all streams before it first waits; only then can their end be waited for
    over = asyncio.ensure_future(recorder.ended())
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({recording, over, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        over.cancel()
        stopping.cancel()
        await asyncio.gather(over, stopping, return_exceptions=True)
        await recording


def _summarise(store: Path, each: Input, since: int, now: int, lines: Lines) -> None:
    key = StreamKey(each.folder)
    reader = FootageReader(store)
    segments = reader.segments(key, since, _FOR_EVER)
    # A file's footage is dated from now on and read faster than it plays: its time ends with its last picture.
    until = now if each.live else max([since + 1, *(segment.end for segment in segments)])
    totals = reader.totals(since, until).get(key, StreamTotals())
    lines.say(
        {
            "type": "recorded",
            "camera": each.shown,
            "folder": each.folder,
            "stored_seconds": round(totals.stored_seconds, 3),
            "gaps": {cause.value: round(seconds, 3) for cause, seconds in totals.gaps.items()},
            "files": len(segments),
        }
    )
