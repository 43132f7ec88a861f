"""More streets: a roundabout, an avenue with a row of trees in its middle, the forecourt of a station."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import cos, radians, sin

from citysquare.simulator.drawing.boards import Board
from citysquare.simulator.drawing.facade import Style
from citysquare.simulator.drawing.furniture import bench, bin_, bollards, kiosk, lamp, lantern, shelter, sign
from citysquare.simulator.drawing.gates import flag
from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.drawing.ground import ASPHALT, GRASS, MARKING, SETTS, SLABS, Ground
from citysquare.simulator.drawing.houses import RUST, SLATE, House
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.nature import ACACIA, POPLAR, Hedge, Tree
from citysquare.simulator.drawing.stage import Prop
from citysquare.simulator.drawing.street_things import clock, cycle_stand, obelisk, planter
from citysquare.simulator.scenes.base import CARS, TRAFFIC, Scene, drive, hurry, standing_car, walk
from citysquare.simulator.scenes.line import Line
from citysquare.simulator.scenes.places import TULIPS
from citysquare.simulator.scenes.streets import BLUE, CREAM, MINT, OCHRE, PANEL, ROSE
from citysquare.simulator.traffic import Lane

Point = tuple[float, float]


def arc(centre: Point, radius: float, begin: float, end: float, step: float = 15.0) -> tuple[Point, ...]:
    """Give points on an arc from one angle to another (degrees counter-clockwise from the x axis)."""
    count = max(1, round(abs(end - begin) / step))
    angles = [radians(begin + (end - begin) * k / count) for k in range(count + 1)]
    return tuple((centre[0] + radius * cos(angle), centre[1] + radius * sin(angle)) for angle in angles)


MIDDLE: Point = (0.0, 26.0)
RING = 9.6


def _ring_kerb(ground: Ground, radius: float, begin: float = 0.0, end: float = 360.0) -> None:
    points = arc(MIDDLE, radius, begin, end, 6.0)
    for a, b in pairwise(points):
        ground.kerb(a, b)


def _roundabout(ground: Ground) -> list[Prop]:
    ground.area([(-90, -8), (90, -8), (90, 66), (-90, 66)], SLABS)
    ground.area([(-10, 40), (10, 40), (10, 150), (-10, 150)], SLABS)
    ground.area([(-4, -10), (4, -10), (4, 150), (-4, 150)], ASPHALT)
    ground.area([(-90, 22), (90, 22), (90, 30), (-90, 30)], ASPHALT)
    ground.area([(-80, 112), (80, 112), (80, 120), (-80, 120)], ASPHALT)
    ground.area(list(arc(MIDDLE, 13.4, 0, 345)), ASPHALT)
    for begin in (18, 108, 198, 288):
        _ring_kerb(ground, 13.5, begin, begin + 54)
    ground.area(list(arc(MIDDLE, 6.2, 0, 350, 10)), SETTS, (112, 120, 138))
    _ring_kerb(ground, 6.3)
    ground.area(list(arc(MIDDLE, 4.9, 0, 350, 10)), GRASS)
    for x in (-4.15, 4.15):
        ground.kerb((x, -8), (x, 13.0))
        ground.kerb((x, 39.0), (x, 111))
    for y in (21.85, 30.15):
        ground.kerb((-80, y), (-13, y))
        ground.kerb((13, y), (80, y))
    for x in (0.6, -0.6):
        ground.area([(x * 0.2, 4.6), (x * 1.6, 12.6), (0, 13.0)], SLABS)
        ground.area([(x * 0.2, 47.4), (x * 1.6, 39.4), (0, 39.0)], SLABS)
    ground.dashes((-3.6, 13.2), (-0.9, 13.2), 0.5, 0.4, 0.3)
    ground.dashes((0.9, 13.2), (3.6, 13.2), 0.5, 0.4, 0.3)
    ground.zebra((-3.7, 7.2), (3.7, 7.2), 3.0, 7)
    ground.zebra((-17.5, 22.4), (-17.5, 29.6), 3.0, 7)
    ground.dashes((0, 48), (0, 110), 3, 3)
    ground.dashes((-80, 26), (-20, 26), 3, 3)
    ground.dashes((16, 26), (80, 26), 3, 3)
    props: list[Prop] = [
        House((-38, 43), 0, 22, 13, CREAM, 401, "hip"),
        House((-62, 43), 0, 22, 13, OCHRE, 402, "hip"),
        House((13, 43), 0, 20, 13, ROSE, 403, "hip"),
        House((34, 43), 0, 22, 13, BLUE, 404, "hip", RUST),
        House((-22, 58), 0, 12, 16, MINT, 405),
        House((11, 58), 0, 14, 16, OCHRE, 406, "gable", RUST),
        House((-22, 77), 0, 12, 20, ROSE, 407),
        House((11, 77), 0, 14, 24, CREAM, 408, "hip"),
        House((-40, 124), 0, 38, 12, replace(MINT, storeys=3), 409, "hip"),
        House((2, 124), 0, 34, 12, PANEL, 410, "flat"),
        obelisk(MIDDLE, 6.2),
        lamp((-13.2, 39.6), -60, 8.5, 2.0),
        lamp((13.2, 39.2), 240, 8.5, 2.0),
        lamp((5.4, 60), 180),
        sign((4.8, 14.6), -80, "yield"),
        sign((-5.0, 38.0), 80, "yield"),
        sign((-5.0, 5.2), -90, "crossing"),
        bench((-12.5, 13.4), 45),
        bin_((-13.8, 12.0)),
        standing_car(ground, "car", 71, (3.0, 58), 90),
        standing_car(ground, "van", 72, (2.9, 66), 90),
        kiosk((16, 36.4), -90, (120, 150, 90)),
    ]
    rim = arc(MIDDLE, 3.9, 0, 330, 30)
    props += [Hedge(a, b, 412 + k, 0.4, 0.7, flowers=TULIPS) for k, (a, b) in enumerate(zip(rim, (*rim[1:], rim[0]), strict=True))]
    props += [Tree((x, y), 420 + k, 6.8, 2.0, leaf=ACACIA) for k, (x, y) in enumerate(((-6.2, 50), (6.2, 53), (-6.2, 64), (6.2, 70)))]
    props += [Tree((x, 39.8), 430 + k, 6.4, 2.0) for k, x in enumerate((-33, -26, -19, 21, 29))]
    return props


def _round(*, enter: float, leave: float, begin: tuple[Point, ...], end: tuple[Point, ...], count: int = 2) -> Lane:
    return drive(*begin, *arc(MIDDLE, RING, enter, leave), *end, kinds=(*CARS, "truck"), count=count, speed=(6.5, 8.0))


ROUNDABOUT = Scene(
    "roundabout",
    View((-10.5, -4.0, 9.0), 15, 16.5),
    Light((-0.5, -0.65, 0.75)),
    _roundabout,
    (
        _round(enter=-62, leave=62, begin=((2, -8), (2, 13)), end=((2, 42), (2, 116), (40, 116))),
        _round(enter=115, leave=242, begin=((40, 118), (-2, 118), (-2, 42)), end=((-2, 13), (-2, -8))),
        _round(enter=28, leave=242, begin=((34, 28), (13, 28)), end=((-2, 13), (-2, -8))),
        _round(enter=208, leave=332, begin=((-40, 24), (-13, 24)), end=((13, 24), (36, 24))),
        _round(enter=-62, leave=152, begin=((2, -8), (2, 13)), end=((-13, 28), (-42, 28))),
        walk((-12, -3), (-9, 6.5), (-4.2, 7.0), (4.4, 7.4), (9.0, 8.0), (12.5, 4.0), count=2),
        walk((-40, 20), (-17.8, 20.8), (-17.4, 31.4), (-25, 44.5), count=2),
        walk((14.5, 44.5), (14.5, 40.5), (9.0, 41), (6.6, 48), (9.5, 57), (12.5, 58.5), count=1),
        walk((-42, 34.0), (-20, 35), (-17.5, 40.8), (-17.5, 45), count=1),
    ),
    0.15,
    21,
    (Line("south", (-4.2, 10.5), (4.2, 10.5)), Line("west", (-15.0, 22.0), (-15.0, 30.0))),
    main_road=True,
)


def _avenue(ground: Ground) -> list[Prop]:
    ground.area([(-90, -8), (90, -8), (90, 150), (-90, 150)], SLABS)
    for side in (-1, 1):
        ground.area([(side * 4, -10), (side * 11.2, -10), (side * 11.2, 150), (side * 4, 150)], ASPHALT)
        ground.kerb((side * 4, -8), (side * 4, 22.6))
        ground.kerb((side * 4, 29.4), (side * 4, 118))
        ground.kerb((side * 11.3, -8), (side * 11.3, 118))
        ground.dashes((side * 7.6, -8), (side * 7.6, 21), 3, 4)
        ground.dashes((side * 7.6, 31), (side * 7.6, 118), 3, 4)
        ground.zebra((side * 4.4, 26), (side * 10.9, 26), 3.6, 6)
        ground.area([(side * 1.6, 29.5), (side * 3.8, 29.5), (side * 3.8, 117), (side * 1.6, 117)], GRASS)
        ground.area([(side * 1.6, -8), (side * 3.8, -8), (side * 3.8, 22.5), (side * 1.6, 22.5)], GRASS)
        ground.area([(side * 13.2, -8), (side * 15.0, -8), (side * 15.0, 118), (side * 13.2, 118)], ASPHALT, (92, 96, 128))
    ground.area([(-90, 120), (90, 120), (90, 128), (-90, 128)], ASPHALT)
    ground.stop_line((4.2, 22.4), (11.0, 22.4))
    ground.stop_line((-11.0, 29.8), (-4.2, 29.8))
    tall = replace(CREAM, storeys=4)
    props: list[Prop] = []
    for k, (y, style, deep) in enumerate(((31, tall, 12), (50.5, ROSE, 12), (70, OCHRE, 12), (89.5, replace(MINT, storeys=3), 12))):
        props.append(House((-19, y), 90, 18.5, deep, style, 441 + k, "hip", RUST if k % 2 else (58, 84, 150)))
    for k, (y, style) in enumerate(((30, ROSE), (49.5, replace(PANEL, storeys=5)), (70, tall), (90, BLUE))):
        props.append(House((19, y + 18.5), 270, 18.5, 12, style, 451 + k, "flat" if style.order == "panel" else "hip"))
    props += [House((-44, 132), 0, 40, 12, tall, 461, "hip", SLATE), House((0, 132), 0, 44, 12, replace(ROSE, storeys=4), 462, "hip")]
    for side in (-1, 1):
        props += [Tree((side * 2.7, 33.5 + 8 * k), 470 + k + 20 * side, 7.0, 1.9, 2.4, ACACIA) for k in range(10)]
        props += [Tree((side * 12.3, 36 + 10 * k), 510 + k + 20 * side, 6.4, 1.7, 2.2) for k in range(7)]
        props += [Hedge((side * 3.2, 6.5), (side * 3.2, 21.5), 540 + side, 0.45, 0.9, flowers=TULIPS)]
        props += [lamp((side * 11.9, y), 180 if side > 0 else 0, 9.0, 2.4) for y in (31, 56, 81)]
    props += [lantern((0, 13)), lantern((0, 34)), lantern((0, 52)), lantern((0, 70)), bench((-1.2, 16.4), 0), bench((1.2, 38), 180)]
    props += [
        bin_((1.3, 15)),
        sign((11.8, 22.8), -90, "crossing"),
        sign((-11.8, 29.4), 90, "crossing"),
        planter((0, 21.2)),
        planter((0, 31)),
    ]
    return props


AVENUE = Scene(
    "avenue",
    View((-13.4, -5.0, 8.8), 13, 14.5),
    Light((-0.45, -0.7, 0.8), haze_metres=300),
    _avenue,
    (
        drive((5.8, -8), (5.8, 124), (60, 124), kinds=TRAFFIC, count=3, speed=(11.5, 14.0), stop=28.0),
        drive((9.3, -8), (9.3, 124), (60, 124), kinds=(*CARS, "bus"), count=3, speed=(11.0, 13.5), stop=28.0),
        drive((-60, 124), (-5.8, 124), (-5.8, -8), kinds=TRAFFIC, count=4, speed=(11.5, 14.0), stop=146.0),
        drive((-60, 124), (-9.3, 124), (-9.3, -8), kinds=(*CARS, "truck"), count=3, speed=(11.0, 13.5), stop=143.0),
        hurry((-25.5, 26.6), (-12, 26.4), (11.4, 26.2), (20.0, 26.8), count=2, speed=(1.85, 2.2)),
        hurry((20.0, 25.4), (11, 25.6), (-11.6, 25.2), (-25.5, 25.4), count=1, speed=(1.85, 2.2)),
        walk((0.3, 6.5), (0.6, 22.0), (3.6, 25.2), (11.4, 25.4), (19.5, 25.8), count=1),
        walk((-15.8, 2.5), (-16.2, 11.0), (-23.5, 16.5), count=1),
        walk((-24.5, 20.5), (-16.4, 18.4), (-16.0, 2.5), count=1),
        walk((21.5, 40), (16.4, 40), (16.4, 46), (21.5, 46.5), count=1),
        walk((-22, 38), (-16.8, 38.4), (-16.8, 44), (-22, 44.5), count=1),
        replace(walk((-14.1, 2.0), (-14.1, 74), (-22, 79), count=1), kinds=("bicycle",), speed=(4.4, 5.4)),
    ),
    0.85,
    22,
    (
        Line("eastern lanes", (4.0, 36.0), (11.2, 36.0)),
        Line("western lanes", (-11.2, 36.0), (-4.0, 36.0)),
        Line("crossing", (0.0, 23.6), (0.0, 28.4)),
    ),
    main_road=True,
)


def _station(ground: Ground) -> list[Prop]:
    ground.area([(-90, -10), (90, -10), (90, 120), (-90, 120)], SLABS)
    ground.area([(-90, 8), (90, 8), (90, 15.5), (-90, 15.5)], ASPHALT)
    ground.area([(-28, 19), (30, 19), (30, 45), (-28, 45)], SETTS, (126, 134, 144))
    ground.area([(-24, 24.5), (20, 24.5), (20, 31), (-24, 31)], ASPHALT)
    for x in (-24, 16.4):
        ground.area([(x, 15), (x + 5.2, 15), (x + 5.2, 25), (x, 25)], ASPHALT)
    for y in (7.85, 15.65):
        ground.kerb((-90, y), (90, y))
    ground.kerb((-24, 31.15), (21.6, 31.15))
    ground.kerb((-18.6, 24.35), (16.2, 24.35))
    ground.dashes((-90, 11.75), (90, 11.75), 3, 4)
    for k in range(6):
        ground.strip((-14 + 5.6 * k, 24.6), (-14 + 5.6 * k, 26.8), 0.12, ASPHALT, MARKING)
    ground.zebra((-2.4, 8.3), (-2.4, 15.2), 3.4, 7)
    ground.area([(-16, 18.6), (14, 18.6), (14, 23), (-16, 23)], GRASS)
    ground.area([(-4.4, 15.6), (-0.6, 15.6), (-0.6, 24.4), (-4.4, 24.4)], SLABS)
    hall = Style((176, 206, 226), (226, 232, 236), 2, 5.0, 3.4, (1.9, 3.0), order="old")
    wing = replace(hall, storeys=1, storey=4.6)
    props: list[Prop] = [
        House((-11, 46), 0, 22, 14, hall, 601, "hip", RUST),
        House((-37, 48), 0, 26, 11, wing, 602, "hip", RUST),
        House((11, 48), 0, 28, 11, wing, 603, "hip", RUST),
        House((3.2, 45.4), 0, 6.2, 6.2, replace(hall, storeys=3, storey=4.9, bay=5.0, window=(1.5, 2.4)), 604, "hip", SLATE, 1.1),
        House((-74, 50), 0, 30, 12, PANEL, 605, "flat"),
        House((46, 52), 0, 30, 12, replace(MINT, storeys=3), 606, "hip"),
        House((-64, 86), 0, 60, 12, replace(PANEL, storeys=5), 607, "flat"),
        House((6, 90), 0, 60, 12, replace(PANEL, storeys=5), 608, "flat"),
        clock((6.3, 45.3), -90, 12.4, 1.05),
        Board((-9.6, 45.9), (1.6, 45.9), 5.1, 6.3, ("GARA TULCEA",), (120, 70, 30)),
        flag((-13.5, 42.5), 8, "RO", 9.0),
        flag((-16.5, 42.5), 8, "EU", 9.0),
        shelter((-9.0, 33.2), -90),
        shelter((9.6, 33.2), -90),
        sign((-4.2, 32.0), 180, "bus"),
        sign((14.0, 32.4), 180, "bus"),
        cycle_stand((20.5, 40.5), 0),
        kiosk((-22.5, 37), 0, (90, 150, 200)),
        bench((-4.8, 40.4), -90),
        bench((4.8, 40.4), -90),
        bin_((0, 41)),
        lamp((-17.0, 16.6), -90, 8.5, 2.0),
        lamp((12.8, 16.6), -90, 8.5, 2.0),
        lantern((-7, 37)),
        lantern((8, 37)),
    ]
    props += [standing_car(ground, "car", 620 + k, (-11.2 + 5.6 * k, 25.9), 4) for k in range(4) if k != 2]
    props += [
        Hedge((-15.6, 19.4), (-5.0, 19.4), 630, 0.45, 0.9, flowers=TULIPS),
        Hedge((0.0, 19.4), (13.6, 19.4), 631, 0.45, 0.9, flowers=TULIPS),
    ]
    props += [Tree((x, 21.4), 640 + k, 5.0, 1.6, leaf=POPLAR if k % 2 else ACACIA) for k, x in enumerate((-13.0, -8.0, 4.0, 9.4, 13.0))]
    props += [Tree((-32 - 7 * k, 40), 650 + k, 7.5, 2.3) for k in range(4)] + [Tree((27 + 7 * k, 41), 660 + k, 7.5, 2.3) for k in range(4)]
    props += bollards((-20, 18.2), (-5.4, 18.2), 9) + bollards((0.4, 18.2), (15.4, 18.2), 9)
    return props


STATION = Scene(
    "station",
    View((-6.5, -7.0, 8.8), 9, 12.5),
    Light((-0.5, -0.7, 0.75)),
    _station,
    (
        drive((-40, 10.0), (44, 10.0), kinds=(*CARS, "bus"), count=4, speed=(9.0, 11.5), stop=33.0),
        drive((46, 13.6), (-42, 13.6), kinds=TRAFFIC, count=4, speed=(9.0, 11.5), stop=43.5),
        drive(
            (46, 13.6),
            (21.0, 13.6),
            (18.6, 20),
            (18.6, 28.6),
            (-21.4, 28.6),
            (-21.4, 18),
            (-26, 13.6),
            (-44, 13.6),
            count=1,
            speed=(6.5, 7.5),
        ),
        walk((-6.0, 47.5), (-6.0, 42.0), (-14.5, 41.6), (-20.5, 44), (-20.5, 49.5), count=2),
        walk((16.5, 49.5), (16.5, 44), (12, 41.6), (0.6, 42), (0.6, 47.5), count=2),
        walk((-2.8, 2.5), (-2.4, 15.8), (-5.4, 17.0), (-19.0, 17.0), count=1),
        walk((17.0, 17.2), (0.4, 17.0), (-2.2, 15.4), (-2.2, 2.5), count=1),
        hurry((-2.6, 2.5), (-2.4, 24.5), (-2.4, 40), (-6.4, 43), (-6.4, 47.5), count=1),
        walk((-6.6, 47.5), (-6.6, 42.5), (-9, 36.2), (-6.4, 34.4), (-5.4, 42.6), (-5.4, 47.5), count=1, stop=12.0, wait=3.0),
    ),
    0.1,
    23,
    (Line("street", (2.0, 8.0), (2.0, 15.5)), Line("crossing", (-4.6, 11.7), (-0.4, 11.7)), Line("entrance", (-10.0, 43.5), (2.5, 43.5))),
    main_road=True,
)

AVENUES = (ROUNDABOUT, AVENUE, STATION)
