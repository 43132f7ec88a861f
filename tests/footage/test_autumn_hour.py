"""The hour that the autumn brings twice: whoever names a time in it is asked which of the two is meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from django.utils import timezone

from citysquare.apps.footage.forms import ExhibitForm, HoldForm, StretchForm
from citysquare.apps.footage.pages.replay import _link
from citysquare.platform.policy import Role
from tests.factories import CameraFactory, OrganisationFactory, person, signed_in

TWICE = "2025-10-26T03:30:00"
FIRST, SECOND = "2025-10-26T03:30:00+03:00", "2025-10-26T03:30:00+02:00"
"""03:30 in Sofia before and after the clocks go back."""


@pytest.fixture(autouse=True)
def _in_sofia() -> Iterator[None]:
    with timezone.override("Europe/Sofia"):
        yield


@pytest.mark.parametrize("entered", [TWICE, TWICE[:16], TWICE.replace("T", " ")])
def test_a_time_that_comes_twice_is_asked_back_with_both_its_meanings(entered: str) -> None:
    form = HoldForm({"start": entered, "end": "2025-10-26T06:00:00"}, cameras=[])
    assert "start" in form.errors
    shown = str(form["start"])
    assert "<select" in shown
    assert "2025-10-26 03:30:00 +03:00" in shown
    assert "2025-10-26 03:30:00 +02:00" in shown
    assert "<select" not in str(form["end"])


@pytest.mark.parametrize(("chosen", "hour"), [(FIRST, 0), (SECOND, 1)])
def test_the_chosen_one_counts_and_stays_chosen(chosen: str, hour: int) -> None:
    form = ExhibitForm({"start": chosen, "end": SECOND}, cameras=[])
    assert not {"start", "end"} & form.errors.keys()
    assert form.cleaned_data["start"] == datetime(2025, 10, 26, hour, 30, tzinfo=UTC)
    assert f'<option value="{chosen}" selected>' in str(form["start"])


def test_any_other_time_is_entered_as_ever_also_with_an_offset() -> None:
    for entered in ("2025-10-26T05:30:00", "2025-10-26T05:30:00+02:00", "2025-10-26T03:30:00Z"):
        form = StretchForm({"at": entered, "minutes": "2"})
        assert form.is_valid()
        assert form.cleaned_data["at"] == datetime(2025, 10, 26, 3, 30, tzinfo=UTC)
        assert 'value="2025-10-26T05:30:00"' in str(form["at"])


@pytest.mark.parametrize(
    "entered", ["2025-03-30T03:30:00", "2025-13-26T03:30", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "x" * 10_000, "\0"]
)
def test_what_is_no_time_is_refused_and_asked_for_in_the_same_way(entered: str) -> None:
    form = StretchForm({"at": entered, "minutes": "2"})
    assert "at" in form.errors
    assert "<select" not in str(form["at"])


@pytest.mark.parametrize("hour", [0, 1])
def test_a_link_into_the_hour_says_which_one_it_means(hour: int) -> None:
    begin = datetime(2025, 10, 26, hour, 30, tzinfo=UTC)
    form = StretchForm(QueryDict(_link("x" * 16, begin, "2").partition("?")[2]))
    assert form.is_valid()
    assert form.cleaned_data["at"] == begin
    assert "selected" in str(StretchForm(initial={"at": timezone.localtime(begin)})["at"])


@pytest.mark.django_db
def test_replay_asks_which_hour_is_meant_instead_of_showing_another_time() -> None:
    city = OrganisationFactory.create()
    camera, client = CameraFactory.create(organisation=city), signed_in(person(city, Role.INVESTIGATOR))
    why = {"case": "2026/117", "reason": "crime", "person_role": "suspect", "text": "The robbery at the kiosk, seen from the north"}
    assert client.post(f"/cameras/{camera.pk}/replay/", why).status_code == 302
    page = client.get(f"/cameras/{camera.pk}/replay/?at={TWICE}&minutes=1").content.decode()
    assert f'<option value="{FIRST}">' in page
    assert "errorlist" in page
