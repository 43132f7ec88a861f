"""Addresses of looking."""

from django.urls import path

from citysquare.apps.footage import pages

urlpatterns = [
    path("wall/", pages.wall, name="wall"),
    path("cameras/<id:camera_id>/", pages.camera, name="camera"),
    path("cameras/<id:camera_id>/status/", pages.camera_status, name="camera-status"),
]
