"""From a camera's RTP time to presentation and decoding time in ticks, as docs/design/time.md fixes it.

RTP video time and ticks have the same rate (RFC 6184 section 8.2.1: 90 000), so picture steps stay exact; only the anchor moves.
"""

from __future__ import annotations

import heapq
from collections import deque

from citysquare.engine.model import TICKS_PER_SECOND

SLEW_PPM = 500
WINDOW = 10 * TICKS_PER_SECOND
"""Over how much arrival time the smallest delay is looked for."""
PAUSE = TICKS_PER_SECOND
"""Of a time without any picture no more than this counts in the window: what was on its way meanwhile must not pass for the usual delay."""
PART_LIMIT = TICKS_PER_SECOND
"""Farther behind its arrival than this, the stream is anchored afresh."""
AHEAD_LIMIT = 4 * TICKS_PER_SECOND
"""Farther ahead of its arrival than this, too: its first picture had waited that long on the way."""
EARLY_LIMIT = 3 * TICKS_PER_SECOND // 10
"""A picture cannot come before it was taken. What jitter explains is left to slewing; beyond this the steps are shortened by an eighth."""
DOUBT = 10 * TICKS_PER_SECOND
"""So long RTP times must agree with arrival before they are believed again, after two of them within that time were impossible."""
_DRIFT_LIMIT = TICKS_PER_SECOND // 2
_HALF = 1 << 31
_DEFAULT_STEP = TICKS_PER_SECOND // 25
_BUCKET = TICKS_PER_SECOND // 10
_MAX_DEPTH = 16


class Timeline:
    """Places the pictures of one stream, over all its connections. Only ever rises."""

    def __init__(self) -> None:
        """Start unanchored."""
        self._unwrapped: int | None = None
        self._newest = 0
        self._offset = 0
        self._slewed_at = 0
        self._delays: deque[tuple[int, int]] = deque()
        self._pending: list[int] = []
        self._torn = True
        self._missing = False
        self._depth = 0
        self._last_dts: int | None = None
        self._last_pts: int | None = None
        self._arrived = 0
        self._paused = 0  # arrival time that does not count in the window
        self._interval = _DEFAULT_STEP  # between arrivals, on the average
        self._passed: deque[int] = deque(maxlen=9)  # the last times between arrivals
        self._lied: int | None = None  # arrival of the last impossible RTP time
        self._doubted: tuple[int, int] | None = None  # arrival and RTP time since which they have agreed, while RTP times are not believed
        self.anchored = 0
        """How often the stream was anchored."""

    @property
    def depth(self) -> int:
        """How many pictures decoding runs ahead of presentation."""
        return self._depth

    @property
    def end(self) -> int | None:
        """The latest time given out."""
        return self._last_pts

    def restart(self) -> None:
        """Forget the RTP time: a new connection or a new RTP stream follows. What was given out stays a lower bound."""
        self._unwrapped = None
        self._torn = True

    def tear(self) -> None:
        """Take note that pictures are missing before the next one: it begins anew, and leaves them the time of one at least."""
        self._torn = self._missing = True

    def _leaps(self, pts: int, reordered: int) -> bool:
        """Say whether time leaps so far that decoding times from before would put the next pictures before the leap."""
        return reordered > 0 and self._last_pts is not None and pts - self._last_pts > 3 * reordered

    def place(self, rtp_time: int, arrival: int, *, depth: int = 0, step: int = _DEFAULT_STEP) -> tuple[int, int]:
        """Return (pts, dts) of the next picture in decoding order.

        `rtp_time` is the 32-bit RTP time, `arrival` the wall time in ticks at which the picture was whole, `depth` how many pictures the
        stream reorders by, `step` its picture interval in ticks as far as known.
        """
        before = self._unwrapped
        fresh = before is None
        rtp = self._unwrap(rtp_time)
        passed = self._note_arrival(arrival, fresh=fresh)
        if before is None:
            self._anchor(rtp, arrival)
        elif self._doubts(rtp, arrival):
            self._place_by_arrival(rtp, arrival, passed)
        else:
            lies = self._lies(rtp - before, rtp, arrival, depth * max(step, self._interval))
            if lies or not self._follow(rtp, arrival, steady=4 * passed >= 3 * step):
                self._lie(rtp, arrival, burst=2 * passed < self._interval)
        pts = rtp + self._offset
        if self._torn or self._leaps(pts, depth * step):
            self._torn = False
            self._depth = min(depth, _MAX_DEPTH)
            pts = self._leave_room(pts, step)
            self._pending = [pts - self._usual(step) * (n + 1) for n in range(self._depth)]
            heapq.heapify(self._pending)
        self._newest = max(self._newest, rtp)
        return self._decode_time(pts, min(depth, _MAX_DEPTH), step)

    def _leave_room(self, pts: int, step: int) -> int:
        """Move the anchor so that what is missing has its gap, even where pictures from a burst are dated ahead; return the time."""
        missing, self._missing = self._missing, False
        if missing and self._last_dts is not None:
            short = self._last_dts + 2 * step - (pts - self._usual(step) * self._depth)
            self._offset += max(0, short)
            pts += max(0, short)
        return pts

    def _unwrap(self, rtp_time: int) -> int:
        if self._unwrapped is None:
            self._unwrapped = self._newest = rtp_time
        else:
            delta = (rtp_time - self._unwrapped) & 0xFFFF_FFFF
            self._unwrapped += delta - (1 << 32) if delta >= _HALF else delta
        return self._unwrapped

    def _note_arrival(self, arrival: int, *, fresh: bool) -> int:
        """Return how long the picture before has been here, and learn how far apart pictures come; those that come at once tell nothing."""
        passed = max(0, arrival - self._arrived)
        self._arrived = arrival
        self._paused += max(0, passed - PAUSE)
        if not fresh and 0 < passed < WINDOW:
            self._interval = max(1, self._interval + (passed - self._interval) // 16)
            self._passed.append(passed)
        return passed

    def _usual(self, step: int) -> int:
        """Return the usual picture interval, which a single pause does not change; `step` while there is none."""
        passed = sorted(self._passed)
        return passed[len(passed) // 2] if len(passed) > 2 else step

    def _lies(self, step: int, rtp: int, arrival: int, reordered: int) -> bool:
        """Say whether an RTP time cannot be: it stands still, goes back beyond reordering, or leaps beyond the picture's arrival."""
        if step == 0:
            return True
        if rtp < self._newest:
            return self._newest - rtp > 4 * reordered
        return 2 * step > 3 * self._interval + 4 * reordered and rtp + self._offset > arrival + EARLY_LIMIT

    def _lie(self, rtp: int, arrival: int, *, burst: bool) -> None:
        """Place by arrival; after two such times within a while, believe arrival alone. What comes in a burst proves nothing."""
        if not burst:
            if self._lied is not None and arrival - self._lied < DOUBT:
                self._doubted = (arrival, rtp)
            self._lied = arrival
        self._anchor(rtp, arrival)

    def _doubts(self, rtp: int, arrival: int) -> bool:
        """Say whether RTP times are not believed at present."""
        if self._doubted is None:
            return False
        since, first = self._doubted
        if abs((rtp - first) - (arrival - since)) > _DRIFT_LIMIT:
            self._doubted = (arrival, rtp)
        elif arrival - since > DOUBT:
            self._doubted = self._lied = None
            self._anchor(rtp, arrival)
            return False
        return True

    def _place_by_arrival(self, rtp: int, arrival: int, passed: int) -> None:
        """Place a picture an even interval behind the last one, drawn towards its arrival; behind a pause, at its arrival."""
        last = self._last_pts if self._last_pts is not None else arrival
        due = last + self._interval
        at = arrival if 2 * passed > 3 * self._interval and arrival > due else due + (arrival - due) // 8
        self._offset = max(at, last + 1) - rtp

    def _anchor(self, rtp: int, arrival: int) -> None:
        """Place this picture at its arrival, but after everything given out."""
        start = arrival if self._last_pts is None else max(arrival, self._last_pts + 1)
        self._offset = start - rtp
        self._newest = rtp
        self._slewed_at = arrival
        self._delays.clear()
        self._note(arrival, arrival - rtp)
        self.anchored += 1

    def _note(self, arrival: int, delay: int) -> None:
        """Keep the smallest delays of the window: a queue whose delays rise (one entry per tenth of a second at most)."""
        delays, at = self._delays, arrival - self._paused
        while delays and delays[-1][1] >= delay:
            delays.pop()
        if not delays or at - delays[-1][0] >= _BUCKET:
            delays.append((at, delay))
        while delays[0][0] < at - WINDOW:
            delays.popleft()

    def _follow(self, rtp: int, arrival: int, *, steady: bool) -> bool:
        """Let the anchor follow the smallest delay; False when stream and wall have parted. `steady`: this picture came in no burst."""
        self._note(arrival, arrival - rtp)
        apart = self._delays[0][1] - self._offset
        if not -AHEAD_LIMIT <= apart <= PART_LIMIT:
            return False
        most = max(0, arrival - self._slewed_at) * SLEW_PPM // 1_000_000
        if most:
            self._offset += max(-most, min(most, apart))
            self._slewed_at = arrival
        if apart < -EARLY_LIMIT and steady:
            self._offset -= min(self._interval // 8, -apart - EARLY_LIMIT)
        return True

    def _decode_time(self, pts: int, depth: int, step: int) -> tuple[int, int]:
        while self._depth < depth:  # the stream reorders deeper than it did
            heapq.heappush(self._pending, (min(self._pending) if self._pending else pts) - step)
            self._depth += 1
        dts = heapq.heappushpop(self._pending, pts)
        if self._last_dts is not None:
            dts = max(dts, self._last_dts + 1)
        pts = max(pts, dts)
        self._last_dts = dts
        self._last_pts = pts if self._last_pts is None else max(pts, self._last_pts)
        return pts, dts
