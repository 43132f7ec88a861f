"""The platform's processes are started, restarted and ended."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from citysquare.site import children
from citysquare.site.children import adopted, end_leftovers, end_strays, supervisor_running, write_note
from citysquare.site.supervisor import Program, Supervisor

SLEEPER = "import time; time.sleep(60)"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def _start(*scripts: str, say: Callable[[str], None] = lambda _sentence: None) -> Supervisor:
        programs = [Program(f"p{number}", (sys.executable, "-c", script)) for number, script in enumerate(scripts)]
        supervisor = Supervisor(programs, dict(os.environ), tmp_path, say)
        supervisor.start()
        made.append(supervisor)
        return supervisor

    yield _start
    for supervisor in made:
        supervisor.stop()


def _run_until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    supervisor.run(until=lambda: condition() or time.monotonic() > deadline)
    assert condition()


def test_a_program_that_ends_is_started_again_and_said_so(start: Callable[..., Supervisor], tmp_path: Path) -> None:
    said: list[str] = []
    marks = tmp_path / "marks"
    supervisor = start(f"open({str(marks)!r}, 'a').write('x')", SLEEPER, say=said.append)
    _run_until(supervisor, lambda: marks.exists() and len(marks.read_text()) >= 2)
    assert supervisor.restarts()["p0"] >= 1
    assert supervisor.restarts()["p1"] == 0
    assert any("p0 ended with status 0" in sentence for sentence in said)


def test_stop_ends_every_program(start: Callable[..., Supervisor], tmp_path: Path) -> None:
    supervisor = start(SLEEPER, SLEEPER)
    pids = [row["pid"] for row in json.loads((tmp_path / "children.json").read_text())["children"]]
    assert len(pids) == 2
    supervisor.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not (tmp_path / "children.json").exists()


def test_what_a_program_prints_is_in_its_own_log(start: Callable[..., Supervisor], tmp_path: Path) -> None:
    supervisor = start("print('hello from p0', flush=True); import time; time.sleep(60)")
    _run_until(supervisor, lambda: b"hello from p0" in (tmp_path / "logs" / "p0.log").read_bytes())


def test_cpu_seconds_are_counted_by_program(start: Callable[..., Supervisor]) -> None:
    supervisor = start("import time\nwhile time.process_time() < 0.5: pass\ntime.sleep(60)", SLEEPER)
    _run_until(supervisor, lambda: supervisor.cpu_seconds()["p0"] > 0.2)


def test_processes_left_behind_by_a_killed_supervisor_are_ended(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER]) as orphan, subprocess.Popen([sys.executable, "-c", SLEEPER]) as stranger:
        created = psutil.Process(orphan.pid).create_time()
        rows = [{"pid": orphan.pid, "created": created}, {"pid": stranger.pid, "created": created - 1000}]
        (tmp_path / "children.json").write_text(json.dumps({"supervisor": 1, "children": rows}))
        end_leftovers(tmp_path)
        survived = stranger.poll() is None
        stranger.terminate()
        assert not psutil.pid_exists(orphan.pid)
        assert survived, "a process id that was given to somebody else is left alone"


def test_a_process_of_another_user_is_neither_taken_over_nor_ended_nor_taken_for_a_supervisor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = [sys.executable, "-c", f"{SLEEPER}  # citysquare {tmp_path}"]
    with subprocess.Popen(argv) as other:
        created = psutil.Process(other.pid).create_time()
        noted = children.row("recorder", argv, other.pid)
        assert noted is not None
        write_note(tmp_path, [noted])
        assert adopted(tmp_path, "recorder", argv) is not None
        monkeypatch.setattr(children, "_me", lambda: os.getuid() + 1)
        assert adopted(tmp_path, "recorder", argv) is None
        end_leftovers(tmp_path)
        end_strays(argv)
        (tmp_path / "children.json").write_text(json.dumps({"supervisor": other.pid, "created": created, "children": []}))
        assert not supervisor_running(tmp_path)
        monkeypatch.undo()
        assert supervisor_running(tmp_path)
        survived = other.poll() is None
        other.terminate()
        assert survived


@pytest.mark.parametrize("text", ["", "[]", "{", '{"children": [{"pid": "x"}], "supervisor": "y"}', '{"children": 3}'])
def test_a_damaged_note_is_no_reason_to_fail(tmp_path: Path, text: str) -> None:
    (tmp_path / "children.json").write_text(text)
    end_leftovers(tmp_path)
    assert not supervisor_running(tmp_path)


def test_processes_are_ended_though_nobody_listens_any_more(tmp_path: Path) -> None:
    script = f"""
import os, pathlib
from citysquare.site.running import say
from citysquare.site.supervisor import Program, Supervisor
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
import citysquare.site.supervisor as room
room.STOP_SECONDS = 0.2
programs = [Program(name, ({sys.executable!r}, "-c", what)) for name, what in (("first", {SLEEPER!r}), ("second", stubborn))]
supervisor = Supervisor(programs, dict(os.environ), pathlib.Path({str(tmp_path)!r}), say)
supervisor.start()
say("begun")
input()
supervisor.stop()
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    children = [row["pid"] for row in json.loads((tmp_path / "children.json").read_text())["children"]]
    assert len(children) == 2
    process.stdout.close()
    process.stdin.write("\n")
    process.stdin.close()
    assert process.wait(30) == 0
    assert not any(psutil.pid_exists(pid) for pid in children)


def test_processes_are_known_again_when_the_clock_of_the_machine_was_set_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    argv = [sys.executable, "-c", f"{SLEEPER}  # citysquare {tmp_path}"]
    with subprocess.Popen(argv) as kept:
        try:
            noted = children.row("recorder", argv, kept.pid)
            assert noted is not None
            write_note(tmp_path, [noted])
            told, booted = psutil.Process.create_time, psutil.boot_time()
            monkeypatch.setattr(psutil.Process, "create_time", lambda process: told(process) + 3600)
            monkeypatch.setattr(psutil, "boot_time", lambda: booted + 3600)
            assert adopted(tmp_path, "recorder", argv) is not None
            monkeypatch.setattr(children, "_boot_id", lambda: "another")
            assert adopted(tmp_path, "recorder", argv) is None
        finally:
            kept.terminate()
