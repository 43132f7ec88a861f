"""The cache of rendered loops."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from citysquare.simulator import loops
from citysquare.simulator.errors import LoopDamaged
from citysquare.simulator.loops import Loop, LoopSpec, default_cache, read_loop, sweep, usable_cache, write_loop
from citysquare.simulator.studio import kept_loop


def test_a_kept_loop_is_read_back_as_it_was(tmp_path: Path, pretend_loop: Loop) -> None:
    place = write_loop(tmp_path, pretend_loop)
    assert place.name == pretend_loop.spec.key
    assert read_loop(tmp_path, pretend_loop.spec) == pretend_loop
    assert [entry.name for entry in tmp_path.iterdir()] == [place.name]


def test_writing_the_same_loop_twice_keeps_one(tmp_path: Path, pretend_loop: Loop) -> None:
    write_loop(tmp_path, pretend_loop)
    write_loop(tmp_path, pretend_loop)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_loop_that_was_never_rendered_is_none(tmp_path: Path, pretend_loop: Loop) -> None:
    assert read_loop(tmp_path, pretend_loop.spec) is None


@pytest.mark.parametrize("name", ["main.h264", "sub.h264", "truth.jsonl", "manifest.json"])
@pytest.mark.parametrize("harm", ["cut", "flipped", "gone"])
def test_a_damaged_loop_is_found_and_taken_away(tmp_path: Path, pretend_loop: Loop, name: str, harm: str) -> None:
    file = write_loop(tmp_path, pretend_loop) / name
    data = bytearray(file.read_bytes())
    if harm == "gone":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(data[: len(data) // 2])
    else:
        data[len(data) // 2] ^= 0x80
        file.write_bytes(data)
    with pytest.raises(LoopDamaged):
        read_loop(tmp_path, pretend_loop.spec)
    assert kept_loop(tmp_path, pretend_loop.spec) is None
    assert list(tmp_path.iterdir()) == []


def test_the_key_changes_with_whatever_changes_the_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = LoopSpec("river", 0, 1)
    others = [replace(spec, variant=1), replace(spec, seed=2), replace(spec, scene="market"), replace(spec, seconds=24)]
    keys = {spec.key, *(other.key for other in others)}
    monkeypatch.setattr(loops, "renderer_version", lambda: "another renderer")
    assert len(keys | {spec.key}) == 6


def test_the_cache_follows_the_users_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_cache() == Path("/somewhere/citysquare/simulator")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    assert default_cache() == Path.home() / ".cache/citysquare/simulator"


def test_a_cache_that_cannot_be_written_gives_way_to_a_temporary_one_with_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    root, sentence = usable_cache(blocked / "cache")
    assert sentence is not None
    assert str(blocked) in sentence
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert os.access(root, os.W_OK)
    root.rmdir()


def test_a_writable_cache_is_used_without_a_word(tmp_path: Path) -> None:
    assert usable_cache(tmp_path / "a" / "b") == (tmp_path / "a" / "b", None)


def test_sweeping_takes_forgotten_loops_and_leftovers_and_nothing_else(tmp_path: Path, pretend_loop: Loop) -> None:
    place = write_loop(tmp_path, pretend_loop)
    leftover = tmp_path / f".{pretend_loop.spec.key}.abc123"
    strange = tmp_path / "holiday pictures"
    for folder in (leftover, strange):
        folder.mkdir()
    written = place.stat().st_mtime
    sweep(tmp_path, [], written + 60)
    assert place.exists()
    assert leftover.exists()
    sweep(tmp_path, [pretend_loop.spec], written + 30 * 86400)
    assert place.exists()
    assert not leftover.exists()
    sweep(tmp_path, [], written + 30 * 86400)
    assert list(tmp_path.iterdir()) == [strange]
