"""From one camera's coded pictures to finished tracks.

Small streams are decoded in full and looked at about seven times a second. Large ones (no small stream) are decoded by keyframes
only while nothing moves; when coded sizes rise or a keyframe differs from the background, the whole group of pictures is decoded
from its start and decoding goes on in full until it is quiet again. What is slower than the eye of that rule (a thing that comes and
goes between two keyframes and hardly changes the coded sizes) can be missed; the camera's page says so.

The same pictures always give the same tracks with the same ids: no clock, no chance.
"""

from __future__ import annotations

import statistics
from collections import deque

from citysquare.engine.decode import DecodedPicture, PictureDecoder
from citysquare.engine.errors import DecodeError
from citysquare.engine.model import TICKS_PER_SECOND, CodedPicture, Track, VideoParameters
from citysquare.engine.vision.detection import Detector, motion_only
from citysquare.engine.vision.motion import MotionDetector
from citysquare.engine.vision.tracking import Tracker

LARGE_WIDTH = 800
"""Pixels. Wider streams are decoded in full only while something moves."""

_LONGEST_STEP = 5 * TICKS_PER_SECOND
"""After a longer step in time nothing seen before can be followed on."""

_QUIET_AFTER = 3 * TICKS_PER_SECOND
_MOST_HELD = 300
_MOST_HELD_BYTES = 24 * 1024 * 1024


class CameraAnalysis:
    """Analyses one camera. Feed it every coded picture in coding order, from any thread, but from one at a time."""

    def __init__(
        self, camera: str, *, detector: Detector | None = None, pictures_per_second: float = 7.0, in_full: bool | None = None
    ) -> None:
        """Begin without knowing the scene. `in_full` overrules the choice by picture width."""
        self._camera = camera
        self._detector = detector
        self._interval = round(TICKS_PER_SECOND / pictures_per_second)
        self._in_full = in_full
        self._motion = MotionDetector()
        self._stream: _Stream | None = None
        self._tracker: Tracker | None = None
        self._last_dts: int | None = None
        self._due: int | None = None
        self._looked_at: int | None = None
        self._quiet_since: int | None = None
        self.frames_seen = 0
        """Coded pictures handed in."""
        self._suspects = 0
        self._decoded_before = 0

    @property
    def frames_decoded(self) -> int:
        """Pictures that came out of the decoder."""
        return self._decoded_before + (self._stream.decoded if self._stream else 0)

    @property
    def suspects(self) -> int:
        """Pictures that the decoder refused or found damaged."""
        return self._suspects + (self._stream.damaged if self._stream else 0)

    @property
    def through(self) -> int | None:
        """The tick up to which pictures were looked at."""
        return self._looked_at

    def feed(self, picture: CodedPicture) -> list[Track]:
        """Take the next coded picture and return the tracks that ended."""
        self.frames_seen += 1
        ended: list[Track] = []
        last, self._last_dts = self._last_dts, picture.dts
        if last is not None and not 0 <= picture.dts - last <= _LONGEST_STEP:
            ended += self._cut()
        if self._stream is None or self._stream.parameters != picture.parameters:
            ended += self._open(picture.parameters)
        if self._stream is None:
            return ended
        for decoded in self._stream.decode(picture):
            ended += self._look(decoded)
        self._rest(self._stream, picture)
        return ended

    def finish(self) -> list[Track]:
        """End: return the tracks of everything still in view."""
        ended = self._cut()
        self._close()
        return ended

    def _open(self, parameters: VideoParameters) -> list[Track]:
        ended = self._cut()
        self._close()
        in_full = parameters.width <= LARGE_WIDTH if self._in_full is None else self._in_full
        try:
            self._stream = _Stream(parameters, in_full=in_full)
        except DecodeError:
            self._suspects += 1
            return ended
        self._tracker = Tracker(self._camera, aspect=parameters.width / parameters.height)
        return ended

    def _close(self) -> None:
        self._decoded_before, self._suspects = self.frames_decoded, self.suspects
        self._stream = None
        self._tracker = None

    def _cut(self) -> list[Track]:
        """Nothing goes on beyond this point: end what is followed."""
        ended: list[Track] = []
        if self._stream is not None:
            for decoded in self._stream.flush():
                ended += self._look(decoded)
        if self._tracker is not None:
            ended += self._tracker.finish()
        self._due = self._quiet_since = self._looked_at = None
        return ended

    def _look(self, decoded: DecodedPicture) -> list[Track]:
        if decoded.suspect:
            # Concealed damage looks like movement; better to see nothing in this picture.
            self._suspects += 1
            return []
        if self._tracker is None or self._stream is None or not self._is_due(decoded.at):
            return []
        self._looked_at = decoded.at
        moving = self._motion.look(decoded.luma, decoded.at)
        if moving is None:
            detections = None
        elif self._detector is None:
            detections = motion_only(moving)
        else:
            detections = self._detector.detect(decoded, moving)
        ended = self._tracker.update(detections, decoded.at)
        if detections or moving is None or self._tracker.busy:
            self._quiet_since = None
            self._stream.wake_on_next()
        elif self._quiet_since is None:
            self._quiet_since = decoded.at
        return ended

    def _is_due(self, at: int) -> bool:
        if self._looked_at is not None and at <= self._looked_at:
            return False
        if self._due is not None and at < self._due:
            return False
        # The beat is kept where pictures come evenly, and taken up anew after a pause.
        late = self._due is None or at - self._due > self._interval
        self._due = at + self._interval if late or self._due is None else self._due + self._interval
        return True

    def _rest(self, stream: _Stream, picture: CodedPicture) -> None:
        quiet = self._quiet_since is not None and picture.dts - self._quiet_since >= _QUIET_AFTER
        stream.rest(quiet=quiet)


class _Stream:
    """Decodes all pictures, or only keyframes until something stirs."""

    def __init__(self, parameters: VideoParameters, *, in_full: bool) -> None:
        self.parameters = parameters
        self.decoded = 0
        self.damaged = 0
        self._in_full = in_full
        self._decoder = PictureDecoder(parameters)
        self._glance = None if in_full else PictureDecoder(parameters, keyframes_only=True)
        self._group = _Group()
        self._sizes = _Sizes()
        self._awake = True
        self._wanted = False
        self._started = False

    def decode(self, picture: CodedPicture) -> list[DecodedPicture]:
        """Return what is to be looked at."""
        if not self._started and not picture.key:
            return []
        self._started = True
        if not self._awake:
            return self._drowse(picture)
        return self._decode(self._decoder, picture)

    def _decode(self, decoder: PictureDecoder, picture: CodedPicture) -> list[DecodedPicture]:
        try:
            ready = decoder.decode(picture)
        except DecodeError:
            self.damaged += 1
            return []
        self.decoded += len(ready)
        return ready

    def _drowse(self, picture: CodedPicture) -> list[DecodedPicture]:
        self._group.add(picture)
        risen = not picture.key and self._sizes.risen(len(picture.data))
        if not (risen or self._wanted):
            return self._decode(self._glance, picture) if self._glance is not None else []
        self._awake, self._wanted = True, False
        held = self._group.take()
        self._started = bool(held)
        return [decoded for coded in held for decoded in self._decode(self._decoder, coded)]

    def wake_on_next(self) -> None:
        """Decode in full from the present group of pictures on: a keyframe shows something new."""
        self._wanted = not self._awake

    def rest(self, *, quiet: bool) -> None:
        """Fall back to keyframes when it is quiet."""
        if not self._in_full and quiet and self._awake:
            self._awake = False
            self._started = False  # The next keyframe begins; what comes before it cannot be decoded alone.
            self._decoder.flush()
            self._group.clear()
            self._sizes.forget_recent()

    def flush(self) -> list[DecodedPicture]:
        """Return what the decoder holds back and begin anew with a keyframe."""
        ready = self._decoder.flush() if self._awake else []
        self.decoded += len(ready)
        self._group.clear()
        self._awake, self._started, self._wanted = True, False, False
        return ready


class _Group:
    """The coded pictures since the last keyframe, bounded."""

    def __init__(self) -> None:
        self._pictures: list[CodedPicture] = []
        self._bytes = 0

    def add(self, picture: CodedPicture) -> None:
        if picture.key:
            self.clear()
        full = len(self._pictures) >= _MOST_HELD or self._bytes + len(picture.data) > _MOST_HELD_BYTES
        if full or not (self._pictures or picture.key):
            self.clear()  # A group with a hole is of no use.
            return
        self._pictures.append(picture)
        self._bytes += len(picture.data)

    def take(self) -> list[CodedPicture]:
        taken, self._pictures, self._bytes = self._pictures, [], 0
        return taken

    def clear(self) -> None:
        self._pictures, self._bytes = [], 0


class _Sizes:
    """Notices when coded pictures become larger than usual: something moves."""

    def __init__(self) -> None:
        self._usual: deque[int] = deque(maxlen=150)
        self._recent: deque[int] = deque(maxlen=5)

    def forget_recent(self) -> None:
        self._recent.clear()

    def risen(self, size: int) -> bool:
        self._recent.append(size)
        if len(self._usual) < 25:
            self._usual.append(size)
            return False
        middle = statistics.median(self._usual)
        spread = statistics.median(abs(value - middle) for value in self._usual)
        risen = sum(self._recent) / len(self._recent) > middle + max(6 * spread, 0.5 * middle, 150)
        self._usual.append(size)
        return risen
