"""What the documents promise is there: commands, settings, versions, languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

import citysquare
from citysquare.config import LANGUAGES, Config

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md")))]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands_of_do() -> set[str]:
    """The keys of COMMANDS in ./do."""
    for node in ast.walk(ast.parse(read("do"))):
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "COMMANDS" and isinstance(node.value, ast.Dict):
            return {"help"} | {str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)}
    raise LookupError("./do has no COMMANDS")


@pytest.mark.parametrize("page", PAGES)
def test_every_command_a_page_names_exists(page: str) -> None:
    assert set(re.findall(r"\./do ([a-z]+)", read(page))) <= commands_of_do()


@pytest.mark.parametrize("page", PAGES)
def test_every_program_a_page_starts_exists(page: str) -> None:
    for module in re.findall(r"python -m (citysquare[a-z_.]*[a-z])", read(page)):
        base = ROOT / "src" / module.replace(".", "/")
        assert (base / "__main__.py").is_file() or base.with_suffix(".py").is_file(), module


@pytest.mark.parametrize("setting", sorted(Config.model_fields))
def test_a_setting_is_described(setting: str) -> None:
    description = Config.model_fields[setting].description or ""
    assert len(description.split()) >= 4
    assert f"## {setting}\n" in read("docs/reference/settings.md")


def test_the_version_stands_in_the_changelog_and_in_publiccode() -> None:
    assert citysquare.__version__ in read("CHANGELOG.md")
    assert yaml.safe_load(read("publiccode.yml"))["softwareVersion"] == citysquare.__version__


def test_publiccode_names_the_licence_and_every_language_of_the_pages() -> None:
    public = yaml.safe_load(read("publiccode.yml"))
    assert public["legal"]["license"] == "EUPL-1.2"
    assert set(public["localisation"]["availableLanguages"]) == set(LANGUAGES)
    assert read("LICENSE").startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
