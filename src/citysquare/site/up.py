"""`citysquare up`: the platform for real, from a config file, until it is told to end."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from citysquare import config
from citysquare.site import running, tls
from citysquare.site.asking import web_answers
from citysquare.site.backup.restoring import finish_interrupted
from citysquare.site.children import supervisor_running
from citysquare.site.database import wait_for_database
from citysquare.site.notify import Notifier
from citysquare.site.ownership import refuse_root
from citysquare.site.supervisor import Supervisor

PATIENCE_SECONDS = 60
"""How long the pages may take before it is said that they do not come."""

EXAMPLE = """\
There is no configuration file: write one and start again, for example citysquare.toml with

  city_name = "Izmail"
  data_dir = "/var/lib/citysquare"
  store_dir = "/srv/footage"
  store_budget_bytes = 2_000_000_000_000
  time_zone = "Europe/Kyiv"

All settings: docs/reference/settings.md."""


def main(arguments: Sequence[str]) -> int:
    """Run until a signal; returns the exit status. Raises ConfigurationError."""
    parser = argparse.ArgumentParser(prog="./do up", description="Run the platform from a configuration file.")
    parser.add_argument("--config", type=Path, default=None, metavar="FILE", help="the file (citysquare.toml in this folder)")
    options = parser.parse_args(list(arguments))
    if options.config is not None:
        os.environ[config.CONFIG_VARIABLE] = str(options.config.absolute())
    elif not config.config_file().is_file():
        sys.stderr.write(EXAMPLE + "\n")
        return 2
    else:
        os.environ[config.CONFIG_VARIABLE] = str(config.config_file().absolute())
    settings = config.load()
    refuse_root(settings.data_dir)
    if supervisor_running(settings.data_dir):
        sys.stderr.write(f"up: Citysquare is running on {settings.data_dir} already.\n")
        return 2
    if not settings.bind.startswith(config.UNIX) and running.free_port(settings.port, settings.bind, tries=1) is None:
        sys.stderr.write(f"up: {settings.bind} port {settings.port} cannot be had: see 'bind' and 'port'.\n")
        return 2
    return _run(settings)


def _run(settings: config.Config) -> int:
    began = time.monotonic()
    say = running.speaker(settings.log_format)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.speaks_tls:
        tls.prepare(settings, datetime.now(UTC), say)
    if config.beyond_loopback(settings.bind) and not any(map(config.beyond_loopback, settings.allowed_hosts)):
        say("Only this machine's own names stand in allowed_hosts: add the name or address under which people reach the pages.")
    notifier = Notifier.from_environment()

    def tell(sentence: str) -> None:
        say(sentence)
        notifier.status(sentence)

    wait_for_database(settings, tell)
    finish_interrupted(settings, tell)
    running.set_up_django()
    _refuse_newer_database()
    running.prepare()
    _prepare(settings)
    supervisor = Supervisor(running.programs(settings), running.Environment().variables, settings.data_dir, say)
    supervisor.start()
    try:
        _accompany(settings, supervisor, notifier, began)
    finally:
        notifier.stopping()
        supervisor.stop()
    return 0


def _accompany(settings: config.Config, supervisor: Supervisor, notifier: Notifier, began: float) -> None:
    """Wait for the pages, then until the end is asked for. Pages that do not come are no reason to end a recording."""
    say = running.speaker(settings.log_format)
    patience = time.monotonic() + PATIENCE_SECONDS
    supervisor.run(until=lambda: web_answers(settings) or time.monotonic() > patience)
    if not supervisor.stop_asked and time.monotonic() > patience:
        notifier.ready("Running, but the pages do not answer.")
        say(f"The pages do not answer after {PATIENCE_SECONDS} s: see {settings.data_dir / 'logs' / 'web.log'}. Recording goes on.")
        supervisor.run(until=lambda: web_answers(settings), every_second=notifier.alive)
    if not supervisor.stop_asked:
        notifier.ready("The pages answer.")
        say(f"Citysquare is up after {time.monotonic() - began:.1f} s: {settings.base_url}")
        say("A one-time sign-in link: ./do link ROLE --config FILE, with operator, supervisor, auditor or administrator for ROLE.")
    supervisor.run(until=lambda: False, every_second=notifier.alive)


def _refuse_newer_database() -> None:
    from citysquare.site.backup.upgrading import refuse_newer_database  # noqa: PLC0415 - only once Django is set up

    refuse_newer_database()


def _prepare(settings: config.Config) -> None:
    """Create the organisation at the first start, and tell the recorder which cameras there are."""
    from citysquare.site import town, wiring  # noqa: PLC0415 - models can be imported only once Django is set up

    town.city_organisation(name=settings.city_name, at=datetime.now(UTC))
    wiring.write_node()
