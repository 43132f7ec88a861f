"""Which cameras the twin town has: names, titles in four languages, places. Cheap to import: nothing is rendered here.

The town is modelled on Izmail (45.35 N 28.84 E) and Tulcea (45.17 N 28.79 E) on the two banks of the Danube; the places are
plausible, not surveyed. Where each lies, and the public spaces around them: `town`.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from citysquare.simulator.town import LANGUAGES, PLACES, TOWN_SPACES, Place, TownSpace, TownZone

MOST_CAMERAS = 200
_ASIDE_METRES = 3.0

__all__ = ["LANGUAGES", "MOST_CAMERAS", "PLACES", "TOWN_SPACES", "Place", "SimulatedCamera", "TownSpace", "TownZone", "catalogue"]


@dataclass(frozen=True, slots=True)
class SimulatedCamera:
    """A camera as an operator would register it. `title` by language code; paths are those of the RTSP server.

    `azimuth` is the compass direction it looks to, `view_angle` the horizontal angle it sees (degrees), `range_metres` how far a person
    can still be told from a car, `height_metres` how high it hangs, `space` the key of its public space.
    """

    name: str
    scene: str
    title: dict[str, str]
    latitude: float
    longitude: float
    azimuth: float
    view_angle: float
    range_metres: float
    height_metres: float
    space: str
    main_path: str
    sub_path: str


def catalogue(cameras: int = 8, seed: int = 1) -> list[SimulatedCamera]:
    """Name the first `cameras` cameras. Past the last place the places come again, a few metres aside and numbered.

    Raises ValueError, with a sentence for a person, when `cameras` is not within 1 to 200.
    """
    if not 1 <= cameras <= MOST_CAMERAS:
        raise ValueError(f"The number of cameras must be between 1 and {MOST_CAMERAS}, not {cameras}.")
    return [_camera(index, seed) for index in range(cameras)]


def _camera(index: int, seed: int) -> SimulatedCamera:
    place, again = PLACES[index % len(PLACES)], index // len(PLACES)
    moved = Random(f"{seed}:{index}")  # noqa: S311  # a position on a map of an invented town
    right, ahead = (moved.uniform(-_ASIDE_METRES, _ASIDE_METRES) if again else 0.0 for _ in range(2))
    longitude, latitude = place.on_map(place.stand.x + right, place.stand.y + ahead)
    ending = f" · {again + 1}" if again else ""
    name = f"cam{index + 1}"
    return SimulatedCamera(
        name=name,
        scene=place.scene,
        title={language: title + ending for language, title in place.titles.items()},
        latitude=latitude,
        longitude=longitude,
        azimuth=place.azimuth,
        view_angle=place.stand.fov,
        range_metres=place.range_metres,
        height_metres=place.stand.height,
        space=place.space,
        main_path=f"/{name}/main",
        sub_path=f"/{name}/sub",
    )
