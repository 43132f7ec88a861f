"""One thing in one picture: its shadow, itself where nothing stands before it, its plates, and where exactly it can be seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, exp, sin
from typing import Any, Protocol

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture, Points, View
from citysquare.simulator.drawing.layer import Layer, compose
from citysquare.simulator.drawing.mesh import Light, bounded, darken, draw_mesh, shadow_outline
from citysquare.simulator.drawing.people import (
    Person,
    draw_person,
    draw_ride,
    head_box,
    joints,
    reach_of,
    ride_joints,
    shadow_limbs,
    umbrella_hides,
)
from citysquare.simulator.drawing.plates import SIZE_METRES, Plate, picture_of
from citysquare.simulator.drawing.stage import Stage
from citysquare.simulator.drawing.vehicles import Look, Ride, plate_corners, turned_mesh
from citysquare.simulator.traffic import Mover, Scripted

Box = tuple[int, int, int, int]
Limb = tuple[list[float], list[float], float]
READABLE_PIXELS = 60  # a plate of usual size narrower than this in the main stream is not promised to be legible
READABLE_CLEAR = 0.45  # and one of which less gets through the air is not either


class Place(Protocol):
    """What a sprite must know of its scene."""

    @property
    def view(self) -> View:
        """The camera."""
        ...

    @property
    def light(self) -> Light:
        """The light of the day."""
        ...


@dataclass(slots=True)
class Drawn:
    """What was drawn: picture parts touched, the box of what can be seen, the hidden share, and parts worth knowing.

    `solid` are its own pixels that nothing standing hides, within `frame`, of `whole` there would be in the open.

    `contrast` is the mean difference to what is behind it (0 to 255): a thing in fog or in the dark that differs little cannot be told.
    """

    touched: list[Box]
    box: Box | None = None
    hidden: float = 0.0
    contrast: float = 0.0
    head: tuple[float, float, float, float] | None = None
    plate: Points | None = None
    lines: int = 1
    frame: Box = (0, 0, 0, 0)
    solid: Picture | None = None
    whole: int = 0

    def see(self, solid: Picture, frame: Box, whole: int) -> None:
        """Take down which pixels of a frame can be seen; there is no box when hardly any are left."""
        count = int(np.count_nonzero(solid))
        self.frame, self.solid, self.whole = frame, solid, whole
        self.box, self.hidden = None, 1.0
        if count >= max(6, whole // 50):
            x, y, w, h = cv2.boundingRect(solid.astype(np.uint8))
            self.box = (frame[0] + x, frame[1] + y, frame[0] + x + w, frame[1] + y + h)
            self.hidden = 1.0 - count / max(whole, 1)

    def lose(self, covered: Picture) -> None:
        """Give up what something nearer covers: `covered` are pixels of the whole picture."""
        left, top, right, bottom = self.frame
        under = covered[top:bottom, left:right]
        if self.box is None or self.solid is None or not (self.solid & under).any():
            return
        self.see(self.solid & ~under, self.frame, self.whole)
        if self.head and _share(covered, self.head) > 0.6:
            self.head = None
        self.head = _head_within(self.head, self.box) if self.head else None
        if self.plate is not None and _share(covered, (*self.plate.min(axis=0), *self.plate.max(axis=0))):
            self.plate = None

    def as_truth(self, mover: Mover) -> dict[str, Any]:
        """Say it for the ground truth; boxes are [left, top, right, bottom] in pixels of the main stream."""
        said: dict[str, Any] = {"box": list(self.box or ()), "hidden": round(self.hidden, 3), "contrast": round(self.contrast, 1)}
        if self.head:
            said["head"] = [round(value, 1) for value in self.head]
        if self.plate is not None and mover.plate:
            said["plate"] = {
                "text": mover.plate.plain,
                "country": mover.plate.country,
                "lines": self.lines,
                "corners": [[round(float(x), 1), round(float(y), 1)] for x, y in self.plate],
            }
        return said


def _share(covered: Picture, part: tuple[float, float, float, float]) -> float:
    """Tell how much of a part of the picture is covered."""
    left, top, right, bottom = (max(round(value), 0) for value in part)
    there = covered[top : bottom + 1, left : right + 1]
    return float(there.mean()) if there.size else 0.0


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a thing is: ground point, heading (radians), metres on its way, and how far ahead of the camera, metres."""

    ground: tuple[float, float]
    heading: float
    metres: float
    depth: float


def draw_mover(picture: Picture, stage: Stage, scene: Place, what: tuple[Mover, float, tuple[tuple[float, float], float]]) -> Drawn | None:
    """Draw a thing at a pose into the picture. None when it is out of view."""
    mover, metres, (ground, heading) = what
    if isinstance(mover, Scripted):
        return mover.prop.draw(picture, stage, scene, mover.where(metres), metres)
    view = scene.view
    feet, depth = view.project(np.array([(ground[0], ground[1], 0.0)]))
    if depth[0] < 1.5:
        return None
    light, shaded = _light_at(stage, scene.light, feet[0])
    if stage.air:
        light = stage.air.light_at(ground, light)
    pose = Pose(ground, heading, metres, float(depth[0]))
    if mover.look and mover.person and isinstance(mover.look.measures, Ride):
        return _draw_rider(picture, stage, (view, light, shaded), (mover.look, mover.person, mover.plate, pose))
    if mover.look:
        return _draw_vehicle(picture, stage, (view, light, shaded), (mover.look, mover.plate, pose))
    if mover.person:
        moving = min(1.0, (mover.metres_per_second(metres)) / 0.8)
        wet = stage.air is not None and stage.air.mood.falling
        body = joints(mover.person, ground, heading, metres, moving, wet=wet)
        return _draw_walker(picture, stage, (view, light, shaded), (mover.person, body, pose, wet))
    return None


def _light_at(stage: Stage, light: Light, feet: Points) -> tuple[Light, bool]:
    height, width = stage.shade.shape
    x, y = int(feet[0]), int(feet[1])
    if 0 <= x < width and 0 <= y < height and stage.shade[y, x] > 128:
        return _dimmed(light), True
    return light, False


@lru_cache(maxsize=16)
def _dimmed(light: Light) -> Light:
    return replace(light, sunshine=light.sunshine * 0.22)


def _draw_vehicle(picture: Picture, stage: Stage, place: tuple[View, Light, bool], what: tuple[Look, Plate | None, Pose]) -> Drawn | None:
    view, light, shaded = place
    look, plate, pose = what
    depth = pose.depth
    mesh = turned_mesh(look, pose.metres)
    placed = mesh.placed(pose.ground, pose.heading)
    if view.camera_space(placed[0])[:, 2].min() < 0.5:
        return None
    touched = []
    if not shaded:
        outline = shadow_outline(placed[0], light, view)
        box = bounded(outline, view, 8) if len(outline) else None
        if box:
            _shade(picture, stage, outline, box, depth, light.shadow)
            touched.append(box)
    box = mesh.outline(placed[0], view)
    if box is None:
        return Drawn(touched) if touched else None
    layer = Layer(box[0], box[1], box[2] - box[0], box[3] - box[1])
    draw_mesh(layer, mesh, placed, view, light)
    readable = _draw_plates(layer, (look, plate, pose.ground, pose.heading), view, light) if plate else None
    drawn = _put(picture, stage, layer.shrunk(), box, depth - look.length * 0.2)
    drawn.touched.extend(touched)
    if drawn.box and readable is not None and drawn.hidden < 0.05 and _inside(readable[0], view):
        drawn.plate, drawn.lines = readable
    return drawn


def _shade(picture: Picture, stage: Stage, outline: Points, box: Box, depth: float, strength: float) -> None:
    left, top, right, bottom = box
    before = stage.depth[top:bottom, left:right] < depth
    kept = picture[top:bottom, left:right][before] if before.any() else None
    darken(picture, outline, box, strength, max(2.0, (right - left) / 45))
    if kept is not None:
        picture[top:bottom, left:right][before] = kept


def _put(picture: Picture, stage: Stage, patch: Picture, box: Box, depth: float) -> Drawn:
    left, top, right, bottom = box
    whole = int(np.count_nonzero(patch[:, :, 3] > 127))
    before = stage.depth[top:bottom, left:right] < depth
    if before.any():
        patch[before] = 0
    behind = picture[top:bottom, left:right].copy()
    compose(picture[top:bottom, left:right], patch)
    solid = patch[:, :, 3] > 127
    drawn = Drawn([box])
    drawn.see(solid, box, whole)
    if drawn.box:
        apart = cv2.absdiff(picture[top:bottom, left:right], behind)
        drawn.contrast = sum(cv2.mean(apart, solid.astype(np.uint8))[:3]) / 3
    return drawn


@lru_cache(maxsize=128)
def _plate_pictures(plate: Plate, *, front: bool) -> tuple[Picture, ...]:
    """Give the plate in falling sizes, so that a far one is not made of single stray pixels."""
    sizes = [picture_of(plate, front=front)]
    while sizes[-1].shape[1] > 40:
        sizes.append(cv2.resize(sizes[-1], None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA))
    return tuple(sizes)


def _draw_plates(
    layer: Layer, what: tuple[Look, Plate | None, tuple[float, float], float], view: View, light: Light
) -> tuple[Points, int] | None:
    look, plate, ground, heading = what
    readable = None
    turn = np.array([[cos(heading), sin(heading), 0], [-sin(heading), cos(heading), 0], [0, 0, 1.0]])
    for front in (True, False):
        if plate is None or (front and look.ridden):
            continue
        size = plate.size(front=front)
        corners = plate_corners(look, front=front, size=size) @ turn + (ground[0], ground[1], 0.0)
        facing = np.array([cos(heading), sin(heading), 0.0]) * (1 if front else -1)
        if np.dot(np.asarray(view.position) - corners[0], facing) <= 0.3:
            continue
        pixels, away = view.project(corners)
        wide = float(np.linalg.norm(pixels[1] - pixels[0]))
        if wide < 4:
            continue
        sizes = _plate_pictures(plate, front=front)
        image = min(sizes, key=lambda each: abs(each.shape[1] - wide * layer.scale * 1.1))
        clear = exp(-float(away.mean()) / light.haze_metres)
        layer.texture(_in_air(image, light, min(1.0, float(light.on(facing[None])[0]) + light.retro), clear), pixels)
        if clear > READABLE_CLEAR and wide / size[0] >= READABLE_PIXELS / SIZE_METRES[0] * view.width / 1920:
            readable = (pixels, 1 if front else plate.lines)
    return readable


def _in_air(image: Picture, light: Light, brightness: float, clear: float) -> Picture:
    """Light a plate and fade it as the air between does; `clear` is the share of it that gets through."""
    faded: Picture = cv2.addWeighted(image, brightness * clear, np.full_like(image, light.haze), 1.0 - clear, 0)
    return faded


def _inside(corners: Points, view: View) -> bool:
    return bool((corners >= 1).all() and (corners < (view.width - 1, view.height - 1)).all())


def _draw_walker(picture: Picture, stage: Stage, place: tuple[View, Light, bool], what: tuple[Person, Points, Pose, bool]) -> Drawn | None:
    view, light, shaded = place
    person, body, pose, wet = what
    touched = [] if shaded else _shade_body(picture, stage, (person, body, pose.depth), view, light)
    pixels, depth = view.project(reach_of(person, body, pose.heading, wet=wet))
    if depth.min() < 0.5:
        return Drawn(touched) if touched else None
    box = bounded(pixels, view, int(view.focal * person.height / pose.depth * 0.12) + 3)
    if box is None:
        return Drawn(touched) if touched else None
    layer = Layer(box[0], box[1], box[2] - box[0], box[3] - box[1], 2)
    draw_person(layer, person, body, view, light, wet=wet)
    drawn = _put(picture, stage, _tinted(layer.shrunk(), light), box, pose.depth)
    drawn.touched.extend(touched)
    if not umbrella_hides(person, body, view, wet=wet):
        drawn.head = _head_within(head_box(person, body, view), drawn.box)
    return drawn


def _draw_rider(
    picture: Picture, stage: Stage, place: tuple[View, Light, bool], what: tuple[Look, Person, Plate | None, Pose]
) -> Drawn | None:
    """Draw a two-wheeler and who rides it as one thing: one box, one head."""
    view, light, shaded = place
    look, person, plate, pose = what
    mesh = turned_mesh(look, pose.metres)
    placed = mesh.placed(pose.ground, pose.heading)
    ride = look.measures
    if view.camera_space(placed[0])[:, 2].min() < 0.5 or not isinstance(ride, Ride):
        return None
    body = ride_joints(person, ride, pose.ground, pose.heading, pose.metres)
    touched = []
    if not shaded:
        outline = shadow_outline(placed[0], light, view)
        under = bounded(outline, view, 8) if len(outline) else None
        if under:
            _shade(picture, stage, outline, under, pose.depth, light.shadow)
            touched.append(under)
        touched += _shade_body(picture, stage, (person, body, pose.depth), view, light)
    pixels, _ = view.project(np.concatenate([body, placed[0]]))
    box = bounded(pixels, view, int(view.focal * person.height / pose.depth * 0.1) + 3)
    if box is None:
        return Drawn(touched) if touched else None
    layer = Layer(box[0], box[1], box[2] - box[0], box[3] - box[1])
    draw_ride(layer, (look, person, body), (pose.ground, pose.heading, pose.metres), view, light)
    readable = _draw_plates(layer, (look, plate, pose.ground, pose.heading), view, light) if plate else None
    drawn = _put(picture, stage, _tinted(layer.shrunk(), light), box, pose.depth - 0.3)
    drawn.touched.extend(touched)
    drawn.head = _head_within(head_box(person, body, view), drawn.box)
    if drawn.box and readable is not None and drawn.hidden < 0.05 and _inside(readable[0], view):
        drawn.plate, drawn.lines = readable
    return drawn


def _head_within(head: tuple[float, float, float, float], box: Box | None) -> tuple[float, float, float, float] | None:
    """Cut a head's box to what can be seen of its thing; None when less than two fifths of it are left."""
    if box is None:
        return None
    left, top, right, bottom = max(head[0], box[0]), max(head[1], box[1]), min(head[2], box[2]), min(head[3], box[3])
    whole = (head[2] - head[0]) * (head[3] - head[1])
    if right <= left or bottom <= top or (right - left) * (bottom - top) < 0.4 * whole:
        return None
    return left, top, right, bottom


def _shade_body(picture: Picture, stage: Stage, what: tuple[Person, Points, float], view: View, light: Light) -> list[Box]:
    """Throw somebody's shadow; returns the part of the picture touched, if any."""
    person, body, depth = what
    limbs = shadow_limbs(person, body, light, view)
    ends = np.array([end for a, b, _ in limbs for end in (a, b)])
    box = bounded(ends, view, int(max(radius for _, _, radius in limbs)) + 4)
    if box is None:
        return []
    _shade_limbs(picture, stage, limbs, box, depth, light.shadow)
    return [box]


def _tinted(patch: Picture, light: Light) -> Picture:
    """Give somebody the colour of the light; bodies are drawn by its strength alone."""
    if light.sun_tint == light.sky_tint == (1.0, 1.0, 1.0):
        return patch
    from_sun, from_sky = 0.4 * light.sunshine, 0.85 * light.sky
    gains = (np.array(light.sun_tint) * from_sun + np.array(light.sky_tint) * from_sky) / max(from_sun + from_sky, 1e-6)
    tinted: Picture = np.minimum(patch * np.array((*gains, 1.0), np.float32), 255).astype(np.uint8)
    return tinted


def _shade_limbs(picture: Picture, stage: Stage, limbs: list[Limb], box: Box, depth: float, strength: float) -> None:
    left, top, right, bottom = box
    layer = Layer(left, top, right - left, bottom - top, 1)
    for a, b, radius in limbs:
        layer.capsule(a, b, radius, (0, 0, 0))
    mask = cv2.blur(layer.pixels[:, :, 3], (3, 3))
    mask[stage.depth[top:bottom, left:right] < depth] = 0
    rest = cv2.cvtColor(cv2.convertScaleAbs(mask, alpha=-strength, beta=255), cv2.COLOR_GRAY2BGR)
    part = picture[top:bottom, left:right]
    part[:] = cv2.multiply(part, rest, scale=1 / 255)
