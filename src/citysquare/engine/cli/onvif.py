"""`onvif discover` and `onvif describe`: which cameras answer, and what they stream. For setting cameras up, and for finding faults."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from dataclasses import asdict
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from citysquare.engine.cli.lines import Lines
from citysquare.engine.errors import BadAddress
from citysquare.engine.ports import Clock
from citysquare.engine.sources import AddressRule
from citysquare.engine.sources.onvif import Credentials, Device, describe, discover

# As for `record`: whoever types an address at a shell can reach this machine anyway.
_TYPED_HERE = AddressRule(allow_loopback=True)
_LONGEST = 1024


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `onvif` to the commands."""
    asking = commands.add_parser("onvif", help="find cameras in a network, or ask one what it streams, over ONVIF")
    what = asking.add_subparsers(dest="question", required=True, metavar="QUESTION")
    searching = what.add_parser("discover", help="print a JSON line for each device that answers in the networks")
    searching.add_argument("networks", nargs="+", type=_network, metavar="NETWORK", help="such as 10.20.0.0/24; 1024 addresses at most")
    searching.add_argument("--for", dest="seconds", type=float, default=3.0, metavar="S", help="listen for S seconds (3)")
    # Without abbreviations: `--password x` must not be read as --password-variable.
    one = what.add_parser("describe", allow_abbrev=False, help="print what a device is and streams, as one JSON line; never a password")
    one.add_argument("address", metavar="ADDRESS", help="host, host:port or http://host:port/path")
    one.add_argument("--user", metavar="NAME", help="sign in; the password is asked for, or read as the first line of standard input")
    one.add_argument("--password-variable", metavar="NAME", help="take the password from this environment variable instead")


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no network such as 10.20.0.0/24") from None


async def ask(options: argparse.Namespace, *, clock: Clock, lines: Lines) -> int:
    """Ask, print, and return the exit status. Raises SourceError."""
    if options.question == "discover":
        for found in await discover(options.networks, rule=_TYPED_HERE, timeout=min(max(options.seconds, 0.1), 60.0)):
            lines.say({"type": "device", "address": found.address} | asdict(found))
        return lines.status
    device = await describe(options.address, _credentials(options), rule=_TYPED_HERE, clock=clock)
    lines.say({"type": "description"} | _plain(device))
    return lines.status


def _credentials(options: argparse.Namespace) -> Credentials | None:
    """Return who signs in. A password never stands among the arguments, where every user of the machine can read it."""
    if options.user is None:
        return None
    if options.password_variable:
        password = os.environ.get(options.password_variable)
        if password is None:
            raise BadAddress("The environment variable that --password-variable names is not set.")
    elif sys.stdin.isatty():
        password = getpass.getpass(f"Password of {options.user}: ")
    else:
        password = sys.stdin.readline(_LONGEST).removesuffix("\n").removesuffix("\r")
    return Credentials(options.user, password)


def _plain(device: Device) -> dict[str, Any]:
    said = asdict(device)
    said["main"] = device.main.token
    said["sub"] = device.sub.token if device.sub else None
    return said
