"""The room of public spaces."""

from django.apps import AppConfig


class SpacesConfig(AppConfig):
    """Public spaces."""

    name = "citysquare.apps.spaces"
    label = "spaces"
    verbose_name = "Spaces"
    default_auto_field = "django.db.models.BigAutoField"
