"""The room of observations."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from citysquare.platform import tour
from citysquare.platform.interface import register_router
from citysquare.platform.navigation import Item, Section, register
from citysquare.platform.policy import Action


class ObservationsConfig(AppConfig):
    """Tracks and counts."""

    name = "citysquare.apps.observations"
    label = "observations"
    verbose_name = "Observations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the observations into the navigation, the tour and the API; the pages of footage learn counts and health from here."""
        from citysquare.apps.footage.queries import count_with, tell_health_with  # noqa: PLC0415 -- models can be imported only now
        from citysquare.apps.observations import kept, queries  # noqa: PLC0415 -- as above

        kept.register_all()
        count_with(queries)
        tell_health_with(queries)
        register(Item(route="observations", label=_("Observations"), action=Action.OBSERVATIONS_COUNT, section=Section.WATCH, order=20))
        register(Item(route="health-events", label=_("Cameras' health"), action=Action.COVERAGE_VIEW, section=Section.CITY, order=36))
        register_router("citysquare.apps.observations.api.router")
        register_router("citysquare.apps.observations.health_api.router")
        tour.register(
            tour.Step(
                key="observations",
                order=40,
                action=Action.OBSERVATIONS_COUNT,
                title=_("What was observed"),
                text=_("Counts by hour, class and direction: what moved, never who. Narrow the list, and download it as CSV."),
                find=lambda _actor: reverse("observations"),
                target="form[role=search]",
            )
        )
