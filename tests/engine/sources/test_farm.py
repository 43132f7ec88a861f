"""Against a server that is not ours: GStreamer's own RTSP server, in its own process. Every coded picture must arrive bit-exact."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import av
import pytest

from citysquare.engine.clock import SystemClock
from citysquare.engine.model import CodedPicture
from citysquare.engine.sources import AddressRule, FileSource, RtspSource
from tests.engine.sources.clips import make_clip
from tests.engine.sources.test_files import vcl, write

SYSTEM_PYTHON = "/usr/bin/python3"
SERVER = """
import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
for number, clip in enumerate(sys.argv[1:]):
    factory = GstRtspServer.RTSPMediaFactory()
    code = "h265" if "h265" in clip else "h264"
    pay = f"{code}parse config-interval=-1 ! rtp{code}pay name=pay0 pt=96 config-interval=-1"
    factory.set_launch(f"( filesrc location={clip} ! qtdemux ! {pay} )")
    server.get_mount_points().add_factory(f"/cam{number}", factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
"""
NEEDED = 'import gi; gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer'
CLIPS = [make_clip(codec, b_frames=b, frames=40) for codec in ("h264", "h265") for b in (0, 2)]
SAMPLE = Path(__file__).parents[4] / "shared" / "samples" / "car-detection.mp4"


def films(folder: Path) -> list[Path]:
    paths = []
    for number, clip in enumerate(CLIPS):
        paths.append(folder / f"{clip.codec}-{number}.mp4")
        write(clip, paths[-1])
    return [*paths, *([SAMPLE] if SAMPLE.exists() else [])]


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, list[Path]]]:
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run([SYSTEM_PYTHON, "-c", NEEDED], check=False, capture_output=True).returncode:
        pytest.skip("the system's Python has no GStreamer RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi)")
    assert sys.platform == "linux"
    paths = films(tmp_path_factory.mktemp("films"))
    command = [SYSTEM_PYTHON, "-c", SERVER, *map(str, paths)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), paths
        finally:
            process.kill()


@pytest.mark.parametrize("number", range(5))
async def test_every_picture_of_an_independent_server_arrives_bit_exact(farm: tuple[int, list[Path]], number: int) -> None:
    port, paths = farm
    if number >= len(paths):
        pytest.skip("the shared sample film is not here; the films made above show the same")
    sent = [event async for event in FileSource(paths[number], clock=SystemClock()).events() if isinstance(event, CodedPicture)]
    source = RtspSource(f"rtsp://127.0.0.1:{port}/cam{number}", clock=SystemClock(), rule=AddressRule(allow_loopback=True))
    wanted = min(len(sent), 38)
    got: list[CodedPicture] = []
    async with asyncio.timeout(30), aclosing(source.events()) as events:
        async for event in events:
            assert isinstance(event, CodedPicture), event
            got.append(event)
            if len(got) == wanted:
                break
    clip = CLIPS[number] if number < len(CLIPS) else CLIPS[0]
    assert [vcl(clip, picture.data) for picture in got] == [vcl(clip, picture.data) for picture in sent[:wanted]]
    origin = got[0].pts - sent[0].pts
    assert all(abs(ours.pts - theirs.pts - origin) < 900 for ours, theirs in zip(got, sent, strict=False))
    assert source.status().lost_packets == 0
    ours, theirs = got[0].parameters, sent[0].parameters
    assert (ours.width, ours.height, ours.codec_string, ours.reorder_depth) == (
        theirs.width,
        theirs.height,
        theirs.codec_string,
        theirs.reorder_depth,
    )
    decoder = av.CodecContext.create("h264" if ours.codec == "h264" else "hevc", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = ours.configuration
    assert sum(len(decoder.decode(av.Packet(picture.data))) for picture in got) + len(decoder.decode(None)) == wanted
