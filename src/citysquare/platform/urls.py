"""Addresses of the platform's pages."""

from django.urls import path

from citysquare.platform import pages

urlpatterns = [
    path("audit/", pages.audit_log, name="audit-log"),
    path("audit/check/", pages.audit_check, name="audit-check"),
    path("healthz", pages.health, name="health"),
]
