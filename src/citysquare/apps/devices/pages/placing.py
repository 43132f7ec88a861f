"""The public space of a new camera: one that is there, or a new one."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import get_language

from citysquare.apps.devices.forms import PlaceFields
from citysquare.apps.spaces import queries as spaces
from citysquare.apps.spaces import services as spaces_services
from citysquare.platform.policy import Actor


def place_choices(actor: Actor) -> list[tuple[str, str]]:
    """Return the spaces to choose from."""
    return [(space.pk, space.name) for space in spaces.spaces_of(actor.organisation)]


def space_for(form: PlaceFields, actor: Actor, at: datetime) -> tuple[str, dict[str, str]]:
    """Return the space that was chosen, made if it is new, and the camera's names. Raises DomainError; inside the caller's transaction."""
    values = form.cleaned_data
    space_id = values["space"]
    if not space_id:
        position = None
        if values["latitude"] is not None:
            position = spaces_services.Position(values["latitude"], values["longitude"])
        names = {language(): values["new_space"]}
        space_id = spaces_services.create_space(organisation_id=actor.organisation, names=names, position=position, at=at).pk
    return space_id, {language(): values["name"]}


def language() -> str:
    """Return the language in which names are entered now."""
    return (get_language() or "en").split("-")[0]
