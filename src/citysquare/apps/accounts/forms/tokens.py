"""The form that asks for a token of the API."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from citysquare.platform.labels import SCOPE_LABELS

LIVES = (30, 90, 180, 365)
"""For how many days a token may be made."""


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
