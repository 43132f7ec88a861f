"""The disk calculator: its figures are those of real recordings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from citysquare.engine.footage import StoreLimits
from citysquare.engine.footage.files import INDEX
from citysquare.site import disks
from citysquare.site.disks import Plan, need
from tests.engine.footage.at_work import KEY, recording
from tests.engine.footage.scripted import Scripted, pictures


async def recorded(root: Path, seconds: int, size: int) -> tuple[int, int, int]:
    """Record a camera of 25 pictures a second; return the bytes it sent, those of the files and those of the index."""
    async with recording(root, limits=StoreLimits(least_free_bytes=0)) as running:
        source = Scripted(running.clock, pictures(seconds * 25, size=size, gop=50))
        running.recorder.add(KEY, source)
        await running.passes(seconds + 2)
    return sum(len(picture.data) for picture in source.given), *sizes(root)


def sizes(root: Path) -> tuple[int, int]:
    return sum(path.stat().st_size for path in root.rglob("*.mp4")), (root / INDEX).stat().st_size


@pytest.mark.parametrize(("seconds", "size"), [(120, 400), (60, 4000)])
async def test_a_real_recording_takes_what_was_calculated(tmp_path: Path, seconds: int, size: int) -> None:
    sent, files, _ = await recorded(tmp_path / "store", seconds, size)
    planned = need(Plan(cameras=1, mbit=sent * 8 / seconds / 1e6, days=seconds / 86_400, sub_mbit=0))
    assert planned.main == pytest.approx(files, rel=0.02)
    assert planned.main - sent == pytest.approx(files - sent, rel=0.05)


async def test_the_index_grows_as_calculated(tmp_path: Path) -> None:
    short, long = [(await recorded(tmp_path / str(seconds), seconds, 50))[2] for seconds in (120, 720)]
    assert (long - short) / 10 == pytest.approx(disks.INDEX_BYTES_PER_MINUTE, rel=0.35), "bytes of a minute; the file grows page by page"


def test_thirty_cameras_for_three_days() -> None:
    found = need(Plan(cameras=30, mbit=4, days=3))
    assert found.main == pytest.approx(30 * 3 * 86_400 * 500_000, rel=0.002)
    assert found.sub == pytest.approx(30 * 600 * 62_500, rel=0.01)
    assert found.volume * 0.9 == pytest.approx(found.kept)
    assert found.written_per_second == pytest.approx(30 * 562_500, rel=0.01)
    assert found.writes_per_second == 120


def test_the_command_prints_settings_to_copy(capsys: pytest.CaptureFixture[str]) -> None:
    assert disks.main(["--cameras", "30", "--mbit", "4", "--days", "3"]) == 0
    out = capsys.readouterr().out
    budget = re.search(r"store_budget_bytes = ([\d_]+)", out)
    assert budget
    assert int(budget[1]) == need(Plan(30, 4, 3)).kept
    assert "footage_retention_hours = 72" in out
    assert "4.3 TB" in out


@pytest.mark.parametrize("words", [["--cameras", "0"], ["--mbit", "nan"], ["--mbit", "inf"], ["--days", "-1"], ["--cameras", "x"]])
def test_what_is_no_plan_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    good = {"--cameras": "1", "--mbit": "4"} | dict([words])
    with pytest.raises(SystemExit) as ended:
        disks.main([word for pair in good.items() for word in pair])
    assert ended.value.code == 2
