"""The command line: what can be asked, and who does it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import os
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path

from citysquare.engine import logs
from citysquare.engine.cli import onvif
from citysquare.engine.cli.lines import FAILED, Lines
from citysquare.engine.cli.record import record
from citysquare.engine.clock import SystemClock
from citysquare.engine.errors import EngineError
from citysquare.engine.local.recording import record_node

_SOURCE_HELP = "an rtsp:// or rtsps:// address, or a video file"


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m citysquare.engine", description="Cameras and video files: record them, see what moves.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    watching = commands.add_parser("watch", help="print a JSON line for each thing that moved, and a summary")
    recording = commands.add_parser("record", help="only record: STORE/CAMERA/DAY/START.mp4, each file playable alone")
    for command in (watching, recording):
        command.add_argument("sources", nargs="+", metavar="SOURCE", help=_SOURCE_HELP)
        command.add_argument("--for", dest="seconds", type=_seconds, metavar="S", help="end after S seconds; else files' ends or Ctrl-C")
    recording.add_argument("--store", type=Path, required=True, metavar="DIR", help="a store, or an empty or new folder")
    node = commands.add_parser("node", help="record the cameras of a node file for ever; it is read again when it changes")
    node.add_argument("node", type=Path, metavar="NODE.json")
    node.add_argument("--log-format", choices=logs.FORMATS, default=logs.PLAIN, help="how lines of the log look (plain)")
    onvif.add_parser(commands)
    return top


def _asked(options: argparse.Namespace, lines: Lines) -> Coroutine[None, None, int]:
    clock = SystemClock()
    if options.command == "watch":
        from citysquare.engine.cli.watch import watch  # noqa: PLC0415 -- the recorder's process, which starts here too, loads no codec

        return watch(options.sources, seconds=options.seconds, clock=clock, lines=lines)
    if options.command == "onvif":
        return onvif.ask(options, clock=clock, lines=lines)
    if options.command == "record":
        return record(options.sources, store=options.store, seconds=options.seconds, clock=clock, lines=lines)
    return _node(options.node)


async def _node(path: Path) -> int:
    await record_node(path)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, or 2 when a source or the store failed or the arguments were wrong."""
    options = parser().parse_args(arguments)
    if options.command == "node":
        logs.set_up(options.log_format)
    else:
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(message)s")
    lines = Lines()
    try:
        return asyncio.run(_asked(options, lines))
    except EngineError as error:
        about = getattr(options, "store", None) or getattr(options, "node", None) or options.command
        lines.complain(error, str(about))
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:
        # Nobody reads any more (`| head`). Python would complain once more while closing standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return lines.status
