"""How long the disk lasts, and how a size is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.apps.footage.presentation import size
from citysquare.site.system.forecast import Volume, Written, forecast

GB = 1_000_000_000


def test_a_disk_that_is_too_small_says_for_how_long_it_lasts() -> None:
    volume = Volume(used=0, free=102 * GB, least_free=2 * GB, budget=500 * GB)
    found = forecast([Written("a", 86_400.0, 40 * GB, 0), Written("b", 86_400.0, 10 * GB, 0)], volume, retention_seconds=3 * 86_400.0)
    assert found.bytes_a_day == 50 * GB
    assert not found.enough
    assert found.days_kept == pytest.approx(2.0)
    assert found.days_until_full == pytest.approx(2.0)
    assert [round(camera.share, 2) for camera in found.cameras] == [0.8, 0.2]


def test_a_camera_that_has_just_begun_is_judged_by_what_arrives_now() -> None:
    volume = Volume(used=0, free=100 * GB, least_free=0, budget=500 * GB)
    found = forecast([Written("a", 2.0, 9 * GB, 8_000_000), Written("b", 0.0, 0, 0)], volume, retention_seconds=86_400.0)
    assert found.bytes_a_day == 86_400 * 1_000_000
    assert [camera.bytes_a_day for camera in found.cameras] == [86_400 * 1_000_000, None]


def test_nothing_recorded_gives_no_forecast() -> None:
    found = forecast([], Volume(0, GB, 0, GB), retention_seconds=86_400.0)
    assert (found.days_kept, found.bytes_a_day, found.enough) == (None, 0, True)


amounts = st.integers(0, 10**15)


@given(
    st.lists(st.tuples(st.floats(0, 1e6), amounts, st.integers(0, 10**9)), max_size=6),
    st.tuples(amounts, amounts, amounts, amounts),
    st.floats(3600, 1e8),
)
def test_a_forecast_never_promises_more_than_room_or_retention(
    rows: list[tuple[float, int, int]], sizes: tuple[int, int, int, int], retention: float
) -> None:
    volume = Volume(*sizes)
    found = forecast([Written(str(n), *row) for n, row in enumerate(rows)], volume, retention_seconds=retention)
    if found.days_kept is not None:
        assert found.days_kept <= found.days_wanted
        assert found.days_kept * (found.bytes_a_day - 1) <= volume.room  # a day's bytes are rounded
    assert sum(camera.share for camera in found.cameras) == pytest.approx(1.0 if found.days_kept is not None else 0.0)


@given(st.floats(0, 1e18))
def test_a_size_has_at_most_three_figures(count: float) -> None:
    number = size(count).split("\N{NO-BREAK SPACE}")[0].split(" ")[0]
    assert len([figure for figure in number if figure.isdigit()]) <= 4
    assert size(999) == "999 B"
    assert size(1_000) == "1.0 kB"
    assert size(999_960_000) == "1.0 GB"
