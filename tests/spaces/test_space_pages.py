"""The pages of spaces: list, one space, drawing, zones, import, export; who may do what, and what the log says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.spaces import services
from citysquare.apps.spaces.models import ImportDraft, Space, Zone
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from tests.factories import NOW, CameraFactory, OrganisationFactory, SpaceFactory, person, signed_in
from tests.spaces.shapes import HOME, bow_tie, collection, feature, spiked, square

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def administrator(city: Organisation) -> Client:
    return signed_in(person(city, Role.ADMINISTRATOR))


@pytest.fixture
def drawn(city: Organisation) -> Space:
    space = SpaceFactory.create(organisation=city, names={"en": "Market square", "uk": "Ринкова площа"}, kind="square")
    return services.draw_boundary(space_id=space.pk, geometry=square(side=0.01), at=NOW)


def filled(geometry: object = None, **values: str) -> dict[str, str]:
    return {"name_en": "Harbour", "kind": "square", "boundary": json.dumps(geometry) if geometry else ""} | values


def upload(client: Client, raw: bytes) -> Any:  # noqa: ANN401 -- the test client's answer
    return client.post("/spaces/import/", {"file": SimpleUploadedFile("spaces.geojson", raw)})


def text_of(answer: Any) -> str:  # noqa: ANN401 -- the test client's answer
    return str(answer.content.decode())


def test_an_empty_list_says_what_to_do(city: Organisation, administrator: Client) -> None:
    assert "/spaces/add/" in text_of(administrator.get("/spaces/"))
    assert "An administrator can" in text_of(signed_in(person(city, Role.OPERATOR)).get("/spaces/"))


def test_the_list_shows_area_zones_and_cameras(drawn: Space, administrator: Client) -> None:
    CameraFactory.create_batch(3, organisation=drawn.organisation, space=drawn)
    SpaceFactory.create(names={"en": "Foreign"})
    row = administrator.get("/spaces/").context["rows"][0]
    assert (row.name, row.cameras, row.zones, row.area) == ("Market square", 3, 0, "870,865 m²")
    assert "Foreign" not in text_of(administrator.get("/spaces/"))


@pytest.mark.parametrize(
    ("query", "count"), [("q=РИНКОВА", 1), ("q=market", 1), ("q=nowhere", 0), ("kind=square", 1), ("kind=park", 0), ("kind=x", 1)]
)
def test_the_list_is_searched_in_any_language(drawn: Space, administrator: Client, query: str, count: int) -> None:
    assert len(administrator.get(f"/spaces/?{query}").context["rows"]) == count


def test_the_list_costs_the_same_for_many_spaces(
    city: Organisation, administrator: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for space in SpaceFactory.create_batch(60, organisation=city):
        CameraFactory.create(organisation=city, space=space)
    with django_assert_max_num_queries(14):
        page = administrator.get("/spaces/")
    assert len(page.context["rows"]) == 50
    assert len(administrator.get("/spaces/?page=2").context["rows"]) == 10


def test_a_space_s_page_costs_the_same_for_many_cameras(
    drawn: Space, administrator: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    CameraFactory.create_batch(
        30, organisation=drawn.organisation, space=drawn, latitude=45.0, longitude=28.0, azimuth=0, view_angle=70, range_metres=40
    )
    with django_assert_max_num_queries(15):
        page = administrator.get(f"/spaces/{drawn.pk}/")
    assert page.context["cameras"][0].outside_metres > 50
    assert f"/observations/?space={drawn.pk}" not in text_of(page), "an administrator does not look at observations"
    operator = signed_in(person(drawn.organisation, Role.OPERATOR))
    assert f"/observations/?space={drawn.pk}" in text_of(operator.get(f"/spaces/{drawn.pk}/"))


def test_a_space_is_added_with_its_boundary(administrator: Client) -> None:
    answer = administrator.post("/spaces/add/", filled(square(), name_ro="Port"))
    space = Space.objects.get()
    assert answer["Location"] == f"/spaces/{space.pk}/"
    assert space.names == {"en": "Harbour", "ro": "Port"}
    assert space.area == pytest.approx(8709, rel=0.01)
    assert AuditEntry.objects.filter(action=str(Action.SPACE_CHANGE), subject_id=space.pk, outcome="done").exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name_en": ""}, "name_en"),
        ({"kind": "volcano"}, "kind"),
        ({"boundary": "{"}, "boundary"),
        ({"boundary": json.dumps(bow_tie())}, "boundary"),
        ({"boundary": "[" * 500_000}, "boundary"),
        ({"boundary": "x" * 600_001}, "boundary"),
    ],
)
def test_a_form_that_does_not_fit_says_where(administrator: Client, values: dict[str, str], field: str) -> None:
    answer = administrator.post("/spaces/add/", filled(**values))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert Space.objects.count() == 0


def test_swapped_axes_are_offered_on_the_form(drawn: Space, administrator: Client) -> None:
    swapped = square(HOME[1], HOME[0])
    answer = administrator.post("/spaces/add/", filled(swapped))
    assert "Are latitude and longitude swapped?" in text_of(answer)
    administrator.post("/spaces/add/", filled(swapped, axes="swap"))
    assert Space.objects.exclude(pk=drawn.pk).get().latitude == pytest.approx(HOME[1], abs=0.01)


def test_a_mended_outline_is_offered_on_the_form(administrator: Client) -> None:
    answer = administrator.post("/spaces/add/", filled(spiked()))
    assert "Take the mended outline" in text_of(answer)
    assert answer.context["form"].mended["type"] == "Polygon"


def test_a_space_is_changed_and_cameras_outside_are_named(drawn: Space, administrator: Client) -> None:
    CameraFactory.create(
        organisation=drawn.organisation,
        space=drawn,
        names={"en": "Lamp post"},
        latitude=45.359,
        longitude=28.849,
        azimuth=0,
        view_angle=70,
        range_metres=40,
    )
    answer = administrator.post(f"/spaces/{drawn.pk}/edit/", filled(square(side=0.002), name_en="Old market"), follow=True)
    drawn.refresh_from_db()
    assert drawn.names == {"en": "Old market"}
    assert drawn.area == pytest.approx(34_836, rel=0.01)
    assert "Lamp post" in text_of(answer)


def test_a_name_alone_leaves_the_boundary(drawn: Space, administrator: Client) -> None:
    administrator.post(f"/spaces/{drawn.pk}/edit/", filled(drawn.boundary, name_en="Old market"))
    before = drawn.boundary
    drawn.refresh_from_db()
    assert drawn.boundary == before


def test_zones_are_drawn_changed_removed_and_put_back(drawn: Space, administrator: Client) -> None:
    base = f"/spaces/{drawn.pk}/zones/"
    inside = square(HOME[0] + 0.001, HOME[1] + 0.001)
    administrator.post(f"{base}add/", filled(inside, name_en="Stage", kind="stage"))
    zone = Zone.objects.get()
    assert "Stage" in text_of(administrator.get(f"/spaces/{drawn.pk}/"))
    administrator.post(f"{base}{zone.pk}/edit/", filled(inside, name_en="Seats", kind="seating"))
    assert "Take the last change back" in text_of(administrator.get(f"/spaces/{drawn.pk}/edit/"))
    administrator.post(f"{base}{zone.pk}/undo/")
    assert Zone.objects.get().name == "Stage"
    administrator.post(f"{base}{zone.pk}/remove/")
    page = text_of(administrator.get(f"/spaces/{drawn.pk}/edit/"))
    assert "Put back" in page
    administrator.post(f"{base}{zone.pk}/undo/")
    assert Zone.objects.get().removed_at is None
    assert AuditEntry.objects.filter(action=str(Action.SPACE_CHANGE), details__what="zone removed", subject_id=drawn.pk).exists()


def test_a_zone_outside_is_refused_on_its_form(drawn: Space, administrator: Client) -> None:
    answer = administrator.post(f"/spaces/{drawn.pk}/zones/add/", filled(square(28.9), kind="stage"))
    assert "out of its space" in str(answer.context["form"].errors["boundary"])


def test_a_zone_needs_a_drawn_space(city: Organisation, administrator: Client) -> None:
    space = SpaceFactory.create(organisation=city)
    assert administrator.get(f"/spaces/{space.pk}/zones/add/")["Location"] == f"/spaces/{space.pk}/edit/"


def test_a_space_with_cameras_is_not_removed(drawn: Space, administrator: Client) -> None:
    CameraFactory.create(organisation=drawn.organisation, space=drawn)
    answer = administrator.post(f"/spaces/{drawn.pk}/remove/")
    assert answer.status_code == 409
    assert "Move it to another space first" in text_of(answer)
    assert Space.objects.count() == 1


def test_a_space_without_cameras_is_removed_after_a_question(drawn: Space, administrator: Client) -> None:
    assert "Remove the space" in text_of(administrator.get(f"/spaces/{drawn.pk}/remove/"))
    assert administrator.post(f"/spaces/{drawn.pk}/remove/").status_code == 302
    assert Space.objects.count() == 0


def test_a_file_is_previewed_then_imported(drawn: Space, administrator: Client) -> None:
    answer = upload(administrator, collection(feature(square(28.86), id="8", name="Harbour"), feature(bow_tie(), name="Crossed")))
    preview = administrator.get(answer["Location"])
    assert [row["label"] for row in preview.context["rows"]] == ["new", "refused"]
    assert Space.objects.count() == 1
    done = administrator.post(answer["Location"], {"seen": preview.context["plan"].fingerprint}, follow=True)
    assert "New: 1" in text_of(done)
    assert Space.objects.filter(external_id="8").exists()
    assert AuditEntry.objects.filter(details__what="import", details__created=1, outcome="done").exists()


def test_a_preview_that_is_out_of_date_is_shown_again(administrator: Client) -> None:
    answer = upload(administrator, collection(feature(square(), name="Harbour")))
    again = administrator.post(answer["Location"], {"seen": "other"}, follow=True)
    assert "changed meanwhile" in text_of(again)
    assert Space.objects.count() == 0


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"{}", b'{"type": "FeatureCollection", "features": []}', b" " * 20_000_001], ids=range(5))
def test_a_file_that_is_none_says_why(administrator: Client, raw: bytes) -> None:
    answer = upload(administrator, raw)
    assert answer.status_code == 200
    assert answer.context["form"].errors["file"]
    assert ImportDraft.objects.count() == 0


def test_what_is_exported_is_imported_as_it_is(drawn: Space, administrator: Client) -> None:
    administrator.post(f"/spaces/{drawn.pk}/zones/add/", filled(square(HOME[0] + 0.001, HOME[1] + 0.001), kind="stage"))
    export = administrator.get("/spaces/export/")
    assert export["Content-Type"] == "application/geo+json"
    preview = administrator.get(upload(administrator, export.content)["Location"])
    assert [row["label"] for row in preview.context["rows"]] == ["as it is", "as it is"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR])
def test_only_administrators_draw(drawn: Space, role: Role) -> None:
    client = signed_in(person(drawn.organisation, role))
    assert client.get("/spaces/").status_code == 200
    assert client.get(f"/spaces/{drawn.pk}/").status_code == 200
    for path in ("add/", "import/", f"{drawn.pk}/edit/", f"{drawn.pk}/zones/add/", f"{drawn.pk}/remove/"):
        assert client.get(f"/spaces/{path}").status_code == 403
        assert client.post(f"/spaces/{path}", filled(square())).status_code == 403
    assert Space.objects.get().names == drawn.names


def test_another_city_s_space_is_out_of_reach(administrator: Client) -> None:
    foreign = SpaceFactory.create()
    for path in ("", "edit/", "remove/", "zones/add/"):
        assert administrator.get(f"/spaces/{foreign.pk}/{path}").status_code == 403


def test_programs_read_spaces_page_by_page(
    drawn: Space, administrator: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    SpaceFactory.create_batch(30, organisation=drawn.organisation)
    SpaceFactory.create()
    with django_assert_max_num_queries(10):
        first = administrator.get("/api/v1/spaces?limit=20").json()
    second = administrator.get(f"/api/v1/spaces?limit=20&cursor={first['next']}").json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (20, 11, None)
    assert administrator.get("/api/v1/spaces?kind=square").json()["items"][0]["names"] == drawn.names
    one = administrator.get(f"/api/v1/spaces/{drawn.pk}").json()
    assert one["boundary"] == drawn.boundary
    assert administrator.get(f"/api/v1/spaces/{SpaceFactory.create().pk}").status_code == 404
