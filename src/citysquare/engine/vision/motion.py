"""What differs from the background: a running mean and deviation for each pixel of a small brightness picture.

The method is the classic single-Gaussian background (Wren et al., Pfinder, 1997) with four additions for street cameras: exposure
changes are fitted and taken out, what stands still joins the background only after a while and the place it hid is remembered,
pixels that flicker need more difference, and fragments of one thing are joined.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from citysquare.engine.model import TICKS_PER_SECOND, Box
from citysquare.engine.vision.regions import find_ghosts, regions

Grey = NDArray[np.uint8]
Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

# One camera is one thread: OpenCV's own threads would fight over the cores with other cameras and make the load unpredictable.
cv2.setNumThreads(1)


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """Values found on street and indoor clips; brightness in grey levels 0..255, times in seconds."""

    width: int = 320
    """About how wide the small picture is, in pixels."""
    learning: float = 1.0
    """How long the background is learnt before anything is reported."""
    least_difference: float = 11.0
    """No smaller difference counts, however quiet the sensor is: soft shadows and coding errors stay below."""
    deviations: float = 4.5
    """A pixel counts when it differs by so many of its own usual deviations."""
    follow: float = 12.0
    """Time constant with which the background follows slow changes of light."""
    ghost: float = 1.5
    """What stands still for so long is examined: a thing that came to stay, or the place of one that left?"""
    absorb: float = 40.0
    """What stands still for so long becomes background."""
    overturn: float = 0.6
    """Part of the picture whose change means that the scene changed (light switched, camera turned), not that something moved."""
    patience: float = 0.7
    """How long an overturned scene is borne before it is learnt anew."""
    staleness: float = 60.0
    """After a gap of this length the scene is learnt anew."""


_DEFAULT_SETTINGS = MotionSettings()


def shrink(luma: Grey, width: int) -> Plane:
    """Return the brightness about `width` pixels wide, lightly smoothed.

    Every second pixel is dropped first where the picture is large: averaging all of a 1080p picture costs five times more.
    """
    factor = max(1, round(luma.shape[1] / width))
    stride = 2 if factor >= 4 else 1
    thinned = np.ascontiguousarray(luma[::stride, ::stride])
    factor //= stride
    size = (max(1, thinned.shape[1] // factor), max(1, thinned.shape[0] // factor))
    # Cut to whole multiples: OpenCV averages whole blocks several times faster than parts of pixels.
    small = cv2.resize(thinned[: size[1] * factor, : size[0] * factor], size, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32)


class MotionDetector:
    """Finds what moves in the pictures of one camera, given in the order they were taken."""

    def __init__(self, settings: MotionSettings = _DEFAULT_SETTINGS) -> None:
        """Start without knowing the scene."""
        self._settings = settings
        self._model: _Background | None = None
        self._lessons: list[tuple[int, Plane]] = []
        self._last: int | None = None
        self._overturned_since: int | None = None

    @property
    def learning(self) -> bool:
        """Whether the background is still being learnt."""
        return self._model is None

    def forget(self) -> None:
        """Learn the scene anew from the next picture on."""
        self._model = None
        self._lessons = []
        self._overturned_since = None

    def look(self, luma: Grey, at: int) -> list[Box] | None:
        """Return the boxes of what moves in the picture taken at tick `at`, or None when nothing can be said about it.

        Nothing can be said while the scene is being learnt and while most of it changes at once.
        """
        small = shrink(luma, self._settings.width)
        elapsed = 0.0 if self._last is None else (at - self._last) / TICKS_PER_SECOND
        self._last = at
        if self._model is not None and (small.shape != self._model.mean.shape or not 0 <= elapsed <= self._settings.staleness):
            self.forget()
        if self._model is None:
            self._learn(small, at)
            return None
        return self._compare(self._model, small, at, elapsed)

    def _learn(self, small: Plane, at: int) -> None:
        if self._lessons and (self._lessons[0][1].shape != small.shape or at <= self._lessons[-1][0]):
            self._lessons = []
        self._lessons.append((at, small))
        long_enough = at - self._lessons[0][0] >= self._settings.learning * TICKS_PER_SECOND
        # Three pictures make a median; more than fifteen add nothing.
        if (long_enough and len(self._lessons) >= 3) or len(self._lessons) >= 15:
            self._model = _Background(np.stack([lesson for _, lesson in self._lessons]), self._settings)
            self._lessons = []

    def _compare(self, model: _Background, small: Plane, at: int, elapsed: float) -> list[Box] | None:
        foreground, strong = model.compare(small, elapsed)
        if float(np.mean(foreground)) > self._settings.overturn:
            self._overturned_since = at if self._overturned_since is None else self._overturned_since
            if at - self._overturned_since >= self._settings.patience * TICKS_PER_SECOND:
                self.forget()
            return None
        self._overturned_since = None
        return regions(foreground, strong)


class _Background:
    """What the scene looks like when nothing moves."""

    def __init__(self, lessons: NDArray[np.float32], settings: MotionSettings) -> None:
        self._settings = settings
        self.mean: Plane = np.median(lessons, axis=0).astype(np.float32)
        spread = 1.48 * np.median(np.abs(lessons - self.mean), axis=0)
        self._deviation: Plane = np.maximum(spread, 1.0).astype(np.float32)
        # What stood here before, where something came to stand; nothing (NaN) elsewhere.
        self._hidden: Plane = np.full_like(self.mean, np.nan)
        self._flicker: Plane = np.zeros_like(self.mean)
        self._still: Plane = np.zeros_like(self.mean)
        self._previous: Plane = self.mean.copy()
        self._since_look = 0.0
        self._foreground: Mask = np.zeros(self.mean.shape, np.bool_)

    def compare(self, small: Plane, elapsed: float) -> tuple[Mask, Mask]:
        """Return where the picture differs and where it differs strongly, and learn from it."""
        self._follow_exposure(small)
        noise = float(np.median(self._deviation[::4, ::4]))
        least = max(self._settings.least_difference, 6.0 * noise)
        threshold = np.maximum(self._deviation * np.float32(self._settings.deviations), np.float32(least))
        threshold *= 1.0 + 2.0 * self._flicker
        difference: Plane = np.abs(small - self.mean)
        foreground: Mask = difference > threshold
        uncovered = foreground & (np.abs(small - self._hidden) < threshold)
        if uncovered.any():
            # What had come to stand here left again: the place behind it is known and is no moving thing.
            self._swap(uncovered)
            foreground &= ~uncovered
        strong: Mask = foreground & (difference > 1.7 * threshold)
        self._learn(small, difference, foreground, elapsed)
        return foreground, strong

    def _swap(self, where: Mask) -> None:
        self.mean[where], self._hidden[where] = self._hidden[where], self.mean[where]
        self._still[where] = 0.0

    def _learn(self, small: Plane, difference: Plane, foreground: Mask, elapsed: float) -> None:
        settings = self._settings
        quiet = (~foreground).astype(np.float32)
        rate = np.float32(min(0.5, elapsed / settings.follow))
        self.mean += (small - self.mean) * (quiet * rate)
        self._deviation += (np.float32(1.25) * difference - self._deviation) * (quiet * rate)
        np.maximum(self._deviation, np.float32(0.6), out=self._deviation)
        self._flicker += ((foreground != self._foreground).astype(np.float32) - self._flicker) * (rate * np.float32(0.5))
        unmoved = foreground & (np.abs(small - self._previous) < settings.least_difference)
        self._still = np.where(unmoved, self._still + np.float32(elapsed), np.float32(0.0)).astype(np.float32)
        absorbed = self._still > settings.absorb
        if absorbed.any():
            self._hidden[absorbed] = self.mean[absorbed]
            self._settle(absorbed, small)
        self._since_look += elapsed
        if self._since_look >= settings.ghost / 2:
            self._since_look = 0.0
            ghosts = find_ghosts(self._still > settings.ghost, small, self.mean)
            if ghosts is not None:
                self._settle(ghosts & foreground, small)
        self._previous = small
        self._foreground = foreground

    def _settle(self, where: Mask, small: Plane) -> None:
        self.mean[where] = small[where]
        self._still[where] = 0.0

    def _follow_exposure(self, small: Plane) -> None:
        """Fit picture = gain * background + offset on the quiet pixels, and move the whole background by it.

        The fit is taken only when it explains clearly more of the picture than no change does, so that a large thing in view
        cannot pull the background with it.
        """
        known = ~self._foreground[::4, ::4]
        before, now = self.mean[::4, ::4][known], small[::4, ::4][known]
        if before.size < 64:
            return
        limit = self._settings.least_difference / 2
        gain, offset = 1.0, float(np.median(now - before))
        for _ in range(3):
            inlier = np.abs(now - (gain * before + offset)) < 2 * limit
            if np.count_nonzero(inlier) < 32:
                return
            x, y = before[inlier], now[inlier]
            variance = float(np.var(x))
            if variance > 25.0:
                gain = float(np.mean((x - x.mean()) * (y - y.mean()))) / variance
            gain = min(2.0, max(0.5, gain))
            offset = float(np.mean(y)) - gain * float(np.mean(x))
        unchanged = np.count_nonzero(np.abs(now - before) < limit)
        explained = np.count_nonzero(np.abs(now - (gain * before + offset)) < limit)
        if explained > unchanged + 0.02 * before.size:
            for plane in (self.mean, self._hidden, self._previous):
                np.multiply(plane, np.float32(gain), out=plane)
                np.add(plane, np.float32(offset), out=plane)
