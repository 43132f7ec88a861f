"""What a template asks about maps."""

from __future__ import annotations

from django import template

from citysquare.platform.maps.ground import Ground, ground

register = template.Library()


@register.simple_tag
def map_ground() -> Ground:
    """Return this installation's ground."""
    return ground()
