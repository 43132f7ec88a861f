"""The cameras of a benchmark: GStreamer's RTSP server where the system has it, else our own simulator."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import clip

SYSTEM_PYTHON = Path("/usr/bin/python3")
_SCRIPT = Path(__file__).with_name("gst_farm.py")
_SIMULATOR_SETTLES = 30


@dataclass(frozen=True, slots=True)
class Farm:
    """Cameras being served."""

    kind: str
    """What serves them, for the report."""
    pid: int
    port: int
    big: tuple[str, ...]
    """Addresses of the 1080p cameras."""
    small: tuple[str, ...]
    """Addresses of the 360p cameras."""
    big_order: dict[bytes, int] | None
    """How the pictures of a big camera follow each other, where that is known."""
    small_order: dict[bytes, int] | None
    fps: int


def independent() -> bool:
    """Say whether GStreamer's server can be started here."""
    if not SYSTEM_PYTHON.exists():
        return False
    return subprocess.run([SYSTEM_PYTHON, _SCRIPT, "--probe"], capture_output=True, check=False).returncode == 0


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ended(process: subprocess.Popen[str], seconds: float = 15) -> None:
    """End a process we started: asked first, then made to."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def serving(big: int, small: int, seconds: float, cache: Path) -> Iterator[Farm]:
    """Serve so many cameras of each kind; each plays for at least so many seconds after it was opened."""
    if independent():
        with _gstreamer(big, small, seconds, cache) as farm:
            yield farm
    else:
        with _simulator(big, small) as farm:
            yield farm


@contextlib.contextmanager
def _gstreamer(big: int, small: int, seconds: float, cache: Path) -> Iterator[Farm]:
    large, little = clip.made(clip.BIG, seconds, cache), clip.made(clip.SMALL, seconds, cache)
    port = free_port()
    words = [str(SYSTEM_PYTHON), str(_SCRIPT), str(port), f"big={big}={large}", f"small={small}={little}"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or process.stdout.readline().strip() != "serving":
            raise SystemExit("GStreamer's RTSP server did not start.")
        yield Farm(
            kind="GStreamer's RTSP server",
            pid=process.pid,
            port=port,
            big=tuple(f"rtsp://127.0.0.1:{port}/big{number}" for number in range(1, big + 1)),
            small=tuple(f"rtsp://127.0.0.1:{port}/small{number}" for number in range(1, small + 1)),
            big_order=clip.order(large),
            small_order=clip.order(little),
            fps=clip.BIG.fps,
        )
    finally:
        ended(process)


@contextlib.contextmanager
def _simulator(big: int, small: int) -> Iterator[Farm]:
    port, count = free_port(), max(big, small)
    words = [sys.executable, "-m", "citysquare.simulator", "--cameras", str(count), "--port", str(port)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        ready = 0
        for line in process.stdout or ():
            ready += line.startswith("ready ")
            if ready == count:
                break
        else:
            raise SystemExit("The simulator ended before its cameras were ready.")
        time.sleep(_SIMULATOR_SETTLES)  # it still renders further variants after the first
        yield Farm(
            kind="our simulator (no GStreamer here)",
            pid=process.pid,
            port=port,
            big=tuple(f"rtsp://127.0.0.1:{port}/cam{number}/main" for number in range(1, big + 1)),
            small=tuple(f"rtsp://127.0.0.1:{port}/cam{number}/sub" for number in range(1, small + 1)),
            big_order=None,
            small_order=None,
            fps=15,
        )
    finally:
        ended(process)
