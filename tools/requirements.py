"""Whether the compiled requirements belong together: test.txt holds run.txt, each named package was compiled, and extras are tested."""

from __future__ import annotations

import re
import tomllib

from tools import tree


def problems() -> list[str]:
    """Return one line for each requirement that does not fit."""
    run, test = pins("run"), pins("test")
    found = [f"requirements/test.txt lacks {pin}, which run.txt pins" for pin in sorted(run - test)]
    for level, compiled in (("run", run), ("test", test)):
        names = {pin.partition("==")[0] for pin in compiled}
        found += [f"requirements/{level}.txt was not compiled anew: it lacks {name}" for name in wanted(level) if name not in names]
    lines = (tree.ROOT / "requirements" / "test.in").read_text(encoding="utf-8").splitlines()
    found += [f"requirements/test.in lacks {extra}, which pyproject.toml offers as an extra" for extra in extras() if extra not in lines]
    return found


def extras() -> list[str]:
    """Return what pyproject.toml offers beside what is needed: it is tested too."""
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [line for lines in project.get("optional-dependencies", {}).values() for line in lines]


def pins(level: str) -> set[str]:
    """Return the pins of a compiled file, with the platforms they are for."""
    text = (tree.ROOT / "requirements" / f"{level}.txt").read_text(encoding="utf-8")
    return {line.rstrip(" \\") for line in text.splitlines() if re.match(r"[a-z0-9]", line)}


def wanted(level: str) -> list[str]:
    """Return the names a person wrote into the file that is compiled."""
    text = (tree.ROOT / "requirements" / f"{level}.in").read_text(encoding="utf-8")
    return re.findall(r"^([a-z0-9][a-z0-9._-]*)", text, re.MULTILINE)
