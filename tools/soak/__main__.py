"""`python -m tools.soak`: run, report, and say in one sentence whether every picture is accounted for. See docs/how-to/soak.md."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tools.soak.run import BadOrder, Order, Soak, read_order, write_order

MOST_CAMERAS = 64
MOST_HOURS = 1000.0
BYTES_PER_CAMERA_HOUR = 60 * 10**6
"""Footage, and the cameras' logs of what they produced."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./do soak", description="Film with cameras that misbehave while processes and disk do too; account for every picture."
    )
    parser.add_argument("--hours", type=float, required=True, metavar="N", help="how long, such as 0.1 or 24")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="another number gives other faults (1)")
    parser.add_argument("--cameras", type=int, default=8, metavar="N", help="how many cameras (8)")
    parser.add_argument(
        "--out", type=Path, default=None, metavar="DIR", help="folder of the run (var/soak-S-N); one cut short goes on there"
    )
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run it; 0 when everything is accounted for, 1 when not, 2 for what cannot be done, 3 when it was cut short."""
    options = _parser().parse_args(list(arguments))
    try:
        return _run(options)
    except BadOrder as error:
        print(f"soak: {error}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    order = Order(options.seed, options.cameras, options.hours * 3600)
    if not 0 < options.hours <= MOST_HOURS or not 1 <= options.cameras <= MOST_CAMERAS:
        raise BadOrder(f"--hours takes a number up to {MOST_HOURS:g}, --cameras one from 1 to {MOST_CAMERAS}.")
    out = (options.out or Path("var") / f"soak-{order.seed}-{order.cameras}").absolute()
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        before = read_order(out)
        if before != order:
            raise BadOrder(f"{out} holds another run (or something else): name another folder with --out.")
    else:
        needed = round(BYTES_PER_CAMERA_HOUR * order.cameras * options.hours) + 10**9
        if shutil.disk_usage(out).free < needed:
            raise BadOrder(f"This run may need {needed / 1e9:.1f} GB, and the disk of {out} has less.")
        write_order(out, order)
    soak = Soak(out, order, say=lambda line: print(line, flush=True))

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        soak.stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    if not soak.run():
        print(f"soak: cut short after {soak.done / 3600:.2f} h; the same command goes on with it.", flush=True)
        return 3
    report = soak.report()
    print(f"The report is in {out / 'report.json'}.")
    print(report["sentence"], flush=True)
    return 0 if report["holds"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
