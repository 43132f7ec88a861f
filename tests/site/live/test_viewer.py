"""One page: what it may see, and what is logged of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from citysquare.engine.clock import ManualClock
from citysquare.engine.model import StreamKey, StreamKind
from citysquare.site.live.hub import Hub
from citysquare.site.live.viewer import RECHECK_SECONDS, Viewer
from citysquare.site.live.wire import Wish
from tests.site.live.stand_ins import CAM1, CAM2, OpenGate, Tape, hub_of, pass_time


@pytest.fixture
def tape() -> Tape:
    return Tape(ManualClock())


@pytest.fixture
def hub(tape: Tape) -> Hub:
    return hub_of(tape)


@pytest.fixture
def gate() -> OpenGate:
    return OpenGate()


@pytest.fixture
async def viewer(hub: Hub, gate: OpenGate, tape: Tape) -> AsyncIterator[Viewer]:
    viewer = Viewer(hub, gate, tape.clock)
    yield viewer
    await viewer.close()
    await pass_time(tape.clock, 0.05)


async def texts(viewer: Viewer) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    while True:
        try:
            async with asyncio.timeout(0.02):
                found += [json.loads(message) for message in await viewer.outbox.next() if isinstance(message, str)]
        except TimeoutError:
            return found


async def test_a_look_is_logged_once_and_so_is_its_end(viewer: Viewer, gate: OpenGate, tape: Tape) -> None:
    await viewer.watch((Wish(1, CAM1), Wish(2, StreamKey("cam1", StreamKind.MAIN))))
    await viewer.watch((Wish(3, CAM1),))
    await pass_time(tape.clock, 4)
    await viewer.close()
    assert gate.log == [("look", "cam1"), ("ended", "cam1", 4, "left")]


async def test_a_tile_scrolled_away_and_back_is_one_look(viewer: Viewer, gate: OpenGate, tape: Tape) -> None:
    await viewer.watch((Wish(1, CAM1),))
    await viewer.watch(())
    await pass_time(tape.clock, 1)
    await viewer.watch((Wish(2, CAM1),))
    await viewer.recheck()
    assert gate.log == [("look", "cam1")]


async def test_a_look_ends_when_nobody_looks_any_more(viewer: Viewer, gate: OpenGate, tape: Tape) -> None:
    await viewer.watch((Wish(1, CAM1),))
    await pass_time(tape.clock, 2)
    await viewer.watch(())
    await pass_time(tape.clock, RECHECK_SECONDS)
    assert await viewer.recheck()
    assert gate.log == [("look", "cam1"), ("ended", "cam1", 2, "left")]


async def test_only_what_is_wanted_is_followed(viewer: Viewer, hub: Hub) -> None:
    await viewer.watch((Wish(1, CAM1), Wish(2, CAM2)))
    assert hub.watched == {CAM1, CAM2}
    await viewer.watch((Wish(2, CAM2),))
    assert hub.watched == {CAM2}
    await viewer.close()
    assert hub.watched == frozenset()


async def test_a_page_that_asks_and_asks_and_never_reads_fills_nothing(viewer: Viewer, gate: OpenGate) -> None:
    gate.forbidden.add("cam1")
    for tile in range(100):
        await viewer.watch((Wish(tile, CAM1),))
    assert [(state["tile"], state["state"]) for state in await texts(viewer)] == [(99, "refused")]


async def test_a_forbidden_camera_is_refused_and_asked_for_once(viewer: Viewer, gate: OpenGate, hub: Hub) -> None:
    gate.forbidden.add("cam1")
    for tile in (1, 2, 3):
        await viewer.watch((Wish(tile, CAM1), Wish(10, CAM2)))
    assert gate.log == [("refused", "cam1"), ("look", "cam2")]
    assert hub.watched == {CAM2}
    assert [(state["tile"], state["state"], state["code"]) for state in await texts(viewer)] == [(3, "refused", "policy.refused")]


async def test_a_page_that_asks_again_after_its_rights_were_withdrawn_gets_no_picture(
    viewer: Viewer, gate: OpenGate, hub: Hub, tape: Tape
) -> None:
    await viewer.watch((Wish(1, CAM1),))
    await pass_time(tape.clock, 4)
    gate.forbidden.add("cam1")
    assert await viewer.recheck()
    assert gate.log == [("look", "cam1"), ("ended", "cam1", 4, "right_ended")]
    for tile in (2, 3):
        await viewer.watch((Wish(tile, CAM1),))
        assert hub.watched == frozenset()
        assert await viewer.recheck()
    assert gate.log[2:] == [("refused", "cam1")], "once before rights are asked for again"
    assert {state["state"] for state in await texts(viewer)} == {"refused"}


async def test_rights_that_are_withdrawn_end_the_picture(viewer: Viewer, gate: OpenGate, hub: Hub) -> None:
    await viewer.watch((Wish(1, CAM1), Wish(2, CAM2)))
    gate.forbidden.add("cam1")
    assert await viewer.recheck()
    assert hub.watched == {CAM2}
    assert [(state["tile"], state["state"]) for state in await texts(viewer)] == [(1, "refused")]


async def test_a_session_that_has_ended_is_noticed(viewer: Viewer, gate: OpenGate) -> None:
    assert await viewer.recheck()
    gate.signed_in = False
    assert not await viewer.recheck()


async def test_two_tiles_may_show_the_same_stream(viewer: Viewer, hub: Hub, tape: Tape) -> None:
    await viewer.watch((Wish(1, CAM1),))
    tape.write(keyframe=True)
    await pass_time(tape.clock, 0.1)
    await viewer.watch((Wish(1, CAM1), Wish(2, CAM1)))
    states = await texts(viewer)
    assert {state["tile"] for state in states} == {1, 2}
    await viewer.watch((Wish(2, CAM1),))
    assert hub.watched == {CAM1}
