"""Addresses of spaces. The words come before a space's page, which would otherwise answer for them."""

from django.urls import path

from citysquare.apps.spaces import pages

urlpatterns = [
    path("spaces/", pages.spaces, name="spaces"),
    path("spaces/add/", pages.space_add, name="space-add"),
    path("spaces/import/", pages.space_import, name="space-import"),
    path("spaces/import/<id:draft_id>/", pages.space_import_preview, name="space-import-preview"),
    path("spaces/export/", pages.space_export, name="space-export"),
    path("spaces/<id:space_id>/", pages.space, name="space"),
    path("spaces/<id:space_id>/edit/", pages.space_edit, name="space-edit"),
    path("spaces/<id:space_id>/remove/", pages.space_remove, name="space-remove"),
    path("spaces/<id:space_id>/zones/add/", pages.zone_add, name="zone-add"),
    path("spaces/<id:space_id>/zones/<id:zone_id>/edit/", pages.zone_edit, name="zone-edit"),
    path("spaces/<id:space_id>/zones/<id:zone_id>/remove/", pages.zone_remove, name="zone-remove"),
    path("spaces/<id:space_id>/zones/<id:zone_id>/undo/", pages.zone_undo, name="zone-undo"),
]
