"""Measures of bodies, in metres, in three families that share none: `show`, `train` and `test`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """Measures of a car. The cabin runs from `cabin[0]` to `cabin[3]` at the belt, `cabin[1]` to `cabin[2]` at the roof.

    `panes` are the side windows as shares of the cabin; `bed` is where a pick-up's open bed begins; `trim` clads sills and arches.
    """

    length: float
    width: float
    belt: float
    height: float
    nose: float
    cabin: tuple[float, float, float, float]
    wheels: tuple[float, float]
    radius: float = 0.32
    panes: tuple[tuple[float, float], ...] = ((0.05, 0.46), (0.495, 0.93))
    tail: float = 0.0
    low: float = 0.2
    bed: bool = False
    rails: bool = False
    trim: bool = False
    spokes: int = 5


_THREE = ((0.04, 0.24), (0.275, 0.585), (0.62, 0.95))
_SMALL = ((0.05, 0.40), (0.435, 0.94))
CARS: dict[str, dict[str, Shape]] = {
    "show": {
        "saloon": Shape(4.58, 1.80, 0.93, 1.46, 0.72, (-1.72, -0.98, 0.28, 1.12), (-1.38, 1.38), 0.33, tail=0.06),
        "hatchback": Shape(4.05, 1.76, 0.95, 1.50, 0.74, (-1.92, -1.42, 0.28, 1.08), (-1.25, 1.27), 0.32, _SMALL),
        "estate": Shape(4.68, 1.82, 0.98, 1.52, 0.78, (-2.22, -1.86, 0.30, 1.12), (-1.40, 1.40), 0.34, _THREE, rails=True),
        "suv": Shape(
            4.45, 1.86, 1.10, 1.68, 0.92, (-2.06, -1.66, 0.24, 1.02), (-1.32, 1.34), 0.37, _THREE, low=0.26, trim=True, rails=True
        ),
        "pickup": Shape(
            5.20, 1.86, 1.10, 1.78, 0.98, (-0.95, -0.72, 0.62, 1.32), (-1.55, 1.62), 0.38, low=0.30, bed=True, trim=True, spokes=6
        ),
        "city": Shape(3.60, 1.64, 0.96, 1.52, 0.78, (-1.72, -1.38, 0.36, 1.10), (-1.12, 1.18), 0.29, _SMALL, spokes=7),
    },
    "train": {
        "train saloon": Shape(4.72, 1.84, 0.95, 1.44, 0.70, (-1.84, -0.86, 0.20, 1.14), (-1.42, 1.44), 0.34, tail=0.08, spokes=6),
        "train limousine": Shape(4.42, 1.72, 0.89, 1.42, 0.74, (-1.52, -1.08, 0.18, 0.92), (-1.30, 1.32), 0.30, tail=0.02, spokes=8),
        "train hatchback": Shape(4.22, 1.79, 0.94, 1.47, 0.71, (-2.00, -1.30, 0.22, 1.12), (-1.28, 1.32), 0.33, _SMALL, spokes=5),
        "train estate": Shape(4.54, 1.78, 0.95, 1.50, 0.73, (-2.14, -1.92, 0.24, 1.06), (-1.34, 1.36), 0.32, _THREE, spokes=9),
        "train suv": Shape(4.66, 1.90, 1.14, 1.72, 0.98, (-2.20, -1.92, 0.30, 1.00), (-1.40, 1.42), 0.39, _THREE, low=0.28, rails=True),
        "train pickup": Shape(5.34, 1.90, 1.14, 1.82, 1.02, (-0.80, -0.62, 0.70, 1.42), (-1.62, 1.68), 0.39, low=0.32, bed=True, spokes=5),
        "train mini": Shape(3.44, 1.60, 0.98, 1.56, 0.84, (-1.66, -1.44, 0.44, 1.10), (-1.08, 1.14), 0.28, _SMALL, spokes=6),
    },
    "test": {
        "test saloon": Shape(4.50, 1.77, 0.92, 1.48, 0.75, (-1.62, -1.04, 0.34, 1.06), (-1.34, 1.34), 0.31, tail=0.03, spokes=7),
        "test coupe": Shape(
            4.32, 1.81, 0.90, 1.36, 0.68, (-1.70, -0.70, 0.10, 1.02), (-1.26, 1.34), 0.34, ((0.10, 0.40), (0.44, 0.93)), tail=0.1
        ),
        "test hatchback": Shape(3.92, 1.74, 0.97, 1.53, 0.78, (-1.86, -1.52, 0.34, 1.12), (-1.20, 1.24), 0.31, _SMALL, spokes=8),
        "test estate": Shape(4.84, 1.85, 0.99, 1.49, 0.76, (-2.30, -1.72, 0.24, 1.12), (-1.44, 1.46), 0.35, _THREE, spokes=5, rails=True),
        "test suv": Shape(
            4.28, 1.82, 1.06, 1.62, 0.88, (-1.96, -1.52, 0.28, 1.04), (-1.28, 1.30), 0.35, _SMALL, low=0.24, trim=True, spokes=6
        ),
        "test pickup": Shape(
            5.06, 1.82, 1.06, 1.74, 0.94, (-1.10, -0.84, 0.50, 1.20), (-1.50, 1.56), 0.36, low=0.28, bed=True, trim=True, spokes=8
        ),
        "test people carrier": Shape(4.60, 1.83, 1.02, 1.66, 0.84, (-2.18, -1.86, 0.46, 1.40), (-1.38, 1.42), 0.33, _THREE, low=0.22),
    },
}


@dataclass(frozen=True, slots=True)
class Large:
    """Measures of a van, truck or bus. `body` says how it is built; `glazed` gives windows along a van's sides."""

    body: str
    length: float
    width: float
    height: float
    wheels: tuple[float, ...]
    radius: float
    screen: float = 0.6
    bonnet: float = 1.15
    glazed: bool = False
    doors: tuple[float, ...] = ()
    panes: int = 8
    cab: float = 2.0


LARGE: dict[str, dict[str, dict[str, Large]]] = {
    "show": {
        "van": {
            "van": Large("van", 5.40, 2.00, 2.38, (-1.62, 1.72), 0.35, 0.72),
            "minibus": Large("van", 5.90, 2.02, 2.62, (-1.85, 1.92), 0.36, 0.62, 1.2, glazed=True),
            "courier": Large("van", 4.40, 1.80, 1.84, (-1.34, 1.36), 0.31, 0.80, 1.0),
        },
        "truck": {
            "truck": Large("box", 7.60, 2.40, 3.40, (-2.45, 2.65), 0.48),
            "tipper": Large("tipper", 6.90, 2.45, 3.00, (-2.55, -1.35, 2.35), 0.50, cab=1.9),
        },
        "bus": {
            "bus": Large("bus", 11.80, 2.50, 3.10, (-3.10, 3.30), 0.48, doors=(4.35, 0.55, -4.75), panes=9),
            "midibus": Large("bus", 8.60, 2.36, 3.00, (-2.20, 2.10), 0.43, doors=(2.95, -1.05), panes=7),
        },
    },
    "train": {
        "van": {
            "train van": Large("van", 5.62, 2.04, 2.52, (-1.70, 1.86), 0.35, 0.56, 1.18),
            "train minibus": Large("van", 6.30, 2.06, 2.70, (-1.98, 2.06), 0.36, 0.54, 1.22, glazed=True, panes=5),
            "train courier": Large("van", 4.56, 1.84, 1.90, (-1.42, 1.40), 0.32, 0.70, 1.04),
        },
        "truck": {
            "train box": Large("box", 8.20, 2.48, 3.60, (-2.70, 2.90), 0.50, cab=2.1),
            "train tipper": Large("tipper", 7.30, 2.50, 3.05, (-2.75, -1.45, 2.50), 0.52, cab=2.1),
            "train flat": Large("tarpaulin", 7.10, 2.36, 3.15, (-2.25, 2.45), 0.46, cab=1.85),
        },
        "bus": {
            "train bus": Large("bus", 12.00, 2.55, 3.20, (-3.25, 3.20), 0.49, doors=(4.55, -0.20), panes=8),
            "train midibus": Large("bus", 9.20, 2.40, 2.92, (-2.45, 2.45), 0.44, doors=(3.25, 0.30), panes=6),
        },
    },
    "test": {
        "van": {
            "test van": Large("van", 5.20, 1.97, 2.28, (-1.54, 1.62), 0.34, 0.82, 1.12),
            "test minibus": Large("van", 5.70, 1.99, 2.50, (-1.76, 1.82), 0.35, 0.70, 1.14, glazed=True, panes=3),
            "test courier": Large("van", 4.26, 1.78, 1.80, (-1.28, 1.32), 0.30, 0.86, 0.98),
        },
        "truck": {
            "test box": Large("box", 7.00, 2.32, 3.22, (-2.20, 2.45), 0.46, cab=1.8),
            "test tipper": Large("tipper", 6.50, 2.40, 2.90, (-2.35, -1.20, 2.20), 0.48, cab=1.8),
            "test tarpaulin": Large("tarpaulin", 7.90, 2.44, 3.45, (-2.55, 2.75), 0.49, cab=2.05),
        },
        "bus": {
            "test bus": Large("bus", 11.50, 2.48, 3.02, (-3.00, 3.40), 0.47, doors=(4.15, 1.60, -2.45), panes=10),
            "test midibus": Large("bus", 8.00, 2.32, 2.86, (-2.00, 1.95), 0.42, doors=(2.60,), panes=5),
        },
    },
}
