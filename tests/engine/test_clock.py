"""The clock of docs/design/time.md: always rising, never stepping, whatever the system's clock does."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.clock import SLEW_PPM, ManualClock, SystemClock
from citysquare.engine.model import TICKS_PER_SECOND

HOUR = 3600 * 10**9
passages = st.lists(
    st.tuples(st.integers(12_000, 120 * 10**9), st.one_of(st.just(0), st.integers(-HOUR, HOUR), st.sampled_from([-HOUR, HOUR]))),
    max_size=40,
)


class Machine:
    def __init__(self) -> None:
        self.monotonic = 5 * 10**9
        self.system = 1_700_000_000 * 10**9

    def clock(self) -> SystemClock:
        return SystemClock(monotonic_ns=lambda: self.monotonic, system_ns=lambda: self.system)


@given(passages)
def test_wall_time_rises_with_monotonic_time_and_slews_within_its_bound(steps: list[tuple[int, int]]) -> None:
    machine = Machine()
    clock = machine.clock()
    before = clock.wall()
    for passed, step in steps:
        machine.monotonic += passed
        machine.system += passed + step
        after = clock.wall()
        ticks = passed * TICKS_PER_SECOND / 10**9
        assert after > before
        assert abs(after - before - ticks) <= ticks * SLEW_PPM / 1e6 + 2
        before = after


@given(st.integers(-(10**9), 10**9))
def test_a_step_of_the_system_clock_is_taken_in_slowly_and_wholly(step: int) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.system += step
    assert abs(clock.clock_error - step / 1e9) < 1e-6
    for _ in range(2001):  # 2000 s at 500 ppm take in one second
        machine.monotonic += 10**9
        machine.system += 10**9
        clock.wall()
    assert abs(clock.clock_error) < 1e-6
    assert abs(clock.wall() - machine.system * TICKS_PER_SECOND // 10**9) <= 1


def test_an_hour_back_and_forth_never_tears_wall_time() -> None:
    clock = ManualClock()
    start = clock.wall()
    clock.step_wall(-3600)
    assert clock.wall() == start
    clock.advance(10)
    assert 0 < 10 * TICKS_PER_SECOND - (clock.wall() - start) <= 10 * TICKS_PER_SECOND * SLEW_PPM / 1e6 + 1
    assert round(clock.clock_error) == -3600
    clock.step_wall(7200)
    clock.advance(10)
    assert abs(clock.wall() - start - 20 * TICKS_PER_SECOND) <= 2
    assert round(clock.clock_error) == 3600


def test_asking_often_does_not_stop_the_slew() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.system += 10**9
    for _ in range(10_000):
        machine.monotonic += 1_000
        machine.system += 1_000
        clock.wall()
    assert abs((1 - clock.clock_error) * 1e9 - 10_000_000 * SLEW_PPM / 1e6) < 10


def test_the_real_clock_is_near_the_systems_and_rises() -> None:
    clock = SystemClock()
    first, second = clock.wall(), clock.wall()
    assert second >= first
    assert abs(clock.clock_error) < 1


async def test_those_who_sleep_wake_in_order_when_time_is_moved() -> None:
    clock = ManualClock()
    woken: list[float] = []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (0.3, 0.1, 5.0, 0.2)]
    await asyncio.sleep(0)
    await clock.run_for(1.0)
    assert woken == [0.1, 0.2, 0.3]
    assert abs(clock.monotonic() - 1001.0) < 1e-6
    tasks[2].cancel()
    clock.advance(10)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert woken == [0.1, 0.2, 0.3]
