"""Every setting an operator can make, typed and frozen.

A value comes from, strongest first: the environment (`CITYSQUARE_<NAME>`), a file `citysquare_<name>` in the folder named by
`CITYSQUARE_SECRETS_DIR`, the TOML file named by `CITYSQUARE_CONFIG` (else `citysquare.toml` in the working folder), the default.
An unknown name in the TOML file is an error. Nothing else in the program reads the environment.
"""

from __future__ import annotations

from citysquare.config.fields import LANGUAGES
from citysquare.config.kept_key import secret_key
from citysquare.config.names import (
    CONFIG_VARIABLE,
    DEFAULT_FILE,
    EVERY_ADDRESS,
    PREFIX,
    SECRETS_VARIABLE,
    UNIX,
    ConfigurationError,
    beyond_loopback,
    config_file,
)
from citysquare.config.reading import load
from citysquare.config.whole import Config

__all__ = [
    "CONFIG_VARIABLE",
    "DEFAULT_FILE",
    "EVERY_ADDRESS",
    "LANGUAGES",
    "PREFIX",
    "SECRETS_VARIABLE",
    "UNIX",
    "Config",
    "ConfigurationError",
    "beyond_loopback",
    "config_file",
    "load",
    "secret_key",
]
