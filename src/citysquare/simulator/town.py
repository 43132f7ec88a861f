"""The twin town on the map: where its places lie, which way they are turned, and its public spaces with their zones.

Each scene has a ground of its own, in metres: x to the scene's right, y ahead ("scene north"). A place says where the scene's origin
lies on the globe and towards which compass direction its y axis points (`bearing`, degrees clockwise from north). `Place.on_map` turns
scene metres into longitude and latitude on a plane that touches the globe at the origin; over the few hundred metres of a scene it is
right to a centimetre. The figures stand in `town.json`. Cheap to import: nothing is rendered and no drawing library is loaded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import cos, radians, sin
from typing import Any

LANGUAGES = ("en", "bg", "uk", "ro")
METRES_PER_DEGREE = 111_195.0  # of latitude, on a globe of 6371 km

Metres = tuple[float, float]
Degrees = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the camera of a scene hangs and looks: scene metres, `yaw` clockwise from the y axis, `fov` horizontal; degrees."""

    x: float
    y: float
    height: float
    yaw: float
    fov: float


@dataclass(frozen=True, slots=True)
class Place:
    """One scene's public face: titles by language, the origin (degrees, WGS 84), the bearing of its y axis, camera and space."""

    scene: str
    titles: dict[str, str]
    latitude: float
    longitude: float
    bearing: float
    stand: Stand
    range_metres: float
    space: str

    def on_map(self, x: float, y: float) -> Degrees:
        """Turn scene metres into (longitude, latitude)."""
        turn = radians(self.bearing)
        east, north = x * cos(turn) + y * sin(turn), y * cos(turn) - x * sin(turn)
        shrink = cos(radians(self.latitude))
        return (
            round(self.longitude + east / (METRES_PER_DEGREE * shrink), 7),
            round(self.latitude + north / METRES_PER_DEGREE, 7),
        )

    @property
    def azimuth(self) -> float:
        """Where the camera looks: degrees clockwise from north on the map."""
        return round((self.bearing + self.stand.yaw) % 360.0, 1)


@dataclass(frozen=True, slots=True)
class TownZone:
    """A part of a space. `boundary` is a ring of (longitude, latitude), not closed; `kind` says what it is for."""

    key: str
    titles: dict[str, str]
    kind: str
    boundary: tuple[Degrees, ...]


@dataclass(frozen=True, slots=True)
class TownSpace:
    """A public space: titles by language, `kind` as in the register of spaces, a ring of (longitude, latitude), not closed."""

    key: str
    titles: dict[str, str]
    kind: str
    boundary: tuple[Degrees, ...]
    zones: tuple[TownZone, ...]


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("citysquare.simulator").joinpath("town.json").read_text(encoding="utf-8"))
    return found


def _place(said: dict[str, Any]) -> Place:
    return Place(
        scene=said["scene"],
        titles=said["titles"],
        latitude=said["latitude"],
        longitude=said["longitude"],
        bearing=said["bearing"],
        stand=Stand(**said["camera"]),
        range_metres=said["range"],
        space=said["space"],
    )


PLACES: tuple[Place, ...] = tuple(_place(said) for said in _read()["places"])
PLACE_OF: dict[str, Place] = {place.scene: place for place in PLACES}


def _ring(frame: Place, metres: list[list[float]]) -> tuple[Degrees, ...]:
    return tuple(frame.on_map(x, y) for x, y in metres)


def _space(said: dict[str, Any]) -> TownSpace:
    frame = PLACE_OF[said["frame"]]
    zones = tuple(TownZone(zone["key"], zone["titles"], zone["kind"], _ring(frame, zone["boundary"])) for zone in said["zones"])
    return TownSpace(said["key"], said["titles"], said["kind"], _ring(frame, said["boundary"]), zones)


TOWN_SPACES: tuple[TownSpace, ...] = tuple(_space(said) for said in _read()["spaces"])
