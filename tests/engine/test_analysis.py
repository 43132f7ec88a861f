"""What analysis reports of pictures whose truth is known."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from citysquare.engine.analysis import CameraAnalysis
from citysquare.engine.model import TICKS_PER_SECOND, CodedPicture, ObjectClass, Track
from tests.engine.twins import SAMPLES, Mover, Scene, coded, crossing, film, flicker


def analyse(pictures: list[CodedPicture], *, in_full: bool | None = None) -> tuple[list[Track], CameraAnalysis]:
    analysis = CameraAnalysis("square", in_full=in_full)
    tracks = [track for picture in pictures for track in analysis.feed(picture)]
    return tracks + analysis.finish(), analysis


def seen(scene: Scene, folder: Path) -> list[Track]:
    return analyse(coded(film(scene, folder / "clip.mp4")))[0]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_as_many_things_are_reported_as_pass(tmp_path: Path, count: int) -> None:
    movers = tuple(crossing(2.0 + 0.7 * n, 0.2 + 0.28 * n, leftwards=bool(n % 2), shade=(220, 30, 180)[n]) for n in range(count))
    tracks = seen(Scene(movers, seconds=8.0), tmp_path)
    assert len(tracks) == count
    assert {track.object_class for track in tracks} == {ObjectClass.UNKNOWN}


def test_a_track_follows_the_thing_in_place_and_time(tmp_path: Path) -> None:
    (track,) = seen(Scene((crossing(3.0, 0.5),), seconds=8.5), tmp_path)
    assert 3.0 <= track.first / TICKS_PER_SECOND <= 4.0
    assert 6.0 <= track.last / TICKS_PER_SECOND <= 7.1
    assert len(track.path) <= 16
    xs = [x for x, _ in track.path]
    assert xs == sorted(xs)
    assert xs[0] < 0.2
    assert xs[-1] > 0.8
    assert all(abs(y - 0.5) < 0.06 for _, y in track.path)


def test_two_things_that_pass_each_other_are_two_tracks(tmp_path: Path) -> None:
    movers = (crossing(2.0, 0.45, shade=220), crossing(2.3, 0.53, leftwards=True, shade=25))
    assert len(seen(Scene(movers, seconds=8.0), tmp_path)) == 2


def test_something_that_stops_and_goes_on_is_one_track(tmp_path: Path) -> None:
    mover = Mover(((2.0, -0.1, 0.5), (4.0, 0.5, 0.5), (14.0, 0.5, 0.5), (16.0, 1.1, 0.5)))
    assert len(seen(Scene((mover,), seconds=18.0), tmp_path)) == 1


def test_an_empty_noisy_street_has_no_tracks(tmp_path: Path) -> None:
    assert seen(Scene(seconds=12.0, noise=9.0), tmp_path) == []


@pytest.mark.parametrize(
    "light",
    [
        lambda seconds: 1.0 - 0.04 * max(0.0, seconds - 3.0),
        lambda seconds: 1.0 if seconds < 5 else 0.7,
        lambda seconds: 1.0 if seconds < 5 else 1.35,
    ],
    ids=["dusk", "exposure falls", "exposure rises"],
)
def test_a_change_of_light_is_no_track(tmp_path: Path, light: Callable[[float], float]) -> None:
    scene = dataclasses.replace(Scene(seconds=12.0), light=light)
    assert seen(scene, tmp_path) == []


def test_something_that_moves_is_seen_through_a_change_of_light(tmp_path: Path) -> None:
    scene = Scene((crossing(6.0, 0.5),), seconds=12.0, light=lambda seconds: 1.0 if seconds < 4 else 0.75)
    assert len(seen(scene, tmp_path)) == 1


def test_a_flickering_sign_is_no_track(tmp_path: Path) -> None:
    assert seen(Scene(seconds=12.0, lamp=flicker), tmp_path) == []


def test_the_same_footage_gives_the_same_tracks_and_ids(tmp_path: Path) -> None:
    pictures = coded(film(Scene((crossing(2.0, 0.4), crossing(3.0, 0.7, leftwards=True)), seconds=8.0), tmp_path / "clip.mp4"))
    first, second = analyse(pictures)[0], analyse(pictures)[0]
    assert first == second
    assert len({track.id for track in first}) == len(first) == 2


def test_streams_with_b_frames_are_followed_too(tmp_path: Path) -> None:
    path = film(Scene((crossing(2.0, 0.5),), seconds=8.0), tmp_path / "clip.mp4", b_frames=2)
    assert len(analyse(coded(path))[0]) == 1


def test_a_quiet_large_stream_is_decoded_by_keyframes_only_and_still_misses_nothing_that_passes(tmp_path: Path) -> None:
    path = film(Scene((crossing(20.0, 0.5),), seconds=28.0, noise=1.0), tmp_path / "clip.mp4")
    tracks, analysis = analyse(coded(path), in_full=False)
    assert len(tracks) == 1
    assert tracks[0].path[0][0] < 0.3
    assert analysis.frames_seen == 28 * 12
    assert analysis.frames_decoded < 0.65 * analysis.frames_seen


def test_damaged_pictures_are_counted_and_end_nothing(tmp_path: Path) -> None:
    pictures = coded(film(Scene((crossing(3.0, 0.5),), seconds=9.0), tmp_path / "clip.mp4"))
    chance = random.Random(3)
    for index in range(15, len(pictures), 17):
        data = bytearray(pictures[index].data)
        for _ in range(6):
            data[chance.randrange(8, len(data))] ^= 0xFF
        pictures[index] = dataclasses.replace(pictures[index], data=bytes(data))
    pictures.insert(40, dataclasses.replace(pictures[40], data=b"\x00\x00\xff\xff\x41", key=False))
    tracks, analysis = analyse(pictures)
    assert analysis.suspects > 0
    assert len(tracks) >= 1


def test_pure_noise_in_place_of_pictures_ends_nothing() -> None:
    some = coded(SAMPLES / "car-detection.mp4")[0].parameters if SAMPLES.exists() else None
    if some is None:
        pytest.skip("the sample clips (../shared/samples) are not here")
    chance = random.Random(4)
    pictures = [CodedPicture(chance.randbytes(chance.randrange(1, 400)), n * 6000, n * 6000, n % 10 == 0, some) for n in range(200)]
    tracks, analysis = analyse(pictures)
    assert tracks == []
    assert analysis.frames_seen == 200


def test_a_stream_that_changes_its_size_is_followed(tmp_path: Path) -> None:
    small = coded(film(Scene((crossing(2.0, 0.5),), seconds=8.0, width=480, height=272), tmp_path / "small.mp4"))
    large = coded(film(Scene((crossing(2.0, 0.5),), seconds=8.0), tmp_path / "large.mp4"), start=8 * TICKS_PER_SECOND)
    tracks, analysis = analyse(small + large)
    assert len(tracks) == 2
    assert analysis.frames_decoded == len(small) + len(large)


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_a_jump_in_time_ends_what_is_followed_and_analysis_goes_on(tmp_path: Path, jump: int) -> None:
    path = film(Scene((crossing(2.0, 0.5),), seconds=8.0), tmp_path / "clip.mp4")
    before = coded(path, start=7200 * TICKS_PER_SECOND)
    after = coded(path, start=(7200 + jump) * TICKS_PER_SECOND)
    tracks, _ = analyse(before + after)
    assert len(tracks) == 2
    assert tracks[0].id != tracks[1].id


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample clips (../shared/samples) are not here")
@pytest.mark.parametrize(("clip", "truth"), [("car-detection.mp4", 4), ("one-by-one-person-detection.mp4", 6)])
@pytest.mark.parametrize("in_full", [True, False])
def test_real_clips_give_the_counts_counted_by_hand(clip: str, truth: int, *, in_full: bool) -> None:
    tracks, _ = analyse(coded(SAMPLES / clip), in_full=in_full)
    assert abs(len(tracks) - truth) <= round(0.3 * truth)
