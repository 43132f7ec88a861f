"""The system's page says when deletion by age does not go on, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from citysquare.platform import retention
from citysquare.platform.models import Tombstone
from citysquare.platform.retention import clock
from citysquare.site.system.kept_state import kept_sentences, kept_state
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def codes(minutes: int) -> list[str]:
    at = NOW + minutes * MINUTE
    return [code for code, *_words in kept_sentences(kept_state(at=at), at)]


def test_before_the_first_round_nothing_is_wrong() -> None:
    assert codes(0) == []


def test_a_clock_that_leapt_batches_that_do_not_end_and_rounds_that_do_not_come_are_told() -> None:
    clock.believe(at=NOW)
    assert codes(10) == []
    assert codes(121) == ["retention.silent"]
    Tombstone.objects.create(data_class="observations", listed_at=NOW, count=1)
    assert codes(59) == []
    assert codes(61) == ["retention.stuck"]
    Tombstone.objects.all().delete()
    retention.run(at=NOW + 3000 * MINUTE)
    assert codes(3001) == ["retention.clock_leapt"]
