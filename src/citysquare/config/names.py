"""What the settings' places and forms are called, the one error, and which addresses are this machine's own."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path

PREFIX = "CITYSQUARE_"
CONFIG_VARIABLE = "CITYSQUARE_CONFIG"
SECRETS_VARIABLE = "CITYSQUARE_SECRETS_DIR"
DEFAULT_FILE = Path("citysquare.toml")

UNIX = "unix:"
"""How `bind` names a socket in the file system."""
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 -- compared, nothing is bound here


class ConfigurationError(Exception):
    """A setting is wrong; `message` is a sentence that names it."""

    def __init__(self, message: str) -> None:
        """Keep the sentence."""
        super().__init__(message)
        self.message = message


def beyond_loopback(host: str) -> bool:
    """Whether an address or name may be reached from other machines. A name other than `localhost` counts as such."""
    if host.startswith(UNIX) or host.lower() == "localhost":
        return False
    try:
        return not ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return True


def config_file() -> Path:
    """Return the path of the TOML file (which need not exist unless `CITYSQUARE_CONFIG` names it)."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else DEFAULT_FILE
