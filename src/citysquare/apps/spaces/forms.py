"""Forms of spaces, zones and imports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citysquare.apps.spaces.geojson import Axes, GeojsonError, SelfCrossing, SwappedAxes, geometry_of
from citysquare.apps.spaces.labels import SPACE_KINDS, ZONE_KINDS
from citysquare.apps.spaces.queries import Wanted
from citysquare.platform.errors import DomainError
from citysquare.platform.forms import NamesForm
from citysquare.platform.geometry import as_geojson
from citysquare.platform.names import LONGEST_NAME
from citysquare.platform.policy import Actor

LONGEST_BOUNDARY = 600_000
"""Letters: ten thousand points with all their digits."""


class OutlineForm(NamesForm):
    """Names, and a boundary as GeoJSON text: the map writes it there, and it can be written by hand."""

    boundary = forms.CharField(
        label=_("Boundary as GeoJSON"),
        required=False,
        max_length=LONGEST_BOUNDARY,
        help_text=_("A Polygon or MultiPolygon in WGS 84, longitude before latitude. The map writes it here; it can also be pasted."),
        widget=forms.Textarea(attrs={"rows": 5, "class": "mono", "spellcheck": "false", "data-boundary": ""}),
    )
    axes = forms.ChoiceField(
        label=_("Order of the coordinates"),
        required=False,
        choices=[
            (Axes.SWAP, _("Swap them: latitude stands first in the text")),
            (Axes.AS_WRITTEN, _("They are right: the place is there")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> None:
        """Begin without anything to offer."""
        super().__init__(data, initial=initial)
        self.geometry: Any = None
        """The boundary as GeoJSON, unchecked beyond its form; None: none was given."""
        self.swapped = False
        """Offer to swap the axes."""
        self.mended: dict[str, Any] | None = None
        """The mended outline, when there is one to offer."""

    @property
    def wanted_axes(self) -> Axes:
        """What the person says about the order of the coordinates."""
        return Axes(self.cleaned_data.get("axes") or "")

    def clean_boundary(self) -> str:
        """Find the one geometry in the text."""
        text: str = self.cleaned_data["boundary"]
        if text.strip():
            try:
                self.geometry = geometry_of(text)
            except GeojsonError as error:
                raise forms.ValidationError(str(error), code=error.code) from None
        return text

    def refuse(self, error: DomainError) -> None:
        """Say beside the right field what the service refused, and offer the way out there is."""
        names_wrong = error.code in {"spaces.bad_space", "spaces.bad_zone"}
        self.add_error(None if names_wrong else "boundary", str(error))
        self.swapped = isinstance(error, SwappedAxes)
        if isinstance(error, SelfCrossing) and error.mended is not None:
            self.mended = as_geojson(error.mended)


class SpaceForm(OutlineForm):
    """A space."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[])

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> None:
        """Offer the kinds of spaces."""
        super().__init__(data, initial=initial)
        _offer(self.fields["kind"], SPACE_KINDS.items())


class ZoneForm(OutlineForm):
    """A zone. It has a boundary, or it is no zone."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[])

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> None:
        """Offer the kinds of zones."""
        super().__init__(data, initial=initial)
        _offer(self.fields["kind"], ZONE_KINDS.items())
        self.fields["boundary"].required = True
        self.fields["boundary"].error_messages["required"] = _("Draw the zone on the map, or give its boundary as GeoJSON.")


class SpaceFilterForm(forms.Form):
    """Which spaces to list."""

    q = forms.CharField(label=_("Name contains"), required=False, max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"type": "search"}))
    kind = forms.ChoiceField(label=_("Kind"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        """Offer the kinds of spaces."""
        super().__init__(data)
        _offer(self.fields["kind"], [("", _("All kinds")), *SPACE_KINDS.items()])

    def wanted(self, actor: Actor) -> Wanted:
        """Return what to list of what the actor may see; a mistaken field leaves the others in force."""
        self.full_clean()
        return Wanted(actor, self.cleaned_data.get("q", "").strip(), self.cleaned_data.get("kind", ""))


class ImportForm(forms.Form):
    """A file to bring in."""

    file = forms.FileField(
        label=_("GeoJSON file"),
        max_length=255,
        help_text=_("At most 20 MB, in WGS 84."),
        widget=forms.FileInput(attrs={"accept": ".geojson,.json,application/geo+json,application/json"}),
    )


class ReplyForm(forms.Form):
    """What a person answers to the preview of an import."""

    axes = forms.ChoiceField(
        label=_("Order of the coordinates"),
        required=False,
        choices=[
            ("", _("Refuse what seems swapped")),
            (Axes.SWAP, _("Swap all: latitude stands first in this file")),
            (Axes.AS_WRITTEN, _("They are right as they are")),
        ],
        widget=forms.RadioSelect,
    )
    mend = forms.BooleanField(label=_("Take the mended outline where one crosses itself"), required=False)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


def _offer(field: forms.Field, choices: Iterable[tuple[str, Any]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = list(choices)
