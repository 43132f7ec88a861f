"""The `citysquare` command: Django's management commands, and whatever else is registered here.

A command is a line of COMMANDS: its name and the function that takes the rest of the command line and returns the exit status. What is
not there is a management command (`migrate`, `link`, `analyse`, `prepare`, …).
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import cast

from django.core.management import execute_from_command_line
from django.db import OperationalError

from citysquare import config
from citysquare.config import ConfigurationError
from citysquare.engine.errors import EngineError
from citysquare.site.errors import OperationError
from citysquare.site.ownership import refuse_root

Command = Callable[[Sequence[str]], int]

COMMANDS: dict[str, str] = {
    "backup": "citysquare.site.backup.commands:backup",
    "certificate": "citysquare.site.tls.showing:main",
    "demo": "citysquare.site.demo:main",
    "disks": "citysquare.site.disks:main",
    "link": "citysquare.site.links:main",
    "restore": "citysquare.site.backup.commands:restore_command",
    "systemd": "citysquare.site.systemd:main",
    "up": "citysquare.site.up:main",
    "upgrade": "citysquare.site.backup.commands:upgrade_command",
}
"""Commands that must choose the settings before they are read, as `module:function`: loaded only when called, before Django is set up."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 2 with one sentence for wrong settings or a database that cannot be used."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citysquare.site.settings")
    os.umask(0o077)
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words and words[0] in COMMANDS:
            return _command(COMMANDS[words[0]])(words[1:])
        refuse_root(config.load().data_dir)
        if words and not words[0].startswith("-"):
            words[0] = words[0].replace("-", "_")  # a management command is a module; people write `centre-key`
        execute_from_command_line(["citysquare", *words])
    except OperationError as error:
        sys.stderr.write(f"citysquare: {error.message} [{error.code}]\n")
        return 2
    except (ConfigurationError, EngineError) as error:
        sys.stderr.write(f"citysquare: {error.message}\n")
        return 2
    except OperationalError as error:
        reason = (str(error).strip().splitlines() or ["it does not say why"])[0]
        sys.stderr.write(f"citysquare: The database cannot be used: {reason}\n")
        return 2
    return 0


def _command(place: str) -> Command:
    module, _, name = place.partition(":")
    return cast("Command", getattr(importlib.import_module(module), name))


if __name__ == "__main__":
    sys.exit(main())
