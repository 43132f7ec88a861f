"""The service: a unit that may do little else, and a process that tells systemd how it is."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from citysquare.config import Config
from citysquare.site.notify import Notifier
from citysquare.site.systemd import BadUnit, unit

PYTHON = Path(sys.executable)
FILE = Path("/etc/citysquare/citysquare.toml")


def settings(**more: object) -> Config:
    return Config(data_dir=Path("/var/lib/citysquare"), store_dir=Path("/srv/footage")).model_copy(update=more)


def lines(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_the_service_may_write_only_to_its_own_folders() -> None:
    found = lines(unit(settings(backup_dir=Path("/mnt/kept copies")), FILE, "citysquare", PYTHON))
    assert found["ReadWritePaths"] == ['/var/lib/citysquare /srv/footage "/mnt/kept copies"']
    assert found["ProtectSystem"] == ["strict"]
    assert found["NoNewPrivileges"] == ["yes"]
    assert found["CapabilityBoundingSet"] == [""]
    assert found["Type"] == ["notify"]
    assert found["Restart"] == ["always"]
    assert found["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]
    assert found["ExecStart"] == [f"{PYTHON} -m citysquare.site.console up --config {FILE}"]


def test_further_volumes_are_written_to_and_may_be_away() -> None:
    found = lines(unit(settings(footage_volumes=(Path("/mnt/disk2"), Path("/mnt/disk 3"))), FILE, "citysquare", PYTHON))
    assert found["ReadWritePaths"] == ['/var/lib/citysquare /srv/footage -/mnt/disk2 "-/mnt/disk 3"']
    assert "/mnt" not in " ".join(found["RequiresMountsFor"])


def test_a_low_port_needs_one_right_and_a_home_stays_readable() -> None:
    found = lines(unit(settings(port=443, data_dir=Path("/", "home", "me", "data")), FILE, "me", PYTHON))
    assert found["AmbientCapabilities"] == found["CapabilityBoundingSet"] == ["CAP_NET_BIND_SERVICE"]
    assert found["ProtectHome"] == ["read-only"]


@pytest.mark.parametrize(
    ("path", "user"), [("/srv/a\nb", "me"), ('/srv/"', "me"), ("/srv", "me\nExecStart=/bin/sh"), ("/srv", ""), ("/srv", "-")]
)
def test_nothing_gets_into_a_unit_that_does_not_belong_there(path: str, user: str) -> None:
    with pytest.raises(BadUnit):
        unit(settings(store_dir=Path(path)), FILE, user, PYTHON)


def test_a_path_with_a_specifier_stays_itself() -> None:
    assert "/srv/100%% $$x" in unit(settings(store_dir=Path("/srv/100% $x")), FILE, "me", PYTHON)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this system has no systemd-analyze")
def test_systemd_itself_finds_the_unit_sound_and_tight(tmp_path: Path) -> None:
    path = tmp_path / "citysquare.service"
    path.write_text(unit(settings(data_dir=tmp_path, store_dir=tmp_path), tmp_path / "c.toml", "daemon", PYTHON))
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", str(path)], capture_output=True, text=True, check=False)  # noqa: S607 -- found above
    ours = [line for line in verified.stderr.splitlines() if path.name in line and "is not executable" not in line]
    assert (verified.returncode, ours) == (0, []), verified.stderr
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(path)],  # noqa: S607 -- as above
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0 or "offline" in judged.stderr, judged.stdout


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        yield listener


def test_systemd_hears_of_the_start_of_life_and_of_the_end(listening: socket.socket) -> None:
    now = [0.0]
    found = Notifier.from_environment({"NOTIFY_SOCKET": listening.getsockname(), "WATCHDOG_USEC": "60000000"})
    notifier = Notifier(found.address, found.watchdog_seconds, clock=lambda: now[0])
    notifier.ready("The pages answer.")
    for now[0] in (0.0, 10.0, 29.0, 30.0, 59.0):
        notifier.alive()
    notifier.status("two\nlines")
    notifier.stopping()
    heard = [listening.recv(4096).decode() for _ in range(5)]
    assert heard[:3] == ["READY=1\nSTATUS=The pages answer.", "WATCHDOG=1", "WATCHDOG=1"]
    assert heard[3].startswith("STATUS=two lines\n")
    assert heard[4].startswith("STOPPING=1")


@pytest.mark.parametrize(
    "variables",
    [{}, {"NOTIFY_SOCKET": "relative"}, {"NOTIFY_SOCKET": "/nowhere/at/all"}, {"NOTIFY_SOCKET": "@gone", "WATCHDOG_USEC": "x"}],
)
def test_without_systemd_nothing_happens(variables: dict[str, str]) -> None:
    notifier = Notifier.from_environment(variables)
    notifier.ready("")
    notifier.alive()
    assert notifier.watchdog_seconds == 0


def test_a_watchdog_meant_for_another_process_is_not_ours() -> None:
    assert Notifier.from_environment({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}).watchdog_seconds == 0


def test_a_python_that_lies_in_a_home_stays_readable(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.symlink_to(Path("/", "home", "keeper", ".pyenv", "bin", "python3.11"))
    assert lines(unit(settings(), FILE, "citysquare", python))["ProtectHome"] == ["read-only"]
