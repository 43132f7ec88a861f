"""What the doors gather before they ask the policy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from citysquare.platform import facts
from citysquare.platform.doors import NeedsAuthorisation, NeedsJustification, NeedsTwoPersons, Refused, look, told
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Actor, Facts, Justification, PersonRole, ReasonCode, Role, Subject, strict
from tests.factories import NOW

CAMERA = Subject("camera", "c1", "city", camera="c1")
SUPERVISOR = Actor("ana", "city", frozenset({Role.SUPERVISOR}))
WHY = Justification("2026/17", ReasonCode.CRIME, PersonRole.SUSPECT, "theft", "The theft of a bicycle at the station")

pytestmark = pytest.mark.django_db


@pytest.fixture
def nobody_on_duty() -> Iterator[None]:
    """A city where no shift runs."""
    before = list(facts._duty)  # noqa: SLF001 -- put back afterwards
    facts.register_duty(lambda _actor, _at: False)
    yield
    facts._duty[:] = before  # noqa: SLF001 -- as above


def gathered(action: Action, **more: object) -> Facts:
    return facts.gather(actor=SUPERVISOR, action=action, subject=CAMERA, at=NOW, **more)  # type: ignore[arg-type]  # by name


@pytest.mark.usefixtures("nobody_on_duty")
def test_a_shift_matters_for_pictures_alone() -> None:
    assert not gathered(Action.LIVE_VIEW).on_duty
    assert not gathered(Action.REPLAY_VIEW).on_duty
    assert gathered(Action.HOLD_LIST).on_duty


def test_a_routine_act_costs_no_question(django_assert_num_queries: pytest.FixtureRequest) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django's own
        assert gathered(Action.HOLD_LIST) == Facts(at=NOW)


def test_what_demands_something_is_weighed_by_the_pack_in_force_and_the_time_of_the_log() -> None:
    found = gathered(Action.REPLAY_VIEW, justification=WHY)
    assert (found.pack, found.justification, found.clock_set_back) == (strict(), WHY, False)
    assert found.at is not None
    assert found.at >= NOW


@pytest.mark.parametrize(
    ("action", "known", "error"),
    [
        (Action.REPLAY_VIEW, Facts(at=NOW), NeedsJustification),
        (Action.EXHIBIT_MAKE, Facts(at=NOW, justification=WHY), NeedsTwoPersons),
        (Action.AUTHORISATION_ISSUE, Facts(at=NOW), NeedsTwoPersons),
        (
            Action.REPLAY_VIEW,
            Facts(at=NOW, justification=Justification("2026/17", ReasonCode.COURT_ORDER, PersonRole.NOBODY, text="The court ordered it")),
            NeedsAuthorisation,
        ),
    ],
)
def test_led_25_a_refusal_for_want_of_something_has_its_code_its_law_and_its_entry(
    action: Action, known: Facts, error: type[Refused]
) -> None:
    with pytest.raises(error, match="Art"):
        look(actor=SUPERVISOR, action=action, subject=CAMERA, facts=known, at=NOW + timedelta(seconds=1))
    assert AuditEntry.objects.filter(action=str(action), outcome="refuse").count() == 1


def test_the_words_of_a_justification_never_stand_in_the_log() -> None:
    known = Facts(at=NOW, justification=WHY)
    look(actor=SUPERVISOR, action=Action.REPLAY_VIEW, subject=CAMERA, facts=known, at=NOW, details=told(WHY))
    details = AuditEntry.objects.get(action=str(Action.REPLAY_VIEW)).details
    assert details["reason"] == "crime"
    assert "bicycle" not in str(details)
    assert "2026/17" not in str(details)
    assert told(None) == {}
