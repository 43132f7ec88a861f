"""What `demo` and `up` share: a database that is up to date, the platform's processes, and the wait until they answer."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import django
from django.core.management import call_command

from citysquare.config import Config
from citysquare.engine import logs
from citysquare.site.supervisor import Program


def say(sentence: str) -> None:
    """Print a line at once, also into a pipe.

    Whoever listened may be gone, with the terminal or the pipe's other end. That must not end what was started, nor leave the processes
    behind that a stop was about to end: from then on we speak to nobody.
    """
    try:
        print(sentence, flush=True)  # noqa: T201 - a command speaks to the person who called it
    except OSError:
        _speak_to_nobody()


def _speak_to_nobody() -> None:
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def speaker(log_format: str) -> Callable[[str], None]:
    """Return how a service tells what happens: plain sentences, or lines of the same form as its processes' logs."""
    if log_format == logs.PLAIN:
        return say
    formatter = logs.formatter(log_format)

    def speak(sentence: str) -> None:
        say(
            formatter.format(
                logging.makeLogRecord({"name": "citysquare.supervisor", "levelno": logging.INFO, "levelname": "INFO", "msg": sentence})
            )
        )

    return speak


def set_up_django() -> None:
    """Load the settings and every room. Environment variables must be set before. Raises ConfigurationError."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citysquare.site.settings")
    django.setup()


def prepare() -> None:
    """Run the migrations that are missing, write the node file, collect the static files."""
    call_command("prepare")


def programs(config: Config, simulator: Program | None = None) -> list[Program]:
    """Return the processes of one machine in the order of their start."""
    listed = [] if simulator is None else [simulator]
    listed.append(recorder(config))
    listed.append(Program("analysis", (sys.executable, "-m", "citysquare.site.console", "analyse")))
    listed.append(Program("web", (sys.executable, "-m", "citysquare.site.console", "serve")))
    return listed


def recorder(config: Config) -> Program:
    """Return the one process that nothing else may cost a picture: it outlives its supervisor."""
    words = ("citysquare.engine", "node", str(config.node_file), "--log-format", config.log_format)
    return Program("recorder", (sys.executable, "-m", *words), lasting=True)


def free_port(wanted: int, host: str = "127.0.0.1", tries: int = 50) -> int | None:
    """Return the first port from `wanted` on that nobody listens on, or None."""
    host = host.strip("[]")
    for port in range(wanted, min(wanted + tries, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    return None


@dataclass(slots=True)
class Environment:
    """The variables our processes are started with."""

    variables: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def set(self, **settings: object) -> None:
        """Set settings for this process and those it starts; None leaves one alone."""
        for name, value in settings.items():
            if value is not None:
                variable = f"CITYSQUARE_{name.upper()}"
                self.variables[variable] = os.environ[variable] = str(value)


def environment_for(folder: Path, settings: Mapping[str, object]) -> Environment:
    """Return an environment in which everything lives in `folder`."""
    environment = Environment()
    environment.set(data_dir=folder, **settings)
    return environment
