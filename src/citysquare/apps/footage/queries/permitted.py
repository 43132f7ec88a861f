"""Cameras of other organisations that somebody's authorisations open to them, for the pages that offer what may be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from citysquare.apps.devices import queries as devices
from citysquare.platform.facts import gather
from citysquare.platform.policy import RULES, Action, Actor, Ownership, Subject, authorised_by, offered

if TYPE_CHECKING:
    from citysquare.apps.devices.models import Camera

_OTHERS: Final = Subject("organisation", "", "-")
"""Something that is not the actor's own, whoever that is."""


@dataclass(frozen=True, slots=True)
class Permitted:
    """A camera, and the authorisation that opens it."""

    camera: Camera
    by: str


def permitted(*, actor: Actor, action: Action, at: datetime) -> list[Permitted]:
    """Return the cameras of others at which the rules let somebody do `action` now; what the act demands beside is asked for later."""
    if not any(rule.ownership is Ownership.AUTHORISED and action in rule.actions and actor.kind in rule.kinds for rule in RULES):
        return []  # no authorisation opens anything to them: nothing is asked of the database
    facts = gather(actor=actor, action=action, subject=_OTHERS, at=at)
    named = Q(pk__in={camera for one in facts.authorisations for camera in one.cameras})
    named |= Q(space__in={space for one in facts.authorisations for space in one.spaces})
    found = []
    for camera in devices.all_cameras().filter(named).exclude(organisation=actor.organisation).select_related("space"):
        subject = Subject("camera", camera.pk, camera.organisation_id, space=camera.space_id, camera=camera.pk)
        by = authorised_by(actor, action, subject, facts)
        if by and offered(actor, action, subject, facts).allowed:
            found.append(Permitted(camera, by[0].id))
    return found
