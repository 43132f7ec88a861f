"""Streets with traffic: junction, crossing, bus stop, bridge."""

from __future__ import annotations

from dataclasses import replace

from citysquare.simulator.drawing.facade import Style
from citysquare.simulator.drawing.furniture import Block, bench, bin_, lamp, railing, shelter, sign, traffic_light
from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.drawing.ground import ASPHALT, GRASS, MARKING, SLABS, WATER, Ground
from citysquare.simulator.drawing.houses import RUST, SLATE, House
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.nature import ACACIA, POPLAR, WILLOW, Hedge, Tree
from citysquare.simulator.drawing.stage import Prop
from citysquare.simulator.scenes.base import CARS, TRAFFIC, Scene, drive, standing_car, walk
from citysquare.simulator.scenes.line import Line

OCHRE = Style((150, 196, 218), (212, 226, 232), 2, 3.9, 2.9, (1.2, 1.9), shops=True)
ROSE = Style((168, 178, 214), (220, 226, 232), 3, 3.5, 2.8, (1.15, 1.75), shops=True)
MINT = Style((186, 206, 186), (226, 230, 230), 2, 3.8, 2.7, (1.15, 1.8))
CREAM = Style((190, 216, 226), (230, 234, 236), 3, 3.4, 2.6, (1.1, 1.7), shops=True)
BLUE = Style((206, 190, 168), (228, 230, 230), 2, 3.6, 2.8, (1.2, 1.7))
PANEL = Style((186, 192, 196), (170, 174, 178), 5, 2.9, 3.1, (1.6, 1.45), order="panel")
SCHOOL = Style((160, 200, 224), (214, 222, 228), 3, 3.7, 2.6, (1.7, 1.9), order="plain")


def _junction(ground: Ground) -> list[Prop]:
    ground.area([(-70, -4), (70, -4), (70, 60), (-70, 60)], SLABS)
    ground.area([(-9, 34), (9, 34), (9, 150), (-9, 150)], SLABS)
    ground.area([(-4, -6), (4, -6), (4, 140), (-4, 140)], ASPHALT)
    ground.area([(-80, 22), (80, 22), (80, 30), (-80, 30)], ASPHALT)
    ground.area([(-4, 112), (80, 112), (80, 120), (-4, 120)], ASPHALT)
    for x in (-4.15, 4.15):
        ground.kerb((x, -4), (x, 21.8))
        ground.kerb((x, 30.2), (x, 111))
    for y in (21.85, 30.15):
        ground.kerb((-80, y), (-4.2, y))
        ground.kerb((4.2, y), (80, y))
    ground.dashes((0, -2), (0, 14), 3, 3)
    ground.dashes((0, 38), (0, 110), 3, 3)
    ground.dashes((-80, 26), (-8, 26), 3, 3)
    ground.dashes((8, 26), (80, 26), 3, 3)
    ground.zebra((-3.7, 19.2), (3.7, 19.2), 3.2, 7)
    ground.zebra((-3.7, 33.0), (3.7, 33.0), 3.2, 7)
    ground.stop_line((-3.8, 36.0), (-0.2, 36.0))
    ground.stop_line((0.2, 16.4), (3.8, 16.4))
    houses: list[Prop] = [
        House((-27, 34.5), 0, 18.4, 13, ROSE, 3, "hip"),
        House((-48, 34.5), 0, 20, 13, MINT, 4, "hip"),
        House((8.6, 34.5), 0, 17, 12, OCHRE, 5, "hip"),
        House((27, 34.5), 0, 20, 12, PANEL, 6, "flat"),
        House((48, 34.5), 0, 20, 12, CREAM, 16, "hip"),
        House((8.8, 4.0), 0, 20, 13.3, replace(CREAM, storeys=2), 7, "hip", RUST),
        House((-22, 50), 0, 13.2, 14, CREAM, 8, "gable", RUST),
        House((8.8, 49), 0, 14, 16, BLUE, 9),
        House((-22, 68), 0, 13.0, 16, OCHRE, 10),
        House((8.8, 68), 0, 14, 20, ROSE, 11, "hip"),
        House((-22, 88), 0, 13.0, 20, MINT, 12),
        House((8.8, 90), 0, 14, 18, OCHRE, 13),
        House((-30, 124), 0, 34, 12, replace(CREAM, storeys=4), 14, "hip"),
        House((6, 124), 0, 30, 12, PANEL, 15, "flat"),
    ]
    trees = [
        Tree((x, y), 40 + k, 7.0, 2.0, leaf=ACACIA)
        for k, (x, y) in enumerate(((-5.9, 44), (5.9, 47), (-5.9, 56), (5.9, 59), (-5.9, 70), (5.9, 74), (-5.9, 86)))
    ]
    things: list[Prop] = [
        traffic_light((4.9, 17.0), -100, green=True),
        traffic_light((-4.9, 35.0), -80, green=True),
        traffic_light((-4.9, 21.0), 180, green=False),
        lamp((5.2, 31.4), 200),
        lamp((-5.4, 39.5), 0),
        lamp((5.4, 63.0), 180),
        sign((6.0, 21.2), -100, "crossing"),
        bin_((6.6, 32.3)),
        bench((10.5, 33.4), -90),
        standing_car(ground, "car", 41, (3.0, 55), 90),
        standing_car(ground, "car", 42, (3.0, 62), 90),
        Hedge((13, 20.8), (24, 20.8), 3),
    ]
    return [*houses, *trees, *things]


JUNCTION = Scene(
    "junction",
    View((-7.6, 0.0, 7.2), 13, 14.5),
    Light((-0.55, -0.6, 0.75)),
    _junction,
    (
        drive((60, 116), (-2, 116), (-2, 28), (-2, -6), count=3, kinds=TRAFFIC, speed=(12.0, 14.5), stop=138.0),
        walk((-17, 19.4), (4.5, 19.4), (7.6, 17.9), (7.6, 9.0), count=2),
        drive((2, -7), (2, 116), (60, 116), count=2, kinds=CARS, speed=(12.0, 14.5)),
        drive((-34, 24), (45, 24), count=3, kinds=("car", "car", "van", "bus"), speed=(9, 12), stop=26.0),
        drive((55, 28), (-40, 28), count=3, kinds=TRAFFIC, speed=(9, 12), stop=45.0),
        drive((-34, 24), (-2, 24), (-2, -6), count=1, speed=(7, 8), stop=26.0),
        walk((-24, 33.2), (-10, 33.2), (-10.0, 37), count=2),
        walk((-13.5, 37), (-13.5, 32.6), (5.4, 32.9), (12.8, 33.0), (12.8, 37), count=2),
        walk((21.5, 37), (21.5, 32), (15.5, 32.5), (15.5, 37), count=1),
        walk((-15.2, 12.5), (-5.4, 16.0), (-5.2, 19.2), (4.6, 19.6), (7.2, 18.0), (7.6, 9.0), count=1),
        walk((-16.2, 18.0), (-6.4, 17.2), (-5.4, 6.5), count=1),
        walk((-5.8, 6.5), (-6.6, 15.6), (-15.6, 17.0), count=1),
    ),
    0.85,
    11,
    (Line("south", (-4.2, 15.0), (4.2, 15.0)), Line("north", (-4.2, 38.0), (4.2, 38.0)), Line("west", (-10.0, 22.0), (-10.0, 30.0))),
    main_road=True,
)


def _crossing(ground: Ground) -> list[Prop]:
    ground.area([(-60, -6), (60, -6), (60, 150), (-60, 150)], GRASS)
    ground.area([(-7.6, -6), (9.5, -6), (9.5, 140), (-7.6, 140)], SLABS)
    ground.area([(-3.6, -8), (3.6, -8), (3.6, 150), (-3.6, 150)], ASPHALT)
    ground.area([(-60, 106), (60, 106), (60, 113), (-60, 113)], ASPHALT)
    for x in (-3.75, 3.75):
        ground.kerb((x, -6), (x, 105.5))
    ground.dashes((0, -4), (0, 12), 2.5, 2.5)
    ground.dashes((0, 22), (0, 105), 2.5, 2.5)
    ground.zebra((-3.3, 17.0), (3.3, 17.0), 3.6, 7)
    ground.stop_line((-3.4, 21.2), (-0.2, 21.2))
    ground.stop_line((0.2, 13.0), (3.4, 13.0))
    props: list[Prop] = [
        House((-7.8, 6.5), 90, 21.0, 11, CREAM, 31, "hip"),
        House((-7.8, 28), 90, 18, 11, BLUE, 32, "gable", RUST),
        House((-7.8, 46.4), 90, 19.6, 11, OCHRE, 33, "hip"),
        House((-7.8, 66.5), 90, 21.5, 11, MINT, 34),
        House((11.5, 26), 0, 34, 13, SCHOOL, 35, "hip"),
        House((10, 52), 0, 13, 16, ROSE, 36, "hip"),
        House((10, 70), 0, 13, 30, replace(PANEL, storeys=4), 37, "flat"),
        House((-26, 118), 0, 60, 12, replace(CREAM, storeys=3, shops=False), 38, "hip"),
        Hedge((9.8, 25.2), (20, 25.2), 5, 1.0),
        Hedge((9.8, 15.0), (9.8, 4.0), 6, 0.9),
        sign((-4.6, 14.6), -80, "crossing"),
        sign((4.7, 19.6), -90, "crossing"),
        lamp((-5.0, 24.0), 0),
        lamp((4.9, 42.0), 180),
        lamp((-5.0, 62.0), 0),
        bin_((-6.9, 19.6)),
        bench((8.4, 21.0), 180),
    ]
    props += railing((4.4, 21.4), (4.4, 33.2), (60, 160, 200), 0.95)
    props += railing((4.4, 7.0), (4.4, 14.2), (60, 160, 200), 0.95)
    props += [Tree((6.6, y), 60 + k, 6.8, 1.9) for k, y in enumerate((24.5, 38, 47, 57, 68, 80))]
    props += [Tree((-5.9, y), 70 + k, 6.2, 1.6, leaf=ACACIA) for k, y in enumerate((34, 48, 57, 72, 82))]
    props += [Tree((12.5 + 4 * k, 22.4), 80 + k, 6.0, 1.7, leaf=POPLAR) for k in range(3)]
    props += [standing_car(ground, "car", 43, (4.75, 52), 90), standing_car(ground, "van", 44, (4.8, 60), 90)]
    return props


CROSSING = Scene(
    "crossing",
    View((6.6, -3.0, 6.0), -10, 13.0),
    Light((-0.3, -0.75, 0.85)),
    _crossing,
    (
        walk((-9.6, 16.2), (-5, 16.4), (5, 17.0), (15.5, 17.4), count=2),
        walk((17.5, 18.6), (6, 17.8), (-5, 17.6), (-6.0, 20.5), (-9.5, 22.6), count=2),
        drive((-40, 109.5), (-1.75, 109.5), (-1.75, -7), count=4, kinds=TRAFFIC, speed=(11.0, 13.5), stop=123.5),
        drive((1.75, -8), (1.75, 109.5), (40, 109.5), count=4, kinds=TRAFFIC, speed=(11.0, 13.5), stop=18.5),
        walk((-9.5, 10.0), (-5.6, 10.6), (-5.6, 3.0), count=1),
        walk((-9.5, 14.0), (-5.4, 14.0), (-5.2, 25.0), (-9.5, 26.6), count=2),
        walk((-9.5, 41.0), (-5.6, 40.0), (-5.6, 30.4), (-9.6, 29.0), count=1),
    ),
    0.15,
    12,
    (Line("street", (-3.6, 25.0), (3.6, 25.0)), Line("crossing", (0.0, 14.5), (0.0, 19.5))),
    main_road=True,
)


def _bus_stop(ground: Ground) -> list[Prop]:
    ground.area([(-90, -6), (90, -6), (90, 40), (-90, 40)], SLABS)
    ground.area([(-90, 20), (90, 20), (90, 60), (-90, 60)], GRASS)
    ground.area([(-90, 5.6), (90, 5.6), (90, 13), (-90, 13)], ASPHALT)
    ground.area([(-7, 13), (-4, 15.6), (12, 15.6), (15, 13)], ASPHALT, (90, 88, 87))
    ground.kerb((-90, 5.45), (90, 5.45))
    ground.kerb((-90, 13.15), (-7, 13.15))
    ground.kerb((-7, 13.15), (-4, 15.75))
    ground.kerb((-4, 15.75), (12, 15.75))
    ground.kerb((12, 15.75), (15, 13.15))
    ground.kerb((15, 13.15), (90, 13.15))
    ground.dashes((-90, 9.3), (90, 9.3), 3, 4)
    ground.dashes((-7, 13.0), (15, 13.0), 1, 1)
    ground.area([(-4, 20), (0, 20), (2, 34), (-2, 34)], SLABS)
    props: list[Prop] = [
        House((-30, 34), 0, 30, 14, replace(PANEL, storeys=5), 51, "flat"),
        House((3, 38), -4, 34, 14, Style((196, 206, 212), (178, 150, 120), 4, 3.2, 2.7, (1.7, 1.6), order="plain"), 52, "flat"),
        House((40, 36), 0, 26, 14, PANEL, 53, "flat"),
        House((-62, 36), 0, 26, 14, OCHRE, 54, "hip"),
        shelter((4.0, 17.6), -90),
        sign((9.2, 16.6), 180, "bus"),
        bin_((7.2, 17.4)),
        bench((-2.6, 18.2), -90),
        lamp((-8.5, 14.0), -90),
        lamp((19.0, 14.0), -90),
        Hedge((-26, 20.5), (-5, 20.5), 7),
        Hedge((3, 20.5), (34, 20.5), 8),
        standing_car(ground, "car", 45, (14, 33), 0),
        standing_car(ground, "car", 46, (20, 33), 0),
        standing_car(ground, "van", 47, (27, 33.2), 180),
    ]
    places = ((-20, 24), (-13, 25), (-8, 23.5), (7, 24.5), (13, 23.5), (20, 25), (28, 23.5), (37, 25))
    props += [Tree(at, 90 + k, 7.5 + k % 3, 2.4 + 0.2 * (k % 2)) for k, at in enumerate(places)]
    return props


BUS_STOP = Scene(
    "bus_stop",
    View((-7.0, -7.5, 6.4), 24, 12.5),
    Light((-0.55, -0.7, 0.75)),
    _bus_stop,
    (
        replace(
            drive(
                (58, 11.4),
                (20, 11.4),
                (12, 14.2),
                (4, 14.2),
                (-4, 14.2),
                (-11, 11.4),
                (-26, 11.4),
                kinds=("bus",),
                count=1,
                speed=(8.5, 9.5),
                stop=54.0,
            ),
            must_stop=3.5,
            aside=0.0,
        ),
        drive((-24, 7.4), (62, 7.4), count=4, kinds=TRAFFIC, speed=(10, 13)),
        drive((62, 11.2), (-26, 11.2), count=3, kinds=TRAFFIC, speed=(10, 13)),
        walk((-1.0, 36), (0.4, 26), (-1.0, 17.4), (-11.8, 17.0), count=1),
        walk((-12.6, 17.6), (1.6, 16.9), (2.4, 16.7), (-11.6, 16.3), count=1, stop=13.6, wait=2.5),
        walk((-11.8, 16.6), (-1.6, 17.6), (0.2, 26), (-1.2, 36), count=1),
        walk((-11.5, 3.6), (1.5, 3.8), (10.5, 1.4), count=2),
        walk((14, 4.4), (-10.5, 3.2), count=2),
    ),
    0.9,
    13,
    (Line("street", (2.0, 5.6), (2.0, 15.7)), Line("pavement", (1.0, 15.8), (1.0, 20.0))),
    main_road=True,
)


def _bridge(ground: Ground) -> list[Prop]:
    ground.area([(-200, 66), (200, 66), (200, 220), (-200, 220)], GRASS)
    ground.area([(-200, 4), (200, 4), (200, 66), (-200, 66)], WATER, z=-3.0)
    ground.area([(-200, -20), (200, -20), (200, 20), (-200, 20)], GRASS)
    ground.area([(-200, 63), (200, 63), (200, 66.5), (-200, 66.5)], SLABS, (120, 128, 134))
    ground.area([(-200, 19), (-7.2, 19), (-7.2, 21.5), (-200, 21.5)], SLABS, (130, 136, 140))
    ground.area([(7.2, 19), (200, 19), (200, 21.5), (7.2, 21.5)], SLABS, (130, 136, 140))
    ground.area([(-7, -10), (7, -10), (7, 130), (-7, 130)], SLABS)
    ground.area([(-4.2, -10), (4.2, -10), (4.2, 140), (-4.2, 140)], ASPHALT)
    ground.area([(-200, 104), (200, 104), (200, 111), (-200, 111)], ASPHALT)
    for x in (-4.35, 4.35):
        ground.kerb((x, -8), (x, 103))
    ground.dashes((0, -6), (0, 103), 3, 3)
    for x in (-3.95, 3.95):
        ground.strip((x, -8), (x, 103), 0.13, ASPHALT, MARKING)
    for y in (20.5, 65.5):
        ground.strip((-4.1, y), (4.1, y), 0.22, ASPHALT, (60, 60, 62))
    props: list[Prop] = []
    for x in (-6.9, 6.9):
        props += railing((x, 17.5), (x, 68.5), (104, 96, 70), 1.1)
        props += [Block((x - 0.35, y - 0.35, 0), (x + 0.35, y + 0.35, 1.5), (168, 176, 182)) for y in (17.0, 69.0)]
    props += [lamp((-6.3, y), 0, 6.5, 1.4) for y in (24, 42, 60)] + [lamp((6.3, y), 180, 6.5, 1.4) for y in (33, 51)]
    props += [
        House((-34, 76), 0, 24, 12, OCHRE, 71, "hip"),
        House((9.5, 78), 0, 22, 12, CREAM, 72, "hip"),
        House((34, 80), 0, 20, 12, MINT, 73, "gable", RUST),
        House((-64, 80), 0, 26, 12, PANEL, 74, "flat"),
        House((-24, 116), 0, 60, 12, ROSE, 75, "hip"),
        House((62, 84), 0, 24, 12, BLUE, 76, "hip", SLATE),
        sign((-5.4, 16.0), -90, "no_entry"),
    ]
    far = [(-7.5 - 5.2 * k, 70.5 + 1.5 * (k % 2)) for k in range(16)] + [(9.5 + 5.6 * k, 71 + 1.2 * (k % 3)) for k in range(13)]
    props += [Tree(at, 110 + k, 6 + k % 4, 2.2 + 0.25 * (k % 3), 1.2, (WILLOW, POPLAR, ACACIA)[k % 3]) for k, at in enumerate(far)]
    props += [Hedge((-16, 16), (-7.4, 16), 9, 1.2), Hedge((7.6, 16), (22, 16), 10, 1.2)]
    props += [Tree((-9.8, 17.5), 140, 6.0, 1.9, 1.0, WILLOW), Tree((14.5, 18.5), 141, 5.5, 2.0, 1.0, WILLOW)]
    return props


BRIDGE = Scene(
    "bridge",
    View((5.4, -2.5, 6.2), -5, 11.5, 54),
    Light((0.6, -0.4, 0.7), haze_metres=340),
    _bridge,
    (
        drive((-60, 107.5), (-2.1, 107.5), (-2.1, -6), count=5, kinds=TRAFFIC, speed=(12, 14.5)),
        drive((2.1, -7), (2.1, 107.5), (60, 107.5), count=4, kinds=(*TRAFFIC, "bus"), speed=(12, 14.5)),
        walk((5.6, 4.5), (5.7, 9.5), (9.5, 12.0), (15.5, 14.0), count=2),
        walk((-9.5, 11), (-5.7, 10.5), (-5.7, 4.0), count=2),
    ),
    0.3,
    14,
    (Line("bridge", (-4.2, 30.0), (4.2, 30.0)), Line("far bank", (-4.2, 62.0), (4.2, 62.0))),
    main_road=True,
)

STREETS = (JUNCTION, CROSSING, BUS_STOP, BRIDGE)
