"""Every setting an operator can make, typed and frozen.

A value comes from, strongest first: the environment (`CITYSQUARE_<NAME>`), a file `citysquare_<name>` in the folder named by
`CITYSQUARE_SECRETS_DIR`, the TOML file named by `CITYSQUARE_CONFIG` (else `citysquare.toml` in the working folder), the default.
An unknown name in the TOML file is an error. Nothing else in the program reads the environment.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import tempfile
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
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

UNIX = "unix:"
"""How `bind` names a socket in the file system."""
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 -- compared, nothing is bound here

_SECRET_KEY_BYTES = 48
_MOST_VOLUMES = 32
_SHORTEST_SECRET_KEY = 32


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
    bind: str = Field(
        default="127.0.0.1",
        min_length=1,
        max_length=200,
        description="Address the web server listens on, or unix:/path of a socket. Beyond loopback it speaks HTTPS.",
    )
    port: int = Field(default=8000, ge=1, le=65535, description="Port the web server listens on.")
    public_url: str = Field(
        default="", description="Address people use to reach the pages, for printed sign-in links. Empty: made of bind and port."
    )
    tls_certificate: Path | None = Field(
        default=None,
        description="The city's own certificate with its chain (PEM). Not given: beyond loopback one is made and renewed in data_dir/tls.",
    )
    tls_key: Path | None = Field(
        default=None, description="The private key of tls_certificate (PEM, without a passphrase, mode 0640 or less)."
    )
    behind_proxy: bool = Field(
        default=False,
        description="A TLS proxy stands before the web server, which speaks plain HTTP on loopback, on a socket or to trusted_proxies.",
    )
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
    footage_volumes: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(),
        description="Folders on other disks that take footage beside store_dir, which has the index. A disk that fails is recorded around.",
    )
    space_policy: Literal["evenly", "oldest"] = Field(
        default="evenly",
        description="Whose footage goes first where room is short: of the camera that keeps the longest time, or the oldest of all.",
    )
    track_footage_days: int = Field(
        default=0,
        ge=0,
        le=366,
        description="Days for which the footage of stored tracks is kept, where that is longer than footage_retention_hours; 0: no longer.",
    )
    health_event_days: int = Field(
        default=366, ge=30, le=3660, description="Days for which what happened to cameras (silences and their ends) stays known."
    )
    footage_sync_seconds: float = Field(
        default=10.0, ge=1.0, le=60.0, description="How often open footage files are brought onto the disk: the most a loss of power costs."
    )
    simulator_ports: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(),
        description="Ports of this machine (loopback) on which cameras may be added, for the simulator; others are refused.",
    )
    camera_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(),
        max_length=256,
        description="Networks that cameras may be in, such as 10.20.0.0/16. None given: any but loopback, link-local and cloud metadata.",
    )
    sign_in_link_minutes: int = Field(default=60, ge=1, le=7 * 24 * 60, description="Minutes for which a one-time sign-in link is valid.")
    shifts: Literal["off", "kept"] = Field(
        default="off",
        description="kept: live pictures and footage are shown only to who is on duty by the page of shifts. off: whoever has the role is.",
    )
    second_factor: Literal["required", "demo"] = Field(
        default="required",
        description="Whoever decides, looks back, administers or oversees needs a passkey or a code. demo: one-time links do. Demos only.",
    )
    oidc_issuer: str = Field(
        default="",
        max_length=255,
        description="Address of an OpenID Connect provider whose people may sign in here, such as https://id.city.example. Not given: none.",
    )
    oidc_client_id: str = Field(default="", max_length=255, description="The name by which that provider knows this installation.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="The secret that provider gave with it. Best in a file of the secrets folder."
    )
    oidc_name: str = Field(default="", max_length=60, description="What the button for signing in there says, such as: City account.")
    jurisdiction: str = Field(
        default="eu-strict",
        pattern=r"[a-z0-9][a-z0-9-]{0,39}",
        description="Whose rules hold: eu-strict, bg, ro, ua, or the name of a pack that was installed.",
    )
    pack_keys: Path | None = Field(
        default=None, description="File with the keys (JWK set) whose packs of rules the city trusts beside those that are delivered."
    )
    session_hours: int = Field(default=12, ge=1, le=24 * 7, description="Hours after which a person has to sign in again.")
    backup_dir: Path | None = Field(
        default=None, description="Folder of the backups, best on another machine. Default: backups in data_dir."
    )
    backup_passphrase_file: Path | None = Field(
        default=None, description="File with the passphrase that seals backups, mode 0600, at least 12 characters. Keep a copy elsewhere."
    )
    audit_second_place: Path | None = Field(
        default=None,
        description="Folder on another disk or machine to which the audit log's entries and signed heads are copied, only ever appended.",
    )
    database_wait_seconds: int = Field(
        default=60, ge=0, le=3600, description="Seconds for which a start waits for a PostgreSQL that does not answer yet."
    )
    map_tiles: Path | None = Field(
        default=None, description="The ground of maps: a PMTiles file with vector tiles in the Protomaps schema. Not given: a plain ground."
    )
    map_style_url: str = Field(
        default="",
        max_length=500,
        description="A map style of your own instead: an https address, or a path of this server. Browsers may reach its origin.",
    )
    log_format: Literal["plain", "json"] = Field(
        default="plain", description="How the processes write their logs: plain lines for people, or json, one object a line."
    )
    security_contact: str = Field(
        default="",
        max_length=300,
        description="Whom to tell about a weakness, as mailto:, https: or tel: address; shown at /.well-known/security.txt (RFC 9116).",
    )
    debug: bool = Field(default=False, description="Show technical error pages. Never in operation.")

    @field_validator("allowed_hosts", "footage_volumes", "languages", "simulator_ports", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Accept `a,b` from the environment."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("camera_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        """Accept `a,b` from the environment and lists from a file, and say in a sentence what is no network."""
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            raise ValueError("name networks, such as 10.20.0.0/16")  # noqa: TRY004 -- pydantic turns only a ValueError into a sentence
        try:
            return tuple(ip_network(str(part).strip()) for part in parts if str(part).strip())
        except ValueError:
            raise ValueError("a network is written as 10.20.0.0/16 or fd00:1::/64, with nothing beyond its length") from None

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

    @field_validator("footage_volumes")
    @classmethod
    def _whole_paths(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        found = tuple(path.expanduser().absolute() for path in value)
        if len(set(found)) != len(found) or len(found) > _MOST_VOLUMES:
            raise ValueError(f"each folder is named once, and at most {_MOST_VOLUMES} of them")
        return found

    @field_validator("map_style_url")
    @classmethod
    def _safe_style(cls, value: str) -> str:
        """Its origin goes into the content security policy: nothing in it may end that or name more than one host."""
        if value and not re.fullmatch(r"(https://[A-Za-z0-9.-]+(:[0-9]{1,5})?)?/(?!/)[!-:<-~]*", value):
            raise ValueError("it must be an address such as https://maps.example/style.json, or a path such as /maps/style.json")
        return value

    @field_validator("security_contact")
    @classmethod
    def _one_contact(cls, value: str) -> str:
        """Take one address: it becomes a line of a file, and nothing in it may begin another."""
        if value and not re.fullmatch(r"(mailto:|https://|tel:)[!-~]+", value):
            raise ValueError("it must be an address such as mailto:security@city.example or https://city.example/security")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_issuer(cls, value: str) -> str:
        """Tokens come from there: over HTTPS, or from this machine."""
        if value and not re.fullmatch(r"(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?(/[!-:<-~]*)?", value):
            raise ValueError("it must be an address such as https://id.city.example, as the provider itself writes it")
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

    @field_validator(
        "data_dir",
        "store_dir",
        "tls_certificate",
        "tls_key",
        "audit_second_place",
        "backup_dir",
        "backup_passphrase_file",
        "map_tiles",
        "pack_keys",
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value is not None else None

    @model_validator(mode="after")
    def _web(self) -> Self:
        """Refuse half a certificate, and plain HTTP to everybody on the network."""
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together: name both or none")
        plain = self.behind_proxy and self.tls_certificate is None
        if plain and beyond_loopback(self.bind) and not any(beyond_loopback(proxy) for proxy in self.trusted_proxies):
            raise ValueError("behind_proxy: plain HTTP beyond loopback needs the proxy's address in trusted_proxies")
        return self

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
    def keys_dir(self) -> Path:
        """Where the keys lie that open the cameras' credentials, in the database and in the node file."""
        return self.data_dir / "keys"

    @property
    def audit_dir(self) -> Path:
        """Where the audit log's files lie."""
        return self.data_dir / "audit"

    @property
    def speaks_tls(self) -> bool:
        """Whether the web server itself speaks HTTPS."""
        return self.tls_certificate is not None or (beyond_loopback(self.bind) and not self.behind_proxy)

    @property
    def https(self) -> bool:
        """Whether people reach the pages over HTTPS, from us or from the proxy: cookies are then marked Secure."""
        return self.behind_proxy or self.speaks_tls

    @property
    def hsts(self) -> bool:
        """Whether browsers may be told to insist on HTTPS: never with our own certificate, which nobody could get past after a mistake."""
        return self.behind_proxy or self.tls_certificate is not None

    @property
    def base_url(self) -> str:
        """The address people use, without a slash at its end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = self.bind
        if host in EVERY_ADDRESS or host.startswith(UNIX):
            named = [name for name in self.allowed_hosts if beyond_loopback(name) and name[:1] not in {"*", "."}]
            host = named[0] if named and self.https else "127.0.0.1"
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"{'https' if self.https else 'http'}://{host}:{self.port}"


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
