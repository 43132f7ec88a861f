"""Places for people: market square, river bank, pedestrian street, car park."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from citysquare.simulator.drawing.boards import Board
from citysquare.simulator.drawing.facade import Style
from citysquare.simulator.drawing.furniture import (
    Block,
    bench,
    bin_,
    boat,
    bollards,
    kiosk,
    lamp,
    lantern,
    parasol,
    parked,
    railing,
    sign,
    stall,
)
from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.drawing.ground import ASPHALT, GRASS, MARKING, SETTS, SLABS, WATER, Ground
from citysquare.simulator.drawing.houses import RUST, SLATE, House
from citysquare.simulator.drawing.layer import Colour
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.nature import ACACIA, POPLAR, WILLOW, Hedge, Tree
from citysquare.simulator.drawing.stage import Prop
from citysquare.simulator.drawing.street_things import pile
from citysquare.simulator.drawing.vehicles import choose
from citysquare.simulator.scenes.base import CARS, Scene, drive, walk
from citysquare.simulator.scenes.line import Line
from citysquare.simulator.scenes.streets import CREAM, MINT, OCHRE, PANEL, ROSE

FRUIT: tuple[Colour, ...] = ((40, 50, 190), (40, 140, 230), (60, 180, 90), (70, 200, 230), (90, 60, 120), (50, 110, 60), (60, 90, 200))
CANOPIES: tuple[Colour, ...] = ((60, 60, 180), (150, 90, 40), (70, 130, 60), (40, 130, 220))
TULIPS: tuple[Colour, ...] = ((60, 60, 210), (70, 190, 240), (200, 200, 230))


def _market(ground: Ground) -> list[Prop]:
    ground.area([(-80, -8), (80, -8), (80, 90), (-80, 90)], SLABS)
    ground.area([(-26, 2), (26, 2), (26, 36), (-26, 36)], SETTS)
    ground.area([(-80, 40), (80, 40), (80, 46), (-80, 46)], ASPHALT)
    ground.kerb((-80, 39.85), (80, 39.85))
    ground.kerb((-80, 46.15), (80, 46.15))
    props: list[Prop] = []
    for row, y in enumerate((13.5, 20.5, 27.5)):
        for column in range(6):
            if (row, column) in {(0, 3), (1, 1), (2, 4)}:
                continue
            x = -11.5 + column * 4.6 + (row % 2) * 1.2
            goods = FRUIT[(column + row) % 4 :] + FRUIT[: (column + row) % 3]
            props.append(stall((x, y), -90, CANOPIES[(column + row * 2) % 4], goods))
    hall = Style((176, 200, 214), (220, 228, 232), 2, 4.6, 3.2, (1.9, 2.8), shops=True)
    props += [
        House((-16, 52), 0, 32, 16, hall, 81, "hip", RUST),
        House((-44, 51), 0, 26, 14, ROSE, 82, "hip"),
        House((18, 51), 0, 20, 14, CREAM, 83, "hip"),
        House((40, 51), 0, 24, 14, OCHRE, 84, "gable"),
        House((-72, 51), 0, 26, 14, MINT, 85, "hip"),
        kiosk((-17.5, 25), 0, (150, 170, 120)),
        kiosk((17.5, 21), 180, (90, 150, 190)),
        lantern((-9, 33.5)),
        lantern((9, 33.5)),
        lantern((-15.5, 14)),
        lantern((15.5, 11)),
        bench((-13.5, 34), -90),
        bench((0, 34.4), -90),
        bin_((3, 34.4)),
    ]
    props += [Tree((-24 + 8 * k, 37.6), 160 + k, 6.4, 2.1, leaf=ACACIA) for k in range(7) if k != 3]
    props += bollards((-20, 38.6), (20, 38.6), 14)
    return props


MARKET = Scene(
    "market",
    View((0.5, -5.5, 8.4), 0, 16.5),
    Light((-0.5, -0.65, 0.75)),
    _market,
    (
        drive((-38, 41.6), (38, 41.6), count=2, speed=(9, 11)),
        drive((46, 44.4), (-46, 44.4), count=2, kinds=(*CARS, "truck", "bus"), speed=(9, 11)),
        walk((-13.5, 10.4), (13.5, 10.2), count=3),
        walk((14, 11.2), (3.5, 11.4), (2.6, 24), (21.5, 24.6), count=1),
        walk((13.5, 9.2), (-13.5, 9.4), count=2),
        walk((-13.0, 10.6), (-6.9, 11.6), (-12.8, 7.0), count=1, stop=6.6, wait=3.0),
        walk((12.5, 8.4), (6.8, 11.5), (7.2, 11.6), (12.5, 10.6), count=1, stop=6.6, wait=2.0),
        walk((-15.6, 17.2), (15.8, 17.0), count=2),
        walk((16.0, 17.9), (-16.0, 17.8), count=2),
        walk((-14.0, 53.5), (-13.5, 49), (-9, 48), (-9, 53.5), count=1),
        walk((6, 53.5), (6, 48), (13.5, 48.4), (13.5, 53.5), count=2),
        walk((-21, 53.5), (-21, 48.4), (-31, 48.4), (-31, 53.5), count=1),
    ),
    0.9,
    15,
    (Line("square", (0.0, 5.0), (0.0, 13.0)), Line("street", (0.0, 40.0), (0.0, 46.0))),
)


def _river(ground: Ground) -> list[Prop]:
    ground.area([(-200, -10), (200, -10), (200, 20), (-200, 20)], SLABS)
    ground.area([(-200, 18.4), (300, 18.4), (300, 190), (-200, 190)], WATER)
    ground.area([(-200, 190), (300, 190), (300, 700), (-200, 700)], GRASS)
    ground.area([(-200, 187), (300, 187), (300, 193), (-200, 193)], SLABS, (120, 150, 165))
    ground.area([(-200, 17.6), (200, 17.6), (200, 18.5), (-200, 18.5)], SLABS, (168, 172, 176))
    ground.area([(-200, -1), (200, -1), (200, 5.6), (-200, 5.6)], ASPHALT)
    ground.area([(-200, 6.2), (200, 6.2), (200, 8.6), (-200, 8.6)], GRASS)
    ground.area([(-200, 5.7), (200, 5.7), (200, 6.2), (-200, 6.2)], SLABS)
    ground.kerb((-200, 5.7), (200, 5.7))
    ground.dashes((-100, 2.3), (100, 2.3), 3, 4)
    props: list[Prop] = []
    props += railing((-15, 17.4), (60, 17.4), (66, 62, 58), 1.05)
    props += [lantern((-6 + 11 * k, 16.4)) for k in range(7)]
    props += [bench((-1 + 11 * k, 9.7), 90) for k in range(5)]
    props += [bin_((1.2 + 11 * k, 9.6)) for k in range(4)]
    props += [Hedge((-12 + 11 * k, 7.4), (-4 + 11 * k, 7.4), 20 + k, 0.45, 1.1, flowers=TULIPS) for k in range(6)]
    props += [Tree((-2.6 + 11 * k, 7.4), 180 + k, 6.2, 1.7, 2.2) for k in range(5)]
    props += [pile((-3.9, 20.2), 3.5), Board((-4.3, 19.75), (-3.5, 19.75), -0.2, 3.3, (), (236, 240, 240), staff=True)]
    props += [boat((9.0, 23.0), 176, (130, 70, 40)), boat((27.0, 25.0), 4, (60, 60, 170), 11.0), boat((48, 27), 178, (90, 120, 60), 8.0)]
    props += [
        Tree((-60 + 6.5 * k, 196 + 7 * (k % 4)), 190 + k, 11 + 3 * (k % 4), 4.4, 1.0, (POPLAR, WILLOW, ACACIA)[k % 3]) for k in range(46)
    ]
    props += [House((60 + 36 * k, 215), 0, 22, 14, (MINT, OCHRE, CREAM)[k % 3], 200 + k, "hip") for k in range(4)]
    return props


RIVER = Scene(
    "river",
    View((-6.0, -9.0, 6.6), 26, 11.5),
    Light((0.6, -0.55, 0.7), sky_colour=(238, 212, 184), haze=(228, 214, 200), haze_metres=420),
    _river,
    (
        drive((-24, 0.6), (60, 0.6), count=3, speed=(9, 12)),
        drive((60, 4.0), (-24, 4.0), count=3, kinds=(*CARS, "bus"), speed=(9, 12)),
        walk((-10.2, 14.8), (4.5, 14.0), (6.2, 16.4), (5.2, 12.6), (-10.2, 11.6), count=2, stop=17.0, wait=1.5),
        walk((-3.2, -4.5), (-3.5, 7), (-2.4, 12), (-10.2, 13.2), count=2),
        walk((-10.2, 12.2), (-3.4, 11.6), (-3.1, 6.5), (-3.4, -4.5), count=1),
        walk((-10.2, 15.4), (8.0, 15.0), (8.2, 11.0), (-10.2, 10.6), count=1),
        walk((-10.2, 10.4), (-1.8, 10.9), (-1.4, 14.6), (-10.2, 15.8), count=2),
    ),
    0.1,
    16,
    (Line("street", (4.0, -1.0), (4.0, 5.6)), Line("promenade", (-3.0, 9.0), (-3.0, 17.4))),
)


def _pedestrian(ground: Ground) -> list[Prop]:
    ground.area([(-60, -8), (60, -8), (60, 140), (-60, 140)], SETTS, (136, 146, 156))
    ground.area([(-2.2, -8), (2.2, -8), (2.2, 120), (-2.2, 120)], SLABS, (156, 164, 172))
    for x in (-2.35, 2.35):
        ground.strip((x, -8), (x, 118), 0.28, SLABS, (112, 118, 124))
    tall = replace(OCHRE, storeys=3, storey=3.6)
    props: list[Prop] = [
        House((-7.2, 4), 90, 15, 11, ROSE, 91, "hip"),
        House((-7.2, 19.4), 90, 15.6, 11, tall, 92, "gable", RUST),
        House((-7.2, 35.4), 90, 14.6, 11, MINT, 93, "hip"),
        House((-7.2, 50.4), 90, 17.6, 11, CREAM, 94, "gable"),
        House((-7.2, 68.6), 90, 19.4, 11, ROSE, 95, "hip"),
        House((7.2, 22), 270, 17, 11, CREAM, 96, "hip"),
        House((7.2, 36.6), 270, 14, 11, replace(OCHRE, plaster=(196, 202, 176)), 97, "gable"),
        House((7.2, 53.2), 270, 16, 11, ROSE, 98, "hip", RUST),
        House((7.2, 69), 270, 15, 11, tall, 99, "gable"),
        House((7.2, 90), 270, 20, 11, MINT, 100, "hip"),
        House((-16, 98), 0, 32, 12, replace(CREAM, storeys=3, storey=4.0), 101, "hip", SLATE),
    ]
    props += [parasol((-4.9, y), CANOPIES[k % 4]) for k, y in enumerate((21.5, 24.6, 27.7))]
    props += [parasol((4.9, y), (60, 150, 210)) for y in (36, 39.2)]
    props += [lantern((3.2 * (-1) ** k, 16.5 + 11 * k)) for k in range(6)]
    props += [bench((-3.0, 17.8), 0), bench((3.1, 21.5), 180), bench((-3.0, 42), 0), bin_((3.1, 23.4)), bin_((-3.1, 19.8))]
    props += [Tree((-3.2, y), 220 + k, 5.4, 1.4, 1.9, ACACIA) for k, y in enumerate((32, 46, 58, 72))]
    props += [Tree((3.4, y), 230 + k, 5.6, 1.5, 1.9) for k, y in enumerate((28.5, 47, 60, 74))]
    props += [
        Hedge((-3.6, 12.6), (-2.7, 14.8), 30, 0.6, 0.8, flowers=TULIPS),
        Hedge((2.8, 25.2), (2.8, 26.8), 31, 0.6, 0.8, flowers=TULIPS),
    ]
    return props


PEDESTRIAN_STREET = Scene(
    "pedestrian_street",
    View((0.6, -2.0, 5.6), -2, 13.0),
    Light((-0.25, -0.75, 0.8), haze_metres=300),
    _pedestrian,
    (
        walk((0.4, 3.0), (-0.6, 20), (-4.0, 30.2), (-9, 30.8), count=2),
        walk((9, 13.0), (4, 13.6), (-1.5, 15), (-5.0, 12.2), (-9.0, 11.6), count=2),
        walk((-9.2, 9.4), (-3, 10.5), (3.0, 17.5), (5.5, 19.4), (9.2, 19.6), count=2),
        walk((9.2, 31.5), (4.5, 31), (1.0, 24), (1.2, 8), (1.0, 3.0), count=1),
        walk((-1.6, 2.5), (-1.4, 14.0), (1.4, 22), (5.4, 24.4), (9.2, 24.4), count=1),
        walk((-9.2, 37.0), (-4.6, 38.2), (-2, 46), (4.4, 51), (9.2, 51), count=2),
        walk((9.2, 44.4), (4, 44), (0, 36), (-5, 33.8), (-9.2, 33.6), count=2),
        walk((9.2, 58), (4, 59), (-1, 65), (-5.5, 66), (-9.2, 66), count=2),
        walk((-9.2, 80), (-4, 79), (0, 74), (5, 73), (9.2, 73), count=1),
        walk((9.2, 10.5), (5.4, 10.8), (3.6, 16.6), (5.4, 17.4), (9.2, 17.6), count=1, stop=8.0, wait=1.5),
    ),
    0.1,
    17,
    (Line("near", (-7.0, 16.0), (7.0, 16.0)), Line("far", (-7.0, 48.0), (7.0, 48.0))),
)


def _car_park(ground: Ground) -> list[Prop]:
    ground.area([(-90, -8), (90, -8), (90, 90), (-90, 90)], ASPHALT, (104, 102, 101))
    ground.area([(-90, 47), (90, 47), (90, 90), (-90, 90)], GRASS)
    ground.area([(-90, 41.5), (90, 41.5), (90, 47.5), (-90, 47.5)], SLABS)
    ground.kerb((-90, 41.4), (90, 41.4))
    props: list[Prop] = []
    random = Random(23)  # noqa: S311  # looks
    for row, (low, high, facing) in enumerate(((12.0, 17.0, 90), (23.5, 28.5, -90), (28.5, 33.5, 90))):
        ground.strip((-30, low if facing < 0 else high), (30, low if facing < 0 else high), 0.01, ASPHALT)
        for bay in range(25):
            x = -30 + bay * 2.55
            ground.strip((x, low), (x, high), 0.12, ASPHALT, MARKING)
            middle = (low + high) / 2
            if bay < 24 and random.random() < (0.68 if row else 0.5):
                look = choose(random, random.choice(CARS), ground.manner.split)
                if look.kind == "car" or row:
                    turn = facing + random.uniform(-2, 2) + (180 if random.random() < 0.35 else 0)
                    props.append(parked(look, (x + 1.27, middle + random.uniform(-0.2, 0.2)), turn))
    ground.strip((-30, 28.5), (31.2, 28.5), 0.12, ASPHALT, MARKING)
    for y in (20.2, 37.5):
        for x in (-14, 10):
            ground.area(
                [
                    (x, y - 0.15),
                    (x + 1.6, y - 0.15),
                    (x + 1.6, y - 0.45),
                    (x + 2.6, y),
                    (x + 1.6, y + 0.45),
                    (x + 1.6, y + 0.15),
                    (x, y + 0.15),
                ],
                ASPHALT,
                MARKING,
            )
    store = Style((200, 204, 206), (120, 84, 50), 2, 4.4, 3.6, (2.4, 2.2), order="plain", shops=True)
    props += [
        House((-26, 50), 0, 44, 18, store, 121, "flat"),
        House((24, 54), 0, 26, 14, replace(PANEL, storeys=4), 122, "flat"),
        House((-64, 54), 0, 30, 14, OCHRE, 123, "hip"),
        House((54, 56), 0, 26, 14, CREAM, 124, "hip"),
        Block((-32.2, 11, 0), (-31.2, 34, 0.16), (150, 156, 160)),
        Block((-27, 48.6, 0), (-19, 49.4, 0.5), (130, 140, 150)),
        sign((-2, 43), -90, "parking"),
        kiosk((22, 45), -90, (80, 140, 200)),
        bench((-10, 46.2), -90),
        bench((6, 46.2), -90),
        bin_((-7.6, 46.2)),
    ]
    props += [lamp((x, 28.5), turn, 8.5, 1.6) for x, turn in ((-16.05, -90), (4.35, -90), (24.6, -90))]
    props += [Tree((-22 + 11 * k, 44.2), 240 + k, 6.6, 2.1, leaf=POPLAR) for k in range(6) if k != 2]
    props += [Tree((30 + 6 * k, 49), 250 + k, 8.0, 2.6) for k in range(4)] + [Tree((-30 - 6 * k, 49), 256 + k, 8.0, 2.6) for k in range(4)]
    return props


CAR_PARK = Scene(
    "car_park",
    View((2.0, -4.0, 8.8), -8, 17.0),
    Light((0.55, -0.5, 0.7)),
    _car_park,
    (
        drive((-30, 20.2), (24, 20.2), count=3, speed=(4.2, 5.6)),
        drive((-22, 8.6), (15.5, 8.6), count=2, speed=(4.2, 5.6)),
        drive((36, 37.5), (-48, 37.5), count=3, kinds=("car", "car", "van"), speed=(5.6, 7.0)),
        walk((-7.0, 52), (-7.0, 44.5), (-16.0, 44.6), (-15.5, 52), count=2),
        walk((8.5, 52), (8.5, 45), (14.5, 44.6), (14.5, 52), count=1),
        walk((-12.0, 9.6), (11.5, 9.9), count=2),
        walk((12.0, 10.6), (-12.4, 10.2), count=1),
        walk((0.0, 52), (0.6, 45), (1.0, 42), (2.5, 52), count=1),
    ),
    0.85,
    18,
    (Line("aisle", (0.0, 17.5), (0.0, 23.0)), Line("exit", (0.0, 34.5), (0.0, 41.0)), Line("front", (0.0, 7.0), (0.0, 11.5))),
)

PLACES_OF_PEOPLE = (MARKET, RIVER, PEDESTRIAN_STREET, CAR_PARK)
