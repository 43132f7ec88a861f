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
    (-42000, -9600), (-24000, -8000), (-15000, -6900), (-9500, -4900), (-6400, -3500), (-3600, -2500), (-2100, -2230),
    (-1200, -2070), (-720, -1972), (-250, -1975), (60, -1945), (200, -1880), (330, -1740), (470, -1668), (600, -1648),
    (1000, -1640), (1500, -1690), (2600, -1870), (4300, -2400), (6600, -2300), (9500, -1000), (15000, 700), (26000, 6300),
    (42000, 13800),
)  # fmt: skip
"""The left bank of the northern arm, in Izmail's metres."""
SOUTH_SHORE: tuple[Metres, ...] = (
    (-42000, -10700), (-24000, -8900), (-14600, -7750), (-9000, -5800), (-6100, -4250), (-3300, -3130), (-1900, -2830),
    (-1100, -2640), (-620, -2560), (-150, -2545), (160, -2515), (300, -2460), (430, -2330), (570, -2250), (700, -2215),
    (1000, -2200), (1400, -2250), (2500, -2440), (4200, -2960), (6700, -2880), (9800, -1560), (15300, 130), (26300, 5730),
    (42200, 13200),
)  # fmt: skip
TULCEA_BANK: tuple[Metres, ...] = (
    (-42000, 17000), (-24000, 9000), (-13000, 6000), (-6800, 3200), (-4300, 2200), (-2700, 1560), (-1500, 1230), (-900, 1070),
    (-650, 968), (-480, 800), (-250, 545), (-60, 330), (110, 160), (240, 52), (326, 5), (436, 5), (640, -28), (980, -150),
    (1500, -330), (2600, -430), (4200, -900), (6800, -2300), (12000, -4300), (24000, -10300), (42000, -17500),
)  # fmt: skip
"""The right bank of the southern arm, in Tulcea's metres."""
FAR_BANK: tuple[Metres, ...] = (
    (-41800, 17500), (-23800, 9500), (-12800, 6450), (-6600, 3580), (-4150, 2560), (-2600, 1890), (-1400, 1540), (-780, 1370),
    (-500, 1250), (-290, 1040), (-40, 760), (150, 560), (290, 420), (400, 340), (470, 310), (540, 295), (720, 262), (1080, 140),
    (1550, -40), (2600, -150), (4300, -600), (6900, -2010), (12100, -4010), (24100, -10010), (42100, -17200),
)  # fmt: skip
CANAL: tuple[Metres, ...] = (
    (-2700, 1650), (-2620, 900), (-2400, 100), (-1980, -215), (-1544, -322), (-1000, -455), (-820, -560), (-700, -900),
)  # fmt: skip

_BORDER_ROAD = ((0.0, -1560.0), (30.0, -1660.0), (55.0, -1778.0), (65.0, -1910.0))
"""The road to the border bridge, through the control, in Izmail's metres."""
_FAR_BRIDGEHEAD = (118.0, -2560.0)
_REPIDA: tuple[Metres, ...] = ((-2400, 1900), (-1960, 300), (-1800, -700), (-1695, -1500), (-1675, -1760), (-1690, -2200))
_TULCEA_BRIDGE = ((900.0, 215.0), (860.0, -130.0))


@dataclass(slots=True)
class Country:
    """The features, and what towns must leave free: water and what lies beyond, and lines of roads and rails (by town, in its metres)."""

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
    island = blob(Random(3), (-2500.0, -2640.0), (470.0, 105.0), turn=-0.22)  # noqa: S311 -- an invented island
    chilia = [*smooth(NORTH_SHORE), *reversed(smooth(SOUTH_SHORE))]
    tulcea = [*smooth(TULCEA_BANK), *reversed(smooth(FAR_BANK))]
    quay = LineString(smooth(TULCEA_BANK[10:18])).buffer(-46.0, single_sided=True)
    made.features += [
        area(IZMAIL.frame, chilia, "water", "river", holes=[island]),
        area(IZMAIL.frame, island, "landuse", "forest", names=named("Willow Island|Върбов остров|Вербовий острів|Ostrovul Salciei", "uk")),
        area(TULCEA.frame, list(quay.exterior.coords)[:-1], "landuse", "park"),
        area(TULCEA.frame, tulcea, "water", "river"),
        line(
            TULCEA.frame,
            smooth([((b[0] + f[0]) / 2, (b[1] + f[1]) / 2) for b, f in zip(TULCEA_BANK[3:11], FAR_BANK[3:11], strict=True)]),
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
    made.water["izmail"] = Polygon([*smooth(NORTH_SHORE), (42000, -30000), (-42000, -30000)]).buffer(0)
    made.water["tulcea"] = Polygon([*smooth(TULCEA_BANK), (42000, 30000), (-42000, 30000)]).buffer(0).union(canal).union(Polygon(lake))
    border = [((n[0] + s[0]) / 2, (n[1] + s[1]) / 2) for n, s in zip(NORTH_SHORE, SOUTH_SHORE, strict=True)]
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
            (-1225.0, 72.0),
            (-1700.0, 60.0),
            (-2600.0, 260.0),
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
    to_bridge = list(_BORDER_ROAD)
    over = [*_TULCEA_BRIDGE, (800.0, -260.0), (300.0, -330.0)]
    made.features += [
        line(IZMAIL.frame, [*to_bridge, _FAR_BRIDGEHEAD], "roads", "highway", bridge),
        line(_MIDDLE, smooth(across), "roads", "highway", names),
        line(TULCEA.frame, over, "roads", "highway", names),
    ]
    rails = [(-8600.0, 2900.0), (-4200.0, 1500.0), (-2300.0, 860.0), (-1480.0, 400.0), (-1400.0, -500.0), (-1200.0, -1250.0)]
    rails += [(-800.0, -1545.0), (-200.0, -1548.0), (900.0, -1548.0)]
    made.features.append(line(IZMAIL.frame, smooth(rails), "roads", "rail"))
    station = named("Railway station|Железопътна гара|Залізничний вокзал|Gara", "uk")
    made.features.append(point(IZMAIL.frame, (-1420.0, 250.0), "pois", "station", station))
    made.kept_free["izmail"] += [LineString(smooth(rails)), LineString(to_bridge)]
    made.kept_free["tulcea"].append(LineString(over))


def _port(made: Country) -> None:
    """Draw the port on Izmail's bank, and what else stands by the water."""
    frame = IZMAIL.frame
    quay = [(620, -1570), (1500, -1570), (1560, -1640), (1500, -1682), (1000, -1634), (640, -1640)]
    made.features.append(area(frame, quay, "landuse", "port"))
    made.features += [area(frame, box(x, -1672, x + 16, -1630), "landuse", "pier") for x in range(680, 1250, 190)]
    made.features += [area(frame, box(x, -1622, x + 68, -1590), "buildings", "building") for x in range(640, 1480, 96)]
    made.features.append(
        point(frame, (1000.0, -1600.0), "pois", "port", named("River port|Речно пристанище|Річковий порт|Portul fluvial", "uk"))
    )
    repida = LineString(smooth(_REPIDA)).buffer(11.0)
    names = named("Repida|Репида|Репіда|Repida", "uk")
    made.features.append(area(frame, list(repida.exterior.coords)[:-1], "water", "river"))
    made.features.append(line(frame, smooth(_REPIDA), "water", "river", names))
    made.water["izmail"] = made.water["izmail"].union(repida)
    ferry = named("Ferry|Ферибот|Пором|Bac", "ro")
    made.features.append(line(TULCEA.frame, [(-655.0, 940.0), (-560.0, 1330.0)], "roads", "ferry", ferry))


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
