"""A process that is killed or stands still costs no picture but its own: real processes, real cameras, each picture accounted for.

Nothing here goes by how long something took: order, sums and bytes only.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from citysquare.engine.footage import FootageReader
from citysquare.engine.model import GapCause, StreamKey
from tests.faults.numbered import GROUP, Account, Cameras, account, cameras
from tests.faults.processes import Node, node, until

NAMES = ("north", "south", "gate")


@pytest.fixture(scope="module")
def filmed() -> Iterator[Cameras]:
    with cameras(NAMES) as made:
        yield made


@pytest.fixture
def running(filmed: Cameras, tmp_path: Path) -> Iterator[Node]:
    with node(tmp_path / "node", filmed, NAMES) as made:
        yield made


def accounts(node: Node) -> list[Account]:
    node.end()
    return [account(node.store, name) for name in NAMES]


def test_a_killed_recorder_is_started_again_and_the_store_opens_by_itself(running: Node) -> None:
    pid = running.pid("recorder")
    open_files = {path.with_suffix("") for name in NAMES for path in (running.store / name).rglob("*.part")}
    running.send(signal.SIGKILL, pid)
    running.another("recorder", pid)
    running.records(*NAMES)
    for name, found in zip(NAMES, accounts(running), strict=True):
        assert found.causes == {GapCause.RESTART: 1}
        assert found.missing == tuple(range(found.missing[0], found.missing[-1] + 1)), "all that is missing lies in the one gap"
        assert not list((running.store / name).rglob("*.part")), "the open file was cut to its last whole fragment and closed"
        rows = {segment.path for segment in FootageReader(running.store).segments(StreamKey(name), 0, 2**53)}
        assert rows == set((running.store / name).rglob("*.mp4"))
        assert {path for path in open_files if path.parts[-3] == name} <= rows


@pytest.mark.slow
def test_a_recorder_killed_again_and_again_loses_only_what_its_gaps_say(running: Node) -> None:
    for _ in range(3):
        pid = running.pid("recorder")
        running.send(signal.SIGKILL, pid)
        running.another("recorder", pid)
        running.records(*NAMES)
    for found in accounts(running):
        assert set(found.causes) == {GapCause.RESTART}
        assert found.causes.total() <= 3


def test_a_recorder_that_stood_still_goes_on_and_accounts_for_every_picture(running: Node, filmed: Cameras) -> None:
    pid = running.pid("recorder")
    running.send(signal.SIGSTOP, pid)
    filmed.produce(4 * GROUP)
    running.send(signal.SIGCONT, pid)
    running.records(*NAMES)
    assert running.pid("recorder") == pid
    for found in accounts(running):
        assert set(found.causes) <= {GapCause.DROPPED_BY_US}
        assert bool(found.missing) <= bool(found.causes)


def test_a_killed_supervisor_costs_no_picture_and_the_next_one_takes_the_recorder_over(running: Node, filmed: Cameras) -> None:
    recorder, analysis = running.pid("recorder"), running.pid("analysis")
    running.supervisor.kill()
    running.supervisor.wait()
    filmed.produce(2 * GROUP)
    running.records(*NAMES)
    running.supervise()
    assert "recorder has run on without a supervisor and goes on." in running.said.read_text()
    assert running.pid("recorder") == recorder
    assert running.pid("analysis") != analysis
    until(lambda: not psutil.pid_exists(analysis), "the end of the analysis nobody looks after")
    running.records(*NAMES)
    for found in accounts(running):
        assert found.missing == ()
        assert not found.causes
    assert not psutil.pid_exists(recorder), "the new supervisor ends what it took over"


@pytest.mark.slow
def test_a_recorder_that_was_taken_over_is_started_again_when_it_dies(running: Node) -> None:
    recorder = running.pid("recorder")
    running.supervisor.kill()
    running.supervisor.wait()
    running.supervise()
    running.send(signal.SIGKILL, recorder)
    running.another("recorder", recorder)
    running.records(*NAMES)
    for found in accounts(running):
        assert set(found.causes) == {GapCause.RESTART}


@pytest.mark.slow
def test_a_recorder_and_its_supervisor_killed_together_come_back(running: Node) -> None:
    recorder = running.pid("recorder")
    running.supervisor.kill()
    running.send(signal.SIGKILL, recorder)
    running.supervisor.wait()
    running.supervise()
    assert running.pid("recorder") != recorder
    running.records(*NAMES)
    for found in accounts(running):
        assert found.causes == {GapCause.RESTART: 1}


@pytest.mark.slow
def test_a_recorder_of_which_its_killed_supervisor_left_no_note_does_not_lock_the_store(running: Node) -> None:
    recorder = running.pid("recorder")
    running.supervisor.kill()
    running.supervisor.wait()
    (running.folder / "children.json").unlink()
    running.supervise()
    assert running.pid("recorder") != recorder
    running.records(*NAMES)
    for found in accounts(running):
        assert set(found.causes) == {GapCause.RESTART}


@pytest.mark.slow
def test_a_supervisor_that_stands_still_costs_no_picture(running: Node, filmed: Cameras) -> None:
    running.send(signal.SIGSTOP, running.supervisor.pid)
    filmed.produce(2 * GROUP)
    running.records(*NAMES)
    running.send(signal.SIGCONT, running.supervisor.pid)
    for found in accounts(running):
        assert (found.missing, found.causes) == ((), {})


@pytest.mark.slow
def test_an_analysis_that_stands_still_or_dies_costs_no_picture(running: Node, filmed: Cameras) -> None:
    pid = running.pid("analysis")
    running.send(signal.SIGSTOP, pid)
    filmed.produce(2 * GROUP)
    running.records(*NAMES)
    running.send(signal.SIGCONT, pid)
    running.send(signal.SIGKILL, pid)
    running.another("analysis", pid)
    running.records(*NAMES)
    for found in accounts(running):
        assert (found.missing, found.causes) == ((), {})


def test_a_node_file_replaced_by_rubbish_changes_nothing_until_a_good_one_comes(running: Node, filmed: Cameras) -> None:
    place = running.folder / "node.json"
    for rubbish in (b"", b"\0" * 5000, b"[" * 100_000, b'{"store": 3}', b'{"cameras": []}', b"\xff\xfe{}"):
        place.write_bytes(rubbish)
        filmed.produce(GROUP)
    place.unlink()
    filmed.produce(GROUP)
    running.records(*NAMES)
    running.write("north", "gate")
    key = StreamKey("south")
    until(lambda: FootageReader(running.store).captured(key, 0, 2**53)[-1].cause is GapCause.SWITCHED_OFF, "a camera that is switched off")
    running.records("north", "gate")
    north, south, gate = accounts(running)
    assert [(found.missing, found.causes) for found in (north, gate)] == [((), {})] * 2
    assert (south.missing, set(south.causes)) == ((), {GapCause.SWITCHED_OFF})


def test_a_recorder_killed_over_a_node_file_of_rubbish_records_on_with_the_last_good_one(running: Node, filmed: Cameras) -> None:
    (running.folder / "node.json").write_bytes(b"rubbish")
    pid = running.pid("recorder")
    filmed.produce(2 * GROUP)
    running.send(signal.SIGKILL, pid)
    running.another("recorder", pid)
    running.records(*NAMES)
    for found in accounts(running):
        assert set(found.causes) == {GapCause.RESTART}


@pytest.mark.slow
def test_all_processes_killed_or_standing_still_at_once_leave_no_picture_unaccounted_for(running: Node, filmed: Cameras) -> None:
    recorder, analysis = running.pid("recorder"), running.pid("analysis")
    running.send(signal.SIGSTOP, analysis)
    running.send(signal.SIGSTOP, recorder)
    filmed.produce(GROUP)
    running.supervisor.kill()
    running.supervisor.wait()
    running.send(signal.SIGCONT, recorder)
    running.records(*NAMES)
    running.supervise()
    running.send(signal.SIGKILL, running.pid("analysis"))
    running.send(signal.SIGKILL, recorder)
    running.another("recorder", recorder)
    running.records(*NAMES)
    for found in accounts(running):
        assert set(found.causes) <= {GapCause.RESTART, GapCause.DROPPED_BY_US}
        assert found.causes[GapCause.RESTART] == 1
