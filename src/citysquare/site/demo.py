"""`citysquare demo`: a whole city on one machine, with the embedded database and cameras of the simulator or a person's own."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from citysquare import config
from citysquare.engine.footage import read_report
from citysquare.engine.model import StreamKind, ticks_from_datetime
from citysquare.platform.errors import DomainError
from citysquare.simulator.catalogue import MOST_CAMERAS, catalogue
from citysquare.simulator.moods import WEATHERS
from citysquare.site import running
from citysquare.site.asking import web_answers
from citysquare.site.children import supervisor_running
from citysquare.site.running import say
from citysquare.site.supervisor import Program, Supervisor

FOLDER = Path("var") / "demo"
MARK = "citysquare-demo.json"
"""Stands in the demo's folder: nothing else is ever removed by `--clean`."""

RING_BYTES = 5_000_000_000
FIRST_PORT = 8000
FIRST_ONVIF_PORT = 8580
FIRST_SIMULATOR_PORT = 18554
PATIENCE_SECONDS = 600
"""With `--for`: how long all cameras may take to run."""


class CannotStart(Exception):
    """One sentence why the demo does not start."""


@dataclass(slots=True)
class Plan:
    """What was asked for."""

    folder: Path
    cameras: int
    own: tuple[str, ...]
    port: int
    simulator_port: int
    seconds: float | None
    report: Path | None
    town: tuple[str, ...] = ()
    """Words for the simulator: hour, weather, variety."""
    onvif_port: int = 0
    """Where the simulated cameras answer a search for cameras; 0: nowhere."""

    @property
    def loopback_ports(self) -> list[int]:
        """Ports of this machine on which cameras are: the simulator's, and those of own cameras the caller named."""
        parts = [urlsplit(url) for url in self.own]
        return [
            self.simulator_port,
            *filter(None, [self.onvif_port]),
            *(part.port or 554 for part in parts if part.hostname in {"localhost", "127.0.0.1", "::1"}),
        ]


@dataclass(slots=True)
class Watcher:
    """Tells which cameras have begun to record, as they do."""

    store: Path
    names: dict[str, str]
    since: int
    """Ticks: an older report is that of an earlier run."""
    running: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Read the recorder's status and announce what is new."""
        report = read_report(self.store)
        if report is None or report.at < self.since:
            return
        streams = [s for s in report.streams if s.key.kind is StreamKind.MAIN and s.key.camera in self.names]
        self.running = {s.key.camera for s in streams if s.state == "recording"}
        for camera in [name for name in self.names if name in self.running - self.announced]:
            self.announced.add(camera)
            say(f"  camera {len(self.announced)} of {len(self.names)} is recording: {self.names[camera]}")

    @property
    def complete(self) -> bool:
        """Whether every camera records at this moment."""
        return bool(self.names) and self.running >= set(self.names)


def main(arguments: Sequence[str]) -> int:
    """Run the demo; returns the exit status, 2 with one sentence for what cannot be done."""
    options = _parser().parse_args(list(arguments))
    folder = options.data.absolute()
    try:
        if options.clean:
            return _clean(folder)
        return _run(_plan(options, folder))
    except (CannotStart, DomainError) as error:
        sys.stderr.write(f"demo: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"demo: The folder {folder} cannot be used: {error.strerror}.\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./do demo", description="Start a whole city on this machine. Ctrl-C ends it.")
    parser.add_argument("--cameras", type=int, default=None, metavar="N", help="N simulated cameras (8; none when --camera is given)")
    parser.add_argument(
        "--camera", action="append", default=[], metavar="URL", help="your own camera: rtsp://user:password@host/path; may be repeated"
    )
    parser.add_argument(
        "--for",
        dest="seconds",
        type=float,
        default=None,
        metavar="SECONDS",
        help="count SECONDS from the moment all cameras run, then stop",
    )
    parser.add_argument("--hour", type=float, default=None, metavar="H", help="hour of the day of the simulated cameras, 0 to 24 (14)")
    parser.add_argument("--weather", choices=WEATHERS, default=None, help="weather of the simulated cameras (clear)")
    parser.add_argument(
        "--variety", choices=("some", "none"), default="some", help="other hours and weathers from the ninth simulated camera on (some)"
    )
    parser.add_argument("--report", type=Path, default=None, metavar="FILE", help="write what was recorded and seen as JSON")
    parser.add_argument("--port", type=int, default=None, metavar="P", help="the port of the pages (8000, or the next free one)")
    parser.add_argument("--clean", action="store_true", help="throw away what earlier demos stored")
    parser.add_argument("--data", type=Path, default=FOLDER, metavar="DIR", help=argparse.SUPPRESS)
    return parser


def _plan(options: argparse.Namespace, folder: Path) -> Plan:
    """Check what was asked for before anything is made. Raises CannotStart."""
    cameras = options.cameras if options.cameras is not None else (0 if options.camera else 8)
    if not 0 <= cameras <= MOST_CAMERAS or not (cameras or options.camera):
        _refuse(f"The number of cameras must be between 1 and {MOST_CAMERAS}.")
    if options.seconds is not None and not 0 < options.seconds < 10**7:
        _refuse("--for takes a number of seconds above zero.")
    if options.report is not None and options.seconds is None:
        _refuse("--report needs --for SECONDS: a report counts a span of time.")
    if options.report is not None and not options.report.absolute().parent.is_dir():
        _refuse(f"The folder of the report does not exist: {options.report.absolute().parent}.")
    if options.port is not None and not 1 <= options.port <= 65535:
        _refuse("--port takes a number between 1 and 65535.")
    if supervisor_running(folder):
        _refuse(f"A demo is running in {folder} already; stop it with Ctrl-C, or ask it for a link with ./do link ROLE.")
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
        _refuse(f"The folder {folder} holds something else; name another one with --data.")
    port = running.free_port(options.port or FIRST_PORT, tries=1 if options.port else 50)
    if port is None:
        _refuse(f"Port {options.port or FIRST_PORT} is taken; name another one with --port.")
    simulator_port = running.free_port(_last_simulator_port(folder))
    if simulator_port is None:
        _refuse("No port is free for the simulated cameras.")
    onvif_port = running.free_port(FIRST_ONVIF_PORT) or 0
    return Plan(folder, cameras, tuple(options.camera), port, simulator_port, options.seconds, options.report, _town(options), onvif_port)


def _town(options: argparse.Namespace) -> tuple[str, ...]:
    """Say to the simulator what its town is to be like. Raises CannotStart."""
    if options.hour is not None and not 0 <= options.hour <= 24:
        _refuse("--hour takes an hour of the day, from 0 to 24.")
    asked = ((f"--{word}", getattr(options, word)) for word in ("hour", "weather", "variety"))
    return tuple(str(part) for pair in asked if pair[1] is not None for part in pair)


def _refuse(sentence: str) -> NoReturn:
    raise CannotStart(sentence)


def _last_simulator_port(folder: Path) -> int:
    """Return the port of the last run, so that the cameras keep their addresses; else the usual one."""
    try:
        port = json.loads((folder / MARK).read_text(encoding="utf-8"))["simulator_port"]
    except (OSError, ValueError, KeyError, TypeError):
        return FIRST_SIMULATOR_PORT
    return port if isinstance(port, int) and 1024 <= port <= 65535 else FIRST_SIMULATOR_PORT


def _clean(folder: Path) -> int:
    if not folder.exists():
        say("There is nothing to clean.")
        return 0
    if supervisor_running(folder):
        raise CannotStart(f"A demo is running in {folder}; stop it first.")
    if not (folder / MARK).is_file():
        raise CannotStart(f"The folder {folder} was not made by the demo and stays as it is.")
    shutil.rmtree(folder)
    say(f"Removed {folder}. Rendered scenes stay in your cache folder; the simulator uses them again.")
    return 0


def _run(plan: Plan) -> int:
    began = time.monotonic()
    plan.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (plan.folder / MARK).write_text(json.dumps({"simulator_port": plan.simulator_port, "port": plan.port}), encoding="utf-8")
    environment = running.environment_for(
        plan.folder,
        {
            "port": plan.port,
            "bind": "127.0.0.1",
            "public_url": f"http://localhost:{plan.port}",  # passkeys are for names, not for numbers
            "store_budget_bytes": RING_BYTES,
            "simulator_ports": ",".join(map(str, plan.loopback_ports)),
            "sign_in_link_minutes": 24 * 60,
            "second_factor": "demo",
        },
    )
    running.set_up_django()
    running.prepare()
    names, links = _fill_register(plan)
    settings = config.load()
    supervisor = Supervisor(running.programs(settings, _simulator(plan)), environment.variables, plan.folder, say)
    watcher = Watcher(settings.store_dir, names, since=ticks_from_datetime(datetime.now(UTC)))
    supervisor.start()
    try:
        return _accompany(plan, supervisor, watcher, links, began)
    finally:
        supervisor.stop()


def _simulator(plan: Plan) -> Program | None:
    if not plan.cameras:
        return None
    words = ("citysquare.simulator", "--cameras", str(plan.cameras), "--port", str(plan.simulator_port), *plan.town)
    if plan.onvif_port:
        words += ("--onvif-port", str(plan.onvif_port))
    return Program("simulator", (sys.executable, "-m", *words))


def _fill_register(plan: Plan) -> tuple[dict[str, str], list[str]]:
    """Enter the cameras and make the links. Returns camera names by identifier, and lines to print."""
    from citysquare.platform.policy import Role  # noqa: PLC0415 - importing it reads Django's settings
    from citysquare.site import town, wiring  # noqa: PLC0415 - models can be imported only once Django is set up

    at = datetime.now(UTC)
    organisation = town.town_organisation(at=at)
    if plan.cameras:
        town.lay_out_map()
        town.enter_simulated_cameras(organisation=organisation, cameras=catalogue(plan.cameras), port=plan.simulator_port, at=at)
    else:
        town.switch_simulated_off(organisation=organisation, at=at)
    town.enter_own_cameras(organisation=organisation, urls=plan.own, loopback_ports=plan.loopback_ports, at=at)
    wiring.write_node()
    links = [f"  {role:<24} {town.make_link(role=role, organisation=organisation, at=at)}" for role in Role]
    return dict(town.enabled_cameras(organisation)), links


def _accompany(plan: Plan, supervisor: Supervisor, watcher: Watcher, links: list[str], began: float) -> int:
    """Tell what comes up, count the time asked for, write the report."""
    settings = config.load()
    supervisor.run(until=lambda: web_answers(settings), every_second=watcher.look)
    if supervisor.stop_asked:
        return 0
    say(f"Citysquare is up after {time.monotonic() - began:.1f} s: {settings.base_url}")
    say("Sign in with one of these links; each works once, for a day. Another one: ./do link ROLE")
    for line in links:
        say(line)
    if plan.cameras:
        say("The simulated scenes are drawn once; each camera appears as it is ready.")
    deadline = time.monotonic() + PATIENCE_SECONDS if plan.seconds is not None else float("inf")
    supervisor.run(until=lambda: watcher.complete or time.monotonic() > deadline, every_second=watcher.look)
    if watcher.complete:
        who = f"All {len(watcher.names)} cameras are" if len(watcher.names) > 1 else "The camera is"
        say(f"{who} recording, {time.monotonic() - began:.0f} s after the start.")
    elif not supervisor.stop_asked:
        missing = ", ".join(name for camera, name in watcher.names.items() if camera not in watcher.running)
        say(f"Not every camera came up within {PATIENCE_SECONDS} s; missing: {missing}. See {plan.folder / 'logs'}.")
    if plan.seconds is None:
        say("Ctrl-C stops everything.")
        supervisor.run(until=lambda: False, every_second=watcher.look)
        return 0
    complete = watcher.complete
    _count(plan, supervisor, watcher)
    return 0 if complete else 1


def _count(plan: Plan, supervisor: Supervisor, watcher: Watcher) -> None:
    from citysquare.site.report import Measurement  # noqa: PLC0415 - models can be imported only once Django is set up

    assert plan.seconds is not None  # noqa: S101 - the caller asked for a span
    measurement = Measurement.begin(watcher.store, watcher.names, supervisor)
    say(f"Counting {plan.seconds:g} s.")
    end = time.monotonic() + plan.seconds
    supervisor.run(until=lambda: time.monotonic() >= end, every_second=lambda: measurement.tick(supervisor))
    measurement.close(supervisor)
    supervisor.stop()
    report = measurement.report(supervisor)
    if plan.report is not None:
        plan.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        say(f"The report is in {plan.report}.")
    stored, wall, dropped = report["stored_seconds"], report["wall_seconds"], report["dropped_by_us"]
    say(f"{report['cameras']} cameras, {wall} s: {stored} camera-seconds stored, {dropped} s dropped by us, {report['tracks']} tracks.")
