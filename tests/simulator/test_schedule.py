"""What is shown when: options that make no sense are refused, programmes follow the clock, loops are swapped without a break."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from citysquare.simulator.__main__ import Director, main
from citysquare.simulator.broadcast import TICKS_PER_PICTURE, Camera, Listener, Showing
from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.hours import PHASES
from citysquare.simulator.loops import Loop, LoopSpec
from citysquare.simulator.scenario import Scenario
from citysquare.simulator.schedule import EVENT_VARIANT, Always, Clock, Programme, Wish, placed_events, town
from citysquare.simulator.studio import Studio
from tests.simulator.conftest import made_up_loop


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--hour", "25"], "between 0 and 24"),
        (["--hour", "nan"], "between 0 and 24"),
        (["--hour", "8", "--clock"], "not both"),
        (["--weather", "hail"], "clear, rain, fog, snow"),
        (["--split", "other"], "show, train, test"),
        (["--event", "earthquake"], "give one of wrong_way"),
        (["--event", "crowd=3"], "Only a flood has a height"),
        (["--event", "flood=9"], "between 0.05 and 0.8"),
        (["--event", "flood@cam1"], "cam1 cannot show the event flood; cam4 can"),
        (["--event", "crowd@cam9"], "no camera cam9"),
        (["--cameras", "3", "--event", "flood"], "None of the 3 cameras can show"),
        (["--event", "flood@cam4", "--event", "crowd@cam4"], "stand in the way of another at cam4"),
        (["--event", "wrong_way@cam2", "--event", "stopped_vehicle@cam2"], "stand in the way of another at cam2"),
        (["--scenario", "nothing"], "there is bench-day"),
        (["--scenario", "../bench-day"], "There is no scenario"),
        (["--scenario", "bench-day", "--hour", "3"], "leave out --hour"),
        (["--scenario", "bench-day", "--hour", "0"], "leave out --hour"),
        (["--scenario", "bench-day", "--weather", "fog"], "leave out --weather"),
        (["--scenario", "bench-day", "--split", "train"], "leave out --split"),
        (["--scenario", "bench-day", "--cameras", "31"], "has 30 cameras, not 31"),
    ],
)
def test_options_that_make_no_sense_are_refused_in_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*words, "--port", "0", "--cache", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_events_go_to_the_camera_named_or_to_the_first_that_can_show_them() -> None:
    def possible(scene: str, order: str) -> bool:
        return (scene == "river") == order.startswith("flood")

    scenes = ["junction", "river", "market"]
    assert placed_events(["flood=0.6@3", "crowd@cam3", "drone@cam1@5"], scenes, possible) == (
        (1, "flood=0.6@3"),
        (2, "crowd"),
        (0, "drone@5"),
    )
    with pytest.raises(SimulatorError, match="cam1 can"):
        placed_events(["crowd@cam2"], scenes, possible)


def test_the_clock_goes_through_the_phases_of_the_day() -> None:
    clock = Clock(("river",), 1, Wish(), datetime(2026, 3, 3, 17, 30))  # noqa: DTZ001 - local time, as a clock on the wall
    first, second = clock.programme(0), clock.programme(1)
    assert first.lasts == 1800.0
    assert first.wanted()[0].hour == 16.75
    assert (second.wanted()[0].hour, second.lasts) == (19.25, 2.5 * 3600)
    day = sum(clock.programme(number).lasts or 0.0 for number in range(1, len(PHASES) + 1))
    assert day == 24 * 3600
    assert clock.programme(len(PHASES)).wanted() == first.wanted(), "the next day shows the same loops, so they are kept"


def test_first_loops_of_all_cameras_are_rendered_before_second_ones_and_each_once() -> None:
    wanted = town(["river", "market", "river"], 1, Wish(events=((1, "crowd"),))).wanted()
    assert [(spec.scene, spec.variant) for spec in wanted] == [
        ("river", 0),
        ("market", EVENT_VARIANT),
        ("river", 1),
        ("market", 0),
        ("market", 1),
    ]


def test_variety_begins_with_the_ninth_camera() -> None:
    moods = [loops[0] for loops in town(["river"] * 12, 1, Wish(variety=True)).loops]
    assert {(spec.hour, spec.weather) for spec in moods[:8]} == {(14.0, "clear")}
    assert len({(spec.hour, spec.weather) for spec in moods[8:]}) == 4


def test_an_event_is_shown_first_and_then_every_second_time() -> None:
    camera = Camera("cam1", "river", seed=1)
    for variant in (0, 1, EVENT_VARIANT):
        camera.add(Showing.of(made_up_loop(variant)))
    begun = [camera.tick(number / 15) for number in range(30 * 8)]
    order = [each[0] for each in begun if each]
    assert order[::2] == [EVENT_VARIANT] * 4
    assert EVENT_VARIANT not in order[1::2]


def test_a_new_programme_begins_where_a_loop_ends_and_time_runs_on() -> None:
    camera = Camera("cam1", "river", seed=1)
    runs: list[bytes] = []
    camera.main.append(Listener(lambda data: runs.append(bytes(data)), lambda: 0, (0, 1)))
    camera.add(Showing.of(made_up_loop(0)))
    for number in range(40):
        camera.tick(number / 15)
    evening = made_up_loop(1)
    camera.change([Showing.of(Loop(replace(evening.spec, hour=19.25), evening.main, evening.sub, evening.truth))])
    assert camera.shown is not None
    assert camera.shown.hour == 14.0
    for number in range(40, 90):
        camera.tick(number / 15)
    assert camera.shown.hour == 19.25
    stamps = [struct.unpack(">I", run[4 + 4 : 4 + 8])[0] for run in runs if run[1] == 0]
    assert len(stamps) == 90
    assert {(b - a) & 0xFFFFFFFF for a, b in pairwise(stamps)} == {TICKS_PER_PICTURE}


class _Turns:
    """Two short programmes, then one for good."""

    def __init__(self, programmes: list[Programme]) -> None:
        self.programmes = programmes

    def programme(self, number: int) -> Programme:
        return self.programmes[min(number, len(self.programmes) - 1)]


class _Printer(Studio):
    """A studio that has every loop at once."""

    async def produce(self, specs: Iterable[LoopSpec], finished: Callable[[Loop], None]) -> None:
        for spec in specs:
            made = made_up_loop(spec.variant)
            finished(Loop(replace(spec, seconds=2), made.main, made.sub, made.truth))


async def test_the_director_brings_one_programme_after_the_other(tmp_path: Path) -> None:
    camera = Camera("cam1", "river", seed=1)

    def shown(hour: float, lasts: float | None) -> Programme:
        return Programme(((LoopSpec("river", 0, 1, 2, hour=hour), LoopSpec("river", 1, 1, 2, hour=hour)),), lasts)

    turns = _Turns([shown(8.0, 0.01), shown(12.0, 0.01), shown(20.0, None)])
    await asyncio.wait_for(Director([camera], turns, _Printer(tmp_path), tmp_path).run(), 10)
    exported = await asyncio.to_thread(lambda: sorted(path.name for path in tmp_path.iterdir()))
    assert {showing.spec.hour for showing in camera.showings.values()} == {20.0}
    assert len(exported) == 6, "the truth of every loop is exported under its own name"


def test_a_scenario_names_its_loops_and_has_a_hash_of_everything_that_decides_them() -> None:
    scenario = Scenario.named("bench-day")
    assert len(scenario.cameras) == 30
    first = scenario.programme(0)
    assert len(first.loops) == 30
    assert first.lasts is not None
    assert scenario.programme(len(scenario.content["parts"])) == first
    assert {spec.split for spec in first.wanted()} == {"test"}
    spaced = Scenario(scenario.name, scenario.version, json.dumps(scenario.content, indent=4))
    assert spaced.hash == scenario.hash, "spaces do not count"
    other = Scenario(scenario.name, scenario.version, scenario.text.replace('"seed": ', '"seed": 1'))
    assert other.hash != scenario.hash


def test_one_programme_for_good_is_the_same_every_time() -> None:
    programme = town(["river"], 1, Wish())
    assert Always(programme).programme(7) is programme
