"""What an allowed act still needs: a justification, an authorisation that is valid now, two persons. With any actors, facts and times."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.platform.labels import (
    ACT_CLASS_LABELS,
    ACTION_LABELS,
    ORGANISATION_KIND_LABELS,
    PERSON_ROLE_LABELS,
    REASON_LABELS,
    ROLE_LABELS,
)
from citysquare.platform.policy import (
    ACT_CLASSES,
    DECISIONS,
    FLOOR,
    ONLY_RECORDED,
    RULES,
    ActClass,
    Action,
    Actor,
    Authorisation,
    Demand,
    Effect,
    Facts,
    Grant,
    Justification,
    OrganisationKind,
    Pack,
    PersonRole,
    ReasonCode,
    Role,
    SealFact,
    Subject,
    authorised_as,
    covered,
    decide,
    offered,
    strict,
    strictest,
)
from tests.platform.policy_cases import ACTORS, NOW, OURS, PACKS, SUBJECTS, THEIRS, authorisations, facts

WHY = Justification(case="2026/17", reason=ReasonCode.CRIME, person_role=PersonRole.SUSPECT, text="theft of a bicycle")
SECOND = timedelta(seconds=1)
CAMERA = Subject("camera", "c1", OURS, space="s1", camera="c1")
OPERATOR = Actor("ana", OURS, frozenset({Role.OPERATOR}))
SUPERVISOR = Actor("ana", OURS, frozenset({Role.SUPERVISOR}))
TWO = (SealFact("ana", "asks", b"act"), SealFact("boris", "approves", b"act"))


def order(**changes: object) -> Authorisation:
    given_ = Authorisation(
        id="a",
        action=Action.REPLAY_VIEW,
        cameras=frozenset({"c1"}),
        spaces=frozenset(),
        valid_from=NOW - timedelta(hours=1),
        valid_to=NOW + timedelta(hours=1),
        issued_at=NOW - timedelta(hours=2),
        issuer="District court",
        document_sha256="0" * 64,
        organisation=OURS,
    )
    return replace(given_, **changes)  # type: ignore[arg-type]  # fields by name, as the tests give them


def by_order(**changes: object) -> Facts:
    return replace(Facts(at=NOW, justification=replace(WHY, reason=ReasonCode.COURT_ORDER), authorisations=(order(),)), **changes)  # type: ignore[arg-type]  # as above


# --- the vocabulary is whole -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", Action)
def test_each_act_has_a_class_a_label_and_a_rule_unless_it_is_only_recorded(action: Action) -> None:
    assert ACT_CLASSES[action] is action.act_class
    assert ACTION_LABELS[action]
    assert any(action in rule.actions for rule in RULES) is (action not in ONLY_RECORDED)


def test_each_word_has_a_label() -> None:
    assert set(ROLE_LABELS) == set(Role)
    assert set(REASON_LABELS) == set(ReasonCode)
    assert set(PERSON_ROLE_LABELS) == set(PersonRole)
    assert set(ORGANISATION_KIND_LABELS) == set(OrganisationKind)
    assert set(ACT_CLASS_LABELS) == set(ActClass)


@pytest.mark.parametrize("answer", [*DECISIONS, *(rule.decision for rule in RULES)], ids=lambda answer: answer.rule)
def test_each_answer_names_its_rule_and_its_law(answer: object) -> None:
    assert answer.law  # type: ignore[attr-defined]  # a Decision
    explained = answer.explained()  # type: ignore[attr-defined]  # as above
    assert answer.rule in explained  # type: ignore[attr-defined]  # as above
    assert answer.law in explained  # type: ignore[attr-defined]  # as above


# --- justification -----------------------------------------------------------------------------------------------------------


def test_led_25_a_replay_without_a_justification_is_refused() -> None:
    assert decide(OPERATOR, Action.REPLAY_VIEW, CAMERA, Facts(at=NOW)).rule == "demand.justification"
    assert decide(OPERATOR, Action.REPLAY_VIEW, CAMERA, Facts(at=NOW, justification=WHY)).allowed


@pytest.mark.parametrize("nothing", ["", "-", ".", "  ", "ab", "...", "aaaa", "---", "x x x x", "111"])
@pytest.mark.parametrize("field", ["case", "text"])
def test_led_25_a_blank_reason_is_no_justification(field: str, nothing: str) -> None:
    with pytest.raises(ValueError, match="justification"):
        replace(WHY, **{field: nothing})  # type: ignore[arg-type]  # a field by name


def test_led_4_a_reason_for_which_the_pack_gives_no_ground_is_refused() -> None:
    pack = Pack(parts=frozenset({("x", 1)}), purposes={ReasonCode.DANGER: frozenset({"GDPR Art. 6(1)(d)"})})
    assert decide(OPERATOR, Action.REPLAY_VIEW, CAMERA, Facts(at=NOW, justification=WHY, pack=pack)).rule == "demand.purpose"


# --- authorisations ----------------------------------------------------------------------------------------------------------


def test_a_court_order_needs_its_authorisation() -> None:
    assert decide(OPERATOR, Action.REPLAY_VIEW, CAMERA, by_order()).allowed
    assert decide(OPERATOR, Action.REPLAY_VIEW, CAMERA, by_order(authorisations=())).rule == "demand.authorisation"


def test_an_authorisation_that_ended_a_second_ago_permits_nothing() -> None:
    for end in (NOW - SECOND, NOW):
        assert decide(OPERATOR, Action.REPLAY_VIEW, CAMERA, by_order(authorisations=(order(valid_to=end),))).rule == "demand.authorisation"
    assert decide(OPERATOR, Action.REPLAY_VIEW, CAMERA, by_order(authorisations=(order(valid_to=NOW + SECOND),))).allowed


def test_an_authorisation_does_not_begin_early_and_does_not_outlive_its_end_by_hand() -> None:
    for changed in (order(valid_from=NOW + SECOND), order(ended_at=NOW - SECOND), order(ended_at=NOW + SECOND)):
        assert not decide(OPERATOR, Action.REPLAY_VIEW, CAMERA, by_order(authorisations=(changed,))).allowed


@pytest.mark.parametrize("hours", [24, 48])
def test_ai_act_26_an_urgent_authorisation_ends_by_itself_unless_confirmed_in_time(hours: int) -> None:
    given_ = NOW - timedelta(hours=hours)
    urgent = order(urgent_hours=hours, issued_at=given_, valid_from=given_)
    assert not urgent.valid_at(NOW)
    assert urgent.valid_at(NOW - SECOND)
    assert not replace(urgent, confirmed_at=NOW).valid_at(NOW)
    assert replace(urgent, confirmed_at=NOW - SECOND).valid_at(NOW)
    assert not replace(urgent, confirmed_at=given_ - SECOND).valid_at(NOW)


def test_a_clock_set_back_ends_every_authorisation_with_a_sentence() -> None:
    assert decide(OPERATOR, Action.REPLAY_VIEW, CAMERA, by_order(clock_set_back=True)).rule == "demand.clock"
    assert not decide(OPERATOR, Action.REPLAY_VIEW, CAMERA, by_order(at=None)).allowed


@pytest.mark.parametrize("changed", [{"cameras": frozenset({"c2"})}, {"action": Action.LIVE_VIEW}, {"organisation": THEIRS}])
def test_an_authorisation_is_for_its_place_its_act_and_its_people_alone(changed: dict[str, object]) -> None:
    assert not decide(OPERATOR, Action.REPLAY_VIEW, CAMERA, by_order(authorisations=(order(**changed),))).allowed


def test_police_see_another_organisations_camera_by_an_authorisation_and_not_without() -> None:
    police = Actor("ana", THEIRS, frozenset({Role.OPERATOR}), kind=OrganisationKind.POLICE)
    known = Facts(at=NOW, justification=WHY, authorisations=(order(organisation=THEIRS),))
    assert decide(police, Action.REPLAY_VIEW, CAMERA, known).rule == "replay.authorised"
    assert not decide(police, Action.REPLAY_VIEW, CAMERA, replace(known, authorisations=())).allowed
    assert not decide(replace(police, kind=OrganisationKind.PARTNER), Action.REPLAY_VIEW, CAMERA, known).allowed
    assert not decide(police, Action.REPLAY_VIEW, CAMERA, replace(known, clock_set_back=True)).allowed
    assert not decide(police, Action.REPLAY_VIEW, CAMERA, replace(known, on_duty=False)).allowed


@given(given_=authorisations(), now=st.integers(0, 200))
def test_an_authorisation_permits_within_its_times_alone_whatever_they_are(given_: Authorisation, now: int) -> None:
    at = NOW + timedelta(hours=now - 100)
    if given_.valid_at(at):
        assert given_.ended_at is None
        assert given_.valid_from <= at < given_.valid_to
        if given_.urgent_hours:
            deadline = given_.issued_at + timedelta(hours=given_.urgent_hours)
            assert at < deadline or (given_.confirmed_at is not None and given_.issued_at <= given_.confirmed_at < deadline)


# --- two persons -------------------------------------------------------------------------------------------------------------


def disclosed(*seals: SealFact) -> str:
    return decide(SUPERVISOR, Action.EXHIBIT_MAKE, CAMERA, Facts(at=NOW, justification=WHY, seals=seals)).rule


def test_an_exhibit_needs_two_persons() -> None:
    assert disclosed(*TWO) == "exhibits.make"
    assert disclosed() == disclosed(TWO[0]) == disclosed(TWO[1]) == "demand.two_persons"


def test_the_same_person_in_both_roles_is_one_person() -> None:
    assert disclosed(TWO[0], SealFact("ana", "approves", b"act")) == "demand.two_persons"


def test_seals_under_different_acts_or_by_strangers_do_not_count() -> None:
    assert disclosed(TWO[0], SealFact("boris", "approves", b"other")) == "demand.two_persons"
    assert disclosed(SealFact("ana", "asks", b""), SealFact("boris", "approves", b"")) == "demand.two_persons"
    assert disclosed(SealFact("chen", "asks", b"act"), TWO[1]) == "demand.two_persons"


# --- whoever, whatever, whenever ---------------------------------------------------------------------------------------------


@given(actor=ACTORS, action=st.sampled_from(Action), subject=SUBJECTS, known=facts())
def test_nothing_is_ever_allowed_without_a_rule_and_all_its_demands(actor: Actor, action: Action, subject: Subject, known: Facts) -> None:
    decision = decide(actor, action, subject, known)
    assert decision.law
    if not decision.allowed:
        return
    rule = next(rule for rule in RULES if rule.name == decision.rule)
    assert rule.effect is Effect.ALLOW
    assert action in rule.actions
    assert not rule.roles or any(grant.role in rule.roles for grant in actor.grants)
    demand = FLOOR.get(action.act_class, Demand())
    if demand.justification:
        assert known.justification is not None
        assert known.justification.reason in known.pack.purposes
    if demand.two_persons:
        assert len({seal.person for seal in known.seals}) > 1
    if subject.owner != actor.organisation and rule.name != "account.own":
        assert not known.clock_set_back
        meant = authorised_as(action)
        assert any(one.organisation == actor.organisation and authorised_as(one.action) is meant for one in known.authorisations)


@given(actor=ACTORS, action=st.sampled_from(Action), subject=SUBJECTS, known=facts(), other=PACKS)
def test_the_demands_of_a_second_pack_never_allow_more(actor: Actor, action: Action, subject: Subject, known: Facts, other: Pack) -> None:
    joined = replace(known, pack=strictest(known.pack, other))
    if decide(actor, action, subject, joined).allowed:
        assert decide(actor, action, subject, known).allowed
        assert decide(actor, action, subject, replace(known, pack=other)).allowed


@given(actor=ACTORS, action=st.sampled_from(Action), subject=SUBJECTS, known=facts())
def test_fewer_facts_never_allow_more(actor: Actor, action: Action, subject: Subject, known: Facts) -> None:
    for fewer in (
        replace(known, justification=None),
        replace(known, authorisations=()),
        replace(known, seals=()),
        replace(known, at=None),
        replace(known, clock_set_back=True),
        replace(known, on_duty=False),
    ):
        if decide(actor, action, subject, fewer).allowed:
            assert decide(actor, action, subject, known).allowed


@given(actor=ACTORS, action=st.sampled_from(Action), subject=SUBJECTS, known=facts())
def test_what_is_offered_is_never_less_than_what_is_allowed(actor: Actor, action: Action, subject: Subject, known: Facts) -> None:
    if decide(actor, action, subject, known).allowed:
        assert offered(actor, action, subject, known).allowed


# --- where rights hold -------------------------------------------------------------------------------------------------------


@given(
    actor=ACTORS, action=st.sampled_from(Action), known=facts(), camera=st.sampled_from(["c1", "c2"]), space=st.sampled_from(["s1", "s2"])
)
def test_a_list_shows_just_the_places_where_the_act_is_allowed(actor: Actor, action: Action, known: Facts, camera: str, space: str) -> None:
    subject = Subject("camera", camera, actor.organisation, space=space, camera=camera)
    reach = covered(actor, action)
    inside = reach.everything or camera in reach.cameras or space in reach.spaces
    on_duty = replace(known, on_duty=True)
    assert offered(actor, action, subject, on_duty).allowed is inside or offered(actor, action, subject, on_duty).effect is not Effect.ALLOW


def test_a_grant_for_one_camera_opens_no_other() -> None:
    narrow = Actor("ana", OURS, grants=(Grant(Role.OPERATOR, cameras=frozenset({"c1"})),))
    assert narrow.roles == {Role.OPERATOR}
    assert decide(narrow, Action.COVERAGE_VIEW, CAMERA, Facts()).allowed
    elsewhere = decide(narrow, Action.COVERAGE_VIEW, replace(CAMERA, camera="c2"), Facts())
    assert (elsewhere.effect, elsewhere.rule) == (Effect.REFUSE, "default.elsewhere")
    assert decide(narrow, Action.LIVE_VIEW, replace(CAMERA, camera="c2"), Facts()).effect is Effect.REDACT


def test_an_actors_roles_and_grants_cannot_differ() -> None:
    with pytest.raises(ValueError, match="grants"):
        Actor("ana", OURS, frozenset({Role.AUDITOR}), grants=(Grant(Role.OPERATOR),))


def test_people_manage_their_own_keys_and_nobody_elses() -> None:
    own, others = Subject("person", "ana", OURS), Subject("person", "boris", OURS)
    assert decide(OPERATOR, Action.KEY_ADD, own, Facts()).allowed
    assert not decide(replace(OPERATOR, id="chen"), Action.KEY_ADD, others, Facts()).allowed
    assert not decide(Actor("ana", OURS, frozenset({Role.ADMINISTRATOR})), Action.KEY_REMOVE, others, Facts()).allowed


def test_facts_without_a_pack_have_the_strict_one() -> None:
    assert Facts().pack == strict()
