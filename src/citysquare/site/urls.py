"""Every address of the site. The register's addresses come before a camera's page, which would otherwise answer for them."""

from django.urls import include, path, register_converter

from citysquare.platform.api import api_urls
from citysquare.platform.ids import IdConverter
from citysquare.site.system import pages as system

register_converter(IdConverter, "id")

urlpatterns = [
    path("", include("citysquare.platform.urls")),
    path("", include("citysquare.apps.accounts.urls")),
    path("", include("citysquare.apps.spaces.urls")),
    path("", include("citysquare.apps.devices.urls")),
    path("", include("citysquare.apps.footage.urls")),
    path("", include("citysquare.apps.observations.urls")),
    path("system/", system.system, name="system"),
    path("metrics", system.metrics, name="metrics"),
    path("readyz", system.ready, name="ready"),
    path("api/v1/", api_urls()),
]

handler400 = "citysquare.platform.pages.bad_request"
handler403 = "citysquare.platform.pages.forbidden"
handler404 = "citysquare.platform.pages.not_found"
handler500 = "citysquare.platform.pages.fault"
