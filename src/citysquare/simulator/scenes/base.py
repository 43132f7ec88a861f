"""What a scene is, and short words for the lanes in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from citysquare.simulator.drawing.furniture import Standing, parked
from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.drawing.ground import Ground
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.stage import Prop, Stage, build
from citysquare.simulator.drawing.vehicles import choose
from citysquare.simulator.scenes.dressing import Dress
from citysquare.simulator.scenes.line import Line
from citysquare.simulator.traffic import Lane, Path

CARS = ("car", "car", "car", "car", "van")
TRAFFIC = ("car", "car", "car", "car", "car", "van", "van", "truck")
SPLITS = ("show", "train", "test")
AS_LAID_OUT = Dress()


@dataclass(frozen=True)
class Scene:
    """A place with a camera. `furnish` paints the ground and gives what stands on it.

    `lines` are where crossings are counted, `main_road` says that its carriageway is one, `one_way` that each lane has a carriageway of
    its own. As laid out, a scene is not yet mirrored and has its first colours; `dressed` gives it as it is to be seen.
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
    one_way: bool = False
    dress: Dress = AS_LAID_OUT

    def variant(self, name: str, fresh: int, *, mirrored: bool = False, view: View | None = None) -> Scene:
        """Give another place of the same layout: other colours, perhaps mirrored, perhaps seen from elsewhere (before mirroring)."""
        return replace(self, name=name, view=view or self.view, seed=self.seed + 100 * fresh, dress=Dress(mirrored, fresh))

    def dressed(self, split: str = "show") -> Scene:
        """Give the scene as it is to be seen in a split. Train pictures are mirrored against the others."""
        dress = replace(self.dress, split=split, mirrored=self.dress.mirrored != (split == "train"))
        return replace(
            self,
            view=dress.view(self.view, self.seed),
            light=dress.light(self.light, self.seed),
            lanes=dress.lanes(self.lanes, one_way=self.one_way),
            lines=dress.lines(self.lines),
            seed=self.seed + 1000 * SPLITS.index(split),
            split=split,
            dress=dress,
        )

    def sized(self, width: int, height: int) -> Scene:
        """Give the scene in another picture size."""
        return replace(self, view=self.view.sized(width, height))

    def build(self) -> Stage:
        """Paint the background."""
        ground, props = self.laid(self.light)
        return build(self.view, ground, props, self.seed)

    def laid(self, light: Light) -> tuple[Ground, list[Prop]]:
        """Lay the ground in a light, and give it with what stands on it; each mood of the scene begins with this."""
        ground = Ground(self.view, light, self.dress.manner())
        return ground, self.dress.props(self.furnish(ground))


def standing_car(ground: Ground, kind: str, seed: int, at: tuple[float, float], turn: float) -> Standing:
    """Park a vehicle of the split the ground is for."""
    return parked(choose(Random(seed), kind, ground.manner.split), at, turn)  # noqa: S311  # looks


def walk(*corners: tuple[float, float], count: int = 2, stop: float | None = None, wait: float = 0.0) -> Lane:
    """Let people walk along; at `stop` metres they stand `wait` seconds."""
    return Lane(Path(corners, bend=1.5), ("person",), count, (1.25, 1.7), stop, wait, aside=0.45)


def hurry(*corners: tuple[float, float], count: int = 1, speed: tuple[float, float] = (2.5, 3.1)) -> Lane:
    """Let people run along: where a walk would take longer than a loop lasts."""
    return Lane(Path(corners, bend=2.0), ("person",), count, speed, None, 0.0, aside=0.3)


def drive(
    *corners: tuple[float, float],
    kinds: tuple[str, ...] = CARS,
    count: int = 3,
    speed: tuple[float, float] = (9.0, 12.0),
    stop: float | None = None,
) -> Lane:
    """Let vehicles drive along; at `stop` metres they may wait for others."""
    return Lane(Path(corners, bend=6.0), kinds, count, speed, stop, 0.0, aside=0.2)
