"""Addresses of the register."""

from django.urls import path

from citysquare.apps.devices import pages

urlpatterns = [
    path("cameras/", pages.cameras, name="cameras"),
    path("cameras/add/", pages.camera_add, name="camera-add"),
    path("cameras/find/", pages.device_search, name="device-search"),
    path("cameras/find/device/", pages.device_ask, name="device-ask"),
    path("cameras/find/<id:draft_id>/", pages.camera_found, name="camera-found"),
    path("cameras/find/<id:draft_id>/test/", pages.camera_found_test, name="camera-found-test"),
    path("cameras/import/", pages.camera_import, name="camera-import"),
    path("cameras/import/cameras-example.csv", pages.camera_import_template, name="camera-import-template"),
    path("cameras/import/<id:draft_id>/", pages.camera_import_preview, name="camera-import-preview"),
    path("cameras/cameras.csv", pages.camera_export, name="camera-export"),
    path("cameras/test/", pages.camera_test, name="camera-test"),
    path("cameras/<id:camera_id>/edit/", pages.camera_edit, name="camera-edit"),
    path("cameras/<id:camera_id>/streams/", pages.camera_streams, name="camera-streams"),
    path("cameras/<id:camera_id>/place/", pages.camera_place, name="camera-place"),
    path("cameras/<id:camera_id>/switch/", pages.camera_switch, name="camera-switch"),
]
