"""The map of the OWASP ASVS 5.0 onto this project's tests: held against the tests there are, and written as a page.

`docs/security/asvs.toml` has a line for each of the 345 requirements: its level, a few words of ours (the standard itself is not copied;
its licence is CC BY-SA 4.0), and what answers it: `tests`, `checks` of `./do check`, `pages` where the requirement is about documentation,
`not_applicable` with the reason, or `owed` with what is missing and by whom. What is owed is not met, whatever else stands beside it.
"""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import tree

MAP = tree.ROOT / "docs" / "security" / "asvs.toml"
NAMING = ("SECURITY.md", "THREAT_MODEL.md")
"""Pages that name tests, too."""
STANDARD = "https://github.com/OWASP/ASVS/tree/v5.0.0"

CHAPTERS = {
    1: ("Encoding and sanitisation", "22 1111122223 112222222223 222 123"),
    2: ("Validation and logic", "122 112 12223 23"),
    3: ("Browsers", "3 113 12223 11222233 11122333 3 22333"),
    4: ("API and services", "12233 23333 22 1222"),
    5: ("Files", "2 112333 113 222"),
    6: ("Authentication", "122 111111112222 11223333 112233 22222333 2223 33 2222"),
    7: ("Sessions", "222 1111 22 11222 223 22"),
    8: ("Authorisation", "1233 1123 133 23"),
    9: ("Self-contained tokens", "111 1222"),
    10: ("OAuth and OIDC", "22 223 22223 1111122222233333 22222 22 222"),
    11: ("Cryptography", "2233 22233 11233 1222 23 23 33"),
    12: ("Communication", "12233 11 22223"),
    13: ("Configuration", "2333 222223 2233 1222233"),
    14: ("Data protection", "22 12223333 122"),
    15: ("Code and architecture", "12233 12233 1222222 3333"),
    16: ("Logs and errors", "2 22222 2222 222 2223"),
    17: ("WebRTC", "23 22223333 22"),
}
"""Each chapter with the levels of its requirements, section by section, in their order: what the map must have, once each."""

CRYPTOGRAPHY = ("argon2", "authlib", "cryptography", "fido2", "hashlib", "hmac", "joserfc", "rfc3161_client", "secrets", "ssl")
"""Whatever encrypts, hashes, signs or makes what must not be guessed comes from these."""

_KEYS = {"level", "about", "tests", "checks", "pages", "not_applicable", "owed", "by"}
_SHORTEST_REASON = 8


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement and its answer."""

    id: str
    level: int
    about: str
    tests: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    not_applicable: str = ""
    owed: str = ""
    by: str = ""

    @property
    def state(self) -> str:
        """Whether it is met, not applicable or owed."""
        if self.owed:
            return "owed"
        return "not applicable" if self.not_applicable else "met"


def wanted() -> dict[str, int]:
    """Return the level of each requirement of the standard by its number."""
    return {
        f"{chapter}.{section}.{place}": int(level)
        for chapter, (_title, sections) in CHAPTERS.items()
        for section, levels in enumerate(sections.split(), 1)
        for place, level in enumerate(levels, 1)
    }


def load(path: Path = MAP) -> dict[str, Requirement]:
    """Return the map. Raises ValueError (also for TOML that has a number twice) with a sentence."""
    found: dict[str, Requirement] = {}
    for number, values in tomllib.loads(path.read_text(encoding="utf-8")).items():
        strange = set(values) - _KEYS
        if strange:
            raise ValueError(f"{number}: there is no '{min(strange)}'")
        frozen: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        found[number] = Requirement(number, **frozen)
    return found


def problems(path: Path = MAP) -> list[str]:
    """Return what is wrong with the map, line by line."""
    try:
        found = load(path)
    except (OSError, ValueError, TypeError) as error:
        return [f"{path.name}: {error}"]
    standard = wanted()
    out = [f"{number} is missing" for number in standard if number not in found]
    out += [f"{number} is no requirement of the standard" for number in found if number not in standard]
    known, checks = tests_there_are(), names_of_checks()
    for one in found.values():
        out += [f"{one.id}: {trouble}" for trouble in _troubles(one, standard, known, checks)]
    for name in NAMING:
        told = re.findall(r"tests/[\w/]+\.py::test_\w+", (tree.ROOT / name).read_text(encoding="utf-8"))
        out += [f"{name}: there is no test {test}" for test in told if test not in known]
    return out


def _troubles(one: Requirement, standard: Mapping[str, int], known: frozenset[str], checks: frozenset[str]) -> Iterable[str]:
    if one.level != standard.get(one.id, one.level):
        yield f"its level is {standard[one.id]}"
    if not one.about.strip():
        yield "it says nothing of what it is about"
    answers = bool(one.tests or one.checks or one.pages) + bool(one.not_applicable)
    if answers != 1 and not (one.owed and answers == 0):
        yield "it needs tests, checks or pages, or a reason why it is not applicable, or what is owed"
    for reason in (one.not_applicable, one.owed):
        if reason and len(reason.strip()) < _SHORTEST_REASON:
            yield "its reason says nothing"
    if bool(one.owed) != bool(one.by):
        yield "what is owed has an owner, and nothing else has"
    yield from (f"there is no test {name}" for name in one.tests if name not in known)
    yield from (f"there is no check '{name}'" for name in one.checks if name not in checks)
    yield from (f"there is no {page}" for page in one.pages if not _is_there(page))


@functools.cache
def tests_there_are() -> frozenset[str]:
    """Return each test as `file::name`, without running or importing one."""
    found: set[str] = set()
    for path in tree.files("tests/**/test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.add(f"{tree.name(path)}::{node.name}")
    return frozenset(found)


def names_of_checks() -> frozenset[str]:
    """Return the names of what `./do check` runs, from its source: it imports this module."""
    source = ast.parse((tree.ROOT / "tools" / "check.py").read_text(encoding="utf-8"))
    tables = (node.value for node in source.body if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict))
    return frozenset(str(key.value) for table in tables for key in table.keys if isinstance(key, ast.Constant))


def _is_there(page: str) -> bool:
    name, _mark, anchor = page.partition("#")
    path = tree.ROOT / name
    if path == tree.ROOT / "docs" / "reference" / "asvs.md":
        return True  # made from this very map
    if not path.is_file():
        return False
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return not anchor or anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


# --- the page ----------------------------------------------------------------------------------------------------------------


def page(generated: str) -> str:
    """Return the summary: how many requirements are met, which are not and why."""
    found = load()
    lines = ["# OWASP ASVS 5.0", "", generated]
    lines += [
        "",
        f"Each of the {len(found)} requirements of the [ASVS 5.0.0]({STANDARD}) stands in [the map](../security/asvs.toml)",
        "with the tests, checks or pages that answer it. The target is level 2 everywhere, and level 3 for search, exhibits",
        "and administration.",
        "*Met* means: a test or a check that fails when it is not, or a page where the standard asks for one.",
        "We judged ourselves; nobody else has checked it.",
        "",
        *_table(found.values()),
        "",
        "## Owed",
        "",
    ]
    lines += [f"- **{one.id}** (level {one.level}, {one.by}) {one.about}: {one.owed}." for one in found.values() if one.owed]
    lines += ["", "## Not applicable", ""]
    reasons: dict[str, list[str]] = {}
    for one in found.values():
        if one.state == "not applicable":
            reasons.setdefault(one.not_applicable, []).append(one.id)
    lines += [f"- {reason[0].upper()}{reason[1:]}: {', '.join(numbers)}." for reason, numbers in reasons.items()]
    lines += ["", "## Where cryptography is used", "", "Every module that imports something of the kind, found in the source.", ""]
    lines += ["| module | imports |", "|---|---|", *(f"| `{name}` | {', '.join(used)} |" for name, used in cryptography())]
    return "\n".join(lines) + "\n"


def _table(found: Iterable[Requirement]) -> list[str]:
    counts: Counter[tuple[int, int, str]] = Counter()
    for one in found:
        counts[int(one.id.partition(".")[0]), one.level, one.state] += 1
    lines = ["| chapter | L1 met | L2 met | L3 met | not applicable | owed |", "|---|---|---|---|---|---|"]
    for chapter, (title, _levels) in [*CHAPTERS.items(), (0, ("**All**", ""))]:
        of = {key: count for key, count in counts.items() if chapter in {0, key[0]}}
        met = (_share(of, level) for level in (1, 2, 3))
        rest = (sum(count for key, count in of.items() if key[2] == state) for state in ("not applicable", "owed"))
        lines.append(f"| {f'{chapter} ' if chapter else ''}{title} | {' | '.join(met)} | {' | '.join(map(str, rest))} |")
    return lines


def _share(of: Mapping[tuple[int, int, str], int], level: int) -> str:
    """Return how many of a level are met, of those that apply."""
    applying = sum(count for key, count in of.items() if key[1] == level and key[2] != "not applicable")
    return f"{sum(count for key, count in of.items() if key[1:] == (level, 'met'))} of {applying}" if applying else ""


def cryptography() -> list[tuple[str, list[str]]]:
    """Return each module of the product that imports cryptography, and what."""
    found: list[tuple[str, list[str]]] = []
    for path in tree.files("src/**/*.py"):
        used = sorted({root for root in _imports(path) if root in CRYPTOGRAPHY})
        if used:
            found.append((tree.name(path).removeprefix("src/citysquare/"), used))
    return found


def _imports(path: Path) -> Iterable[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[Any] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        yield from (name.partition(".")[0] for name in names)
