"""Addresses of the platform's pages."""

from django.urls import path

from citysquare.platform import pages
from citysquare.platform.maps import pages as maps

urlpatterns = [
    path("audit/", pages.audit_log, name="audit-log"),
    path("audit/check/", pages.audit_check, name="audit-check"),
    path("healthz", pages.health, name="health"),
    path("map/style.json", maps.map_style, name="map-style"),
    path("map/plan.geojson", maps.map_plan, name="map-plan"),
    path("map/tiles.pmtiles", maps.map_tiles, name="map-tiles"),
]
