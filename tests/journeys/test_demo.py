"""A newcomer starts the demonstration and reads what it did."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def _start(folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "citysquare.site.console", "demo", "--data", str(folder), "--cameras", "2", *words]
    # The tests' own settings must not reach the demo: a newcomer has none.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CITYSQUARE_", "DJANGO_"))}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**clean, "PYTHONUNBUFFERED": "1"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "demo"


def test_two_cameras_are_recorded_without_a_gap_and_things_that_move_are_counted(folder: Path, tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"
    with _start(folder, "--for", "30", "--report", str(report_file)) as demo:
        out, _ = demo.communicate(timeout=900)
    assert demo.returncode == 0, out
    for role in ("operator", "supervisor", "auditor", "administrator"):
        assert re.search(rf"{role} +http://localhost:\d+/sign-in/\S+/", out)
    report = json.loads(report_file.read_text())
    assert report["cameras"] == 2
    assert report["dropped_by_us"] == 0
    assert report["gaps"] == {}
    assert report["stored_seconds"] == pytest.approx(2 * report["wall_seconds"], rel=0.02)
    assert report["tracks"] > 0
    assert all(count == 0 for count in report["restarts"].values())
    assert 0 < report["cpu_seconds"] < 2 * report["wall_seconds"]


def test_a_link_works_once_and_ctrl_c_ends_everything(folder: Path) -> None:
    with _start(folder) as demo:
        assert demo.stdout is not None
        link = ""
        for line in demo.stdout:
            if found := re.search(r"operator +(http://\S+)", line):
                link = found[1]
                break
        with urllib.request.urlopen(link, timeout=10) as page:  # noqa: S310 - the link just printed
            assert page.status == 200
        pids = [row["pid"] for row in json.loads((folder / "children.json").read_text())["children"]]
        assert len(pids) == 4
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=60)
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not (folder / "children.json").exists()
