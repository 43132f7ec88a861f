"""Authorisations that are over go with their time, once what was obtained under them is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from citysquare.platform import retention
from citysquare.platform.models import StoredAuthorisation
from citysquare.platform.policy import Action
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def entered(number: int, **ended: object) -> StoredAuthorisation:
    return StoredAuthorisation.objects.create(
        organisation="city",
        permits="police",
        action=str(Action.REPLAY_VIEW),
        valid_from=NOW,
        valid_to=NOW + HOUR,
        issued_at=NOW,
        issuer="Court",
        document_sha256="0" * 64,
        act=f"act{number}",
        entered_by="person",
        entered_at=NOW,
        **ended,
    )


def test_led_5_an_authorisation_goes_when_it_is_over_and_nothing_is_left_to_purge() -> None:
    running = entered(1, state="issued")
    over = entered(2, state="ended", ended_because="over", ended_at=NOW + HOUR)
    refused = entered(3, state="refused", ended_at=NOW)
    unpurged = entered(4, state="ended", ended_because="lapsed", ended_at=NOW + HOUR)
    purged = entered(5, state="ended", ended_because="lapsed", ended_at=NOW + HOUR, purged_at=NOW + HOUR)
    held = retention.held_of("authorisations")
    assert held is not None
    later = NOW + 2 * HOUR
    assert {one.id for one in held.find_expired(later, later, 10)} == {over.pk, refused.pk, purged.pk}
    every = [one.pk for one in (running, over, refused, unpurged, purged)]
    assert held.delete(every) == 3
    assert held.remaining(every) == {running.pk, unpurged.pk}
    assert held.count() == 2
