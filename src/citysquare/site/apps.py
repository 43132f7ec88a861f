"""The composition root as a Django app: it brings the console's commands and subscribes the wiring."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Where everybody is known."""

    name = "citysquare.site"
    label = "site"
    verbose_name = "Citysquare"

    def ready(self) -> None:
        """Subscribe the wiring."""
        from citysquare.site import wiring  # noqa: PLC0415 -- models exist only once all apps are loaded

        wiring.subscribe_all()
