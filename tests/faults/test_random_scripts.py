"""Whatever goes wrong, in whatever order: what is stored and what the ledger calls a gap are together what was produced."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from citysquare.simulator.faults import KINDS, FaultScript
from citysquare.simulator.faults.script import Choice
from tests.faults.cameras import film

SECONDS = 16
EXAMPLES = 12
ALL = settings().max_examples > 100
"""Whether new examples are looked for (--hypothesis-profile explore)."""


def value(choice: Choice) -> st.SearchStrategy[Any]:
    return st.sampled_from(choice.words) if choice.words else st.just(choice.default)


@st.composite
def faults(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(KINDS)))
    chosen = {name: draw(value(choice)) for name, choice in KINDS[kind].items()}
    if "each" in chosen:
        chosen["each"] = draw(st.integers(1, 20))
    if kind == "huge_pictures":
        chosen["bytes"] = draw(st.integers(1, 300_000))
    times = {"at": draw(st.integers(0, 120)) / 10, "for": draw(st.integers(1, 60)) / 10}
    return {"kind": kind, **times, **chosen}


@settings(max_examples=settings().max_examples if ALL else EXAMPLES)
@given(st.lists(st.lists(faults(), max_size=4), min_size=2, max_size=3))
def test_any_script_leaves_stored_and_gaps_as_all_that_was_produced(scripts: list[list[dict[str, Any]]]) -> None:
    named = {f"cam{number}": FaultScript.parse(script) for number, script in enumerate(scripts)}
    with tempfile.TemporaryDirectory() as folder:
        outcome = film(Path(folder) / "store", named, SECONDS)
        for name in named:
            found = outcome.score(name)
            made = outcome.produced[name]
            assert found.unexplained == ()
            assert found.doubled == ()
            assert found.stored + found.missing == len(made)
            assert all(made[place].sent != made[place].sha256 for place in found.altered)
