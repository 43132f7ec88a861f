"""The engine as a command: what it prints, and what bad input costs."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from citysquare.engine.cli import main
from citysquare.engine.cli.backlog import Backlog
from citysquare.engine.cli.lines import Lines
from citysquare.engine.cli.patience import WAIT_SECONDS, Patient
from citysquare.engine.cli.watch import watch
from citysquare.engine.clock import ManualClock
from citysquare.engine.decode import demux
from citysquare.engine.errors import SourceError, StoreFull
from citysquare.engine.footage import Deletion, Recorder, Store
from citysquare.engine.model import Break, CodedPicture, GapCause, SourceEvent
from tests.engine.footage.scripted import FaultyVolume
from tests.engine.live import live
from tests.engine.sources.camera import Camera
from tests.engine.sources.clips import make_clip
from tests.engine.test_decode import sound
from tests.engine.twins import SAMPLES, Scene, coded, crossing, film

COMMAND = [sys.executable, "-m", "citysquare.engine"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scene = Scene((crossing(2.0, 0.3), crossing(2.5, 0.7, leftwards=True, shade=30)), seconds=7.5)
    return film(scene, tmp_path_factory.mktemp("clip") / "square.mp4")


def run(*arguments: str | Path) -> tuple[int, list[dict[str, object]], list[str]]:
    done = subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.splitlines()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_watching_a_file_prints_a_line_for_each_thing_and_a_summary(clip: Path) -> None:
    status, lines, errors = run("watch", clip)
    assert (status, errors) == (0, [])
    *tracks, summary = lines
    assert summary == {"type": "summary", "camera": "square.mp4", "frames_seen": 90, "frames_decoded": 90, "tracks": {"unknown": 2}}
    for track in tracks:
        assert list(track) == ["type", "camera", "track", "class", "t0", "t1", "path"]
        assert (track["type"], track["camera"], track["class"]) == ("track", "square.mp4", "unknown")
        assert isinstance(track["t0"], float)
        assert isinstance(track["path"], list)
        assert 2 <= len(track["path"]) <= 16


def test_bad_sources_cost_one_sentence_each_and_the_others_go_on(clip: Path, tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.mp4", tmp_path / "text.mp4"
    empty.touch()
    text.write_text("Minutes of the meeting of 3 May\n" * 40)
    voice = sound(tmp_path / "voice.m4a")
    missing = tmp_path / "missing.mp4"
    nobody = f"rtsp://admin:secret@127.0.0.1:{free_port()}/live"
    forbidden = ["http://admin:secret@10.0.0.1/live", "file:///etc/passwd", "rtsp://169.254.169.254/live"]
    status, lines, errors = run("watch", "--for", "4", clip, empty, text, voice, missing, nobody, *forbidden)
    assert status == 2
    assert [line["camera"] for line in lines] == ["square.mp4"] * 3
    assert lines[-1]["tracks"] == {"unknown": 2}
    found = sorted(tuple(line.split(": ", 1)) for line in errors)
    assert [code for code, _ in found] == (
        ["error source.bad_address"] * 3 + ["error source.no_video"] + ["error source.not_media"] * 3 + ["error source.unreachable"]
    )
    assert not any("secret" in line or "Traceback" in line for line in errors)


def test_recording_files_makes_files_that_play_alone(clip: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    (tmp_path / "other").mkdir()
    namesake = tmp_path / "other" / "square.mp4"
    namesake.write_bytes(clip.read_bytes())
    status, lines, errors = run("record", clip, namesake, "--store", store)
    assert (status, errors) == (0, [])
    assert [line["folder"] for line in lines] == ["square", "square-2"]
    for line in lines:
        assert line == {"type": "recorded", "camera": "square.mp4", "folder": line["folder"], "stored_seconds": 7.5, "gaps": {}} | {
            "files": line["files"]
        }
        paths = sorted((store / str(line["folder"])).glob("????-??-??/????????T??????.???Z.mp4"))
        assert len(paths) == line["files"]
        original = [picture.data for picture in coded(clip)]
        stored = []
        for path in paths:
            with demux(path) as opened:
                packets = list(opened.packets)
            assert packets[0].key
            stored += [packet.data for packet in packets]
        assert stored == original


@pytest.mark.parametrize("way", ["a file in its place", "a file on the way", "other things in it"])
def test_a_store_that_cannot_be_used_costs_one_sentence(clip: Path, tmp_path: Path, way: str) -> None:
    store = tmp_path / "store"
    if way == "other things in it":
        store.mkdir()
        (store / "holiday.jpg").touch()
    else:
        store.touch()
    where = store / "footage" if way == "a file on the way" else store
    status, lines, errors = run("record", clip, "--store", where)
    assert (status, lines, len(errors)) == (2, [], 1)
    assert errors[0].startswith("error store.")


def test_a_full_store_costs_one_sentence(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_root: Path) -> Store:
        raise StoreFull("The volume has no room left for footage.")

    monkeypatch.setattr(Store, "open", full)
    assert main(["record", str(clip), "--store", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error store.full: ")
    assert said.err.count("\n") == 1


def test_footage_that_the_volume_did_not_take_ends_with_status_2(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    volume = FaultyVolume()
    volume.only = lambda path: path.parent.parent.name == "square"
    volume.fail(errno.ENOSPC, "write")
    opened = Store.open
    monkeypatch.setattr(Store, "open", lambda root: opened(root, files=volume))
    assert main(["record", str(clip), "--store", str(tmp_path / "store")]) == 2
    said = capsys.readouterr()
    assert [line for line in said.err.splitlines() if line.startswith("error ")] == [
        f"error store.full: square.mp4: The volume of the footage store {tmp_path / 'store'} is full."
    ]


def test_footage_deleted_for_want_of_space_is_told(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", str(clip), "--store", str(tmp_path / "store")]) == 0
    volume = FaultyVolume()
    recorded = Recorder.run

    async def short(recorder: Recorder, stop: asyncio.Event) -> None:
        store = cast("Store", getattr(recorder, "_store"))  # noqa: B009 - a look inside, to delete as its pulse would
        store.delete(store.index.oldest(1), Deletion.SPACE, 2**53)
        await recorded(recorder, stop)

    opened = Store.open
    monkeypatch.setattr(Store, "open", lambda root: opened(root, files=volume))
    monkeypatch.setattr(Recorder, "run", short)
    capsys.readouterr()
    assert main(["record", str(clip), "--store", str(tmp_path / "store")]) == 2
    assert "was short of room" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["watch"], ["watch", "x.mp4", "--for", "-1"], ["watch", "x.mp4", "--for", "nan"], ["record", "x.mp4"], ["fly"]]
)
def test_wrong_arguments_end_with_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_node_file_that_cannot_be_read_costs_one_sentence(tmp_path: Path) -> None:
    status, lines, errors = run("node", tmp_path / "node.json")
    assert (status, lines, len(errors)) == (2, [], 1)
    assert errors[0].startswith("error node.bad_file: ")


def test_the_commands_need_no_django() -> None:
    check = (
        "import sys, citysquare.engine.cli, citysquare.engine.local, citysquare.engine.probe;"
        "print([name for name in sys.modules if name.split('.')[0] == 'django' or name.startswith('citysquare.config')])"
    )
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout == "[]\n"


async def started(*arguments: str | Path) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*COMMAND, *map(str, arguments), stdout=pipe, stderr=pipe)


async def test_a_live_camera_is_watched_until_the_command_is_asked_to_end() -> None:
    async with Camera(make_clip(), stream=live).running() as camera:
        process = await started("watch", camera.url())
        await camera.until(lambda: "PLAY" in camera.methods)
        await asyncio.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    (summary,) = [json.loads(line) for line in out.splitlines()]
    assert (summary["type"], summary["camera"], summary["tracks"]) == ("summary", camera.url(), {})
    assert summary["frames_seen"] > 0


async def test_a_wrong_password_is_told_without_showing_it_while_another_camera_is_recorded(tmp_path: Path) -> None:
    async with Camera(make_clip(), login="md5").running() as locked, Camera(make_clip(), stream=live).running() as camera:
        process = await started("record", locked.url(user="admin:secret"), camera.url(), "--store", tmp_path / "store", "--for", "3")
        out, err = await process.communicate()
    assert process.returncode == 2
    (error,) = err.decode().splitlines()
    assert error.startswith("error source.refused: ")
    assert b"secret" not in out + err
    refused, recorded = [json.loads(line) for line in out.splitlines()]
    assert (refused["camera"], refused["stored_seconds"], refused["files"]) == (locked.url(), 0.0, 0)
    files = list((tmp_path / "store").rglob("*.mp4"))
    assert len(files) in {1, 2}  # a stream begins a new file once a minute, at a moment of its own, which may lie in these seconds
    assert (recorded["camera"], recorded["files"]) == (camera.url(), len(files))
    assert recorded["stored_seconds"] > 1
    assert "dropped_by_us" not in recorded["gaps"]


async def test_lines_of_a_live_camera_carry_utc_times(clip: Path) -> None:
    out = io.StringIO()

    class Shown:
        def __init__(self, text: str, **_options: object) -> None:
            assert text == "rtsp://10.0.0.1/live"

        async def events(self) -> AsyncIterator[SourceEvent]:
            for picture in coded(clip, start=1_777_636_800 * 90_000):
                yield picture
                await asyncio.sleep(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("citysquare.engine.cli.inputs.open_source", Shown)
        assert await watch(["rtsp://10.0.0.1/live"], seconds=None, clock=ManualClock(), lines=Lines(out, io.StringIO())) == 0
    tracks = [line for line in map(json.loads, out.getvalue().splitlines()) if line["type"] == "track"]
    assert len(tracks) == 2
    for track in tracks:
        assert list(track) == ["type", "camera", "track", "class", "first", "last", "path"]
        assert track["first"] < track["last"]
        assert all(track[name].startswith("2026-05-01T12:00:0") and track[name].endswith("Z") for name in ("first", "last"))


class Quiet:
    """A source that tells its breaks and pictures and then stays silent."""

    def __init__(self, *events: SourceEvent) -> None:
        self._events = events

    async def events(self) -> AsyncIterator[SourceEvent]:
        for event in self._events:
            yield event
        await asyncio.get_running_loop().create_future()


async def given_up(*events: SourceEvent, seconds: float) -> tuple[list[SourceEvent], list[SourceError]]:
    clock, told, seen = ManualClock(), list[SourceError](), list[SourceEvent]()

    async def read() -> None:
        seen.extend([event async for event in Patient(Quiet(*events), clock=clock, told=told.append).events()])

    reading = asyncio.ensure_future(read())
    await clock.run_for(seconds)
    if reading.done():
        assert isinstance(reading.exception(), SourceError)
    before = list(told)
    reading.cancel()
    await asyncio.wait({reading})
    return seen, before


@pytest.mark.parametrize(("cause", "code"), [(GapCause.REFUSED, "source.refused"), (GapCause.GARBLED, "source.garbled")])
async def test_a_camera_that_says_no_is_given_up_at_once(cause: GapCause, code: str) -> None:
    _, told = await given_up(Break(cause, 0, "No."), seconds=0.1)
    assert [(error.code, error.message) for error in told] == [(code, "No.")]


async def test_a_camera_with_sound_alone_is_told_as_without_video() -> None:
    _, told = await given_up(Break(GapCause.GARBLED, 0, "Sound but no video.", "source.no_video"), seconds=0.1)
    assert [error.code for error in told] == ["source.no_video"]


@pytest.mark.parametrize(("cause", "code"), [(GapCause.UNREACHABLE, "source.unreachable"), (GapCause.STALLED, "source.stalled")])
async def test_a_camera_that_does_not_answer_is_waited_for(cause: GapCause, code: str) -> None:
    assert (await given_up(Break(cause, 0, "Nobody."), seconds=WAIT_SECONDS - 1))[1] == []
    _, told = await given_up(Break(cause, 0, "Nobody."), seconds=WAIT_SECONDS + 1)
    assert [(error.code, error.message) for error in told] == [(code, "Nobody.")]


async def test_after_a_first_picture_every_break_is_waited_out(clip: Path) -> None:
    _, told = await given_up(coded(clip)[0], Break(GapCause.REFUSED, 0, "No."), seconds=10 * WAIT_SECONDS)
    assert told == []


async def test_slow_analysis_leaves_out_whole_groups_and_never_slows_a_camera(clip: Path) -> None:
    backlog, pictures = Backlog(most_pictures=30), coded(clip)
    for picture in pictures:
        await asyncio.wait_for(backlog.put(picture, wait=False), 1)
    taken: list[CodedPicture] = []
    while len(taken) < 30:
        taken += await backlog.take()
    assert taken == pictures[:30]
    for picture in pictures[40:]:
        await backlog.put(picture, wait=False)
    assert (await backlog.take())[0].key
    assert backlog.left_out >= 60


async def test_a_file_waits_for_its_analysis_and_nothing_is_left_out(clip: Path) -> None:
    backlog, pictures = Backlog(most_pictures=10), coded(clip)

    async def fill() -> None:
        for picture in pictures:
            await backlog.put(picture, wait=True)
        await backlog.close()

    filling = asyncio.ensure_future(fill())
    taken: list[CodedPicture] = []
    while some := await backlog.take(most=7):
        taken += some
    await filling
    assert taken == pictures
    assert backlog.left_out == 0


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample clips (../shared/samples) are not here")
def test_the_real_clips_are_watched_together() -> None:
    status, lines, errors = run("watch", *sorted(SAMPLES.glob("*.mp4")))
    assert (status, errors) == (0, [])
    summaries = {line["camera"]: line["tracks"] for line in lines if line["type"] == "summary"}
    assert summaries == {"car-detection.mp4": {"unknown": 4}, "one-by-one-person-detection.mp4": {"unknown": 6}}
