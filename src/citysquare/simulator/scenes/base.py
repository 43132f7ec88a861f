"""What a scene is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.drawing.ground import Ground
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.stage import Prop, Stage, build
from citysquare.simulator.traffic import Lane


@dataclass(frozen=True)
class Scene:
    """A place with a camera. `furnish` paints the ground and gives what stands on it."""

    name: str
    view: View
    light: Light
    furnish: Callable[[Ground], list[Prop]]
    lanes: tuple[Lane, ...]
    ukrainian_share: float
    seed: int

    def sized(self, width: int, height: int) -> Scene:
        """Give the scene in another picture size."""
        return replace(self, view=self.view.sized(width, height))

    def build(self) -> Stage:
        """Paint the background."""
        ground = Ground(self.view, self.light)
        props = self.furnish(ground)
        return build(self.view, ground, props, self.seed)
