"""Reading the settings, with one sentence for what is wrong with them."""

from __future__ import annotations

import os

from pydantic import ValidationError

from citysquare.config.names import CONFIG_VARIABLE, ConfigurationError, config_file
from citysquare.config.whole import Config


def load() -> Config:
    """Read all settings.

    Raises ConfigurationError with a sentence that names the wrong setting and its place, never its value.
    """
    path = config_file()
    if os.environ.get(CONFIG_VARIABLE) and not path.is_file():
        raise ConfigurationError(f"The configuration file {path} named by {CONFIG_VARIABLE} does not exist.")
    try:
        return Config()
    except ValidationError as error:
        parts = "; ".join(
            f"{'.'.join(map(str, item['loc'])) + ': ' if item['loc'] else ''}{_sentence(item['type'], item['msg'])}"
            for item in error.errors(include_input=False)
        )
        raise ConfigurationError(f"The settings are not usable. {parts}.") from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"The configuration file {path} cannot be read: {error}") from None


def _sentence(kind: str, message: str) -> str:
    return "there is no such setting" if kind == "extra_forbidden" else message.removeprefix("Value error, ")
