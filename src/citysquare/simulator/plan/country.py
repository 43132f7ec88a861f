"""What lies around the towns: the two arms of the Danube, the delta between them, the border, the roads and the railway."""

# ruff: noqa: RUF001 -- Bulgarian and Ukrainian names are written in their own letters

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, pi, sin
from random import Random

from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from citysquare.simulator.plan.features import Feature, Frame, Metres, area, box, line, named, point
from citysquare.simulator.plan.towns import IZMAIL, TULCEA

Lines = dict[str, list[LineString]]

_MIDDLE = Frame(45.262, 28.80, 0.0)

NORTH_SHORE: tuple[Metres, ...] = (
    (-42000, -9000), (-24000, -7400), (-15000, -6300), (-9500, -4300), (-6400, -2900), (-3600, -1750), (-2100, -1300),
    (-1200, -1140), (-300, -1082), (700, -1076), (1500, -1110), (2600, -1290), (4300, -1900), (6600, -1900), (9500, -700),
    (15000, 900), (26000, 6500), (42000, 14000),
)  # fmt: skip
"""The left bank of the northern arm, in Izmail's metres."""
SOUTH_SHORE: tuple[Metres, ...] = (
    (-42000, -10100), (-24000, -8300), (-14600, -7150), (-9000, -5200), (-6100, -3650), (-3300, -2420), (-1900, -1900),
    (-900, -1700), (200, -1610), (1300, -1650), (2500, -1880), (4200, -2500), (6700, -2520), (9800, -1260), (15300, 330),
    (26300, 5930), (42200, 13400),
)  # fmt: skip
TULCEA_BANK: tuple[Metres, ...] = (
    (-42000, 9800), (-24000, 5200), (-13000, 4900), (-6800, 2300), (-4300, 1350), (-2700, 780), (-1500, 470), (-820, 300),
    (-250, 190), (110, 110), (240, 48), (326, 5), (436, 5), (640, -28), (980, -150), (1500, -330), (2600, -430),
    (4200, -900), (6800, -2300), (12000, -4300), (24000, -10300), (42000, -17500),
)  # fmt: skip
"""The right bank of the southern arm, in Tulcea's metres."""
FAR_BANK: tuple[Metres, ...] = (
    (-42000, 10300), (-24000, 5650), (-12900, 5300), (-6700, 2650), (-4200, 1690), (-2600, 1110), (-1400, 780), (-700, 600),
    (-150, 480), (240, 350), (420, 300), (700, 260), (1080, 140), (1550, -40), (2600, -150), (4300, -600), (6900, -2010),
    (12100, -4010), (24100, -10010), (42100, -17200),
)  # fmt: skip
CANAL: tuple[Metres, ...] = (
    (-2650, 770),
    (-2500, 300),
    (-2250, -60),
    (-1980, -215),
    (-1544, -322),
    (-1000, -455),
    (-820, -560),
    (-700, -900),
)

_BORDER_ROAD = (1120.0, -948.0)
"""Where the road to the border bridge leaves Port Street, in Izmail's metres."""
_BRIDGEHEAD = (1240.0, -1130.0)
_FAR_BRIDGEHEAD = (1420.0, -1690.0)
_TULCEA_BRIDGE = ((900.0, 215.0), (860.0, -130.0))


@dataclass(slots=True)
class Country:
    """The features, and what towns must leave free: water, and the lines of roads and rails (by town, in its metres)."""

    features: list[Feature] = field(default_factory=list)
    water: dict[str, BaseGeometry] = field(default_factory=dict)
    kept_free: Lines = field(default_factory=lambda: {"izmail": [], "tulcea": []})


def country() -> Country:
    """Draw it."""
    made = Country()
    _rivers(made)
    _delta(made)
    _roads(made)
    _port(made)
    return made


def _rivers(made: Country) -> None:
    island = blob(Random(3), (-2350.0, -1700.0), (520.0, 130.0), turn=-0.27)  # noqa: S311 -- an invented island
    chilia = [*smooth(NORTH_SHORE), *reversed(smooth(SOUTH_SHORE))]
    tulcea = [*smooth(TULCEA_BANK), *reversed(smooth(FAR_BANK))]
    quay = LineString(smooth(TULCEA_BANK[7:15])).buffer(-46.0, single_sided=True)
    made.features += [
        area(IZMAIL.frame, chilia, "water", "river", holes=[island]),
        area(IZMAIL.frame, island, "landuse", "forest", names=named("Willow Island|Върбов остров|Вербовий острів|Ostrovul Salciei", "uk")),
        area(TULCEA.frame, list(quay.exterior.coords)[:-1], "landuse", "park"),
        area(TULCEA.frame, tulcea, "water", "river"),
        line(
            TULCEA.frame,
            smooth([((b[0] + f[0]) / 2, (b[1] + f[1]) / 2) for b, f in zip(TULCEA_BANK[3:8], FAR_BANK[3:8], strict=True)]),
            "water",
            "river",
            named("Tulcea arm of the Danube|Тулчански ръкав на Дунав|Тульчинське гирло Дунаю|Brațul Tulcea", "ro"),
        ),
    ]
    canal = LineString(smooth(CANAL)).buffer(15.0, join_style="round")
    made.features.append(area(TULCEA.frame, list(canal.exterior.coords)[:-1], "water", "canal"))
    lake = blob(Random(8), (-560.0, -1330.0), (420.0, 300.0))  # noqa: S311 -- an invented lake
    made.features.append(
        area(TULCEA.frame, lake, "water", "lake", names=named("Lake Ciuperca|Езерото Чуперка|Озеро Чуперка|Lacul Ciuperca", "ro"))
    )
    made.water["izmail"] = Polygon(chilia).buffer(0)
    made.water["tulcea"] = Polygon(tulcea).buffer(0).union(canal).union(Polygon(lake))
    border = [((n[0] + s[0]) / 2, (n[1] + s[1]) / 2) for n, s in zip(NORTH_SHORE[:9], SOUTH_SHORE[:9], strict=True)]
    border += [((n[0] + s[0]) / 2, (n[1] + s[1]) / 2) for n, s in zip(NORTH_SHORE[10:], SOUTH_SHORE[9:], strict=True)]
    border = smooth(border)
    made.features.append(line(IZMAIL.frame, border, "boundaries", "country"))
    made.features.append(
        line(
            IZMAIL.frame,
            border,
            "water",
            "river",
            named("Chilia arm of the Danube|Килийски ръкав на Дунав|Кілійське гирло Дунаю|Brațul Chilia", "uk"),
        )
    )


def _delta(made: Country) -> None:
    """Reeds, ponds and willow woods between the arms, and woods behind the towns."""
    random = Random(42)  # noqa: S311 -- an invented landscape
    reeds = [*[_onto(IZMAIL.frame, at) for at in smooth(SOUTH_SHORE)], *[_onto(TULCEA.frame, at) for at in reversed(smooth(FAR_BANK))]]
    made.features.append(area(_MIDDLE, reeds, "landuse", "wetland"))
    sheet = Polygon(reeds).buffer(-150)
    for _ in range(150):
        at = (random.uniform(-13500, 14500), random.uniform(-6200, 7600))
        size = random.uniform(90, 120) if random.random() < 0.5 else random.uniform(150, 620)
        shape = blob(random, at, (size * random.uniform(1.0, 2.2), size), turn=random.uniform(0, pi))
        if sheet.contains(Polygon(shape)):
            made.features.append(area(_MIDDLE, shape, "water", "lake"))
            if size > 150:
                made.features.append(line(_MIDDLE, smooth(_wander(random, at)), "water", "stream"))
    woods = (
        ((-3300.0, 1900.0), IZMAIL),
        ((2900.0, 1500.0), IZMAIL),
        ((-5600.0, 3900.0), IZMAIL),
        ((6800.0, 2400.0), IZMAIL),
        ((6400.0, -2900.0), TULCEA),
        ((-6900.0, -2600.0), TULCEA),
        ((-1300.0, -2600.0), TULCEA),
        ((2300.0, -2100.0), TULCEA),
        ((-3300.0, -900.0), TULCEA),
    )
    for at, town in woods:
        shape = blob(random, at, (random.uniform(500, 1100), random.uniform(300, 600)), turn=random.uniform(0, pi))
        made.features.append(area(town.frame, shape, "landuse", "forest"))


def _roads(made: Country) -> None:
    far = _onto(IZMAIL.frame, _FAR_BRIDGEHEAD)
    near = _onto(TULCEA.frame, _TULCEA_BRIDGE[0])
    across = [far, (far[0] - 350, far[1] - 1500), (1600.0, 1200.0), (900.0, -2600.0), (near[0] + 700, near[1] + 2200), near]
    names = named("Delta road|Делтовият път|Дорога дельти|Drumul Deltei", "ro")
    bridge = named("Border bridge|Граничният мост|Прикордонний міст|Podul de frontieră", "uk")
    izmail = {
        "Bolhrad road|Път за Болград|Болградська дорога|Drumul Bolgradului": [
            (-1500.0, 26.0),
            (-2600.0, 160.0),
            (-5200.0, 900.0),
            (-9000.0, 1500.0),
        ],
        "Kiliia road|Път за Килия|Кілійська дорога|Drumul Chiliei": [(1760.0, 26.0), (3000.0, -240.0), (5600.0, -900.0), (9000.0, -900.0)],
        "Odesa road|Път за Одеса|Одеська дорога|Drumul Odesei": [(0.0, 1120.0), (150.0, 2300.0), (900.0, 4700.0)],
    }
    tulcea = {
        "Constanța road|Път за Констанца|Дорога на Констанцу|Drumul Constanței": [(300.0, -1380.0), (430.0, -2500.0), (200.0, -5200.0)]
    }
    made.features += [line(IZMAIL.frame, smooth(way), "roads", "highway", named(name, "uk")) for name, way in izmail.items()]
    made.features += [line(TULCEA.frame, smooth(way), "roads", "highway", named(name, "ro")) for name, way in tulcea.items()]
    to_bridge = [_BORDER_ROAD, (1140.0, -1010.0), _BRIDGEHEAD]
    over = [*_TULCEA_BRIDGE, (800.0, -260.0), (300.0, -330.0)]
    made.features += [
        line(IZMAIL.frame, [*to_bridge, _FAR_BRIDGEHEAD], "roads", "highway", bridge),
        line(_MIDDLE, smooth(across), "roads", "highway", names),
        line(TULCEA.frame, over, "roads", "highway", names),
    ]
    rails = [
        (-8600.0, 2900.0),
        (-4200.0, 1500.0),
        (-2100.0, 760.0),
        (-1690.0, 300.0),
        (-1560.0, -500.0),
        (-1280.0, -930.0),
        (-800.0, -1012.0),
        (600.0, -1012.0),
    ]
    made.features.append(line(IZMAIL.frame, smooth(rails), "roads", "rail"))
    station = named("Railway station|Железопътна гара|Залізничний вокзал|Gara", "uk")
    made.features.append(point(IZMAIL.frame, (-1600.0, 150.0), "pois", "station", station))
    made.kept_free["izmail"] += [LineString(smooth(rails)), LineString(to_bridge)]
    made.kept_free["tulcea"].append(LineString(over))


def _port(made: Country) -> None:
    """Draw the port below Izmail's car park, and the control of the border before the bridge."""
    frame = IZMAIL.frame
    made.features.append(
        area(frame, [(-420, -1040), (1020, -1030), (1040, -1070), (700, -1074), (-300, -1080), (-420, -1076)], "landuse", "port")
    )
    for x in range(-300, 900, 210):
        made.features.append(area(frame, box(x, -1112, x + 16, -1070), "landuse", "pier"))
    made.features += [area(frame, box(x, -1066, x + 62, -1044), "buildings", "building") for x in range(-380, 980, 92)]
    made.features.append(
        point(frame, (560.0, -1052.0), "pois", "port", named("River port|Речно пристанище|Річковий порт|Portul fluvial", "uk"))
    )
    booths = [
        area(frame, box(x, y, x + 26, y + 6), "buildings", "building")
        for x, y in ((1128, -1060), (1196, -1075), (1120, -1085), (1204, -1100))
    ]
    made.features += booths
    border = named("Border crossing|Граничен пункт|Пункт пропуску|Punct de frontieră", "uk")
    made.features.append(point(frame, (1160.0, -1075.0), "pois", "border_control", border))


def smooth(points: Sequence[Metres]) -> list[Metres]:
    """Round a line's corners by cutting them twice (Chaikin); its ends stay."""
    made = [(float(x), float(y)) for x, y in points]
    for _ in range(2):
        cut = [made[0]]
        for (ax, ay), (bx, by) in pairwise(made):
            cut += [(0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by), (0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by)]
        made = [*cut, made[-1]]
    return made


def blob(random: Random, at: Metres, half: Metres, *, turn: float = 0.0) -> list[Metres]:
    """Return a rounded shape without a straight edge."""
    waves = [(random.uniform(0.04, 0.16), random.uniform(0, 2 * pi), number) for number in (2, 3, 5)]
    ring = []
    for step in range(36):
        angle = 2 * pi * step / 36
        swell = 1 + sum(size * sin(number * angle + phase) for size, phase, number in waves)
        x, y = half[0] * swell * cos(angle), half[1] * swell * sin(angle)
        ring.append((at[0] + x * cos(turn) - y * sin(turn), at[1] + x * sin(turn) + y * cos(turn)))
    return ring


def _wander(random: Random, at: Metres) -> list[Metres]:
    """Return a channel that winds through the reeds."""
    heading = random.uniform(-0.5, 0.5)
    way = [at]
    for _ in range(14):
        heading = 0.8 * heading + random.uniform(-0.5, 0.5)
        way.append((way[-1][0] + 190 * cos(heading), way[-1][1] + 190 * sin(heading)))
    return way


def _onto(frame: Frame, at: Metres) -> Metres:
    """Turn a town's metres into those of the country between."""
    return _MIDDLE.in_metres(frame.on_map(at))
