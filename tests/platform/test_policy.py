"""Who may do what: every role against every act, written out once more so that a change of the table shows."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.platform.policy import (
    RULES,
    Action,
    Actor,
    Decision,
    Effect,
    Facts,
    Justification,
    PersonRole,
    ReasonCode,
    Role,
    Scope,
    SealFact,
    Subject,
    decide,
)

OWN, OTHER = "ourcity", "theircity"

IN_HOUSE = set(Role)
CHECKING = {Role.AUDITOR, Role.DATA_PROTECTION_OFFICER}
LOOKING = {Role.OPERATOR, Role.SUPERVISOR, Role.INVESTIGATOR}
CASEWORK = LOOKING | CHECKING | {Role.APPROVER}
ADMINISTRATORS = {Role.ADMINISTRATOR}

ALLOWED: dict[Action, set[Role]] = {
    Action.COVERAGE_VIEW: IN_HOUSE,
    Action.CAMERA_LIST: IN_HOUSE,
    Action.SPACE_LIST: IN_HOUSE,
    Action.ORGANISATION_LIST: IN_HOUSE,
    Action.RETENTION_VIEW: IN_HOUSE,
    Action.PACK_VIEW: IN_HOUSE,
    Action.ACT_LIST: IN_HOUSE,
    Action.ACT_LIST: IN_HOUSE,
    Action.ACT_REFUSE: IN_HOUSE,
    Action.SEAL: IN_HOUSE,
    Action.REPLAY_VIEW: LOOKING,
    Action.OBSERVATIONS_LIST: LOOKING,
    Action.OBSERVATIONS_COUNT: LOOKING | CHECKING | {Role.PLANNER},
    Action.OBSERVATIONS_EXPORT: LOOKING,
    Action.HOLD_LIST: CASEWORK,
    Action.HOLD_PLACE: LOOKING,
    Action.HOLD_EXTEND: {Role.SUPERVISOR},
    Action.HOLD_LIFT: {Role.SUPERVISOR},
    Action.EXHIBIT_LIST: CASEWORK,
    Action.EXHIBIT_ASK: LOOKING,
    Action.EXHIBIT_MAKE: LOOKING,
    Action.EXHIBIT_FETCH: LOOKING,
    Action.EXHIBIT_APPROVE: {Role.APPROVER},
    Action.AUTHORISATION_LIST: CASEWORK,
    Action.AUTHORISATION_ASK: {Role.SUPERVISOR, Role.INVESTIGATOR},
    Action.AUTHORISATION_ISSUE: {Role.SUPERVISOR, Role.INVESTIGATOR},
    Action.AUTHORISATION_CONFIRM: {Role.SUPERVISOR, Role.INVESTIGATOR},
    Action.AUTHORISATION_APPROVE: {Role.APPROVER},
    Action.AUTHORISATION_END: {Role.SUPERVISOR, Role.INVESTIGATOR, Role.APPROVER, Role.DATA_PROTECTION_OFFICER},
    Action.PERSON_LIST: CHECKING | {Role.ADMINISTRATOR, Role.SUPERVISOR},
    Action.GROUP_LIST: CHECKING | {Role.ADMINISTRATOR, Role.SUPERVISOR},
    Action.PERSON_ADD: ADMINISTRATORS,
    Action.PERSON_CHANGE: ADMINISTRATORS,
    Action.ROLE_GRANT: ADMINISTRATORS,
    Action.ROLE_REVOKE: ADMINISTRATORS,
    Action.GROUP_CHANGE: ADMINISTRATORS,
    Action.OVERSIGHT_GRANT: CHECKING,
    Action.OVERSIGHT_REVOKE: CHECKING,
    Action.SHIFT_LIST: LOOKING | CHECKING | ADMINISTRATORS,
    Action.SHIFT_CHANGE: {Role.SUPERVISOR},
    Action.ORGANISATION_CHANGE: ADMINISTRATORS,
    Action.RETENTION_RUN: ADMINISTRATORS,
    Action.PACK_ASK: ADMINISTRATORS,
    Action.PACK_INSTALL: ADMINISTRATORS,
    Action.PACK_APPROVE: {Role.DATA_PROTECTION_OFFICER},
    Action.SPACE_CHANGE: ADMINISTRATORS,
    Action.CAMERA_ADD: ADMINISTRATORS,
    Action.CAMERA_CHANGE: ADMINISTRATORS,
    Action.CAMERA_TEST: ADMINISTRATORS,
    Action.SYSTEM_VIEW: ADMINISTRATORS,
    Action.TOKEN_LIST: ADMINISTRATORS,
    Action.TOKEN_MAKE: ADMINISTRATORS,
    Action.TOKEN_REVOKE: ADMINISTRATORS,
    Action.AUDIT_READ: CHECKING,
    Action.REASONS_READ: CHECKING,
    Action.AUDIT_EXPORT: {Role.AUDITOR},
    Action.AUDIT_NAMES: {Role.AUDITOR},
}
"""Who may what in their own organisation, when all that the act demands is there. What is not named here is refused."""

NEVER_WATCH = CHECKING | ADMINISTRATORS

EXPECTED: dict[Action, dict[Role, Effect]] = {
    **{action: dict.fromkeys(roles, Effect.ALLOW) for action, roles in ALLOWED.items()},
    Action.LIVE_VIEW: {
        Role.OPERATOR: Effect.ALLOW,
        Role.SUPERVISOR: Effect.ALLOW,
        Role.INVESTIGATOR: Effect.REDACT,
        Role.APPROVER: Effect.REDACT,
        Role.PLANNER: Effect.REDACT,
    },
    Action.LIVE_VIEW_REDACTED: dict.fromkeys(Role, Effect.REDACT),
}

FOREIGN = {Action.LIVE_VIEW: Effect.REDACT, Action.LIVE_VIEW_REDACTED: Effect.REDACT}
"""What another organisation's people may, beside what is refused to everybody."""


WHY = Justification(case="2026/17", reason=ReasonCode.CRIME, person_role=PersonRole.SUSPECT, text="theft of a bicycle")
SEALS = (SealFact("somebody", "asks", b"act"), SealFact("another", "approves", b"act"))


def ask(action: Action, *roles: Role, owner: str = OWN, on_duty: bool = True) -> Decision:
    actor = Actor(id="somebody", organisation=OWN, roles=frozenset(roles))
    return decide(actor, action, Subject("camera", "c", owner), Facts(on_duty=on_duty, justification=WHY, seals=SEALS))


@pytest.mark.parametrize(("role", "action"), list(itertools.product(Role, Action)))
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    assert ask(action, role).effect is EXPECTED.get(action, {}).get(role, Effect.REFUSE)


@pytest.mark.parametrize(("role", "action"), list(itertools.product(Role, Action)))
def test_nothing_of_another_organisation_is_seen_in_the_original(role: Role, action: Action) -> None:
    decision = ask(action, role, owner=OTHER)
    watching_never = action is Action.LIVE_VIEW and role in NEVER_WATCH
    assert decision.effect is (Effect.REFUSE if watching_never else FOREIGN.get(action, Effect.REFUSE))


@pytest.mark.parametrize("action", Action)
def test_nobody_unknown_may_do_anything(action: Action) -> None:
    assert decide(Actor.anonymous(), action, Subject("camera", "c", ""), Facts()).effect is Effect.REFUSE


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR])
def test_live_pictures_end_with_the_shift(role: Role) -> None:
    decision = ask(Action.LIVE_VIEW, role, on_duty=False)
    assert (decision.effect, decision.rule) == (Effect.REFUSE, "live.off_duty")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.INVESTIGATOR])
@pytest.mark.parametrize("action", [Action.EXHIBIT_ASK, Action.EXHIBIT_FETCH])
def test_exhibits_are_asked_for_and_fetched_only_during_the_shift(role: Role, action: Action) -> None:
    decision = ask(action, role, on_duty=False)
    assert (decision.effect, decision.rule) == (Effect.REFUSE, "exhibits.off_duty")
    assert ask(Action.EXHIBIT_MAKE, role, on_duty=False).allowed, "what was sealed is made, whoever is on duty then"


def test_a_subject_without_an_owner_belongs_to_nobody() -> None:
    actor = Actor(id="somebody", organisation="", roles=frozenset(Role))
    assert decide(actor, Action.AUDIT_READ, Subject("page", "", ""), Facts()).effect is Effect.REFUSE


def test_each_rule_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.reason.endswith(".") and " " in rule.reason for rule in RULES)


@given(
    roles=st.frozensets(st.sampled_from(Role)),
    action=st.sampled_from(Action),
    owner=st.sampled_from([OWN, OTHER, ""]),
    on_duty=st.booleans(),
)
def test_the_original_live_picture_is_for_watchers_on_duty_of_the_owner_alone(
    roles: frozenset[Role], action: Action, owner: str, on_duty: bool
) -> None:
    decision = ask(action, *roles, owner=owner, on_duty=on_duty)
    if action is Action.LIVE_VIEW and decision.allowed:
        assert on_duty
        assert owner == OWN
        assert roles & {Role.OPERATOR, Role.SUPERVISOR}
    assert decision.reason
    assert decision.rule


OPENED = {
    Scope.OBSERVATIONS: {Action.OBSERVATIONS_LIST},
    Scope.COUNTS: {Action.OBSERVATIONS_COUNT},
    Scope.SPACES: {Action.SPACE_LIST},
    Scope.CAMERAS: {Action.CAMERA_LIST, Action.COVERAGE_VIEW},
    Scope.HOLDS: {Action.HOLD_LIST},
    Scope.METRICS: {Action.SYSTEM_VIEW},
}


@pytest.mark.parametrize(("scope", "action"), list(itertools.product(Scope, Action)))
def test_a_token_opens_what_its_scope_names_and_nothing_else(scope: Scope, action: Action) -> None:
    actor = Actor.token("t", OWN, frozenset({scope}))
    expected = Effect.ALLOW if action in OPENED[scope] else Effect.REFUSE
    assert decide(actor, action, Subject("organisation", OWN, OWN), Facts()).effect is expected
    assert decide(actor, action, Subject("organisation", OTHER, OTHER), Facts()).effect is Effect.REFUSE


@pytest.mark.parametrize("action", Action)
def test_a_token_without_a_scope_opens_nothing(action: Action) -> None:
    assert decide(Actor.token("t", OWN, frozenset()), action, Subject("camera", "c", OWN), Facts()).rule == "default.scope"


@pytest.mark.parametrize("action", Action)
def test_scopes_are_nothing_to_a_person(action: Action) -> None:
    actor = Actor(id="somebody", organisation=OWN, scopes=frozenset(Scope))
    assert decide(actor, action, Subject("camera", "c", OWN), Facts()) == decide(
        Actor(id="somebody", organisation=OWN), action, Subject("camera", "c", OWN), Facts()
    )
