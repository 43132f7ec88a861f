"""Drawing somebody: limbs with a dark and a sunlit side, trunk, clothes, head, and what is carried or pushed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Points, View
from citysquare.simulator.drawing.layer import Colour, Layer, lit
from citysquare.simulator.drawing.mesh import Light, draw_mesh
from citysquare.simulator.drawing.people.body import (
    BAG,
    HEAD,
    HIP,
    LEFT_ARM,
    LEFT_LEG,
    NECK,
    PUSHED_METRES,
    RIGHT_ARM,
    RIGHT_LEG,
    Person,
    heading_of,
    placed,
)
from citysquare.simulator.drawing.people.stroller import stroller_mesh

_BRIGHT, _DARK = True, False


@dataclass(frozen=True, slots=True)
class Pen:
    """What drawing one person needs: joints in pixels and their distances, pixels per body height, and the two sides of the light."""

    layer: Layer
    at: list[list[float]]
    deep: list[float]
    unit: float
    light: Light
    far: float
    shift: float

    @classmethod
    def of(cls, layer: Layer, person: Person, body: Points, view: View, light: Light) -> Pen:
        """Get ready to draw a body."""
        pixels, depth = view.project(body)
        sun = np.asarray(light.sun) @ view.axes.T
        far = float(depth[HIP])
        unit = view.focal * person.height / far
        return cls(layer, pixels.tolist(), depth.tolist(), unit, light, far, 0.32 * float(np.sign(sun[0]) or 1.0))

    def tone(self, colour: Colour, bright: bool) -> Colour:  # noqa: FBT001  # the two sides of a body
        """Give a colour as it looks in the light, on the sunlit side or the other."""
        light = self.light
        brightness = light.sunshine * 0.62 + light.sky * 0.8 if bright else light.sunshine * 0.18 + light.sky * 0.85
        return light.hazy(lit(colour, brightness), self.far)

    def limb(self, chain: tuple[int, ...], radii: tuple[float, ...], colours: tuple[Colour, ...]) -> None:
        """Draw a chain of limbs, each dark first and then its sunlit side."""
        for a, b, radius, colour in zip(chain, chain[1:], radii, colours, strict=False):
            self.bar(self.at[a], self.at[b], radius, colour)

    def bar(self, a: Sequence[float], b: Sequence[float], radius: float, colour: Colour) -> None:
        """Draw a round bar between two pixels, `radius` as a share of the height."""
        size = radius * self.unit
        self.layer.capsule(a, b, size, self.tone(colour, _DARK))
        aside = self.shift * size
        self.layer.capsule((a[0] + aside, a[1]), (b[0] + aside, b[1]), size * 0.62, self.tone(colour, _BRIGHT))

    def spot(self, joint: int, radius: float, colour: Colour) -> None:
        """Draw a hand."""
        self.layer.disc(self.at[joint], radius * self.unit, self.tone(colour, _BRIGHT))

    def between(self, a: int, b: int, share: float) -> list[float]:
        """Give the pixel a share of the way from one joint to another."""
        (ax, ay), (bx, by) = self.at[a], self.at[b]
        return [ax + (bx - ax) * share, ay + (by - ay) * share]

    def swollen(self, points: list[list[float]], radius: float, colour: Colour) -> None:
        """Fill the hull of discs around pixels, dark, then its sunlit part."""
        outline = cv2.convexHull(np.array(points, np.float32))[:, 0, :].astype(np.float64)
        size = radius * self.unit
        for grow, aside, bright in ((1.0, 0.0, _DARK), (0.7, self.shift * size * 0.94, _BRIGHT)):
            tone = self.tone(colour, bright)
            moved = outline + np.array([aside, 0.0])
            self.layer.fill(moved, tone)
            self.layer.line(np.concatenate([moved, moved[:1]]), tone, size * grow * 2)


def draw_person(layer: Layer, person: Person, body: Points, view: View, light: Light, *, wet: bool = False) -> None:
    """Draw the body whose joints are given, the limbs that are farther away first. `wet` opens the umbrella."""
    pen = Pen.of(layer, person, body, view, light)
    facing = facing_of(body, view)
    pushed = facing > 0
    if person.stroller and not pushed:
        _stroller(pen, person, body, view)
    left_first = pen.deep[LEFT_ARM[0]] > pen.deep[RIGHT_ARM[0]]
    arms = (LEFT_ARM, RIGHT_ARM) if left_first else (RIGHT_ARM, LEFT_ARM)
    arm(pen, person, arms[0])
    for leg in (LEFT_LEG, RIGHT_LEG) if left_first else (RIGHT_LEG, LEFT_LEG):
        draw_leg(pen, person, leg)
    carried_behind = (person.bag_kind == "backpack") == (facing > 0)
    if person.bag and carried_behind:
        _bag(pen, person)
    if person.skirt or person.coat:
        _skirt(pen, person)
    trunk(pen, person)
    if person.bag and not carried_behind:
        _bag(pen, person)
    arm(pen, person, arms[1])
    if person.cane:
        hand = pen.at[RIGHT_ARM[2]]
        layer.capsule(
            hand,
            (hand[0] + 0.02 * pen.unit, max(pen.at[RIGHT_LEG[2]][1], pen.at[LEFT_LEG[2]][1])),
            0.008 * pen.unit,
            pen.tone((40, 50, 70), _DARK),
        )
    head(pen, person, facing)
    if person.stroller and pushed:
        _stroller(pen, person, body, view)
    if wet and person.umbrella and not person.stroller:
        _umbrella(pen, person, body, view)


def arm(pen: Pen, person: Person, joints: tuple[int, ...]) -> None:
    """Draw an arm with its sleeve and hand."""
    lower = person.skin if person.short_sleeves else person.top
    girth = 0.5 + person.girth / 2
    pen.limb(joints, (0.032 * girth, 0.0235), (person.top, lower))
    if person.short_sleeves:
        pen.bar(pen.at[joints[0]], pen.between(joints[0], joints[1], 0.7), 0.033 * girth, person.top)
    pen.spot(joints[2], 0.0235, person.skin)


def draw_leg(pen: Pen, person: Person, leg: tuple[int, ...]) -> None:
    """Draw a leg with trousers or without, and its shoe."""
    bare = person.skirt or person.shorts
    upper = person.skin if person.skirt else person.trousers
    lower = person.skin if bare else person.trousers
    girth = 0.5 + person.girth / 2
    pen.limb(leg, (0.052 * girth, 0.036, 0.024), (upper, lower, person.shoes))
    if not bare:
        pen.limb(leg[1:3], (0.036,), (lower,))
    pen.layer.capsule(pen.at[leg[2]], pen.at[leg[3]], 0.024 * pen.unit, pen.tone(person.shoes, _DARK))


def trunk(pen: Pen, person: Person) -> None:
    """Draw the trunk as the hull of shoulders and hips, so that it is broad from before and slim from the side."""
    shoulders = [pen.between(LEFT_ARM[0], RIGHT_ARM[0], share) for share in (0.14, 0.86)]
    hips = [pen.between(LEFT_LEG[0], RIGHT_LEG[0], share) for share in (0.12, 0.88)]
    hips = [[x, y - 0.035 * pen.unit] for x, y in hips]
    pen.swollen([*shoulders, *hips], 0.052 * person.girth, person.top)
    if not (person.coat or person.skirt):
        belt = [[x, y + 0.03 * pen.unit] for x, y in hips]
        pen.swollen(belt, 0.05 * person.girth, person.trousers)


def _bag(pen: Pen, person: Person) -> None:
    x, y = pen.at[BAG]
    unit = pen.unit
    colour = person.bag or person.top
    if person.bag_kind == "backpack":
        pen.bar((x, y - 0.05 * unit), (x, y + 0.09 * unit), 0.062, colour)
        pen.layer.capsule(
            (x - 0.02 * unit, y + 0.075 * unit), (x + 0.02 * unit, y + 0.075 * unit), 0.03 * unit, lit(pen.tone(colour, _DARK), 0.8)
        )
        return
    if person.bag_kind == "shoulder":
        pen.layer.line(np.array([pen.at[LEFT_ARM[0]], [x, y]]), pen.tone(colour, _DARK), max(0.012 * unit, 0.6))
    else:
        pen.layer.line(np.array([pen.at[RIGHT_ARM[2]], [x, y]]), pen.tone(colour, _DARK), max(0.01 * unit, 0.6))
    half = 0.05 * unit
    outline = np.array([[x - half * 0.8, y], [x + half * 0.8, y], [x + half, y + 0.12 * unit], [x - half, y + 0.12 * unit]])
    pen.layer.fill(outline, pen.tone(colour, _DARK))
    outline[[0, 3] if pen.shift > 0 else [1, 2], 0] += pen.shift * half * 2.4
    pen.layer.fill(outline, pen.tone(colour, _BRIGHT))


def _skirt(pen: Pen, person: Person) -> None:
    """Draw a skirt from the hip or a coat to the knee, down to where the knees are."""
    hip, left, right = (pen.at[joint] for joint in (HIP, LEFT_LEG[1], RIGHT_LEG[1]))
    low = max(left[1], right[1]) + (0.02 if person.skirt else -0.01) * pen.unit
    colour = person.trousers if person.skirt else person.top
    spread = (0.055 if person.skirt else 0.045) * person.girth * pen.unit
    edges = sorted((left[0], right[0]))
    waist = 0.078 * person.girth * pen.unit
    top = hip[1] - 0.04 * pen.unit
    outline = np.array([[hip[0] - waist, top], [hip[0] + waist, top], [edges[1] + spread, low], [edges[0] - spread, low]])
    pen.layer.fill(outline, pen.tone(colour, _DARK))
    half = outline.copy()
    half[[0, 3] if pen.shift > 0 else [1, 2]] = (half[[0, 3]] + half[[1, 2]]) / 2
    pen.layer.fill(half, pen.tone(colour, _BRIGHT))


def facing_of(body: Points, view: View) -> float:
    """How far the person looks towards the camera: 1 to us, -1 away."""
    ahead = body[LEFT_LEG[3]] - body[LEFT_LEG[2]] + body[RIGHT_LEG[3]] - body[RIGHT_LEG[2]]
    to_eye = np.asarray(view.position) - body[HEAD]
    ahead[2] = to_eye[2] = 0
    scale = float(np.linalg.norm(ahead) * np.linalg.norm(to_eye)) or 1.0
    return float(ahead @ to_eye) / scale


def head(pen: Pen, person: Person, facing: float) -> None:
    """Draw neck, face, hair, and what is on the head."""
    (nx, ny), (x, y) = pen.at[NECK], pen.at[HEAD]
    unit = pen.unit * person.head_size / 0.066
    skin, hair = pen.tone(person.skin, _BRIGHT), pen.tone(person.hair, _BRIGHT)
    pen.layer.capsule((nx + (x - nx) * 0.3, ny + (y - ny) * 0.3), (x, y), 0.031 * unit, lit(skin, 0.82))
    if person.helmet:
        _helmet(pen, person, facing, unit)
        return
    if person.long_hair:
        pen.layer.capsule((x, y), (x, y + (0.075 if facing < 0.3 else 0.05) * unit), 0.058 * unit, lit(hair, 0.85))
    pen.layer.disc((x, y - 0.012 * unit), 0.066 * unit, lit(hair, 0.92))
    if facing > -0.45:
        pen.layer.capsule((x, y + 0.004 * unit), (x, y + 0.03 * unit), 0.049 * unit, lit(skin, 0.86))
        pen.layer.capsule(
            (x + pen.shift * 0.04 * unit, y + 0.004 * unit), (x + pen.shift * 0.04 * unit, y + 0.026 * unit), 0.04 * unit, skin
        )
        pen.layer.capsule((x - 0.02 * unit, y - 0.046 * unit), (x + 0.02 * unit, y - 0.046 * unit), 0.03 * unit, hair)
    else:
        pen.layer.disc((x + pen.shift * 0.05 * unit, y - 0.02 * unit), 0.045 * unit, hair)
    if person.hat:
        tone = pen.tone(person.hat, _BRIGHT)
        pen.layer.capsule((x - 0.018 * unit, y - 0.042 * unit), (x + 0.018 * unit, y - 0.042 * unit), 0.052 * unit, lit(tone, 0.85))
        pen.layer.capsule((x - 0.05 * unit, y - 0.016 * unit), (x + 0.05 * unit, y - 0.016 * unit), 0.014 * unit, tone)


def _helmet(pen: Pen, person: Person, facing: float, unit: float) -> None:
    x, y = pen.at[HEAD]
    tone = pen.tone(person.helmet or person.hair, _BRIGHT)
    pen.layer.disc((x, y), 0.076 * unit, lit(tone, 0.7))
    pen.layer.disc((x + pen.shift * 0.05 * unit, y - 0.014 * unit), 0.058 * unit, tone)
    if facing > -0.2:
        pen.layer.capsule(
            (x - 0.03 * unit, y + 0.014 * unit), (x + 0.03 * unit, y + 0.014 * unit), 0.028 * unit, pen.tone((60, 52, 46), _DARK)
        )


def _stroller(pen: Pen, person: Person, body: Points, view: View) -> None:
    heading = heading_of(body)
    foot = (float(body[HIP, 0]) + cos(heading) * PUSHED_METRES, float(body[HIP, 1]) + sin(heading) * PUSHED_METRES)
    mesh = stroller_mesh(person.stroller or person.top)
    draw_mesh(pen.layer, mesh, mesh.placed(foot, heading), view, pen.light)


def _canopy(body: Points) -> Points:
    """Points of an open umbrella in the world: its top, then eight of its rim."""
    top = float(body[HEAD, 2]) + 0.34
    rim = [(0.08 + 0.5 * cos(k * pi / 4), 0.5 * sin(k * pi / 4), top - 0.22) for k in range(8)]
    return placed(np.array([(0.08, 0.0, top), *rim]), (float(body[HIP, 0]), float(body[HIP, 1])), heading_of(body))


def umbrella_hides(person: Person, body: Points, view: View, *, wet: bool) -> bool:
    """Say whether the middle of the head cannot be seen for an open umbrella."""
    if not wet or not person.umbrella or person.stroller:
        return False
    pixels, _ = view.project(np.concatenate([_canopy(body), body[HEAD : HEAD + 1]]))
    outline = cv2.convexHull(pixels[:-1].astype(np.float32))
    return cv2.pointPolygonTest(outline, (float(pixels[-1, 0]), float(pixels[-1, 1])), measureDist=False) >= 0


def _umbrella(pen: Pen, person: Person, body: Points, view: View) -> None:
    """Open an umbrella above the head: eight panels, those behind the rim first."""
    pixels, depth = view.project(_canopy(body))
    colour = person.umbrella or person.top
    pen.layer.capsule(pen.at[LEFT_ARM[2]], pixels[0].tolist(), 0.006 * pen.unit, pen.tone((60, 60, 60), _DARK))
    order = sorted(range(8), key=lambda k: -float(depth[1 + k] + depth[1 + (k + 1) % 8]))
    for rank, k in enumerate(order):
        shade = 0.72 + 0.05 * rank
        pen.layer.fill(pixels[[0, 1 + k, 1 + (k + 1) % 8]], lit(pen.tone(colour, _BRIGHT), shade))
