"""The empty place in a mood: painted in parts, lit by sky, sun and lamps, covered or wetted by the weather, and faded by the air."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from citysquare.simulator.air import MovingAir, Setting
from citysquare.simulator.drawing.facade import forget_fronts
from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.drawing.ground import WATER
from citysquare.simulator.drawing.mesh import Lamp
from citysquare.simulator.drawing.night import bloom, halos, lamp_light, streak
from citysquare.simulator.drawing.passes import Painted, Where, enlarged, lamps_among, mirrored, paint, stand, where
from citysquare.simulator.drawing.skies import sky_in
from citysquare.simulator.drawing.stage import Stage
from citysquare.simulator.drawing.tones import SKY, even, glowing, light_in, sunny, tone_of
from citysquare.simulator.drawing.weather import SNOW, cover, fresnel, smeared, snowy_ground, wetness, wheel_tracks
from citysquare.simulator.moods import Mood
from citysquare.simulator.scenes import Scene

_SNOWY = np.array(SNOW, np.float32) * np.float32(SKY)
_BRIGHT = 165.0
_OVERCAST = (204.0, 201.0, 198.0)


def staged(scene: Scene, mood: Mood) -> tuple[Scene, Stage, MovingAir | None]:
    """Give a scene as it is lit in a mood, its empty picture, and the air that things move through; a clear day has none of its own."""
    try:
        return (scene, scene.build(), None) if mood.plain else _Staging(scene, mood).staged()
    finally:
        forget_fronts()


class _Staging:
    """One place being painted. Light is linear until the end: numbers are pixel values under an even sky, times gains."""

    def __init__(self, scene: Scene, mood: Mood) -> None:
        self._scene, self._mood, self._tone = scene, mood, tone_of(mood)
        self._light = light_in(mood, scene.light)
        self._view = scene.view
        plain = even(scene.light)
        self._plain = plain if mood.weather == "clear" else replace(plain, sky_colour=_OVERCAST)  # what windows and water throw back
        self._even = paint(scene, self._plain)
        self._near: Where = where(self._view, self._even.depth, 2)
        own = lamps_among(self._even.props)
        self._lamps: tuple[Lamp, ...] = (*own, self._own_lamp()) if self._tone.lamps else ()

    def _own_lamp(self) -> Lamp:
        """Give the lamp of the post that the camera hangs on, as most cameras do."""
        x, y, _ = self._view.position
        forward = self._view.axes[2]
        away = 9.0 / float(np.hypot(forward[0], forward[1]))
        return Lamp((x + float(forward[0]) * away, y + float(forward[1]) * away, 7.5), 0.7, down=True)

    def staged(self) -> tuple[Scene, Stage, MovingAir | None]:
        """Paint everything."""
        tone, view, painted = self._tone, self._view, self._snowed()
        own = painted.together()
        upright = np.isfinite(painted.depth)
        gains: Picture = np.array(tone.sky, np.float32)
        if self._lamps:
            gains = gains + tone.lamps * enlarged(lamp_light(self._lamps, self._near, upright[1::2, 1::2]), view)
            gains[(painted.kinds == WATER) & ~upright] = tone.sky  # lamps are mirrored in water, they do not light it
        lit = own * gains
        if self._mood.light != "day":
            lit[(painted.kinds == WATER) & ~upright] *= 0.45
        lit, shade = self._with_sun(lit)
        sky = sky_in(self._mood, tone, view, self._light.sun, self._scene.seed)
        lit = self._wetted(lit, upright)
        if tone.windows:
            lit += stand(painted.props, view, glowing(self._light)).layer.shrunk()[:, :, :3] * np.float32(tone.windows)
        finished = self._finished(self._in_air(lit, sky, painted))
        if self._lamps:
            spread = 2.2 if self._mood.weather == "fog" else 1.0
            halos(finished, self._lamps[:-1], view, painted.depth, (min(1.0, 0.35 + 0.65 * tone.lamps), spread))
            if self._mood.weather == "rain":
                self._streaks(finished, painted)
        setting = Setting(
            view, own.clip(0, 255).astype(np.uint8), where(view, painted.depth, 3), painted.depth, painted.kinds, self._lamps, self._light
        )
        air = MovingAir(self._mood, tone, setting, self._scene.seed)
        return replace(self._scene, light=self._light), Stage(finished, painted.depth, shade, air, tuple(painted.props)), air

    def _snowed(self) -> Painted:
        painted = self._even
        if self._mood.weather != "snow":
            return painted
        above = stand(painted.props, self._view, sunny(self._scene.light, (0.0, 0.0, 1.0))).layer.shrunk()
        share = cover(painted.standing, above, painted.standing[:, :, 3])[:, :, None]
        alpha = painted.standing[:, :, 3:].astype(np.float32) / 255
        colours = painted.standing[:, :, :3] * (1 - share) + _SNOWY * share * alpha
        standing = np.concatenate([colours, painted.standing[:, :, 3:]], axis=2).clip(0, 255).astype(np.uint8)
        lanes = [(lane.path.points, "person" not in lane.kinds) for lane in self._scene.lanes]
        ground = snowy_ground(painted.ground / SKY, painted.kinds, self._near, self._view, wheel_tracks(lanes, self._view)) * SKY
        return replace(painted, ground=ground.clip(0, 255).astype(np.uint8), standing=standing)

    def _with_sun(self, lit: Picture) -> tuple[Picture, Picture]:
        if not sum(self._tone.sun):
            return lit, np.zeros(self._even.depth.shape, np.uint8)
        sunlit = paint(self._scene, sunny(self._scene.light, self._light.sun), shadows=True)
        lit += sunlit.together() * np.array(self._tone.sun, np.float32)
        return lit, sunlit.shade

    def _wetted(self, lit: Picture, upright: Picture) -> Picture:
        """Let wet ground, and water by lamplight, throw back what stands and shines beyond it."""
        painted, view, rain = self._even, self._view, self._mood.weather == "rain"
        if not rain and not (self._mood.light != "day" and self._mood.weather != "snow" and (painted.kinds == WATER).any()):
            return lit
        wet = wetness(painted.kinds, self._near, view, self._scene.seed)
        if not rain:
            wet = np.where(painted.kinds == WATER, np.float32(0.75), np.float32(0.0))
        wet[upright] = 0.0
        mirror = mirrored(view)
        standing = stand(painted.props, mirror, self._plain).layer.shrunk()
        glow = stand(painted.props, mirror, glowing(self._light)).layer.shrunk()[:, :, :3]
        rest = 1 - standing[:, :, 3:].astype(np.float32) / 255
        gains = np.array(self._tone.sky, np.float32) + 0.25 * self._tone.lamps
        above = sky_in(self._mood, self._tone, mirror, self._light.sun, self._scene.seed)[::-1]
        image = smeared(standing[:, :, :3] * gains + above * rest + glow * np.float32(self._tone.windows * 2.4), view)
        share = np.clip(enlarged(fresnel(self._near, view).astype(np.float32), view) * 1.5 + 0.10, 0.0, 0.9) * wet
        dark = 1 - 0.36 * wet * (painted.kinds != WATER)
        wetted: Picture = lit * (dark * (1 - share))[:, :, None] + image * share[:, :, None]
        return wetted

    def _in_air(self, lit: Picture, sky: Picture, painted: Painted) -> Picture:
        tone = self._tone
        away = enlarged(self._near.away, self._view) if self._near.step == 1 else where(self._view, painted.depth, 1).away
        clear = np.exp(-away / np.float32(self._light.haze_metres))[:, :, None]
        faded = lit * clear + np.array(tone.haze, np.float32) * (1 - clear)
        alpha = painted.standing[:, :, 3].astype(np.float32) / 255
        above = away >= 3999.0
        covered = np.where(above | (painted.kinds == 0) & (away > 900), alpha, np.float32(1.0))[:, :, None]
        joined: Picture = faded * covered + sky * (1 - covered)
        return joined

    def _finished(self, picture: Picture) -> Picture:
        """Let bright parts spill over and saturate softly, lose some colour in the dark, and give bytes."""
        if self._tone.grey:
            grey = picture @ np.array((0.114, 0.587, 0.299), np.float32)
            picture = picture + (grey[:, :, None] - picture) * np.float32(self._tone.grey)
        if self._mood.light != "day":
            picture = bloom(picture, 0.32)
        over = np.clip(picture - _BRIGHT, 0, None)
        soft = np.where(picture > _BRIGHT, _BRIGHT + (255 - _BRIGHT) * (1 - np.exp(-over / (255 - _BRIGHT))), picture)
        finished: Picture = soft.clip(0, 255).astype(np.uint8)
        return finished

    def _streaks(self, picture: Picture, painted: Painted) -> None:
        """Draw the images of lamps in the wet road."""
        mirror = mirrored(self._view)
        for lamp in self._lamps[:-1]:
            if lamp.strength < 0.3:
                continue
            pixels, away = mirror.project(np.array([lamp.at]))
            x, y = round(float(pixels[0, 0])), round(float(pixels[0, 1]))
            inside = 0 <= x < self._view.width and 0 <= y < self._view.height
            if away[0] < 2 or not inside or np.isfinite(painted.depth[y, x]):
                continue
            unit = self._view.focal / float(away[0])
            gain = 0.55 * min(1.0, self._tone.lamps)
            streak(picture, (x, y), (unit * 0.9, unit * 6.0), (lamp.tint[0] * gain, lamp.tint[1] * gain, lamp.tint[2] * gain))
