"""A day in bars and the file of a list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from django.utils import timezone

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.observations import charts, exports
from citysquare.apps.observations.directions import Direction
from citysquare.apps.observations.queries import Counted
from citysquare.engine.model import ObjectClass
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from tests.factories import CameraFactory, ObservationFactory, OrganisationFactory, person, recount, signed_in

pytestmark = pytest.mark.django_db

DAY = date(2026, 5, 1)
NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def operator(city: Organisation) -> Client:
    return signed_in(person(city, Role.OPERATOR))


def test_a_day_is_divided_by_direction_or_by_class(city: Organisation, operator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    for minutes, kind, way in ((1, "car", "toward"), (2, "car", "away"), (3, "bus", "away"), (70, "car", ""), (60 * 24, "car", "away")):
        ObservationFactory.create(camera=camera, first=NOON + timedelta(minutes=minutes), object_class=kind, direction=way)
    recount()
    chart = operator.get("/observations/", {"day": "2026-05-01"}).context["chart"]
    assert {one.label: one.total for one in chart.series} == {"toward the camera": "1", "away from the camera": "2", "stayed": "1"}
    assert (chart.total, chart.busiest.label, chart.busiest.total) == (4, "12:00", 3)
    chart = operator.get("/observations/", {"day": "2026-05-01", "by": "class", "direction": "away"}).context["chart"]
    assert {one.label: one.total for one in chart.series} == {"car": "1", "bus": "1"}
    bar = chart.bars[12]
    assert [piece.height for piece in bar.pieces] == ["50.000", "50.000"]
    assert [piece.y for piece in bar.pieces] == ["0.000", "50.000"]


@pytest.mark.parametrize(
    ("day", "hours", "label"), [(date(2026, 3, 29), 23, "04:00"), (date(2026, 10, 25), 25, "03:00 EET"), (DAY, 24, "03:00")]
)
def test_a_day_has_the_hours_its_clocks_show(day: date, hours: int, label: str) -> None:
    with timezone.override(ZoneInfo("Europe/Sofia")):
        start, end = charts.bounds(day)
        drawn = charts.chart([Counted(start + timedelta(hours=hours - 1), "away", 5)], day, "direction")
    assert end - start == timedelta(hours=hours)
    assert len(drawn.bars) == len({bar.label for bar in drawn.bars}) == hours
    assert drawn.bars[-1].total == 5
    assert label in [bar.label for bar in drawn.bars]


@pytest.mark.parametrize(("most", "top"), [(0, 2), (2, 2), (3, 5), (9, 10), (11, 20), (230, 500), (1000, 1000)])
def test_a_chart_ends_at_a_round_number(most: int, top: int) -> None:
    assert charts.nice(most) == top


@pytest.mark.parametrize("query", ["day=yesterday", "day=0001-01-01", "day=9999-12-31", "by=dragon", "day=%00", "direction=up", "space=x"])
def test_a_strange_day_is_drawn_all_the_same(operator: Client, query: str) -> None:
    assert operator.get(f"/observations/?{query}").status_code == 200


def test_a_bar_leads_to_the_list_of_its_hour(city: Organisation, operator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    ObservationFactory.create(camera=camera, first=NOON)
    recount()
    page = operator.get("/observations/", {"day": "2026-05-01", "camera": camera.pk}).content.decode()
    assert f"camera={camera.pk}&amp;by=direction&amp;since=2026-05-01T12:00&amp;until=2026-05-01T13:00" in page.replace(
        "&by", "&amp;by"
    ).replace("&since", "&amp;since")


def test_a_bar_of_an_hour_that_comes_twice_leads_to_that_hour(city: Organisation, operator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    hours = [datetime(2026, 10, 24, 23, 30, tzinfo=UTC) + timedelta(hours=number) for number in range(5)]
    made = [ObservationFactory.create(camera=camera, first=first).pk for first in hours]
    recount()
    with timezone.override(ZoneInfo("Europe/Kyiv")):
        page = operator.get("/observations/", {"day": "2026-10-25"})
        bars = [bar for bar in page.context["chart"].bars if bar.total]
        assert [bar.label for bar in bars] == ["02:00", "03:00 EEST", "03:00 EET", "04:00", "05:00"]
        for bar, observation in zip(bars, made, strict=True):
            address = f"{page.context['hours_url']}{bar.query}"
            assert address.replace("&", "&amp;") in page.content.decode()
            assert [row.id for row in operator.get(address).context["rows"]] == [observation]


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/New_York"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59", "9999-12-31T23:59:00-10:00"])
@pytest.mark.parametrize("field", ["since", "until"])
def test_a_time_at_the_end_of_the_calendar_is_refused(operator: Client, zone: str, moment: str, field: str) -> None:
    with timezone.override(ZoneInfo(zone)):
        page = operator.get("/observations/", {field: moment})
    assert (page.status_code, list(page.context["form"].errors)) == (200, [field])


@pytest.mark.parametrize("query", [{"camera": "of-another-city"}, {"since": "yesterday"}, {"object_class": "dragon"}])
def test_a_file_of_a_mistaken_filter_is_not_one_of_everything(city: Organisation, operator: Client, query: dict[str, str]) -> None:
    ObservationFactory.create(camera=CameraFactory.create(organisation=city))
    answer = operator.get("/observations/observations.csv", query)
    assert answer.status_code == 302
    page = operator.get(answer.headers["Location"])
    assert list(page.context["form"].errors) == list(query)


def streaming(answer: object) -> StreamingHttpResponse:
    assert isinstance(answer, StreamingHttpResponse)
    return answer


def whole(answer: object) -> bytes:
    return b"".join(cast("Iterator[bytes]", streaming(answer).streaming_content))


def read(answer: object) -> list[list[str]]:
    text = whole(answer).decode()
    assert text.count("\r\n") == text.count("\n")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_file_holds_what_the_list_shows(city: Organisation, operator: Client) -> None:
    camera = CameraFactory.create(organisation=city, names={"en": "Bridge, west"})
    made = [ObservationFactory.create(camera=camera, first=NOON + timedelta(seconds=number), object_class="bus") for number in range(450)]
    ObservationFactory.create(camera=camera, first=NOON)
    ObservationFactory.create(first=NOON, object_class="bus")
    recount()
    answer = operator.get("/observations/observations.csv", {"object_class": "bus"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    header, *rows = read(answer)
    assert tuple(header) == exports.HEADER
    assert [row[0] for row in rows] == [one.pk for one in reversed(made)]
    assert rows[-1][1:] == [
        "2026-05-01T12:00:00.000+00:00",
        "2026-05-01T12:00:04.000+00:00",
        "4.0",
        camera.pk,
        "Bridge, west",
        camera.space_id,
        camera.space.names["en"],
        "bus",
        "rightward",
    ]


def test_a_download_stands_in_the_log_before_and_after(city: Organisation, operator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    ObservationFactory.create_batch(3, camera=camera, first=NOON, object_class=ObjectClass.BUS)
    recount()
    answer = operator.get("/observations/observations.csv", {"object_class": "bus"})
    begun = AuditEntry.objects.get(action=str(Action.OBSERVATIONS_EXPORT))
    assert (begun.outcome, begun.details["object_class"]) == ("allow", "bus")
    read(answer)
    ended = AuditEntry.objects.filter(action=str(Action.OBSERVATIONS_EXPORT)).latest("sequence")
    assert (ended.outcome, ended.details["rows"], ended.details["complete"], ended.details["object_class"]) == ("ended", 3, 1, "bus")


@pytest.mark.django_db(transaction=True)  # with the answer its connection ends
def test_a_download_that_was_broken_off_says_how_far_it_came(city: Organisation, operator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    ObservationFactory.create_batch(450, camera=camera, first=NOON)
    answer = streaming(operator.get("/observations/observations.csv"))
    chunks = iter(cast("Iterator[bytes]", answer.streaming_content))
    next(chunks)
    next(chunks)
    answer.close()
    ended = AuditEntry.objects.filter(action=str(Action.OBSERVATIONS_EXPORT)).latest("sequence")
    assert (ended.outcome, ended.details["complete"]) == ("ended", 0)
    assert ended.details["rows"] < 450


def test_no_file_holds_more_than_its_limit(city: Organisation, operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 250)
    camera = CameraFactory.create(organisation=city)
    ObservationFactory.create_batch(251, camera=camera, first=NOON)
    assert len(read(operator.get("/observations/observations.csv"))) == 251
    assert AuditEntry.objects.latest("sequence").details["complete"] == 0


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@sum", "\t=1", "\uff1d1+1"])
def test_no_cell_is_a_formula(city: Organisation, operator: Client, name: str) -> None:
    camera = CameraFactory.create(organisation=city, names={"en": name})
    ObservationFactory.create(camera=camera, first=NOON, id="-2+3+cmd")
    _header, row = read(operator.get("/observations/observations.csv"))
    assert row[5] == f"'{name}"
    assert row[0] == "'-2+3+cmd"


def test_a_file_for_spreadsheets_says_that_it_is_utf_8(operator: Client) -> None:
    assert whole(operator.get("/observations/observations.csv", {"bom": "1"})).startswith(b"\xef\xbb\xbfid,")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_a_file_is_for_whom_the_list_is_for(city: Organisation, role: Role) -> None:
    assert signed_in(person(city, role)).get("/observations/observations.csv").status_code == 403
    assert AuditEntry.objects.latest("sequence").outcome == "refuse"


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_the_file_comes_piece_by_piece() -> None:
    from asgiref.sync import sync_to_async

    def prepare() -> AsyncClient:
        city = OrganisationFactory.create()
        ObservationFactory.create_batch(450, camera=CameraFactory.create(organisation=city), first=NOON, direction=Direction.AWAY)
        client = AsyncClient()
        client.force_login(person(city, Role.OPERATOR))
        return client

    client = await sync_to_async(prepare)()
    answer = streaming(await client.get("/observations/observations.csv", headers={"accept": "text/csv"}))
    assert answer.is_async
    chunks = [chunk async for chunk in answer]
    assert len(chunks) > 2
    assert b"".join(chunks).count(b"\r\n") == 451
