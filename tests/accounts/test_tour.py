"""The guided first visit: offered once, skippable, and only through pages that the person may open."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template.loader import get_template
from django.test import Client

from citysquare.apps.accounts.models import Organisation, User
from citysquare.platform.policy import Role
from citysquare.platform.tour import stops
from tests.factories import CameraFactory, OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db

SOURCES = Path(__file__).parents[2] / "src" / "citysquare"


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


def step(browser: Client, way: str) -> str:
    return str(browser.post("/tour/", {"way": way}).headers["Location"])


def test_the_first_visit_is_offered_a_tour_and_the_second_is_not(city: Organisation) -> None:
    user = person(city, Role.OPERATOR)
    browser = signed_in(user)
    assert browser.get("/").headers["Location"] == "/welcome/"
    assert "Start the tour" in browser.get("/welcome/").content.decode()
    assert step(browser, "end") == "/wall/"
    assert browser.get("/").headers["Location"] == "/wall/"
    assert User.objects.get(pk=user.pk).toured_at is not None


def test_the_tour_leads_an_operator_from_the_wall_to_the_observations(city: Organisation) -> None:
    camera = CameraFactory.create(organisation=city)
    browser = signed_in(person(city, Role.OPERATOR))
    visited = [step(browser, "first")]
    while visited[-1] not in visited[:-1]:
        page = browser.get(visited[-1]).content.decode()
        assert f"Tour, {len(visited)} of " in page
        visited.append(step(browser, "next"))
    assert visited[:4] == ["/wall/", f"/cameras/{camera.pk}/", "/map/", "/observations/"]
    assert browser.get("/").headers["Location"] == "/wall/"


def test_one_can_go_back_and_end_at_any_step(city: Organisation) -> None:
    CameraFactory.create(organisation=city)
    browser = signed_in(person(city, Role.OPERATOR))
    first = step(browser, "first")
    step(browser, "next")
    assert step(browser, "back") == first
    step(browser, "end")
    assert "Tour, " not in browser.get("/wall/").content.decode()


@pytest.mark.parametrize("way", ["", "sideways", "next", "back"])
def test_a_strange_way_ends_the_tour_or_begins_it(city: Organisation, way: str) -> None:
    browser = signed_in(person(city, Role.OPERATOR))
    assert browser.post("/tour/", {"way": way}).status_code == 302


def test_without_cameras_the_tour_leaves_the_camera_out(city: Organisation) -> None:
    keys = [stop.key for stop in stops(person(city, Role.OPERATOR).actor())]
    assert "camera" not in keys
    assert keys[0] == "wall"


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_tour_of_pages_it_may_open(city: Organisation, role: Role) -> None:
    CameraFactory.create(organisation=city)
    user = person(city, role)
    browser = signed_in(user)
    listed = stops(user.actor())
    assert listed
    for stop in listed:
        assert browser.get(stop.url).status_code == 200, stop


def test_who_is_not_signed_in_is_sent_to_sign_in() -> None:
    assert Client().get("/welcome/").headers["Location"] == "/sign-in/"
    assert step(Client(), "first") == "/sign-in/"


def pages() -> list[str]:
    listed = sorted(SOURCES.glob("**/templates/**/*.html"))
    return [str(path.relative_to(SOURCES)) for path in listed if '{% extends "platform/base.html" %}' in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", pages())
def test_every_page_has_help(page: str) -> None:
    source = (SOURCES / page).read_text(encoding="utf-8")
    get_template(page.split("/templates/")[1])  # it compiles
    help_text = source.partition("{% block help %}")[2].partition("{% endblock")[0]
    assert len(help_text.split()) > 12, f"{page} needs {{% block help %}} with a few sentences on what the page is for and how it is used"
