"""Addresses of the register."""

from django.urls import path

from citysquare.apps.devices import pages

urlpatterns = [
    path("cameras/", pages.cameras, name="cameras"),
    path("cameras/add/", pages.camera_add, name="camera-add"),
    path("cameras/test/", pages.camera_test, name="camera-test"),
    path("cameras/<id:camera_id>/edit/", pages.camera_edit, name="camera-edit"),
    path("cameras/<id:camera_id>/streams/", pages.camera_streams, name="camera-streams"),
    path("cameras/<id:camera_id>/place/", pages.camera_place, name="camera-place"),
    path("cameras/<id:camera_id>/switch/", pages.camera_switch, name="camera-switch"),
]
