"""A street of misbehaving cameras, all in one run: each picture is stored bit-exact, or lies in a gap with the right cause and length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from citysquare.engine.model import GapCause
from citysquare.engine.sources.rtsp.source import LOGIN_BACKOFF_SECONDS
from citysquare.simulator.faults import KINDS, FaultScript
from citysquare.simulator.loops import FPS
from tests.faults.cameras import Outcome, film

AT = 6
GROUP_SECONDS = 2.0
NOTICED = 3.0
UNREACHABLE, REFUSED, STALLED, GARBLED = GapCause.UNREACHABLE, GapCause.REFUSED, GapCause.STALLED, GapCause.GARBLED


@dataclass(frozen=True)
class Case:
    """A camera of the street and what must become of its pictures."""

    faults: tuple[dict[str, Any], ...]
    cause: GapCause | None = None
    """What its gap is for the most part; None: it has none."""
    also: frozenset[GapCause] = frozenset()
    """What else the gap may be for a moment."""
    altered: int = 0
    hollow: float = 0.0
    """Seconds of gaps that the ledger may claim though all pictures are there."""
    late: float = 0.2
    """How far pictures may be dated from when they were made, in seconds."""
    seconds: float = field(default=0.0)
    """How long the trouble lasts; as the longest fault unless told."""

    @property
    def script(self) -> FaultScript:
        return FaultScript.parse(list(self.faults))

    @property
    def outage(self) -> float:
        return self.seconds or max(fault["for"] for fault in self.faults)


def one(kind: str, lasts: float, at: float = AT, **settings: object) -> tuple[dict[str, Any], ...]:
    return ({"kind": kind, "at": at, "for": lasts, **settings},)


ENDED = frozenset({UNREACHABLE})
"""The end of the connection is known before what the camera then answers."""
STREET = {
    "well": Case(()),
    "cut": Case(one("cut", 6), UNREACHABLE),
    "closed": Case(one("cut", 6, how="close"), UNREACHABLE),
    "blinks": Case(one("cut", 0.2, how="close"), UNREACHABLE),
    "silent": Case(one("silence", 9), STALLED),
    "silent_shortly": Case(one("silence", 1.5), STALLED),
    "trickles": Case(one("trickle", 8), STALLED, late=3.0),
    "resets_in_nal": Case(one("reset_in_nal", 0.05), UNREACHABLE),
    "resets_in_nal_often": Case(one("reset_in_nal", 0.05, every=5.0), UNREACHABLE),
    "refuses": Case(one("refuse", 6), REFUSED, ENDED),
    "forbids": Case(one("refuse", 6, status=403), REFUSED, ENDED),
    "is_full": Case(one("session_limit", 6), REFUSED, ENDED),
    "sends_round": Case(one("redirect", 6), REFUSED, ENDED),
    "answers_slowly": Case(one("slow_answer", 9), STALLED, ENDED),
    "breaks_framing": Case(one("garble", 5, where="framing"), GARBLED),
    "breaks_rtp": Case(one("garble", 5, where="rtp"), GARBLED),
    "breaks_payload": Case(one("garble", 5, where="payload"), altered=5),
    "loses": Case(one("lose_rtp", 5), GARBLED),
    "loses_one": Case(one("lose_rtp", 0.05, each=1), GARBLED),
    "reorders": Case(one("reorder_rtp", 5), GARBLED),
    "doubles": Case(one("duplicate_rtp", 5), GARBLED),
    "talks_rubbish": Case(one("rubbish", 5, each=1)),
    "jumps_on": Case(one("clock_jump", 5)),
    "jumps_back": Case(one("clock_jump", 5, seconds=-3600)),
    "summer_time": Case(one("dst", 100)),
    "winter_time": Case(one("dst", 100, seconds=-3600)),
    "stands_still": Case(one("wrong_rtp_times", 5)),
    "runs_fast": Case(one("wrong_rtp_times", 5, how="fast"), hollow=1.0, late=0.5),
    "runs_at_random": Case(one("wrong_rtp_times", 5, how="random")),
    "runs_backwards": Case(one("wrong_rtp_times", 5, how="backwards")),
    "lies_and_falls_silent": Case(one("wrong_rtp_times", 4, how="random") + one("silence", 6, at=10), STALLED, seconds=6),
    "never_reports": Case(one("no_rtcp", 100, at=0)),
    "changes_size": Case(one("change_resolution", 5)),
    "changes_parameters": Case(one("change_parameters", 5)),
    "turns_to_b_frames": Case(one("b_frames", 5)),
    "loses_between_b_frames": Case(one("b_frames", 9, at=3) + one("lose_rtp", 2, each=4), GARBLED, seconds=2),
    "pauses_between_b_frames": Case(one("b_frames", 9, at=3) + one("silence", 1.5), STALLED, seconds=1.5),
    "is_huge": Case(one("huge_pictures", 2)),
    "sends_no_key": Case(one("no_keyframe", 12)),
}
LONG = {
    "no_key_for_a_minute": Case(one("no_keyframe", 60)),
    "no_key_and_a_loss": Case(
        one("no_keyframe", 60) + one("lose_rtp", 0.05, at=20, each=1), GapCause.NO_KEYFRAME, frozenset({GARBLED}), seconds=48
    ),
    "no_key_and_a_cut": Case(one("no_keyframe", 60) + one("cut", 2, at=20), GapCause.NO_KEYFRAME, frozenset({UNREACHABLE}), seconds=48),
    "long_cut": Case(one("cut", 45), UNREACHABLE),
    "long_silence": Case(one("silence", 45), STALLED),
    # An account that is tried too often is locked: after five refused passwords the recorder asks each half minute only.
    "locks_out": Case(one("refuse", 12), REFUSED, ENDED, seconds=12 + 1.2 * LOGIN_BACKOFF_SECONDS),
    "all_the_time": Case(one("cut", 1, every=9.0) + one("lose_rtp", 1, at=10, every=9.0), UNREACHABLE, frozenset({GARBLED}), seconds=3),
}


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return film(tmp_path_factory.mktemp("street") / "store", {name: case.script for name, case in STREET.items()}, 24)


@pytest.fixture(scope="module")
def long_street(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return film(tmp_path_factory.mktemp("long") / "store", {name: case.script for name, case in LONG.items()}, 76)


def test_the_street_shows_every_kind_of_fault() -> None:
    assert {fault.kind for case in STREET.values() for fault in case.script.faults} == set(KINDS)


def holds(outcome: Outcome, name: str, case: Case) -> None:
    found = outcome.score(name)
    made = outcome.produced[name]
    assert found.unexplained == ()
    assert found.doubled == ()
    assert found.stored + found.missing == len(made)
    assert len(found.altered) == case.altered
    assert all("garble" in made[place].faults for place in found.altered)
    for hole in found.holes:
        assert hole.inner, "at its beginning and its end every camera is well"
        assert case.cause in hole.causes or set(hole.causes) <= case.also
        assert set(hole.causes) <= {case.cause} | case.also
        assert hole.seconds <= case.outage + NOTICED + GROUP_SECONDS
    assert bool(found.holes) == (case.cause is not None)
    if case.cause is not None:
        by_cause = [hole.seconds_by_cause.get(case.cause, 0.0) for hole in found.holes]
        assert sum(by_cause) > found.gap_seconds / 2
    assert sum(gap.end - gap.start for gap in found.hollow) / 90_000 <= case.hollow
    assert max(map(abs, outcome.time_errors(name))) <= case.late


@pytest.mark.parametrize("name", STREET)
def test_each_picture_is_stored_or_in_a_gap_with_its_cause(street: Outcome, name: str) -> None:
    holds(street, name, STREET[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_the_same_of_faults_that_last(long_street: Outcome, name: str) -> None:
    holds(long_street, name, LONG[name])


def test_a_camera_s_clock_is_seen_and_moves_no_picture(street: Outcome) -> None:
    error = {name: status.camera_clock_error for name, status in street.status.items()}
    assert error["never_reports"] is None
    assert abs((error["summer_time"] or 0) - 3600) < 1
    assert abs((error["winter_time"] or 0) + 3600) < 1
    assert error["well"] is not None
    assert abs(error["well"]) < 0.1


def test_a_camera_with_wrong_times_is_not_waited_for_any_longer(street: Outcome) -> None:
    assert street.status["lies_and_falls_silent"].connections == 3


def test_damage_inside_a_picture_is_stored_as_it_arrived(street: Outcome) -> None:
    made = street.produced["breaks_payload"]
    altered = street.score("breaks_payload").altered
    assert [place for place, picture in enumerate(made) if picture.sent != picture.sha256] == list(altered)


@pytest.mark.parametrize("step", [3600.0, -3600.0])
def test_a_jump_of_the_machine_s_clock_costs_no_picture(tmp_path: Path, step: float) -> None:
    outcome = film(tmp_path / "store", {"well": FaultScript(), "cut": STREET["cut"].script}, 20, steps=[(5.0, step), (9.0, -step)])
    holds(outcome, "well", Case((), late=0.3))
    holds(outcome, "cut", Case(STREET["cut"].faults, UNREACHABLE, late=0.3))


def groups(found: Outcome, name: str) -> Iterator[int]:
    yield from (hole.last - hole.first + 1 for hole in found.score(name).holes)


def test_one_lost_packet_costs_one_group_of_pictures(street: Outcome) -> None:
    assert list(groups(street, "loses_one")) == [int(GROUP_SECONDS * FPS)]
