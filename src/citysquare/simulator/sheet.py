"""A sheet of everything that moves in the town, for the docs and for whoever changes how it looks.

python -m citysquare.simulator.sheet docs/pictures/things.jpg
python -m citysquare.simulator.sheet train.png --split train
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import atan2, degrees, radians
from random import Random

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture, View
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.people import Person, invent
from citysquare.simulator.drawing.plates import BORDER, Plate, draw_lots, picture_of
from citysquare.simulator.drawing.stage import Stage
from citysquare.simulator.drawing.vehicles import SPLITS, Look, choose
from citysquare.simulator.moods import CLEAR_DAY, Mood
from citysquare.simulator.sprites import draw_mover
from citysquare.simulator.traffic import Mover, Path

TILE = (300, 200)
COLUMNS = 6
_ASPHALT = (106, 104, 103)
_LIGHT = Light((-0.45, -0.5, 0.75))


@dataclass(frozen=True)
class _Ground:
    """An empty place with nothing but a camera and light."""

    view: View
    light: Light = _LIGHT


@dataclass(frozen=True)
class _Still:
    """Air of a mood that changes no light: only umbrellas go up."""

    mood: Mood

    def light_at(self, ground: tuple[float, float], light: Light) -> Light:
        """Leave the light as it is."""
        del ground
        return light


def tile(look: Look | None, person: Person | None, plate: Plate | None, turn: float, mood: Mood = CLEAR_DAY) -> Picture:
    """Draw one thing, turned by `turn` degrees, large enough to fill a tile."""
    size = look.length if look and not look.ridden else 2.3
    distance = 5.5 + size * 1.6
    height = distance * 0.34
    wide, high = TILE
    fov = degrees(2 * atan2(size * 0.56 + 0.35, distance - size * 0.3))
    view = View((0.0, -distance, height), 0.0, degrees(atan2(height - 0.8, distance)), fov, wide * 2, high * 2)
    picture = np.full((high * 2, wide * 2, 3), _ASPHALT, np.uint8)
    still = None if mood == CLEAR_DAY else _Still(mood)
    stage = Stage(picture, np.full(picture.shape[:2], np.inf, np.float32), np.zeros(picture.shape[:2], np.uint8), still)
    kind = look.kind if look else "person"
    mover = Mover(1, kind, look, person, plate, Path(((0.0, 0.0), (9.0, 0.0))), 0.0, 0.0, np.linspace(0, 9, 100), 15.0)
    draw_mover(picture, stage, _Ground(view), (mover, 1.3 + turn / 40, ((0.0, 0.0), radians(turn))))
    shrunk: Picture = cv2.resize(picture, TILE, interpolation=cv2.INTER_AREA)
    return shrunk


def _plates(random: Random, split: str, count: int) -> list[Picture]:
    tiles = []
    countries = list(BORDER)
    for number in range(count):
        kind = "motorcycle" if number % 4 == 3 else "car"
        plate = draw_lots(random, {countries[number % len(countries)]: 1.0}, kind, split)
        picture = np.full((TILE[1] // 2, TILE[0], 3), _ASPHALT, np.uint8)
        if plate:
            drawn = cv2.resize(picture_of(plate), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            high, wide = drawn.shape[:2]
            top, left = (picture.shape[0] - high) // 2, (TILE[0] - wide) // 2
            picture[top : top + high, left : left + wide] = drawn
        tiles.append(picture)
    return tiles


def sheet(split: str, seed: int = 3) -> Picture:
    """Draw vehicles, riders, people and plates of a split's family, one row after the other."""
    random = Random(seed)  # noqa: S311  # looks must repeat
    tiles: list[Picture] = []
    turns = (-38, 62, 158, -118)
    for kind, count in (("car", 12), ("van", 6), ("truck", 6), ("bus", 6), ("motorcycle", 6), ("bicycle", 6)):
        for number in range(count):
            look = choose(random, kind, split)
            person = invent(random, kind, split) if look.ridden else None
            tiles.append(tile(look, person, draw_lots(random, BORDER, kind, split), turns[number % 4] + random.uniform(-12, 12)))
    for number in range(18):
        person = invent(random, "person", split)
        if number % 9 == 4:
            person = replace(person, stroller=person.bag or person.top, stoop=0.0, cane=False, height=max(person.height, 1.6))
        mood = Mood("day", "rain") if number % 6 == 5 else CLEAR_DAY
        tiles.append(tile(None, person, None, turns[number % 4] + random.uniform(-25, 25), mood))
    rows = [np.hstack(tiles[k : k + COLUMNS]) for k in range(0, len(tiles), COLUMNS)]
    plates = _plates(random, split, 18)
    rows += [np.hstack(plates[k : k + COLUMNS]) for k in range(0, len(plates), COLUMNS)]
    whole: Picture = np.vstack(rows)
    return whole


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the sheet to a file."""
    parser = argparse.ArgumentParser(description="Draw a sheet of everything that moves in the simulated town.")
    parser.add_argument("file", help="where to write the picture (.jpg or .png)")
    parser.add_argument("--split", choices=SPLITS, default="show", help="whose family of looks")
    chosen = parser.parse_args(arguments)
    if not cv2.imwrite(chosen.file, sheet(chosen.split), [cv2.IMWRITE_JPEG_QUALITY, 88]):
        raise SystemExit(f"The picture cannot be written to {chosen.file}; choose a folder that exists and may be written.")


if __name__ == "__main__":
    main()
