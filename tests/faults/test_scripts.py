"""Fault scripts: what they take, what they refuse with a sentence, and the command that starts cameras with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.simulator.__main__ import main
from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.faults import KINDS, Fault, FaultScript, Produced, ProducedLog, read_produced
from citysquare.simulator.faults.film import pattern
from citysquare.simulator.faults.line import split_frames
from citysquare.simulator.faults.produced import numbered
from citysquare.simulator.faults.script import load_scripts, scripts_of, shorthand


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_asked_for_by_its_name_alone(kind: str) -> None:
    script = FaultScript.parse([{"kind": kind, "at": 2, "for": 3}])
    assert FaultScript.parse(script.to_json()) == script
    assert [bool(script.acting(t)) for t in (1.9, 2.0, 4.9, 5.0)] == [False, True, True, False]


def test_every_kind_and_setting_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "faulty-cameras.md").read_text(encoding="utf-8")
    rows = {row.split("`")[1]: row for row in page.splitlines() if row.startswith("| `")}
    assert set(rows) == set(KINDS)
    for kind, settings in KINDS.items():
        for name, choice in settings.items():
            assert f"`{name}`" in rows[kind]
            assert all(f"`{word}`" in rows[kind] for word in choice.words)


def test_a_fault_may_come_again_and_again() -> None:
    fault = Fault.parse({"kind": "cut", "at": 10, "for": 2, "every": 5})
    assert [t for t in range(25) if fault.acts(t)] == [10, 11, 15, 16, 20, 21]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"at": 1}, "There is no fault"),
        ({"kind": "earthquake", "at": 1}, "There is no fault 'earthquake'"),
        ({"kind": "cut"}, "needs seconds"),
        ({"kind": "cut", "at": -1}, "needs seconds"),
        ({"kind": "cut", "at": float("nan")}, "needs seconds"),
        ({"kind": "cut", "at": float("inf")}, "needs seconds"),
        ({"kind": "cut", "at": True}, "needs seconds"),
        ({"kind": "cut", "at": 10**400}, "needs seconds"),
        ({"kind": "cut", "at": 1, "for": 5, "every": 2}, "needs seconds"),
        ({"kind": "cut", "at": 1, "how": "gently"}, "must be one of reset, close"),
        ({"kind": "cut", "at": 1, "colour": "red"}, "has no setting 'colour'"),
        ({"kind": "trickle", "at": 1, "bytes": 0}, "must be a number between"),
        ("cut", "is an object"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(given: object, says: str) -> None:
    with pytest.raises(SimulatorError) as refused:
        FaultScript.parse([given])
    assert says in refused.value.message


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_anything_else_is_refused_and_nothing_breaks(given: object) -> None:
    if given == []:
        assert FaultScript.parse(given) == FaultScript()
        return
    with pytest.raises(SimulatorError, match=r"\.\Z"):
        FaultScript.parse(given)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"cam1": 1}', "[" * 100_000, '{"cam1": [' + '{"kind":"cut","at":1},' * 1001 + "1]}"])
def test_a_file_that_is_no_script_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "faults.json"
    path.write_text(text)
    with pytest.raises(SimulatorError):
        load_scripts(path)


def test_file_and_command_line_come_together(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(json.dumps({"cam1": [{"kind": "cut", "at": 10, "for": 5}]}))
    scripts = scripts_of(path, ["cam1:lose_rtp@30+10,each=5", "*:dst@60"])
    assert [fault.kind for fault in scripts["cam1"].faults] == ["cut", "lose_rtp"]
    assert scripts["cam1"].faults[1].number("each") == 5
    assert scripts["*"].faults[0].seconds == 1
    assert shorthand("cam2:cut@1.5+2,how=close") == ("cam2", Fault("cut", 1.5, 2.0, {"how": "close"}))


@pytest.mark.parametrize("text", ["", "cut", "cam1:cut", "cut@10", "cam1:cut@soon", "cam1:cut@1+x"])
def test_a_shorthand_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(SimulatorError):
        shorthand(text)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--fault", "cam9:cut@1"], "There is no camera cam9 for its faults; there are cam1 to cam1."),
        (["--fault", "nonsense"], "A fault is written as CAMERA:KIND@AT+FOR"),
        (["--faults", "/nowhere/faults.json"], "The fault script cannot be read: /nowhere/faults.json"),
    ],
)
def test_the_command_says_what_is_wrong_and_ends_with_2(options: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cameras", "1", *options]) == 2
    assert says in capsys.readouterr().err


def made(number: int) -> Produced:
    return Produced(number, 6000 * number, 1.5, key=True, sha256="a", sent="b", faults=("cut",))


def test_a_log_is_read_as_it_was_written_and_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "cam1.main.jsonl"
    log = ProducedLog(path)
    for number in range(3):
        log.note(made(number))
    log.close()
    assert read_produced(path) == [made(number) for number in range(3)]
    path.write_bytes(path.read_bytes()[:-9])
    assert read_produced(path) == [made(0), made(1)]


@given(st.integers(0, 10**8 - 1), st.sampled_from([0, 1, 200, 230, 231, 232, 500, 5000]))
def test_a_numbered_picture_holds_its_pieces_and_no_start_code(number: int, padding: int) -> None:
    run = pattern(64, 64, pictures=3).runs[0]
    twice = numbered(run, number, padding)
    assert twice.coded().endswith(run.coded())
    assert b"\0\0" not in twice.coded()[4 : -len(run.coded())]
    assert b"%08d" % number in twice.coded()
    frames = split_frames(twice.template)
    assert [bool(frame[5] & 0x80) for frame in frames] == [False] * (len(frames) - 1) + [True]


def test_pictures_between_two_others_are_shown_in_another_order() -> None:
    reel = pattern(64, 64, b_frames=2)
    assert sorted(place + shift for place, shift in enumerate(reel.shifts)) == list(range(30))
    assert reel.shifts[:4] == (0, 2, -1, -1)
    assert sum(run.key for run in reel.runs) == 1
