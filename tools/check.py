"""Every check a change must pass, a line for each: `./do check [NAME...]`.

All of them run, two at a time, whatever fails; what the failing ones said stands at the end. Tests are not among them: `./do test`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools import asvs, browser_code, foreign, licences, requirements, sizes, tree, vendor

Check = Callable[[], list[str]]
"""Returns what is wrong, line by line; nothing when all is well."""

AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one check ended."""

    name: str
    problems: list[str]
    seconds: float


def command(*arguments: str) -> list[str]:
    """Run a checker; its output is the list of problems when it fails."""
    done = subprocess.run(
        arguments, cwd=tree.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=environment()
    )
    if done.returncode == 0:
        return []
    return done.stdout.splitlines() or [f"{arguments[0]} ended with status {done.returncode}"]


def environment() -> dict[str, str]:
    """Return an environment in which the checkers are found and settings come from nowhere but their defaults."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CITYSQUARE_", "DJANGO_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return kept | {"PATH": path, "PYTHONPATH": str(tree.ROOT), "NO_COLOR": "1", "DJANGO_SETTINGS_MODULE": "tests.settings"}


def types() -> list[str]:
    """Check types; mypy's notes that list every overload are left out."""
    return [line for line in command(sys.executable, "-m", "mypy") if ": note:     def " not in line]


def templates() -> list[str]:
    """Check how templates are written and laid out."""
    if not tree.files("src/**/*.html"):
        return []
    return command("djlint", "src", "--lint", "--quiet") + command("djlint", "src", "--check", "--quiet")


def migrations() -> list[str]:
    """See that no model was changed without its migration."""
    return command(sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run")


def translations() -> list[str]:
    """See that every text stands in all four languages."""
    return command(sys.executable, "-m", "tools.translations", "check")


CHECKS: dict[str, Check] = {
    "types": types,
    "format": partial(command, "ruff", "format", "--check", "--output-format", "concise", "."),
    "lint": partial(command, "ruff", "check", "--output-format", "concise", "."),
    "imports": partial(command, "lint-imports", "--no-logo"),
    "sizes": sizes.problems,
    "templates": templates,
    "browser code": browser_code.problems,
    "vendored files": vendor.problems,
    "migrations": migrations,
    "translations": translations,
    "documentation": partial(command, sys.executable, "-m", "tools.docs", "--check"),
    "licences": licences.problems,
    "requirements": requirements.problems,
    "foreign names": foreign.problems,
    "security map": asvs.problems,
}


def timed(name: str) -> Outcome:
    """Run one check."""
    started = time.monotonic()
    problems = CHECKS[name]()
    return Outcome(name, problems, time.monotonic() - started)


def main(arguments: list[str]) -> int:
    """Run the named checks, or all; returns 1 when one fails and 2 for a name that is none."""
    unknown = [name for name in arguments if name not in CHECKS]
    if unknown:
        print(f"There is no check '{unknown[0]}'. There are: {', '.join(CHECKS)}.", file=sys.stderr)
        return 2
    failed: list[Outcome] = []
    started = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for future in as_completed([pool.submit(timed, name) for name in arguments or CHECKS]):
            outcome = future.result()
            print(f"{'FAILED' if outcome.problems else 'ok':>6}  {outcome.name:<14} {outcome.seconds:5.1f} s", flush=True)
            if outcome.problems:
                failed.append(outcome)
    for outcome in failed:
        print(f"\n--- {outcome.name} ---", *outcome.problems, sep="\n")
    print(f"\n{len(failed) or 'no'} of {len(arguments or CHECKS)} checks failed, {time.monotonic() - started:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
