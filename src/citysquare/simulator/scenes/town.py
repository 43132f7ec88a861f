"""All scenes by name."""

from __future__ import annotations

from citysquare.simulator.catalogue import PLACES
from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.drawing.ground import ASPHALT, SLABS, Ground
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.stage import Prop
from citysquare.simulator.scenes.base import Scene
from citysquare.simulator.traffic import Lane, Path


def _plain(ground: Ground) -> list[Prop]:
    ground.area([(-60, 0), (60, 0), (60, 40), (-60, 40)], SLABS)
    ground.area([(-80, 8), (80, 8), (80, 16), (-80, 16)], ASPHALT)
    ground.kerb((-80, 8), (80, 8))
    ground.kerb((-80, 16), (80, 16))
    ground.dashes((-80, 12), (80, 12), 3, 4)
    return []


def scene_named(name: str) -> Scene:
    """Give a scene; raises KeyError for a name that is none."""
    if name not in {place.scene for place in PLACES}:
        raise KeyError(name)
    return Scene(
        name,
        View((0, -3, 5.5), 0, 19),
        Light((-0.5, -0.5, 0.7)),
        _plain,
        (
            Lane(Path(((-26, 10), (26, 10))), ("car", "car", "car", "van"), 4, (8, 11)),
            Lane(Path(((30, 14), (-30, 14))), ("car", "car", "car", "truck", "bus"), 4, (8, 11)),
            Lane(Path(((-16, 6.5), (16, 6.5))), ("person",), 4, (1.9, 2.2), aside=0.6),
            Lane(Path(((22, 18), (-22, 18))), ("person",), 3, (2.5, 2.9), aside=0.6),
        ),
        0.5,
        1,
    )
