"""A file of spaces is brought in after a preview; the same file again changes nothing, and each refusal has its reason."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.spaces import queries, services
from citysquare.apps.spaces.models import ImportDraft, Space, Zone
from citysquare.apps.spaces.services import Axes, Plan, Reply
from citysquare.platform.ids import new_id
from tests.factories import NOW, OrganisationFactory, SpaceFactory
from tests.spaces.shapes import HOME, bow_tie, collection, feature, spiked, square

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


def read(city: Organisation, raw: bytes) -> ImportDraft:
    return services.read_import(organisation_id=city.pk, raw=raw, language="en", at=NOW)


def preview(city: Organisation, raw: bytes, reply: Reply = Reply()) -> Plan:  # noqa: B008 -- frozen
    return services.plan_import(draft=read(city, raw), reply=reply)


def bring_in(city: Organisation, raw: bytes, reply: Reply = Reply()) -> Plan:  # noqa: B008 -- frozen
    draft = read(city, raw)
    seen = services.plan_import(draft=draft, reply=reply).fingerprint
    return services.import_geojson(organisation_id=city.pk, draft_id=draft.pk, reply=reply, seen=seen, at=NOW)


def acts(plan: Plan) -> list[str]:
    return [str(row.act) for row in plan.rows]


FILE = collection(
    feature(square(side=0.01), id="7", name="Market", kind="square"),
    feature(square(28.86), id="8", name="Harbour"),
    feature(square(HOME[0] + 0.001, HOME[1] + 0.001), id="z1", name="Stage", kind="stage", space="7"),
)


def test_a_preview_changes_nothing(city: Organisation) -> None:
    plan = preview(city, FILE)
    assert acts(plan) == ["create", "create", "create"]
    assert Space.objects.count() == 0


def test_a_file_is_brought_in_with_its_zones(city: Organisation) -> None:
    bring_in(city, FILE)
    market = queries.space_called(external_id="7", organisation_id=city.pk)
    assert market is not None
    assert (market.names, market.kind) == ({"en": "Market"}, "square")
    assert [zone.name for zone in queries.zones_of(market.pk)] == ["Stage"]
    assert ImportDraft.objects.count() == 0


def test_the_same_file_again_changes_nothing_and_a_new_one_updates(city: Organisation) -> None:
    bring_in(city, FILE)
    assert acts(preview(city, FILE)) == ["same", "same", "same"]
    moved = collection(feature(square(28.87), id="8", name="Port"))
    assert acts(bring_in(city, moved)) == ["change"]
    assert Space.objects.count() == 2
    assert Space.objects.get(external_id="8").names == {"en": "Port"}


def test_without_an_identifier_the_name_tells(city: Organisation) -> None:
    SpaceFactory.create(organisation=city, names={"en": "Market", "ro": "Piața"})
    plan = bring_in(city, collection(feature(square(), name="piața")))
    assert acts(plan) == ["change"]
    assert Space.objects.get().names == {"en": "piața", "ro": "Piața"}, "a bare name is one in the language of the page"


def test_a_name_that_belongs_to_another_identifier_is_a_new_space(city: Organisation) -> None:
    bring_in(city, collection(feature(square(), id="7", name="Market")))
    assert acts(preview(city, collection(feature(square(28.85), id="8", name="Market")))) == ["create"]


def test_what_was_exported_comes_back_as_it_is(city: Organisation) -> None:
    bring_in(city, collection(feature(square(side=0.01), name="Market"), feature(square(28.841, 45.351), name="Stage", space="Market")))
    space, zone = Space.objects.get(), Zone.objects.get()
    exported = collection(
        feature(space.boundary, what="space", id=space.pk, names=space.names, kind=space.kind),
        feature(zone.boundary, what="zone", id=zone.pk, names=zone.names, kind=zone.kind, space=space.pk),
    )
    assert acts(preview(city, exported)) == ["same", "same"]


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (feature(bow_tie(), name="A"), "spaces.geojson_self_crossing"),
        (feature(square(643_000, 5_023_000, 100), name="A"), "spaces.geojson_not_degrees"),
        (feature(square(HOME[1], HOME[0]), name="A"), "spaces.geojson_swapped"),
        (feature({"type": "Point", "coordinates": [28.84, 45.35]}, name="A"), "spaces.geojson_no_polygons"),
        (feature(None, name="A"), "spaces.geojson_no_polygons"),
        (feature(square()), "spaces.import_no_name"),
        (feature(square(), name="A", space="Nowhere"), "spaces.import_unknown_space"),
        (feature(square(28.9), name="A", space="Known"), "spaces.zone_outside_space"),
        ("no feature", "spaces.geojson_no_polygons"),
    ],
)
def test_a_feature_that_cannot_be_taken_says_why_and_the_rest_is_taken(city: Organisation, found: object, code: str) -> None:
    bring_in(city, collection(feature(square(side=0.01), id="1", name="Known")))
    plan = bring_in(city, collection(found, feature(square(28.86), name="Good")))
    assert acts(plan) == ["refuse", "create"]
    assert plan.rows[0].code == code
    assert plan.rows[0].reason
    assert Space.objects.count() == 2


def test_the_second_of_two_that_are_the_same_is_refused(city: Organisation) -> None:
    twice = collection(feature(square(), id="7", name="A"), feature(square(28.85), id="7", name="B"), feature(square(28.86), name="C"))
    plan = preview(city, twice)
    assert acts(plan) == ["create", "refuse", "create"]
    assert plan.rows[1].code == "spaces.import_duplicate"


def test_a_zone_goes_with_the_space_that_was_refused(city: Organisation) -> None:
    plan = preview(city, collection(feature(bow_tie(), id="7", name="A"), feature(square(), name="Zone", space="7")))
    assert acts(plan) == ["refuse", "refuse"]


def test_swapped_axes_are_offered_and_swapped(city: Organisation) -> None:
    swapped = collection(feature(square(HOME[1], HOME[0]), name="A"))
    plan = preview(city, swapped)
    assert (plan.swapped, plan.refused) == (1, 1)
    bring_in(city, swapped, Reply(Axes.SWAP))
    assert Space.objects.get().latitude == pytest.approx(HOME[1], abs=0.01)


def test_a_mended_outline_is_offered_and_taken(city: Organisation) -> None:
    plan = preview(city, collection(feature(spiked(), name="A"), feature(bow_tie(28.86), name="B")))
    assert (plan.mendable, plan.refused) == (1, 2)
    assert acts(bring_in(city, collection(feature(spiked(), name="A")), Reply(mend=True))) == ["create"]


def test_a_space_does_not_leave_zones_outside_that_the_file_does_not_name(city: Organisation) -> None:
    bring_in(city, FILE)
    plan = preview(city, collection(feature(square(28.87, 45.36), id="7", name="Market")))
    assert plan.rows[0].code == "spaces.zone_outside_space"
    with_zone = collection(
        feature(square(28.87, 45.36, 0.01), id="7", name="Market"), feature(square(28.871, 45.361), id="z1", name="Stage", space="7")
    )
    assert acts(bring_in(city, with_zone)) == ["change", "change"]


def test_what_was_not_seen_is_not_done(city: Organisation) -> None:
    draft = read(city, FILE)
    seen = services.plan_import(draft=draft, reply=Reply()).fingerprint
    SpaceFactory.create(organisation=city, names={"en": "Harbour"})
    with pytest.raises(services.ImportChanged):
        services.import_geojson(organisation_id=city.pk, draft_id=draft.pk, reply=Reply(), seen=seen, at=NOW)
    assert Space.objects.count() == 1


@pytest.mark.parametrize("minutes", [61, 600])
def test_a_draft_waits_an_hour(city: Organisation, minutes: int) -> None:
    draft = read(city, FILE)
    with pytest.raises(services.ImportGone):
        services.draft_of(organisation_id=city.pk, draft_id=draft.pk, at=NOW + timedelta(minutes=minutes))
    with pytest.raises(services.ImportGone):
        services.draft_of(organisation_id=OrganisationFactory.create().pk, draft_id=draft.pk, at=NOW)
    with pytest.raises(services.ImportGone):
        services.draft_of(organisation_id=city.pk, draft_id=new_id(), at=NOW)


def test_drafts_do_not_pile_up(city: Organisation) -> None:
    for _number in range(9):
        read(city, FILE)
    assert ImportDraft.objects.count() == 5


def test_many_features_cost_no_more_questions(city: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    raw = collection(*(feature(square(28.8 + index / 500), id=index, name=f"Space {index}") for index in range(150)))
    draft = read(city, raw)
    with django_assert_max_num_queries(3):
        plan = services.plan_import(draft=draft, reply=Reply())
    assert plan.created == 150
    with django_assert_max_num_queries(12):
        services.import_geojson(organisation_id=city.pk, draft_id=draft.pk, reply=Reply(), seen=plan.fingerprint, at=NOW)
    assert acts(preview(city, raw)) == ["same"] * 150


def test_strange_properties_do_no_harm(city: Organisation) -> None:
    strange: list[object] = [[], {}, None, 7, True, "\0", "x" * 500, {"en": ["A"]}]
    found = [feature(square(28.8 + n / 100), id=value, name=f"N{n}", names=value, kind=value) for n, value in enumerate(strange)]
    assert json.loads(collection(*found))
    plan = bring_in(city, collection(*found, *({"type": "Feature", "properties": value} for value in strange)))
    assert plan.created == len(strange)


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_what_no_database_keeps_is_left_out_of_a_name(city: Organisation, text: str) -> None:
    document = feature({"type": "Point\0", "coordinates": [text]}, name=f"{text}1"), feature(square(), name=text)
    kept = json.dumps(read(city, json.dumps({"type": "FeatureCollection", "features": document}).encode()).features)
    assert not any(strange in kept for strange in ("\\u0000", "\\ud800"))
    plan = preview(city, collection(*document))
    assert [(row.name, str(row.act)) for row in plan.rows] == [("ab1", "refuse"), ("ab", "create")]


@pytest.mark.parametrize("text", ["\0", "\ud800", 'quoted " and \\ and \0'])
def test_texts_among_coordinates_are_refused_and_not_kept(city: Organisation, text: str) -> None:
    outline = {"type": "Polygon", "coordinates": [[[text, {text: text}], [1, 2], [2, 2], [2, 1]]]}
    draft = read(city, collection(feature(outline, name="Market")))
    assert text not in str(draft.features)
    (row,) = services.plan_import(draft=draft, reply=Reply()).rows
    assert (str(row.act), row.code) == ("refuse", "spaces.geojson_bad_outline")


def test_a_number_beyond_all_numbers_is_refused(city: Organisation) -> None:
    raw = collection(feature(square(), name="Market")).replace(b"28.", b"28e999, 28.", 1)
    with pytest.raises(services.GeojsonError, match="number that no coordinate can be"):
        read(city, raw)


@pytest.mark.parametrize("depth", [1, 4, 5, 500, *range(880, 1000, 7), 100_000])
def test_however_deep_a_file_is_it_is_read_or_refused(city: Organisation, depth: int) -> None:
    raw = collection(feature({"type": "Polygon", "coordinates": []})).replace(b"[]", b"[" * depth + b"]" * depth)
    if depth <= 5:
        assert acts(preview(city, raw)) == ["refuse"]
    else:
        with pytest.raises(services.GeojsonError, match="nested too deeply"):
            read(city, raw)
