"""The JSON API against its own description: whatever is asked, with whichever token, it answers as the document says, without a fault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from citysquare.apps.accounts import services
from citysquare.apps.accounts.models import Organisation
from citysquare.platform import pace, tokens
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role, Scope
from tests.factories import CameraFactory, ObservationFactory, OrganisationFactory, person, recount

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
EXAMPLES = 25
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def city() -> Organisation:
    """A city that has something of everything the API tells."""
    city = OrganisationFactory.create()
    camera = CameraFactory.create(organisation=city)
    for minute in range(5):
        ObservationFactory.create(camera=camera, first=NOON + timedelta(minutes=minute))
    recount()
    return city


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set limits that thousands of questions do not reach (they have tests of their own), and leave the test's database open."""
    monkeypatch.setattr(tokens, "requests", pace.Limit(1e9, 1e9))
    monkeypatch.setattr(pace, "LIMITS", {kind: pace.Limit(1e9, 1e9) for kind in pace.LIMITS})
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def secret(city: Organisation, *scopes: Scope) -> str:
    wish = services.TokenWish("Fuzzer", "Asks oddly", frozenset(scopes), timedelta(days=1))
    return services.make_token(wish=wish, organisation_id=city.pk, made_by=person(city, Role.ADMINISTRATOR).pk, at=datetime.now(UTC)).secret


def operations() -> Iterator[Any]:
    """Yield each operation of the document as the running site serves it."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    found: Any  # a result of schemathesis's own: an operation, or why it cannot be read
    for found in schema.get_all_operations():
        operation = found.ok()
        assert operation is not None
        yield operation


def ask(operation: Any, mode: GenerationMode, headers: dict[str, str], *, seen: list[int]) -> None:  # noqa: ANN401 -- schemathesis's own
    """Ask one operation many times; each answer must be one the document knows."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    def once(case: Any) -> None:  # noqa: ANN401 -- as above
        case.headers = {**(case.headers or {}), **headers}
        response = case.call()
        case.validate_response(response, checks=CHECKS, headers=headers)
        seen.append(response.status_code)

    once()


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as described", "otherwise"])
def test_each_operation_answers_a_program_as_its_description_says(city: Organisation, mode: GenerationMode) -> None:
    headers = {"Authorization": f"Bearer {secret(city, *Scope)}"}
    count = 0
    for operation in operations():
        seen: list[int] = []
        ask(operation, mode, headers, seen=seen)
        assert seen
        count += 1
    assert count >= 8
    assert AuditEntry.objects.filter(outcome="allow").exists()


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer cs_wrong", "Basic eDp5", "scope"])
def test_without_the_right_token_nothing_is_told_however_one_asks(city: Organisation, authorization: str) -> None:
    value = f"Bearer {secret(city, Scope.METRICS)}" if authorization == "scope" else authorization
    for operation in operations():
        seen: list[int] = []
        ask(operation, GenerationMode.POSITIVE, {"Authorization": value} if value else {}, seen=seen)
        assert set(seen) <= {400, 401, 403, 404}


def test_the_site_under_test_is_the_whole_site() -> None:
    assert os.environ["DJANGO_SETTINGS_MODULE"] == "tests.settings"
    assert django_settings.ROOT_URLCONF == "citysquare.site.urls"
