"""Clothes, builds and who wears what, in three families that share none: `show`, `train` and `test`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from citysquare.simulator.drawing.layer import Colour
from citysquare.simulator.drawing.people.body import Person


@dataclass(frozen=True, slots=True)
class Family:
    """What people of a split look like. `heights` are of adults, `small` of children, metres; `girths` how broad they are."""

    skins: tuple[Colour, ...]
    hair: tuple[Colour, ...]
    tops: tuple[Colour, ...]
    trousers: tuple[Colour, ...]
    carried: tuple[Colour, ...]
    shoes: tuple[Colour, ...]
    heights: tuple[float, ...]
    small: tuple[float, ...]
    girths: tuple[float, ...]
    stoops: tuple[float, ...]


GREYS = {"show": (176, 178, 180), "train": (196, 198, 198), "test": (160, 162, 168)}
FAMILIES: dict[str, Family] = {
    "show": Family(
        ((150, 180, 225), (140, 172, 218), (120, 155, 205), (90, 120, 175)),
        ((30, 34, 42), (40, 52, 74), (60, 84, 120), (90, 130, 170)),
        (
            (60, 60, 175),
            (150, 90, 50),
            (70, 120, 70),
            (60, 150, 200),
            (200, 200, 200),
            (56, 54, 54),
            (130, 70, 110),
            (160, 140, 90),
            (110, 160, 190),
            (90, 70, 60),
            (210, 214, 216),
            (52, 44, 96),
        ),
        ((96, 66, 44), (50, 48, 48), (70, 66, 64), (120, 150, 165), (80, 60, 40), (60, 70, 90), (128, 100, 72)),
        ((46, 60, 96), (40, 38, 36), (60, 40, 150), (120, 140, 80), (150, 96, 40), (180, 178, 170)),
        ((40, 40, 44), (210, 210, 212), (50, 66, 90)),
        (1.62, 1.66, 1.70, 1.74, 1.78, 1.82, 1.86),
        (1.06, 1.18, 1.32),
        (0.92, 1.0, 1.06, 1.16),
        (0.35, 0.5),
    ),
    "train": Family(
        ((156, 186, 230), (132, 164, 212), (112, 146, 196), (78, 106, 158), (60, 82, 122)),
        ((26, 28, 34), (46, 60, 84), (70, 96, 134), (100, 142, 184)),
        (
            (44, 50, 160),
            (168, 106, 40),
            (56, 104, 60),
            (40, 130, 216),
            (190, 190, 188),
            (66, 62, 60),
            (146, 60, 124),
            (176, 150, 70),
            (90, 146, 176),
            (74, 60, 48),
            (222, 224, 220),
            (34, 30, 28),
        ),
        ((110, 74, 40), (42, 40, 38), (82, 78, 76), (136, 160, 176), (66, 48, 34), (52, 60, 78), (146, 116, 84)),
        ((36, 52, 84), (30, 30, 32), (48, 34, 136), (136, 150, 64), (166, 110, 30), (196, 192, 186)),
        ((34, 34, 36), (224, 224, 222), (42, 56, 78)),
        (1.58, 1.64, 1.69, 1.73, 1.77, 1.83, 1.90),
        (1.02, 1.14, 1.26, 1.38),
        (0.88, 0.97, 1.03, 1.10, 1.22),
        (0.30, 0.45, 0.58),
    ),
    "test": Family(
        ((146, 176, 220), (136, 168, 210), (126, 160, 208), (98, 130, 184), (70, 94, 140)),
        ((34, 40, 50), (52, 66, 90), (54, 76, 108), (84, 120, 156)),
        (
            (74, 70, 188),
            (134, 80, 60),
            (84, 134, 84),
            (76, 164, 212),
            (206, 208, 206),
            (48, 46, 50),
            (118, 80, 98),
            (148, 128, 104),
            (122, 170, 200),
            (100, 82, 70),
            (216, 212, 208),
            (60, 96, 40),
        ),
        ((88, 60, 50), (54, 52, 56), (62, 58, 56), (112, 140, 154), (92, 70, 46), (68, 80, 102), (118, 92, 64)),
        ((56, 70, 106), (44, 44, 48), (70, 50, 160), (108, 128, 92), (138, 84, 52), (172, 168, 160)),
        ((46, 46, 50), (200, 202, 206), (58, 74, 102)),
        (1.60, 1.65, 1.71, 1.75, 1.80, 1.84, 1.88),
        (1.10, 1.22, 1.30),
        (0.94, 1.01, 1.08, 1.18),
        (0.32, 0.40, 0.54),
    ),
}
_RIDERS = ("bicycle", "motorcycle")


@dataclass(frozen=True, slots=True)
class Companion:
    """Somebody who walks with a leader: metres behind the leader on the same path, and metres to the leader's left.

    Each is a mover and a track of its own: the leader's path, speed and `travelled`, `aside` of the leader plus this one's `aside`, and
    `behind` metres less on the way. A stroller is no companion: it is drawn with the person who pushes it.
    """

    person: Person
    behind: float
    aside: float


def companions(random: Random, split: str = "show") -> tuple[Companion, ...]:
    """Invent those who walk with somebody: one to three people, side by side and then in a second row."""
    places = ((0.05, 0.72), (0.95, 0.1), (1.05, 0.82))
    return tuple(
        Companion(invent(random, "companion", split), behind + random.uniform(-0.1, 0.1), aside + random.uniform(-0.06, 0.06))
        for behind, aside in places[: random.choice((1, 1, 1, 2, 3))]
    )


def invent(random: Random, kind: str = "person", split: str = "show") -> Person:
    """Invent a person of a split's family. `kind` is person (who walks), or bicycle or motorcycle for who rides one.

    A `companion` walks too, and pushes nothing, for in a group there is no room for it.
    """
    family = FAMILIES[split]
    adult = _adult(random, family, split)
    if kind in _RIDERS:
        helmet = random.choice(family.carried) if kind == "motorcycle" or random.random() < 0.35 else None
        return replace(
            adult, skirt=False, coat=False, bag=adult.bag if adult.bag_kind == "backpack" else None, helmet=helmet, umbrella=None
        )
    age = random.random()
    if age < 0.12:
        return replace(_child(random, family, adult))
    if age < 0.24:
        return _old(random, family, adult)
    if kind == "person" and age > 0.93:
        return replace(adult, stroller=random.choice(family.carried), bag=None)
    return adult


def _adult(random: Random, family: Family, split: str) -> Person:
    woman = random.random() < 0.5
    skirt = woman and random.random() < 0.4
    girth = random.choice(family.girths)
    bag = random.choice(family.carried) if random.random() < 0.5 else None
    return Person(
        height=random.choice(family.heights[:5] if woman else family.heights[2:]),
        skin=random.choice(family.skins),
        hair=random.choice(family.hair),
        top=random.choice(family.tops),
        trousers=random.choice(family.trousers),
        skirt=skirt,
        bag=bag,
        stride=random.uniform(1.25, 1.45),
        split=split,
        girth=girth,
        shoes=random.choice(family.shoes),
        short_sleeves=random.random() < 0.4,
        shorts=not skirt and random.random() < 0.16,
        coat=random.random() < 0.14,
        long_hair=woman and random.random() < 0.75,
        hat=random.choice(family.carried) if random.random() < 0.14 else None,
        bag_kind=random.choice(("shoulder", "backpack", "shopping")),
        umbrella=random.choice(family.carried + family.tops[:4]) if random.random() < 0.7 else None,
    )


def _child(random: Random, family: Family, adult: Person) -> Person:
    backpack = random.random() < 0.4
    return replace(
        adult,
        height=random.choice(family.small),
        girth=1.0,
        coat=False,
        shorts=not adult.skirt and random.random() < 0.4,
        bag=random.choice(family.carried) if backpack else None,
        bag_kind="backpack",
        stride=1.2,
    )


def _old(random: Random, family: Family, adult: Person) -> Person:
    return replace(
        adult,
        height=random.choice(family.heights[:4]) - 0.03,
        hair=GREYS[adult.split],
        stoop=random.choice(family.stoops),
        short_sleeves=False,
        shorts=False,
        coat=random.random() < 0.4,
        hat=random.choice(family.carried) if random.random() < 0.4 else None,
        bag_kind="shopping" if adult.bag_kind == "backpack" else adult.bag_kind,
        cane=random.random() < 0.6,
        stride=1.0,
    )
