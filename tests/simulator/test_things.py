"""What moves: families of looks that share nothing, heads and plates where the truth says, riders, prams, umbrellas."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import combinations
from math import radians
from pathlib import Path as FilePath
from random import Random

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citysquare.simulator.drawing.geometry import Picture, View
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.people import companions, invent, joints
from citysquare.simulator.drawing.people.wardrobe import FAMILIES, GREYS
from citysquare.simulator.drawing.plates import BORDER, Plate, draw_lots
from citysquare.simulator.drawing.stage import Stage
from citysquare.simulator.drawing.vehicles import RIDDEN, SPLITS, Look, choose, lamps_of, mesh_of, plate_corners, turned_mesh
from citysquare.simulator.drawing.vehicles.palette import ACCENTS, BODIES, BUSES, WORK
from citysquare.simulator.drawing.vehicles.shapes import CARS, LARGE, Large, Shape
from citysquare.simulator.drawing.vehicles.two_wheelers import RIDES, Ride
from citysquare.simulator.moods import CLEAR_DAY, Mood
from citysquare.simulator.sheet import main
from citysquare.simulator.sprites import Drawn, draw_mover
from citysquare.simulator.traffic import Mover, Path

KINDS = ("car", "van", "truck", "bus", "motorcycle", "bicycle", "person")
VIEW = View((0.0, -11.0, 4.5), 0.0, 18.0, 60.0, 640, 360)
SUN = Light((-0.45, -0.5, 0.75))


@dataclass(frozen=True)
class Empty:
    """A place with nothing in it."""

    view: View = VIEW
    light: Light = SUN


@dataclass(frozen=True)
class Air:
    """The air of a mood that leaves the light as it is."""

    mood: Mood

    def light_at(self, ground: tuple[float, float], light: Light) -> Light:
        del ground
        return light


def drawn(mover: Mover, turn: float, at: tuple[float, float] = (0.0, 0.0), mood: Mood = CLEAR_DAY) -> tuple[Picture, Drawn]:
    """Draw a thing on grey ground, without anything before it."""
    picture = np.full((VIEW.height, VIEW.width, 3), 120, np.uint8)
    air = None if mood == CLEAR_DAY else Air(mood)
    stage = Stage(picture, np.full(picture.shape[:2], np.inf, np.float32), np.full(picture.shape[:2], 255, np.uint8), air)
    found = draw_mover(picture, stage, Empty(), (mover, 1.0, (at, radians(turn))))
    assert found is not None
    return picture, found


def made(seed: int, kind: str, split: str = "show", plate: Plate | None = None) -> Mover:
    random = Random(seed)
    look = None if kind == "person" else choose(random, kind, split)
    person = invent(random, kind, split) if look is None or look.ridden else None
    way = Path(((0.0, 0.0), (9.0, 0.0)))
    return Mover(1, kind, look, person, plate, way, 0.0, 0.0, np.linspace(0, 9, 100), 15.0)


def bodies(split: str) -> dict[str, Shape | Large | Ride]:
    """All bodies of a family by their names."""
    found: dict[str, Shape | Large | Ride] = dict(CARS[split])
    for larger in LARGE[split].values():
        found |= larger
    for ridden in RIDES[split].values():
        found |= ridden
    return found


def measures(split: str) -> set[tuple[object, ...]]:
    """All bodies of a family, by their measures alone."""
    return {tuple(getattr(body, each.name) for each in fields(body)) for body in bodies(split).values()}


def colours(split: str) -> set[object]:
    """All colours of a family: of vehicles, clothes, skins, hair and what is carried."""
    family = FAMILIES[split]
    worn = (family.skins, family.hair, family.tops, family.trousers, family.carried, family.shoes, (GREYS[split],))
    return {colour for palette in (BODIES[split], WORK[split], BUSES[split], ACCENTS[split], *worn) for colour in palette}


@pytest.mark.parametrize(("one", "other"), list(combinations(SPLITS, 2)))
def test_families_share_no_body_no_colour_and_no_clothes(one: str, other: str) -> None:
    assert not measures(one) & measures(other)
    assert not set(bodies(one)) & set(bodies(other))
    assert not colours(one) & colours(other)


@given(st.integers(0, 10**9), st.sampled_from(KINDS[:-1]), st.sampled_from(SPLITS))
def test_what_is_chosen_belongs_to_its_family(seed: int, kind: str, split: str) -> None:
    look = choose(Random(seed), kind, split)
    assert (look.kind, look.split) == (kind, split)
    assert look == choose(Random(seed), kind, split)
    assert look.shape in bodies(split)
    assert look.colour in colours(split)
    assert look.ridden == (kind in RIDDEN)


@given(st.integers(0, 10**9), st.sampled_from(("person", *RIDDEN, "companion")), st.sampled_from(SPLITS))
def test_who_is_invented_wears_the_clothes_of_the_family(seed: int, kind: str, split: str) -> None:
    person = invent(Random(seed), kind, split)
    assert person == invent(Random(seed), kind, split)
    assert {person.skin, person.hair, person.top, person.trousers, person.shoes} <= colours(split)
    assert {each for each in (person.bag, person.hat, person.helmet, person.umbrella, person.stroller) if each} <= colours(split)
    assert person.stroller is None or kind == "person"
    assert kind != "motorcycle" or person.helmet


def test_a_street_sees_children_old_people_and_prams() -> None:
    people = [invent(Random(seed)) for seed in range(300)]
    assert sum(person.height < 1.5 for person in people) > 10
    assert sum(person.stoop > 0 for person in people) > 10
    assert sum(person.stroller is not None for person in people) > 5


@given(st.integers(0, 10**9))
def test_companions_walk_beside_and_behind_without_touching(seed: int) -> None:
    group = companions(Random(seed))
    assert 1 <= len(group) <= 3
    places = np.array([(0.0, 0.0), *((one.behind, one.aside) for one in group)])
    for a, b in combinations(places, 2):
        assert np.hypot(*(a - b)) > 0.5


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from(KINDS), st.sampled_from(SPLITS), st.floats(-180, 180), st.floats(-3, 3), st.floats(-2, 9))
def test_boxes_hold_what_is_drawn_and_heads_lie_within(seed: int, kind: str, split: str, turn: float, x: float, y: float) -> None:
    picture, found = drawn(made(seed, kind, split), turn, (x, y))
    if found.box is None:
        return
    left, top, right, bottom = found.box
    changed = np.abs(picture.astype(int) - 120).max(axis=2) > 24
    shadows = 0  # the whole ground lies in shade, so no shadow is thrown
    outside = changed.copy()
    outside[top:bottom, left:right] = False
    assert outside.sum() <= shadows
    if found.head:
        assert left <= found.head[0] < found.head[2] <= right
        assert top <= found.head[1] < found.head[3] <= bottom
        head = changed[int(found.head[1]) : int(found.head[3]) + 1, int(found.head[0]) : int(found.head[2]) + 1]
        assert head.mean() > 0.3
    assert (found.head is None) or kind in (*RIDDEN, "person")


@pytest.mark.parametrize("kind", [*RIDDEN, "person"])
def test_who_is_in_full_view_has_a_head(kind: str) -> None:
    for seed in range(12):
        _, found = drawn(made(seed, kind), seed * 30)
        assert found.head is not None
        assert found.box is not None
        assert found.head[3] < (found.box[1] + found.box[3]) / 2 + 12, "in the upper half"


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from(KINDS[:-2]), st.sampled_from(SPLITS), st.floats(-180, 180))
def test_the_corners_in_truth_lie_on_the_plates_pixels(seed: int, kind: str, split: str, turn: float) -> None:
    plate = draw_lots(Random(seed), BORDER, kind, split)
    with_plate, found = drawn(made(seed, kind, split, plate), turn)
    if found.plate is None:
        return
    without, _ = drawn(made(seed, kind, split), turn)
    changed = np.abs(with_plate.astype(int) - without).max(axis=2) > 8
    quad = np.zeros(changed.shape, np.uint8)
    cv2.fillPoly(quad, [found.plate.round().astype(np.int32)], 255)
    inner = cv2.erode(quad, np.ones((3, 3), np.uint8)) > 0
    outer = cv2.dilate(quad, np.ones((5, 5), np.uint8)) > 0
    assert changed[inner].mean() > 0.5, "the plate is where its corners are"
    assert not (changed & ~outer).any(), "and nowhere else"
    assert found.plate[0, 0] < found.plate[1, 0], "read from left to right"
    assert found.plate[0, 1] < found.plate[3, 1], "and from above"
    assert found.lines in (1, plate.lines if plate else 1)


@given(st.integers(0, 10**6), st.sampled_from(KINDS[:-1]), st.sampled_from(SPLITS))
def test_lamps_sit_at_the_ends_of_a_vehicle(seed: int, kind: str, split: str) -> None:
    look = choose(Random(seed), kind, split)
    lamps = lamps_of(look)
    points = mesh_of(look).points
    low, high = points.min(axis=0) - 0.12, points.max(axis=0) + 0.12
    for ahead, group in ((1, lamps.head), (-1, lamps.tail)):
        for lamp in group:
            assert lamp[0] * ahead > look.length * 0.2
            assert all(low[axis] <= lamp[axis] <= high[axis] for axis in range(3))
    assert len(lamps.head) == len(lamps.tail) == (1 if look.ridden else 2)


@given(st.integers(0, 10**6), st.sampled_from(KINDS[:-1]), st.sampled_from(SPLITS))
def test_a_body_has_the_size_it_claims(seed: int, kind: str, split: str) -> None:
    look = choose(Random(seed), kind, split)
    points = mesh_of(look).points
    assert points[:, 2].min() > -0.02
    assert abs(points[:, 0].max() - points[:, 0].min() - look.length) < 0.45
    assert np.abs(points[:, 1]).max() < look.width / 2 + 0.35
    corners = plate_corners(look, front=False)
    assert corners[:, 0].max() < -look.length * 0.4
    assert corners[:, 2].min() > 0.2


def test_wheels_turn_with_the_way() -> None:
    look = Look("car", "saloon", (42, 40, 150))
    still, quarter = mesh_of(look).points, turned_mesh(look, 0.33 * np.pi / 2).points
    moved = np.abs(still - quarter).max(axis=1) > 1e-6
    assert 0.02 < moved.mean() < 0.5
    assert np.allclose(turned_mesh(look, 0.33 * np.pi * 2).points, still, atol=1e-6)


def test_the_feet_of_a_cyclist_go_round() -> None:
    mover = made(3, "bicycle")
    assert mover.person is not None
    first, _ = drawn(mover, 90)
    picture = np.full_like(first, 120)
    stage = Stage(picture, np.full(picture.shape[:2], np.inf, np.float32), np.full(picture.shape[:2], 255, np.uint8))
    assert draw_mover(picture, stage, Empty(), (mover, 2.1, ((0.0, 0.0), radians(90)))) is not None
    assert (np.abs(first.astype(int) - picture).max(axis=2) > 20).sum() > 20


def test_an_umbrella_goes_up_when_it_rains() -> None:
    seed = next(seed for seed in range(100) if (one := invent(Random(seed))).umbrella and not one.stroller and one.height > 1.6)
    _, dry = drawn(made(seed, "person"), 30)
    _, wet = drawn(made(seed, "person"), 30, mood=Mood("day", "rain"))
    assert dry.box is not None
    assert wet.box is not None
    assert wet.box[1] < dry.box[1] - 3
    assert wet.box[2] - wet.box[0] > dry.box[2] - dry.box[0]
    assert dry.head is not None


def test_a_head_below_an_umbrella_is_none_to_be_found() -> None:
    steep = View((0.0, -4.0, 9.0), 0.0, 62.0, 60.0, 640, 360)
    seed = next(seed for seed in range(100) if (one := invent(Random(seed))).umbrella and not one.stroller and one.height > 1.6)
    mover = made(seed, "person")
    heads = []
    for mood in (CLEAR_DAY, Mood("day", "rain")):
        picture = np.full((360, 640, 3), 120, np.uint8)
        stage = Stage(picture, np.full((360, 640), np.inf, np.float32), np.full((360, 640), 255, np.uint8), Air(mood))
        found = draw_mover(picture, stage, Empty(steep), (mover, 1.0, ((0.0, 0.0), 1.0)))
        heads.append(found is not None and found.head is not None)
    assert heads == [True, False]


def test_a_bent_back_brings_the_head_forward() -> None:
    old = next(one for seed in range(200) if (one := invent(Random(seed))).stoop)
    body = joints(old, (0.0, 0.0), 0.0, 0.0, 0.0)
    assert body[16, 0] > 0.1
    assert body[16, 2] < old.height * 0.92


def test_the_sheet_shows_a_whole_family(tmp_path: FilePath) -> None:
    main([str(tmp_path / "things.jpg"), "--split", "train"])
    picture = cv2.imread(str(tmp_path / "things.jpg"))
    assert picture is not None
    assert picture.shape[1] == 1800
    with pytest.raises(SystemExit, match="cannot be written"):
        main([str(tmp_path / "nowhere" / "things.jpg")])


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("kind", KINDS[:-2])
def test_the_rear_plate_of_what_drives_away_can_be_read(kind: str, split: str) -> None:
    for seed in range(4):
        plate = draw_lots(Random(seed), BORDER, kind, split)
        _, found = drawn(made(seed, kind, split, plate), 90, (0.0, 5.0 if kind == "bus" else 0.0))
        assert found.plate is not None
        assert plate is not None
        assert found.lines == plate.lines
