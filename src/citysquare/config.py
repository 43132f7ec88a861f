"""Every setting an operator can make, typed and frozen.

A value comes from, strongest first: the environment (`CITYSQUARE_<NAME>`), a file `citysquare_<name>` in the folder named by
`CITYSQUARE_SECRETS_DIR`, the TOML file named by `CITYSQUARE_CONFIG` (else `citysquare.toml` in the working folder), the default.
An unknown name in the TOML file is an error. Nothing else in the program reads the environment.
"""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PREFIX = "CITYSQUARE_"
CONFIG_VARIABLE = "CITYSQUARE_CONFIG"
SECRETS_VARIABLE = "CITYSQUARE_SECRETS_DIR"
DEFAULT_FILE = Path("citysquare.toml")
LANGUAGES = ("en", "bg", "uk", "ro")
"""What the pages are translated into."""

_SECRET_KEY_BYTES = 48
_SHORTEST_SECRET_KEY = 32
_LONGEST_DATABASE_NAME = 63
"""Bytes of a name in PostgreSQL."""


class ConfigurationError(Exception):
    """A setting is wrong; `message` is a sentence that names it."""

    def __init__(self, message: str) -> None:
        """Keep the sentence."""
        super().__init__(message)
        self.message = message


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "citysquare"


def _store_in_data_dir(values: dict[str, Any]) -> Path:
    data_dir = values.get("data_dir", _default_data_dir())
    return Path(data_dir) / "footage"


class Config(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data_dir: Path = Field(
        default_factory=_default_data_dir,
        description="Folder for database, audit files, keys and by default the footage. Default: citysquare in the user's data folder.",
    )
    city_name: str = Field(default="The city", max_length=150, description="Name of the organisation that the first start creates.")
    database_url: str = Field(
        default="",
        description="Database address: sqlite:///path or postgresql://user:password@host:port/name. Empty: SQLite in data_dir.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Key for sessions and forms, at least 32 characters. Not given: made once and kept in data_dir for its owner only.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("localhost", "127.0.0.1", "[::1]"),
        description="Host names under which the pages may be reached. In the environment: separated by commas.",
    )
    bind: str = Field(default="127.0.0.1", description="Address the web server listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the web server listens on.")
    public_url: str = Field(
        default="", description="Address people use to reach the pages, for printed sign-in links. Empty: http://bind:port."
    )
    https: bool = Field(default=False, description="The pages are reached over HTTPS: cookies are marked Secure and HSTS is sent.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1",),
        description="Addresses of TLS proxies whose X-Forwarded-For is believed; else all people behind a proxy share its guessing limit.",
    )
    time_zone: str = Field(
        default="UTC", description="Zone of times shown on pages, such as Europe/Kyiv or Europe/Sofia. Files and logs always use UTC."
    )
    languages: Annotated[tuple[str, ...], NoDecode] = Field(
        default=LANGUAGES, description="Languages offered on pages, of en, bg, uk, ro; the first one is the default."
    )
    store_dir: Path = Field(
        default_factory=_store_in_data_dir, description="Folder of the footage, best a volume of its own. Default: footage in data_dir."
    )
    store_budget_bytes: int = Field(
        default=100_000_000_000, ge=50_000_000, description="Bytes the footage may take; the oldest goes first when it is reached."
    )
    least_free_bytes: int = Field(default=2_000_000_000, ge=0, description="Bytes that must stay free on the footage's volume.")
    footage_retention_hours: int = Field(default=72, ge=1, le=24 * 366, description="Hours for which main streams are kept.")
    sub_retention_minutes: int = Field(default=10, ge=1, le=24 * 60, description="Minutes for which small streams are kept.")
    simulator_ports: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(),
        description="Ports of this machine (loopback) on which cameras may be added, for the simulator; others are refused.",
    )
    sign_in_link_minutes: int = Field(default=60, ge=1, le=7 * 24 * 60, description="Minutes for which a one-time sign-in link is valid.")
    session_hours: int = Field(default=12, ge=1, le=24 * 7, description="Hours after which a person has to sign in again.")
    debug: bool = Field(default=False, description="Show technical error pages. Never in operation.")

    @field_validator("allowed_hosts", "languages", "simulator_ports", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Accept `a,b` from the environment."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("languages")
    @classmethod
    def _known_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [language for language in value if language not in LANGUAGES]
        if unknown or not value:
            raise ValueError(f"languages must be some of {', '.join(LANGUAGES)}")
        return value

    @field_validator("simulator_ports")
    @classmethod
    def _real_ports(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 1 <= port <= 65535 for port in value):
            raise ValueError("a port lies between 1 and 65535")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no time zone is called {value!r}") from None
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_SECRET_KEY:
            raise ValueError(f"the key needs at least {_SHORTEST_SECRET_KEY} characters")
        return value

    @field_validator("data_dir", "store_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add the TOML file, which `toml_file` alone would not do, and the secrets folder; no .env files."""
        del dotenv_settings, file_secret_settings
        sources: list[PydanticBaseSettingsSource] = [init_settings, env_settings]
        folder = os.environ.get(SECRETS_VARIABLE)
        if folder:
            sources.append(SecretsSettingsSource(settings_cls, secrets_dir=folder))
        sources.append(TomlConfigSettingsSource(settings_cls, toml_file=config_file()))
        return tuple(sources)

    @property
    def node_file(self) -> Path:
        """The sealed list of cameras from which recorder and analysis work."""
        return self.data_dir / "node.json"

    @property
    def audit_dir(self) -> Path:
        """Where the audit log's files lie."""
        return self.data_dir / "audit"

    @property
    def base_url(self) -> str:
        """The address people use, without a slash at its end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "127.0.0.1" if self.bind in {"0.0.0.0", "::"} else self.bind  # noqa: S104 -- compared, nothing is bound here
        return f"http://{host}:{self.port}"


def config_file() -> Path:
    """Return the path of the TOML file (which need not exist unless `CITYSQUARE_CONFIG` names it)."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else DEFAULT_FILE


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
            f"{'.'.join(map(str, item['loc']))}: {_sentence(item['type'], item['msg'])}" for item in error.errors(include_input=False)
        )
        raise ConfigurationError(f"The settings are not usable. {parts}.") from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"The configuration file {path} cannot be read: {error}") from None


def _sentence(kind: str, message: str) -> str:
    return "there is no such setting" if kind == "extra_forbidden" else message.removeprefix("Value error, ")


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
    if len(key) < _SHORTEST_SECRET_KEY:
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


def database_settings(config: Config) -> dict[str, Any]:
    """Return Django's settings of the database named by `database_url`.

    Raises ConfigurationError for an address that is neither SQLite nor PostgreSQL, and without PostgreSQL's driver.
    """
    if not config.database_url:
        return _sqlite(config.data_dir / "citysquare.sqlite3")
    try:
        parts = urlsplit(config.database_url)
    except ValueError:
        raise ConfigurationError("database_url: this is no address.") from None
    if parts.scheme == "sqlite":
        path = unquote(parts.path)[1:]
        if not path:
            raise ConfigurationError("database_url: SQLite needs a path, such as sqlite:////var/lib/citysquare/citysquare.sqlite3.")
        return _sqlite(Path(path))
    if parts.scheme in {"postgresql", "postgres"}:
        return _postgresql(parts)
    raise ConfigurationError("database_url: only sqlite:///path and postgresql://… are known.")


def _postgresql(parts: SplitResult) -> dict[str, Any]:
    """Take an address apart as libpq does: the host may be the folder of a Unix socket, percent-encoded or as the option `host`."""
    try:
        port = parts.port
    except ValueError:
        raise ConfigurationError("database_url: the port is no number; a '/', '?', '#' or '@' in a password is percent-encoded.") from None
    name = unquote(parts.path)[1:]
    if not 1 <= len(name.encode()) <= _LONGEST_DATABASE_NAME:
        raise ConfigurationError("database_url: PostgreSQL needs the name of the database, such as postgresql:///citysquare.")
    options = dict(parse_qsl(parts.query))
    if not options.keys() <= _connection_options():  # not named in the sentence: it may be a piece of a password
        raise ConfigurationError("database_url: PostgreSQL's driver has no such option as one of those after the '?'.")
    place = parts.netloc.rpartition("@")[2]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "" if place.startswith("[") else unquote(place.partition(":")[0]),  # hostname has small letters only
        "PORT": str(port or ""),
        "OPTIONS": options,
    }


def _connection_options() -> set[str]:
    """Return what may stand after the '?': libpq's own options, without those that the address itself holds."""
    try:
        from psycopg import pq  # noqa: PLC0415 -- only where PostgreSQL is used
    except ImportError:
        raise ConfigurationError(
            "database_url: the driver of PostgreSQL is missing: docs/how-to/use-postgresql.md says how to add it."
        ) from None
    return {option.keyword.decode() for option in pq.Conninfo.get_defaults()} - {"dbname", "user", "port"}


def _sqlite(path: Path) -> dict[str, Any]:
    """WAL lets readers work while one writes; IMMEDIATE takes the write lock at BEGIN, so that waiting works instead of failing."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }
