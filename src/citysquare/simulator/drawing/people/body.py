"""A body: its measures and clothes, and where its joints are while it walks."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, pi, sin

import numpy as np

from citysquare.simulator.drawing.geometry import Points, View
from citysquare.simulator.drawing.layer import Colour
from citysquare.simulator.drawing.mesh import Light

LEFT_LEG, RIGHT_LEG, LEFT_ARM, RIGHT_ARM = (0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10), (11, 12, 13)
HIP, NECK, HEAD, BAG = 14, 15, 16, 17
Joint = tuple[float, float, float]
SHOES: Colour = (40, 40, 44)
PUSHED_METRES = 0.72
"""How far before its walker the middle of a stroller is."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person's look: height in metres and clothes. Colours are None for what is not worn or carried.

    `girth` is how broad (1 is usual), `stoop` how far the back is bent (radians), `stride` metres of two steps at 1.7 m height.
    `bag_kind` is shoulder, backpack or shopping. The umbrella is opened when something falls.
    """

    height: float
    skin: Colour
    hair: Colour
    top: Colour
    trousers: Colour
    skirt: bool
    bag: Colour | None
    stride: float
    stroller: Colour | None = None
    split: str = "show"
    girth: float = 1.0
    stoop: float = 0.0
    shoes: Colour = SHOES
    short_sleeves: bool = False
    shorts: bool = False
    coat: bool = False
    long_hair: bool = False
    hat: Colour | None = None
    bag_kind: str = "shoulder"
    umbrella: Colour | None = None
    cane: bool = False
    helmet: Colour | None = None

    @property
    def head_size(self) -> float:
        """Radius of the head as a share of the height; a child's is larger."""
        return 0.066 * (1.0 + max(0.0, 1.45 - self.height) * 0.55)


def _leg(phase: float, side: float, moving: float) -> tuple[Joint, ...]:
    swing = sin(phase) * 0.42 * moving
    bend = max(0.0, cos(phase)) * 0.75 * moving
    hip = (0.0, 0.058 * side, 0.50)
    knee = (0.245 * sin(swing), 0.055 * side, 0.50 - 0.245 * cos(swing))
    shin = swing - bend
    ankle = (knee[0] + 0.235 * sin(shin), 0.052 * side, knee[2] - 0.235 * cos(shin))
    toe = (ankle[0] + 0.085, 0.058 * side, max(ankle[2] - 0.018, 0.012))
    return hip, knee, ankle, toe


def _arm(phase: float, side: float, moving: float) -> tuple[Joint, ...]:
    swing = -sin(phase) * 0.5 * moving
    shoulder = (0.0, 0.108 * side, 0.805)
    elbow = (0.17 * sin(swing), 0.135 * side, 0.805 - 0.17 * cos(swing))
    fore = swing + 0.25 + 0.2 * moving
    hand = (elbow[0] + 0.16 * sin(fore), 0.13 * side, elbow[2] - 0.16 * cos(fore))
    return shoulder, elbow, hand


def _holding(side: float, hand: Joint) -> tuple[Joint, ...]:
    shoulder = (0.0, 0.108 * side, 0.805)
    elbow = ((hand[0]) * 0.4, 0.15 * side, (0.805 + hand[2]) / 2 - 0.06)
    return shoulder, elbow, hand


def joints(person: Person, ground: tuple[float, float], heading: float, walked: float, moving: float, *, wet: bool = False) -> Points:
    """World places of the joints: left leg (4), right leg (4), left arm (3), right arm (3), hip, neck, head, bag. `walked` in metres.

    `moving` is 0 for who stands and 1 for who walks; `wet` has an umbrella held up.
    """
    phase = walked / (person.stride * person.height / 1.7) * 2 * pi
    bob = 0.012 * abs(cos(phase)) * moving
    left, right = _arm(phase, 1, moving), _arm(phase + pi, -1, moving)
    if person.stroller:
        grip = (0.36 / person.height, 0.13, 0.98 / person.height)
        left, right = _holding(1, grip), _holding(-1, (grip[0], -grip[1], grip[2]))
    elif person.cane:
        right = _holding(-1, (0.13 + 0.05 * sin(phase) * moving, -0.16, 0.47))
    if wet and person.umbrella and not person.stroller:
        left = _holding(1, (0.12, 0.10, 0.72))
    bag = {"shoulder": (-0.02, -0.155, 0.47), "backpack": (-0.105, 0.0, 0.70)}.get(
        person.bag_kind, (right[2][0], right[2][1], right[2][2] - 0.09)
    )
    upper = np.array((*left, *right, (0.0, 0.0, 0.515), (0.005, 0.0, 0.83), (0.018, 0.0, 0.925), bag))
    if person.stoop:
        lean = np.clip((upper[:, 2] - 0.5) / 0.4, 0.0, 1.2) * person.stoop
        bent = np.ones(len(upper), dtype=bool)
        bent[[2, 5]] = not (person.stroller or person.cane)  # hands that hold something stay where it is
        bent[5] &= not person.cane
        upper[bent, 0] += (lean * 0.36)[bent]
        upper[bent, 2] -= (lean**2 * 0.16)[bent]
    shape = np.concatenate([np.array((*_leg(phase, 1, moving), *_leg(phase + pi, -1, moving))), upper]) * person.height
    shape[:, 2] += bob * person.height
    return placed(shape, ground, heading)


def placed(local: Points, ground: tuple[float, float], heading: float) -> Points:
    """Turn points of somebody's own metres and move them to a place on the ground."""
    turn = np.array([[cos(heading), -sin(heading), 0], [sin(heading), cos(heading), 0], [0, 0, 1.0]])
    moved: Points = local @ turn.T + (ground[0], ground[1], 0.0)
    return moved


def heading_of(body: Points) -> float:
    """Where somebody looks, radians counter-clockwise from east: where the toes point."""
    ahead = body[LEFT_LEG[3]] - body[LEFT_LEG[2]] + body[RIGHT_LEG[3]] - body[RIGHT_LEG[2]]
    return atan2(float(ahead[1]), float(ahead[0]))


def reach_of(person: Person, body: Points, heading: float, *, wet: bool = False) -> Points:
    """Give points that hold all there is of somebody on foot: joints, stroller, umbrella."""
    parts = [body]
    foot = (body[HIP, 0], body[HIP, 1])
    if person.stroller:
        corners = [(PUSHED_METRES + x, y, z) for x in (-0.45, 0.5) for y in (-0.3, 0.3) for z in (0.0, 1.05)]
        parts.append(placed(np.array(corners), foot, heading))
    if wet and person.umbrella and not person.stroller:
        top = float(body[HEAD, 2]) + 0.36
        parts.append(placed(np.array([(x, y, z) for x in (-0.5, 0.62) for y in (-0.55, 0.55) for z in (top - 0.4, top)]), foot, heading))
    return np.concatenate(parts)


def head_box(person: Person, body: Points, view: View) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the head in pixels."""
    pixels, depth = view.project(body[HEAD : HEAD + 1])
    radius = (person.head_size * 1.2 + (0.012 if person.helmet or person.hat else 0.0)) * view.focal * person.height / float(depth[0])
    x, y = pixels[0]
    return float(x - radius), float(y - radius * 1.15), float(x + radius), float(y + radius)


def shadow_limbs(person: Person, body: Points, light: Light, view: View) -> list[tuple[list[float], list[float], float]]:
    """Give the limbs of the shadow on the ground: two pixels and a radius in pixels each."""
    sun = np.asarray(light.sun)
    if person.stroller:
        foot = (float(body[HIP, 0]), float(body[HIP, 1]))
        pram = [(PUSHED_METRES + x, 0.0, z) for x, z in ((-0.25, 0.5), (0.35, 0.5), (-0.26, 0.1), (0.3, 0.1), (-0.2, 0.85))]
        body = np.concatenate([body, placed(np.array(pram), foot, heading_of(body))])
    ground = body - (body[:, 2:] / max(float(sun[2]), 0.15)) * sun
    ground[:, 2] = 0.0
    pixels, depth = view.project(ground)
    unit = view.focal * person.height / float(depth[HIP])
    chains: tuple[tuple[int, int, float], ...] = (
        (0, 1, 0.045),
        (1, 2, 0.035),
        (4, 5, 0.045),
        (5, 6, 0.035),
        (HIP, NECK, 0.095 * person.girth),
        (NECK, HEAD, 0.06),
        (8, 10, 0.03),
        (11, 13, 0.03),
    )
    if person.stroller:
        chains += ((18, 19, 0.13), (18, 22, 0.11), (18, 20, 0.03), (19, 21, 0.03), (20, 20, 0.06), (21, 21, 0.05))
    at = pixels.tolist()
    return [(at[a], at[b], radius * unit) for a, b, radius in chains]
