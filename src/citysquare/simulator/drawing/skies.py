"""Skies by mood: the gradient of dusk with a low sun, the dark over a town, and the even cover of rain and snow."""

from __future__ import annotations

import numpy as np

from citysquare.simulator.drawing.geometry import Picture, View
from citysquare.simulator.drawing.ground import noise_tile, sampled
from citysquare.simulator.drawing.tones import Tone
from citysquare.simulator.moods import Mood


def sky_in(mood: Mood, tone: Tone, view: View, sun: tuple[float, float, float], seed: int) -> Picture:
    """Paint the whole picture as sky (numbers from 0 to 255); what stands before it is laid over."""
    right, up, forward = view.axes.astype(np.float32)
    a = ((np.arange(view.width, dtype=np.float32) - view.width / 2) / np.float32(view.focal))[None, :]
    b = (-(np.arange(view.height, dtype=np.float32) - view.height / 2) / np.float32(view.focal))[:, None]
    norm = np.sqrt(1 + a * a + b * b)
    rise = (a * right[2] + b * up[2] + forward[2]) / norm
    height = np.clip(rise * 2.4, 0.0, 1.0)[:, :, None] ** 0.75
    zenith, horizon = np.array(tone.zenith, np.float32), np.array(tone.horizon, np.float32)
    painted: Picture = horizon + (zenith - horizon) * height
    if mood.weather == "fog":
        return painted
    reach = 1.0 / np.maximum(rise, 0.03)
    cloud = sampled(noise_tile(seed + 9, 0.4), (a + 3.0) * reach, reach * np.ones_like(a), 40.0)
    cover = np.clip(rise * 9, 0, 1)
    if mood.weather != "clear":
        painted *= (1 + 0.055 * cloud * cover)[:, :, None]
        return painted
    share = (np.clip((cloud - 0.1) * 0.5, 0, 0.75) * cover)[:, :, None]
    if mood.light == "night":
        painted += share * np.array((10, 9, 10), np.float32)
        return painted
    east, north = sun[0] / np.hypot(sun[0], sun[1]), sun[1] / np.hypot(sun[0], sun[1])
    towards = (a * right[0] + b * up[0] + forward[0]) / norm * east + (a * right[1] + b * up[1] + forward[1]) / norm * north
    warm = np.clip(0.5 + 0.5 * towards, 0, 1)[:, :, None] * np.exp(-np.clip(rise, 0, 1) * 4.5)[:, :, None]
    painted = painted + (np.array((96, 176, 255), np.float32) - painted) * warm * 0.55
    lit = np.array((140, 140, 226), np.float32) * warm + np.array((150, 118, 112), np.float32) * (1 - warm)
    done: Picture = painted * (1 - share) + lit * share
    return done
