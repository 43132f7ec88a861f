"""The project's own checkers find what they are for, shown on planted faults."""

from __future__ import annotations

import argparse
from pathlib import Path

import grimp
import pytest

from tools import foreign, licences, links, sizes, tree
from tools.contracts import forced_doors

ROOMS = "citysquare.apps"
DOORS = ("services", "queries", "events")


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the checkers take for the tree."""
    monkeypatch.setattr(tree, "ROOT", tmp_path)
    monkeypatch.setattr(tree, "files", lambda *_: sorted(path for path in tmp_path.rglob("*") if path.is_file()))
    return tmp_path


def rooms(*imports: tuple[str, str]) -> grimp.ImportGraph:
    graph = grimp.ImportGraph()
    for module in (ROOMS, f"{ROOMS}.upper", f"{ROOMS}.lower"):
        graph.add_module(module)
    for importer, imported in imports:
        graph.add_import(importer=f"{ROOMS}.{importer}", imported=f"{ROOMS}.{imported}")
    return graph


@pytest.mark.parametrize("door", DOORS)
def test_a_room_is_entered_through_its_doors(door: str) -> None:
    assert forced_doors(rooms(("upper.pages", f"lower.{door}")), container=ROOMS, doors=DOORS) == []


def test_a_door_that_is_a_package_opens_its_modules() -> None:
    graph = rooms(("upper.pages", "lower.services.acts"), ("lower.pages", "lower.services"))
    assert forced_doors(graph, container=ROOMS, doors=DOORS) == []


@pytest.mark.parametrize("inner", ["models", "policies", "services._inner", "services.acts.inner"])
def test_an_import_past_the_doors_is_named(inner: str) -> None:
    graph = rooms(("upper.pages", f"lower.{inner}"), ("lower.pages", "lower.services"))
    assert forced_doors(graph, container=ROOMS, doors=DOORS) == [(f"{ROOMS}.upper.pages", f"{ROOMS}.lower.{inner}")]


def test_a_room_may_use_all_of_itself() -> None:
    assert forced_doors(rooms(("lower.pages", "lower.models")), container=ROOMS, doors=DOORS) == []


def test_a_file_and_a_function_that_grew_too_long_are_named(planted: Path) -> None:
    (planted / "long.py").write_text("def f() -> None:\n" + "    x = 1\n" * 450)
    assert sizes.problems() == [
        "long.py: 451 lines, at most 400: make it a package of the same name",
        "long.py:1: f has 451 lines, at most 60",
    ]


def test_a_registry_and_a_path_of_one_machine_are_named(planted: Path) -> None:
    (planted / "notes.md").write_text("from https://py" + "pi.org/simple\nsee /ho" + "me/maria/x\n/workshops/ are fine\n")
    assert foreign.problems() == [
        "notes.md:1: names a package registry's host",
        "notes.md:2: names a path of one machine",
    ]


def test_a_link_to_nothing_is_named(planted: Path) -> None:
    (planted / "here.md").write_text(
        "# One heading\n[a](there.md) [b](#one-heading) [c](#none) [d](https://example.org/x)\n```\n[in code](x.md)\n```\n"
    )
    assert links.problems() == ["here.md: the link there.md leads nowhere", "here.md: the link #none leads nowhere"]


@pytest.mark.parametrize(
    ("expression", "fine"),
    [
        ("MIT", True),
        ("MIT AND PSF-2.0", True),
        ("Apache-2.0 OR BSD-2-Clause", True),
        ("AGPL-3.0-only OR MIT", True),
        ("MIT AND AGPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("", False),
    ],
)
def test_a_licence_is_taken_only_from_the_list(expression: str, fine: bool) -> None:
    assert licences.acceptable(expression, licences.ALLOWED) is fine


def test_arguments_are_described_without_argparse_words() -> None:
    reference = pytest.importorskip("tools.reference")
    parser = argparse.ArgumentParser(prog="x", description="Does it.")
    parser.add_argument("source", nargs="+", metavar="SOURCE", help="a url or file")
    parser.add_argument("--for", dest="seconds", type=float, metavar="S", default=5.0, help="seconds to run (%(default)s)")
    parser.add_argument("--quiet", action="store_true", help="say nothing")
    assert reference.describe("x", parser, "##") == [
        "## x",
        "",
        "Does it.",
        "",
        "| argument | meaning |",
        "|---|---|",
        "| `SOURCE...` | a url or file |",
        "| `--for S` | seconds to run (5.0) |",
        "| `--quiet` | say nothing |",
        "",
    ]
