"""Other looks for a layout: mirrored, other colours of houses, ground and leaves, other windows, trees and shop signs.

The families of colours and words of the splits `show`, `train` and `test` are disjoint, so that what learns from one split meets new
houses in the other. A mirrored layout keeps to right-hand traffic: its two-way lanes are driven the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from citysquare.simulator.drawing.boards import Board
from citysquare.simulator.drawing.facade import Style
from citysquare.simulator.drawing.furniture import Block, Standing
from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.drawing.ground import ASPHALT, EARTH, GRASS, SETTS, SLABS, Manner
from citysquare.simulator.drawing.houses import RUST, SLATE, TILES, House
from citysquare.simulator.drawing.layer import Colour
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.nature import ACACIA, LIME, POPLAR, WILLOW, Hedge, Tree
from citysquare.simulator.drawing.stage import Prop
from citysquare.simulator.scenes.line import Line
from citysquare.simulator.traffic import Lane, Path

_FELLED = 0.15
"""Share of a layout's trees that other looks do without."""


@dataclass(frozen=True)
class Family:
    """What the houses, roofs, leaves and grounds of a split may look like."""

    plasters: tuple[Colour, ...]
    panels: tuple[Colour, ...]
    roofs: tuple[Colour, ...]
    leaves: tuple[Colour, ...]
    grounds: tuple[Mapping[int, Colour], ...]


FAMILIES: dict[str, Family] = {
    "show": Family(
        ((150, 196, 218), (168, 178, 214), (186, 206, 186), (190, 216, 226), (206, 190, 168), (160, 186, 226), (204, 206, 192)),
        ((186, 192, 196), (176, 190, 204), (198, 196, 190)),
        (TILES, RUST, (62, 90, 142)),
        (LIME, POPLAR, WILLOW, ACACIA),
        (
            {SLABS: (0.97, 0.99, 1.02), GRASS: (1.0, 1.03, 1.06)},
            {SLABS: (1.03, 1.01, 0.99), ASPHALT: (1.05, 1.04, 1.03), SETTS: (0.96, 0.98, 1.02)},
            {SLABS: (0.93, 0.97, 1.02), ASPHALT: (0.95, 0.95, 0.96), GRASS: (0.95, 0.98, 1.0)},
        ),
    ),
    "train": Family(
        ((208, 198, 182), (158, 176, 224), (178, 216, 204), (216, 206, 212), (148, 208, 228), (176, 170, 196), (214, 214, 206)),
        ((202, 188, 176), (170, 178, 186), (190, 204, 200)),
        ((72, 72, 118), (112, 106, 98), (84, 102, 142)),
        ((50, 118, 86), (66, 122, 68), (84, 148, 132)),
        (
            {SLABS: (0.88, 0.92, 1.0), ASPHALT: (0.88, 0.88, 0.90), GRASS: (1.0, 0.94, 1.0), EARTH: (0.92, 0.95, 1.0)},
            {SLABS: (1.06, 1.02, 0.96), ASPHALT: (1.14, 1.12, 1.10), GRASS: (0.9, 1.04, 0.92), SETTS: (1.06, 1.02, 0.97)},
        ),
    ),
    "test": Family(
        ((138, 160, 208), (172, 224, 234), (196, 210, 190), (212, 190, 188), (202, 210, 216), (166, 192, 196), (184, 196, 232)),
        ((180, 198, 190), (206, 204, 206), (164, 184, 206)),
        ((52, 94, 170), (76, 78, 84), (92, 110, 122)),
        ((44, 112, 108), (72, 142, 86), (60, 100, 64)),
        (
            {SLABS: (0.94, 1.0, 1.03), ASPHALT: (1.0, 0.97, 0.94), GRASS: (0.92, 0.98, 1.12), EARTH: (1.0, 1.0, 1.05)},
            {SLABS: (0.98, 0.92, 0.88), ASPHALT: (1.08, 1.10, 1.12), GRASS: (1.05, 1.06, 0.95), SETTS: (0.92, 0.96, 1.05)},
        ),
    ),
}


@dataclass(frozen=True)
class Dress:
    """One change of looks. `fresh` 0 keeps the layout's own colours (of split `show`); other numbers are other draws of a family."""

    mirrored: bool = False
    fresh: int = 0
    split: str = "show"

    @property
    def plain(self) -> bool:
        """Whether the layout stays as it was laid out."""
        return not self.mirrored and not self.fresh and self.split == "show"

    @property
    def coloured(self) -> bool:
        """Whether colours and details are drawn anew."""
        return bool(self.fresh) or self.split != "show"

    def _random(self, *what: object) -> Random:
        return Random(":".join(str(part) for part in (self.split, self.fresh, *what)))  # noqa: S311  # looks

    def manner(self) -> Manner:
        """How the ground is to be painted."""
        tones = self._random("ground").choice(FAMILIES[self.split].grounds) if self.coloured else {}
        return Manner(self.mirrored, tones, self.split)

    def props(self, props: Sequence[Prop]) -> list[Prop]:
        """Dress what stands."""
        dressed = [self._recoloured(prop) for prop in props if self._stays(prop)] if self.coloured else list(props)
        return [_mirrored(prop) for prop in dressed] if self.mirrored else dressed

    def _stays(self, prop: Prop) -> bool:
        return not isinstance(prop, Tree) or self._random("felled", prop.seed).random() > _FELLED

    def _recoloured(self, prop: Prop) -> Prop:
        family = FAMILIES[self.split]
        if isinstance(prop, House):
            random = self._random("house", prop.seed)
            roof = prop.roof if prop.roof == "flat" else random.choice(("hip", "gable"))
            colour = random.choice(family.roofs if prop.roof_colour != SLATE else (SLATE,))
            return replace(
                prop, style=self._style(prop.style, random), seed=prop.seed + random.randrange(1, 900), roof=roof, roof_colour=colour
            )
        if isinstance(prop, Tree):
            random = self._random("tree", prop.seed)
            taller = random.uniform(0.86, 1.14)
            return replace(
                prop,
                seed=prop.seed + random.randrange(1, 900),
                height=prop.height * taller,
                crown=prop.crown * random.uniform(0.88, 1.12),
                leaf=random.choice(family.leaves),
            )
        if isinstance(prop, Hedge):
            random = self._random("hedge", prop.seed)
            return replace(prop, seed=prop.seed + random.randrange(1, 900), flowers=tuple(random.sample(prop.flowers, len(prop.flowers))))
        return prop

    def _style(self, style: Style, random: Random) -> Style:
        family = FAMILIES[self.split]
        panel = style.order == "panel"
        plaster = random.choice(family.panels if panel else family.plasters)
        trim = style.trim if panel else random.choice((style.trim, (224, 230, 236), (206, 214, 220)))
        wide, tall = style.window
        return replace(
            style,
            plaster=plaster,
            trim=trim,
            bay=style.bay * random.uniform(0.92, 1.12),
            window=(wide * random.uniform(0.88, 1.1), tall * random.uniform(0.92, 1.06)),
            order=style.order if panel else random.choice((style.order, style.order, "old", "plain")),
            split=self.split,
        )

    def view(self, view: View, seed: int) -> View:
        """Turn the camera a little, for splits other than `show`. It sees no more than before, so lanes still end out of its sight."""
        if self.split != "show":
            random = self._random("view", seed)
            narrower = random.uniform(0.86, 0.96)
            swing = view.fov * (1 - narrower) / 2
            x, y, z = view.position
            view = View(
                (x, y, z * random.uniform(0.92, 1.0)),
                view.yaw + random.uniform(-swing, swing),
                view.pitch + random.uniform(-0.6, 1.2),
                view.fov * narrower,
                view.width,
                view.height,
            )
        if self.mirrored:
            x, y, z = view.position
            view = View((-x, y, z), -view.yaw, view.pitch, view.fov, view.width, view.height)
        return view

    def light(self, light: Light, seed: int) -> Light:
        """Let the sun stand elsewhere."""
        x, y, z = light.sun
        if self.coloured:
            random = self._random("sun", seed)
            x, z = x * random.uniform(0.5, 1.3), z * random.uniform(0.85, 1.2)
        return replace(light, sun=(-x if self.mirrored else x, y, z))

    def lanes(self, lanes: Sequence[Lane], *, one_way: bool) -> tuple[Lane, ...]:
        """Lay the lanes as the ground lies."""
        return tuple(_mirrored_lane(lane, one_way=one_way) for lane in lanes) if self.mirrored else tuple(lanes)

    def lines(self, lines: Sequence[Line]) -> tuple[Line, ...]:
        """Lay the counting lines as the ground lies; "forward" stays the way it was towards the camera."""
        return tuple(Line(line.name, _flipped(line.b), _flipped(line.a)) for line in lines) if self.mirrored else tuple(lines)


def _flipped(point: tuple[float, float]) -> tuple[float, float]:
    return -point[0], point[1]


def _mirrored(prop: Prop) -> Prop:
    if isinstance(prop, House | Board):
        return prop.mirrored()
    if isinstance(prop, Standing):
        return replace(prop, at=_flipped(prop.at), turn=180.0 - prop.turn)
    if isinstance(prop, Tree):
        return replace(prop, at=_flipped(prop.at))
    if isinstance(prop, Hedge):
        return replace(prop, a=_flipped(prop.a), b=_flipped(prop.b))
    if isinstance(prop, Block):
        (x0, y0, z0), (x1, y1, z1) = prop.low, prop.high
        return replace(prop, low=(-x1, y0, z0), high=(-x0, y1, z1))
    raise TypeError(f"{type(prop).__name__} cannot be mirrored.")


def _mirrored_lane(lane: Lane, *, one_way: bool) -> Lane:
    corners = tuple(_flipped(corner) for corner in lane.path.corners)
    if one_way or "person" in lane.kinds:
        return replace(lane, path=Path(corners, lane.path.bend))
    # A place to wait before a crossing lies behind it when one comes from the other side: only a bus keeps its stop.
    stop = lane.path.length - lane.stop if lane.stop is not None and lane.must_stop else None
    return replace(lane, path=Path(corners[::-1], lane.path.bend), stop=stop)
