"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "citysquare"
MODULES = sorted(SOURCE.rglob("*.py"))
MAY_IMPORT_AV = ("engine/decode.py", "simulator/")


def name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module an import statement or `import_module("...")` names, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in {"import_module", "__import__"}:
            yield from (argument.value for argument in node.args if isinstance(argument, ast.Constant) and isinstance(argument.value, str))


def broad_handlers(source: str) -> list[int]:
    """Lines that catch everything without naming the supervisor they are: `except Exception:  # noqa: BLE001 - the supervisor of ...`."""
    lines = source.splitlines()
    handlers = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ExceptHandler) and catches_everything(node))
    return [handler.lineno for handler in handlers if "supervisor" not in lines[handler.lineno - 1]]


def catches_everything(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False  # it tidies up and lets the error go on
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"}) for kind in caught)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_a_named_supervisor_catches_everything(path: Path) -> None:
    assert broad_handlers(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [path for path in MODULES if not name(path).startswith(MAY_IMPORT_AV)], ids=name)
def test_pictures_are_decoded_in_one_place(path: Path) -> None:
    modules = {module.partition(".")[0] for module in imported(ast.parse(path.read_text(encoding="utf-8")))}
    assert "av" not in modules


@pytest.mark.parametrize(
    "path", [path for path in MODULES if not name(path).startswith(("engine/decode.py", "engine/vision/", "simulator/"))], ids=name
)
def test_no_other_part_opens_pictures_with_opencv(path: Path) -> None:
    assert "cv2" not in {module.partition(".")[0] for module in imported(ast.parse(path.read_text(encoding="utf-8")))}


def test_a_broad_handler_is_found_where_it_hides() -> None:
    tidy = "try:\n    f()\nexcept BaseException:\n    g()\n    raise\n"
    assert broad_handlers(tidy) == []
    hidden = "def f():\n    try:\n        g()\n    except (ValueError, Exception):\n        pass\n"
    assert broad_handlers(hidden) == [4]
    assert broad_handlers(hidden.replace("):\n        pass", "):  # noqa: BLE001 - the supervisor of g\n        pass")) == []
