"""What a file of cameras would do, line by line: made without writing anything, so that it can be looked at and said yes to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from citysquare.apps.devices import credentials
from citysquare.apps.devices.credentials import Streams
from citysquare.apps.devices.models import Camera
from citysquare.apps.devices.queries import view_of
from citysquare.apps.devices.services.addresses import GAP, checked_url, stream_url
from citysquare.apps.devices.services.errors import BadCameraAddress, BadView
from citysquare.apps.devices.services.places import CameraView, check_inside, check_view
from citysquare.apps.devices.services.tables import Line
from citysquare.engine.errors import SealingError
from citysquare.engine.sources import AddressRule, redact
from citysquare.platform.errors import DomainError
from citysquare.platform.names import clean_names

if TYPE_CHECKING:
    from citysquare.apps.spaces.models import Space

_YES = frozenset({"1", "yes", "true", "on"})
_NO = frozenset({"0", "no", "false", "off"})
_VIEW = ("latitude", "longitude", "direction", "angle", "range")


class Act(StrEnum):
    """What would happen to a line."""

    CREATE = "create"
    CHANGE = "change"
    SAME = "same"
    REFUSE = "refuse"


@dataclass(slots=True)
class Planned:
    """One line, and what would happen."""

    number: int
    names: dict[str, str] = field(default_factory=dict)
    camera: Camera | None = None
    """The one that would be changed."""
    space: Space | None = None
    new_space: str = ""
    """Name of the space that would be made."""
    streams: Streams = field(default_factory=lambda: Streams(""))
    view: CameraView | None = None
    enabled: bool = True
    act: Act = Act.REFUSE
    reasons: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Any name it has."""
        return next(iter(self.names.values()), "")

    @property
    def address(self) -> str:
        """The address, as it may be shown."""
        return redact(self.streams.main_url)

    @property
    def with_login(self) -> bool:
        """Whether it would sign in to the camera."""
        return credentials.login_of(self.streams.main_url) is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a whole file would do."""

    rows: Sequence[Planned]

    def count(self, act: Act) -> int:
        """Return how many lines this would happen to."""
        return sum(row.act is act for row in self.rows)

    @property
    def new_spaces(self) -> list[str]:
        """The names of the spaces that would be made."""
        return list(dict.fromkeys(row.new_space for row in self.rows if row.new_space and row.act is not Act.REFUSE))

    @property
    def fingerprint(self) -> str:
        """Tells whether what would happen is still what a person saw."""
        seen = [(row.number, row.act, row.camera.pk if row.camera else "", row.new_space, row.reasons) for row in self.rows]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


class Planner:
    """Holds the lines of one file against the register and against each other."""

    def __init__(self, cameras: Iterable[Camera], spaces: Iterable[Space], *, rule: AddressRule, language: str) -> None:
        """Remember what is there."""
        self._by_id = {camera.pk: camera for camera in cameras}
        self._by_address = {camera.main_url.partition("#")[0]: camera for camera in self._by_id.values()}
        self._spaces: dict[str, Space] = {}
        for space in spaces:
            self._spaces |= {key.casefold(): space for key in (space.pk, space.external_id or space.pk, *space.names.values())}
        self._rule, self._language = rule, language
        self._seen: dict[str, int] = {}

    def plan(self, line: Line) -> Planned:
        """Return what would happen to a line, with everything that is wrong with it."""
        row = Planned(line.number)
        self._find(row, line)
        for step in (self._names, self._space, self._streams, self._view, self._enabled, self._once):
            try:
                step(row, line)
            except DomainError as error:
                row.reasons.append(str(error))
        if not row.reasons:
            row.act = self._act(row)
        return row

    def _find(self, row: Planned, line: Line) -> None:
        identifier = line.cells.get("id", "")
        if identifier:
            row.camera = self._by_id.get(identifier)
            if row.camera is None:
                row.reasons.append(_("There is no camera with this id here. Leave the cell empty for a new camera."))
            return
        address = stream_url(address=line.cells.get("address", ""))
        row.camera = self._by_address.get(redact(address)) if address else None

    def _names(self, row: Planned, line: Line) -> None:
        given = {self._language: line.cells["name"]} if line.cells.get("name") else {}
        given |= {column.partition(":")[2]: cell for column, cell in line.cells.items() if column.startswith("name:") and cell}
        before: Mapping[str, str] = row.camera.names if row.camera else {}
        try:
            row.names = clean_names({**before, **given})
        except ValueError:
            row.reasons.append(_("A camera needs a name."))

    def _space(self, row: Planned, line: Line) -> None:
        text = line.cells.get("space", "")
        row.space = self._spaces.get(text.casefold()) if text else (row.camera.space if row.camera else None)
        if row.space is None and not text:
            row.reasons.append(_("A camera needs a public space: name one, or a new one."))
        elif row.space is None:
            row.new_space = text

    def _streams(self, row: Planned, line: Line) -> None:
        if row.camera is not None and self._keeps_streams(row.camera, line):
            try:
                row.streams = credentials.open_streams(row.camera)
            except SealingError:
                row.reasons.append(_("Its password can no longer be opened: give user and password again."))
            return
        main, sub = (self._url(row, line, column) for column in ("address", "sub_address"))
        if row.camera is not None and row.camera.credentials and credentials.login_of(main) is None:
            row.reasons.append(_("A changed address needs user and password again: they are sent to no other address unseen."))
        row.streams = Streams(main, sub)
        for url in filter(None, (main, sub)):
            checked_url(url=url, rule=self._rule)

    def _keeps_streams(self, camera: Camera, line: Line) -> bool:
        """Whether a line says nothing new of how to reach a camera: an export comes back without its credentials."""
        if line.cells.get("user") or line.cells.get("password"):
            return False
        main, sub = (stream_url(address=line.cells.get(column, "")) for column in ("address", "sub_address"))
        return main in {"", camera.main_url.partition("#")[0]} and ("sub_address" not in line.cells or sub == camera.sub_url)

    @staticmethod
    def _url(row: Planned, line: Line, column: str) -> str:
        text = line.cells.get(column, "")
        if not text and column == "sub_address":
            return ""
        url = stream_url(address=text, user=line.cells.get("user", ""), password=line.cells.get("password", ""))
        if GAP in url:
            raise BadCameraAddress(_("The address has gaps where user and password were taken out: fill them in."))
        if not text:
            raise BadCameraAddress(_("A camera needs an address.") if row.camera is None else _("Give the address too."))
        return url

    def _view(self, row: Planned, line: Line) -> None:
        texts = {column: line.cells.get(column, "") for column in (*_VIEW, "height")}
        given = [column for column in _VIEW if texts[column]]
        if not given:
            return
        if len(given) < len(_VIEW):
            missing = next(column for column in _VIEW if not texts[column])
            raise BadView(_("A place is whole or missing: “%(column)s” is empty.") % {"column": missing})
        numbers = {column: _number(text, column) for column, text in texts.items() if text}
        row.view = CameraView(
            latitude=numbers["latitude"],
            longitude=numbers["longitude"],
            azimuth=numbers["direction"],
            view_angle=numbers["angle"],
            range_metres=numbers["range"],
            height_metres=numbers.get("height"),
        )
        check_view(row.view)
        if row.space is not None:
            check_inside(Camera(space=row.space, space_id=row.space.pk), row.view)

    @staticmethod
    def _enabled(row: Planned, line: Line) -> None:
        text = line.cells.get("enabled", "").casefold()
        row.enabled = row.camera.enabled if row.camera else True
        if text and text not in _YES | _NO:
            row.reasons.append(_("“enabled” is yes or no."))
        elif text:
            row.enabled = text in _YES

    def _once(self, row: Planned, line: Line) -> None:
        keys = {row.address.partition("#")[0], row.camera.pk if row.camera else ""} - {"", "rtsp://"}
        for key in keys:
            before = self._seen.setdefault(key, line.number)
            if before != line.number:
                row.reasons.append(_("Line %(number)d is the same camera.") % {"number": before})
                return
        other = self._by_address.get(row.address)
        if other is not None and (row.camera is None or other.pk != row.camera.pk):
            row.reasons.append(_("A camera with this address is in the register already."))

    def _act(self, row: Planned) -> Act:
        camera = row.camera
        if camera is None:
            return Act.CREATE
        same = (
            camera.names == row.names
            and row.space is not None
            and camera.space_id == row.space.pk
            and camera.enabled == row.enabled
            and credentials.open_streams(camera) == row.streams
            and (row.view is None or row.view == _view_of(camera))
        )
        return Act.SAME if same else Act.CHANGE


def _number(text: str, column: str) -> float:
    try:
        return float(text.replace(",", ".")) if len(text) <= 30 else float("nan")
    except ValueError:
        raise BadView(_("“%(column)s” is no number.") % {"column": column}) from None


def _view_of(camera: Camera) -> CameraView | None:
    view = view_of(camera)
    if view is None:
        return None
    return CameraView(view.latitude, view.longitude, view.azimuth, view.view_angle, view.range_metres, camera.height_metres)
