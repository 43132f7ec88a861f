"""Limits on the size of files and functions, so that a good layer's name does not stop a file from growing.

Complexity, arguments and statements are ruff's (pyproject.toml); lines are counted here.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tools import tree

if TYPE_CHECKING:
    from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 60


def problems() -> list[str]:
    """Return one line for each file or function that is too long. Migrations are Django's, not ours."""
    found: list[str] = []
    for path in tree.files("do", "*.py", "src/**/*.js"):
        if "migrations" not in path.parts:
            found += problems_in(path)
    return found


def problems_in(path: Path) -> list[str]:
    """Return what is too long in one file."""
    text = path.read_text(encoding="utf-8")
    count = text.count("\n")
    found = [f"{tree.name(path)}: {count} lines, at most {FILE_LINES}: make it a package of the same name"] if count > FILE_LINES else []
    if path.suffix == ".js":
        return found
    try:
        module = ast.parse(text)
    except SyntaxError as error:
        return [*found, f"{tree.name(path)}:{error.lineno}: {error.msg}"]
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{tree.name(path)}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}")
    return found
