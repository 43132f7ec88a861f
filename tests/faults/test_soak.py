"""`./do soak`: the same seed does the same, one that was cut short goes on, and every picture is accounted for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.simulator.faults import FaultScript
from citysquare.simulator.faults.script import KINDS
from tests.faults.soaking import CAMERAS, Soaking
from tools.soak.__main__ import main
from tools.soak.plan import CALM_SECONDS, EVENTS, events, rest_of, script


@given(seed=st.integers(0, 2**32), minutes=st.integers(1, 600))
def test_the_same_seed_does_the_same_one_thing_at_a_time_and_leaves_both_ends_calm(seed: int, minutes: int) -> None:
    seconds = 60.0 * minutes
    planned = events(seed, seconds)
    assert planned == events(seed, seconds)
    ends = [CALM_SECONDS, *(event.at + event.seconds for event in planned)]
    assert all(before < event.at or event is planned[0] for before, event in zip(ends, planned, strict=False))
    assert ends[-1] <= seconds - CALM_SECONDS or not planned
    faults = script(seed, "cam1", seconds)
    assert faults == script(seed, "cam1", seconds)
    assert all(f.at >= CALM_SECONDS and f.at + f.seconds <= seconds - CALM_SECONDS for f in faults.faults)
    assert FaultScript.parse(faults.to_json()) == faults


def test_every_kind_of_fault_comes_to_cameras_processes_and_disk() -> None:
    assert {event.kind for event in events(1, 3600)} == set(EVENTS)
    assert {fault.kind for fault in script(1, "cam1", 3600).faults} == set(KINDS)
    assert script(1, "cam1", 3600) != script(1, "cam2", 3600)


def test_a_script_goes_on_where_it_was_for_cameras_that_count_on() -> None:
    whole = script(3, "cam1", 3600)
    rest = rest_of(whole, 1800, 10_000)
    left = [f for f in whole.faults if f.at >= 1800]
    assert [f.kind for f in rest.faults] == [f.kind for f in left]
    assert [f.at - 10_000 + 1800 for f in rest.faults] == pytest.approx([f.at for f in left])


@pytest.mark.parametrize("words", [("--hours", "0"), ("--hours", "nan"), ("--hours", "1", "--cameras", "0"), ("--hours", "99999")])
def test_what_cannot_be_is_refused_with_a_sentence(words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    assert "--hours takes a number" in capsys.readouterr().err


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "diary").write_text("private")
    assert main(["--hours", "1", "--out", str(tmp_path)]) == 2
    assert "holds another run" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["diary"]


@pytest.mark.slow
@pytest.mark.soak
def test_five_minutes_of_random_faults_leave_no_picture_unaccounted_for_though_the_run_is_cut_short_once(soaking: Soaking) -> None:
    first, second = soaking.wait()
    assert first.status == 3, first.text
    assert second.status == 0, second.text
    report = json.loads((soaking.out / "report.json").read_text())
    assert report["sentence"] in second.text
    assert report["holds"]
    assert report["sessions"] == 2
    assert report["stored"] + report["missing"] <= report["produced"]
    assert report["stored"] > 0
    assert len(report["streams"]) == CAMERAS
    assert set(report["happened"]) <= set(EVENTS)
