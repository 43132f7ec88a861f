"""The platform as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from citysquare.platform.navigation import Item, register
from citysquare.platform.policy import Action


class PlatformConfig(AppConfig):
    """Holds the outbox and the audit log."""

    name = "citysquare.platform"
    label = "platform"
    verbose_name = "Platform"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the audit log into the navigation."""
        register(Item(route="audit-log", label=_("Audit log"), action=Action.AUDIT_READ, order=90))
