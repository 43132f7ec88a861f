"""`./do link ROLE`: finds out which installation is meant, then asks it for a one-time sign-in link."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from django.core.management import execute_from_command_line

from citysquare import config
from citysquare.site.demo import FOLDER, MARK

NAMED_BY = (config.CONFIG_VARIABLE, f"{config.PREFIX}DATA_DIR")
"""Variables that say which installation is meant."""


def main(arguments: Sequence[str]) -> int:
    """Print a link for the installation that is meant: a configuration file's, else the demo's in this folder. Returns the exit status."""
    words = list(arguments)
    if "--config" in words[:-1]:
        place = words.index("--config")
        os.environ[config.CONFIG_VARIABLE] = str(Path(words[place + 1]).absolute())
        del words[place : place + 2]
    elif not any(name in os.environ for name in NAMED_BY) and not config.config_file().is_file():
        _mean_the_demo(FOLDER.absolute())
    execute_from_command_line(["citysquare", "link", *words])
    return 0


def _mean_the_demo(folder: Path) -> None:
    try:
        port = json.loads((folder / MARK).read_text(encoding="utf-8"))["port"]
    except (OSError, ValueError, KeyError, TypeError):
        raise config.ConfigurationError("There is no demo in this folder yet: start it with ./do demo, or name --config FILE.") from None
    os.environ[f"{config.PREFIX}DATA_DIR"] = str(folder)
    os.environ[f"{config.PREFIX}PORT"] = str(port)
    os.environ[f"{config.PREFIX}SIGN_IN_LINK_MINUTES"] = str(24 * 60)
