"""The command's options, read and checked: what is asked for becomes cameras and a schedule, or one sentence that says what is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from citysquare.simulator.catalogue import catalogue
from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.scenario import Scenario
from citysquare.simulator.schedule import Always, Clock, Schedule, Wish, placed_events, town


def parser() -> argparse.ArgumentParser:
    """Say what the command takes."""
    made = argparse.ArgumentParser(prog="python -m citysquare.simulator", description="Serve a small simulated city as RTSP cameras.")
    made.add_argument("--cameras", type=int, default=None, help="how many cameras, 1 to 200 (default 8, or those of the scenario)")
    made.add_argument("--port", type=int, default=8554, help="TCP port to listen on (default 8554; 0 takes a free one)")
    made.add_argument("--seed", type=int, default=1, help="another number gives other traffic (default 1)")
    made.add_argument("--cache", type=Path, default=None, help="where rendered scenes are kept (default: the user's cache folder)")
    made.add_argument("--truth", type=Path, default=None, help="folder to write the ground truth to, as JSON lines")
    made.add_argument("--bind", default="127.0.0.1", help="address to listen on; anybody who reaches it can watch (default 127.0.0.1)")
    made.add_argument(
        "--onvif-port", type=int, default=None, metavar="P", help="also answer as ONVIF devices on this port, and to searches"
    )
    made.add_argument("--hour", type=float, default=None, metavar="H", help="hour of the day, 0 to 24 (default 14)")
    made.add_argument("--clock", action="store_true", help="follow this machine's local time through the phases of the day")
    made.add_argument("--weather", default="clear", help="clear, rain, fog or snow (default clear)")
    made.add_argument("--split", default="show", help="whose looks and traffic: show, train or test (default show)")
    made.add_argument(
        "--event",
        action="append",
        default=[],
        metavar="KIND[@camN]",
        help="wrong_way, stopped_vehicle, crowd, left_object, flood[=METRES] or drone, shown first and every second time; repeatable",
    )
    made.add_argument("--scenario", default=None, metavar="NAME", help="a whole programme kept under a name: bench-day")
    made.add_argument(
        "--faults", type=Path, default=None, metavar="FILE", help="what goes wrong with which camera: scripts as JSON by camera name"
    )
    made.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="CAM:KIND@AT+FOR",
        help="one fault, such as cam1:cut@10+5 or *:lose_rtp@30+10,each=5 (seconds from the camera's first picture); repeatable",
    )
    made.add_argument(
        "--produced", type=Path, default=None, help="folder to log every picture to with its hash, as JSON lines; numbers the pictures"
    )
    made.add_argument("--variety", choices=("none", "some"), default="none", help="some: other hours and weathers from the ninth camera on")
    return made


def cameras_wanted(options: argparse.Namespace) -> int:
    """Say how many cameras there shall be."""
    if options.cameras is not None:
        return int(options.cameras)
    return len(Scenario.named(options.scenario).cameras) if options.scenario else 8


def schedule_of(options: argparse.Namespace, now: datetime) -> Schedule:
    """Make the schedule asked for; `now` is local time. Raises SimulatorError, and ValueError for a number of cameras that cannot be."""
    if options.clock and options.hour is not None:
        raise SimulatorError("Give --hour or --clock, not both: the clock sets the hour.")
    if options.scenario:
        return _scenario(options)
    scenes = tuple(camera.scene for camera in catalogue(cameras_wanted(options), options.seed))
    wish = Wish(
        hour=14.0 if options.hour is None else options.hour,
        weather=options.weather,
        split=options.split,
        events=placed_events(options.event, scenes, _possible) if options.event else (),
        variety=options.variety == "some" and not options.clock and options.hour is None and options.weather == "clear",
    ).checked()
    return Clock(scenes, options.seed, wish, now) if options.clock else Always(town(scenes, options.seed, wish))


def _scenario(options: argparse.Namespace) -> Scenario:
    unset = parser().parse_args([])
    given = [word for word in ("hour", "clock", "weather", "split", "event", "variety") if getattr(options, word) != getattr(unset, word)]
    if given:
        raise SimulatorError(f"A scenario sets everything itself; leave out --{given[0]}.")
    scenario = Scenario.named(options.scenario)
    wanted = cameras_wanted(options)
    if not 1 <= wanted <= len(scenario.cameras):
        raise SimulatorError(f"The scenario {scenario.name} has {len(scenario.cameras)} cameras, not {wanted}.")
    return scenario


def _possible(scene: str, order: str) -> bool:
    from citysquare.simulator.events import can_show, order_of  # noqa: PLC0415  # only who orders events loads the drawing libraries
    from citysquare.simulator.scenes import scene_named  # noqa: PLC0415  # as above

    return can_show(scene_named(scene), order_of(order).kind)


def read(given: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    return parser().parse_args(given)
