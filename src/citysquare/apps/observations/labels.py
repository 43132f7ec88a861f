"""Classes, directions and what happens to cameras, in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citysquare.apps.observations.directions import Direction
from citysquare.apps.observations.models import HealthKind
from citysquare.engine.model import ObjectClass

CLASS_LABELS: dict[ObjectClass, Promise | str] = {
    ObjectClass.UNKNOWN: _("something that moved"),
    ObjectClass.PERSON: _("person"),
    ObjectClass.BICYCLE: _("bicycle"),
    ObjectClass.MOTORCYCLE: _("motorcycle"),
    ObjectClass.CAR: _("car"),
    ObjectClass.VAN: _("van"),
    ObjectClass.BUS: _("bus"),
    ObjectClass.TRUCK: _("lorry"),
}

DIRECTION_LABELS: dict[Direction, Promise | str] = {
    Direction.TOWARD: _("toward the camera"),
    Direction.AWAY: _("away from the camera"),
    Direction.LEFTWARD: _("to the left"),
    Direction.RIGHTWARD: _("to the right"),
    Direction.NONE: _("stayed"),
}

HEALTH_LABELS: dict[HealthKind, Promise | str] = {
    HealthKind.NO_PICTURE: _("No picture"),
    HealthKind.PICTURE_AGAIN: _("Picture again"),
    HealthKind.SWITCHED_OFF: _("Switched off while there was no picture"),
}
