"""The settings themselves: name, type, default, bounds, and the sentence that docs/reference/settings.md shows of each."""

from __future__ import annotations

import os
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode

LANGUAGES = ("en", "bg", "uk", "ro")
"""What the pages are translated into."""


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "citysquare"


def _store_in_data_dir(values: dict[str, Any]) -> Path:
    data_dir = values.get("data_dir", _default_data_dir())
    return Path(data_dir) / "footage"


class Fields(BaseSettings):
    """The settings of one installation, before they are checked against each other."""

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
        description="Address of an OpenID Connect provider whose people may sign in, such as https://id.city.example. Not given: none.",
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
    tsa_url: str = Field(
        default="",
        max_length=500,
        description="A time-stamping authority (RFC 3161) asked to witness exhibits and, daily, the audit log. Not given: none is asked.",
    )
    tsa_certificates: Path | None = Field(
        default=None, description="File with that authority's root certificates (PEM): an answer that they do not cover is not kept."
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
