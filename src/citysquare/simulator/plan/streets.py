"""A town drawn: a grid of streets around those of the scenes, and blocks with houses, parks and yards between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from shapely import STRtree, union_all
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry import box as rectangle
from shapely.geometry.base import BaseGeometry

from citysquare.simulator.plan.features import Feature, Metres, area, box, line, named, point
from citysquare.simulator.plan.houses import building_boxes
from citysquare.simulator.plan.towns import Landmark, TownFigures
from citysquare.simulator.town import TOWN_SPACES, TownSpace

_BLOCK = 112.0
"""Metres from street to street."""
_PARALLEL = 0.12
_NEXT_STREET = 45.0
_HALF_STREET = {True: 13.0, False: 9.0}
"""Metres from a street's middle to where a block begins, on main streets and others."""
_LONGEST_LINK = 260.0
_SHORE = 14.0


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle between four streets."""

    column: int
    row: int
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def middle(self) -> Metres:
        """Its middle."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2


@dataclass(slots=True)
class Town:
    """A town while it is drawn, in its own metres."""

    figures: TownFigures
    xs: list[float]
    ys: list[float]
    blocks: list[Block]
    scene_lines: list[LineString]
    spaces: list[Polygon]
    forbidden: STRtree
    obstacles: list[BaseGeometry]

    def is_free(self, shape: BaseGeometry) -> bool:
        """Whether a house may stand there."""
        return not any(self.obstacles[index].intersects(shape) for index in self.forbidden.query(shape))


def town_features(figures: TownFigures, water: dict[str, BaseGeometry], kept_free: dict[str, list[LineString]]) -> list[Feature]:
    """Draw one town around its scenes."""
    spaces = [space for space in TOWN_SPACES if _belongs(space, figures)]
    rings = [Polygon([figures.frame.in_metres(at) for at in space.boundary]) for space in spaces]
    carriageways = [found for space in spaces for found in _carriageways(space, figures)]
    town = _laid_out(figures, rings, carriageways, water[figures.key], kept_free[figures.key])
    features = [area(figures.frame, _ring(piece), "landuse", "residential") for piece in _built_up(town)] + _streets(town)
    for space, ring in zip(spaces, rings, strict=True):
        features.append(area(figures.frame, _ring(ring), "landuse", "park" if space.kind == "park" else "pedestrian"))
    landmarks = _by_block(town)
    random = Random(figures.seed)  # noqa: S311 -- an invented town
    for block in town.blocks:
        features += _block_features(town, block, landmarks.get((block.column, block.row)), random)
    features += [point(figures.frame, at, "places", "neighbourhood", named(name, figures.local)) for at, name in figures.quarters]
    features.append(point(figures.frame, figures.middle, "places", "locality", named(figures.name, figures.local)))
    return features


def _belongs(space: TownSpace, figures: TownFigures) -> bool:
    x, y = figures.frame.in_metres(space.boundary[0])
    return abs(x) < 5000 and abs(y) < 5000


def _carriageways(space: TownSpace, figures: TownFigures) -> Iterator[LineString]:
    """Return the middles of a space's straight carriageways, from end to end."""
    for zone in space.zones:
        if zone.kind == "carriageway" and len(zone.boundary) == 4:
            a, b, c, d = (figures.frame.in_metres(at) for at in zone.boundary)
            ends = [(_mid(a, b), _mid(c, d)), (_mid(b, c), _mid(d, a))]
            longest = max((LineString(pair) for pair in ends), key=lambda found: found.length)
            if longest.length > 30:
                yield longest


def _laid_out(
    figures: TownFigures, rings: list[Polygon], carriageways: list[LineString], water: BaseGeometry, ways: list[LineString]
) -> Town:
    """Lay the grid, keep the blocks that are within the town and on land, and join the scenes' own streets to it."""
    xs, ys = list(figures.xs), list(figures.ys)
    lone = [found for found in carriageways if not _joins_grid(found, xs, ys)]
    random = Random(figures.seed)  # noqa: S311 -- an invented town
    xs, ys = _filled(xs, figures.middle[0], figures.reach[0], random), _filled(ys, figures.middle[1], figures.reach[1], random)
    own = [LineString(points) for _kind, _name, points in figures.ways]
    lone = [found for found in lone if not any(way.distance(Point(found.interpolate(0.5, normalized=True))) < 8 for way in own)]
    grid = [LineString([(x, ys[0]), (x, ys[-1])]) for x in xs] + [LineString([(xs[0], y), (xs[-1], y)]) for y in ys]
    lone = [_joined(found, [*grid, *own]) for found in lone]
    obstacles: list[BaseGeometry] = [water.buffer(_SHORE)]
    obstacles += [ring.buffer(1.0) for ring in rings]
    obstacles += [way.buffer(13.0) for way in (*own, *ways)] + [way.buffer(8.0) for way in lone]
    town = Town(figures, xs, ys, [], lone, rings, STRtree(obstacles), obstacles)
    for column, (x0, x1) in enumerate(pairwise(xs)):
        for row, (y0, y1) in enumerate(pairwise(ys)):
            block = Block(column, row, x0, y0, x1, y1)
            if _within(block, figures, random) and not water.buffer(6.0).intersects(rectangle(x0, y0, x1, y1)):
                town.blocks.append(block)
    return town


def _joins_grid(found: LineString, xs: list[float], ys: list[float]) -> bool:
    """Take a scene's street into the grid when it runs along it; False when it must lie off the grid."""
    (ax, ay), (bx, by) = found.coords[0], found.coords[-1]
    if abs(bx - ax) < _PARALLEL * abs(by - ay):
        return _take(xs, (ax + bx) / 2)
    if abs(by - ay) < _PARALLEL * abs(bx - ax):
        return _take(ys, (ay + by) / 2)
    return False


def _take(lines: list[float], at: float) -> bool:
    nearest = min((abs(at - known) for known in lines), default=_BLOCK)
    if nearest < 2.0:
        return True
    if nearest < _NEXT_STREET:
        return False
    lines.append(at)
    return True


def _filled(lines: list[float], middle: float, reach: float, random: Random) -> list[float]:
    """Put streets between and beyond those that must be there."""
    kept = sorted(lines)
    made = list(kept)
    for low, high in pairwise(kept):
        parts = max(1, round((high - low) / _BLOCK))
        made += [low + (high - low) * part / parts + random.uniform(-7, 7) for part in range(1, parts)]
    at = kept[0]
    while at > middle - reach - _BLOCK:
        at -= random.uniform(0.85, 1.3) * _BLOCK
        made.append(at)
    at = kept[-1]
    while at < middle + reach + _BLOCK:
        at += random.uniform(0.85, 1.3) * _BLOCK
        made.append(at)
    return sorted(made)


def _within(block: Block, figures: TownFigures, random: Random) -> bool:
    x, y = block.middle
    away = ((x - figures.middle[0]) / figures.reach[0]) ** 2 + ((y - figures.middle[1]) / figures.reach[1]) ** 2
    return away < random.uniform(0.82, 1.08)


def _joined(found: LineString, streets: Sequence[LineString]) -> LineString:
    """Lengthen a scene's street at both ends to the next street, or by a little where there is none."""
    (ax, ay), (bx, by) = found.coords[0], found.coords[-1]
    ends = []
    for x, y, dx, dy in ((ax, ay, ax - bx, ay - by), (bx, by, bx - ax, by - ay)):
        scale = _LONGEST_LINK / (dx * dx + dy * dy) ** 0.5
        ray = LineString([(x, y), (x + dx * scale, y + dy * scale)])
        hits = [hit for street in streets if isinstance(hit := ray.intersection(street), Point) and not hit.is_empty]
        nearest = min(hits, key=lambda hit: hit.distance(Point(x, y)), default=None)
        ends.append((nearest.x, nearest.y) if nearest is not None else (x + dx * scale / 5, y + dy * scale / 5))
    return LineString([ends[0], *found.coords, ends[1]])


def _built_up(town: Town) -> list[Polygon]:
    """Return the ground the blocks cover, with the streets between them."""
    covered = union_all([rectangle(block.x0 - 7, block.y0 - 7, block.x1 + 7, block.y1 + 7) for block in town.blocks])
    return [piece for piece in getattr(covered, "geoms", [covered]) if isinstance(piece, Polygon)]


def _streets(town: Town) -> list[Feature]:
    """Draw each street where a block lies beside it, the scenes' own ones and the ways off the grid."""
    figures = town.figures
    local = figures.local
    there = {(block.column, block.row) for block in town.blocks}
    names = iter(figures.street_names * 4)
    features = []
    for column, x in enumerate(town.xs):
        rows = [row for row in range(len(town.ys) - 1) if (column, row) in there or (column - 1, row) in there]
        name, kind = _street_of(figures, "x", x, names)
        features += [line(figures.frame, [(x, town.ys[a]), (x, town.ys[b + 1])], "roads", kind, name) for a, b in _runs(rows)]
    for row, y in enumerate(town.ys):
        columns = [column for column in range(len(town.xs) - 1) if (column, row) in there or (column, row - 1) in there]
        name, kind = _street_of(figures, "y", y, names)
        features += [line(figures.frame, [(town.xs[a], y), (town.xs[b + 1], y)], "roads", kind, name) for a, b in _runs(columns)]
    features += [line(figures.frame, way.coords, "roads", "minor_road") for way in town.scene_lines]
    features += [line(figures.frame, points, "roads", kind, named(name, local)) for kind, name, points in figures.ways]
    return features


def _street_of(figures: TownFigures, axis: str, at: float, names: Iterator[str]) -> tuple[dict[str, str], str]:
    main = at in (figures.main_xs if axis == "x" else figures.main_ys)
    text = figures.first_names.get((axis, at)) or next(names)
    if text.startswith("Peace"):
        return named(text, figures.local), "path"
    return named(text, figures.local), "major_road" if main else "minor_road"


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Return the first and last of each run of numbers that follow each other."""
    for number in numbers:
        if number - 1 not in numbers:
            end = number
            while end + 1 in numbers:
                end += 1
            yield number, end


def _by_block(town: Town) -> dict[tuple[int, int], Landmark]:
    """Give each landmark the block it lies in."""
    found = {}
    for landmark in town.figures.landmarks:
        for block in town.blocks:
            if block.x0 <= landmark.at[0] < block.x1 and block.y0 <= landmark.at[1] < block.y1:
                found[block.column, block.row] = landmark
    return found


def _block_features(town: Town, block: Block, landmark: Landmark | None, random: Random) -> list[Feature]:
    figures = town.figures
    x0, x1 = block.x0 + _HALF_STREET[block.x0 in figures.main_xs], block.x1 - _HALF_STREET[block.x1 in figures.main_xs]
    y0, y1 = block.y0 + _HALF_STREET[block.y0 in figures.main_ys], block.y1 - _HALF_STREET[block.y1 in figures.main_ys]
    if x1 - x0 < 16 or y1 - y0 < 16:
        return []
    features = []
    kind = landmark.kind if landmark else _purpose(town, block, random)
    if kind not in {"dense", "houses"}:
        names = named(landmark.name, figures.local) if landmark and landmark.name else None
        land = rectangle(x0, y0, x1, y1).difference(_union(town, rectangle(x0, y0, x1, y1)))
        pieces = [piece for piece in getattr(land, "geoms", [land]) if piece.geom_type == "Polygon" and piece.area > 200]
        features += [area(figures.frame, _ring(piece), "landuse", kind, names=names) for piece in pieces]
    for house in building_boxes(kind, x0, y0, x1, y1, random):
        if town.is_free(rectangle(*house)):
            features.append(area(figures.frame, box(*house), "buildings", "building"))
    return features


def _union(town: Town, shape: BaseGeometry) -> BaseGeometry:
    joined: BaseGeometry = Polygon()
    for index in town.forbidden.query(shape):
        joined = joined.union(town.obstacles[index])
    return joined


def _purpose(town: Town, block: Block, random: Random) -> str:
    """Say what a block is for: dense in the middle, houses with gardens farther out, works by the edges, now and then green."""
    figures = town.figures
    x, y = block.middle
    away = (((x - figures.middle[0]) / figures.reach[0]) ** 2 + ((y - figures.middle[1]) / figures.reach[1]) ** 2) ** 0.5
    chance = random.random()
    if chance < 0.035:
        return "park"
    if away > 0.72 and chance > 0.88:
        return "industrial"
    return "dense" if away < random.uniform(0.42, 0.66) else "houses"


def _ring(polygon: Polygon) -> list[Metres]:
    return [(x, y) for x, y, *_ in polygon.exterior.coords][:-1]


def _mid(a: Metres, b: Metres) -> Metres:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
