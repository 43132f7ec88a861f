"""Addresses for signing in."""

from django.urls import path

from citysquare.apps.accounts.pages import acts, keys, sign_in, tokens, ways_in

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("welcome/", sign_in.welcome, name="welcome"),
    path("tour/", sign_in.tour_step, name="tour"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/passkey/options/", ways_in.passkey_sign_in_options, name="passkey-sign-in-options"),
    path("sign-in/passkey/", ways_in.passkey_sign_in, name="passkey-sign-in"),
    path("sign-in/second-factor/", ways_in.second_factor, name="second-factor"),
    path("sign-in/<str:token>/", sign_in.sign_in_link, name="sign-in-link"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("account/password/", sign_in.password, name="password"),
    path("account/keys/", keys.keys, name="keys"),
    path("account/keys/passkeys/options/", keys.passkey_options, name="passkey-options"),
    path("account/keys/passkeys/add/", keys.passkey_add, name="passkey-add"),
    path("account/keys/passkeys/<id:passkey_id>/remove/", keys.passkey_remove, name="passkey-remove"),
    path("account/keys/app/", keys.app_set_up, name="app-set-up"),
    path("account/keys/app/remove/", keys.app_remove, name="app-remove"),
    path("account/keys/recovery-codes/", keys.recovery_codes, name="recovery-codes"),
    path("account/keys/sessions/<id:sitting_id>/end/", keys.sitting_end, name="sitting-end"),
    path("account/keys/sessions/end/", keys.sittings_end, name="sittings-end"),
    path("account/prove/", ways_in.prove, name="prove"),
    path("account/prove/options/", ways_in.prove_options, name="prove-options"),
    path("acts/", acts.inbox, name="acts"),
    path("acts/<id:act_id>/", acts.act, name="act"),
    path("acts/<id:act_id>/options/", acts.seal_options, name="act-seal-options"),
    path("acts/<id:act_id>/seal/", acts.act_seal, name="act-seal"),
    path("acts/<id:act_id>/refuse/", acts.act_refuse, name="act-refuse"),
    path("account/preferences/", sign_in.preferences, name="preferences"),
    path("i18n/setlang/", sign_in.set_language, name="set-language"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/make/", tokens.token_make, name="token-make"),
    path("tokens/<id:token_id>/revoke/", tokens.token_revoke, name="token-revoke"),
]
