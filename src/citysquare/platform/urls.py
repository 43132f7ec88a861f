"""Addresses of the platform's pages."""

from django.urls import path

from citysquare.platform import api_docs, audit_pages, pages, well_known
from citysquare.platform.maps import pages as maps
from citysquare.platform.retention import pages as retention

urlpatterns = [
    path("audit/", audit_pages.audit_log, name="audit-log"),
    path("audit/check/", audit_pages.audit_check, name="audit-check"),
    path("audit/export/", audit_pages.audit_export, name="audit-export"),
    path(".well-known/citysquare-keys.json", audit_pages.centre_keys, name="centre-keys"),
    path("retention/", retention.retention, name="retention"),
    path("retention/clock/", retention.retention_clock, name="retention-clock"),
    path("api/docs/", api_docs.api_docs, name="api-docs"),
    path(".well-known/security.txt", well_known.security_txt, name="security-txt"),
    path(well_known.REPORTS_PATH.lstrip("/"), well_known.policy_report, name="csp-reports"),
    path("healthz", pages.health, name="health"),
    path("map/style.json", maps.map_style, name="map-style"),
    path("map/plan.geojson", maps.map_plan, name="map-plan"),
    path("map/tiles.pmtiles", maps.map_tiles, name="map-tiles"),
]
