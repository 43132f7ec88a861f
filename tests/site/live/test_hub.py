"""One follower per watched stream, and what is said when the picture goes and comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from citysquare.engine.clock import ManualClock
from citysquare.site.live.hub import SILENCE, Hub, LastSeen
from citysquare.site.live.wire import TileState
from tests.site.live.stand_ins import CAM1, CAM2, Listening, Tape, hub_of, pass_time


@pytest.fixture
def tape() -> Tape:
    return Tape(ManualClock())


@pytest.fixture
async def hub(tape: Tape) -> AsyncIterator[Hub]:
    hub = hub_of(tape)
    yield hub
    for key in hub.watched:
        for listener in list(hub.listeners(key)):
            hub.leave(key, listener)
    await pass_time(tape.clock, 0.05)


async def test_a_listener_hears_each_fragment_once(tape: Tape, hub: Hub) -> None:
    listener = Listening()
    hub.listen(CAM1, listener)
    written = [tape.write(keyframe=True).data, tape.write().data]
    await pass_time(tape.clock, 0.2)
    written.append(tape.write().data)
    await pass_time(tape.clock, 0.2)
    assert listener.fragments == written
    assert [change.state for change in listener.states] == [TileState.LIVE]


async def test_many_listeners_share_one_follower(tape: Tape, hub: Hub) -> None:
    listeners = [Listening() for _ in range(5)]
    for listener in listeners:
        hub.listen(CAM1, listener)
    await pass_time(tape.clock, 0.1)
    assert tape.followed == {CAM1: 1}
    tape.write(keyframe=True)
    await pass_time(tape.clock, 0.1)
    assert all(len(listener.fragments) == 1 for listener in listeners)


async def test_a_latecomer_gets_the_running_group_at_once(tape: Tape, hub: Hub) -> None:
    hub.listen(CAM1, Listening())
    tape.write(keyframe=True)
    tape.write()
    await pass_time(tape.clock, 0.1)
    late = Listening()
    hub.listen(CAM1, late)
    assert (len(late.fragments), late.groups) == (1, [2])
    assert late.states[0].state is TileState.LIVE


async def test_the_follower_ends_with_the_last_listener(tape: Tape, hub: Hub) -> None:
    first, second = Listening(), Listening()
    hub.listen(CAM1, first)
    hub.listen(CAM1, second)
    await pass_time(tape.clock, 0.1)
    hub.leave(CAM1, first)
    await pass_time(tape.clock, 0.1)
    assert tape.followed == {CAM1: 1}
    hub.leave(CAM1, second)
    await pass_time(tape.clock, 0.1)
    assert tape.followed == {CAM1: 0}
    assert hub.watched == frozenset()


async def test_silence_is_said_with_the_time_of_the_last_picture(tape: Tape, hub: Hub) -> None:
    listener = Listening()
    hub.listen(CAM1, listener)
    last = tape.write(keyframe=True)
    await pass_time(tape.clock, SILENCE - 0.2)
    assert listener.states[-1].state is TileState.LIVE
    tape.seen[CAM1] = LastSeen(last.end, "unreachable")
    await pass_time(tape.clock, 0.5)
    assert (listener.states[-1].state, listener.states[-1].since, listener.states[-1].code) == (
        TileState.NO_PICTURE,
        last.end,
        "unreachable",
    )


async def test_a_camera_that_comes_back_is_live_again(tape: Tape, hub: Hub) -> None:
    listener = Listening()
    hub.listen(CAM1, listener)
    tape.write(keyframe=True)
    await pass_time(tape.clock, SILENCE + 1)
    tape.write(keyframe=True)
    await pass_time(tape.clock, 0.1)
    assert [change.state for change in listener.states] == [TileState.LIVE, TileState.NO_PICTURE, TileState.LIVE]
    assert listener.groups[-1] == 1


async def test_a_dead_camera_is_not_shown_as_live_because_of_its_old_pictures(tape: Tape, hub: Hub) -> None:
    listener = Listening()
    old = tape.write(keyframe=True, age=3600)
    tape.seen[CAM1] = LastSeen(old.end, "stalled")
    hub.listen(CAM1, listener)
    await pass_time(tape.clock, SILENCE + 0.5)
    assert [change.state for change in listener.states] == [TileState.NO_PICTURE]
    assert listener.states[0].since == old.end


async def test_a_known_gap_is_said_at_once_when_nothing_was_ever_recorded(tape: Tape, hub: Hub) -> None:
    listener = Listening()
    tape.seen[CAM1] = LastSeen(None, "refused")
    hub.listen(CAM1, listener)
    await pass_time(tape.clock, 0.3)
    assert [(change.state, change.since, change.code) for change in listener.states] == [(TileState.NO_PICTURE, None, "refused")]


async def test_pictures_after_a_step_of_the_clock_are_live_as_soon_as_they_flow(tape: Tape, hub: Hub) -> None:
    listener = Listening()
    hub.listen(CAM1, listener)
    tape.write(keyframe=True, age=600)
    await pass_time(tape.clock, 0.1)
    tape.write(age=600)
    await pass_time(tape.clock, 0.1)
    assert [change.state for change in listener.states] == [TileState.LIVE]


async def test_an_unreadable_store_is_an_error_of_that_stream_and_heals(tape: Tape, hub: Hub) -> None:
    listener = Listening()
    tape.trouble = OSError(5, "Input/output error")
    hub.listen(CAM1, listener)
    await pass_time(tape.clock, 0.1)
    assert (listener.states[-1].state, listener.states[-1].code) == (TileState.ERROR, "live.store")
    tape.trouble = None
    tape.write(keyframe=True)
    await pass_time(tape.clock, 1.5)
    assert listener.states[-1].state is TileState.LIVE


async def test_streams_do_not_mix(tape: Tape, hub: Hub) -> None:
    one, two = Listening(), Listening()
    hub.listen(CAM1, one)
    hub.listen(CAM2, two)
    first, second = tape.write(CAM1, keyframe=True), tape.write(CAM2, keyframe=True)
    await pass_time(tape.clock, 0.1)
    assert (one.fragments, two.fragments) == ([first.data], [second.data])
