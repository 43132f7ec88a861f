"""Recording from a server that is not ours (GStreamer's): every coded picture is stored bit for bit."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from citysquare.engine.decode import demux
from citysquare.engine.model import Codec
from citysquare.engine.sources import sets_of_configuration, split_lengths
from tests.engine.twins import SAMPLES

FARM = SAMPLES.parent / "tools" / "rtsp_farm.py"
CLIP = SAMPLES / "car-detection.mp4"
SYSTEM_PYTHON = Path("/usr/bin/python3")

pytestmark = pytest.mark.slow


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def farm() -> Iterator[int]:
    if not (FARM.exists() and CLIP.exists()):
        pytest.skip("the independent camera farm (../shared/tools, ../shared/samples) is not here")
    check = "import gi; gi.require_version('GstRtspServer', '1.0')"
    if not SYSTEM_PYTHON.exists() or subprocess.run([SYSTEM_PYTHON, "-c", check], capture_output=True, check=False).returncode:
        pytest.skip("GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi) is not installed")
    port = free_port()
    server = subprocess.Popen([SYSTEM_PYTHON, FARM, CLIP, "2", str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("serving 2 cameras")
        yield port
    finally:
        server.terminate()
        server.wait(10)
        if server.stdout is not None:
            server.stdout.close()


def slices(path: Path) -> list[tuple[bytes, ...]]:
    """Return each picture's coded slices; parameter sets and delimiters around them are the server's own."""
    with demux(path) as opened:
        _, length_bytes = sets_of_configuration(Codec.H264, opened.extradata)
        pictures = [split_lengths(packet.data, length_bytes) for packet in opened.packets]
    return [tuple(unit for unit in units if unit[0] & 0x1F in {1, 5}) for units in pictures]


def test_every_coded_picture_of_an_independent_server_is_stored_bit_for_bit(farm: int, tmp_path: Path) -> None:
    store = tmp_path / "store"
    urls = [f"rtsp://127.0.0.1:{farm}/cam{number}" for number in (1, 2)]
    command = [sys.executable, "-m", "citysquare.engine", "record", *urls, "--store", str(store), "--for", "8"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["camera"] for line in lines] == urls
    truth = slices(CLIP)
    for line in lines:
        files = sorted((store / line["folder"]).rglob("*.mp4"))
        assert len(files) == line["files"] >= 1
        stored = [picture for path in files for picture in slices(path)]
        assert len(stored) > 60
        first = truth.index(stored[0])
        assert stored == truth[first : first + len(stored)]
        assert line["stored_seconds"] > 5
        assert not set(line["gaps"]) & {"dropped_by_us", "garbled", "stalled"}
