"""People: a walking body of limbs, trunk and head, in clothes."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin
from random import Random

import numpy as np

from citysquare.simulator.drawing.geometry import Points, View
from citysquare.simulator.drawing.layer import Colour, Layer, lit
from citysquare.simulator.drawing.mesh import Light

SKINS: tuple[Colour, ...] = ((150, 180, 225), (140, 172, 218), (120, 155, 205), (90, 120, 175))
HAIR: tuple[Colour, ...] = ((30, 34, 42), (40, 52, 74), (60, 84, 120), (90, 130, 170), (150, 150, 150))
TOPS: tuple[Colour, ...] = (
    (60, 60, 175),
    (150, 90, 50),
    (70, 120, 70),
    (60, 150, 200),
    (200, 200, 200),
    (56, 54, 54),
    (130, 70, 110),
    (160, 140, 90),
    (110, 160, 190),
    (90, 70, 60),
)
TROUSERS: tuple[Colour, ...] = ((96, 66, 44), (50, 48, 48), (70, 66, 64), (120, 150, 165), (80, 60, 40), (60, 70, 90))


@dataclass(frozen=True, slots=True)
class Person:
    """One person's look: height in metres and clothes."""

    height: float
    skin: Colour
    hair: Colour
    top: Colour
    trousers: Colour
    skirt: bool
    bag: Colour | None
    stride: float
    stroller: Colour | None = None


@dataclass(frozen=True, slots=True)
class Companion:
    """Somebody who walks with a leader: metres behind the leader on the same path, and metres to the leader's left.

    Each is a mover and a track of its own: the leader's path, speed and `travelled`, `aside` of the leader plus this one's `aside`, and
    `behind` metres less on the way. A stroller is no companion: it is drawn with the person who pushes it.
    """

    person: Person
    behind: float
    aside: float


def companions(random: Random, split: str = "show") -> tuple[Companion, ...]:
    """Invent those who walk with somebody: one to three people, side by side and then in a second row."""
    places = ((0.05, 0.72), (0.95, 0.1), (1.05, 0.82))
    return tuple(
        Companion(invent(random, "person", split), behind + random.uniform(-0.1, 0.1), aside + random.uniform(-0.06, 0.06))
        for behind, aside in places[: random.choice((1, 1, 1, 2, 3))]
    )


def invent(random: Random, kind: str = "person", split: str = "show") -> Person:
    """Invent a person of a split's family. `kind` is person (who walks), or bicycle or motorcycle for who rides one."""
    del kind, split
    skirt = random.random() < 0.25
    return Person(
        height=random.choice((1.2, 1.62, 1.66, 1.70, 1.74, 1.78, 1.82, 1.86)),
        skin=random.choice(SKINS),
        hair=random.choice(HAIR),
        top=random.choice(TOPS),
        trousers=random.choice(TROUSERS),
        skirt=skirt,
        bag=random.choice(TOPS) if random.random() < 0.35 else None,
        stride=random.uniform(1.25, 1.45),
    )


def _leg(phase: float, side: float, moving: float) -> tuple[tuple[float, float, float], ...]:
    swing = sin(phase) * 0.42 * moving
    bend = max(0.0, cos(phase)) * 0.75 * moving
    hip = (0.0, 0.085 * side, 0.50)
    knee = (0.245 * sin(swing), 0.075 * side, 0.50 - 0.245 * cos(swing))
    shin = swing - bend
    ankle = (knee[0] + 0.235 * sin(shin), 0.07 * side, knee[2] - 0.235 * cos(shin))
    toe = (ankle[0] + 0.1, 0.075 * side, max(ankle[2] - 0.02, 0.012))
    return hip, knee, ankle, toe


def _arm(phase: float, side: float, moving: float) -> tuple[tuple[float, float, float], ...]:
    swing = -sin(phase) * 0.5 * moving
    shoulder = (0.0, 0.125 * side, 0.815)
    elbow = (0.17 * sin(swing), 0.15 * side, 0.815 - 0.17 * cos(swing))
    fore = swing + 0.25 + 0.2 * moving
    hand = (elbow[0] + 0.16 * sin(fore), 0.14 * side, elbow[2] - 0.16 * cos(fore))
    return shoulder, elbow, hand


def joints(person: Person, ground: tuple[float, float], heading: float, walked: float, moving: float) -> Points:
    """World places of the joints: left leg (4), right leg (4), left arm (3), right arm (3), hip, neck, head, bag. `walked` in metres."""
    phase = walked / (person.stride * person.height / 1.7) * 2 * pi
    bob = 0.012 * abs(cos(phase)) * moving
    local = (
        *_leg(phase, 1, moving),
        *_leg(phase + pi, -1, moving),
        *_arm(phase, 1, moving),
        *_arm(phase + pi, -1, moving),
        (0.0, 0.0, 0.515),
        (0.005, 0.0, 0.83),
        (0.02, 0.0, 0.925),
        (-0.03, -0.16, 0.48),
    )
    shape = np.array(local) * person.height
    shape[:, 2] += bob * person.height
    turn = np.array([[cos(heading), -sin(heading), 0], [sin(heading), cos(heading), 0], [0, 0, 1.0]])
    moved: Points = shape @ turn.T + (ground[0], ground[1], 0.0)
    return moved


LEFT_LEG, RIGHT_LEG, LEFT_ARM, RIGHT_ARM = (0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10), (11, 12, 13)
HIP, NECK, HEAD, BAG = 14, 15, 16, 17


@dataclass(frozen=True, slots=True)
class _Pen:
    """What drawing one person needs: joints in pixels, pixels per body height, and the two sides of the light."""

    layer: Layer
    at: list[list[float]]
    unit: float
    light: Light
    far: float
    shift: float

    def tone(self, colour: Colour, bright: bool) -> Colour:  # noqa: FBT001  # the two sides of a body
        light = self.light
        brightness = light.sunshine * 0.62 + light.sky * 0.8 if bright else light.sunshine * 0.18 + light.sky * 0.85
        return light.hazy(lit(colour, brightness), self.far)

    def limb(self, chain: tuple[int, ...], radii: tuple[float, ...], colours: tuple[Colour, ...]) -> None:
        """Draw a chain of limbs, each dark first and then its sunlit side."""
        for a, b, radius, colour in zip(chain, chain[1:], radii, colours, strict=False):
            pa, pb, size = self.at[a], self.at[b], radius * self.unit
            self.layer.capsule(pa, pb, size, self.tone(colour, False))  # noqa: FBT003  # the dark side
            aside = self.shift * size
            self.layer.capsule((pa[0] + aside, pa[1]), (pb[0] + aside, pb[1]), size * 0.62, self.tone(colour, True))  # noqa: FBT003

    def spot(self, joint: int, radius: float, colour: Colour) -> None:
        """Draw a hand."""
        self.layer.disc(self.at[joint], radius * self.unit, self.tone(colour, True))  # noqa: FBT003  # the sunlit side


def draw_person(layer: Layer, person: Person, body: Points, view: View, light: Light) -> None:
    """Draw the body whose joints are given, the limbs that are farther away first."""
    pixels, depth = view.project(body)
    sun = np.asarray(light.sun) @ view.axes.T
    far = float(depth[HIP])
    unit = view.focal * person.height / far
    pen = _Pen(layer, pixels.tolist(), unit, light, far, 0.32 * float(np.sign(sun[0]) or 1.0))
    legs = person.skin if person.skirt else person.trousers
    left_first = depth[LEFT_ARM[0]] > depth[RIGHT_ARM[0]]
    arms = (LEFT_ARM, RIGHT_ARM) if left_first else (RIGHT_ARM, LEFT_ARM)
    pen.limb(arms[0], (0.028, 0.023), (person.top, person.top))
    pen.spot(arms[0][2], 0.024, person.skin)
    for leg in (LEFT_LEG, RIGHT_LEG) if left_first else (RIGHT_LEG, LEFT_LEG):
        pen.limb(leg, (0.048, 0.034, 0.025), (legs, legs, (40, 40, 44)))
    if person.skirt:
        _skirt(pen, person)
    if person.bag:
        x, y = pen.at[BAG]
        layer.capsule((x, y), (x, y + 0.09 * unit), 0.05 * unit, pen.tone(person.bag, True))  # noqa: FBT003  # the sunlit side
    pen.limb((HIP, NECK), (0.092,), (person.top,))
    pen.limb((NECK, NECK), (0.104,), (person.top,))
    pen.limb(arms[1], (0.030, 0.024), (person.top, person.top))
    pen.spot(arms[1][2], 0.026, person.skin)
    _head(pen, person, _facing(body, view))


def _skirt(pen: _Pen, person: Person) -> None:
    hip, left, right = (pen.at[joint] for joint in (HIP, LEFT_LEG[1], RIGHT_LEG[1]))
    low = max(left[1], right[1]) + 0.02 * pen.unit
    spread = 0.055 * pen.unit
    edges = sorted((left[0], right[0]))
    waist = 0.075 * pen.unit
    outline = np.array(
        [
            [hip[0] - waist, hip[1] - 0.02 * pen.unit],
            [hip[0] + waist, hip[1] - 0.02 * pen.unit],
            [edges[1] + spread, low],
            [edges[0] - spread, low],
        ]
    )
    pen.layer.fill(outline, pen.tone(person.trousers, False))  # noqa: FBT003  # the dark side
    half = outline.copy()
    half[[0, 3] if pen.shift > 0 else [1, 2]] = (half[[0, 3]] + half[[1, 2]]) / 2
    pen.layer.fill(half, pen.tone(person.trousers, True))  # noqa: FBT003  # the sunlit side


def _facing(body: Points, view: View) -> float:
    """How far the person looks towards the camera: 1 to us, -1 away."""
    ahead = body[LEFT_LEG[3]] - body[LEFT_LEG[2]] + body[RIGHT_LEG[3]] - body[RIGHT_LEG[2]]
    to_eye = np.asarray(view.position) - body[HEAD]
    ahead[2] = to_eye[2] = 0
    scale = float(np.linalg.norm(ahead) * np.linalg.norm(to_eye)) or 1.0
    return float(ahead @ to_eye) / scale


def _head(pen: _Pen, person: Person, facing: float) -> None:
    (nx, ny), (x, y), unit = pen.at[NECK], pen.at[HEAD], pen.unit
    skin, hair = pen.tone(person.skin, True), pen.tone(person.hair, True)  # noqa: FBT003  # the sunlit side
    pen.layer.capsule((nx, ny), (x, y), 0.033 * unit, lit(skin, 0.85))
    pen.layer.disc((x, y - 0.012 * unit), 0.066 * unit, hair)
    if facing > -0.45:
        pen.layer.capsule((x, y + 0.006 * unit), (x, y + 0.03 * unit), 0.050 * unit, skin)
        pen.layer.disc((x, y - 0.045 * unit), 0.045 * unit, hair)
    if person.skirt:
        pen.layer.capsule((x, y - 0.02 * unit), (x, y + 0.045 * unit), 0.025 * unit, hair if facing < 0 else skin)


def head_box(person: Person, body: Points, view: View) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the head in pixels."""
    pixels, depth = view.project(body[HEAD : HEAD + 1])
    radius = 0.08 * view.focal * person.height / float(depth[0])
    x, y = pixels[0]
    return float(x - radius), float(y - radius * 1.1), float(x + radius), float(y + radius)


def shadow_limbs(person: Person, body: Points, light: Light, view: View) -> list[tuple[list[float], list[float], float]]:
    """Give the limbs of the shadow on the ground: two pixels and a radius in pixels each."""
    sun = np.asarray(light.sun)
    ground = body - (body[:, 2:] / max(float(sun[2]), 0.15)) * sun
    ground[:, 2] = 0.0
    pixels, depth = view.project(ground)
    unit = view.focal * person.height / float(depth[HIP])
    chains = (
        (0, 1, 0.045),
        (1, 2, 0.035),
        (4, 5, 0.045),
        (5, 6, 0.035),
        (HIP, NECK, 0.095),
        (NECK, HEAD, 0.06),
        (8, 10, 0.03),
        (11, 13, 0.03),
    )
    at = pixels.tolist()
    return [(at[a], at[b], radius * unit) for a, b, radius in chains]
