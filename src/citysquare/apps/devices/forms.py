"""Forms of the register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices.models import HIGHEST, LEAST_ANGLE, LEAST_RANGE, LONGEST_RANGE, LONGEST_URL, WIDEST_ANGLE
from citysquare.apps.devices.services import BadCameraAddress, CameraView, Streams, checked_url, stream_url
from citysquare.engine.sources import AddressRule
from citysquare.platform.forms import NamesForm
from citysquare.platform.names import LONGEST_NAME

_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class ConnectionForm(forms.Form):
    """How to reach a camera."""

    address = forms.CharField(
        label=_("Address"),
        max_length=LONGEST_URL,
        help_text=_("An RTSP address, or the camera's host name or IP address."),
        widget=forms.TextInput(attrs={**_PLAIN, "inputmode": "url", "placeholder": "rtsp://192.168.1.20/stream1"}),
    )
    user = forms.CharField(label=_("User"), required=False, max_length=100, widget=forms.TextInput(attrs=_PLAIN))
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=100,
        help_text=_("It is never shown again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    sub_address = forms.CharField(
        label=_("Address of the small stream"),
        required=False,
        max_length=LONGEST_URL,
        help_text=_("Recommended: analysis and the wall use it. User and password are the same."),
        widget=forms.TextInput(attrs={**_PLAIN, "inputmode": "url", "placeholder": "rtsp://192.168.1.20/stream2"}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, rule: AddressRule) -> None:
        """Remember which addresses are allowed."""
        super().__init__(data)
        self._rule = rule
        self.streams: Streams | None = None

    def clean(self) -> dict[str, Any]:
        """Build both addresses and check that a camera may have them."""
        cleaned = super().clean() or {}
        main, sub = self._url(cleaned, "address"), self._url(cleaned, "sub_address")
        if main is not None and sub is not None:
            self.streams = Streams(main_url=main, sub_url=sub)
        return cleaned

    def _url(self, cleaned: Mapping[str, Any], field: str) -> str | None:
        text = cleaned.get(field)
        if not text:
            return "" if field == "sub_address" else None
        url = stream_url(address=text, user=cleaned.get("user", ""), password=cleaned.get("password", ""))
        try:
            return checked_url(url=url, rule=self._rule)
        except BadCameraAddress as error:
            self.add_error(field, str(error))
            return None


class CameraForm(ConnectionForm):
    """A new camera and its place."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    space = forms.ChoiceField(label=_("Public space"), required=False)
    new_space = forms.CharField(label=_("Name of the new public space"), required=False, max_length=LONGEST_NAME)
    latitude = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, rule: AddressRule, spaces: Iterable[tuple[str, str]], space: str = ""
    ) -> None:
        """Offer the organisation's spaces, and begin with `space`."""
        super().__init__(data, rule=rule)
        field = self.fields["space"]
        field.initial = space
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("A new one")), *spaces]

    def clean(self) -> dict[str, Any]:
        """Ask for a space, known or new, and for a whole position or none."""
        cleaned = super().clean()
        if not cleaned.get("space") and not cleaned.get("new_space") and "space" not in self.errors:
            self.add_error("space", _("Choose a public space or name a new one."))
        if (cleaned.get("latitude") is None) != (cleaned.get("longitude") is None):
            self.add_error("latitude", _("Give both latitude and longitude, or neither."))
        return cleaned


class CameraChangeForm(NamesForm):
    """What may be changed of a camera."""

    space = forms.ChoiceField(label=_("Public space"))
    order = forms.IntegerField(label=_("Place on the wall"), min_value=0, max_value=100_000, help_text=_("Lower stands earlier."))

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, spaces: Iterable[tuple[str, str]], initial: Mapping[str, Any] | None = None
    ) -> None:
        """Offer the organisation's spaces."""
        super().__init__(data, initial=initial)
        field = self.fields["space"]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(spaces)


def _number(least: float, most: float, **more: Any) -> forms.FloatField:  # noqa: ANN401 -- whatever a field of Django's takes
    field = forms.FloatField(min_value=least, max_value=most, **more)
    field.widget.attrs["step"] = "any"
    return field


class CameraViewForm(forms.Form):
    """Where a camera stands and what it sees. The map writes into these fields."""

    latitude = _number(-90, 90, label=_("Latitude"))
    longitude = _number(-180, 180, label=_("Longitude"))
    azimuth = _number(0, 360, label=_("Direction"), help_text=_("Degrees clockwise from north: 90 looks east."))
    view_angle = _number(
        LEAST_ANGLE, WIDEST_ANGLE, label=_("Angle of view"), help_text=_("Degrees from the left to the right edge of the picture.")
    )
    range_metres = _number(LEAST_RANGE, LONGEST_RANGE, label=_("Range"), help_text=_("Metres within which things can be told apart."))
    height_metres = _number(0, HIGHEST, label=_("Height"), required=False, help_text=_("Metres above the ground."))

    @property
    def view(self) -> CameraView:
        """What was entered, when the form is valid."""
        return CameraView(**self.cleaned_data)
