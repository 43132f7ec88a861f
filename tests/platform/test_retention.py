"""Retention: what is over its time goes, what is held or younger stays, and the log proves both whatever is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from citysquare.platform import audit, retention
from citysquare.platform.models import AuditEntry, OutboxEvent, RetentionClock, Tombstone, TombstoneState
from citysquare.platform.policy import Action
from citysquare.platform.retention import Expired, Held, clock, job, tombstones
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
ROUND = timedelta(minutes=10)
KEPT = 30 * DAY
THINGS = "things"


class PowerCut(BaseException):
    """The machine loses power: nothing of the program catches it."""


@dataclass
class Things:
    """A room that holds rows of the outbox, and can be told which are held."""

    held: set[str] = field(default_factory=set)
    stubborn: bool = False

    def make(self, *ages: timedelta) -> list[str]:
        return [str(OutboxEvent.objects.create(name=THINGS, payload={}, at=NOW - age).pk) for age in ages]

    def left(self) -> set[str]:
        return {str(pk) for pk in OutboxEvent.objects.filter(name=THINGS).values_list("pk", flat=True)}

    def find(self, before: datetime, _now: datetime, limit: int) -> Sequence[Expired]:
        rows = OutboxEvent.objects.filter(name=THINGS, at__lte=before).exclude(pk__in=self.held).order_by("at", "pk")
        return [Expired(str(row.pk), row.at) for row in rows[:limit]]

    def delete(self, ids: Sequence[str]) -> int:
        return 0 if self.stubborn else OutboxEvent.objects.filter(pk__in=ids).delete()[0]

    def remaining(self, ids: Sequence[str]) -> frozenset[str]:
        return frozenset(str(pk) for pk in OutboxEvent.objects.filter(pk__in=ids).values_list("pk", flat=True))

    def of(self, ids: Sequence[str], _now: datetime) -> frozenset[str]:
        return frozenset(self.held.intersection(ids))


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> Things:
    monkeypatch.setattr(retention.held, "_held", {})
    room = Things()
    retention.register(
        Held(
            data_class=THINGS,
            title="Things",
            purpose="To be tested",
            find_expired=room.find,
            delete=room.delete,
            remaining=room.remaining,
            count=lambda: len(room.left()),
            held=room.of,
            kept_for=lambda: KEPT,
        )
    )
    RetentionClock.objects.create(believed=NOW, seen=NOW)
    return room


def told(outcome: str = "") -> list[AuditEntry]:
    found = AuditEntry.objects.filter(action=Action.RETENTION_DELETED).order_by("sequence")
    return list(found.filter(outcome=outcome) if outcome else found)


def is_sound() -> bool:
    return audit.verify(settings.CITYSQUARE.audit_dir).ok


# --- age ---------------------------------------------------------------------------------------------------------------------


def test_led_5_what_is_over_its_time_is_deleted_and_what_is_younger_stays(things: Things) -> None:
    old, edge, young = things.make(31 * DAY, KEPT, KEPT - timedelta(microseconds=1))
    assert retention.run(at=NOW) == 2
    assert things.left() == {young}
    assert {old, edge}.isdisjoint(things.left())


def test_led_25_each_deletion_stands_in_the_log_before_and_after_it_with_its_rule(things: Things) -> None:
    things.make(40 * DAY, 31 * DAY)
    retention.run(at=NOW)
    begun, done = told()
    (row,) = Tombstone.objects.all()
    assert (begun.outcome, done.outcome) == ("begun", "done")
    assert {name: begun.details[name] for name in ("data_class", "rule", "count", "hours")} == {
        "data_class": THINGS,
        "rule": "retention.things",
        "count": 2,
        "hours": 720,
    }
    assert begun.details["oldest"] == "2026-03-22T12:00:00.000000Z"
    assert begun.details["digest"] == done.details["digest"] == row.digest
    assert (done.details["checked"], done.details["found"]) == (2, 2)
    assert tombstones.is_proven(row)
    assert is_sound()


def test_a_tombstone_keeps_no_identifier_but_proves_which_they_were(things: Things) -> None:
    ids = things.make(40 * DAY, 31 * DAY)
    retention.run(at=NOW)
    (row,) = Tombstone.objects.all()
    assert row.ids == []
    assert row.state == TombstoneState.PROVEN
    assert tombstones.body_of(row)["root"] == tombstones.root_of(THINGS, sorted(ids))
    assert tombstones.body_of(row)["root"] != tombstones.root_of(THINGS, [*ids, "another"])
    assert tombstones.body_of(row)["root"] != tombstones.root_of("others", sorted(ids))


@pytest.mark.parametrize("change", ["body = replace(body, '\"count\":1', '\"count\":9')", "count = 9", "rule = 'other'"])
def test_a_changed_tombstone_is_found(things: Things, change: str) -> None:
    things.make(31 * DAY)
    retention.run(at=NOW)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE platform_tombstone SET {change}")  # noqa: S608 -- one of the three above
    assert not tombstones.is_proven(Tombstone.objects.get())


def test_nothing_due_leaves_no_trace(things: Things) -> None:
    things.make(DAY)
    assert retention.run(at=NOW) == 0
    assert (told(), Tombstone.objects.count()) == ([], 0)


def test_many_go_in_batches_and_the_next_round_goes_on(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "MOST_IN_BATCH", 2)
    monkeypatch.setattr(job, "MOST_BATCHES", 4)
    things.make(*[31 * DAY] * 11)
    assert [retention.run(at=NOW + number * ROUND) for number in range(3)] == [8, 3, 0]
    assert [row.count for row in Tombstone.objects.order_by("listed_at", "pk")][-2:] in ([2, 1], [1, 2])


def test_a_room_that_lists_what_is_younger_deletes_nothing(things: Things) -> None:
    (young,) = things.make(DAY)
    wrong = retention.held_of(THINGS)
    assert wrong is not None
    retention.register(replace(wrong, find_expired=lambda _before, now, limit: things.find(now, now, limit)))
    assert retention.run(at=NOW) == 0
    assert things.left() == {young}
    assert told() == []


def test_one_rooms_failure_ends_no_others_deletion(things: Things) -> None:
    def failing(_before: datetime, _now: datetime, _limit: int) -> Sequence[Expired]:
        raise LookupError("the room is not well")

    good = retention.held_of(THINGS)
    assert good is not None
    retention.register(replace(good, data_class="a_first", find_expired=failing))
    things.make(31 * DAY)
    assert retention.run(at=NOW) == 1


def test_without_the_log_nothing_is_deleted(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(**_entry: object) -> None:
        raise audit.AuditUnavailable("The log takes no entry.")

    things.make(31 * DAY)
    with monkeypatch.context() as cut:
        cut.setattr(audit, "record", unavailable)
        assert retention.run(at=NOW) == 0
    assert len(things.left()) == 1
    assert retention.run(at=NOW + ROUND) == 1


# --- the clock ---------------------------------------------------------------------------------------------------------------


def test_a_clock_set_far_ahead_deletes_nothing_at_first(things: Things) -> None:
    things.make(DAY)
    ahead = NOW + 3653 * DAY
    assert sum(retention.run(at=ahead + number * ROUND) for number in range(30)) == 0
    assert len(things.left()) == 1


def test_an_administrator_who_says_that_the_clock_is_right_lets_it_go_on(things: Things) -> None:
    things.make(DAY)
    later = NOW + 60 * DAY
    assert retention.run(at=later) == 0
    clock.believe(at=later)
    assert retention.run(at=later + ROUND) == 1


def test_holds_do_not_end_by_a_clock_that_is_ahead(things: Things) -> None:
    asked: list[datetime] = []
    good = retention.held_of(THINGS)
    assert good is not None

    def held(_ids: Sequence[str], now: datetime) -> frozenset[str]:
        asked.append(now)
        return frozenset()

    retention.register(replace(good, held=held))
    retention.run(at=NOW + 365 * DAY)
    retention.purge(kind=THINGS, ids=things.make(DAY), rule="order", at=NOW + 365 * DAY)
    assert set(asked) == {NOW}


# --- holds -------------------------------------------------------------------------------------------------------------------


def test_what_is_held_stays_however_old(things: Things) -> None:
    held, free = things.make(400 * DAY, 400 * DAY)
    things.held = {held}
    assert retention.run(at=NOW) == 1
    assert things.left() == {held}
    assert free not in things.left()
    things.held = set()
    assert retention.run(at=NOW + ROUND) == 1


def test_a_hold_placed_between_list_and_deletion_withdraws_the_batch(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    late, free = things.make(31 * DAY, 31 * DAY)
    real = tombstones.tell

    def telling(row: Tombstone, outcome: str, *, at: datetime) -> None:
        real(row, outcome, at=at)
        things.held = {late}

    monkeypatch.setattr(tombstones, "tell", telling)
    assert retention.run(at=NOW) == 0
    assert things.left() == {late, free}
    assert retention.run(at=NOW + ROUND) == 1
    assert things.left() == {late}
    assert [entry.outcome for entry in told()] == ["begun", "withdrawn", "begun", "done"]
    assert sorted(Tombstone.objects.values_list("state", "count")) == [("proven", 1), ("withdrawn", 2)]


# --- purging -----------------------------------------------------------------------------------------------------------------


def test_ai_act_26_10_what_was_obtained_without_confirmation_is_purged_whatever_its_age(things: Things) -> None:
    first, second, other = things.make(DAY, DAY, DAY)
    done = retention.purge(kind=THINGS, ids=[first, second, "999999"], rule="authorisation.not_confirmed", at=NOW)
    assert (done.deleted, done.spared) == (2, frozenset())
    assert things.left() == {other}
    (row,) = Tombstone.objects.all()
    assert (row.rule, row.count, tombstones.is_proven(row)) == ("authorisation.not_confirmed", 2, True)
    assert tombstones.body_of(row)["hours"] is None


def test_purging_what_is_gone_does_nothing(things: Things) -> None:
    (one,) = things.make(DAY)
    retention.purge(kind=THINGS, ids=[one], rule="order", at=NOW)
    assert retention.purge(kind=THINGS, ids=[one], rule="order", at=NOW).deleted == 0
    assert Tombstone.objects.count() == 1


def test_a_purge_spares_what_is_held_and_says_so(things: Things) -> None:
    held, free = things.make(DAY, DAY)
    things.held = {held}
    done = retention.purge(kind=THINGS, ids=[held, free], rule="order", at=NOW)
    assert (done.deleted, done.spared) == (1, frozenset({held}))
    assert things.left() == {held}


def test_a_class_that_nobody_registers_cannot_be_purged(things: Things) -> None:
    del things
    with pytest.raises(retention.UnknownDataClassError):
        retention.purge(kind="unknown", ids=["1"], rule="order", at=NOW)


# --- interruptions -----------------------------------------------------------------------------------------------------------

Steps = list[tuple[object, str]]
STEPS: Steps = [(tombstones, "listed"), (tombstones, "tell"), (job, "_move"), (job, "_delete"), (job, "_check"), (job, "_close")]


def cut_at(monkeypatch: pytest.MonkeyPatch, when: int, *, after: bool) -> Callable[[], int]:
    """Cut the power before or after the step number `when` of all steps that are done."""
    count = 0

    def wrap(real: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **words: object) -> object:
            nonlocal count
            count += 1
            mine = count
            if mine == when and not after:
                raise PowerCut
            result = real(*args, **words)
            if mine == when:
                raise PowerCut
            return result

        return step

    for place, name in STEPS:
        monkeypatch.setattr(place, name, wrap(getattr(place, name)))
    return lambda: count


@pytest.mark.parametrize("after", [False, True])
def test_power_lost_between_any_two_steps_ends_in_the_same_state(things: Things, after: bool) -> None:
    for when in range(1, 9):
        OutboxEvent.objects.filter(name=THINGS).delete()
        Tombstone.objects.all().delete()
        before = len(told())
        old = len(things.make(40 * DAY, 31 * DAY))
        (young,) = things.make(DAY)
        with pytest.MonkeyPatch.context() as cut:
            steps = cut_at(cut, when, after=after)
            try:
                retention.run(at=NOW)
            except PowerCut:
                assert steps() >= when
        for number in range(1, 3):
            retention.run(at=NOW + number * ROUND)
        assert things.left() == {young}
        rows = list(Tombstone.objects.all())
        assert [(row.state, row.count, row.deleted) for row in rows] == [("proven", old, old)]
        assert [entry.outcome for entry in told()[before:]] == ["begun", "done"]
        assert tombstones.is_proven(rows[0])
        clock.believe(at=NOW)
    assert is_sound()


def test_what_does_not_go_is_not_called_proven_and_is_tried_again(things: Things) -> None:
    things.make(31 * DAY)
    things.stubborn = True
    retention.run(at=NOW)
    retention.run(at=NOW + ROUND)
    (row,) = Tombstone.objects.all()
    assert (row.state, row.closed_at) == (TombstoneState.DELETED, None)
    assert told("done") == []
    things.stubborn = False
    retention.run(at=NOW + 2 * ROUND)
    retention.run(at=NOW + 3 * ROUND)
    assert tombstones.is_proven(Tombstone.objects.get())


@hypothesis_settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ages=st.lists(st.integers(min_value=0, max_value=60), min_size=1, max_size=6),
    holding=st.sets(st.integers(min_value=0, max_value=5)),
    leaps=st.lists(st.sampled_from([timedelta(0), ROUND, 3 * DAY, -3 * DAY, 4000 * DAY]), max_size=2),
    cut=st.integers(min_value=0, max_value=12),
)
def test_whatever_happens_only_what_is_due_and_free_goes(
    things: Things, ages: list[int], holding: set[int], leaps: list[timedelta], cut: int
) -> None:
    OutboxEvent.objects.filter(name=THINGS).delete()
    Tombstone.objects.all().delete()
    clock.believe(at=NOW)
    ids = things.make(*[age * DAY for age in ages])
    things.held = {one for number, one in enumerate(ids) if number in holding}
    for number, leap in enumerate([timedelta(0), *leaps]):
        with pytest.MonkeyPatch.context() as power:
            cut_at(power, cut if number == 0 else 0, after=True)
            try:
                retention.run(at=NOW + leap)
            except PowerCut:
                continue
    retention.run(at=NOW)
    clock.believe(at=NOW)
    for _again in range(2):
        retention.run(at=NOW)
    due = {one for one, age in zip(ids, ages, strict=True) if age >= KEPT.days}
    assert things.left() == set(ids) - (due - things.held)
    assert all(tombstones.is_proven(row) for row in Tombstone.objects.all())
    things.held = set()
