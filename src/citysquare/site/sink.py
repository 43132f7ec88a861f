"""Where the analysis hands its tracks on one machine: straight into the room of observations."""

from __future__ import annotations

import logging

from django.db import close_old_connections
from django.utils import timezone

from citysquare.apps.observations import services
from citysquare.engine.model import TrackBatch
from citysquare.engine.ports import ObservationSink

_log = logging.getLogger(__name__)


class DatabaseSink(ObservationSink):
    """Keeps batches in the database.

    While the database is away `accept` raises DatabaseError, and the analysis offers the batch again. A batch that no repetition would
    make acceptable is dropped with a line in the log.
    """

    def accept(self, batch: TrackBatch) -> None:
        """Keep a batch, once."""
        close_old_connections()
        try:
            services.accept_batch(batch=batch, at=timezone.now())
        except (services.UnknownCamera, services.BadBatch) as error:
            _log.warning(
                "%d tracks of camera %s were dropped: %s",
                len(batch.tracks),
                batch.camera,
                error,
                extra={"camera": batch.camera, "code": error.code},
            )
