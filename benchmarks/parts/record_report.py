"""The figures of `./do bench record` as lines, as a table and as a page."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

LEAST_IDLE_PERCENT = 15.0
"""With less the machine itself was what was measured."""
MOST_CORE_SHARE = 0.006
MOST_BYTES = 4 * 2**20
MOST_WRITES = 3.0
"""The targets: what a camera may take of a core, of memory, and in write calls a second."""
_BEGIN, _END = "<!-- record: begin -->", "<!-- record: end -->"
_HEAD = (
    "| Recorder | Cameras | Cores per camera | PSS per camera | Writes per camera and second | Pictures missing | Farm's cores | Idle |\n"
    "|---|---|---|---|---|---|---|---|"
)


def void(run: dict[str, Any]) -> bool:
    """Say whether the machine had too little left for the run to count."""
    return bool(run["cost"]["idle_percent"] < LEAST_IDLE_PERCENT)


def core_share(run: dict[str, Any]) -> float:
    """Return the share of one core a camera takes."""
    return float(run["cost"]["cores"] / run["cameras"])


def writes(run: dict[str, Any]) -> float:
    """Return write calls per camera and second."""
    return float(run["cost"]["writes"] / run["cameras"])


def memory(run: dict[str, Any], idle: int) -> float:
    """Return bytes per camera; for our own recorder, what an idle one takes is not a camera's."""
    own = idle if run["case"] in {"citysquare", "many"} else 0
    return max(0.0, float(run["cost"]["pss"]) - own) / float(run["cameras"])


def line(run: dict[str, Any], idle: int) -> str:
    """Return one run as a line."""
    cost = run["cost"]
    return (
        f"round {run['round']} {run['case']:<13} {run['cameras']:>3} cameras ({run['begun']} began): {core_share(run):.2%} of a core each, "
        f"{memory(run, idle) / 2**20:.1f} MB each, {writes(run):.2f} writes/s each, {run['missing']} pictures missing, "
        f"{run['strange']} strange of {run['pictures']}; farm {cost['farm_cores']:.2f} cores, idle {cost['idle_percent']:.0f} %, "
        f"load {cost['load']:.1f}{'  VOID' if void(run) else ''}"
    )


def _middle(runs: list[dict[str, Any]], what: Callable[[dict[str, Any]], float]) -> float:
    return statistics.median(what(run) for run in runs)


def table(found: dict[str, Any]) -> str:
    """Return the medians as a Markdown table."""
    idle = int(found["idle_recorder_pss"])
    rows = []
    for key in dict.fromkeys(run["case"] for run in found["runs"]):
        every = [run for run in found["runs"] if run["case"] == key]
        runs = [run for run in every if not void(run)]
        if not runs:
            rows.append(f"| {every[0]['title']} | {every[0]['cameras']} | void: under {LEAST_IDLE_PERCENT:.0f} % idle | | | | | |")
            continue
        rows.append(
            f"| {runs[0]['title']} | {runs[0]['cameras']} | {_middle(runs, core_share):.2%} | "
            f"{_middle(runs, lambda run: memory(run, idle)) / 2**20:.1f} MB | {_middle(runs, writes):.2f} | "
            f"{sum(run['missing'] + run['strange'] for run in runs)} of {sum(run['pictures'] for run in runs)} | "
            f"{_middle(runs, lambda run: run['cost']['farm_cores']):.2f} | {_middle(runs, lambda run: run['cost']['idle_percent']):.0f} % |"
        )
    return "\n".join([_HEAD, *rows])


def _paired(found: dict[str, Any]) -> list[str]:
    """Return how we stand beside each of the others, from runs of the same round."""
    ours = {run["round"]: run for run in found["runs"] if run["case"] == "citysquare" and not void(run)}
    lines = []
    for key in dict.fromkeys(run["case"] for run in found["runs"]):
        theirs = [run for run in found["runs"] if run["case"] == key and not void(run) and run["round"] in ours]
        if key not in {"citysquare", "many"} and theirs:
            ratio = statistics.median(core_share(run) / core_share(ours[run["round"]]) for run in theirs)
            lines.append(
                f"{theirs[0]['title']} takes {ratio:.1f} times the processor of Citysquare per camera (median of {len(theirs)} pairs)."
            )
    return lines


def verdict(found: dict[str, Any]) -> int:
    """Print what the targets say; return 0 when all that was measured is met."""
    idle, failed = int(found["idle_recorder_pss"]), False
    for sentence in _paired(found):
        print(sentence)
    for key in ("citysquare", "many"):
        every = [run for run in found["runs"] if run["case"] == key]
        runs = [run for run in every if not void(run)]
        if every and not runs:
            print(f"{key}: every run is void, the machine had less than {LEAST_IDLE_PERCENT:.0f} % idle.")
            failed = True
        if not runs:
            continue
        held = {
            "nothing missing": all(run["missing"] + run["strange"] == 0 for run in runs),
            f"at most {MOST_BYTES / 2**20:.0f} MB a camera": _middle(runs, lambda run: memory(run, idle)) <= MOST_BYTES,
            f"at most {MOST_WRITES:.0f} writes a second and camera": _middle(runs, writes) <= MOST_WRITES,
        }
        if key == "citysquare":
            held[f"at most {MOST_CORE_SHARE:.1%} of a core a camera"] = _middle(runs, core_share) <= MOST_CORE_SHARE
        print(f"{key}: " + "; ".join(f"{name}: {'yes' if yes else 'NO'}" for name, yes in held.items()))
        failed = failed or not all(held.values())
    return int(failed)


def write_page(path: Path, found: dict[str, Any]) -> None:
    """Put the table into its place in the page."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    if not rest:
        raise SystemExit(f"{path} has no place for the table: the lines {_BEGIN} and {_END}.")
    machine, versions = found["machine"], found["versions"]
    where = f"{machine['cores']} cores ({machine['processor']}), Python {machine['python']}"
    how = f"cameras from {found['farm']}; medians of {found['rounds']} rounds of {found['seconds']:.0f} s"
    others = f"ffmpeg: {versions['ffmpeg']}. Motion: {versions['motion']}."
    facts = [
        f"Measured {found['at'][:10]} on {where}; {how}.",
        f"{others} An idle recorder of ours: {found['idle_recorder_pss'] / 2**20:.0f} MB.",
    ]
    middle = "\n".join(["", *facts, "", table(found), "", *(f"- {sentence}" for sentence in _paired(found)), ""])
    path.write_text(before + _BEGIN + middle + _END + after, encoding="utf-8")
