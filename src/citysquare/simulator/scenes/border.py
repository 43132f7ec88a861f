"""The border approach: lanes with booths and barriers below a canopy, a queue before it, and the way back beside it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from citysquare.simulator.drawing.boards import Board
from citysquare.simulator.drawing.facade import Style
from citysquare.simulator.drawing.furniture import Block, bin_, lamp, sign
from citysquare.simulator.drawing.gates import barrier, booth, canopy, cones, fence, flag, lane_signal
from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.drawing.ground import ASPHALT, GRASS, MARKING, SLABS, Ground
from citysquare.simulator.drawing.houses import SLATE, House
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.nature import POPLAR, Hedge, Tree
from citysquare.simulator.drawing.stage import Prop
from citysquare.simulator.scenes.base import Scene, drive, standing_car, walk
from citysquare.simulator.scenes.line import Line
from citysquare.simulator.scenes.streets import CREAM, MINT
from citysquare.simulator.traffic import Lane

CONTROL = Style((212, 214, 216), (150, 96, 40), 2, 3.2, 2.6, (1.7, 1.4), order="plain")
LANES = (0.0, 5.2, 10.4)
ISLANDS = (-2.6, 2.6, 7.8, 13.0)


def border_ground(ground: Ground, flags: tuple[str, ...], words: tuple[str, ...]) -> list[Prop]:
    """Lay the border out under the flags of its state, with words on its canopy."""
    ground.area([(-120, -10), (120, -10), (120, 240), (-120, 240)], GRASS)
    ground.area([(-11.5, -10), (15.5, -10), (15.5, 160), (-11.5, 160)], ASPHALT)
    ground.area([(-32, 22), (-11.5, 22), (-11.5, 56), (-32, 56)], SLABS)
    ground.area([(-80, 120), (120, 120), (120, 128), (-80, 128)], ASPHALT)
    ground.area([(-18, -10), (-11.7, -10), (-11.7, 22), (-18, 22)], SLABS)
    for x in (-11.6, 15.6):
        ground.kerb((x, -8), (x, 118))
    for x in ISLANDS:
        ground.area([(x - 0.85, 25), (x + 0.85, 25), (x + 0.85, 45), (x - 0.85, 45)], SLABS)
        for side in (-0.85, 0.85):
            ground.kerb((x + side, 25), (x + side, 45))
        ground.area([(x - 0.8, 21.5), (x, 16.5), (x + 0.8, 21.5), (x, 23.6)], ASPHALT, (200, 204, 206))
    for x in (2.6, 7.8):
        ground.dashes((x, -8), (x, 15), 3, 3)
    ground.strip((-2.6, -8), (-2.6, 16.5), 0.16, ASPHALT, MARKING)
    ground.strip((-3.0, -8), (-3.0, 16.5), 0.16, ASPHALT, MARKING)
    ground.strip((-7.0, 47), (-7.0, 118), 0.13, ASPHALT, MARKING)
    for x in LANES:
        ground.strip((x - 1.7, 27.6), (x + 1.7, 27.6), 0.35, ASPHALT, MARKING)
        ground.area([(x - 0.1, 6), (x + 0.1, 6), (x + 0.1, 9), (x + 0.45, 9), (x, 11), (x - 0.45, 9), (x - 0.1, 9)], ASPHALT, MARKING)
    props: list[Prop] = [canopy((2.0, 34), (27, 13))]
    props += [booth((x, 33.5), 90) for x in ISLANDS]
    props += [barrier((x - 0.3, 30.2), 180, 3.2, raised) for x, raised in ((2.6, 78), (7.8, 82), (13.0, 0))]
    props += [barrier((-2.6, 37), 180, 3.6, 80)]
    props += [lane_signal((x, 27.2), -90, 4.6, free=free) for x, free in ((0.0, True), (5.2, True), (10.4, False))]
    props += [Block((x - 0.75, 25.2, 0), (x + 0.75, 25.8, 0.9), (60, 190, 230)) for x in ISLANDS]
    props += cones((8.8, 20), (12.4, 20), 5)
    props.append(Board((-5.0, 27.4), (9.0, 27.4), 5.65, 6.42, words, (146, 84, 28)))
    props += [Board((16.0, 17.5), (18.2, 17.5), 1.6, 3.2, ("STOP", "CONTROL"), (48, 40, 190))]
    props += [Block((17.05, 17.52, 0), (17.15, 17.6, 1.6), (140, 140, 140))]
    props += [flag((-13.2 + 2.6 * k, 25.0), 12, state, 8.5) for k, state in enumerate(flags)]
    props += [
        House((-30, 40), 0, 16, 11, CONTROL, 301, "flat"),
        House((22, 48), 0, 24, 14, replace(CONTROL, storeys=1, storey=5.2), 302, "flat", SLATE),
        House((-36, 132), 0, 34, 12, CREAM, 303, "hip"),
        House((4, 132), 0, 26, 12, MINT, 304, "hip"),
        House((36, 132), 0, 30, 12, CREAM, 305, "gable"),
        lamp((-12.6, 14), 0, 9.0, 2.2),
        lamp((16.4, 20), 180, 9.0, 2.2),
        lamp((16.4, 58), 180, 9.0, 2.2),
        lamp((-12.6, 60), 0, 9.0, 2.2),
        sign((-12.4, 18.5), -85, "no_entry"),
        sign((16.3, 12.0), -95, "stop"),
        standing_car(ground, "truck", 61, (20.0, 22), 90),
        standing_car(ground, "truck", 62, (20.0, 34), 90),
        standing_car(ground, "van", 63, (-20, 34), 180),
        bin_((-13.0, 30)),
        Hedge((-13, 57), (-30, 57), 41, 1.2),
    ]
    props += fence((17.6, 4), (17.6, 76)) + fence((-33, 58), (-12.5, 58))
    ground.area([(17.9, 8), (26, 8), (26, 47), (17.9, 47)], ASPHALT, (112, 110, 108))
    props += [Tree((28 + 5 * k, 20 + 9 * (k % 2)), 310 + k, 8.5, 2.4, leaf=POPLAR) for k in range(6)]
    props += [Tree((-38 - 6 * k, 30 + 8 * (k % 3)), 320 + k, 9.0, 2.6) for k in range(6)]
    props += [Tree((-17 - 7 * k, 66 + 6 * (k % 2)), 330 + k, 8.0, 2.3, leaf=POPLAR) for k in range(5)]
    props += [Tree((20 + 7 * k, 84 + 6 * (k % 2)), 340 + k, 8.5, 2.4) for k in range(6)]
    return props


def _controlled(x: float, kinds: tuple[str, ...], stop: float, wait: float) -> Lane:
    """Drive up to the line before a booth, wait there, and on below the canopy until it hides what goes on."""
    return replace(drive((x, -4), (x, 112), kinds=kinds, count=4, speed=(9.0, 11.0), stop=stop), must_stop=wait, aside=0.1)


BORDER = Scene(
    "border",
    View((-8.0, -7.0, 8.6), 13, 15.5),
    Light((-0.5, -0.7, 0.8)),
    partial(border_ground, flags=("UA",), words=("BORDER CONTROL",)),
    (
        _controlled(0.0, ("car", "car", "van"), 33.0, 2.0),
        _controlled(5.2, ("car", "truck", "van"), 31.5, 2.4),
        drive((-7.6, 114), (-7.6, -6), kinds=("car", "car", "van", "truck", "bus"), count=4, speed=(9.0, 11.0)),
        walk((-19.0, 42.0), (-18.6, 37.0), (-13.2, 34.5), (-13.0, 28), (-17.5, 20), (-18.6, 8), count=1),
        walk((-28, 42), (-28, 37.5), (-16, 36.8), (-15.5, 42), count=1),
        walk((-19.5, 16), (-14, 13), (-13.6, -4), (-14, -10), count=1),
    ),
    0.6,
    19,
    (Line("entry", (-2.0, 20.0), (13.0, 20.0)), Line("return", (-11.4, 20.0), (-3.2, 20.0))),
    one_way=True,
)

BORDERS = (BORDER,)
