"""The command: what it says and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from citysquare.simulator.__main__ import cameras_of, main, serve
from citysquare.simulator.faults import read_produced
from citysquare.simulator.loops import LoopSpec, write_loop
from citysquare.simulator.options import read
from citysquare.simulator.studio import Studio, programme
from tests.simulator.conftest import made_up_loop


@pytest.mark.parametrize("number", ["0", "201"])
def test_an_impossible_number_of_cameras_ends_with_a_sentence_and_status_2(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cameras", number]) == 2
    assert capsys.readouterr().err == f"The number of cameras must be between 1 and 200, not {number}.\n"


def test_a_port_outside_the_range_ends_with_a_sentence_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "70000"]) == 2
    assert "between 0 and 65535" in capsys.readouterr().err


def test_a_taken_port_ends_with_a_sentence_and_status_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port), "--cache", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"Port {port} on 127.0.0.1 is taken by another program; choose another one with --port.\n"


def test_first_variants_of_all_scenes_are_rendered_before_second_ones() -> None:
    specs = programme((camera.scene for camera in cameras_of(30, 1)), 1)
    assert len(specs) == 60, "thirty cameras are thirty places"
    assert [spec.variant for spec in specs] == [0] * 30 + [1] * 30
    assert all(spec.seconds % 2 == 0 for spec in specs)


def _kept(root: Path, specs: list[LoopSpec]) -> None:
    for spec in specs:
        made = made_up_loop(spec.variant, spec.seconds)
        write_loop(root, type(made)(spec, made.main, made.sub, made.truth))


async def test_kept_loops_are_shown_without_any_worker(tmp_path: Path) -> None:
    specs = programme(["river", "market"], 1)
    _kept(tmp_path, specs)
    shown: list[LoopSpec] = []
    studio = Studio(tmp_path)
    await studio.produce(specs, lambda loop: shown.append(loop.spec))
    assert shown == specs
    await studio.close()


async def test_a_missing_loop_is_rendered_by_a_worker_process_and_kept(tmp_path: Path) -> None:
    spec = LoopSpec("river", 0, 2, seconds=2, width=160, height=90)
    studio = Studio(tmp_path, workers=1)
    shown: list[LoopSpec] = []
    await studio.produce([spec], lambda loop: shown.append(loop.spec))
    await studio.close()
    assert shown == [spec]
    assert (tmp_path / spec.key / "manifest.json").exists()


async def test_the_whole_command_serves_says_ready_exports_truth_and_ends_on_sigterm(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    _kept(tmp_path / "cache", programme([camera.scene for camera in cameras_of(2, 1)], 1))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "citysquare.simulator", "--cameras", "2", "--port", "0"),
        *("--cache", str(tmp_path / "cache"), "--truth", str(tmp_path / "truth")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )
    assert process.stdout is not None
    lines = [(await asyncio.wait_for(process.stdout.readline(), 20)).decode() for _ in range(3)]
    assert lines[0].startswith("serving rtsp://127.0.0.1:")
    assert lines[1:] == ["ready cam1\n", "ready cam2\n"]
    diary = tmp_path / "truth" / "showings.jsonl"
    for _ in range(100):
        if diary.exists() and diary.read_text().count("\n") >= 2:
            break
        await asyncio.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    output, errors = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, output, errors) == (0, b"", b"")
    assert {path.name for path in (tmp_path / "truth").iterdir()} >= {"junction-0.jsonl", "crossing-1.jsonl"}
    noted = [json.loads(line) for line in diary.read_text().splitlines()[:2]]
    assert {(entry["camera"], entry["first_picture"]) for entry in noted} == {("cam1", 0), ("cam2", 0)}


async def test_cameras_with_faults_log_every_picture_that_they_make(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    _kept(tmp_path / "cache", programme(["junction"], 1))
    options = ["--cameras", "1", "--port", "0", "--cache", str(tmp_path / "cache")]
    options += ["--fault", "cam1:silence@0.4+0.2", "--produced", str(tmp_path / "logs")]
    serving = asyncio.create_task(serve(read(options)))
    log = tmp_path / "logs" / "cam1.main.jsonl"
    async with asyncio.timeout(30):
        while not log.exists() or log.read_text().count("\n") < 12:  # noqa: ASYNC110 - a file is awaited
            await asyncio.sleep(0.05)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    pictures = read_produced(log)
    assert [picture.number for picture in pictures] == list(range(len(pictures)))
    assert [picture.number for picture in pictures if picture.faults] == [6, 7, 8]
    assert len({picture.sha256 for picture in pictures}) == len(pictures)
