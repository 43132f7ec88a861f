"""Forms for second factors and keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.forms.sign_in import LONGEST_PASSWORD

_LONGEST_CODE = 40
_LONGEST_APP_CODE = 8
"""Six digits with a blank between or around them; a recovery code is longer."""


class CodeForm(forms.Form):
    """A code of the app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=_LONGEST_CODE,
        help_text=_("Six digits from the app on your phone, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def is_recovery(self) -> bool:
        """Whether what was typed looks like a recovery code."""
        return len(self.cleaned_data.get("code", "")) > _LONGEST_APP_CODE


class AppCodeForm(forms.Form):
    """The first code of an app that is being set up."""

    code = forms.CharField(
        label=_("Code"),
        max_length=_LONGEST_APP_CODE,
        help_text=_("The six digits that the app shows now."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class PasskeyForm(forms.Form):
    """A passkey that is being registered: its name, and what the browser says of it."""

    name = forms.CharField(
        label=_("Name of this passkey"), max_length=100, help_text=_("So that you know it again, such as: work phone, blue key.")
    )
    response = forms.CharField(max_length=16_384, widget=forms.HiddenInput)


class ProofForm(forms.Form):
    """What a person proves with who they are: a passkey, or a password with a code where they have an app."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        required=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=_LONGEST_APP_CODE,
        help_text=_("Six digits from the app on your phone."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    response = forms.CharField(required=False, max_length=16_384, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, has_password: bool, has_totp: bool) -> None:
        """Ask only for what the person has."""
        super().__init__(data)
        if not has_password:
            del self.fields["password"]
        if not has_password or not has_totp:
            del self.fields["code"]
