"""Forms for signing in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.models.people import LONGEST_NAME

LONGEST_PASSWORD = 1024


class SignInForm(forms.Form):
    """Name and password."""

    sign_in_name = forms.CharField(
        label=_("Sign-in name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    """A new password, twice."""

    old_password = forms.CharField(
        label=_("Present password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password again"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, has_password: bool) -> None:
        """Ask for the old password only where there is one."""
        super().__init__(data)
        if not has_password:
            del self.fields["old_password"]

    def clean(self) -> dict[str, object]:
        """Both must be the same."""
        cleaned = super().clean() or {}
        if "new_password" in cleaned and "again" in cleaned and cleaned["new_password"] != cleaned["again"]:
            self.add_error("again", _("The two passwords are not the same."))
        return cleaned
