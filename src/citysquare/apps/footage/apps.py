"""The room of looking."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from citysquare.platform.navigation import Item, register
from citysquare.platform.policy import Action


class FootageConfig(AppConfig):
    """Live pictures and what was recorded."""

    name = "citysquare.apps.footage"
    label = "footage"
    verbose_name = "Footage"

    def ready(self) -> None:
        """Put the wall into the navigation."""
        register(Item(route="wall", label=_("Live"), action=Action.LIVE_VIEW, order=10))
