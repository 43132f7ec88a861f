"""The room of devices."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from citysquare.platform.interface import register_router
from citysquare.platform.navigation import Item, Section, register
from citysquare.platform.policy import Action


class DevicesConfig(AppConfig):
    """Cameras."""

    name = "citysquare.apps.devices"
    label = "devices"
    verbose_name = "Devices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the cameras into the navigation, onto the pages of spaces and into the JSON API."""
        from citysquare.apps.accounts.queries import register_places  # noqa: PLC0415 -- models exist only now
        from citysquare.apps.devices.queries import CamerasInSpaces, places_of  # noqa: PLC0415 -- as above
        from citysquare.apps.devices.services.drafts import DRAFT_LIVES  # noqa: PLC0415 -- as above
        from citysquare.apps.spaces.queries import register_attachments  # noqa: PLC0415 -- as above
        from citysquare.platform.retention import Mentioned, mention  # noqa: PLC0415 -- as above

        register_places("cameras", places_of)
        mention(
            Mentioned(
                data_class="drafts",
                title=_("Cameras whose setting-up was not finished, sealed"),
                purpose=_("Keeping a camera's password out of pages and cookies between two steps"),
                how=_("The server deletes them by itself within ten minutes after their time."),
                kept_for=lambda: DRAFT_LIVES,
            )
        )
        register(Item(route="cameras", label=_("Cameras"), action=Action.CAMERA_LIST, section=Section.CITY, order=30))
        register_attachments("cameras", CamerasInSpaces())
        register_router("citysquare.apps.devices.api.router")
