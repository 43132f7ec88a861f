"""Addresses of what was seen."""

from django.urls import path

from citysquare.apps.observations import health_pages, pages

urlpatterns = [
    path("observations/", pages.observations, name="observations"),
    path("observations/observations.csv", pages.observations_csv, name="observations-csv"),
    path("observations/camera/<id:camera_id>/", pages.observations_camera, name="observations-camera"),
    path("health/", health_pages.health, name="health-events"),
]
