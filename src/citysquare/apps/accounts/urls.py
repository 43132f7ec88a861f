"""Addresses for signing in."""

from django.urls import path

from citysquare.apps.accounts import pages, token_pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("welcome/", pages.welcome, name="welcome"),
    path("tour/", pages.tour_step, name="tour"),
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-in/<str:token>/", pages.sign_in_link, name="sign-in-link"),
    path("sign-out/", pages.sign_out, name="sign-out"),
    path("account/password/", pages.password, name="password"),
    path("account/preferences/", pages.preferences, name="preferences"),
    path("i18n/setlang/", pages.set_language, name="set-language"),
    path("tokens/", token_pages.tokens, name="tokens"),
    path("tokens/make/", token_pages.token_make, name="token-make"),
    path("tokens/<id:token_id>/revoke/", token_pages.token_revoke, name="token-revoke"),
]
