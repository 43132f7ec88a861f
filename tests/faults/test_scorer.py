"""The scorer itself: it must see each way in which a store can be wrong, or its silence proves nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from citysquare.engine.footage import FootageReader, Store
from citysquare.engine.model import GapCause, Interval, StreamKey
from citysquare.simulator.faults import FaultScript, Produced
from tests.faults.cameras import Outcome, film
from tests.faults.scorer import FOR_EVER, Score, score

KEY = StreamKey("cut")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    script = FaultScript.parse([{"kind": "cut", "at": 3, "for": 1}])
    return film(tmp_path_factory.mktemp("scorer") / "store", {"cut": script}, 10)


def scored(outcome: Outcome, produced: list[Produced]) -> Score:
    return score(produced, outcome.root, KEY)


def test_a_good_store_holds(outcome: Outcome) -> None:
    found = outcome.score("cut")
    assert found.holds
    assert (found.stored, found.missing, found.altered) == (105, 45, ())
    assert [(hole.first, hole.last, hole.causes) for hole in found.holes] == [(45, 89, (GapCause.UNREACHABLE,))]


def test_a_picture_that_should_be_there_and_is_not_is_seen(outcome: Outcome) -> None:
    made = list(outcome.produced["cut"])
    extra = replace(made[10], sha256="0" * 64, sent="0" * 64)
    found = scored(outcome, [*made[:10], extra, *made[10:]])
    assert found.unexplained == ("Pictures 10 to 10 are neither stored nor in a gap.",)


def test_a_picture_nobody_made_is_seen(outcome: Outcome) -> None:
    made = outcome.produced["cut"]
    found = scored(outcome, made[:10] + made[11:])
    assert len(found.unexplained) == 1
    assert "was never produced" in found.unexplained[0]


def test_pictures_in_a_wrong_order_are_seen(outcome: Outcome) -> None:
    made = list(outcome.produced["cut"])
    made[10], made[11] = made[11], made[10]
    assert not scored(outcome, made).holds


def test_an_altered_picture_counts_as_altered_only_where_the_log_says_so(outcome: Outcome) -> None:
    made = list(outcome.produced["cut"])
    made[10] = replace(made[10], sha256="0" * 64)
    assert scored(outcome, made).altered == (10,)
    made[10] = replace(made[10], sent="0" * 64)
    assert not scored(outcome, made).holds


def test_a_ledger_that_hides_a_gap_is_seen(outcome: Outcome, tmp_path: Path) -> None:
    root = tmp_path / "store"
    shutil.copytree(outcome.root, root)
    axis = FootageReader(root).captured(KEY, 0, FOR_EVER)
    store = Store.open(root)
    store.index.write_captured([(KEY, [Interval(axis[0].start, axis[-1].end)])])
    store.close()
    found = score(outcome.produced["cut"], root, KEY)
    assert any("neither stored nor in a gap" in sentence for sentence in found.unexplained)
