"""The browser libraries are those of the manifest, each with its licence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import vendor

LOCK = {"packages": {"node_modules/lib": {"version": "1.0.0"}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lib.mjs").write_text("export {};\n", encoding="utf-8")
    package = {"version": "1.0.0", "licence": "MIT", "sha256": {"lib.mjs": vendor.digest(tmp_path / "lib.mjs")}}
    (tmp_path / "manifest.json").write_text(json.dumps({"lib": package}), encoding="utf-8")
    return tmp_path


def test_what_is_served_is_what_the_manifest_says() -> None:
    assert vendor.problems() == []


def test_each_package_brings_its_licence() -> None:
    for package in vendor.LICENCES:
        assert "Redistribution and use" in (vendor.FOLDER / f"{package}.LICENSE.txt").read_text(encoding="utf-8")


def test_a_folder_that_fits_is_fine(folder: Path) -> None:
    assert vendor.problems_in(folder, LOCK) == []


def test_a_changed_file_is_found(folder: Path) -> None:
    (folder / "lib.mjs").write_text("alert(1);\n", encoding="utf-8")
    assert vendor.problems_in(folder, LOCK) == ["vendor/lib.mjs was changed: vendored files stay as they came"]


def test_a_file_that_nobody_knows_is_found(folder: Path) -> None:
    (folder / "more.mjs").write_text("", encoding="utf-8")
    assert vendor.problems_in(folder, LOCK) == ["vendor/more.mjs stands in no manifest"]


def test_a_missing_file_and_another_version_are_found(folder: Path) -> None:
    (folder / "lib.mjs").unlink()
    found = vendor.problems_in(folder, {"packages": {"node_modules/lib": {"version": "2.0.0"}}})
    assert found == ["lib: 1.0.0 is copied and 2.0.0 is locked: run tools/vendor.py", "vendor/lib.mjs is missing: run tools/vendor.py"]


def test_a_missing_manifest_is_said(tmp_path: Path) -> None:
    assert "manifest.json cannot be read" in vendor.problems_in(tmp_path, LOCK)[0]
