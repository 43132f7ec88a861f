"""More places for people: a park with a fountain, a yard between blocks of flats, a quay with cranes and a flood gauge."""

from __future__ import annotations

from dataclasses import replace

from citysquare.simulator.drawing.boards import Board
from citysquare.simulator.drawing.facade import Style
from citysquare.simulator.drawing.furniture import bench, bin_, boat, kiosk, lamp, lantern, railing, sign
from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.drawing.ground import ASPHALT, EARTH, GRASS, MARKING, SETTS, SLABS, WATER, Ground
from citysquare.simulator.drawing.houses import RUST, SLATE, House
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.nature import ACACIA, POPLAR, WILLOW, Hedge, Tree
from citysquare.simulator.drawing.stage import Prop
from citysquare.simulator.drawing.street_things import crane, fountain, pile, planter, slide, swing
from citysquare.simulator.scenes.avenues import arc
from citysquare.simulator.scenes.base import CARS, Scene, drive, hurry, standing_car, walk
from citysquare.simulator.scenes.line import Line
from citysquare.simulator.scenes.places import TULIPS
from citysquare.simulator.scenes.streets import BLUE, CREAM, MINT, OCHRE, PANEL

GRAVEL = (128, 152, 168)
BASIN = (0.0, 22.0)


def _park(ground: Ground) -> list[Prop]:
    ground.area([(-120, -20), (120, -20), (120, 140), (-120, 140)], GRASS)
    for a, b, width in (
        ((0, -10), (0, 66), 4.4),
        ((-60, 22), (60, 22), 3.6),
        ((-40, -6), (40, 50), 2.6),
        ((40, -6), (-40, 50), 2.6),
        ((-70, 64), (70, 64), 5.0),
        ((-60, 9.4), (60, 9.4), 3.0),
    ):
        ground.strip(a, b, width, EARTH, GRAVEL)
    ground.area(list(arc(BASIN, 10.5, 0, 354, 6)), SLABS)
    ground.area(list(arc(BASIN, 6.4, 0, 350, 10)), SETTS)
    theatre = Style((196, 222, 236), (226, 232, 236), 2, 4.8, 3.4, (1.8, 3.0), order="old")
    props: list[Prop] = [
        fountain(BASIN, 4.4),
        House((-17, 70), 0, 34, 18, theatre, 701, "hip", SLATE),
        House((-56, 76), 0, 26, 14, CREAM, 702, "hip"),
        House((30, 76), 0, 26, 14, OCHRE, 703, "hip", RUST),
        kiosk((13.5, 36.5), 200, (140, 170, 110)),
        bin_((-9.4, 26.5)),
        bin_((9.2, 17.0)),
    ]
    for k, (x, y) in enumerate(arc(BASIN, 9.4, 20, 380, 40)[:9]):
        if k not in (4, 8):
            props.append(bench((x, y), 20 + 40 * k + 180))
    props += [lantern(at) for at in ((-3.2, 10.5), (3.2, 10.5), (-12.4, 24.6), (12.4, 24.6), (-3.2, 36), (3.2, 36), (-3.2, 50), (3.2, 50))]
    props += [planter((x, y)) for x, y in ((-7.9, 29.2), (7.9, 29.2), (-7.9, 14.8), (7.9, 14.8))]
    beds = (((-9, 4.6), (-3.4, 4.6)), ((3.4, 4.6), (9, 4.6)), ((-3.0, 40), (-3.0, 48)), ((3.0, 40), (3.0, 48)))
    props += [Hedge(a, b, 710 + k, 0.45, 1.4, flowers=TULIPS) for k, (a, b) in enumerate(beds)]
    for side in (-1, 1):
        props += [Hedge((side * 3.0, 52), (side * 3.0, 61), 720 + side, 0.9)]
        rows = ((5.6, 41), (5.8, 49), (5.8, 57), (14, 32), (21, 30), (28, 34), (17, 42), (24, 46), (32, 44), (13, 54), (22, 57), (34, 56))
        for k, (x, y) in enumerate(rows):
            props.append(
                Tree(
                    (side * x, y), 730 + k + 40 * (side + 1), 7.0 + 1.5 * (k % 3), 2.2 + 0.3 * (k % 2), 2.2, (ACACIA, POPLAR, WILLOW)[k % 3]
                )
            )
        props += [Tree((side * (15.5 + 6 * k), 14 - 2 * k), 850 + k + 20 * side, 7.5, 2.4, 2.2) for k in range(4)]
    return props


PARK = Scene(
    "park",
    View((1.5, -8.0, 7.6), -2, 14.0),
    Light((-0.5, -0.6, 0.8), haze_metres=320),
    _park,
    (
        walk((-13.5, 9.4), (13.5, 8.8), count=2),
        walk((14, 9.8), (-13.5, 10.2), count=2),
        walk((-15.5, 13.6), (-8.6, 14.4), (-1.0, 8.0), (-0.8, -1.5), count=1),
        walk((1.2, -1.5), (1.2, 8.0), (8.2, 14.4), (17.0, 14.0), count=1),
        walk((6, 73), (6, 66.8), (13, 66.4), (13, 73), count=1),
        walk((-4.6, 73), (-4.6, 66.2), (-12, 66.6), (-12, 73), count=1),
        walk((28, 32.6), (16.8, 34.6), (16.2, 35.4), (28, 36.4), count=1, stop=11.6, wait=2.0),
        hurry((-21.5, 21.6), (-10, 21.4), (-6.8, 15.6), (6.8, 15.6), (10, 21.4), (23, 21.6), count=1),
        hurry((23, 22.8), (10, 22.8), (5.5, 29.4), (-5.5, 29.4), (-10, 22.8), (-22, 22.8), count=1),
        replace(
            walk((-40, 49.8), (-12, 30.6), (-6.5, 15.4), (5, 14.8), (17, 10.2), (24, 5.4), count=1), kinds=("bicycle",), speed=(3.6, 4.6)
        ),
        replace(walk((44, 64.6), (-44, 64.6), count=1), kinds=("bicycle",), speed=(4.6, 5.6)),
    ),
    0.85,
    31,
    (Line("main path", (-2.2, 6.6), (2.2, 6.6)), Line("cross path", (3.5, 7.4), (3.5, 11.4))),
)


def _courtyard_ground(ground: Ground) -> None:
    ground.area([(-120, -10), (120, -10), (120, 140), (-120, 140)], GRASS)
    ground.area([(-90, -10), (90, -10), (90, 8), (-90, 8)], SLABS)
    ground.area([(-90, 2.5), (90, 2.5), (90, 8.5), (-90, 8.5)], ASPHALT)
    ground.area([(-14, 8), (-8.5, 8), (-8.5, 90), (-14, 90)], ASPHALT)
    ground.area([(-14, 47), (44, 47), (44, 52), (-14, 52)], ASPHALT)
    ground.area([(-14, 82), (60, 82), (60, 87), (-14, 87)], ASPHALT)
    ground.area([(-16.5, 13), (-14, 13), (-14, 44), (-16.5, 44)], ASPHALT, (108, 106, 105))
    ground.kerb((-90, 2.35), (90, 2.35))
    for a, b in (
        ((-90, 8.65), (-14, 8.65)),
        ((-8.5, 8.65), (90, 8.65)),
        ((-14.15, 9), (-14.15, 56)),
        ((-8.35, 9), (-8.35, 46.8)),
        ((-8.2, 46.85), (44, 46.85)),
    ):
        ground.kerb(a, b)
    ground.dashes((-90, 5.5), (90, 5.5), 3, 4)
    ground.zebra((-3.2, 2.9), (-3.2, 8.2), 3.2, 5)
    ground.area([(-90, 8.6), (90, 8.6), (90, 10.3), (-90, 10.3)], SLABS)
    ground.area([(-1.4, 12.0), (30, 12.0), (30, 13.7), (-1.4, 13.7)], SLABS)
    ground.area([(-14, 8.6), (-8.5, 8.6), (-8.5, 10.4), (-14, 10.4)], ASPHALT)
    ground.area([(-5.2, 8.6), (-1.4, 8.6), (-1.4, 47), (-5.2, 47)], SLABS)
    ground.area([(-1.4, 38), (34, 38), (34, 40.5), (-1.4, 40.5)], SLABS)
    ground.area([(-90, 52), (-14, 52), (-14, 57), (-90, 57)], SLABS)
    ground.area([(-8.4, 52), (50, 52), (50, 57), (-8.4, 57)], SLABS)
    ground.area([(2, 15), (20, 15), (20, 35), (2, 35)], EARTH, (128, 162, 190))
    for k in range(10):
        ground.strip((4 + 2.7 * k, 43.4), (4 + 2.7 * k, 46.8), 0.12, ASPHALT, MARKING)


def _courtyard(ground: Ground) -> list[Prop]:
    _courtyard_ground(ground)
    five, four = replace(PANEL, storeys=5), Style((186, 204, 220), (150, 130, 110), 4, 3.0, 3.0, (1.5, 1.4), order="panel")
    props: list[Prop] = [
        House((-58, 58), 0, 43, 13, five, 751, "flat"),
        House((-7, 58), 0, 42, 13, five, 752, "flat"),
        House((40, 60), 0, 30, 13, four, 753, "flat"),
        House((-32, 12), 90, 40, 12, four, 754, "flat"),
        House((-20, 92), 0, 60, 12, replace(CREAM, storeys=5, shops=False), 755, "flat"),
        slide((8, 25), -60),
        swing((14.5, 29), 100),
        swing((5.5, 31.5), 60),
        bench((3.2, 19), 0),
        bench((12, 35.8), -90),
        bench((19, 20), 180),
        bin_((3.0, 16.4)),
        bin_((-0.6, 41.2)),
        lamp((-7.6, 24), 180, 7.5, 1.6),
        lamp((-7.6, 46), 180, 7.5, 1.6),
        lamp((22, 41.6), 90, 7.5, 1.6),
        sign((-0.8, 9.9), -90, "crossing"),
    ]
    props += [
        standing_car(ground, "van" if k == 5 else "car", 770 + k, (5.3 + 2.7 * k, 44.9), 90 if k % 3 else -90)
        for k in range(9)
        if k not in (2, 6)
    ]
    props += [standing_car(ground, "car", 790 + k, (-15.3, 17.5 + 7 * k), 90) for k in range(4) if k != 2]
    props += railing((1.6, 14.6), (20.4, 14.6), (60, 160, 200), 0.9) + railing((20.4, 14.6), (20.4, 35.4), (60, 160, 200), 0.9)
    props += [
        Hedge((-8.0, 56.0), (12, 56.0), 760, 0.7),
        Hedge((-1.0, 10.4), (24, 10.4), 761, 0.8),
        Hedge((-40, 10.2), (-15.4, 10.2), 762, 0.8),
    ]
    places = (
        (-6.6, 14),
        (-6.6, 30),
        (-6.6, 38),
        (0.4, 36.6),
        (23, 17),
        (24, 27),
        (25, 35),
        (30, 22),
        (-18, 20),
        (-19, 30),
        (-18, 40),
        (34, 30),
    )
    props += [Tree(at, 800 + k, 6.5 + (k % 3), 2.0 + 0.2 * (k % 2), 2.0, (ACACIA, POPLAR)[k % 2]) for k, at in enumerate(places)]
    return props


COURTYARD = Scene(
    "courtyard",
    View((4.5, -7.0, 8.2), -9, 13.5),
    Light((0.45, -0.65, 0.8)),
    _courtyard,
    (
        drive((44, 6.9), (-44, 6.9), count=3, kinds=(*CARS, "bus"), speed=(8.0, 10.0), stop=44.0),
        drive((-44, 4.0), (40, 4.0), count=2, speed=(8.0, 10.0), stop=36.0),
        drive((44, 6.9), (-9.9, 6.9), (-9.9, 84.5), (30, 84.5), count=1, speed=(6.5, 8.0)),
        drive((30, 85.5), (-12.4, 85.5), (-12.4, 6.9), (-44, 6.9), count=1, speed=(6.5, 8.0)),
        walk((-3.4, 0.5), (-3.2, 9.0), (-2.6, 12.6), (17.5, 12.8), count=1),
        walk((15.0, 9.4), (-14.0, 9.4), count=2),
        walk((-14.0, 9.9), (15, 9.8), count=1),
        walk((2, 60), (2, 54.6), (9, 54.6), (9, 60), count=2),
        walk((-22, 60), (-22, 54.6), (-28, 54.2), (-28, 60), count=1),
        walk((20, 60), (20, 54.8), (17.4, 53.0), (25.5, 54.0), (25.5, 60), count=1, stop=8.0, wait=2.0),
        replace(walk((6, 60), (5, 54.4), (-2.6, 52.0), (-3.4, 40), (-3.4, 0.5), count=1), kinds=("bicycle",), speed=(3.8, 4.8)),
    ),
    0.85,
    32,
    (Line("street", (-1.0, 5.5), (-1.0, 8.5)), Line("drive", (-14.0, 24.0), (-8.5, 24.0)), Line("footpath", (-5.2, 22.0), (-1.4, 22.0))),
)


def _quay(ground: Ground) -> list[Prop]:
    ground.area([(-120, -20), (6, -20), (6, 260), (-120, 260)], SLABS)
    ground.area([(6, -20), (420, -20), (420, 420), (6, 420)], WATER)
    ground.area([(-200, 250), (30, 250), (30, 420), (-200, 420)], GRASS)
    ground.area([(260, 120), (600, 120), (600, 900), (30, 900), (30, 420), (160, 420)], GRASS)
    ground.area([(4.6, -20), (6.2, -20), (6.2, 250), (4.6, 250)], SLABS, (168, 172, 176))
    ground.area([(-17.5, -12), (-10.2, -12), (-10.2, 128), (-17.5, 128)], ASPHALT)
    ground.area([(-80, 116), (-10.2, 116), (-10.2, 124), (-80, 124)], ASPHALT)
    ground.area([(-9.6, -12), (-7.2, -12), (-7.2, 114), (-9.6, 114)], GRASS)
    ground.area([(-6.8, -12), (-3.0, -12), (-3.0, 200), (-6.8, 200)], SETTS, (124, 132, 144))
    for x in (-10.05, -17.65):
        ground.kerb((x, -12), (x, 115))
    ground.dashes((-13.85, -12), (-13.85, 114), 3, 4)
    for x in (1.0, 2.5):
        ground.strip((x, 30), (x, 250), 0.16, SLABS, (92, 98, 108))
    depot = Style((168, 186, 200), (140, 130, 120), 2, 4.2, 3.8, (2.2, 1.8), order="plain")
    props: list[Prop] = [
        House((-19.5, 12), 90, 26, 14, replace(OCHRE, shops=False), 831, "hip"),
        House((-19.5, 41), 90, 30, 14, depot, 832, "gable", SLATE),
        House((-19.5, 74), 90, 30, 14, replace(MINT, storeys=3), 833, "hip", RUST),
        House((-64, 130), 0, 54, 14, BLUE, 834, "hip"),
        House((-6, 150), 0, 9, 30, depot, 835, "flat"),
        crane((1.7, 62), 20, 16.0),
        crane((1.7, 96), -10, 16.0),
        kiosk((-5.4, 46), 180, (190, 150, 90)),
        pile((8.4, 17.5), 3.9),
        Board((8.05, 17.1), (8.75, 17.1), -0.4, 3.6, (), (236, 240, 240), staff=True),
        pile((8.2, 36), 2.2),
        pile((8.2, 54), 2.2),
        boat((9.6, 28), 92, (60, 60, 170), 9.5),
        boat((9.8, 45), 268, (130, 90, 40), 12.0),
        boat((10.2, 70), 91, (70, 70, 76), 22.0),
        boat((60, 150), 170, (90, 110, 60), 14.0),
        sign((-9.9, 22), -90, "no_entry"),
    ]
    props += railing((4.4, 2), (4.4, 26), (66, 62, 58), 1.05) + railing((4.4, 29), (4.4, 50), (66, 62, 58), 1.05)
    props += [lantern((3.4, 9 + 12 * k)) for k in range(4)]
    props += [bench((-2.2, 12 + 12 * k), 0) for k in range(4)] + [bin_((-2.2, 14.2 + 24 * k)) for k in range(2)]
    props += [Hedge((-8.4, 5 + 12 * k), (-8.4, 12 + 12 * k), 840 + k, 0.45, 1.2, flowers=TULIPS) for k in range(4)]
    props += [Tree((-8.4, 14.4 + 12 * k), 850 + k, 6.6, 1.9, 2.3, ACACIA) for k in range(8)]
    props += [Tree((-60 + 9 * k, 256 + 7 * (k % 3)), 860 + k, 12, 4.4, 1.0, (POPLAR, WILLOW)[k % 2]) for k in range(11)]
    props += [
        Tree((44 + 15 * k, 436 - 1.2 * k * k + 9 * (k % 3)), 880 + k, 15 + 3 * (k % 3), 6.5, 1.0, (WILLOW, POPLAR, ACACIA)[k % 3])
        for k in range(16)
    ]
    return props


QUAY = Scene(
    "quay",
    View((-5.4, -7.0, 7.2), 12, 12.0),
    Light((-0.55, -0.55, 0.72), sky_colour=(238, 214, 188), haze=(228, 216, 204), haze_metres=420),
    _quay,
    (
        drive((-11.9, -10), (-11.9, 120), (-60, 120), count=2, kinds=(*CARS, "truck"), speed=(10, 12.5)),
        drive((-60, 121), (-15.7, 121), (-15.7, -10), count=3, kinds=(*CARS, "truck"), speed=(10, 12.5)),
        walk((-4.4, -0.5), (-4.8, 9.5), (-8.4, 12.8), (-12, 13.4), (-16.4, 13.4), count=2),
        walk((-16.4, 12.6), (-9, 12.4), (-3.6, 10.4), (0.8, 8.6), (1.4, -0.5), count=1),
        walk((2.4, -0.5), (3.4, 8.0), (2.2, 9.4), (-0.6, 6.0), (-1.4, -0.5), count=1, stop=8.4, wait=2.5),
        hurry((-4.6, -1), (-4.8, 34), (-9.5, 42), (-18, 46), (-22.5, 50), count=1),
        hurry((-22.5, 48), (-17.6, 45), (-9.4, 40.4), (-3.8, 33), (-3.6, -1), count=1),
        replace(walk((-3.8, -8), (-3.6, 30), (-4.2, 60), (-12.5, 72.0), (-23.0, 73.0), count=1), kinds=("bicycle",), speed=(4.0, 5.2)),
    ),
    0.8,
    33,
    (Line("street", (-17.5, 26.0), (-10.2, 26.0)), Line("promenade", (-6.8, 16.0), (4.4, 16.0))),
)

QUARTERS = (PARK, COURTYARD, QUAY)
