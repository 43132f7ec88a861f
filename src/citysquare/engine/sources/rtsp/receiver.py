"""What plays in a session, as coded pictures: depacketised, timed, watched for silence."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from citysquare.engine.errors import Garbled, SourceError, Stalled, Unreachable
from citysquare.engine.model import TICKS_PER_SECOND, CodedPicture, VideoParameters
from citysquare.engine.ports import Clock
from citysquare.engine.sources import rtcp, rtp
from citysquare.engine.sources.rtsp.session import Session
from citysquare.engine.sources.sets import ParameterSets
from citysquare.engine.sources.timeline import Timeline

SILENCE_SECONDS = 2.5
"""With the watch's own period silence is noticed within 3 s."""
KEY_SECONDS = 10.0
"""How long pictures may come without one at which decoding can start."""
LAG_SECONDS = 0.5
"""If our own loop did not run for longer, what was lost is our fault (docs/design/footage.md)."""
WATCH_SECONDS = 0.25
MAX_WAITING_BYTES = 32 << 20
_REORDER_SPAN = 2 * TICKS_PER_SECOND
"""RTP times that go back by less are reordering, by more a jump."""
_DEFAULT_STEP = TICKS_PER_SECOND // 25


class NoKeyframe(SourceError):
    """Pictures come, but none at which decoding could start. Stays inside this package: outside it is a Break."""

    code = "source.no_keyframe"


@dataclass(slots=True)
class Memory:
    """What outlives a connection: times never go back, and what was learned of a camera is kept."""

    timeline: Timeline = field(default_factory=Timeline)
    marker_trusted: bool = True
    learned_depth: int = 0
    step: int = _DEFAULT_STEP
    """The picture interval in ticks, as far as known."""
    pictures: int = 0
    lost_packets: int = 0
    camera_clock_error: float | None = None
    camera_clock_at: int | None = None
    lagged_at: float = float("-inf")
    """When our own loop was last found late, in monotonic seconds."""
    lag_seconds: float = 0.0
    parameters: VideoParameters | None = None


@dataclass(slots=True)
class Lost:
    """The picture was lost, but the connection stands."""

    trouble: SourceError


Item = CodedPicture | Lost


class Receiver:
    """Takes the frames of a playing session."""

    def __init__(self, session: Session, memory: Memory, clock: Clock) -> None:
        """`session` has been described; its connection is told to hand its frames here."""
        description = session.description
        if description is None:
            raise Garbled("The stream was not described.")
        self._session = session
        self._memory = memory
        self._clock = clock
        self._sets = ParameterSets(description.codec)
        for unit in description.parameter_sets:
            try:
                self._sets.offer(unit)
            except Garbled:
                continue  # wrong ones in the description are common; those in band decide
        self._depacketiser = rtp.Depacketiser(self._sets, description.payload_type, marker_trusted=memory.marker_trusted)
        self._reporter = rtcp.Reporter(session.ssrc)
        self._ready: deque[Item] = deque()
        self._ready_bytes = 0
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._trouble: SourceError | None = None
        self._needs_key = True
        self._parameters: VideoParameters | None = None
        now = clock.monotonic()
        self._last_picture = self._reported = now
        self._received = session.connection.bytes
        self._watched: float | None = None  # until the watch runs there is nothing to be late for: a camera may take its time to play
        self._keyless_since: float | None = None
        self._keyless_told = False
        self._damage: str | None = None
        self._damaged_at = now
        self._lost_before = memory.lost_packets
        self._last_rtp: int | None = None
        self._last_arrival = 0
        self._recent: deque[int] = deque(maxlen=16)
        self._announced = description.frames_per_second
        self._learn_rate()
        memory.timeline.restart()
        session.connection.handler = self

    # --- what the connection calls ---

    def frame(self, channel: int, buffer: bytearray, view: memoryview, start: int, end: int) -> None:
        """Take a `$` frame."""
        if channel == self._session.channel:
            self._depacketiser.packet(buffer, view, start, end)
        elif channel == self._session.control_channel:
            self._control(bytes(view[start:end]))

    def run(self, buffer: bytearray, view: memoryview, position: int, filled: int) -> int:
        """Take the `$` frames that are nothing but further pieces of a picture."""
        return self._depacketiser.run(self._session.channel, buffer, view, position, filled)

    def batch_ended(self) -> None:
        """Turn the access units that have come into pictures."""
        units = self._depacketiser.units
        if not units:
            return
        self._notice_lag()
        arrival = self._clock.wall()
        for unit in units:
            if isinstance(unit, rtp.AccessUnit):
                self._picture(unit, arrival)
            elif isinstance(unit, rtp.Damage):
                self._damaged(unit.detail)
            else:
                self._memory.timeline.restart()
        units.clear()
        memory = self._memory
        memory.lost_packets = self._lost_before + self._depacketiser.counters.lost
        memory.marker_trusted = self._depacketiser.marker_trusted
        if self._ready_bytes > MAX_WAITING_BYTES and not self._paused:
            self._paused = True
            self._session.connection.reading(on=False)
        self._wake()

    def lost(self, trouble: SourceError) -> None:
        """Take note that the connection is gone."""
        self._notice_lag()
        self._trouble = self._trouble or trouble
        self._wake()

    # --- what the source calls ---

    async def items(self) -> list[Item]:
        """Wait for pictures and losses; what has come is given out before trouble is. Raises SourceError when the connection ends."""
        while not self._ready:
            if self._trouble is not None:
                raise self._trouble
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        items = list(self._ready)
        self._ready.clear()
        self._ready_bytes = 0
        if self._paused:
            self._paused = False
            self._session.connection.reading(on=True)
        return items

    async def watch(self) -> None:
        """Look after the session until cancelled: silence, keep-alive, reports, our own lag."""
        ping: asyncio.Task[None] | None = None
        self._last_picture = self._watched = self._clock.monotonic()
        try:
            while True:
                await self._clock.sleep(WATCH_SECONDS)
                lagged = self._notice_lag()
                now = self._watched = self._clock.monotonic()
                if lagged or self._paused:
                    self._last_picture = max(self._last_picture, now - WATCH_SECONDS)
                limit = max(SILENCE_SECONDS, 3 * self._memory.step / TICKS_PER_SECOND)
                if now - self._last_picture > limit:
                    self._session.connection.fail(self._silence(limit))
                    return
                if now - self._reported >= rtcp.REPORT_INTERVAL:
                    received = self._session.connection.bytes
                    self._session.connection.hold((received - self._received) / (now - self._reported))
                    self._reported, self._received = now, received
                    self._session.connection.send_frame(
                        self._session.control_channel, self._reporter.report(self._depacketiser.counters, now)
                    )
                if self._session.ping_due() and (ping is None or ping.done()):
                    # Not awaited here: a camera that answers late must not look like a standstill of our own.
                    ping = asyncio.create_task(self._session.ping())
        finally:
            if ping is not None:
                ping.cancel()

    def lagged_around(self) -> bool:
        """Tell whether our own loop stood still for too long just before now."""
        self._notice_lag()
        return self._clock.monotonic() - self._memory.lagged_at < SILENCE_SECONDS

    # --- inside ---

    def _learn_rate(self) -> None:
        """Before the first picture, believe the picture rate that the description or the parameter sets state."""
        rate = self._announced or self._sets.frames_per_second
        if rate and self._memory.pictures == 0:
            self._memory.step = round(TICKS_PER_SECOND / rate)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _notice_lag(self) -> bool:
        """Compare with when the watch should have run: whoever comes first after a standstill notes it."""
        now = self._clock.monotonic()
        if self._watched is None:
            return False
        late = now - self._watched - WATCH_SECONDS
        if late <= LAG_SECONDS:
            return False
        self._watched = now
        self._memory.lagged_at = now
        self._memory.lag_seconds += late
        return True

    def _silence(self, limit: float) -> SourceError:
        shown = self._session.camera.shown
        if self._damage and self._damaged_at >= self._last_picture:
            return Garbled(self._damage)
        if self._session.connection.heard > self._last_picture + 1:
            return Stalled(f"{shown} sends data, but no whole picture came for {limit + WATCH_SECONDS:.0f} s.")
        return Stalled(f"{shown} is connected, but sent no picture for {limit + WATCH_SECONDS:.0f} s.")

    def _control(self, data: bytes) -> None:
        report, goodbye = rtcp.parse(data)
        if report is not None:
            now = self._clock.monotonic()
            self._reporter.hear(report, now)
            self._memory.camera_clock_at = self._clock.wall()
            self._memory.camera_clock_error = report.unix - self._memory.camera_clock_at / TICKS_PER_SECOND
        if goodbye:
            self._session.connection.fail(Unreachable(f"{self._session.camera.shown} ended the stream."))

    def _damaged(self, detail: str) -> None:
        self._damage = detail
        self._damaged_at = self._clock.monotonic()
        if not self._needs_key:
            self._needs_key = True
            self._ready.append(Lost(Garbled(detail)))

    def _picture(self, unit: rtp.AccessUnit, arrival: int) -> None:
        now = self._clock.monotonic()
        self._last_picture = now
        if unit.key:
            self._parameters = unit.parameters
            if unit.parameters is not None:
                self._learn_rate()
                if self._needs_key:
                    self._memory.timeline.tear()
                self._needs_key = False
                self._damage = None
                self._keyless_since = None
                self._keyless_told = False
        if self._needs_key or self._parameters is None:
            self._keyless(now)
            return
        pts, dts = self._place(unit.rtp_time, arrival, self._parameters)
        self._memory.pictures += 1
        self._memory.parameters = self._parameters
        self._ready.append(CodedPicture(unit.data, pts, dts, unit.key, self._parameters))
        self._ready_bytes += len(unit.data)

    def _place(self, rtp_time: int, arrival: int, parameters: VideoParameters) -> tuple[int, int]:
        memory = self._memory
        if self._last_rtp is not None:
            passed = (rtp_time - self._last_rtp) & 0xFFFF_FFFF
            if 0 < passed < min(100 * TICKS_PER_SECOND, 2 * (arrival - self._last_arrival) + TICKS_PER_SECOND):  # wrong times teach nothing
                memory.step += (passed - memory.step) // 8  # a running mean is enough for a limit and a first dts
        self._last_rtp, self._last_arrival = rtp_time, arrival
        if not self._sets.reorder_stated:
            later = sum(1 for other in self._recent if 0 < (other - rtp_time) & 0xFFFF_FFFF < _REORDER_SPAN)
            memory.learned_depth = max(memory.learned_depth, later)
            self._recent.append(rtp_time)
        depth = max(parameters.reorder_depth, memory.learned_depth)
        return memory.timeline.place(rtp_time, arrival, depth=depth, step=max(1, memory.step))

    def _keyless(self, now: float) -> None:
        """Say so when whole pictures come for too long and none of them is a key picture: what was damaged before is no excuse for ever."""
        if self._keyless_since is None or self._damaged_at > self._keyless_since:
            self._keyless_since = now
            self._keyless_told = False
        elif now - self._keyless_since > KEY_SECONDS and not self._keyless_told:
            self._keyless_told = True
            shown = self._session.camera.shown
            self._ready.append(Lost(NoKeyframe(f"{shown} sends pictures, but for {KEY_SECONDS:.0f} s none at which decoding could start.")))
