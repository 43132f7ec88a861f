"""The recorder's process: the cameras of a node file, recorded until told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator
from pathlib import Path

from citysquare.engine.clock import SystemClock
from citysquare.engine.errors import BadNodeFile, SealingError, SourceError, StoreError
from citysquare.engine.footage import Hold, KeptTrack, Recorder, Store
from citysquare.engine.local.last_good import keep_last_good, read_or_last_good
from citysquare.engine.local.node_file import NodeFile, read_node_file, stamp
from citysquare.engine.model import Break, GapCause, SourceEvent, StreamKey
from citysquare.engine.ports import Clock, Source
from citysquare.engine.sources import AddressRule, RtspSource

_log = logging.getLogger(__name__)

_LOOK_AGAIN = 1.0


async def record_node(path: Path, *, clock: Clock | None = None, stop: asyncio.Event | None = None) -> None:
    """Record the cameras of a node file until `stop`, SIGTERM or Ctrl-C; changes of the file are followed within a second or two.

    Where store, volumes or limits change it begins anew, with a gap of a moment. Raises BadNodeFile, SealingError or StoreError when it
    cannot begin; a damaged file gives way to what it last was (`last_good`). Later on a damaged file changes nothing,
    and one camera's trouble stays its own.
    """
    clock = clock or SystemClock()
    node: NodeFile | None = read_or_last_good(path, keep=True)
    ends = stop or asyncio.Event()
    if stop is None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ends.set)
    while node is not None:
        node = await _record(path, node, clock, ends)


async def _record(path: Path, node: NodeFile, clock: Clock, ends: asyncio.Event) -> NodeFile | None:
    """Record until `ends`, or until store, volumes or limits change: then return the node file to go on with."""
    store = await asyncio.to_thread(lambda: Store.open(node.store, volumes=node.volumes))
    for finding in store.findings:
        _log.warning("%s", finding, extra={"code": "store.finding"})
    over = asyncio.Event()
    if isinstance(clock, SystemClock):
        clock.begin(store.known_until)
        if not clock.is_set:
            _log.warning(
                "The clock of this machine was never set. Footage is dated on from what was recorded last until it is.",
                extra={"code": "footage.clock_not_set"},
            )
    try:
        recorder = Recorder(store, clock=clock, limits=node.limits)
        keeper = _Keeper(recorder, clock)
        await keeper.follow(node)
        keeping = asyncio.create_task(keeper.keep(path, node, over))
        ending = asyncio.create_task(_relay(ends, over))
        try:
            await recorder.run(over)
        finally:
            keeping.cancel()
            ending.cancel()
            await asyncio.wait({keeping, ending})
    finally:
        await asyncio.to_thread(store.close)
    return None if ends.is_set() else keeper.following


async def _relay(ends: asyncio.Event, over: asyncio.Event) -> None:
    await ends.wait()
    over.set()


class _NeverAsked:
    """A camera whose address may not be opened: nothing is sent to it, and its ledger says so from its being switched on."""

    def __init__(self, error: SourceError, clock: Clock) -> None:
        self._error = error
        self._clock = clock

    async def events(self) -> AsyncGenerator[SourceEvent, None]:
        """Yield the refusal, then nothing for ever."""
        yield Break(GapCause.REFUSED, self._clock.wall(), self._error.message, self._error.code)
        await asyncio.get_running_loop().create_future()


class _Keeper:
    """Keeps the recorder's streams equal to the node file's."""

    def __init__(self, recorder: Recorder, clock: Clock) -> None:
        self._recorder = recorder
        self._clock = clock
        self._recorded: dict[StreamKey, tuple[str, AddressRule]] = {}
        self._protected: tuple[tuple[Hold, ...], tuple[KeptTrack, ...]] = ((), ())
        self.following: NodeFile | None = None
        """What a new beginning has to go by, once there has to be one."""

    async def keep(self, path: Path, node: NodeFile, over: asyncio.Event) -> None:
        """Look for changes, and for a clock that is set at last, until a new beginning is needed; then set `over`."""
        seen = stamp(path)
        believed = not isinstance(self._clock, SystemClock) or self._clock.is_set
        while True:
            await self._clock.sleep(_LOOK_AGAIN)
            if not believed and isinstance(self._clock, SystemClock) and self._clock.is_set:
                _log.warning("The clock of this machine has been set: the recorder begins anew, by its time.")
                self.following = node
                over.set()
                return
            now = stamp(path)
            if now is None or now == seen:
                continue
            seen = now
            try:
                changed = await asyncio.to_thread(read_node_file, path)
                await asyncio.to_thread(keep_last_good, path)
            except (BadNodeFile, SealingError) as error:
                _log.warning("%s What was recorded is recorded on.", error.message)
                continue
            if (changed.store, changed.volumes, changed.limits) != (node.store, node.volumes, node.limits) and await _usable(changed, node):
                _log.warning("The store, its volumes or its limits have changed: the recorder begins anew.")
                self.following = changed
                over.set()
                return
            node = changed
            await self.follow(changed)

    async def follow(self, node: NodeFile) -> None:
        """Protect what is held, and switch streams off and on.

        A stream whose address changed is switched off and on; one whose password cannot be opened any more goes on with it.
        """
        if (node.holds, node.kept_tracks) != self._protected:
            self._protected = (node.holds, node.kept_tracks)
            self._recorder.protect(*self._protected)
        locked = {camera.id for camera in node.cameras if camera.locked}
        wanted = {key: (url, node.rule) for key, url in node.streams().items() if key.camera not in locked or key not in self._recorded}
        left = {key for key in node.streams() if key.camera in locked}
        for key in [key for key, now in self._recorded.items() if wanted.get(key) != now and key not in left]:
            await self._recorder.remove(key, GapCause.SWITCHED_OFF)
            del self._recorded[key]
        for key, (url, rule) in wanted.items():
            if key in self._recorded:
                continue
            self._recorded[key] = (url, rule)
            source: Source
            try:
                source = RtspSource(url, clock=self._clock, rule=rule, kind_hint=key.kind)
            except SourceError as error:
                _log.warning("%s is not recorded: %s", key.folder, error, extra={"camera": key.camera, "code": error.code})
                source = _NeverAsked(error, self._clock)
            try:
                self._recorder.add(key, source)
            except ValueError as error:
                _log.warning("%s is not recorded: %s", key.folder, error, extra={"camera": key.camera, "code": ""})


async def _usable(changed: NodeFile, node: NodeFile) -> bool:
    """Say whether recording may move to what the node file names now; a store that cannot be opened is not worth leaving another."""
    if changed.store == node.store:
        return True
    try:
        store = await asyncio.to_thread(lambda: Store.open(changed.store, volumes=changed.volumes))
    except StoreError as error:
        _log.warning("%s What was recorded to is recorded to.", error.message, extra={"code": error.code})
        return False
    await asyncio.to_thread(store.close)
    return True
