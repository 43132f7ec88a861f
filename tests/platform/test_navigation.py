"""The navigation: sections of pages, each person's own, the page that is open marked."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from citysquare.apps.accounts.models import Organisation
from citysquare.platform.navigation import Section, navigation, sections
from citysquare.platform.policy import Actor, Role
from tests.factories import OrganisationFactory, person, signed_in

LINK = re.compile(r'<a\s[^>]*href="([^"]+)"')
CURRENT = re.compile(r'<a\s[^>]*href="([^"]+)"\s+aria-current="page"')


@pytest.fixture
def city(db: None) -> Organisation:
    return OrganisationFactory.create()


def actor(*roles: Role) -> Actor:
    return Actor("someone", "city", frozenset(roles))


def navs(page: str) -> tuple[str, str]:
    """Return the navigation of wide and of narrow windows."""
    parts = {re.search(r'class="([\w-]+)"', part)[1]: part for part in re.findall(r"<nav\b.*?</nav>", page, re.DOTALL)}  # type: ignore[index]
    return parts["nav"], parts["nav-narrow"]


@pytest.mark.parametrize("role", list(Role))
def test_each_page_a_role_may_open_stands_in_one_section_and_no_other_page_does(role: Role) -> None:
    items = navigation(actor(role), "/")
    shown = [item for section in sections(items) for item in section.items]
    assert items
    assert sorted(item.route for item in shown) == sorted(item.route for item in items)
    assert all(section.items for section in sections(items))


def test_the_sections_have_their_order_and_those_without_a_page_are_not_shown() -> None:
    everything = sections(navigation(actor(*Role), "/"))
    assert [section.items[0].section for section in everything] == list(Section)
    city = [item for item in navigation(actor(Role.PLANNER), "/") if item.section is Section.CITY]
    assert [section.label for section in sections(city)] == ["City"]
    assert navigation(actor(), "/") == []


@pytest.mark.parametrize("role", list(Role))
def test_every_link_of_the_navigation_opens_for_who_is_shown_it(city: Organisation, role: Role) -> None:
    browser = signed_in(person(city, role))
    wide, narrow = navs(browser.get("/welcome/").content.decode())
    assert LINK.findall(wide) == LINK.findall(narrow)
    for address in LINK.findall(wide):
        answer = browser.get(address)
        assert answer.status_code == 200, address
        for shown in navs(answer.content.decode()):
            assert CURRENT.findall(shown) == [address]


def test_the_nearest_page_above_the_one_that_is_open_is_current() -> None:
    items = navigation(actor(Role.ADMINISTRATOR), "/people/one/rename/")
    assert [item.route for item in items if item.current] == ["people"]
    assert not any(item.current for item in navigation(actor(Role.ADMINISTRATOR), "/account/keys/"))
    assert [section.label for section in sections(items) if section.current] == ["People"]


def test_a_section_of_one_page_is_that_page_without_a_menu(city: Organisation) -> None:
    wide, _ = navs(signed_in(person(city, Role.ADMINISTRATOR)).get("/cameras/").content.decode())
    watch = sections(navigation(actor(Role.ADMINISTRATOR), "/cameras/"))[0]
    assert watch.only is not None
    assert re.search(rf'<a class="nav-item"\s+href="{watch.only.url}"', wide)
    assert wide.count("<details") == len(sections(navigation(actor(Role.ADMINISTRATOR), "/cameras/"))) - 1


@pytest.mark.usefixtures("db")
def test_who_is_not_signed_in_is_shown_no_navigation(client: Client) -> None:
    assert "<nav" not in client.get("/sign-in/").content.decode()
