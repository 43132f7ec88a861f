"""Light and weather: darker from day to night, lamps that light, rain that covers everything, and a truth that stays right."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from citysquare.simulator.air import MovingAir
from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.drawing.stage import Stage
from citysquare.simulator.drawing.tones import light_in
from citysquare.simulator.film import film, plan_of
from citysquare.simulator.loops import LoopSpec
from citysquare.simulator.moods import CLEAR_DAY, Mood, mood_of
from citysquare.simulator.scenes import Scene, scene_named
from citysquare.simulator.sprites import Box, Drawn, draw_mover
from citysquare.simulator.staging import staged
from citysquare.simulator.strip import Strip
from citysquare.simulator.traffic import Mover

SIZE = (320, 180)


def spec_of(hour: float = 14.0, weather: str = "clear", scene: str = "crossing", seconds: int = 16) -> LoopSpec:
    """A small loop."""
    return LoopSpec(scene, 0, 3, seconds=seconds, width=SIZE[0], height=SIZE[1], hour=hour, weather=weather)


@cache
def standing(mood: Mood) -> tuple[Scene, Stage, MovingAir | None]:
    """The crossing in a mood, painted once for all tests; drawing does not change a stage."""
    return staged(scene_named("crossing").sized(*SIZE), mood)


def watched(mood: Mood, movers: list[Mover], numbers: range) -> list[tuple[Picture, list[tuple[Mover, Drawn]]]]:
    """Brightness of some pictures of a loop with given movers, and what was drawn in each."""
    place, stage, air = standing(mood)
    strip = Strip(stage, spec_of(), mood, air)
    found = []
    for number in numbers:
        drawn = strip.draw(place, movers, number)
        found.append((strip.planes()[0].astype(np.int16), drawn))
    return found


def driven(drawn: list[tuple[Mover, Drawn]]) -> list[tuple[int, Box | None, float]]:
    """Where vehicles are seen. People are left out: they put up umbrellas when it rains."""
    return [(mover.track, what.box, what.hidden) for mover, what in drawn if mover.look and not mover.person]


@pytest.fixture(scope="module")
def movers() -> list[Mover]:
    """The traffic of an afternoon, used in every mood so that pictures can be compared."""
    return plan_of(scene_named("crossing").sized(*SIZE), spec_of())


@pytest.mark.parametrize(
    ("hour", "light"),
    [
        (0, "night"),
        (4.99, "night"),
        (5, "dusk"),
        (6.49, "dusk"),
        (6.5, "day"),
        (17.99, "day"),
        (18, "dusk"),
        (20.49, "dusk"),
        (20.5, "night"),
    ],
)
def test_the_light_follows_from_the_hour(hour: float, light: str) -> None:
    assert mood_of(hour, "clear") == Mood(light, "clear")  # type: ignore[arg-type]  # the table above names lights only
    assert mood_of(24, "rain") == Mood("night", "rain")


@pytest.mark.parametrize(("hour", "weather"), [(-0.1, "clear"), (24.1, "clear"), (float("nan"), "clear"), (12, "hail"), (12, "")])
def test_an_hour_or_a_weather_that_is_none_is_refused(hour: float, weather: str) -> None:
    with pytest.raises(ValueError, match="give"):
        mood_of(hour, weather)


@pytest.mark.parametrize("weather", ["clear", "rain"])
def test_night_is_darker_than_dusk_and_dusk_than_day(weather: str) -> None:
    means = [standing(mood_of(hour, weather))[1].picture.mean() for hour in (14, 19, 23)]
    assert means[0] > means[1] * 1.15 > means[2] * 1.15 * 1.15


def test_a_clear_day_is_drawn_as_the_scene_itself_is() -> None:
    scene = scene_named("crossing").sized(*SIZE)
    same, stage, air = staged(scene, CLEAR_DAY)
    assert same is scene
    assert air is None
    assert np.array_equal(stage.picture, scene.build().picture)
    assert light_in(CLEAR_DAY, scene.light) is scene.light


def test_fog_takes_more_from_far_things_than_from_near_ones() -> None:
    clear, fog = (standing(mood_of(14, weather))[1] for weather in ("clear", "fog"))

    def relief(picture: Picture, where: npt.NDArray[np.bool_]) -> float:
        return float(picture[where].std())

    near, far = clear.depth < 25, (clear.depth > 60) & np.isfinite(clear.depth)
    assert relief(fog.picture, far) < 0.45 * relief(clear.picture, far)
    assert relief(fog.picture, near) / relief(clear.picture, near) > 1.6 * relief(fog.picture, far) / relief(clear.picture, far)


def test_snow_whitens_the_ground_but_not_the_walls() -> None:
    clear, snow = (standing(mood_of(14, weather))[1] for weather in ("clear", "snow"))
    upright = np.isfinite(clear.depth) & (clear.depth < 40)
    low = ~np.isfinite(clear.depth)
    low[: SIZE[1] // 2] = False
    assert snow.picture[low].mean() > clear.picture[low].mean() * 1.1
    assert snow.picture[low].mean() > snow.picture[upright].mean() * 1.1


def test_head_lamps_lighten_the_road_ahead(movers: list[Mover]) -> None:
    night = Mood("night", "clear")
    place, stage, air = standing(night)
    strip = Strip(stage, spec_of(), night, air)
    gains = []
    for number in range(0, 240, 6):
        drawn = strip.draw(place, movers, number)
        brighter = strip._picture.astype(np.int16) - stage.picture  # noqa: SLF001  # the picture before noise and coding
        for mover, what in drawn:
            metres = mover.metres(number / 15)
            if mover.look is None or mover.kind not in {"car", "van"} or metres is None or what.box is None:
                continue
            (x, y), heading = mover.pose(metres)
            ahead = mover.look.length / 2 + 4.0
            spot, away = place.view.project(np.array([(x + ahead * np.cos(heading), y + ahead * np.sin(heading), 0.0)]))
            column, row = round(float(spot[0, 0])), round(float(spot[0, 1]))
            left, top, right, bottom = what.box
            inside = 3 < column < SIZE[0] - 3 and 3 < row < SIZE[1] - 3 and not (left <= column < right and top <= row < bottom)
            if inside and 5 < away[0] < 40 and not np.isfinite(stage.depth[row, column]):
                gains.append(float(brighter[row - 1 : row + 2, column - 1 : column + 2].mean()))
    assert len(gains) > 5
    assert np.median(gains) > 15


def test_red_lamps_are_seen_from_behind_and_white_ones_from_ahead(movers: list[Mover]) -> None:
    night = Mood("night", "clear")
    place, stage, air = standing(night)
    strip = Strip(stage, spec_of(), night, air)
    red = 0
    for number in range(0, 240, 6):
        strip.draw(place, movers, number)
        picture = strip._picture.astype(np.int16)  # noqa: SLF001  # the picture before noise and coding
        red = max(
            red, int((picture[:, :, 2] - picture[:, :, 1]).max() - (stage.picture[:, :, 2].astype(np.int16) - stage.picture[:, :, 1]).max())
        )
    assert red > 20


@pytest.mark.parametrize("weather", ["rain", "snow"])
def test_what_falls_changes_the_whole_picture_and_no_box(movers: list[Mover], weather: str) -> None:
    numbers = range(60, 66)
    dry = watched(CLEAR_DAY, movers, numbers)
    wet = watched(mood_of(14, weather), movers, numbers)
    for (_, before), (_, after) in zip(dry, wet, strict=True):
        assert driven(before) == driven(after)
    tiles = np.abs(wet[0][0] - wet[1][0])[: SIZE[1] // 18 * 18].reshape(18, -1, 16, 20).max(axis=(1, 3))
    assert (tiles > 4).mean() > 0.95


@pytest.mark.parametrize(
    ("hour", "weather"),
    [
        (19, "clear"),
        pytest.param(19, "rain", marks=pytest.mark.slow),
        pytest.param(23, "clear", marks=pytest.mark.slow),
        (23, "rain"),
        (14, "fog"),
    ],
)
def test_boxes_do_not_depend_on_light_and_weather(movers: list[Mover], hour: float, weather: str) -> None:
    plain = watched(CLEAR_DAY, movers, range(90, 91))[0][1]
    other = watched(mood_of(hour, weather), movers, range(90, 91))[0][1]
    assert driven(plain)
    assert driven(plain) == driven(other)


def test_truth_says_that_far_things_cannot_be_told_in_fog() -> None:
    clear, fog = (
        {
            (line["n"], thing["track"]): thing["contrast"]
            for text in film(spec_of(weather=weather, scene="junction", seconds=12)).truth.splitlines()
            for line in (json.loads(text),)
            if line["type"] == "frame"
            for thing in line["things"]
        }
        for weather in ("clear", "fog")
    )
    assert min(clear.values()) >= 0
    assert np.mean(list(fog.values())) < 0.8 * np.mean(list(clear.values()))


def test_a_clear_day_redraws_only_where_something_moves(movers: list[Mover]) -> None:
    scene, stage, air = standing(CLEAR_DAY)
    strip = Strip(stage, spec_of(), CLEAR_DAY, air)
    shares = []
    for number in range(0, 240, 12):
        strip.draw(scene, movers, number)
        shares.append(sum((right - left) * (bottom - top) for left, top, right, bottom in strip._dirty) / (SIZE[0] * SIZE[1]))  # noqa: SLF001  # what was redrawn
    assert np.median(shares) < 0.25


@pytest.mark.parametrize(("hour", "weather"), [(23, "rain"), (14, "snow")])
def test_the_same_order_gives_the_same_bytes_in_every_mood(hour: float, weather: str) -> None:
    spec = LoopSpec("crossing", 1, 3, seconds=2, width=160, height=90, hour=hour, weather=weather)
    assert film(spec) == film(spec)


def test_noise_grows_in_the_dark() -> None:
    spec = spec_of()
    deviations = []
    for hour in (14, 23):
        mood = mood_of(hour, "clear")
        scene, stage, air = standing(mood)
        strip = Strip(stage, spec, mood, air)
        pictures = []
        for number in range(4):
            strip.draw(scene, [], number)
            pictures.append(strip.planes()[0].astype(np.float32))
        deviations.append(float(np.stack(pictures).std(axis=0).mean()))
    assert deviations[1] > 1.5 * deviations[0] > 0


def test_light_by_day_has_no_colour_of_its_own() -> None:
    light = Light((0.0, 0.5, 0.8))
    normals = np.array([(0.0, 0.0, 1.0), (0.0, 1.0, 0.0)])
    assert np.allclose(light.tinted(normals), light.on(normals)[:, None])


def test_a_plate_that_fog_hides_is_not_promised(movers: list[Mover]) -> None:
    scene, stage, _ = standing(CLEAR_DAY)
    thick = replace(scene, light=replace(scene.light, haze_metres=8.0))
    promised = 0
    for mover in movers:
        for metres in np.arange(0.0, float(mover.travelled[-1]), 2.0):
            what = (mover, float(metres), mover.pose(float(metres)))
            drawn = draw_mover(stage.picture.copy(), stage, scene, what)
            if drawn and drawn.plate is not None:
                promised += 1
                hidden = draw_mover(stage.picture.copy(), stage, thick, what)
                assert hidden
                assert hidden.box == drawn.box
                assert hidden.plate is None
    assert promised
