"""Nobody reaches a picture, an observation or the log around the policy: every address says who may open it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from citysquare.apps.accounts import services as accounts
from citysquare.platform import audit
from citysquare.platform.doors import door_of
from citysquare.platform.ids import new_id
from citysquare.platform.policy import Action, Role
from citysquare.site.live.application import live_application
from tests.factories import NOW, CameraFactory, OrganisationFactory, person, signed_in

LOOKS = {
    "wall": Action.LIVE_VIEW,
    "camera": Action.COVERAGE_VIEW,
    "camera-status": Action.COVERAGE_VIEW,
    "camera-day": Action.COVERAGE_VIEW,
    "continuity": Action.COVERAGE_VIEW,
    "health-events": Action.COVERAGE_VIEW,
    "api-continuity": Action.COVERAGE_VIEW,
    "api-health": Action.COVERAGE_VIEW,
    "api-holds": Action.HOLD_LIST,
    "api-hold": Action.HOLD_LIST,
    "holds": Action.HOLD_LIST,
    "hold": Action.HOLD_LIST,
    "hold-place": Action.HOLD_PLACE,
    "hold-extend": Action.HOLD_EXTEND,
    "hold-lift": Action.HOLD_LIFT,
    "replay": Action.REPLAY_VIEW,
    "replay-film": Action.REPLAY_VIEW,
    "exhibits": Action.EXHIBIT_LIST,
    "exhibit": Action.EXHIBIT_LIST,
    "exhibit-ask": Action.EXHIBIT_LIST,
    "exhibit-fetch": Action.EXHIBIT_LIST,
    "exhibit-again": Action.EXHIBIT_LIST,
    "reasons": Action.REASONS_READ,
    "rules": Action.PACK_VIEW,
    "rules-install": Action.PACK_ASK,
    "authorisations": Action.AUTHORISATION_LIST,
    "authorisation": Action.AUTHORISATION_LIST,
    "authorisation-ask": Action.AUTHORISATION_ASK,
    "authorisation-confirm": Action.AUTHORISATION_ASK,
    "authorisation-end": Action.AUTHORISATION_END,
    "authorisation-delete": Action.AUTHORISATION_END,
    "spaces": Action.SPACE_LIST,
    "space": Action.SPACE_LIST,
    "space-export": Action.SPACE_LIST,
    "space-add": Action.SPACE_CHANGE,
    "space-edit": Action.SPACE_CHANGE,
    "space-remove": Action.SPACE_CHANGE,
    "space-import": Action.SPACE_CHANGE,
    "space-import-preview": Action.SPACE_CHANGE,
    "zone-add": Action.SPACE_CHANGE,
    "zone-edit": Action.SPACE_CHANGE,
    "zone-remove": Action.SPACE_CHANGE,
    "zone-undo": Action.SPACE_CHANGE,
    "cameras": Action.CAMERA_LIST,
    "camera-add": Action.CAMERA_ADD,
    "camera-test": Action.CAMERA_TEST,
    "device-search": Action.CAMERA_TEST,
    "device-ask": Action.CAMERA_TEST,
    "camera-found": Action.CAMERA_ADD,
    "camera-found-test": Action.CAMERA_TEST,
    "camera-import": Action.CAMERA_ADD,
    "camera-import-template": Action.CAMERA_ADD,
    "camera-import-preview": Action.CAMERA_ADD,
    "camera-export": Action.CAMERA_CHANGE,
    "camera-edit": Action.CAMERA_CHANGE,
    "camera-streams": Action.CAMERA_CHANGE,
    "camera-place": Action.CAMERA_CHANGE,
    "camera-switch": Action.CAMERA_CHANGE,
    "observations": Action.OBSERVATIONS_COUNT,
    "observations-camera": Action.OBSERVATIONS_COUNT,
    "observations-csv": Action.OBSERVATIONS_EXPORT,
    "api-observations": Action.OBSERVATIONS_LIST,
    "api-observation": Action.OBSERVATIONS_LIST,
    "api-counts": Action.OBSERVATIONS_COUNT,
    "api-spaces": Action.SPACE_LIST,
    "api-space": Action.SPACE_LIST,
    "api-cameras": Action.CAMERA_LIST,
    "api-camera": Action.CAMERA_LIST,
    "map": Action.SPACE_LIST,
    "map-features": Action.SPACE_LIST,
    "map-status": Action.COVERAGE_VIEW,
    "map-camera": Action.COVERAGE_VIEW,
    "map-style": Action.SPACE_LIST,
    "map-plan": Action.SPACE_LIST,
    "map-tiles": Action.SPACE_LIST,
    "system": Action.SYSTEM_VIEW,
    "metrics": Action.SYSTEM_VIEW,
    "keys": Action.OWN_KEYS,
    "passkey-options": Action.OWN_KEYS,
    "passkey-add": Action.KEY_ADD,
    "passkey-remove": Action.KEY_REMOVE,
    "app-set-up": Action.KEY_ADD,
    "app-remove": Action.KEY_REMOVE,
    "recovery-codes": Action.KEY_ADD,
    "identity-link": Action.KEY_ADD,
    "identity-unlink": Action.KEY_REMOVE,
    "sitting-end": Action.OWN_KEYS,
    "sittings-end": Action.OWN_KEYS,
    "acts": Action.ACT_LIST,
    "act": Action.ACT_LIST,
    "act-seal-options": Action.ACT_LIST,
    "act-seal": Action.SEAL,
    "act-refuse": Action.ACT_REFUSE,
    "people": Action.PERSON_LIST,
    "person": Action.PERSON_LIST,
    "person-add": Action.PERSON_ADD,
    "person-rename": Action.PERSON_CHANGE,
    "person-link": Action.PERSON_CHANGE,
    "person-end": Action.PERSON_CHANGE,
    "person-back": Action.PERSON_CHANGE,
    "role-grant": Action.ROLE_GRANT,
    "role-revoke": Action.ROLE_REVOKE,
    "oversight-grant": Action.OVERSIGHT_GRANT,
    "oversight-revoke": Action.OVERSIGHT_REVOKE,
    "groups": Action.GROUP_LIST,
    "group": Action.GROUP_LIST,
    "group-add": Action.GROUP_CHANGE,
    "group-edit": Action.GROUP_CHANGE,
    "group-end": Action.GROUP_CHANGE,
    "group-join": Action.GROUP_CHANGE,
    "group-leave": Action.GROUP_CHANGE,
    "shifts": Action.SHIFT_LIST,
    "shift-plan": Action.SHIFT_CHANGE,
    "duty-now": Action.SHIFT_CHANGE,
    "shift-end": Action.SHIFT_CHANGE,
    "organisations": Action.ORGANISATION_LIST,
    "organisation-edit": Action.ORGANISATION_CHANGE,
    "organisation-choose": Action.ORGANISATION_CHOSEN,
    "tokens": Action.TOKEN_LIST,
    "token-make": Action.TOKEN_MAKE,
    "token-revoke": Action.TOKEN_REVOKE,
    "retention": Action.RETENTION_VIEW,
    "retention-clock": Action.RETENTION_RUN,
    "audit-log": Action.AUDIT_READ,
    "audit-check": Action.AUDIT_READ,
    "audit-export": Action.AUDIT_EXPORT,
}
"""The action each page asks for before it shows anything; more is asked for inside it."""


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern), entry


ADDRESSES = dict(addresses(get_resolver()))


def test_there_are_addresses() -> None:
    assert len(ADDRESSES) > len(LOOKS)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_guarded_or_says_why_it_is_open_to_all(address: str) -> None:
    door = door_of(ADDRESSES[address].callback)
    assert door is not None, f"{address} says nothing: @guarded(Action…) or @open_to_all('because …')"
    assert door.action is not None or len(door.reason.split()) >= 4


@pytest.mark.parametrize("name", LOOKS)
def test_a_page_asks_for_the_right_action(name: str) -> None:
    views: list[Callable[..., Any]] = [pattern.callback for pattern in ADDRESSES.values() if pattern.name == name]
    assert [getattr(door_of(view), "action", None) for view in views] == [LOOKS[name]]


def test_the_live_pictures_are_guarded() -> None:
    door = door_of(live_application)
    assert door is not None
    assert door.action is Action.LIVE_VIEW


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "address", [address for address, pattern in ADDRESSES.items() if getattr(door_of(pattern.callback), "action", None)]
)
def test_a_stranger_gets_nothing_behind_a_door(client: Client, address: str, method: str) -> None:
    path = filled(ADDRESSES[address], address)
    answer = getattr(client, method)(path)
    assert answer.status_code in {302, 401, 403, 405}, f"{method} {path} answered {answer.status_code}"
    if answer.status_code == 302:
        assert answer["Location"].startswith("/sign-in/")


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", [pattern.name for pattern in ADDRESSES.values() if getattr(door_of(pattern.callback), "action", None)])
def test_without_the_log_nothing_behind_a_door_is_shown_or_done(name: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(**_entry: object) -> NoReturn:
        raise audit.AuditUnavailable("The log takes no entry.")

    city = OrganisationFactory.create()
    camera = CameraFactory.create(organisation=city)
    user = person(city, Role.OPERATOR)
    for role in Role:
        accounts.grant_role(user=user, organisation=city, role=role, at=NOW)
    client = signed_in(user)
    monkeypatch.setattr(audit, "record", unavailable)
    address = next(address for address, pattern in ADDRESSES.items() if pattern.name == name)
    answer = getattr(client, method)(filled(ADDRESSES[address], address, camera.pk, camera.space_id), {"enabled": "0", "name": "Other"})
    assert answer.status_code in {503, 405}
    assert answer.status_code == 503 or method == "get" or name in LOOKS
    text = answer.content.decode()
    assert camera.names["en"] not in text
    camera.refresh_from_db()
    assert camera.enabled


def filled(pattern: URLPattern, address: str, identifier: str = "", space: str = "") -> str:
    """The address with an identifier in place of each `<id:...>`."""
    for name, converter in pattern.pattern.converters.items():
        wanted = space if name == "space_id" else identifier
        for kind in ("id", "str", "int", "slug"):
            address = address.replace(f"<{kind}:{name}>", "1" if type(converter).__name__ == "IntConverter" else wanted or new_id())
    return address
