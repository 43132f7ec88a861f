"""Writes the reference pages that the code already knows: settings, commands, error codes and rights.

Each page is made from what runs (the settings' fields, the parsers, the exception classes), so it cannot say anything else.
`pages()` needs a configured Django; tools/docs.py sees to that.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.management import load_command_class
from django.core.management.base import BaseCommand
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

import citysquare
from citysquare import config
from citysquare.site import console
from tools import asvs, rights, tree

FOLDER = tree.ROOT / "docs" / "reference"
PROGRAMS = (
    ("python -m citysquare.engine", "citysquare.engine.cli:main"),
    ("python -m citysquare.simulator", "citysquare.simulator.__main__:main"),
)
"""How a program is called, and the function that reads its command line."""

GENERATED = "*Made by `./do docs` from the code: change it there.*\n"


def pages() -> dict[Path, str]:
    """Return each generated page with its text."""
    return {
        FOLDER / "asvs.md": asvs.page(GENERATED.strip()),
        FOLDER / "settings.md": settings_page(),
        FOLDER / "commands.md": commands_page(),
        FOLDER / "errors.md": errors_page(),
        FOLDER / "rights.md": rights.page(GENERATED),
    }


# --- settings ----------------------------------------------------------------------------------------------------------------


def settings_page() -> str:
    """Return the page of all operator settings."""
    lines = ["# Settings", "", GENERATED, (config.__doc__ or "").partition("\n\n")[2].strip(), ""]
    for name, field in sorted(config.Config.model_fields.items()):
        lines += [f"## {name}", "", field.description or "", ""]
        lines += [
            f"- In the environment: `{config.PREFIX}{name.upper()}`",
            f"- Default: {default_text(field.default, field.default_factory)}",
        ]
        bounds = [text for text in map(bound_text, field.metadata) if text]
        lines += ([f"- Allowed: {', '.join(bounds)}"] if bounds else []) + [""]
    return "\n".join(lines)


def default_text(default: object, factory: Callable[..., Any] | None) -> str:
    """Return a default as it is written in a file; one that depends on the machine is told in the description."""
    if factory is not None or default is PydanticUndefined:
        return "see above"
    if default is None or isinstance(default, SecretStr) or default in ("", ()):
        return "none"
    if isinstance(default, tuple):
        return f"`{list(default)}`".replace("'", '"')
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def bound_text(constraint: object) -> str:
    """Return a limit of pydantic's as words; an empty text for anything else."""
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for key, text in words.items():
        if hasattr(constraint, key):
            return f"{text} {getattr(constraint, key)}"
    return ""


# --- commands ----------------------------------------------------------------------------------------------------------------


class _Caught(Exception):
    """Carries a parser out of the program that was about to read its command line."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        """Keep the parser."""
        super().__init__()
        self.parser = parser


def commands_page() -> str:
    """Return the page of all commands and their arguments."""
    lines = ["# Commands", "", GENERATED, "## ./do", "", "```", do_help(), "```", ""]
    managed = dict(own_management_commands())
    for name, place in console.COMMANDS.items():
        parser = managed.pop(name).create_parser("./do", name) if name in managed else parser_of(place)
        lines += describe(f"./do {name}", parser, "##", skipped=base_options())
    for call, place in PROGRAMS:
        lines += describe(call, parser_of(place), "##")
    lines += [
        "## Commands of the site",
        "",
        "Each is run as `./do run python -m citysquare.site.console COMMAND`; so are Django's own.",
        "",
    ]
    for name, command in managed.items():
        lines += describe(name, command.create_parser("citysquare", name), "###", skipped=base_options())
    return "\n".join(lines)


def do_help() -> str:
    """Return what `./do help` prints."""
    loader = SourceFileLoader("citysquare_do", str(tree.ROOT / "do"))
    spec = spec_from_loader(loader.name, loader)
    if spec is None:
        raise ImportError("the script ./do cannot be read")
    module = module_from_spec(spec)
    with mock.patch("sys.dont_write_bytecode", new=True):
        loader.exec_module(module)
    return str(module.HELP)


def parser_of(place: str) -> argparse.ArgumentParser:
    """Return the parser that `module:function` reads a command line with, caught when it starts to."""

    def caught(self: argparse.ArgumentParser, *_: object, **__: object) -> None:
        raise _Caught(self)

    module, _, name = place.partition(":")
    main = getattr(importlib.import_module(module), name)
    with mock.patch.object(argparse.ArgumentParser, "parse_known_args", caught):
        try:
            main([])
        except _Caught as catch:
            return catch.parser
    raise LookupError(f"{place} does not read its command line with argparse")


def describe(call: str, parser: argparse.ArgumentParser, heading: str, skipped: frozenset[str] = frozenset()) -> list[str]:
    """Return a parser and its subcommands as Markdown, the same under every version of Python."""
    lines = [f"{heading} {call}", ""]
    if parser.description:
        lines += [sentence(parser.description), ""]
    inner: list[str] = []
    rows: list[str] = []
    for action in parser._actions:  # noqa: SLF001 -- argparse has no public way to list arguments
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 -- as above
            summaries = {choice.dest: choice.help for choice in action._choices_actions}  # noqa: SLF001 -- as above
            for name, parser_below in action.choices.items():
                parser_below.description = parser_below.description or summaries.get(name)
                inner += describe(f"{call} {name}", parser_below, heading + "#")
        elif action.dest not in skipped | {"help"} and action.help != argparse.SUPPRESS:
            rows.append(f"| {argument_name(action)} | {argument_help(action)} |")
    if rows:
        lines += ["| argument | meaning |", "|---|---|", *rows, ""]
    return lines + inner


def sentence(text: str) -> str:
    """Return a text on one line, beginning large and ending in a full stop."""
    joined = " ".join(text.split())
    return f"{joined[:1].upper()}{joined[1:].rstrip('.')}."


def argument_name(action: argparse.Action) -> str:
    """Return how an argument is written."""
    value = "" if action.nargs == 0 else str(action.metavar or (action.dest.upper()))
    if not action.option_strings:
        return f"`{value}{'...' if action.nargs in {'*', '+', argparse.REMAINDER} else ''}`"
    return f"`{', '.join(action.option_strings)}{' ' if value else ''}{value}`"


def argument_help(action: argparse.Action) -> str:
    """Return what an argument means, with its choices and default where the help does not name them."""
    text = " ".join((action.help or "").split())
    if "%" in text:
        text = text % (vars(action) | {"prog": ""})
    choices = ", ".join(str(choice) for choice in action.choices or ())
    if choices not in text:
        text = f"{text} One of: {choices}.".strip()
    return text.replace("|", "\\|").strip()


def own_management_commands() -> Iterator[tuple[str, BaseCommand]]:
    """Yield the management commands that are ours."""
    for path in tree.files("src/citysquare/**/management/commands/*.py"):
        if not path.stem.startswith("_"):
            package = path.relative_to(tree.ROOT / "src").parent.parent.parent.as_posix().replace("/", ".")
            yield path.stem, load_command_class(package, path.stem)


def base_options() -> frozenset[str]:
    """Return the options every Django command has."""
    return frozenset(action.dest for action in BaseCommand().create_parser("django", "any")._actions)  # noqa: SLF001 -- as in describe


# --- errors ------------------------------------------------------------------------------------------------------------------


def errors_page() -> str:
    """Return the page of all stable error codes."""
    lines = ["# Error codes", "", GENERATED, "Codes never change their meaning; programs and translations rely on them.", ""]
    lines += ["| code | status | what happened | name |", "|---|---|---|---|"]
    for code, error in sorted(error_codes().items()):
        status = getattr(error, "status", "")
        what = (error.__doc__ or "").strip().partition("\n")[0]
        lines.append(f"| `{code}` | {status} | {what} | `{error.__module__}.{error.__qualname__}` |")
    lines += ["", "What the web server itself answers:", "", "| code | status | what happened |", "|---|---|---|"]
    lines += [f"| `{code}` | {status} | {what} |" for code, status, what in sorted(answers())]
    return "\n".join([*lines, ""])


def answers() -> Iterator[tuple[str, int, str]]:
    """Yield code, status and sentence of each answer that no exception stands for: the calls of `refusal` with words of their own."""
    module = importlib.import_module("citysquare.platform.pages")
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if not isinstance(node, ast.FunctionDef):
            continue
        for call in (inner for inner in ast.walk(node) if isinstance(inner, ast.Call)):
            words = {word.arg: word.value.value for word in call.keywords if word.arg and isinstance(word.value, ast.Constant)}
            code, status = words.get("code"), words.get("status")
            if isinstance(code, str) and isinstance(status, int):
                yield code, status, sentence((ast.get_docstring(node) or "").removeprefix("Answer "))


def error_codes() -> dict[str, type[Exception]]:
    """Return every code of ours with its class; raises ValueError when two errors share one."""
    found: dict[str, type[Exception]] = {}
    for error in errors_below(Exception):
        code = vars(error).get("code")
        if not isinstance(code, str) or not error.__module__.startswith("citysquare."):
            continue
        if found.setdefault(code, error) is not error:
            raise ValueError(f"{error.__qualname__} and {found[code].__qualname__} share the code {code}")
    return found


def errors_below(root: type[Exception]) -> set[type[Exception]]:
    """Return all exception classes below one, of modules that are imported; imports all of ours first."""
    importlib.import_module("citysquare.site.urls")  # teaches Django our kind of identifier, which the rooms' addresses use
    for module in pkgutil.walk_packages(citysquare.__path__, "citysquare."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
    found: set[type[Exception]] = set()
    waiting = [root]
    while waiting:
        below = [error for error in waiting.pop().__subclasses__() if error not in found]
        found.update(below)
        waiting += below
    return found
