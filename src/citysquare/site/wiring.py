"""What only the composition root may know: how the register, the holds and what is kept for tracks reach recorder and analysis.

Both work from a sealed file, the node file, and need neither the database nor the web. It is written anew after each change of the
register, of a hold or of what is kept for tracks (`kept_tracks`), and whenever the platform starts.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from citysquare.apps.devices import queries as devices
from citysquare.apps.devices.events import CameraChanged, CamerasImported
from citysquare.apps.devices.models import Camera
from citysquare.apps.footage import keeping
from citysquare.apps.footage import queries as footage
from citysquare.apps.footage.events import HoldChanged
from citysquare.config import Config
from citysquare.engine.errors import CannotUnseal
from citysquare.engine.footage import StoreLimits
from citysquare.engine.footage.holds import MOST_HOLDS
from citysquare.engine.local import NodeCamera, NodeFile, write_node_file
from citysquare.platform import stamping
from citysquare.platform.events import subscribe
from citysquare.platform.retention import RetentionBegan
from citysquare.site import kept_tracks
from citysquare.site.stamping import ask


def subscribe_all() -> None:
    """Subscribe the wiring, and say who asks the time-stamping authority."""
    stamping.use(ask)
    subscribe(CameraChanged, "site.write_node", lambda _event: write_node())
    subscribe(CamerasImported, "site.write_node", lambda _event: write_node())
    subscribe(HoldChanged, "site.write_node", lambda _event: write_node())
    subscribe(RetentionBegan, "site.write_node", lambda _event: write_node())


def write_node() -> None:
    """Write the node file from register, holds and settings. Of two writers at once the later one reads and writes last.

    Raises OSError, BadKeyFile. A camera whose credentials no key opens is written without them; its page says so.
    """
    config: Config = settings.CITYSQUARE
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    keeping.warn()
    with _alone(config.node_file.with_suffix(".lock")):
        node = NodeFile(
            store=config.store_dir,
            cameras=tuple(_camera(camera) for camera in devices.all_cameras()),
            limits=limits(config),
            loopback_ports=frozenset(config.simulator_ports),
            volumes=config.footage_volumes,
            camera_networks=config.camera_networks,
            # What is too much for a node file is the newest: it stays unacknowledged, and says so, where a refused file would hold nothing.
            holds=footage.holds_for_node(at=timezone.now())[:MOST_HOLDS],
            kept_tracks=kept_tracks.read(config),
        )
        write_node_file(config.node_file, node)


def _camera(camera: Camera) -> NodeCamera:
    try:
        streams = devices.streams_of(camera)
    except CannotUnseal:
        return NodeCamera(camera.pk, camera.main_url, camera.sub_url or None, camera.enabled, locked=True)
    return NodeCamera(camera.pk, streams.main_url, streams.sub_url or None, camera.enabled)


def limits(config: Config) -> StoreLimits:
    """Return how much footage the node keeps."""
    return StoreLimits(
        budget_bytes=config.store_budget_bytes,
        retention_seconds=keeping.of_main().total_seconds(),
        sub_retention_seconds=timedelta(minutes=config.sub_retention_minutes).total_seconds(),
        least_free_bytes=config.least_free_bytes,
        sync_seconds=config.footage_sync_seconds,
        space_policy=config.space_policy,
    )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
