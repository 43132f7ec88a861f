"""A camera as a source of coded pictures: connects, plays, reconnects for ever, and says why there was no picture."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from citysquare.engine.errors import BadAddress, Garbled, NotMedia, NoVideo, Refused, SourceError, Stalled
from citysquare.engine.model import Break, CodedPicture, GapCause, SourceEvent, StreamKind, VideoParameters
from citysquare.engine.ports import Clock
from citysquare.engine.sources.addresses import AddressRule, parse_camera_url
from citysquare.engine.sources.rtsp.receiver import Lost, Memory, NoKeyframe, Receiver
from citysquare.engine.sources.rtsp.session import Session, connect

BACKOFF_SECONDS = (0.3, 0.6, 1.2, 2.0)
"""From the beginning of one attempt to the next; what an attempt took itself counts, so that a gap ends within 3 s of the trouble."""
_LEAST_PAUSE = 0.2
QUICK_SECONDS = 2.0
"""How long connecting, and each reply, may take."""
SLOW_SECONDS = 8.0
"""The same, now and then, for a camera that has never answered within QUICK_SECONDS."""
LOGINS = 5
"""Refused logins in a row, after which a longer pause follows."""
LOGIN_BACKOFF_SECONDS = 30.0
"""After several refused logins in a row: cameras lock accounts that are tried too often."""
_JITTER = 0.2
_CAUSES: tuple[tuple[type[SourceError], GapCause], ...] = (
    (NoKeyframe, GapCause.NO_KEYFRAME),
    (Stalled, GapCause.STALLED),
    (Garbled, GapCause.GARBLED),
    (NoVideo, GapCause.GARBLED),
    (NotMedia, GapCause.GARBLED),
    (Refused, GapCause.REFUSED),
    (BadAddress, GapCause.REFUSED),
)


def cause_of(trouble: SourceError) -> GapCause:
    """Return the ledger's word for a source's trouble."""
    return next((cause for kind, cause in _CAUSES if isinstance(trouble, kind)), GapCause.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source fares."""

    state: str
    """`connecting`, `waiting` (for the first key picture), `live`, or `trouble`."""
    cause: GapCause | None
    message: str
    """One sentence while there is trouble, else nothing."""
    camera_clock_error: float | None
    """Camera's clock minus wall time in seconds, as its sender reports say; None where there are none."""
    pictures: int
    lost_packets: int
    connections: int
    dropped_by_us: int
    """How many breaks fell into a standstill of our own."""
    lag_seconds: float
    """How long our own loop stood still while this source was open, in all."""
    parameters: VideoParameters | None


class RtspSource:
    """Implements `ports.Source` for one stream of a camera."""

    def __init__(self, url: str, *, clock: Clock, rule: AddressRule, kind_hint: StreamKind | None = None) -> None:
        """Raise BadAddress at once where the address can never be opened."""
        rule.check_url(url)
        self._url = url
        self._clock = clock
        self._rule = rule
        camera = parse_camera_url(url)
        self._shown = camera.shown
        self._logs_in = camera.user is not None
        self.kind_hint = kind_hint
        self._memory = Memory()
        self._state = "connecting"
        self._cause: GapCause | None = None
        self._message = ""
        self._connections = 0
        self._dropped_by_us = 0
        self._quick = False

    @property
    def camera_clock_error(self) -> float | None:
        """The camera's clock minus wall time in seconds, as its sender reports say; None where there are none."""
        return self._memory.camera_clock_error

    @property
    def camera_clock_at(self) -> int | None:
        """Ticks of the last sender report."""
        return self._memory.camera_clock_at

    def status(self) -> SourceStatus:
        """Return how it stands now."""
        memory = self._memory
        return SourceStatus(
            state=self._state,
            cause=self._cause,
            message=self._message,
            camera_clock_error=memory.camera_clock_error,
            pictures=memory.pictures,
            lost_packets=memory.lost_packets,
            connections=self._connections,
            dropped_by_us=self._dropped_by_us,
            lag_seconds=memory.lag_seconds,
            parameters=memory.parameters,
        )

    async def events(self) -> AsyncGenerator[SourceEvent, None]:
        """Yield pictures and breaks for ever. A break is told again only when its cause changes."""
        failures = 0
        while True:
            self._state = "connecting"
            begun = self._clock.monotonic()
            receiver: Receiver | None = None
            session: Session | None = None
            watch: asyncio.Task[None] | None = None
            before = self._memory.pictures
            try:
                patience = self._patience(failures)
                session = await connect(self._url, rule=self._rule, clock=self._clock, patience=patience)
                self._quick = self._quick or patience == QUICK_SECONDS
                receiver = Receiver(session, self._memory, self._clock)
                await session.play()
                self._connections += 1
                self._state = "waiting"
                watch = asyncio.create_task(receiver.watch())
                while True:
                    for item in await receiver.items():
                        event = self._event(item, receiver)
                        if event is not None:
                            yield event
            except SourceError as trouble:
                if self._memory.pictures > before:
                    failures = 0
                broken = self._break(trouble, receiver)
                if broken is not None:
                    yield broken
                failures += 1
            finally:
                if watch is not None:
                    watch.cancel()
                if session is not None:
                    session.close()
            await self._clock.sleep(self._pause(failures, self._clock.monotonic() - begun))

    def _event(self, item: CodedPicture | Lost, receiver: Receiver) -> SourceEvent | None:
        if isinstance(item, Lost):
            return self._break(item.trouble, receiver)
        if self._cause is not None or self._state != "live":
            self._state, self._cause, self._message = "live", None, ""
        return item

    def _break(self, trouble: SourceError, receiver: Receiver | None) -> Break | None:
        """Return the break to be told, or None when its cause is known already."""
        cause = cause_of(trouble)
        detail = trouble.message
        if self._cause is None and self._state == "live" and receiver is not None and receiver.lagged_around():
            cause = GapCause.DROPPED_BY_US
            detail = f"This machine did not read for too long; then: {detail}"
            self._dropped_by_us += 1
        was, was_live = self._cause, self._state == "live"
        self._state, self._cause, self._message = "trouble", cause, detail
        if cause is was:
            return None
        wall = self._clock.wall()
        end = self._memory.timeline.end
        if was_live and end is not None:
            # The last picture still stands for its own interval.
            wall = max(end + 1, min(wall, end + self._memory.step))
        return Break(cause, wall, detail, trouble.code)

    def _patience(self, failures: int) -> float:
        """Return how long the camera may take to answer: a slow one is found out by each third attempt."""
        return QUICK_SECONDS if self._quick or failures % 3 != 2 else SLOW_SECONDS

    def _pause(self, failures: int, spent: float) -> float:
        """Return how long to wait until the next attempt; the last one took `spent` seconds."""
        seconds = BACKOFF_SECONDS[min(max(failures, 1), len(BACKOFF_SECONDS)) - 1]
        if self._logs_in and self._cause is GapCause.REFUSED and "password" in self._message and failures > LOGINS:
            seconds = LOGIN_BACKOFF_SECONDS
        return max(_LEAST_PAUSE, seconds * random.uniform(1 - _JITTER, 1 + _JITTER) - spent)  # noqa: S311 - spreads reconnects, guards nothing


async def open_once(url: str, *, clock: Clock, rule: AddressRule) -> AsyncGenerator[CodedPicture, None]:
    """Yield the pictures of one connection, from the first key picture on, without ever reconnecting.

    Raises the SourceError that says why the camera cannot be shown; the caller bounds the whole in time. Close the iterator when done.
    """
    rule.check_url(url)
    session = await connect(url, rule=rule, clock=clock)
    watch: asyncio.Task[None] | None = None
    try:
        receiver = Receiver(session, Memory(), clock)
        await session.play()
        watch = asyncio.create_task(receiver.watch())
        while True:
            for item in await receiver.items():
                if isinstance(item, CodedPicture):
                    yield item
                elif isinstance(item.trouble, NoKeyframe):
                    raise Stalled(item.trouble.message)
    finally:
        if watch is not None:
            watch.cancel()
        session.close()
