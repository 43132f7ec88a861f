"""`./do demo` checks what it is asked before it makes anything."""

import json
import os
import socket
from pathlib import Path

import pytest

from citysquare.engine.footage import StatusReport, StreamStatus
from citysquare.engine.footage.files import RealFileSystem
from citysquare.engine.footage.status import write_status
from citysquare.engine.model import StreamKey
from citysquare.site import demo


def _demo(folder: Path, *words: str) -> int:
    return demo.main(["--data", str(folder), *words])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cameras", "0"], "between 1 and 200"),
        (["--cameras", "201"], "between 1 and 200"),
        (["--for", "0"], "above zero"),
        (["--for", "nan"], "above zero"),
        (["--hour", "25"], "from 0 to 24"),
        (["--hour", "nan"], "from 0 to 24"),
        (["--report", "r.json"], "needs --for SECONDS"),
        (["--for", "5", "--report", "no/such/folder/r.json"], "folder of the report does not exist"),
        (["--port", "70000"], "between 1 and 65535"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert _demo(tmp_path / "demo", *words) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_a_port_that_is_taken_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert _demo(tmp_path / "demo", "--port", str(port)) == 2
    assert f"Port {port} is taken" in capsys.readouterr().err


def test_clean_removes_what_a_demo_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / demo.MARK).write_text("{}")
    (folder / "citysquare.sqlite3").write_text("")
    assert _demo(folder, "--clean") == 0
    assert not folder.exists()
    assert _demo(folder, "--clean") == 0
    assert "nothing to clean" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--clean"], []])
def test_a_folder_that_holds_something_else_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    assert _demo(tmp_path, *words) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert (tmp_path / "letters.txt").read_text() == "mine"


def test_a_second_demo_in_the_same_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / demo.MARK).write_text("{}")
    (tmp_path / "children.json").write_text(json.dumps({"supervisor": os.getppid(), "children": []}))
    monkeypatch.setattr(demo, "supervisor_running", lambda folder: folder == tmp_path)
    assert _demo(tmp_path) == 2
    assert _demo(tmp_path, "--clean") == 2
    assert capsys.readouterr().err.count("running") == 2


@pytest.mark.parametrize("text", ["", "[]", '{"simulator_port": "x"}', '{"simulator_port": 80}'])
def test_a_damaged_note_of_the_last_port_is_no_reason_to_fail(tmp_path: Path, text: str) -> None:
    (tmp_path / demo.MARK).write_text(text)
    assert demo._last_simulator_port(tmp_path) == demo.FIRST_SIMULATOR_PORT  # noqa: SLF001 - the only way to see it without a start


def test_what_an_earlier_run_reported_does_not_count(tmp_path: Path) -> None:
    key = StreamKey("a")
    stream = StreamStatus(key, "recording", None, 0, 90, 640, 360, "avc1.640028", 15.0, 1000, 0.0)
    write_status(RealFileSystem(), tmp_path, StatusReport(at=100, streams=(stream,)))
    late, early = demo.Watcher(tmp_path, {"a": "Square"}, since=101), demo.Watcher(tmp_path, {"a": "Square"}, since=100)
    late.look()
    early.look()
    assert (late.complete, early.complete) == (False, True)
