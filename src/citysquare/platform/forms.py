"""Forms of the platform's pages, and what forms of several rooms share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from citysquare.platform.labels import ACTION_LABELS, OUTCOME_LABELS
from citysquare.platform.names import LANGUAGES, LONGEST_NAME

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _moment(label: str | _StrPromise, *, required: bool = False) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=required, widget=widget)


class AuditFilterForm(forms.Form):
    """Which entries to show."""

    action = forms.ChoiceField(label=_("Act"), required=False)
    actor = forms.CharField(label=_("Person or token"), required=False, max_length=64)
    camera = forms.CharField(label=_("Camera"), required=False, max_length=64)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    since = _moment(_("From"))
    until = _moment(_("Until"))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        """Offer the acts in the language of the moment."""
        super().__init__(data)
        action, outcome = self.fields["action"], self.fields["outcome"]
        if isinstance(action, forms.ChoiceField) and isinstance(outcome, forms.ChoiceField):
            action.choices = [("", _("All acts")), *((str(act), label) for act, label in ACTION_LABELS.items())]
            outcome.choices = [("", _("All outcomes")), *OUTCOME_LABELS.items()]


class AuditExportForm(forms.Form):
    """Which time of the log to take away."""

    since = _moment(_("From"), required=True)
    until = _moment(_("Until"), required=True)

    def clean(self) -> dict[str, Any]:
        """Ask for an end behind the beginning."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until <= since:
            self.add_error("until", _("The end lies before the beginning."))
        return cleaned


class NamesForm(forms.Form):
    """Names in all languages; one is enough."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> None:
        """Make one field a language."""
        super().__init__(data, initial=dict(initial or {}))
        labels = getattr(settings, "LANGUAGE_NAMES", {})
        for code in LANGUAGES:
            field = forms.CharField(
                label=_("Name: %(language)s") % {"language": labels.get(code, code)},
                required=False,
                max_length=LONGEST_NAME,
                widget=forms.TextInput(attrs={"lang": code, "autocomplete": "off"}),
            )
            self.fields[f"name_{code}"] = field
        self.order_fields([f"name_{code}" for code in LANGUAGES])

    @property
    def names(self) -> dict[str, str]:
        """The names by language, empty ones too: who empties a field takes that name away."""
        return {code: self.cleaned_data.get(f"name_{code}", "") for code in LANGUAGES}

    def clean(self) -> dict[str, Any]:
        """Ask for one name at least."""
        cleaned = super().clean() or {}
        if not any(cleaned.get(f"name_{code}") or f"name_{code}" in self.errors for code in LANGUAGES):
            self.add_error(f"name_{LANGUAGES[0]}", _("Give a name in at least one language."))
        return cleaned

    @property
    def name_fields(self) -> list[forms.BoundField]:
        """The fields of the names, for the page."""
        return [self[f"name_{code}"] for code in LANGUAGES]
