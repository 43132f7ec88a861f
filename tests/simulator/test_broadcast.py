"""Programmes, running time, and listeners who do not keep up."""

from __future__ import annotations

import struct
from itertools import pairwise

from citysquare.simulator.broadcast import BACKLOG_BYTES, TICKS_PER_PICTURE, Camera, Listener, Showing
from tests.simulator.conftest import made_up_loop
from tests.simulator.test_rtp import nal_units, packets


class Heard:
    """A listener's connection, in memory."""

    def __init__(self) -> None:
        self.runs: list[bytes] = []
        self.waiting = 0

    def write(self, data: bytes | bytearray) -> None:
        self.runs.append(bytes(data))

    def pictures(self) -> list[tuple[int, int, bytes]]:
        """RTP time, first sequence number and last NAL unit of each picture."""
        found = []
        for run in self.runs:
            if run[1] == 0:
                received = packets(run)
                _, _, sequence, time, _ = struct.unpack(">BBHII", received[0][:12])
                found.append((time, sequence, nal_units(received)[-1]))
        return found


def _camera(*variants: int) -> tuple[Camera, Heard, Listener]:
    camera = Camera("cam1", "river", seed=1)
    for variant in variants:
        camera.add(Showing.of(made_up_loop(variant)))
    heard = Heard()
    listener = Listener(heard.write, lambda: heard.waiting, (0, 1))
    camera.main.append(listener)
    return camera, heard, listener


def test_rtp_time_and_sequence_run_on_over_the_seams_of_loops() -> None:
    camera, heard, _ = _camera(0, 1)
    for tick in range(200):
        camera.tick(tick / 15)
    pictures = heard.pictures()
    assert len(pictures) == 200
    steps = {(b[0] - a[0]) & 0xFFFFFFFF for a, b in pairwise(pictures)}
    assert steps == {TICKS_PER_PICTURE}
    sequences = [int.from_bytes(packet[2:4], "big") for run in heard.runs if run[1] == 0 for packet in packets(run)]
    assert {(b - a) & 0xFFFF for a, b in pairwise(sequences)} == {1}
    assert {picture[2][1:2] for picture in pictures} == {b"0", b"1"}


def test_the_order_of_loops_repeats_with_the_seed_and_differs_between_cameras() -> None:
    def order(name: str, seed: int) -> list[int]:
        camera = Camera(name, "river", seed)
        camera.add(Showing.of(made_up_loop(0)))
        camera.add(Showing.of(made_up_loop(1)))
        begun = [camera.tick(0.0) for _ in range(30 * 24)]
        return [what[0] for what in begun if what]

    assert order("cam1", 1) == order("cam1", 1)
    assert order("cam1", 1) != order("cam9", 1)


def test_a_new_listener_begins_with_a_keyframe_at_the_announced_time() -> None:
    camera, heard, listener = _camera(0)
    camera.main.clear()
    for tick in range(7):
        camera.tick(tick / 15)
    announced = listener.rtp_time(camera.next_key("main"))
    camera.main.append(listener)
    for tick in range(7, 60):
        camera.tick(tick / 15)
    first = heard.pictures()[0]
    assert first[0] == announced
    assert first[2][0] & 31 == 5


def test_a_slow_listener_loses_pictures_up_to_a_keyframe_and_memory_stays_bounded() -> None:
    camera, heard, listener = _camera(0)
    camera.tick(0.0)
    heard.waiting = BACKLOG_BYTES + 1
    for tick in range(1, 20):
        camera.tick(tick / 15)
    assert len(heard.pictures()) == 1
    heard.waiting = 0
    for tick in range(20, 40):
        camera.tick(tick / 15)
    pictures = heard.pictures()
    assert pictures[1][2][0] & 31 == 5
    assert len(pictures) == 11
    assert listener.dropped == 1


def test_sender_reports_come_at_once_and_each_five_seconds() -> None:
    camera, heard, _ = _camera(0)
    for tick in range(15 * 11):
        camera.tick(tick / 15)
    reports = [run for run in heard.runs if run[1] == 1]
    assert len(reports) == 3
    first_picture = next(run for run in heard.runs if run[1] == 0)
    assert heard.runs.index(reports[0]) < heard.runs.index(first_picture)
    assert reports[0][20:24] == first_picture[8:12], "the first report speaks of the first picture's time"


def test_further_cameras_begin_elsewhere_in_the_loop_but_at_a_keyframe() -> None:
    camera = Camera("cam9", "river", 1, start=0.6)
    camera.add(Showing.of(made_up_loop(0, seconds=8)))
    heard = Heard()
    camera.main.append(Listener(heard.write, lambda: 0, (0, 1)))
    assert camera.tick(0.0) == (0, -60)
    assert heard.pictures()[0][2].split()[0].endswith(b"0:60")
