"""Bundles as they should be: what is said of them, and that every flipped byte is found."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from citysquare.proof.bundles.report import Trust
from citysquare.proof.bundles.verify import check
from citysquare.proof.errors import BadBundle
from tests.proof.made import KEYS, audit_bundle, entries, heads, making

TRUST = Trust(keys=KEYS)


def found_wrong(path: Path) -> bool:
    try:
        return not check(path, TRUST).ok
    except BadBundle:
        return True


def test_an_exhibit_is_proven(tmp_path: Path) -> None:
    report = check(making().write(tmp_path / "exhibit.zip"), TRUST)
    assert [(one.code, one.sentence) for one in report.wrong] == []
    said = " ".join(one.text for one in report.proven)
    assert "Two persons sealed this very act" in said
    assert "was registered before" in said
    assert "ends in the head that stands in the audit log" in said
    assert {one.values.get("count") for one in report.proven if "Whole stored files" in one.text} == {3}
    assert any("cut at the edges" in one.text for one in report.unproven)
    assert not any("keys come from the bundle" in one.text for one in report.unproven)


def test_a_stretch_of_the_log_is_proven(tmp_path: Path) -> None:
    log = entries(20)
    report = check(audit_bundle(tmp_path / "audit.zip", log, heads(log, [4, 9, 9, 20])), TRUST)
    assert [(one.code, one.sentence) for one in report.wrong] == []
    assert any("signed heads lead" in one.text for one in report.proven)


def test_a_later_stretch_of_the_log_is_proven_without_what_stands_before(tmp_path: Path) -> None:
    log = entries(20)
    report = check(audit_bundle(tmp_path / "audit.zip", log, heads(log, [9, 14, 20])[1:], first=12), TRUST)
    assert [(one.code, one.sentence) for one in report.wrong] == []
    assert any("before entry" in one.text for one in report.unproven)


def test_an_unpacked_bundle_is_read_like_the_file(tmp_path: Path) -> None:
    path = making().write(tmp_path / "exhibit.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "folder")
    assert check(tmp_path / "folder", TRUST).ok


def bundle(kind: str, path: Path) -> bytes:
    log = entries(3)
    return (making().write(path) if kind == "exhibit" else audit_bundle(path, log, heads(log, [1, 3]))).read_bytes()


def missed(path: Path, data: bytes, step: int) -> list[int]:
    """Return the places whose flipped bit was not found."""
    found = []
    with path.open("r+b", buffering=0) as file:  # a file made anew for each place would take most of the time
        for place in range(0, len(data), step):
            for byte, wrong in ((data[place] ^ 1 << place % 8, True), (data[place], False)):
                file.seek(place)
                file.write(bytes([byte]))
                if wrong and not found_wrong(path):
                    found.append(place)
    return found


@pytest.mark.parametrize("kind", ["exhibit", "audit"])
def test_flipped_bytes_are_found(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bundle.zip"
    assert missed(path, bundle(kind, path), 41) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["exhibit", "audit"])
def test_every_flipped_byte_is_found(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bundle.zip"
    assert missed(path, bundle(kind, path), 1) == []


def test_a_bundle_cut_off_or_with_something_behind_it_is_found(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    data = bundle("exhibit", path)
    for rest in (*(data[:end] for end in range(0, len(data), 97)), data + b"\0", b"\0" + data):
        path.write_bytes(rest)
        assert found_wrong(path)
