"""Following a stream: whole fragments, in order, once, whatever happens to the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from citysquare.engine.footage.files import MARKER, RealFileSystem
from citysquare.engine.footage.fragments import Fragment, FragmentBuilder
from citysquare.engine.footage.segments import SegmentWriter
from citysquare.engine.footage.tail import Start, Tail, TailFragment
from citysquare.engine.footage.volumes import Volumes
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey
from tests.engine.footage.scripted import OTHER, PARAMETERS, START, STEP, pictures

KEY = StreamKey("gate")
HALF = TICKS_PER_SECOND // 2


class Footage:
    """Writes fragments as the recorder would, and tails with a clock by hand."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = 0.0
        (root / MARKER).touch()
        self.writer = SegmentWriter(RealFileSystem(), Volumes.of(root), KEY, 60 * TICKS_PER_SECOND)
        self.sent: list[Fragment] = []
        self.at = START

    def write(self, count: int, *, gop: int = 25, size: int = 300, parameters: object = PARAMETERS) -> None:
        chosen = OTHER if parameters is OTHER else PARAMETERS
        builder = FragmentBuilder(HALF, self.at)
        group = pictures(count, start=self.at, gop=gop, size=size, parameters=chosen)
        for piece in [piece for each in group for piece in builder.push(each)] + builder.flush():
            assert isinstance(piece, Fragment)
            self.writer.put(piece)
            self.sent.append(piece)
        self.at += count * STEP

    def tail(self, start: Start = "live") -> Tail:
        return Tail(self.root, KEY, start=start, monotonic=lambda: self.now)

    @property
    def part(self) -> Path:
        (path,) = self.root.rglob("*.part")
        return path


@pytest.fixture
def footage(tmp_path: Path) -> Footage:
    return Footage(tmp_path)


def starts(found: list[TailFragment]) -> list[int]:
    return [fragment.start for fragment in found]


def test_live_begins_at_the_newest_key_fragment(footage: Footage) -> None:
    footage.write(100, gop=50)
    tail = footage.tail()
    found = tail.poll()
    assert starts(found) == [START + 50 * STEP, START + 63 * STEP, START + 76 * STEP, START + 89 * STEP]
    assert [fragment.key for fragment in found] == [True, False, False, False]
    assert tail.poll() == []
    footage.write(25)
    assert starts(tail.poll()) == [START + 100 * STEP, START + 113 * STEP]
    tail.close()


def test_a_time_begins_at_the_key_fragment_before_it(footage: Footage) -> None:
    footage.write(100, gop=50)
    footage.writer.close()
    footage.write(100, gop=50)
    for seconds, expected in ((-5, 0), (0, 0), (3, 50), (4, 100), (7, 150), (99, 150)):
        tail = footage.tail(START + seconds * TICKS_PER_SECOND)
        assert (starts(tail.poll())[0] - START) // STEP == expected
        tail.close()


def test_a_stream_that_does_not_exist_yet_is_waited_for(footage: Footage) -> None:
    tail = footage.tail()
    assert tail.poll() == []
    footage.write(25)
    assert tail.poll() == []
    footage.now += 1
    assert len(tail.poll()) == 2
    tail.close()


def test_the_next_file_follows_at_once_when_one_is_closed(footage: Footage) -> None:
    footage.write(50)
    tail = footage.tail("oldest")
    tail.poll()
    footage.write(25)
    footage.writer.close()
    footage.write(25, parameters=OTHER)
    found = tail.poll()
    assert starts(found) == [fragment.start for fragment in footage.sent[-4:]]
    assert [fragment.width for fragment in found] == [640, 640, 1280, 1280]
    assert found[0].init != found[3].init
    tail.close()


def test_a_next_file_that_is_made_a_moment_later_is_seen_without_waiting_a_second(footage: Footage) -> None:
    footage.write(25)
    tail = footage.tail("oldest")
    tail.poll()
    footage.writer.close()
    assert tail.poll() == []
    footage.now += 0.05
    footage.write(25)
    assert len(tail.poll()) == 2
    tail.close()


def test_a_half_written_fragment_is_waited_for(footage: Footage) -> None:
    footage.write(25)
    tail = footage.tail("oldest")
    assert len(tail.poll()) == 2
    builder = FragmentBuilder(HALF, footage.at)
    (piece,) = [piece for each in pictures(13, start=footage.at) for piece in builder.push(each)]
    assert isinstance(piece, Fragment)
    data = piece.encode(3)
    with footage.part.open("ab") as file:
        for cut in (4, 60, 200, len(data) - 1):
            file.seek(0, 2)
            file.write(data[:cut][file.tell() - footage.writer.size :])
            file.flush()
            assert tail.poll() == []
        file.write(data[-1:])
    assert [fragment.data for fragment in tail.poll()] == [data]
    tail.close()


def test_damage_is_skipped_up_to_the_next_key_fragment(footage: Footage) -> None:
    footage.write(100, gop=50)
    data = bytearray(footage.part.read_bytes())
    first = data.index(b"moof", data.index(b"moof") + 4)
    data[first : first + 40] = b"\0" * 40
    footage.part.write_bytes(data)
    tail = footage.tail("oldest")
    found = tail.poll()
    footage.now += 2
    found += tail.poll()
    assert [(start - START) // STEP for start in starts(found)] == [0, 50, 63, 76, 89]
    tail.close()


def test_a_file_of_something_else_is_passed_over(footage: Footage) -> None:
    footage.write(25)
    footage.writer.close()
    (first,) = footage.root.rglob("*.mp4")
    first.write_bytes(b"no video at all" * 100)
    footage.write(25)
    tail = footage.tail("oldest")
    assert len(tail.poll()) == 2
    tail.close()


def test_a_tail_that_was_away_goes_on_where_files_still_are(footage: Footage) -> None:
    footage.write(25)
    tail = footage.tail("oldest")
    assert len(tail.poll()) == 2
    for _ in range(3):
        footage.writer.close()
        footage.write(25)
    files = sorted(footage.root.rglob("*.mp4*"))
    for path in files[:3]:
        path.unlink()
    footage.now += 5
    assert starts(tail.poll()) == [fragment.start for fragment in footage.sent[-2:]]
    tail.close()


def test_a_file_left_open_by_a_dead_recorder_is_left_for_a_newer_one(footage: Footage) -> None:
    footage.write(25)
    tail = footage.tail("oldest")
    assert len(tail.poll()) == 2
    footage.writer.abandon()
    footage.write(25)
    found: list[TailFragment] = []
    for _ in range(4):
        footage.now += 1
        found += tail.poll()
    assert starts(found) == [fragment.start for fragment in footage.sent[-2:]]
    tail.close()


def test_a_slow_tail_gets_everything_in_bounded_portions(footage: Footage) -> None:
    footage.write(500, size=100_000)
    tail = footage.tail("oldest")
    found: list[TailFragment] = []
    most = 0
    while part := tail.poll():
        most = max(most, sum(len(fragment.data) for fragment in part))
        found += part
    assert starts(found) == [fragment.start for fragment in footage.sent]
    assert most < 14 * 1024 * 1024
    tail.close()


def test_one_who_has_fallen_behind_can_jump_to_the_newest_key_fragment(footage: Footage) -> None:
    footage.write(25)
    tail = footage.tail("oldest")
    tail.poll()
    footage.write(200)
    tail.jump()
    assert starts(tail.poll())[0] == START + 200 * STEP
    assert tail.poll() == []
    tail.close()


def test_a_fragment_larger_than_a_portion_comes_whole(footage: Footage) -> None:
    footage.write(13, size=1_000_000)
    tail = footage.tail("oldest")
    (fragment,) = tail.poll()
    assert len(fragment.data) > 13_000_000
    tail.close()
