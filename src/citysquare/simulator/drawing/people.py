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


def invent(random: Random) -> Person:
    """Invent a person."""
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


def draw_person(layer: Layer, person: Person, body: Points, view: View, light: Light) -> None:
    """Draw the body whose joints are given, the limbs that are farther away first."""
    pixels, depth = view.project(body)
    unit = view.focal * person.height / float(depth[HIP])
    far = float(depth[HIP])

    def tone(colour: Colour, brightness: float) -> Colour:
        return light.hazy(lit(colour, brightness), far)

    sun = np.asarray(light.sun) @ view.axes.T
    side = 0.16 * float(np.sign(sun[0]) or 1.0)
    strong = light.sunshine * 0.62 + light.sky * 0.8
    weak = light.sunshine * 0.18 + light.sky * 0.85

    def limb(chain: tuple[int, ...], radii: tuple[float, ...], colours: tuple[Colour, ...]) -> None:
        for a, b, ra, rb, colour in zip(chain, chain[1:], radii, radii[1:], colours, strict=False):
            layer.capsule(pixels[a], pixels[b], (ra * unit, rb * unit), tone(colour, weak))
            shift = np.array([side * ra * unit * 2, 0.0])
            layer.capsule(pixels[a] + shift, pixels[b] + shift, (ra * unit * 0.62, rb * unit * 0.62), tone(colour, strong))

    legs = person.skin if person.skirt else person.trousers
    left_first = depth[LEFT_ARM[0]] > depth[RIGHT_ARM[0]]
    arms = (LEFT_ARM, RIGHT_ARM) if left_first else (RIGHT_ARM, LEFT_ARM)
    pairs = (LEFT_LEG, RIGHT_LEG) if left_first else (RIGHT_LEG, LEFT_LEG)
    limb(arms[0], (0.030, 0.026, 0.019), (person.top, person.top))
    layer.disc(pixels[arms[0][2]], 0.024 * unit, tone(person.skin, weak))
    for leg in pairs:
        limb(leg, (0.052, 0.040, 0.028, 0.022), (legs, legs, (40, 40, 44)))
    if person.skirt:
        limb((HIP, 1), (0.085, 0.09), (person.trousers,))
        limb((HIP, 5), (0.085, 0.09), (person.trousers,))
    if person.bag:
        layer.capsule(pixels[BAG], pixels[BAG] + (0, 0.09 * unit), (0.05 * unit, 0.055 * unit), tone(person.bag, strong))
    limb((HIP, NECK), (0.088, 0.102), (person.top,))
    limb(arms[1], (0.032, 0.028, 0.020), (person.top, person.top))
    layer.disc(pixels[arms[1][2]], 0.026 * unit, tone(person.skin, strong))
    _head(
        layer, person, (pixels[NECK], pixels[HEAD]), unit, (tone(person.skin, strong), tone(person.hair, weak + 0.15)), _facing(body, view)
    )


def _facing(body: Points, view: View) -> float:
    """How far the person looks towards the camera: 1 to us, -1 away."""
    ahead = body[LEFT_LEG[3]] - body[LEFT_LEG[2]] + body[RIGHT_LEG[3]] - body[RIGHT_LEG[2]]
    to_eye = np.asarray(view.position) - body[HEAD]
    ahead[2] = to_eye[2] = 0
    scale = float(np.linalg.norm(ahead) * np.linalg.norm(to_eye)) or 1.0
    return float(ahead @ to_eye) / scale


def _head(layer: Layer, person: Person, at: tuple[Points, Points], unit: float, tones: tuple[Colour, Colour], facing: float) -> None:
    neck, head = at
    skin, hair = tones
    layer.capsule(neck, head, (0.032 * unit, 0.034 * unit), lit(skin, 0.85))
    layer.disc(head - (0, 0.012 * unit), 0.066 * unit, hair)
    if facing > -0.45:
        layer.capsule(head + (0, 0.006 * unit), head + (0, 0.03 * unit), (0.054 * unit, 0.045 * unit), skin)
        layer.disc(head - (0, 0.045 * unit), 0.045 * unit, hair)
    if person.skirt:
        layer.capsule(head - (0, 0.02 * unit), head + (0, 0.045 * unit), (0.02 * unit, 0.03 * unit), hair if facing < 0 else skin)


def head_box(person: Person, body: Points, view: View) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the head in pixels."""
    pixels, depth = view.project(body[HEAD : HEAD + 1])
    radius = 0.08 * view.focal * person.height / float(depth[0])
    x, y = pixels[0]
    return float(x - radius), float(y - radius * 1.1), float(x + radius), float(y + radius)


def shadow_limbs(person: Person, body: Points, light: Light, view: View) -> list[tuple[Points, Points, float]]:
    """The limbs of the shadow on the ground: two pixels and a radius in pixels each."""
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
    return [(pixels[a], pixels[b], radius * unit) for a, b, radius in chains]
