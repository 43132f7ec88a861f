"""The composition root as a Django app: it brings the console's commands and subscribes the wiring."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from citysquare.platform.navigation import Item, register
from citysquare.platform.policy import Action


class SiteConfig(AppConfig):
    """Where everybody is known."""

    name = "citysquare.site"
    label = "site"
    verbose_name = "Citysquare"

    def ready(self) -> None:
        """Subscribe the wiring and put the system's page into the navigation."""
        from citysquare.site import wiring  # noqa: PLC0415 -- models exist only once all apps are loaded

        wiring.subscribe_all()
        register(Item(route="system", label=_("System"), action=Action.SYSTEM_VIEW, order=80))
