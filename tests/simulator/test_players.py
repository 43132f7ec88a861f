"""Common players open the simulator's cameras: FFmpeg, GStreamer and PyAV."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import pytest

from citysquare.simulator.broadcast import Camera, Showing, Station
from citysquare.simulator.loops import Loop
from citysquare.simulator.rtsp import Server

GSTREAMER = """
import sys, gi
gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst
Gst.init(None)
missing = [name for name in ("rtspsrc", "rtph264depay", "h264parse") if Gst.ElementFactory.find(name) is None]
if missing:
    print("missing", *missing)
    sys.exit(0)
source = f"rtspsrc location={sys.argv[1]} protocols=tcp latency=0"
line = Gst.parse_launch(source + " ! rtph264depay ! h264parse ! fakesink name=end signal-handoffs=true")
loop, seen = GLib.MainLoop(), []
def handed(sink, buffer, pad):
    seen.append(buffer.pts)
    if len(seen) >= 20:
        loop.quit()
line.get_by_name("end").connect("handoff", handed)
bus = line.get_bus()
bus.add_signal_watch()
bus.connect("message::error", lambda bus, message: (print(message.parse_error()), loop.quit()))
GLib.timeout_add(15000, loop.quit)
line.set_state(Gst.State.PLAYING)
loop.run()
line.set_state(Gst.State.NULL)
print("pictures", len(seen))
"""


@pytest.fixture(scope="module")
def address(small_loop: Loop) -> Iterator[str]:
    """The address of a running camera, served by another thread."""
    camera = Camera("cam1", "river", 1)
    camera.add(Showing.of(small_loop))
    station = Station([camera])
    started, ended = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    port = 0

    async def serve() -> None:
        nonlocal port
        server = Server(station)
        port = await server.start("127.0.0.1", 0)
        clock = asyncio.create_task(station.run())
        started.set()
        await ended.wait()
        clock.cancel()
        await server.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert started.wait(10)
    yield f"rtsp://127.0.0.1:{port}/cam1"
    loop.call_soon_threadsafe(ended.set)
    thread.join(10)
    loop.close()


def test_ffprobe_reads_size_profile_and_rate(address: str) -> None:
    program = shutil.which("ffprobe")
    if program is None:
        pytest.skip("ffprobe is not installed")
    asked = "stream=codec_name,profile,width,height,r_frame_rate,has_b_frames"
    command = [program, "-v", "error", "-rtsp_transport", "tcp", "-show_entries", asked, "-of", "default=nw=1", f"{address}/main"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert {"codec_name=h264", "profile=High", "width=320", "height=180", "r_frame_rate=15/1", "has_b_frames=0"} <= set(done.stdout.split())


def test_pyav_decodes_from_the_first_picture_on_without_an_error(address: str) -> None:
    with av.open(f"{address}/sub", options={"rtsp_transport": "tcp"}, timeout=(5, 5)) as container:
        times: list[int] = []
        for frame in container.decode(video=0):
            assert not frame.is_corrupt
            if frame.pts is not None:  # FFmpeg may not know the first picture's time before the second has come
                times.append(frame.pts)
            if len(times) == 20:
                break
    assert {b - a for a, b in pairwise(times[1:])} == {6000}


def test_gstreamer_plays(address: str) -> None:
    python = "/usr/bin/python3"
    if not Path(python).exists() or subprocess.run([python, "-c", "import gi"], capture_output=True, check=False).returncode:
        pytest.skip("GStreamer's Python bindings are not installed")
    done = subprocess.run([python, "-c", GSTREAMER, f"{address}/main"], capture_output=True, text=True, timeout=40, check=False)
    if done.stdout.startswith("missing") or "Namespace Gst not available" in done.stderr:
        pytest.skip("GStreamer lacks its RTSP plugins")
    assert done.stdout.strip() == "pictures 20", done.stdout + done.stderr
