"""Addresses of looking."""

from django.urls import path

from citysquare.apps.footage.pages import city_map, day, exhibits, holds, looking, orders, reasons, replay, rules

urlpatterns = [
    path("wall/", looking.wall, name="wall"),
    path("cameras/<id:camera_id>/", looking.camera, name="camera"),
    path("cameras/<id:camera_id>/status/", looking.camera_status, name="camera-status"),
    path("cameras/<id:camera_id>/day/", day.camera_day, name="camera-day"),
    path("cameras/<id:camera_id>/replay/", replay.replay, name="replay"),
    path("cameras/<id:camera_id>/replay/film.mp4", replay.replay_film, name="replay-film"),
    path("exhibits/", exhibits.exhibits, name="exhibits"),
    path("exhibits/ask/", exhibits.exhibit_ask, name="exhibit-ask"),
    path("exhibits/<id:exhibit_id>/", exhibits.exhibit, name="exhibit"),
    path("exhibits/<id:exhibit_id>/fetch/", exhibits.exhibit_fetch, name="exhibit-fetch"),
    path("exhibits/<id:exhibit_id>/again/", exhibits.exhibit_again, name="exhibit-again"),
    path("continuity/", day.continuity, name="continuity"),
    path("holds/", holds.holds, name="holds"),
    path("holds/place/", holds.hold_place, name="hold-place"),
    path("holds/<id:hold_id>/", holds.hold, name="hold"),
    path("holds/<id:hold_id>/extend/", holds.hold_extend, name="hold-extend"),
    path("holds/<id:hold_id>/lift/", holds.hold_lift, name="hold-lift"),
    path("reasons/", reasons.reasons, name="reasons"),
    path("rules/", rules.rules, name="rules"),
    path("rules/install/", rules.rules_install, name="rules-install"),
    path("authorisations/", orders.authorisations_page, name="authorisations"),
    path("authorisations/enter/", orders.authorisation_ask, name="authorisation-ask"),
    path("authorisations/<id:authorisation_id>/", orders.authorisation, name="authorisation"),
    path("authorisations/<id:authorisation_id>/confirm/", orders.authorisation_confirm, name="authorisation-confirm"),
    path("authorisations/<id:authorisation_id>/end/", orders.authorisation_end, name="authorisation-end"),
    path("authorisations/<id:authorisation_id>/delete/", orders.authorisation_delete, name="authorisation-delete"),
    path("map/", city_map.city_map, name="map"),
    path("map/features.json", city_map.map_features, name="map-features"),
    path("map/status.json", city_map.map_status, name="map-status"),
    path("map/cameras/<id:camera_id>/", city_map.map_camera, name="map-camera"),
]
