"""Where an actor's rights reach, as a condition of a database question: lists show that and nothing else."""

from __future__ import annotations

from django.db.models import Q

from citysquare.platform.policy import Action, Actor, Coverage, covered


def where(actor: Actor, action: Action, *, camera: str = "camera_id", space: str = "space_id") -> Q:
    """Return the condition that a row lies where `actor` may do `action`; `camera` and `space` are the columns that say where it lies.

    An empty name stands for a column the table has not.
    """
    return within(covered(actor, action), camera=camera, space=space)


def within(coverage: Coverage, *, camera: str = "camera_id", space: str = "space_id") -> Q:
    """Return the condition that a row lies within a coverage."""
    if coverage.everything:
        return Q()
    found = Q(pk__in=())
    if camera:
        found |= Q(**{f"{camera}__in": coverage.cameras})
    if space:
        found |= Q(**{f"{space}__in": coverage.spaces})
    return found
