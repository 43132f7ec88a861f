"""The settings as a whole: where they are read from, what goes with what, and what follows from them."""

from __future__ import annotations

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from citysquare.config.fields import LANGUAGES, Fields
from citysquare.config.names import EVERY_ADDRESS, PREFIX, SECRETS_VARIABLE, UNIX, beyond_loopback, config_file

SHORTEST_SECRET_KEY = 32
_MOST_VOLUMES = 32


class Config(Fields):
    """The settings of one installation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

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

    @field_validator("tsa_url")
    @classmethod
    def _plain_authority(cls, value: str) -> str:
        """Take one address without a user or a blank. Plain HTTP will do, as many authorities speak nothing else: answers are signed."""
        if value and not re.fullmatch(r"https?://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?(/[!-:<-~]*)?", value):
            raise ValueError("it must be an address such as https://tsa.example/tsr")
        if urlsplit(value).port == 0:  # which refuses one beyond 65535 itself
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
        if value is not None and len(value.get_secret_value()) < SHORTEST_SECRET_KEY:
            raise ValueError(f"the key needs at least {SHORTEST_SECRET_KEY} characters")
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
        "tsa_certificates",
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value is not None else None

    @model_validator(mode="after")
    def _authority(self) -> Self:
        """Refuse an authority whose answers nobody could check."""
        if bool(self.tsa_url) != (self.tsa_certificates is not None):
            raise ValueError("tsa_url and tsa_certificates belong together: name both or none")
        return self

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
