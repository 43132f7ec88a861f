"""Bundles as files: other programs open them, and nothing else than ours is opened by us."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.proof.bundles import archive, files
from citysquare.proof.bundles.archive import ArchiveSource, ArchiveWriter, open_source
from citysquare.proof.bundles.files import FolderSource, Names, checked_path
from citysquare.proof.errors import BadBundle

CONTENT = {"manifest.json": b"{}", "footage/cam-1/00001.mp4": bytes(range(256)) * 20, "empty.txt": b""}


def written(content: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    writer = ArchiveWriter(buffer)
    for name, data in content.items():
        writer.add(name, data)
    writer.close()
    return buffer.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    source = ArchiveSource(io.BytesIO(data))
    return {name: b"".join(source.pieces(name)) for name in source.paths()}


def test_any_zip_program_opens_a_bundle() -> None:
    with zipfile.ZipFile(io.BytesIO(written(CONTENT))) as opened:
        assert opened.testzip() is None
        assert {info.filename: opened.read(info) for info in opened.infolist()} == CONTENT
        assert {stat.S_IMODE(info.external_attr >> 16) for info in opened.infolist()} == {0o644}


def test_what_was_written_is_read() -> None:
    assert read(written(CONTENT)) == CONTENT
    assert read(written({})) == {}


@pytest.mark.parametrize("large", [0, 3, 200, 2000])
def test_large_files_are_written_and_read_like_small_ones(monkeypatch: pytest.MonkeyPatch, large: int) -> None:
    """With the limit of four gigabytes set to a few bytes: other programs and we agree on where the long numbers stand."""
    monkeypatch.setattr(archive, "_LARGE", large)
    data = written(CONTENT)
    assert read(data) == CONTENT
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert {info.filename: opened.read(info) for info in opened.infolist()} == CONTENT


def test_many_files_are_written_and_read() -> None:
    content = {f"{number}.txt": b"" for number in range(3000)}
    assert read(written(content)) == content


def test_what_comes_without_a_known_size_is_written_too() -> None:
    buffer = io.BytesIO()
    writer = ArchiveWriter(buffer)
    record = writer.add_unsized("lines.jsonl", (b"line\n" for _ in range(1000)))
    writer.close()
    assert record.size == 5000
    assert list(ArchiveSource(io.BytesIO(buffer.getvalue())).lines("lines.jsonl", longest=10)) == [b"line"] * 1000


def test_a_file_that_changes_while_it_is_added_is_refused() -> None:
    writer = ArchiveWriter(io.BytesIO())
    with pytest.raises(BadBundle):
        writer.add_pieces("a.txt", [b"more than"], 4)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../up",
        "a/../b",
        "a//b",
        "a/",
        ".",
        "..",
        ".hidden",
        "a\\b",
        "C:x",
        "a b",
        "naïve",
        "a\0b",
        "a\n",
        "x" * 201,
        "a/b/c/d/e/f/g",
        "dot.",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(BadBundle):
        checked_path(path)
    with pytest.raises(BadBundle):
        ArchiveWriter(io.BytesIO()).add(path, b"")


@pytest.mark.parametrize("paths", [["a.txt", "a.txt"], ["a.txt", "A.TXT"], ["a", "a/b"], ["a/b", "a"], ["A/b", "a"]])
def test_files_that_fall_onto_each_other_are_refused(paths: list[str]) -> None:
    with pytest.raises(BadBundle):
        Names(paths)


def foreign(change: Callable[[zipfile.ZipFile], None], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        change(made)
    return buffer.getvalue()


def bomb(made: zipfile.ZipFile) -> None:
    made.writestr("manifest.json", bytes(50_000_000))


def twice(made: zipfile.ZipFile) -> None:
    made.writestr("manifest.json", b"{}")
    with pytest.warns(UserWarning, match="Duplicate"):
        made.writestr("manifest.json", b"{ }")


def link(made: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("manifest.json", (1980, 1, 1, 0, 0, 0))
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    made.writestr(info, "/etc/passwd")


def upward(made: zipfile.ZipFile) -> None:
    made.writestr(zipfile.ZipInfo("../../manifest.json", (1980, 1, 1, 0, 0, 0)), b"{}")


def commented(made: zipfile.ZipFile) -> None:
    made.comment = b"PK\5\6"


def ordinary(made: zipfile.ZipFile) -> None:
    made.writestr("manifest.json", b"{}")


@pytest.mark.parametrize(
    "data",
    [
        foreign(bomb, zipfile.ZIP_DEFLATED),
        foreign(twice),
        foreign(link),
        foreign(upward),
        foreign(commented),
        foreign(ordinary),
        b"",
        b"PK\5\6" + bytes(18)[:-1],
        b"rubbish" * 1000,
        written(CONTENT) * 2,
        written(CONTENT)[1:],
        written(CONTENT) + b"\0",
        b"\0" + written(CONTENT),
    ],
)
def test_any_other_zip_is_refused(data: bytes) -> None:
    with pytest.raises(BadBundle):
        read(data)


def test_a_directory_that_claims_too_much_is_refused() -> None:
    data = bytearray(written(CONTENT))
    for count, length, offset in [(60_000, 10, 0), (3, 0xFFFFFFF0, 0), (3, 100, 0xFFFFFFF0), (19_999, 1, 0)]:
        struct.pack_into("<2H2L", data, len(data) - 14, count, count, length, offset)
        with pytest.raises(BadBundle):
            read(bytes(data))


@given(st.data())
def test_no_change_of_a_bundles_bytes_is_read_as_if_nothing_were(data: st.DataObject) -> None:
    good = written({"a.txt": b"hello", "b/c.txt": b"there"})
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 8)))
    bad = good[:start] + data.draw(st.binary(max_size=8)) + good[end:]
    if bad == good:
        return
    with pytest.raises(BadBundle):
        read(bad)


def test_lines_are_bounded() -> None:
    source = ArchiveSource(io.BytesIO(written({"a": b"12345678901\n", "b": b"no newline", "c": b""})))
    for name in ("a", "b", "missing"):
        with pytest.raises(BadBundle):
            list(source.lines(name, longest=10))
    assert list(source.lines("c", longest=10)) == []
    with pytest.raises(BadBundle):
        source.read("a", most=5)


def test_a_folder_with_anything_but_plain_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_bytes(b"1")
    assert FolderSource(tmp_path).read("good.txt", most=5) == b"1"
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    with pytest.raises(BadBundle):
        open_source(tmp_path)
    (tmp_path / "link.txt").unlink()
    (tmp_path / "folder").symlink_to("/etc")
    with pytest.raises(BadBundle):
        open_source(tmp_path)
    (tmp_path / "folder").unlink()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadBundle):
        open_source(tmp_path)
    (tmp_path / "pipe").unlink()
    (tmp_path / "a/b/c/d/e/f/g").mkdir(parents=True)
    with pytest.raises(BadBundle):
        open_source(tmp_path)


def test_a_folder_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"1")
    source = open_source(tmp_path)
    (tmp_path / "a.txt").write_bytes(b"12")
    with pytest.raises(BadBundle):
        list(source.pieces("a.txt"))
    (tmp_path / "a.txt").unlink()
    with pytest.raises(BadBundle):
        list(source.pieces("a.txt"))


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        (tmp_path / f"{number}").write_bytes(b"")
    monkeypatch.setattr(files, "MOST_FILES", 3)
    with pytest.raises(BadBundle):
        open_source(tmp_path)


def test_what_is_not_there_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BadBundle) as refused:
        open_source(tmp_path / "nothing.zip")
    assert refused.value.code == "proof.bad_bundle"
