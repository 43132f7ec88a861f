"""The whole platform as `up` starts it: web and database may stand still, die or be locked; each picture is stored all the same."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from citysquare.engine.footage import FootageReader
from citysquare.engine.model import GapCause
from tests.faults.numbered import GROUP, Account, Cameras, account, cameras
from tests.faults.processes import Node, note, until

pytestmark = pytest.mark.slow
NAMES = ("north", "south")
ROOT = Path(__file__).resolve().parents[2]

_REGISTER = """
import sys
from datetime import UTC, datetime
from citysquare.site import running
running.set_up_django()
running.prepare()
from citysquare.site import town, wiring
at = datetime.now(UTC)
organisation = town.city_organisation(name="Test", at=at)
town.enter_own_cameras(organisation=organisation, urls=sys.argv[2:], loopback_ports=[int(sys.argv[1])], at=at)
wiring.write_node()
"""


class Platform(Node):
    """A node whose supervisor is `up` itself."""

    port: int
    names: dict[str, str]
    """Camera names by the identifiers the register gave them."""

    def prepare(self) -> None:
        """Write the settings and enter the cameras."""
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        lines = [f'data_dir = "{self.folder}"', f'store_dir = "{self.store}"', f"port = {self.port}", "least_free_bytes = 0"]
        self.config.write_text("\n".join([*lines, f"simulator_ports = [{self.cameras.port}]"]) + "\n")
        self._run("-c", _REGISTER, str(self.cameras.port), *(self.cameras.url(name) for name in NAMES)).check_returncode()
        found = json.loads((self.folder / "node.json").read_text())["cameras"]
        self.names = {camera["id"]: camera["main"].split("/")[3] for camera in found}
        assert sorted(self.names.values()) == sorted(NAMES)

    @property
    def config(self) -> Path:
        """The settings' file."""
        return self.folder.parent / "citysquare.toml"

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *words], env=self._environment(), capture_output=True, text=True, check=False)

    def _environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CITYSQUARE_", "DJANGO_"))}
        return clean | {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1", "CITYSQUARE_CONFIG": str(self.config)}

    def supervise(self) -> None:
        """Start `up` and wait for its processes, not for the pages."""
        before = note(self.folder).get("web")
        with self.said.open("ab") as out:
            words = [sys.executable, "-m", "citysquare.site.console", "up", "--config", str(self.config)]
            self.supervisors.append(subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, env=self._environment()))
        until(lambda: "web" in note(self.folder) and note(self.folder)["web"] != before, "the pages' process")

    def answers(self) -> bool:
        """Say whether the pages answer."""
        with (
            contextlib.suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as page,
        ):
            return bool(page.status == 200)
        return False

    def record(self) -> None:
        """Wait until all cameras are recorded from now on."""
        self.records(*self.names)

    def accounts(self) -> list[Account]:
        """End all, and account for the pictures."""
        self.end()
        return [account(self.store, name, folder=camera) for camera, name in self.names.items()]


@pytest.fixture
def filmed() -> Iterator[Cameras]:
    with cameras(NAMES) as made:
        yield made


@pytest.fixture
def platform(filmed: Cameras, tmp_path: Path) -> Iterator[Platform]:
    folder = tmp_path / "data"
    folder.mkdir()
    made = Platform(folder, filmed, tmp_path / "said")
    try:
        made.prepare()
        made.supervise()
        made.record()
        until(made.answers, "the pages")
        yield made
        made.end()
    finally:
        made.sweep()


def no_picture_lost(platform: Platform) -> None:
    for found in platform.accounts():
        assert (found.missing, found.causes) == ((), {})


def test_web_and_analysis_that_stand_still_or_die_and_a_locked_database_cost_no_picture(platform: Platform, filmed: Cameras) -> None:
    for name in ("web", "analysis"):
        pid = platform.pid(name)
        platform.send(signal.SIGSTOP, pid)
        filmed.produce(3 * GROUP)
        platform.record()
        platform.send(signal.SIGCONT, pid)
        platform.send(signal.SIGKILL, pid)
        platform.another(name, pid)
    until(platform.answers, "the pages")
    with contextlib.closing(sqlite3.connect(platform.folder / "citysquare.sqlite3", timeout=60, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        filmed.produce(10 * GROUP)
        platform.record()
        database.execute("ROLLBACK")
    until(platform.answers, "the pages")
    no_picture_lost(platform)


def test_a_platform_killed_as_a_whole_comes_back_with_its_recorder_running_on(platform: Platform, filmed: Cameras) -> None:
    recorder, web = platform.pid("recorder"), platform.pid("web")
    platform.supervisor.kill()
    platform.supervisor.wait()
    filmed.produce(2 * GROUP)
    platform.supervise()
    until(platform.answers, "the pages, on the port that the web process left behind had taken")
    assert platform.pid("recorder") == recorder
    until(lambda: not psutil.pid_exists(web), "the end of the pages left behind")
    platform.record()
    no_picture_lost(platform)


def test_recording_begins_though_the_database_is_rubbish_and_the_pages_come_once_it_is_mended(platform: Platform) -> None:
    platform.end()
    database = platform.folder / "citysquare.sqlite3"
    for beside in platform.folder.glob("citysquare.sqlite3-*"):
        beside.unlink()
    good = database.read_bytes()
    database.write_bytes(b"rubbish" * 10_000)
    with platform.said.open("ab") as out:
        words = [sys.executable, "-m", "citysquare.site.console", "up", "--config", str(platform.config)]
        platform.supervisors.append(subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, env=platform._environment()))  # noqa: SLF001
    platform.record()
    until(lambda: "Recording goes on; the rest is tried again" in platform.said.read_text(), "a sentence")
    assert set(note(platform.folder)) == {"recorder"}
    database.write_bytes(good)
    until(platform.answers, "the pages")
    platform.record()
    for found in platform.accounts():
        assert found.causes == {GapCause.RESTART: 1}


def test_a_changed_budget_holds_from_the_next_start_on_with_a_gap_of_a_moment(platform: Platform) -> None:
    platform.end()
    platform.config.write_text(platform.config.read_text().replace("least_free_bytes = 0", "least_free_bytes = 1000"))
    platform.supervise()
    log = platform.folder / "logs" / "recorder.log"
    until(lambda: "the recorder begins anew" in log.read_text(), "a new beginning")
    platform.record()
    for found in platform.accounts():
        assert set(found.causes) == {GapCause.RESTART}
    assert FootageReader(platform.store).streams()
