"""The node file: which cameras this machine records, where to, within which limits, and what must stay.

Addresses with credentials stand in it sealed (engine.sealing), with the keys in the folder `keys` beside it; the file is readable by its
owner only. What is read is checked as if a stranger had written it.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from citysquare.engine.errors import BadNodeFile, CannotUnseal
from citysquare.engine.footage import StoreLimits
from citysquare.engine.footage.holds import (
    Hold,
    KeptTrack,
    holds_from_json,
    holds_to_json,
    kept_tracks_from_json,
    kept_tracks_to_json,
)
from citysquare.engine.footage.limits import SPACE_POLICIES, SpacePolicy
from citysquare.engine.model import StreamKey, StreamKind
from citysquare.engine.sealing import Keyring, open_keyring
from citysquare.engine.sources import AddressRule, redact
from citysquare.proof.private_files import replace_private

_log = logging.getLogger(__name__)

KEYS = "keys"
"""The folder of the keys, beside the node file."""
_MOST_BYTES = 64 * 1024 * 1024
MOST_CAMERAS = 20_000
"""Of an installation. The register takes no more: a file with more of them is refused as a whole."""
_MOST_VOLUMES = 64
_MOST_NETWORKS = 256
_MOST = 10**16
"""Bytes or seconds of a limit: what is larger is no limit anybody meant."""
_LENGTHS = frozenset({"segment_seconds", "fragment_seconds", "sync_seconds"})
_LONGEST = 3600
_MAY_BE_NONE = frozenset({"budget_bytes", "retention_seconds", "sub_retention_seconds"})
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class NodeCamera:
    """One camera of a node. Its addresses are whole, with credentials: they are never shown nor logged."""

    id: str
    """Opaque; names its folder in the store."""
    main: str = field(repr=False)
    """Address of the stream that is kept."""
    sub: str | None = field(repr=False, default=None)
    """Address of the small stream, if it has one."""
    enabled: bool = True
    locked: bool = False
    """Whether its credentials could not be opened: the addresses then lack them."""

    def streams(self) -> dict[StreamKey, str]:
        """Return what is to be recorded, and from where."""
        if not self.enabled:
            return {}
        wanted = {StreamKey(self.id): self.main}
        return wanted | {StreamKey(self.id, StreamKind.SUB): self.sub} if self.sub else wanted


@dataclass(frozen=True, slots=True)
class NodeFile:
    """What a node records, where, within which limits, and what it must not delete."""

    store: Path
    cameras: tuple[NodeCamera, ...]
    limits: StoreLimits
    loopback_ports: frozenset[int] = frozenset()
    """Ports of this machine that cameras may have: our own simulator's."""
    volumes: tuple[Path, ...] = ()
    """Folders on other disks that take footage, beside the store's own, which holds the index."""
    holds: tuple[Hold, ...] = ()
    kept_tracks: tuple[KeptTrack, ...] = ()
    camera_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks in which cameras may be; empty: wherever `AddressRule` lets them."""

    @property
    def rule(self) -> AddressRule:
        """What the cameras may be connected to."""
        return AddressRule(loopback_ports=self.loopback_ports, networks=self.camera_networks)

    def streams(self) -> dict[StreamKey, str]:
        """Return all streams to be recorded, and from where."""
        return {key: url for camera in self.cameras for key, url in camera.streams().items()}


def read_node_file(path: Path) -> NodeFile:
    """Return a node file's content. Raises BadNodeFile with a sentence, BadKeyFile where sealed addresses need keys that cannot be read.

    A camera whose credentials no key opens is tried without them: the camera's refusal then stands in the ledger, the reason in the log.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadNodeFile(f"The node file cannot be read: {os.strerror(error.errno or 0)}.") from error
    if len(data) > _MOST_BYTES:
        raise BadNodeFile("The node file is too large.")
    try:
        found = json.loads(data)
        rows = found["cameras"]
        keys = open_keyring(path.parent / KEYS, make=False) if any(row.get("sealed") for row in rows) else Keyring(())
        return _node(found, tuple(_camera(row, keys) for row in rows))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadNodeFile("The node file is not what we write: a JSON object with store, limits, loopback_ports and cameras.") from error


def _node(found: Mapping[str, Any], cameras: tuple[NodeCamera, ...]) -> NodeFile:
    if len(cameras) > MOST_CAMERAS or len({camera.id for camera in cameras}) != len(cameras):
        raise ValueError("too many cameras, or one named twice")
    known = {each.name for each in fields(StoreLimits)}
    limits = {str(name): _limit(name, value) for name, value in found.get("limits", {}).items() if name in known}
    return NodeFile(
        store=Path(str(found["store"])),
        cameras=cameras,
        limits=StoreLimits(**limits),
        loopback_ports=frozenset(int(port) for port in found.get("loopback_ports", [])),
        holds=holds_from_json(found.get("holds", [])),
        kept_tracks=kept_tracks_from_json(found.get("kept_tracks", [])),
        volumes=tuple(Path(str(folder)) for folder in _rows(found, "volumes", _MOST_VOLUMES)),
        camera_networks=tuple(ip_network(str(text)) for text in _rows(found, "camera_networks", _MOST_NETWORKS)),
    )


def _rows(found: Mapping[str, Any], name: str, most: int) -> list[Any]:
    rows = found.get(name, [])
    if not isinstance(rows, list) or len(rows) > most:
        raise ValueError("no list, or too long a one")
    return rows


def _camera(row: Mapping[str, Any], keys: Keyring) -> NodeCamera:
    name, main, sub, sealed = str(row["id"]), row["main"], row.get("sub"), row.get("sealed")
    if not _NAME.fullmatch(name) or not isinstance(main, str) or not isinstance(sub, str | None) or not isinstance(sealed, str | None):
        raise ValueError("a camera without a usable id or address")
    opened = _opened(name, sealed, keys) if sealed else (main, sub)
    main, sub = opened or (main, sub)
    return NodeCamera(name, main, sub or None, bool(row.get("enabled", True)), locked=opened is None or row.get("locked") is True)


def _opened(name: str, sealed: str, keys: Keyring) -> tuple[str, str | None] | None:
    """Return both addresses as they were written; None where they cannot be opened."""
    try:
        found = json.loads(keys.unseal(sealed, purpose=_purpose(name)))
    except CannotUnseal as error:
        _log.error("%s is tried without user and password: %s", name, error.message, extra={"camera": name, "code": error.code})
        return None
    return str(found["main"]), str(found["sub"]) if found["sub"] else None


def _purpose(camera: str) -> str:
    return f"node:{camera}"


def _space_policy(value: object) -> SpacePolicy:
    found = next((policy for policy in SPACE_POLICIES if policy == value), None)
    if found is None:
        raise ValueError("no policy of space")
    return found


def _limit(name: str, value: object) -> Any:  # noqa: ANN401 - each limit's own kind of number or word, or none
    if value is None and name in _MAY_BE_NONE:
        return None
    if name == "space_policy":
        return _space_policy(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
        raise ValueError("a limit that is no number")
    if name in _LENGTHS and not 0 < value <= _LONGEST:
        raise ValueError("a length that no file or fragment can have")
    return value


def write_node_file(path: Path, node: NodeFile) -> None:
    """Replace a node file in one step, readable by its owner only, credentials sealed. Raises OSError, BadKeyFile."""
    content = {
        "store": str(node.store),
        "volumes": [str(folder) for folder in node.volumes],
        "limits": {each.name: getattr(node.limits, each.name) for each in fields(StoreLimits)},
        "loopback_ports": sorted(node.loopback_ports),
        "camera_networks": [str(network) for network in node.camera_networks],
        "cameras": _sealed_cameras(path, node),
        "holds": holds_to_json(node.holds),
        "kept_tracks": kept_tracks_to_json(node.kept_tracks),
    }
    replace_private(path, json.dumps(content, indent=1).encode())


def _sealed_cameras(path: Path, node: NodeFile) -> list[dict[str, Any]]:
    """Return the cameras as they are written: what a redacted address hides stands sealed beside it."""
    keys: Keyring | None = None
    rows = []
    for camera in node.cameras:
        row: dict[str, Any] = {"id": camera.id, "main": redact(camera.main), "sub": camera.sub and redact(camera.sub)}
        if (row["main"], row["sub"]) != (camera.main, camera.sub):
            keys = keys or open_keyring(path.parent / KEYS)
            row["sealed"] = keys.seal(json.dumps({"main": camera.main, "sub": camera.sub}), purpose=_purpose(camera.id))
        rows.append(row | {"enabled": camera.enabled} | ({"locked": True} if camera.locked else {}))
    return rows


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when the file is replaced; None when it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
