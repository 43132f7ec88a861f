"""Live looks as spans: one entry when a person begins to look at a camera, one when they end, whatever happens to browser and server."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from citysquare.platform import audit, looks
from citysquare.platform.doors import Refused
from citysquare.platform.looks import VANISHED, Why
from citysquare.platform.models import AuditEntry, OpenLook
from citysquare.platform.policy import Actor, Role, Subject
from tests.factories import NOW

pytestmark = pytest.mark.django_db

CAMERA = Subject("camera", "camera1", "city1")
OLENA = Actor("olena", "city1", frozenset({Role.OPERATOR}))


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def begin(page: str, seconds: float, actor: Actor = OLENA, camera: Subject = CAMERA) -> None:
    looks.begin(page=page, actor=actor, subject=camera, at=after(seconds))


def end(page: str, seconds: float, why: Why = Why.LEFT) -> None:
    looks.end(page=page, camera=CAMERA.id, at=after(seconds), until=after(seconds), why=why)


def told() -> list[tuple[str, object, object]]:
    rows = AuditEntry.objects.order_by("sequence")
    return [(row.outcome, row.details.get("seconds"), row.details.get("why")) for row in rows]


def test_led_25_a_look_is_one_entry_at_its_beginning_and_one_at_its_end() -> None:
    begin("page1", 0)
    looks.beat(page="page1", cameras=["camera1"], at=after(15))
    end("page1", 21)
    assert told() == [("allow", None, None), ("ended", 21, "left")]
    assert {row.actor for row in AuditEntry.objects.all()} == {audit.actor_name("olena")}
    assert not OpenLook.objects.exists()


def test_two_pages_of_one_person_are_one_span() -> None:
    begin("page1", 0)
    begin("page2", 10)
    end("page1", 20)
    end("page2", 30)
    assert told() == [("allow", None, None), ("ended", 30, "left")]


def test_two_persons_and_two_cameras_are_spans_of_their_own() -> None:
    begin("page1", 0)
    begin("page2", 1, Actor("ivan", "city1", frozenset({Role.OPERATOR})))
    begin("page1", 2, camera=Subject("camera", "camera2", "city1"))
    assert [row[0] for row in told()] == ["allow"] * 3


def test_a_browser_that_vanished_is_closed_at_its_last_heartbeat() -> None:
    begin("page1", 0)
    looks.beat(page="page1", cameras=["camera1"], at=after(15))
    assert looks.close_vanished(at=after(16)) == 0
    assert looks.close_vanished(at=after(15) + VANISHED) == 1
    assert told()[-1] == ("ended", 15, "vanished")


def test_who_comes_back_after_the_span_was_closed_begins_a_new_one() -> None:
    begin("page1", 0)
    looks.close_vanished(at=after(60))
    assert looks.beat(page="page1", cameras=["camera1"], at=after(61)) == ["camera1"]
    begin("page1", 61)
    assert [row[0] for row in told()] == ["allow", "ended", "allow"]


def test_an_open_span_lets_nobody_in_whose_right_has_ended() -> None:
    begin("page1", 0)
    with pytest.raises(Refused):
        begin("page2", 5, Actor("olena", "city1", frozenset({Role.AUDITOR})))
    end("page1", 6, Why.RIGHT_ENDED)
    assert [row[0] for row in told()] == ["allow", "refuse", "ended"]
    assert told()[-1][2] == "right_ended"


def test_ending_twice_is_one_entry() -> None:
    begin("page1", 0)
    end("page1", 5)
    end("page1", 6)
    assert [row[0] for row in told()] == ["allow", "ended"]


def test_while_the_log_takes_nothing_the_look_stays_open_for_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    begin("page1", 0)

    def unavailable(**_entry: object) -> None:
        raise audit.AuditUnavailable("The log takes no entry.")

    with monkeypatch.context() as broken:
        broken.setattr(audit, "record", unavailable)
        with pytest.raises(audit.AuditUnavailable):
            end("page1", 5)
    assert looks.close_vanished(at=after(0) + VANISHED) == 1
    assert told()[-1] == ("ended", 0, "vanished")
