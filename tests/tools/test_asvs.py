"""The map of the ASVS: each requirement once, each named test there, no reason that says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import asvs

TEST = "tests/tools/test_asvs.py::test_the_standard_has_its_requirements"


def planted(tmp_path: Path, number: str, line: str) -> list[str]:
    """Return what is wrong with a map whose line for `number` is another; what else it lacks is left out."""
    path = tmp_path / "asvs.toml"
    path.write_text(f'"{number}" = {{ {line} }}\n', encoding="utf-8")
    return [problem for problem in asvs.problems(path) if not problem.endswith(" is missing")]


def test_the_standard_has_its_requirements() -> None:
    levels = list(asvs.wanted().values())
    assert (len(levels), levels.count(1), levels.count(2), levels.count(3)) == (345, 70, 183, 92)


@pytest.mark.parametrize(
    "line",
    [
        f'level = 1, about = "x", tests = ["{TEST}"]',
        'level = 1, about = "x", checks = ["lint"]',
        'level = 1, about = "x", pages = ["docs/security/rules.md#limits"]',
        'level = 1, about = "x", not_applicable = "there is none of it"',
        'level = 1, about = "x", owed = "comes with the next issue", by = "accounts"',
        f'level = 1, about = "x", tests = ["{TEST}"], owed = "the other half is missing", by = "accounts"',
    ],
)
def test_a_line_with_an_answer_is_taken(tmp_path: Path, line: str) -> None:
    assert planted(tmp_path, "1.2.1", line) == []


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ('level = 1, about = "x"', "needs tests"),
        ('level = 2, about = "x", checks = ["lint"]', "level is 1"),
        ('level = 1, about = " ", checks = ["lint"]', "nothing of what"),
        ('level = 1, about = "x", tests = ["tests/tools/test_asvs.py::test_nothing"]', "no test"),
        ('level = 1, about = "x", checks = ["luck"]', "no check"),
        ('level = 1, about = "x", pages = ["docs/security/rules.md#nowhere"]', "there is no docs"),
        ('level = 1, about = "x", pages = ["docs/nowhere.md"]', "there is no docs"),
        ('level = 1, about = "x", not_applicable = "-"', "says nothing"),
        ('level = 1, about = "x", not_applicable = "there is none", checks = ["lint"]', "needs tests"),
        ('level = 1, about = "x", owed = "comes later on"', "has an owner"),
        ('level = 1, about = "x", checks = ["lint"], by = "accounts"', "has an owner"),
        ('level = 1, about = "x", luck = 1', "no 'luck'"),
    ],
)
def test_a_line_without_one_is_named(tmp_path: Path, line: str, trouble: str) -> None:
    assert any(trouble in problem for problem in planted(tmp_path, "1.2.1", line))


def test_a_number_that_is_none_and_one_that_stands_twice_are_named(tmp_path: Path) -> None:
    assert planted(tmp_path, "99.1.1", 'level = 1, about = "x", checks = ["lint"]') == ["99.1.1 is no requirement of the standard"]
    path = tmp_path / "twice.toml"
    path.write_text('"1.2.1" = { level = 1, about = "x" }\n' * 2, encoding="utf-8")
    assert len(asvs.problems(path)) == 1


def test_the_page_counts_each_requirement_once_and_names_what_is_owed() -> None:
    found = asvs.load()
    page = asvs.page("")
    assert all(f"**{one.id}**" in page for one in found.values() if one.owed)
    assert sum(one.state == "met" for one in found.values()) + page.count("- **") + sum(
        one.state == "not applicable" for one in found.values()
    ) == len(asvs.wanted())
