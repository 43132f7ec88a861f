"""`citysquare up`: the platform for real, from a config file, until it is told to end.

Where there is a node file already the recorder starts first of all: it needs neither database nor web, and nothing they do may cost a
picture.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.db import DatabaseError, InterfaceError, connections

from citysquare import config
from citysquare.engine.errors import EngineError
from citysquare.site import running, tls
from citysquare.site.asking import web_answers
from citysquare.site.backup import placing
from citysquare.site.backup.restoring import finish_interrupted
from citysquare.site.children import supervisor_running
from citysquare.site.database import wait_for_database
from citysquare.site.errors import OperationError
from citysquare.site.notify import Notifier
from citysquare.site.ownership import refuse_root
from citysquare.site.supervisor import STOP_SECONDS, Supervisor

AGAIN_SECONDS = 10
"""How long after a failure the pages are tried again while a recorder runs."""

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


class PortTaken(OperationError):
    """Another program listens where the pages are to be."""

    code = "up.port_taken"


class _EndAskedError(Exception):
    """The end was asked for while the database was waited for."""


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
    return _run(settings)


def _run(settings: config.Config) -> int:
    began = time.monotonic()
    say = running.speaker(settings.log_format)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    notifier = Notifier.from_environment()

    def tell(sentence: str) -> None:
        say(sentence)
        notifier.status(sentence)

    # Recording waits for nobody: the last node file says what to record, whatever database, certificate or migrations have to say.
    early = settings.node_file.is_file() and not placing.staging(settings).exists()
    supervisor = Supervisor([running.recorder(settings)] if early else [], running.Environment().variables, settings.data_dir, say)
    supervisor.start()
    try:
        if _bring_up(settings, supervisor, notifier, tell):
            supervisor.add([program for program in running.programs(settings) if not (early and program.name == "recorder")])
            _accompany(settings, supervisor, notifier, began)
    finally:
        notifier.stopping()
        supervisor.stop()
    return 0


def _bring_up(settings: config.Config, supervisor: Supervisor, notifier: Notifier, tell: Callable[[str], None]) -> bool:
    """Make ready what the pages need, while the supervisor looks after what records already; False when the end was asked for.

    What fails while a recorder runs is tried again for ever: it would be no reason to end a recording. Raises OperationError,
    ConfigurationError, EngineError, OSError and Django's database errors when nothing runs yet.
    """
    told = False
    while not supervisor.stop_asked:
        trying = _begun(lambda: _make_ready(settings, supervisor, tell))
        supervisor.run(until=trying.done, every_second=notifier.alive)
        if not trying.done() and not wait([trying], STOP_SECONDS).done:
            return False  # it hangs at a database that stands still; what records is not left waiting for it
        try:
            return trying.result() and not supervisor.stop_asked
        except (OperationError, config.ConfigurationError, EngineError, DatabaseError, InterfaceError, OSError) as error:
            if not supervisor.programs:
                raise
            tell(f"{_sentence(error)} Recording goes on; the rest is tried again each {AGAIN_SECONDS} s.")
            if not told:
                notifier.ready("Recording; the pages have to wait.")
                told = True
        again = time.monotonic() + AGAIN_SECONDS
        supervisor.run(until=partial(_past, again), every_second=notifier.alive)
    return False


def _past(moment: float) -> bool:
    return time.monotonic() >= moment


def _begun(work: Callable[[], bool]) -> Future[bool]:
    """Do it in a thread that nobody has to wait for."""
    future = Future[bool]()

    def fill() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - the supervisor of this thread hands on whatever ended it
            future.set_exception(error)

    threading.Thread(target=fill, name="up", daemon=True).start()
    return future


def _sentence(error: Exception) -> str:
    return str(getattr(error, "message", "") or (str(error).strip().splitlines() or [type(error).__name__])[0])


def _make_ready(settings: config.Config, supervisor: Supervisor, tell: Callable[[str], None]) -> bool:
    """Bring certificate, database, node file and collected files up to date; False when the end was asked for meanwhile."""

    def pause(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not supervisor.stop_asked:
            time.sleep(0.1)
        if supervisor.stop_asked:
            raise _EndAskedError

    if not settings.bind.startswith(config.UNIX) and running.free_port(settings.port, settings.bind, tries=1) is None:
        raise PortTaken(f"{settings.bind} port {settings.port} cannot be had: see 'bind' and 'port'.")
    if settings.speaks_tls:
        tls.prepare(settings, datetime.now(UTC), tell)
    if config.beyond_loopback(settings.bind) and not any(map(config.beyond_loopback, settings.allowed_hosts)):
        tell("Only this machine's own names stand in allowed_hosts: add the name or address under which people reach the pages.")
    try:
        wait_for_database(settings, tell, pause)
    except _EndAskedError:
        return False
    finish_interrupted(settings, tell)
    running.set_up_django()
    try:
        _refuse_newer_database()
        running.prepare()
        _prepare(settings)
    finally:
        connections.close_all()
    return True


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
        say("A one-time sign-in link: ./do link ROLE --config FILE, with operator, supervisor, administrator, auditor or another for ROLE.")
    supervisor.run(until=lambda: False, every_second=notifier.alive)


def _refuse_newer_database() -> None:
    from citysquare.site.backup.upgrading import refuse_newer_database  # noqa: PLC0415 - only once Django is set up

    refuse_newer_database()


def _prepare(settings: config.Config) -> None:
    """Create the organisation at the first start, and tell the recorder which cameras there are."""
    from citysquare.site import town, wiring  # noqa: PLC0415 - models can be imported only once Django is set up

    town.city_organisation(name=settings.city_name, at=datetime.now(UTC))
    wiring.write_node()
