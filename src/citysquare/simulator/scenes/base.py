"""What a scene is, and short words for the lanes in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.drawing.ground import Ground
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.stage import Prop, Stage, build
from citysquare.simulator.traffic import Lane, Path

CARS = ("car", "car", "car", "car", "van")
TRAFFIC = ("car", "car", "car", "car", "car", "van", "van", "truck")
SPLITS = ("show", "train", "test")


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the ground where crossings are counted, metres. Who crosses from the left of a->b to its right goes "forward"."""

    name: str
    a: tuple[float, float]
    b: tuple[float, float]


@dataclass(frozen=True)
class Scene:
    """A place with a camera. `furnish` paints the ground and gives what stands on it.

    `lines` are where crossings are counted, `main_road` says that its carriageway is one. The looks follow from `seed` and `split`.
    """

    name: str
    view: View
    light: Light
    furnish: Callable[[Ground], list[Prop]]
    lanes: tuple[Lane, ...]
    ukrainian_share: float
    seed: int
    lines: tuple[Line, ...] = ()
    main_road: bool = False
    split: str = "show"

    def sized(self, width: int, height: int) -> Scene:
        """Give the scene in another picture size."""
        return replace(self, view=self.view.sized(width, height))

    def build(self) -> Stage:
        """Paint the background."""
        ground = Ground(self.view, self.light)
        props = self.furnish(ground)
        return build(self.view, ground, props, self.seed)


def walk(*corners: tuple[float, float], count: int = 2, stop: float | None = None, wait: float = 0.0) -> Lane:
    """Let people walk along; at `stop` metres they stand `wait` seconds."""
    return Lane(Path(corners, bend=1.5), ("person",), count, (1.25, 1.7), stop, wait, aside=0.45)


def drive(
    *corners: tuple[float, float],
    kinds: tuple[str, ...] = CARS,
    count: int = 3,
    speed: tuple[float, float] = (9.0, 12.0),
    stop: float | None = None,
) -> Lane:
    """Let vehicles drive along; at `stop` metres they may wait for others."""
    return Lane(Path(corners, bend=6.0), kinds, count, speed, stop, 0.0, aside=0.2)
