"""One node: its file, its recorder and its analysis, and what the one means to the other."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from citysquare.engine.clock import SystemClock
from citysquare.engine.errors import BadNodeFile
from citysquare.engine.footage import FootageReader, Recorder, Store, StoreLimits, Tail, read_status
from citysquare.engine.local import NodeCamera, NodeFile, read_node_file, record_node, write_node_file
from citysquare.engine.local.analysing import analyse_node
from citysquare.engine.model import GapCause, StreamKey, StreamKind, TrackBatch
from citysquare.engine.sources import FileSource
from tests.engine.live import live
from tests.engine.sources.camera import Camera
from tests.engine.sources.clips import make_clip
from tests.engine.twins import Scene, crossing, film


def node(store: Path, *cameras: NodeCamera, ports: frozenset[int] = frozenset()) -> NodeFile:
    return NodeFile(store, cameras, StoreLimits(budget_bytes=10**9, least_free_bytes=0), ports)


async def until(what: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 - what is waited for happens in another process or on disk
            await asyncio.sleep(0.05)


def test_a_node_file_says_what_was_written_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "node.json"
    written = node(
        tmp_path / "store",
        NodeCamera("a1", "rtsp://admin:secret@10.0.0.1/main", "rtsp://10.0.0.1/sub"),
        NodeCamera("b2", "rtsp://10.0.0.2/main", enabled=False),
        ports=frozenset({8554}),
    )
    write_node_file(path, written)
    write_node_file(path, written)
    assert read_node_file(path) == written
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["keys", "node.json"]
    assert set(written.streams()) == {StreamKey("a1"), StreamKey("a1", StreamKind.SUB)}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "null",
        '{"store": "x"}',
        '{"store": "x", "cameras": [{"id": "../up", "main": "rtsp://a/b"}]}',
        '{"store": "x", "cameras": [{"id": "a", "main": 7}]}',
        '{"store": "x", "cameras": [{"id": "a", "main": "m"}, {"id": "a", "main": "m"}]}',
        '{"store": "x", "cameras": [], "limits": {"budget_bytes": "all"}}',
        '{"store": "x", "cameras": [], "limits": {"budget_bytes": -1}}',
        '{"store": "x", "cameras": [], "loopback_ports": ["p"]}',
        '{"store": "x", "cameras": [], "loopback_ports": [Infinity]}',
        '{"store": "x", "cameras": [], "limits": {"least_free_bytes": Infinity}}',
        '{"store": "x", "cameras": [], "limits": {"least_free_bytes": null}}',
        '{"store": "x", "cameras": [], "limits": {"retention_seconds": NaN}}',
        '{"store": "x", "cameras": [], "limits": {"segment_seconds": 0}}',
        "[" * 100_000,
    ],
)
def test_a_node_file_that_makes_no_sense_is_refused_with_a_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "node.json"
    path.write_text(content)
    with pytest.raises(BadNodeFile, match=r"^The node file .*\.$"):
        read_node_file(path)


def recorded_cameras(store: Path) -> set[str]:
    return {status.key.camera for status in read_status(store) if status.state == "recording"}


async def test_the_recorder_follows_its_node_file(tmp_path: Path) -> None:
    path, store = tmp_path / "node.json", tmp_path / "store"
    async with Camera(make_clip(), stream=live).running() as camera:
        first, second = NodeCamera("first", camera.url()), NodeCamera("second", camera.url("/other"))
        forbidden = NodeCamera("forbidden", "rtsp://169.254.169.254/")
        ports = frozenset({camera.port})
        write_node_file(path, node(store, first, forbidden, ports=ports))
        stop = asyncio.Event()
        recording = asyncio.ensure_future(record_node(path, stop=stop))
        await until(lambda: recorded_cameras(store) == {"first"})
        path.write_text("not what we write")
        await asyncio.sleep(1.2)
        write_node_file(path, node(store, second, ports=ports))
        await until(lambda: recorded_cameras(store) == {"second"})
        turns = [method for method in camera.methods if method in {"PLAY", "TEARDOWN"}]
        stop.set()
        await recording
    reader = FootageReader(store)
    assert reader.streams() == [StreamKey("first"), StreamKey("forbidden"), StreamKey("second")]
    refused = reader.captured(StreamKey("forbidden"), 0, 2**62)
    assert [interval.cause for interval in refused] == [GapCause.REFUSED, GapCause.SWITCHED_OFF]
    assert refused[0].start == reader.since(StreamKey("forbidden"))
    first_axis = reader.captured(StreamKey("first"), 0, 2**62)
    assert {interval.cause for interval in first_axis} <= {GapCause.NO_KEYFRAME, None, GapCause.SWITCHED_OFF}
    assert first_axis[-1].cause is GapCause.SWITCHED_OFF
    # The cameras tell the order: each stream's times follow its own first arrival, and may be a picture or two ahead of the other's.
    assert turns == ["PLAY", "TEARDOWN", "PLAY"]


class Sink:
    """Takes batches; the first few times it says 'later'."""

    def __init__(self, stop: threading.Event, *, refusals: int = 0, enough: int = 2) -> None:
        self.batches: list[TrackBatch] = []
        self._stop = stop
        self._refusals = refusals
        self._enough = enough

    def accept(self, batch: TrackBatch) -> None:
        if self._refusals:
            self._refusals -= 1
            raise ConnectionError
        self.batches.append(batch)
        if sum(len(each.tracks) for each in self.batches) >= self._enough:
            self._stop.set()


@pytest.fixture
async def recorded(tmp_path: Path) -> Path:
    """Return the node file of a store in which a camera with a small stream was recorded."""
    movers = (crossing(2.0, 0.3), crossing(2.5, 0.7, leftwards=True, shade=30))
    clip = film(Scene(movers, seconds=9.0), tmp_path / "square.mp4")
    store, stop, clock = Store.open(tmp_path / "store"), asyncio.Event(), SystemClock()
    recorder = Recorder(store, clock=clock, limits=StoreLimits(least_free_bytes=0))
    recorder.add(StreamKey("a1", StreamKind.SUB), FileSource(clip, clock=clock))
    running = asyncio.ensure_future(recorder.run(stop))
    await asyncio.sleep(0)
    await recorder.ended()
    stop.set()
    await running
    store.close()
    path = tmp_path / "node.json"
    write_node_file(path, node(tmp_path / "store", NodeCamera("a1", "rtsp://10.0.0.1/main", "rtsp://10.0.0.1/sub")))
    return path


@pytest.mark.parametrize("refusals", [0, 1])
async def test_analysis_hands_on_what_moved_also_when_it_is_refused_first(
    recorded: Path, refusals: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("citysquare.engine.local.analysing.Tail", partial(Tail, start="oldest"))
    stop = threading.Event()
    sink = Sink(stop, refusals=refusals)
    timer = threading.Timer(20, stop.set)
    timer.start()
    await asyncio.to_thread(analyse_node, recorded, sink, stop)
    timer.cancel()
    assert {batch.camera for batch in sink.batches} == {"a1"}
    tracks = [track for batch in sink.batches for track in batch.tracks]
    assert len({track.id for track in tracks}) == len(tracks) == 2
    assert all(track.last <= batch.through for batch in sink.batches for track in batch.tracks)


ANALYSE = """
import sys, threading
from pathlib import Path
from citysquare.engine.local.analysing import analyse_node

class Sink:
    def accept(self, batch):
        pass

print("following", flush=True)
analyse_node(Path(sys.argv[1]), Sink(), threading.Event())
"""


async def test_killing_the_analysis_never_disturbs_the_recording(tmp_path: Path) -> None:
    path, store = tmp_path / "node.json", tmp_path / "store"
    async with Camera(make_clip(), stream=live).running() as camera:
        write_node_file(path, node(store, NodeCamera("a1", camera.url(), camera.url("/sub")), ports=frozenset({camera.port})))
        recorder = await asyncio.create_subprocess_exec(sys.executable, "-m", "citysquare.engine", "node", str(path))
        await until(lambda: len(read_status(store)) == 2 and recorded_cameras(store) == {"a1"})
        analysis = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ANALYSE, str(path), stdout=asyncio.subprocess.PIPE, env=os.environ | {"PYTHONPATH": "src"}
        )
        assert analysis.stdout is not None
        await analysis.stdout.readline()
        await asyncio.sleep(1)
        assert analysis.returncode is None
        analysis.kill()
        await analysis.wait()
        before = SystemClock().wall()
        await until(lambda: all((status.last_picture or 0) > before for status in read_status(store)))
        recorder.send_signal(signal.SIGTERM)
        assert await recorder.wait() == 0
    reader = FootageReader(store)
    for key in reader.streams():
        axis = reader.captured(key, 0, 2**62)
        began = next(index for index, interval in enumerate(axis) if interval.cause is None)
        assert [interval.cause for interval in axis[began:]] == [None]
        assert not list((store / key.folder).rglob("*.part"))
    assert json.loads((store / "status.json").read_text())["streams"][0]["dropped_by_us_seconds"] == 0
