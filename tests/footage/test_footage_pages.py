"""Looking: the wall, a camera's page and its day."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices.queries import NoSuchCamera
from citysquare.apps.footage import presentation, queries
from citysquare.engine.footage import StatusReport, StreamStatus
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval, StreamKey, StreamKind, ticks_from_datetime
from citysquare.platform import audit
from citysquare.platform.doors import NotAvailableYet, Refused
from citysquare.platform.ids import new_id
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Actor, Role
from tests.factories import NOW, CameraFactory, OrganisationFactory, person, signed_in

Report = Callable[..., None]


def stream(camera: str, kind: StreamKind = StreamKind.MAIN, cause: GapCause | None = None, last: datetime | None = NOW) -> StreamStatus:
    return StreamStatus(
        key=StreamKey(camera, kind),
        state="recording" if cause is None else "gap",
        cause=cause,
        since=ticks_from_datetime(NOW - timedelta(minutes=5)),
        last_picture=ticks_from_datetime(last) if last else None,
        width=1920,
        height=1080,
        codec_string="avc1.64001f",
        fps=25.0,
        bits_per_second=1_800_000,
        dropped_by_us_seconds=0.0,
    )


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def operator(city: Organisation) -> Client:
    return signed_in(person(city, Role.OPERATOR))


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Report:
    def write(*streams: StreamStatus, age: float = 0.5) -> None:
        at = ticks_from_datetime(datetime.now(UTC) - timedelta(seconds=age))
        monkeypatch.setattr(queries, "read_report", lambda _root: StatusReport(at, streams))

    return write


@pytest.mark.django_db
def test_the_wall_shows_own_cameras_that_are_on(city: Organisation, operator: Client, report: Report) -> None:
    first, second = CameraFactory.create_batch(2, organisation=city)
    CameraFactory.create(organisation=city, enabled=False)
    CameraFactory.create()
    report(stream(first.pk, StreamKind.SUB), stream(first.pk))
    page = operator.get("/wall/")
    assert [(tile.camera, tile.state) for tile in page.context["tiles"]] == [(first.pk, "recording"), (second.pk, "waiting")]
    config = page.context["live_config"]
    assert config["socket"] == "/live/"
    assert [offer["stream"] for offer in config["tiles"][0]["streams"]] == ["sub", "main"]
    assert config["tiles"][0]["streams"][0]["codec"] == "avc1.64001f"
    assert config["tiles"][1]["streams"][0]["codec"] == ""
    assert "secret" not in page.content.decode()


@pytest.mark.django_db
def test_the_wall_has_sixteen_tiles_a_page(city: Organisation, operator: Client) -> None:
    CameraFactory.create_batch(20, organisation=city)
    sizes = {number: len(operator.get(f"/wall/?page={number}").context["tiles"]) for number in ("1", "2", "99", "x", "-1")}
    assert sizes == {"1": 16, "2": 4, "99": 4, "x": 16, "-1": 4}


@pytest.mark.django_db
def test_the_wall_costs_the_same_for_many_cameras(
    city: Organisation, operator: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    CameraFactory.create_batch(16, organisation=city)
    with django_assert_max_num_queries(18):
        assert operator.get("/wall/").status_code == 200


@pytest.mark.django_db
def test_a_camera_without_a_small_stream_offers_the_large_one(city: Organisation, operator: Client) -> None:
    CameraFactory.create(organisation=city, sub_url="")
    offers = operator.get("/wall/").context["live_config"]["tiles"][0]["streams"]
    assert [offer["stream"] for offer in offers] == ["main"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "live", "observations"),
    [
        (Role.OPERATOR, True, True),
        (Role.SUPERVISOR, True, True),
        (Role.AUDITOR, False, True),
        (Role.ADMINISTRATOR, False, False),
    ],
)
def test_a_cameras_page_shows_a_role_what_it_may_see(city: Organisation, role: Role, live: bool, observations: bool) -> None:
    camera = CameraFactory.create(organisation=city)
    page = signed_in(person(city, role)).get(f"/cameras/{camera.pk}/")
    assert page.status_code == 200
    assert (page.context["live_allowed"], page.context["may_see_observations"]) == (live, observations)
    assert bool(page.context["live_refusal"]) is not live
    assert bool(page.context["live_config"]) is live
    assert page.context["may_manage"] is (role is Role.ADMINISTRATOR)


@pytest.mark.django_db
def test_a_camera_of_another_city_is_refused(operator: Client) -> None:
    camera = CameraFactory.create()
    for path in (f"/cameras/{camera.pk}/", f"/cameras/{camera.pk}/status/"):
        assert operator.get(path).status_code == 403


@pytest.mark.django_db
def test_the_status_fragment_stands_alone(city: Organisation, operator: Client, report: Report) -> None:
    camera = CameraFactory.create(organisation=city)
    report(stream(camera.pk, cause=GapCause.UNREACHABLE))
    answer = operator.get(f"/cameras/{camera.pk}/status/", headers={"hx-request": "true"})
    assert "<html" not in answer.content.decode()
    assert answer.context["status"].cause_label == "The camera does not answer."


@pytest.mark.django_db
def test_a_damaged_index_does_not_hide_the_camera(city: Organisation, operator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    store = settings.CITYSQUARE.store_dir
    store.mkdir(parents=True)
    (store / "index.sqlite3").write_bytes(b"not a database at all" * 100)
    page = operator.get(f"/cameras/{camera.pk}/")
    assert page.status_code == 200
    assert page.context["bar"].stretches == []


@pytest.mark.django_db
def test_each_live_look_is_asked_and_logged() -> None:
    camera = CameraFactory.create()
    ours = Actor("p1", camera.organisation_id, frozenset({Role.OPERATOR}))
    assert queries.look_live(actor=ours, camera_id=camera.pk, page="one", at=NOW).allowed
    with pytest.raises(Refused):
        queries.look_live(actor=Actor("p2", camera.organisation_id, frozenset({Role.AUDITOR})), camera_id=camera.pk, page="two", at=NOW)
    with pytest.raises(NotAvailableYet) as redacted:
        queries.look_live(actor=Actor("p3", "elsewhere", frozenset({Role.OPERATOR})), camera_id=camera.pk, page="two", at=NOW)
    assert redacted.value.code == "policy.redacted_not_available"
    with pytest.raises(NoSuchCamera):
        queries.look_live(actor=ours, camera_id=new_id(), page="two", at=NOW)
    entries = list(AuditEntry.objects.values_list("actor", "action", "outcome"))
    live = str(Action.LIVE_VIEW)
    names = [audit.actor_name(person) for person in ("p1", "p2", "p3")]
    assert entries == [(names[0], live, "allow"), (names[1], live, "refuse"), (names[2], live, "redact")]


def test_a_state_is_said_in_words() -> None:
    with translation.override("en"):
        told = {
            "recording": presentation.status_of([stream("c")], enabled=True, fresh=True),
            "gap": presentation.status_of([stream("c", cause=GapCause.STALLED)], enabled=True, fresh=True),
            "never": presentation.status_of([stream("c", cause=GapCause.REFUSED, last=None)], enabled=True, fresh=True),
            "off": presentation.status_of([stream("c")], enabled=False, fresh=True),
            "stale": presentation.status_of([stream("c")], enabled=True, fresh=False),
            "new": presentation.status_of([], enabled=True, fresh=True),
        }
    assert {name: (status.state, status.label) for name, status in told.items()} == {
        "recording": ("recording", "Recording"),
        "gap": ("gap", "No picture since 12:00"),
        "never": ("gap", "No picture yet"),
        "off": ("off", "Switched off"),
        "stale": ("waiting", "The recorder does not report"),
        "new": ("waiting", "Waiting for the recorder"),
    }
    assert all(told["stale"].streams == [] for _ in (1,))


def interval(start_hours: float, end_hours: float, cause: GapCause | None = None) -> Interval:
    begin = ticks_from_datetime(NOW - timedelta(hours=24))
    hour = 3600 * TICKS_PER_SECOND
    return Interval(begin + round(start_hours * hour), begin + round(end_hours * hour), cause)


def test_a_day_is_drawn_to_scale_and_summed_up() -> None:
    parts = [interval(-1, 6), interval(6, 7.5, GapCause.UNREACHABLE), interval(7.5, 24)]
    with translation.override("uk"):
        bar = presentation.day_bar(parts, at=NOW)
    assert [(part.x, part.width, part.cause) for part in bar.stretches] == [
        ("0.0000", "25.0000", ""),
        ("25.0000", "6.2500", "unreachable"),
        ("31.2500", "68.7500", ""),
    ]
    with translation.override("en"):
        bar = presentation.day_bar(parts, at=NOW)
    assert (bar.stored_label, bar.gap_label) == ("Recorded: 22 h 30 min", "Missing: 1 h 30 min")
    assert [mark.label for mark in bar.hours] == ["16:00", "20:00", "00:00", "04:00", "08:00", "12:00"]


def test_a_day_of_a_thousand_gaps_stays_small_and_hides_none() -> None:
    hour = 1 / 3600
    parts = []
    for second in range(0, 86400, 60):
        gap_at = second + 30
        parts += [interval(second * hour, gap_at * hour), interval(gap_at * hour, (gap_at + 1) * hour, GapCause.GARBLED)]
        parts.append(interval((gap_at + 1) * hour, (second + 60) * hour))
    bar = presentation.day_bar(parts, at=NOW)
    assert [part.cause for part in bar.stretches] == ["garbled"]
    with translation.override("en"):
        assert presentation.day_bar(parts, at=NOW).gap_label == "Missing: 24 min"


@given(st.lists(st.tuples(st.floats(-30, 30), st.sampled_from([None, *GapCause])), max_size=400))
def test_no_stretch_leaves_the_bar(cuts: list[tuple[float, GapCause | None]]) -> None:
    edges = sorted(at for at, _cause in cuts)
    parts = [interval(start, end, cause) for (start, end), (_at, cause) in zip(itertools.pairwise(edges), cuts, strict=False)]
    bar = presentation.day_bar(parts, at=NOW)
    assert len(bar.stretches) <= 1441
    for part in bar.stretches:
        assert 0 <= float(part.x) <= 100.0001
        assert float(part.width) >= 0
        assert float(part.x) + float(part.width) <= 100.001


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "60 min"), (3600, "1 h 00 min"), (86400, "24 h 00 min")]
)
def test_a_length_of_time_in_words(seconds: int, words: str) -> None:
    with translation.override("en"):
        assert presentation.span(seconds * TICKS_PER_SECOND) == words
