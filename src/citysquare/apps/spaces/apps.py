"""The room of public spaces."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from citysquare.platform import tour
from citysquare.platform.interface import register_router
from citysquare.platform.navigation import Item, Section, register
from citysquare.platform.policy import Action


class SpacesConfig(AppConfig):
    """Public spaces."""

    name = "citysquare.apps.spaces"
    label = "spaces"
    verbose_name = "Spaces"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the spaces into the navigation and into the JSON API, and let rights be limited to them."""
        from citysquare.apps.accounts.queries import register_places  # noqa: PLC0415 -- models exist only now
        from citysquare.apps.spaces.queries import places_of  # noqa: PLC0415 -- as above

        register_places("spaces", places_of)
        register(Item(route="spaces", label=_("Spaces"), action=Action.SPACE_LIST, section=Section.CITY, order=34))
        tour.register(
            tour.Step(
                key="spaces",
                order=50,
                action=Action.SPACE_CHANGE,
                title=_("Spaces"),
                text=_("Squares, streets and stations with their boundaries. Draw your own, or import them as GeoJSON."),
                find=lambda _actor: reverse("spaces"),
                target=".page-head",
            )
        )
        register_router("citysquare.apps.spaces.api.router")
