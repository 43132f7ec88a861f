"""Forms of the register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices.credentials import is_factory_pair
from citysquare.apps.devices.labels import FACTORY_PASSWORD, profile_in_words
from citysquare.apps.devices.models import HIGHEST, LEAST_ANGLE, LEAST_RANGE, LONGEST_RANGE, LONGEST_URL, WIDEST_ANGLE
from citysquare.apps.devices.networks import Network, network_of, offered_networks
from citysquare.apps.devices.services import GAP, BadCameraAddress, CameraView, FactoryPassword, Streams, checked_url, stream_url
from citysquare.apps.devices.services.tables import ENCODINGS
from citysquare.engine.sources import AddressRule, redact
from citysquare.platform.forms import NamesForm
from citysquare.platform.names import LONGEST_NAME

_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def without_login(address: str) -> str:
    """Return an address as it may be shown, also one without a scheme before it, such as `user:password@host`."""
    return redact(address) if "://" in address else redact(f"http://{address}").removeprefix("http://")


class AddressInput(forms.TextInput):
    """A field for an address. What comes back after a mistake lacks user and password: they stand in no page."""

    def format_value(self, value: Any) -> str | None:  # noqa: ANN401 -- Django's own signature
        """Return the address as it may be shown."""
        text = str(super().format_value(value) or "")
        whole = stream_url(address=text)
        return (redact(whole) if redact(whole) != whole else text) or None


class ConnectionForm(forms.Form):
    """How to reach a camera."""

    address = forms.CharField(
        label=_("Address"),
        max_length=LONGEST_URL,
        help_text=_("An RTSP address, or the camera's host name or IP address."),
        widget=AddressInput(attrs={**_PLAIN, "inputmode": "url", "placeholder": "rtsp://192.168.1.20/stream1"}),
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
        widget=AddressInput(attrs={**_PLAIN, "inputmode": "url", "placeholder": "rtsp://192.168.1.20/stream2"}),
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
        if GAP in text:
            self.add_error(field, _("The address has gaps where user and password were taken out: fill them in."))
            return None
        url = stream_url(address=text, user=cleaned.get("user", ""), password=cleaned.get("password", ""))
        try:
            return checked_url(url=url, rule=self._rule)
        except FactoryPassword as error:
            if "password" not in self.errors:
                self.add_error("password", str(error))
            return None
        except BadCameraAddress as error:
            self.add_error(field, str(error))
            return None


class PlaceFields(forms.Form):
    """The name of a new camera and its public space."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    space = forms.ChoiceField(label=_("Public space"), required=False)
    new_space = forms.CharField(label=_("Name of the new public space"), required=False, max_length=LONGEST_NAME)
    latitude = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)

    def offer(self, spaces: Iterable[tuple[str, str]], space: str = "") -> None:
        """Offer the organisation's spaces, and begin with `space`."""
        field = self.fields["space"]
        field.initial = space
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("A new one")), *spaces]

    def clean(self) -> dict[str, Any]:
        """Ask for a space, known or new, and for a whole position or none."""
        cleaned = super().clean() or {}
        if not cleaned.get("space") and not cleaned.get("new_space") and "space" not in self.errors:
            self.add_error("space", _("Choose a public space or name a new one."))
        if (cleaned.get("latitude") is None) != (cleaned.get("longitude") is None):
            self.add_error("latitude", _("Give both latitude and longitude, or neither."))
        return cleaned


class CameraForm(ConnectionForm, PlaceFields):
    """A new camera and its place."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, rule: AddressRule, spaces: Iterable[tuple[str, str]], space: str = ""
    ) -> None:
        """Offer the organisation's spaces, and begin with `space`."""
        super().__init__(data, rule=rule)
        self.offer(spaces, space)


class SearchForm(forms.Form):
    """In which networks cameras are looked for."""

    networks = forms.MultipleChoiceField(label=_("Networks of this machine"), required=False, widget=forms.CheckboxSelectMultiple)
    other = forms.CharField(
        label=_("Another network"),
        required=False,
        max_length=60,
        help_text=_("Such as 192.168.1.0/24; at most 1024 addresses."),
        widget=forms.TextInput(attrs={**_PLAIN, "placeholder": "192.168.1.0/24"}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        """Offer the networks there are; a single one is chosen already."""
        super().__init__(data)
        self.chosen: list[Network] = []
        offered = [str(network) for network in offered_networks()]
        field = self.fields["networks"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(network, network) for network in offered]
            field.initial = offered if len(offered) == 1 else []

    def clean(self) -> dict[str, Any]:
        """Ask for at least one network that may be searched."""
        cleaned = super().clean() or {}
        texts = [*cleaned.get("networks", ()), *filter(None, [cleaned.get("other", "")])]
        try:
            self.chosen = list(dict.fromkeys(network_of(text) for text in texts))
        except ValueError as error:
            self.add_error("other", str(error))
            return cleaned
        if not texts and not self.errors:
            self.add_error("other", _("Choose a network, or name one."))
        return cleaned


class DeviceForm(forms.Form):
    """How to ask a device what it streams."""

    address = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_("The camera's host name or IP address."),
        widget=AddressInput(attrs={**_PLAIN, "inputmode": "url", "placeholder": "192.168.1.20"}),
    )
    user = forms.CharField(label=_("User"), required=False, max_length=100, widget=forms.TextInput(attrs=_PLAIN))
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=100,
        help_text=_("Of the camera's ONVIF user. It is never shown again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse an address with a password in it, and a password that everybody knows."""
        cleaned = super().clean() or {}
        address, user, password = (cleaned.get(field, "") for field in ("address", "user", "password"))
        if without_login(address) != address or "@" in address:
            self.add_error("address", _("User and password have fields of their own."))
        if user and is_factory_pair(user, password):
            self.add_error("password", FACTORY_PASSWORD)
        return cleaned


class FoundCameraForm(PlaceFields):
    """Which of a device's streams to take, and where it belongs."""

    main = forms.ChoiceField(label=_("Main stream"), widget=forms.RadioSelect, help_text=_("This one is kept."))
    sub = forms.ChoiceField(
        label=_("Small stream"), required=False, widget=forms.RadioSelect, help_text=_("Analysis and the wall use this one.")
    )
    ptz = forms.ChoiceField(label=_("Turning"), required=False, help_text=_("The profile by which the camera is turned and zoomed."))
    field_order = ("main", "sub", "ptz", "name", "space", "new_space", "latitude", "longitude")

    def __init__(self, data: Mapping[str, Any] | None = None, *, kept: Mapping[str, Any], spaces: Iterable[tuple[str, str]]) -> None:
        """Offer what the device said, with its own best choice chosen."""
        super().__init__(data, initial={"name": kept["device"]["name"]} | {field: kept[field] for field in ("main", "sub", "ptz")})
        self._kept = kept
        self.offer(spaces)
        profiles = [(each["token"], profile_in_words(each)) for each in kept["profiles"]]
        turning = [(each["token"], each["name"] or each["token"]) for each in kept["profiles"] if each["ptz"]]
        choices: dict[str, list[tuple[str, Any]]] = {
            "main": profiles,
            "sub": [*profiles, ("", _("None"))],
            "ptz": [("", _("It does not turn")), *turning],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = offered

    @property
    def stream_fields(self) -> list[forms.BoundField]:
        """The choices of streams, for the page."""
        return [self["main"], self["sub"]]

    def clean(self) -> dict[str, Any]:
        """Refuse the same stream twice."""
        cleaned = super().clean()
        if cleaned.get("sub") and cleaned.get("sub") == cleaned.get("main"):
            self.add_error("sub", _("Choose another stream than the main one, or none."))
        return cleaned

    @property
    def streams(self) -> Streams:
        """The addresses of what was chosen, with credentials."""
        urls = {each["token"]: each["rtsp_url"] for each in self._kept["profiles"]}
        login = {"user": self._kept["user"], "password": self._kept["password"]}
        main, sub = (urls.get(self.cleaned_data.get(field, ""), "") for field in ("main", "sub"))
        return Streams(stream_url(address=main, **login), stream_url(address=sub, **login) if sub else "")


class CameraFileForm(forms.Form):
    """A file of cameras to bring in."""

    file = forms.FileField(
        label=_("CSV file"),
        max_length=255,
        help_text=_("At most 10 MB and 5000 lines."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )
    encoding = forms.ChoiceField(
        label=_("Encoding"),
        initial=ENCODINGS[0],
        choices=[(each, each.upper()) for each in ENCODINGS],
        help_text=_("Leave it unless the preview shows wrong letters. Files that say their encoding themselves are read by that."),
    )


class SeenForm(forms.Form):
    """What a person saw of an import before saying yes."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


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
