"""The benchmark of recording counts what a recording lacks, and says when a run does not count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from benchmarks.parts import clip, record_report, stored

SPEC = clip.ClipSpec(160, 96, 100, fps=5, group=10)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip.made(SPEC, 15, tmp_path_factory.mktemp("clips"))


def spoilt(packet: av.Packet[Any]) -> av.Packet[Any]:
    data = bytes(packet)
    other: av.Packet[Any] = av.Packet(data[:-1] + bytes((data[-1] ^ 1,)))
    other.pts, other.dts, other.time_base, other.stream = packet.pts, packet.dts, packet.time_base, packet.stream
    return other


def copied(shown: Path, target: Path, *, without: frozenset[int] = frozenset(), altered: int = -1, most: int = 40) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(shown)) as source, av.open(str(target), "w") as out:
        stream = source.streams.video[0]
        copy = out.add_stream_from_template(stream)
        for number, packet in enumerate(source.demux(stream)):
            if packet.dts is None or number in without or number >= most:
                continue
            packet.stream = copy
            out.mux(spoilt(packet) if number == altered else packet)
    return target.parent


def test_a_clip_is_as_long_as_asked_for_and_its_pictures_are_told_apart(shown: Path) -> None:
    assert len(clip.order(shown)) == SPEC.fps * clip.LOOP_SECONDS
    with av.open(str(shown)) as source:
        assert source.streams.video[0].frames == 2 * SPEC.fps * clip.LOOP_SECONDS


def test_a_whole_recording_lacks_nothing_over_the_clips_seam_and_over_files(shown: Path, tmp_path: Path) -> None:
    folder = copied(shown, tmp_path / "1.mp4", most=70)
    assert stored.kept(folder, clip.order(shown)) == stored.Kept(70, 0, 0)
    copied(shown, tmp_path / "2.mkv", without=frozenset(range(70)), most=90)
    assert stored.kept(folder, clip.order(shown)) == stored.Kept(90, 0, 0)


def test_what_a_recording_lacks_is_counted_by_pictures_and_by_times(shown: Path, tmp_path: Path) -> None:
    folder = copied(shown, tmp_path / "1.mp4", without=frozenset({5, 11, 12}))
    assert stored.kept(folder, clip.order(shown)) == stored.Kept(37, 3, 0)
    assert stored.kept(folder, None) == stored.Kept(37, 3, 0)


def test_an_altered_picture_is_missing_and_strange(shown: Path, tmp_path: Path) -> None:
    folder = copied(shown, tmp_path / "1.mp4", altered=7)
    assert stored.kept(folder, clip.order(shown)) == stored.Kept(39, 1, 1)


def test_a_recording_that_is_not_there_has_no_pictures(tmp_path: Path) -> None:
    tmp_path.joinpath("1.mp4").write_bytes(b"")
    assert stored.kept(tmp_path, {}) == stored.Kept(0, 0, 0)


def a_run(case: str, number: int, *, cores: float, idle: float = 50.0, missing: int = 0) -> dict[str, Any]:
    cost = {"seconds": 20.0, "cores": cores, "writes": 60.0, "pss": 80 * 2**20, "farm_cores": 0.2, "idle_percent": idle, "load": 1.0}
    counted = {"cameras": 30, "begun": 30, "pictures": 15000, "missing": missing, "strange": 0}
    return {"round": number, "case": case, "title": case.title(), "cost": cost | {"processes": 1}, **counted}


def figures(*runs: dict[str, Any]) -> dict[str, Any]:
    machine = {"processor": "x", "cores": 2, "system": "s", "python": "3"}
    about = {"at": "2026-01-01T00:00:00+00:00", "machine": machine, "versions": {"ffmpeg": "5", "motion": "4"}, "farm": "a farm"}
    return {**about, "seconds": 20.0, "rounds": 3, "idle_recorder_pss": 50 * 2**20, "runs": list(runs)}


def test_the_table_gives_medians_of_the_rounds_that_count(capsys: pytest.CaptureFixture[str]) -> None:
    found = figures(
        *(a_run("citysquare", number, cores=cores) for number, cores in ((1, 0.12), (2, 0.15))),
        *(a_run("citysquare", 3, cores=9.0, idle=14.9), a_run("ffmpeg", 1, cores=0.24), a_run("ffmpeg", 3, cores=0.3)),
    )
    assert "| Citysquare | 30 | 0.45% | 1.0 MB | 2.00 | 0 of 30000 |" in record_report.table(found)
    assert record_report.verdict(found) == 0
    assert "Ffmpeg takes 2.0 times" in capsys.readouterr().out


@pytest.mark.parametrize(
    "run", [a_run("citysquare", 1, cores=0.2), a_run("many", 1, cores=0.1, missing=1), a_run("many", 1, cores=0.1, idle=5)]
)
def test_a_target_that_is_missed_or_cannot_be_judged_fails(run: dict[str, Any]) -> None:
    assert record_report.verdict(figures(run)) == 1


def test_the_page_keeps_everything_but_the_table(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- record: begin -->old<!-- record: end -->\nafter\n", encoding="utf-8")
    record_report.write_page(page, figures(a_run("citysquare", 1, cores=0.12)))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "| Citysquare | 30 | 0.40% |" in text
