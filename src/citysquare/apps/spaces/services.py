"""Every write to spaces."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.spaces.models import Space
from citysquare.platform.errors import DomainError
from citysquare.platform.names import clean_names


class BadSpace(DomainError):
    """A space that cannot be kept as given."""

    code = "spaces.bad_space"


@dataclass(frozen=True, slots=True)
class Position:
    """A point on the globe, WGS 84, in degrees."""

    latitude: float
    longitude: float


@transaction.atomic
def create_space(
    *, organisation_id: str, names: Mapping[str, str], at: datetime, kind: Space.Kind = Space.Kind.OTHER, position: Position | None = None
) -> Space:
    """Create a space.

    Raises BadSpace without a name, or with a position off the globe.
    """
    try:
        kept = clean_names(names)
    except ValueError:
        raise BadSpace(_("A space needs a name.")) from None
    if position is not None and not _on_globe(position):
        raise BadSpace(_("Latitude lies between -90 and 90, longitude between -180 and 180."))
    return Space.objects.create(
        organisation_id=organisation_id,
        names=kept,
        kind=kind,
        latitude=position.latitude if position else None,
        longitude=position.longitude if position else None,
        created_at=at,
    )


def _on_globe(position: Position) -> bool:
    """NaN and infinities are nowhere."""
    finite = math.isfinite(position.latitude) and math.isfinite(position.longitude)
    return finite and abs(position.latitude) <= 90 and abs(position.longitude) <= 180
