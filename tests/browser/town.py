"""A small town in processes of its own: cameras, recorder and pages, as in operation, with everything in one temporary folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CAMERAS = 16
PATIENCE_SECONDS = 90


def free_port() -> int:
    """A port of this machine nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Town:
    """Its processes and what a test needs to know of them."""

    folder: Path
    camera_port: int = field(default_factory=free_port)
    lone_port: int = field(default_factory=free_port)
    onvif_port: int = field(default_factory=free_port)
    web_port: int = field(default_factory=free_port)
    cameras: list[str] = field(default_factory=list)
    filmed_at: str = ""
    """From when the filmed camera has twenty seconds of footage, in the town's own time."""
    spaces: list[str] = field(default_factory=list)
    links: dict[str, list[str]] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def named(self) -> str:
        """The same pages under a name, as passkeys need it."""
        return f"http://localhost:{self.web_port}"

    @property
    def filmed_camera(self) -> str:
        """The camera that has footage of a while ago, all of it closed."""
        return self.cameras[7]

    @property
    def lone_camera(self) -> str:
        """The camera that can be taken away alone."""
        return self.cameras[-1]

    def start(self) -> None:
        """Start everything and wait until the pages answer."""
        self.start_cameras("cameras", self.camera_port, 1, CAMERAS - 1, self.onvif_port)
        self.start_cameras("lone camera", self.lone_port, CAMERAS, CAMERAS)
        entered = subprocess.run(
            [sys.executable, str(HERE / "enter.py"), str(self.camera_port), str(self.lone_port), str(CAMERAS)],
            env=self.environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert entered.returncode == 0, entered.stderr
        told = json.loads(entered.stdout)
        self.cameras, self.spaces, self.links, self.filmed_at = told["cameras"], told["spaces"], told["links"], told["filmed_at"]
        self.run("recorder", "-m", "citysquare.engine", "node", str(self.folder / "node.json"))
        self.start_web()

    def start_web(self) -> None:
        """Start the pages and wait until they answer."""
        web = ("uvicorn", "citysquare.site.asgi:application", "--port", str(self.web_port), "--no-access-log", "--log-level", "warning")
        self.run("web", "-m", *web, "--timeout-graceful-shutdown", "2", "--ws-per-message-deflate", "false")
        self.wait_for_pages()

    def start_cameras(self, name: str, *numbers: int) -> None:
        """Serve cameras and wait until they can be opened: port, first, last, and the port for ONVIF or none."""
        process = self.run(name, str(HERE / "cameras.py"), *map(str, numbers), stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    def take_lone_camera_away(self) -> None:
        """End the last camera's process."""
        self.end("lone camera")

    def bring_lone_camera_back(self) -> None:
        """Serve the last camera again, at the same address."""
        self.start_cameras("lone camera", self.lone_port, CAMERAS, CAMERAS)

    def environment(self) -> dict[str, str]:
        """What the processes are started with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CITYSQUARE_", "DJANGO_"))}
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "CITYSQUARE_DATA_DIR": str(self.folder),
            "CITYSQUARE_PORT": str(self.web_port),
            "CITYSQUARE_SIMULATOR_PORTS": f"{self.camera_port},{self.lone_port},{self.onvif_port}",
            "CITYSQUARE_TIME_ZONE": "Europe/Sofia",
            "CITYSQUARE_SECOND_FACTOR": "demo",
            "CITYSQUARE_STORE_BUDGET_BYTES": "1000000000",
            "CITYSQUARE_LEAST_FREE_BYTES": "0",
        }

    def run(self, name: str, *arguments: str, stdout: int | None = None) -> subprocess.Popen[str]:
        """Start a process of the town. What it says on its error output goes to a file beside the footage."""
        with (self.folder / f"{name}.log").open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], env=self.environment(), cwd=self.folder, stdout=stdout or log, stderr=log, text=True
            )
        self.processes[name] = process
        return process

    def wait_for_pages(self) -> None:
        """Return when the pages answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            assert self.processes["web"].poll() is None, (self.folder / "web.log").read_text()
            try:
                with urllib.request.urlopen(f"{self.address}/healthz", timeout=2) as answer:  # noqa: S310 -- our own address
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise TimeoutError("the pages do not answer")

    def end(self, name: str) -> None:
        """End one process."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        if process.stdout is not None:
            process.stdout.close()

    def stop(self) -> None:
        """End everything, pages first."""
        for name in reversed(list(self.processes)):
            self.end(name)
