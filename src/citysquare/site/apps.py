"""The composition root as a Django app: it brings the console's commands and subscribes the wiring."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from citysquare.platform import tour
from citysquare.platform.navigation import Item, Section, register
from citysquare.platform.policy import Action


class SiteConfig(AppConfig):
    """Where everybody is known."""

    name = "citysquare.site"
    label = "site"
    verbose_name = "Citysquare"

    def ready(self) -> None:
        """Subscribe the wiring and put the system's page into the navigation and the tour."""
        from citysquare.site import wiring  # noqa: PLC0415 -- models exist only once all apps are loaded

        wiring.subscribe_all()
        register(Item(route="system", label=_("System"), action=Action.SYSTEM_VIEW, section=Section.OVERSIGHT, order=80))
        tour.register(
            tour.Step(
                key="system",
                order=70,
                action=Action.SYSTEM_VIEW,
                title=_("How the system is doing"),
                text=_("What runs, what each camera costs, how many days the disk lasts, and what is wrong, with what to do about it."),
                find=lambda _actor: reverse("system"),
                target="#wrong-title",
            )
        )
