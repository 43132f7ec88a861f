"""Addresses for signing in."""

from django.urls import path

from citysquare.apps.accounts.pages import sign_in, tokens

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("welcome/", sign_in.welcome, name="welcome"),
    path("tour/", sign_in.tour_step, name="tour"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/<str:token>/", sign_in.sign_in_link, name="sign-in-link"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("account/password/", sign_in.password, name="password"),
    path("account/preferences/", sign_in.preferences, name="preferences"),
    path("i18n/setlang/", sign_in.set_language, name="set-language"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/make/", tokens.token_make, name="token-make"),
    path("tokens/<id:token_id>/revoke/", tokens.token_revoke, name="token-revoke"),
]
