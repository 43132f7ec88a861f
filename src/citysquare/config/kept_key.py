"""The key for sessions and forms, which is made once and kept."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from pathlib import Path

from citysquare.config.names import ConfigurationError
from citysquare.config.whole import SHORTEST_SECRET_KEY, Config

_SECRET_KEY_BYTES = 48


def secret_key(config: Config) -> str:
    """Return the key for sessions and forms, made and kept in `data_dir` (0600) on first use.

    Raises ConfigurationError when it cannot be kept or others may read it.
    """
    if config.secret_key is not None:
        return config.secret_key.get_secret_value()
    path = config.data_dir / "secret_key"
    try:
        config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _keep_once(path, secrets.token_urlsafe(_SECRET_KEY_BYTES))
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigurationError(f"The key file {path} may be read by others; its mode must be 0600.")
        key = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigurationError(f"The key for sessions cannot be kept in {config.data_dir}: {error.strerror}.") from None
    if len(key) < SHORTEST_SECRET_KEY:
        raise ConfigurationError(f"The key file {path} is damaged; remove it and everybody signs in anew.")
    return key


def _keep_once(path: Path, text: str) -> None:
    """Write a whole file under its name, or leave the one another process has just made."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            return
    finally:
        Path(name).unlink(missing_ok=True)
