"""The platform as a Django app."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from citysquare.platform import tour
from citysquare.platform.navigation import Item, Section, register
from citysquare.platform.policy import OVERSIGHT, Action


class PlatformConfig(AppConfig):
    """Holds the outbox and the audit log."""

    name = "citysquare.platform"
    label = "platform"
    verbose_name = "Platform"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the audit log and the retention into the navigation and the tour, and say what the platform keeps."""
        from citysquare.platform.retention.own import register_own  # noqa: PLC0415 -- models exist only once all apps are loaded

        register_own()
        register(Item(route="retention", label=_("Kept and deleted"), action=Action.RETENTION_VIEW, section=Section.OVERSIGHT, order=80))
        register(Item("audit-log", _("Audit log"), Action.AUDIT_READ, Section.OVERSIGHT, order=90, home_of=OVERSIGHT))
        tour.register(
            tour.Step(
                key="audit-log",
                order=60,
                action=Action.AUDIT_READ,
                title=_("The audit log"),
                text=_("Every look and every refused attempt stands here, in a chain that shows each change. Try 'Check the chain'."),
                find=lambda _actor: reverse("audit-log"),
                target=".page-head",
            )
        )
