"""What recording costs: our recorder beside Motion and `ffmpeg -c copy` on the same streams, paired, in the same run.

    ./do bench record [--cameras 30] [--many 100] [--seconds 20] [--rounds 3] [--quick] [--json FILE] [--page]

The cameras are not ours: GStreamer's RTSP server shows 1080p25 H.264 of 4 Mbit/s (a keyframe every 2 s) and 360p25 of 1 Mbit/s; without it
our simulator stands in, which the report says. In each round everybody who can record here records the same cameras, one after the other
and in turned order: Citysquare with its hashes and its ledger (`--cameras`), one `ffmpeg -c copy` for each of them, and Motion passing
the coded pictures through, twice: with its analysis as it comes and with the least (four cameras, for it takes most of a core). Then
Citysquare records `--many` small cameras.

Measured is a stretch of `--seconds` after everybody's files have begun: processor time of the recorder's processes (cores per camera),
their memory (PSS), their write calls, the farm's own processor time and what the machine had left. A run with less than 15 % idle is void.
What is missing is counted in the files: each picture of the clip is known, so neither times nor anybody's own ledger has to be believed.
The table gives medians of the rounds that count. `--json FILE` keeps all figures (var/bench/record.json), `--page` writes the table into
docs/reference/benchmarks.md, with `--from FILE` from figures kept earlier.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from parts import farm, gauge, record_report, recorders, stored

from citysquare.engine.footage import StoreLimits
from citysquare.engine.local import NodeFile, write_node_file

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "var" / "bench"
BEGIN_SECONDS = 40
"""How long a recorder may take until each camera has a file with something in it."""
SETTLE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of run."""

    key: str
    title: str
    recorder: recorders.Recorder
    small: bool
    cameras: int


def main() -> int:
    """Measure, print, keep."""
    options = _options()
    if options.source:
        found = json.loads(options.source.read_text(encoding="utf-8"))
    else:
        signal.signal(signal.SIGTERM, _ask_to_end)
        found = _measured(options)
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"all figures: {options.json}")
    print(record_report.table(found))
    if options.page:
        record_report.write_page(ROOT / "docs" / "reference" / "benchmarks.md", found)
    return record_report.verdict(found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Cost of recording, beside Motion and ffmpeg on the same streams.")
    parser.add_argument("--cameras", type=int, default=30, help="1080p cameras (30)")
    parser.add_argument("--many", type=int, default=100, help="360p cameras in the run with many; 0 leaves it out (100)")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each run is measured (20)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round of short runs: does it work, not what it costs")
    parser.add_argument("--only", help="only the runs with these keys, with commas: citysquare, ffmpeg, motion, motion-least, many")
    parser.add_argument("--json", type=Path, default=CACHE / "record.json", help="where all figures are kept")
    parser.add_argument("--page", action="store_true", help="write the table into docs/reference/benchmarks.md")
    parser.add_argument("--from", dest="source", type=Path, metavar="FILE", help="measure nothing: take the figures of an earlier run")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds = min(options.seconds, 8.0), 1
    return options


def _ask_to_end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    cases = _cases(options)
    longest = BEGIN_SECONDS + SETTLE_SECONDS + options.seconds + 15
    runs: list[dict[str, Any]] = []
    most = max((case.cameras for case in cases if not case.small), default=0)
    with farm.serving(most, options.many, longest, CACHE) as cameras, tempfile.TemporaryDirectory(prefix="cs-bench-") as name:
        print(f"{most} cameras of 1080p and {options.many} of 360p from {cameras.kind}; load {os.getloadavg()[0]:.1f}", flush=True)
        idle = _idle_memory(Path(name))
        for number in range(1, options.rounds + 1):
            for case in cases if number % 2 else cases[::-1]:
                run = _run(case, cameras, Path(name), options.seconds)
                runs.append({"round": number, "case": case.key, "title": case.title, **run})
                print(record_report.line(runs[-1], idle), flush=True)
    return {
        "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "machine": {
            "processor": _processor_name(),
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "versions": {"ffmpeg": recorders.version("ffmpeg", "-version"), "motion": recorders.version("motion", "-h")},
        "farm": cameras.kind,
        "seconds": options.seconds,
        "rounds": options.rounds,
        "idle_recorder_pss": idle,
        "runs": runs,
    }


def _cases(options: argparse.Namespace) -> list[Case]:
    cases = [
        Case(one.key, one.title, one, small=False, cameras=min(options.cameras, one.most or options.cameras))
        for one in recorders.available()
    ]
    if options.many:
        cases.append(Case("many", f"{recorders.OURS.title}, many small cameras", recorders.OURS, small=True, cameras=options.many))
    wanted = options.only.split(",") if options.only else None
    return [case for case in cases if wanted is None or case.key in wanted]


def _run(case: Case, cameras: farm.Farm, folder: Path, seconds: float) -> dict[str, Any]:
    """Let one recorder record, measure it, and count what it has kept."""
    urls = (cameras.small if case.small else cameras.big)[: case.cameras]
    order = cameras.small_order if case.small else cameras.big_order
    with tempfile.TemporaryDirectory(dir=folder) as name:
        target = Path(name) / "store"
        target.mkdir()
        children: list[subprocess.Popen[str]] = []
        try:
            for words in case.recorder.start(urls, target, cameras.port):
                child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
                children.append(child)  # one by one: whatever happens between, those begun are ended
            begun = _begun(target, case.cameras)
            time.sleep(SETTLE_SECONDS)
            cost = gauge.measured([child.pid for child in children], cameras.pid, seconds)
        finally:
            for child in children:
                child.terminate()
            for child in children:
                farm.ended(child)
        kept = [stored.kept(target / recorders.camera_name(number), order) for number in range(case.cameras)]
    expected = int(cost.seconds * cameras.fps)
    return {
        "cameras": case.cameras,
        "begun": begun,
        "cost": asdict(cost),
        "pictures": sum(one.pictures for one in kept),
        "missing": sum(max(one.missing, expected - one.pictures) for one in kept),
        "strange": sum(one.strange for one in kept),
    }


def _begun(target: Path, cameras: int) -> int:
    """Wait until every camera has a file with something in it; return how many have."""
    deadline = time.monotonic() + BEGIN_SECONDS
    while True:
        begun = sum(
            any(path.is_file() and path.stat().st_size > 10_000 for path in (target / recorders.camera_name(number)).rglob("*"))
            for number in range(cameras)
        )
        if begun == cameras or time.monotonic() > deadline:
            return begun
        time.sleep(0.5)


def _idle_memory(folder: Path) -> int:
    """Return the memory of our recorder without a camera."""
    node = folder / "idle.json"
    write_node_file(node, NodeFile(folder / "idle", (), StoreLimits()))
    process = subprocess.Popen([sys.executable, "-m", "citysquare.engine", "node", str(node)], text=True)
    try:
        time.sleep(5)
        return gauge.pss([process.pid])
    finally:
        farm.ended(process)


def _processor_name() -> str:
    lines: Sequence[str] = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


if __name__ == "__main__":
    raise SystemExit(main())
