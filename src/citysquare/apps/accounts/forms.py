"""Forms for signing in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from citysquare.platform.labels import SCOPE_LABELS

LONGEST_PASSWORD = 1024
LIVES = (30, 90, 180, 365)
"""For how many days a token may be made."""


class SignInForm(forms.Form):
    """Name and password."""

    sign_in_name = forms.CharField(
        label=_("Sign-in name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"})
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


class TokenForm(forms.Form):
    """What a token is for, what it opens and for how long."""

    name = forms.CharField(label=_("Program"), max_length=100, help_text=_("Which program will use it, such as: traffic dashboard."))
    purpose = forms.CharField(label=_("Purpose"), max_length=300, help_text=_("What that program does with what it reads."))
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=[(str(scope), label) for scope, label in SCOPE_LABELS.items()], widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(
        label=_("For"), coerce=int, initial=90, choices=[(days, ngettext_lazy("%d day", "%d days", days) % days) for days in LIVES]
    )
