"""What light and weather do to things that move: the light at their place, their lamps, their beams, their images in wet roads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import cos, exp, hypot, sin
from random import Random

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture, Points, View
from citysquare.simulator.drawing.ground import ASPHALT, SETTS, SLABS
from citysquare.simulator.drawing.layer import Colour, Layer, compose
from citysquare.simulator.drawing.mesh import Corner, Lamp, Light, bounded, draw_mesh
from citysquare.simulator.drawing.night import glare, puff, streak, strongest
from citysquare.simulator.drawing.passes import Mirror, Where, mirrored
from citysquare.simulator.drawing.tones import Tone
from citysquare.simulator.drawing.vehicles import Look, lamps_of, mesh_of
from citysquare.simulator.moods import Mood

Box = tuple[int, int, int, int]
Ground = tuple[float, float]
WHITE: Colour = (0.86, 0.94, 1.0)
RED: Colour = (0.16, 0.12, 1.0)
_BEAM_METRES, _BEAM_ASIDE = 34.0, 6.0
_WET = frozenset({ASPHALT, SLABS, SETTS})


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle at a moment: where, how it is turned (radians), how far ahead of the camera, how fast, and whether it brakes."""

    track: int
    look: Look
    ground: Ground
    heading: float
    ahead: float
    speed: float
    braking: bool

    @property
    def bicycle(self) -> bool:
        """Whether its lamps are weak."""
        return self.look.kind == "bicycle"

    def placed(self, points: Sequence[Corner]) -> Points:
        """Bring points of the vehicle's own metres to the world."""
        turn = np.array([[cos(self.heading), sin(self.heading), 0], [-sin(self.heading), cos(self.heading), 0], [0, 0, 1.0]])
        moved: Points = np.array(points) @ turn + (self.ground[0], self.ground[1], 0.0)
        return moved


@dataclass(frozen=True)
class Setting:
    """The still place that things move through: its picture under an even sky, where each pixel lies, what the ground is, its lamps."""

    view: View
    flat: Picture
    place: Where
    depth: Picture
    kinds: Picture
    lamps: tuple[Lamp, ...]
    light: Light


class MovingAir:
    """The air of a mood. Nothing here changes what the truth says: lamps and images in the road are not part of a thing's box."""

    def __init__(self, mood: Mood, tone: Tone, setting: Setting, seed: int) -> None:
        """Begin with nothing on the road."""
        self.mood, self._tone, self._set, self._seed = mood, tone, setting, seed
        self._vehicles: list[Vehicle] = []

    @cached_property
    def _mirror(self) -> Mirror:
        return mirrored(self._set.view)

    def light_at(self, ground: Ground, light: Light) -> Light:
        """Give the light at a place: the sun of dusk as it is, else the strongest lamp as if it were the sun."""
        if not self._tone.lamps:
            return light
        way, strength, colour = strongest(self._set.lamps, ground)
        for vehicle in self._vehicles:
            shine = 1.1 * _beam_at(vehicle, ground)
            if shine > 0.02:
                if shine > strength:
                    way = (vehicle.ground[0] - ground[0], vehicle.ground[1] - ground[1], 1.2)
                strength, colour = strength + shine, (colour[0] + shine * 0.9, colour[1] + shine * 0.96, colour[2] + shine)
        strength = min(strength * self._tone.lamps, 2.6)
        if light.sunshine > 0.05:
            return replace(light, sky=light.sky + strength * 0.16)
        middle = sum(colour) / 3 or 1.0
        share = strength / (strength + light.sky / 0.62)
        return replace(
            light,
            sun=way,
            sunshine=strength * 0.62,
            sun_tint=(colour[0] / middle, colour[1] / middle, colour[2] / middle),
            shadow=max(light.shadow * (1 - share), 0.5 * share),
        )

    def begin(self, picture: Picture, vehicles: list[Vehicle]) -> list[Box]:
        """Throw the beams of all vehicles of a picture on the road; gives the parts touched."""
        self._vehicles = vehicles if self._tone.heads >= 0.5 else []
        return [box for vehicle in self._vehicles if not vehicle.bicycle and (box := self._throw(picture, vehicle))]

    def _throw(self, picture: Picture, vehicle: Vehicle) -> Box | None:
        view, step = self._set.view, self._set.place.step
        nose = vehicle.look.length / 2
        reach = [(nose, -1.2, 0.0), (nose, 1.2, 0.0), (nose + _BEAM_METRES, _BEAM_ASIDE, 0.0), (nose + _BEAM_METRES, -_BEAM_ASIDE, 0.0)]
        pixels = view.polygon(vehicle.placed(reach))
        box = bounded(pixels, view, 6) if len(pixels) else None
        if box is None:
            return None
        left, top, right, bottom = box
        top = max(top - (bottom - top) // 4 & ~1, 0)
        part = np.s_[top // step : -(-bottom // step), left // step : -(-right // step)]
        place = self._set.place
        x, y = place.x[part] - vehicle.ground[0], place.y[part] - vehicle.ground[1]
        c, s = np.float32(cos(vehicle.heading)), np.float32(sin(vehicle.heading))
        ahead, aside = x * c + y * s - np.float32(nose), y * c - x * s
        shine = (
            _beam(ahead, aside) * np.clip(1.25 - place.z[part], 0.0, 1.0) * np.exp(-place.away[part] / np.float32(self._tone.haze_metres))
        )
        shine = np.clip(shine * np.float32(128 * 2.3 * self._tone.lamps), 0, 255).astype(np.uint8)
        whole = cv2.resize(shine, (shine.shape[1] * step, shine.shape[0] * step), interpolation=cv2.INTER_LINEAR)
        dy, dx = top % step, left % step
        whole = whole[dy : dy + bottom - top, dx : dx + right - left]
        bottom, right = top + (whole.shape[0] & ~1), left + (whole.shape[1] & ~1)
        whole = whole[: bottom - top, : right - left]
        if not whole.size:
            return None  # at the very edge of the picture
        coloured = cv2.merge([cv2.convertScaleAbs(whole, alpha=gain) for gain in WHITE])
        target = picture[top:bottom, left:right]
        cv2.add(target, cv2.multiply(self._set.flat[top:bottom, left:right], coloured, scale=1 / 128), dst=target)
        return left, top, right, bottom

    def before(self, picture: Picture, vehicle: Vehicle, number: int) -> list[Box]:
        """Draw what lies behind a vehicle: its image in a wet road, and the spray it throws up."""
        if self.mood.weather != "rain":
            return []
        touched = [self._image(picture, vehicle)]
        if vehicle.speed > 5.0 and vehicle.look.kind != "bicycle":
            random = Random(f"{self._seed}:{vehicle.track}:{number}")  # noqa: S311  # weather
            tail = vehicle.look.length / 2
            for _ in range(3):
                at = (-tail - random.uniform(0.0, 1.6), random.uniform(-0.8, 0.8) * vehicle.look.width / 2, random.uniform(0.2, 0.7))
                pixels, away = self._set.view.project(vehicle.placed([at]))
                if self._hidden(pixels[0], vehicle.ahead) or away[0] < 2:
                    continue
                size = self._set.view.focal * random.uniform(0.5, 1.0) / float(away[0])
                tint = self._tone.haze
                touched.append(
                    puff(picture, (float(pixels[0, 0]), float(pixels[0, 1])), size, (tint[0] / 255, tint[1] / 255, tint[2] / 255))
                )
        return [box for box in touched if box]

    def _image(self, picture: Picture, vehicle: Vehicle) -> Box | None:
        mesh = mesh_of(vehicle.look)
        placed = mesh.placed(vehicle.ground, vehicle.heading)
        if self._set.view.camera_space(placed[0])[:, 2].min() < 1.0 or self._mirror.camera_space(placed[0])[:, 2].min() < 1.0:
            return None
        box = bounded(self._mirror.project(placed[0])[0], self._set.view)
        if box is None:
            return None
        left, top, right, bottom = box
        layer = Layer(left, top, right - left, bottom - top, 1)
        draw_mesh(layer, mesh, placed, self._mirror, self.light_at(vehicle.ground, self._set.light))
        tall = max(3, (bottom - top) // 5 | 1)
        kinds = self._set.kinds[top:bottom, left:right]
        dry = ~np.isin(kinds, list(_WET)) | (self._set.depth[top:bottom, left:right] < vehicle.ahead)
        patch = cv2.convertScaleAbs(cv2.blur(layer.shrunk(), (3, tall)), alpha=0.34)
        patch[dry] = 0
        compose(picture[top:bottom, left:right], patch)
        return box

    def after(self, picture: Picture, vehicle: Vehicle) -> list[Box]:
        """Light a vehicle's lamps, as far as the camera sees them."""
        if not self._tone.heads:
            return []
        lamps = lamps_of(vehicle.look)
        eye = self._set.view.position
        aim = (eye[0] - vehicle.ground[0], eye[1] - vehicle.ground[1])
        towards = (aim[0] * cos(vehicle.heading) + aim[1] * sin(vehicle.heading)) / (hypot(*aim) or 1.0)
        weak = 0.35 if vehicle.bicycle else 1.0
        bright = weak * (0.25 + 0.75 * min(1.0, self._tone.heads))
        touched: list[Box] = []
        if towards > 0.12:
            beam = bright * (0.35 + 0.65 * towards**8)
            touched += self._shine(picture, vehicle, lamps.head, WHITE, (beam * 1.35, 1.0 * beam + 0.2, 0.022))
        elif towards < -0.12:
            strength = bright * (1.3 if vehicle.braking else 0.8)
            touched += self._shine(picture, vehicle, lamps.tail, RED, (strength, 0.75 if vehicle.braking else 0.48, 0.006))
        return touched

    def _shine(
        self,
        picture: Picture,
        vehicle: Vehicle,
        lamps: Sequence[tuple[float, float, float]],
        tint: Colour,
        size: tuple[float, float, float],
    ) -> list[Box]:
        strength, metres, share = size
        places = vehicle.placed(lamps)
        pixels, away = self._set.view.project(places)
        images, _ = self._mirror.project(places)
        touched: list[Box | None] = []
        for pixel, image, distance in zip(pixels, images, away.tolist(), strict=True):
            if distance < 1.5 or self._hidden(pixel, vehicle.ahead - vehicle.look.length * 0.6):
                continue
            thin = exp(-distance / self._tone.haze_metres)
            gain = strength * (0.25 + 0.75 * thin)
            colour = (tint[0] * gain, tint[1] * gain, tint[2] * gain)
            radius = self._set.view.focal * (metres / distance + share) * (1.5 if self.mood.weather == "fog" else 1.0)
            touched.append(glare(picture, (float(pixel[0]), float(pixel[1])), radius, colour))
            if self.mood.weather == "rain" and self._wet(image, vehicle.ahead):
                unit = self._set.view.focal / distance
                at = (float(image[0]), float(image[1]) + unit * 0.5)
                dim = (colour[0] * 0.75, colour[1] * 0.75, colour[2] * 0.75)
                touched.append(streak(picture, at, (unit * 0.5, unit * 3.4), dim))
        return [box for box in touched if box]

    def _hidden(self, pixel: Points, ahead: float) -> bool:
        x, y = round(float(pixel[0])), round(float(pixel[1]))
        view = self._set.view
        return 0 <= x < view.width and 0 <= y < view.height and bool(self._set.depth[y, x] < ahead)

    def _wet(self, pixel: Points, ahead: float) -> bool:
        x, y = round(float(pixel[0])), round(float(pixel[1]))
        view = self._set.view
        if not (0 <= x < view.width and 0 <= y < view.height):
            return False
        return int(self._set.kinds[y, x]) in _WET and not self._hidden(pixel, ahead)


def _beam(ahead: Picture, aside: Picture) -> Picture:
    """Strength of dipped head-lamps on the ground: widening, brightest some metres ahead, cut off at about 30 m."""
    clipped = np.clip(ahead, 0.0, 60.0)
    wide = 1.25 + 0.11 * clipped
    across = np.exp(-((aside / wide) ** 2))
    shine: Picture = across * (1 - np.exp(-clipped / 2.0)) * np.exp(-clipped / 12.0) / (1 + np.exp((clipped - 29) / 2.5))
    return shine


def _beam_at(vehicle: Vehicle, ground: Ground) -> float:
    x, y = ground[0] - vehicle.ground[0], ground[1] - vehicle.ground[1]
    c, s = cos(vehicle.heading), sin(vehicle.heading)
    ahead = x * c + y * s - vehicle.look.length / 2
    if vehicle.bicycle or not 0.3 < ahead < _BEAM_METRES:
        return 0.0
    return float(_beam(np.array(ahead), np.array(y * c - x * s)))


__all__ = ["MovingAir", "Setting", "Vehicle"]
