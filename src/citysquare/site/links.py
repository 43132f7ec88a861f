"""`./do link ROLE`: finds out which installation is meant, then asks it for a one-time sign-in link."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from django.core.management import execute_from_command_line

from citysquare import config
from citysquare.site.demo import FOLDER, MARK
from citysquare.site.ownership import refuse_root

NAMED_BY = (config.CONFIG_VARIABLE, f"{config.PREFIX}DATA_DIR")
"""Variables that say which installation is meant."""

ROLES = (
    "operator",
    "supervisor",
    "investigator",
    "approver",
    "data_protection_officer",
    "auditor",
    "administrator",
    "planner",
)
"""Those of `platform.policy.Role`, which cannot be imported before the settings are chosen."""


def main(arguments: Sequence[str]) -> int:
    """Print a link for the installation that is meant: a configuration file's, else the demo's in this folder. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="./do link", description="Print a one-time sign-in link.")
    parser.add_argument("role", choices=ROLES, metavar="ROLE", help=", ".join(ROLES))
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration file of an installation (else the demo's)")
    options = parser.parse_args(list(arguments))
    if options.config is not None:
        os.environ[config.CONFIG_VARIABLE] = str(options.config.absolute())
    elif not any(name in os.environ for name in NAMED_BY) and not config.config_file().is_file():
        _mean_the_demo(FOLDER.absolute())
    refuse_root(config.load().data_dir)
    execute_from_command_line(["citysquare", "link", options.role])
    return 0


def _mean_the_demo(folder: Path) -> None:
    try:
        port = json.loads((folder / MARK).read_text(encoding="utf-8"))["port"]
    except (OSError, ValueError, KeyError, TypeError):
        raise config.ConfigurationError("There is no demo in this folder yet: start it with ./do demo, or name --config FILE.") from None
    os.environ[f"{config.PREFIX}DATA_DIR"] = str(folder)
    os.environ[f"{config.PREFIX}PORT"] = str(port)
    os.environ[f"{config.PREFIX}PUBLIC_URL"] = f"http://localhost:{port}"
    os.environ[f"{config.PREFIX}SIGN_IN_LINK_MINUTES"] = str(24 * 60)
